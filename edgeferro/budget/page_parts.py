"""What a page draws: bars of where energy goes, and a battery's charge over time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from edgeferro.budget.day import OPERATIONS
from edgeferro.energy.units import DAY_S, YEAR_DAYS
from edgeferro.product.words import days_text, percent

if TYPE_CHECKING:
    from edgeferro.budget.budget import Budget

__all__ = ["COLOURS", "bars", "curve", "legend", "parts_css"]

# M. Okabe and K. Ito's colours, which people tell apart whatever cones they lack; each
# with the ink that can be read on it. Neighbours in a bar are far apart in all of them.
COLOURS: Final = {
    "dac": ("#f0e442", "#000000"),
    "adc": ("#0072b2", "#ffffff"),
    "array reads": ("#e69f00", "#000000"),
    "array pulses": ("#000000", "#ffffff"),
    "digital": ("#56b4e9", "#000000"),
    "memory": ("#d55e00", "#000000"),
    "bias": ("#009e73", "#000000"),
    "leakage": ("#cc79a7", "#000000"),
    "bus": ("#bbbbbb", "#000000"),
}
_LABELLED: Final = 0.08  # of a bar; all parts are told below it
_CURVE_POINTS: Final = 60
_TICKS: Final = 5  # at most, beside that at nothing
_ONE_LINE: Final = 0.005  # of a life; closer curves lie on each other


def legend(parts: list[str]) -> list[dict[str, str]]:
    """Parts with their colours' names in the style."""
    return [{"part": part, "css": f"c{k}"} for k, part in enumerate(parts)]


def _bar(name: str, values: dict[str, int]) -> dict[str, Any] | None:
    """Parts of a whole; None of nothing."""
    whole = sum(values.values())
    if not whole:
        return None
    pieces, told = [], []
    for index, (part, value) in enumerate(values.items()):
        share = value / whole
        label = f"{part} {percent(share)}" if share >= _LABELLED else ""
        pieces.append({"css": f"c{index}", "share": share, "label": label})
        if value:
            told.append(f"{part} {percent(share)}")
    return {"name": name, "pieces": pieces, "told": ", ".join(told)}


def bars(budget: Budget) -> list[dict[str, Any]]:
    """Where the energy of each operation goes, of a day, and of one without leaks."""
    report, parts = budget.run.energy, budget.run.energy.parts
    totals = {
        name: {part: sum(report.of(p, part).value for p in phases) for part in parts}
        for name, phases in OPERATIONS.items()
    }
    day = {part: spent.value for part, spent in budget.day.by_part().items()}
    totals["the chip's day"] = day
    totals["its day without what leaks"] = {**day, "leakage": 0}
    found = [_bar(name, values) for name, values in totals.items()]
    return [bar for bar in found if bar is not None]


def parts_css(
    drawn: list[dict[str, Any]], charge: dict[str, Any] | None, parts: list[str]
) -> str:
    """Colours of parts, widths of pieces, places of ticks.

    A page's policy lets no element have them; every other width is the browser's.
    """
    rules = []
    for index, part in enumerate(parts):
        colour, ink = COLOURS[part]
        rules.append(f".c{index} {{ background: {colour}; color: {ink}; }}")
    for k, bar in enumerate(drawn):
        for piece in bar["pieces"]:
            width = f"{100.0 * piece['share']:.4f}%"
            rules.append(f"#bar{k} .{piece['css']} {{ flex: 0 1 {width}; }}")
    for k, (place, _) in enumerate(charge["ticks"] if charge else ()):
        rules.append(f".chart .t{k} {{ left: {place:.4f}%; }}")
    return "\n".join(rules)


def _ticks(end: float) -> list[tuple[float, str]]:
    """Round numbers from nothing to an axis's end: where on it, percent, and text."""
    least = end / _TICKS
    decade = 10.0 ** math.floor(math.log10(least))
    step = next(n * decade for n in (1, 2, 5, 10) if n * decade >= least * (1 - 1e-9))
    count = math.floor(end / step * (1 + 1e-9))
    return [(100.0 * k * step / end, f"{k * step:,.12g}") for k in range(count + 1)]


def _charge(budget: Budget, *, learning: bool, end: float) -> str:
    """Points of what a cell holds over time, on a field of 100 by 100."""
    battery = budget.battery
    assert battery is not None
    watts = (budget.powers if learning else budget.still).watts[1]
    loss = battery.loss_per_year() / YEAR_DAYS
    left = whole = battery.joules()
    points = []
    for k in range(_CURVE_POINTS + 1):
        y = 100.0 * (1.0 - left / whole)
        points.append(f"{100.0 * k / _CURVE_POINTS:.2f},{y:.2f}")
        for _ in range(20):  # small steps, so that the fade is drawn as it is
            step = end / _CURVE_POINTS / 20
            left = max(0.0, left - (watts * DAY_S + loss * left) * step)
    return " ".join(points)


def curve(budget: Budget) -> dict[str, Any] | None:
    """Charge of the battery over time, with and without learning; None of no cell."""
    battery, lives = budget.battery, budget.lives
    if battery is None or lives is None or battery.power_uw is not None:
        return None
    life, still = lives.days[1], budget.life_days(learning=False)[1]
    end = max(life, still)
    years = end >= 1000.0
    size, unit = (YEAR_DAYS, "years") if years else (1.0, "days")
    return {
        "battery": battery.name,
        "learning": _charge(budget, learning=True, end=end),
        "still": _charge(budget, learning=False, end=end),
        "unit": unit,
        "ticks": _ticks(end / size),
        "one_line": min(life, still) >= (1.0 - _ONE_LINE) * end,
        "life": days_text(life),
        "life_still": days_text(still),
        "ends": lives.binding.name,
    }
