"""Accuracy against an inference's energy: table and picture of a frontier."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console

from edgeferro.energy.report import Quantity
from edgeferro.files.look import (
    FILLS,
    GREY,
    add_legend,
    bars_said,
    colours_of,
    energy_unit,
    mark_of,
    percent_limits,
    tick_logarithm,
)
from edgeferro.files.pictures import new_figure, save_figure
from edgeferro.intervals.words import count, spread_text
from edgeferro.sweeping.layout import Sheet, point_words, print_sheets
from edgeferro.sweeping.show import (
    ACCURACY,
    HARDWARE,
    accuracy_cells,
    hardware_cells,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edgeferro.sweeping.choice import Choice

__all__ = ["choice_text", "draw", "show"]

_J: Final = 1e-15  # joules a femtojoule
_PALE: Final = 0.4
_BEATEN: Final = "pale: beaten, or not shown to be better than a cheaper one"


def choice_text(choice: Choice) -> str:
    """Say a choice in words."""
    energy = Quantity.of_fj(choice.energy_fj)
    return (
        f"{point_words(choice.values)}: {spread_text(choice.after)} % (worst "
        f"{100.0 * choice.worst:.1f} %), {energy} an inference, {choice.bits:.1f} "
        f"effective bits"
    )


def _cells(choice: Choice, own: tuple[Any, ...]) -> list[str]:
    mark = f"{choice.mark}{' the chip' if choice.place == own else ''}".strip()
    return [f"{choice.bits:.1f}", str(Quantity.of_fj(choice.energy_fj)), mark]


def show(found: Sequence[Choice], own: tuple[Any, ...], chip: str) -> None:
    """Print the frontier, the chip's own choice and where the knee is.

    Args:
        found: all choices, from the least energy to the most.
        own: values of the chip's own one.
        chip: its name.
    """
    console = Console(markup=False, highlight=False)
    shown = [bool(choice.mark) or choice.place == own for choice in found]
    sheets = [
        Sheet("accuracy", ACCURACY, [accuracy_cells(c) for c in found], shown),
        Sheet(
            "cost",
            ("bits", "inference", "mark"),
            [_cells(choice, own) for choice in found],
            shown,
        ),
        Sheet("hardware", HARDWARE, [hardware_cells(c) for c in found], shown),
    ]
    console.print(f"{chip}: choices that are worth their energy")
    print_sheets(console, [choice.values for choice in found], sheets)
    for choice in found:
        if choice.mark == "* knee":
            console.print(f"knee: {choice_text(choice)}")
        if choice.place == own:
            console.print(f"the chip: {choice_text(choice)}")
    if not any(choice.mark == "* knee" for choice in found):
        console.print(
            "no knee: one seed shows none to be better, or the seeds show fewer than "
            "three choices, each better than the cheaper ones, or accuracy bends the "
            "other way; more seeds show more"
        )
    left = sum(not choice.mark for choice in found)
    base = next(choice for choice in found if not choice.verdict)
    console.print(
        f"{len(found)} choices, {left} of them beaten or not shown to be better than a "
        f"cheaper one; ± are 95 % intervals over seeds, both: over seeds and subjects; "
        f"difference: to {point_words(base.values)}, seed by seed; bits: "
        f"effective, of the layer that has the fewest; beyond the knee accuracy costs "
        f"the most energy"
    )


def draw(found: Sequence[Choice], own: tuple[Any, ...], path: Path, chip: str) -> None:
    """Draw every choice with its intervals, the frontier, its knee and the chip.

    Thick bars are over seeds, thin ones over seeds and subjects. Colour, filling and
    mark are a choice's first, second and last value; what is beaten is pale.
    """
    figure, axes = new_figure(width=8.0, height=5.6)
    scale, unit = energy_unit(_J * choice.energy_fj for choice in found)
    names = list(found[0].values)
    values = [_values(found, index) for index in range(len(names))]
    ways = _ways(names, values)
    for choice in found:
        _draw_choice(axes, choice, ways, scale * _J)
    line = sorted((c for c in found if c.mark), key=lambda c: c.energy_fj)
    axes.plot(
        [scale * _J * choice.energy_fj for choice in line],
        [100.0 * choice.after.mean for choice in line],
        "k-",
        lw=1.2,
        label="frontier",
    )
    rings = {"color": "black", "fillstyle": "none", "linestyle": "none"}
    for choice in found:
        at = ([scale * _J * choice.energy_fj], [100.0 * choice.after.mean])
        if choice.mark == "* knee":
            axes.plot(*at, marker="o", ms=15, label="knee", **rings)
        if choice.place == own:
            axes.plot(*at, marker="*", ms=18, label="the chip file's", **rings)
    _scales(axes, found, scale, unit)
    seeds = sorted({choice.seeds for choice in found})
    most = f"{seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else f"{seeds[0]}"
    over = f"{most} seed{'' if most == '1' else 's'}" if seeds[-1] > 1 else ""
    people = found[0].after.subjects
    also = count(people, "subject") if people > 1 else ""
    both = f"{over} and {also}" if over else also
    more = bars_said(over, both if also else "")
    axes.set_title(f"{chip}: what the energy of its reads buys")
    add_legend(figure, [axes], [*_entries(ways), *more])
    save_figure(figure, path)


@dataclass(frozen=True)
class _Way:
    """How the values of one axis are told apart."""

    name: str
    index: int
    kind: str
    looks: dict[Any, Any]


def _values(found: Sequence[Choice], index: int) -> list[Any]:
    return list(dict.fromkeys(sorted(choice.place[index] for choice in found)))


def _ways(names: Sequence[str], values: Sequence[list[Any]]) -> list[_Way]:
    """Colour for the first axis, mark for the last, filling for the second of more."""
    last = len(names) - 1
    ways = [
        _Way(
            names[0],
            0,
            "color",
            dict(zip(values[0], colours_of(len(values[0])), strict=True)),
        )
    ]
    if last > 0:
        marks = (mark_of(index) for index in range(len(values[last])))
        ways.append(
            _Way(
                names[last], last, "marker", dict(zip(values[last], marks, strict=True))
            )
        )
    if last > 1 and len(values[1]) <= len(FILLS):
        ways.append(
            _Way(names[1], 1, "fillstyle", dict(zip(values[1], FILLS, strict=False)))
        )
    return ways


def _draw_choice(axes: Any, choice: Choice, ways: list[_Way], scale: float) -> None:
    """One point with its bars."""
    look = {way.kind: way.looks[choice.place[way.index]] for way in ways}
    marker, fill = look.pop("marker", "o"), look.pop("fillstyle", "full")
    strength = {"alpha": 1.0 if choice.mark else _PALE, **look}
    at = ([choice.energy_fj * scale], [100.0 * choice.after.mean])
    wide = choice.both if choice.after.subjects > 1 else None
    for found, width, cap in ((wide, 0.6, 0.0), (choice.after, 1.8, 2.0)):
        if found is not None and math.isfinite(found.half):
            half = {"yerr": [100.0 * found.half], "elinewidth": width, "capsize": cap}
            axes.errorbar(*at, fmt="none", label="_bars", **half, **strength)
    axes.plot(*at, marker=marker, fillstyle=fill, ls="none", label="_", **strength)


def _entries(ways: list[_Way]) -> list[Any]:
    """Say what colours, marks and fillings are."""
    from matplotlib.lines import Line2D

    entries = []
    for way in ways:
        for value, look in way.looks.items():
            plain: dict[str, Any] = {"color": GREY, "marker": "o", "linestyle": "none"}
            label = f"{way.name.rpartition('.')[2]} {value}"
            entries.append(Line2D([], [], label=label, **{**plain, way.kind: look}))
    pale: dict[str, Any] = {
        "color": GREY,
        "alpha": _PALE,
        "marker": "o",
        "linestyle": "none",
    }
    return [*entries, Line2D([], [], label=_BEATEN, **pale)]


def _scales(axes: Any, found: Sequence[Choice], scale: float, unit: str) -> None:
    """Fit both scales to the choices, with their units."""
    energies = [scale * _J * choice.energy_fj for choice in found]
    low, high = 0.9 * min(energies), 1.1 * max(energies)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    tick_logarithm(axes.xaxis, low, high)
    axes.set_xlabel(f"energy of an inference ({unit})")
    axes.set_ylabel("accuracy after learning (%)")
    percent_limits(axes, [one for c in found for one in (c.after, c.both)])
    axes.grid(alpha=0.3)
