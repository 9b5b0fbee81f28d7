"""Whether a chip pays, in plain sentences, and the figures behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from edgeferro.budget.alternative import Alternative
from edgeferro.energy.mcu import counted
from edgeferro.product.words import amount, count_text, digits, percent, ranged

if TYPE_CHECKING:
    from edgeferro.budget.budget import Budget

__all__ = ["alternative"]

_LITTLE: Final = 0.01  # a part of the product's power that nobody builds a chip for


def _answer(found: Alternative) -> str:
    """Whether it pays, and why not."""
    share, day = found.saved_share, found.day
    without, with_it = (ranged(total, "J") for total in day.totals)
    what = f"a day takes {without} on the {found.core.name} alone and {with_it} with"
    what += " the chip, its bus and its driver"
    if not day.pays:
        part = max(day.chip, key=lambda name: day.chip[name][1])
        return f"the chip does not pay: {what}, most of it {part}"
    surely = "" if day.surely else ", at typical prices only"
    if share is None:
        return f"the chip pays{surely}: {what}"
    part = f"saves {percent(share)} of what the product's battery gives"
    if share < _LITTLE:
        name, largest = found.budget.largest
        about = f"and {name} takes {percent(largest)} of that"
        return f"the chip does not pay in this product: it {part}, {about}; {what}"
    return f"the chip pays{surely}: it {part}; {what}"


def _how(found: Alternative, command: str) -> str:
    """How a number of instructions was come by, where it was not counted."""
    estimate = found.alone[command]
    if estimate.how == "counted":
        return ""
    return f", fitted within {percent(estimate.error)}"


def _each(found: Alternative) -> list[str]:
    """An inference and an update, part by part."""
    lines = []
    commands = {"an inference": "infer", "an update beside it": "learn"}
    both = (found.inference, found.update)
    for (name, command), sides in zip(commands.items(), both, strict=True):
        if sides is None:
            continue
        without, with_it = (ranged(total, "J") for total in sides.totals)
        count = found.alone[command].instructions
        count -= found.alone["infer"].instructions if command == "learn" else 0.0
        parts = ", ".join(
            f"{part} {amount(ends[1], 'J')}" for part, ends in sides.chip.items()
        )
        text = f"{name}: {without} alone ({count_text(round(count))} instructions"
        text += f"{_how(found, command)}), {with_it} with the chip ({parts})"
        lines.append(text if sides.pays else f"{text}: the chip does not pay")
    return lines


def _price(found: Alternative) -> list[str]:
    """From which price of an instruction an inference pays."""
    if found.inference is None:
        return []
    least = found.break_even_pj
    work = count_text(round(found.driver["infer"].instructions))
    if least is None:
        return [
            f"the driver's {work} instructions are more than the network's: no "
            "inference pays"
        ]
    low, high = (found.core.instruction_pj(bound) for bound in ("low", "high"))
    pays = "pays" if least < high else "would pay, but does not here,"
    return [
        f"an inference {pays} where an instruction takes over {digits(least)} pJ "
        f"({found.core.name}: {digits(low)}..{digits(high)}); {work} instructions of "
        "it stay the driver's"
    ]


def _where(found: Alternative) -> list[str]:
    """Where it turns, and what stays whichever way."""
    lines = _price(found)
    rate, often = found.pays_from, float(found.budget.day.rates["inference"])
    if rate:
        lines.append(
            f"the day pays from {count_text(round(rate))} inferences on (in use: "
            f"{count_text(round(often))}): below, the chip leaks more than it saves"
        )
    if found.features is not None:
        times = found.features / found.alone["infer"].instructions
        lines.append(
            f"features of a window take {count_text(round(found.features))} "
            f"instructions on both sides, {digits(times)} times the network's"
        )
    return lines


def alternative(budget: Budget) -> dict[str, Any] | None:
    """The microcontroller alone beside the chip, for JSON, terminal and page.

    None where nothing was counted on the product's core. Of ``lines``, the answer comes
    first; ``short`` leaves out what a table shows; ``text`` is all of them.
    """
    found = Alternative(budget)
    if found.core.name not in {count.core for count in counted().counts}:
        return None
    answer, each, where = _answer(found), _each(found), _where(found)
    lines = [answer, *each, *where]
    return {
        **found.to_dict(),
        "lines": lines,
        "short": [answer, *where],
        "text": " ".join(f"{line[:1].upper()}{line[1:]}." for line in lines),
    }
