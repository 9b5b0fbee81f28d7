"""Accuracy against an inference's energy: table and picture of a frontier."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console

from edgeferro.energy.report import Quantity
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

    from edgeferro.intervals.estimate import Estimate
    from edgeferro.sweeping.choice import Choice

__all__ = ["choice_text", "draw", "show"]

_J: Final = 1e-15  # joules a femtojoule
_COLOURS: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
_MARKS: Final = ("o", "s", "^", "D", "v", "P", "X")


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
            "no knee: the seeds show fewer than three choices, each better than the "
            "cheaper ones, or accuracy bends the other way; more seeds show more"
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


def _bar(found: Estimate) -> float | None:
    return 100.0 * found.half if math.isfinite(found.half) else None


def draw(found: Sequence[Choice], own: tuple[Any, ...], path: Path, chip: str) -> None:
    """Draw every choice with its intervals, the frontier, its knee and the chip.

    Thick bars are over seeds, thin ones over seeds and subjects.
    """
    figure, axes = new_figure(width=8.0, height=5.0)
    firsts, lasts = (
        list(dict.fromkeys(sorted(choice.place[index] for choice in found)))
        for index in (0, -1)
    )
    for choice in found:
        at = (choice.energy_fj * _J, 100.0 * choice.after.mean)
        style: dict[str, Any] = {
            "color": _COLOURS[firsts.index(choice.place[0]) % len(_COLOURS)],
            "alpha": 1.0 if choice.mark else 0.35,
        }
        if choice.after.subjects > 1 and _bar(choice.both):
            axes.errorbar(*at, yerr=_bar(choice.both), elinewidth=0.6, fmt="", **style)
        mark = _MARKS[lasts.index(choice.place[-1]) % len(_MARKS)]
        axes.errorbar(
            *at, yerr=_bar(choice.after), fmt=mark, elinewidth=2.0, capsize=2, **style
        )
    line = sorted((c for c in found if c.mark), key=lambda c: c.energy_fj)
    xs = [choice.energy_fj * _J for choice in line]
    axes.plot(
        xs, [100.0 * choice.after.mean for choice in line], "k-", label="frontier"
    )
    for choice in found:
        at = (choice.energy_fj * _J, 100.0 * choice.after.mean)
        if choice.mark == "* knee":
            axes.plot(*at, "ko", ms=14, mfc="none", label="knee")
        if choice.place == own:
            axes.plot(*at, "r*", ms=14, mfc="none", label="the chip file's")
    names = list(found[0].values)
    _legend(axes, ((names[0], firsts, False), (names[-1], lasts, True)))
    _scales(axes, found, chip)
    save_figure(figure, path)


def _legend(axes: Any, kinds: Sequence[tuple[str, Sequence[Any], bool]]) -> None:
    """Say what colours and marks are."""
    for name, values, marked in kinds:
        for index, value in enumerate(values):
            mark = _MARKS[index % len(_MARKS)] if marked else "o"
            colour = "grey" if marked else _COLOURS[index % len(_COLOURS)]
            label = f"{name.rpartition('.')[2]} {value}"
            axes.plot([], [], mark, color=colour, label=label)
    axes.plot([], [], "-", color="grey", lw=2.0, label="thick: over seeds")
    axes.plot([], [], "-", color="grey", lw=0.6, label="thin: and subjects")
    axes.legend(fontsize="small", loc="lower right")


def _scales(axes: Any, found: Sequence[Choice], chip: str) -> None:
    """Put units, and how many runs stand behind a point."""
    from matplotlib.ticker import EngFormatter

    axes.set_xscale("log")
    for fits in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
        fits(EngFormatter("J"))
    axes.set_xlabel("energy of an inference")
    axes.set_ylabel("accuracy after learning (%), 95 % intervals")
    low, high = axes.get_ylim()
    axes.set_ylim(max(low, 0.0), min(high, 100.5))  # an interval may end beyond
    seeds = sorted({choice.seeds for choice in found})
    most = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    people = found[0].after.subjects
    of = f" x {count(people, 'subject')}" if people > 1 else ""
    axes.set_title(f"{chip}: what the energy of its reads buys (n = {most} seeds{of})")
