"""Accuracy against an inference's energy: choices, frontier, table and picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from edgeferro.energy.report import Quantity
from edgeferro.files.pictures import new_figure, save_figure
from edgeferro.sweeping.frontier import frontier, knee
from edgeferro.sweeping.show import group_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edgeferro.sweeping.row import Row

__all__ = ["Choice", "choices", "draw", "show"]

_J: Final = 1e-15  # joules a femtojoule
_COLOURS: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
_MARKS: Final = ("o", "s", "^", "D", "v", "P", "X")


@dataclass(frozen=True)
class Choice:
    """One point of the grid, means over its seeds.

    Attributes:
        values: of the axes.
        energy_fj: of an inference.
        accuracy: after learning, 0..1.
        spread: standard deviation over seeds; 0 with one.
        worst: accuracy of the worst subject.
        bits: effective, of the layer that has the fewest.
        mark: '', '*' on the frontier, '* knee' at its knee.
    """

    values: tuple[Any, ...]
    energy_fj: float
    accuracy: float
    spread: float
    worst: float
    bits: float
    mark: str

    def __str__(self) -> str:
        """Say it in words, without the axes."""
        spread = f"±{100 * self.spread:.1f}" if self.spread else ""
        energy = Quantity.of_fj(self.energy_fj)
        return (
            f"{100 * self.accuracy:.1f}{spread} % (worst {100 * self.worst:.1f} %), "
            f"{energy} an inference, {self.bits:.1f} effective bits"
        )


def choices(rows: Sequence[Row], names: Sequence[str]) -> list[Choice]:
    """Fold seeds, and mark frontier and knee; from the least energy to the most."""
    groups = group_rows(rows, names)

    def mean(group: Sequence[Row], name: str) -> float:
        return float(np.mean([row[name] for row in group]))

    energies = [mean(group, "inference_energy_fj") for group in groups.values()]
    accuracies = [mean(group, "after") for group in groups.values()]
    line, bend = frontier(energies, accuracies), knee(energies, accuracies)
    found = []
    for index, (values, group) in enumerate(groups.items()):
        after = [row["after"] for row in group]
        mark = "*" if index in line else ""
        found.append(
            Choice(
                values=values,
                energy_fj=energies[index],
                accuracy=accuracies[index],
                spread=float(np.std(after, ddof=1)) if len(after) > 1 else 0.0,
                worst=mean(group, "worst"),
                bits=mean(group, "effective_bits"),
                mark="* knee" if index == bend else mark,
            )
        )
    return sorted(found, key=lambda choice: (choice.energy_fj, -choice.accuracy))


def _named(values: Sequence[Any], names: Sequence[str]) -> str:
    return ", ".join(f"{n} {v}" for n, v in zip(names, values, strict=True))


def show(
    found: Sequence[Choice], own: tuple[Any, ...], names: Sequence[str], chip: str
) -> None:
    """Print the frontier, the chip's own choice and where the knee is."""
    title = f"{chip}: choices that none beats in both accuracy and energy"
    table = Table(title=title, title_justify="left")
    for name in names:
        table.add_column(name.rpartition(".")[2], justify="right")
    for name in ("after, %", "worst", "bits", "inference"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for choice in found:
        if not choice.mark and choice.values != own:
            continue
        spread = f"±{100 * choice.spread:.1f}" if choice.spread else ""
        table.add_row(
            *map(str, choice.values),
            f"{100 * choice.accuracy:.1f}{spread}",
            f"{100 * choice.worst:.1f}",
            f"{choice.bits:.1f}",
            str(Quantity.of_fj(choice.energy_fj)),
            f"{choice.mark}{' the chip' if choice.values == own else ''}".strip(),
        )
    console = Console(markup=False, highlight=False)
    console.print(table)
    for choice in found:
        if choice.mark == "* knee":
            console.print(f"knee: {_named(choice.values, names)}: {choice}")
        if choice.values == own:
            console.print(f"the chip: {_named(choice.values, names)}: {choice}")
    left = sum(not choice.mark for choice in found)
    console.print(
        f"{len(found)} choices, {left} of them beaten, by the digits shown; gaps "
        f"below ± may be the seeds' alone; means over seeds; bits: "
        f"effective, of the layer that has the fewest; beyond the knee accuracy costs "
        f"the most energy"
    )


def draw(
    found: Sequence[Choice],
    own: tuple[Any, ...],
    names: Sequence[str],
    path: Path,
    chip: str,
) -> None:
    """Draw every choice with its seeds' spread, the frontier, its knee and the chip."""
    from matplotlib.ticker import EngFormatter

    figure, axes = new_figure(width=8.0, height=5.0)
    firsts, lasts = (
        list(dict.fromkeys(sorted(choice.values[place] for choice in found)))
        for place in (0, -1)
    )
    for choice in found:
        axes.errorbar(
            choice.energy_fj * _J,
            100 * choice.accuracy,
            yerr=100 * choice.spread or None,
            fmt=_MARKS[lasts.index(choice.values[-1]) % len(_MARKS)],
            color=_COLOURS[firsts.index(choice.values[0]) % len(_COLOURS)],
            alpha=1.0 if choice.mark else 0.35,
            capsize=2,
        )
    line = [choice for choice in found if choice.mark]
    xs = [choice.energy_fj * _J for choice in line]
    axes.plot(xs, [100 * choice.accuracy for choice in line], "k-", label="frontier")
    for choice in found:
        at = (choice.energy_fj * _J, 100 * choice.accuracy)
        if choice.mark == "* knee":
            axes.plot(*at, "ko", ms=14, mfc="none", label="knee")
        if choice.values == own:
            axes.plot(*at, "r*", ms=14, mfc="none", label="the chip file's")
    for places, values, marked in ((0, firsts, False), (-1, lasts, True)):
        for index, value in enumerate(values):
            mark = _MARKS[index % len(_MARKS)] if marked else "o"
            colour = "grey" if marked else _COLOURS[index % len(_COLOURS)]
            label = f"{names[places].rpartition('.')[2]} {value}"
            axes.plot([], [], mark, color=colour, label=label)
    axes.set_xscale("log")
    for fits in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
        fits(EngFormatter("J"))
    axes.set_xlabel("energy of an inference")
    axes.set_ylabel("accuracy after learning (%)")
    axes.set_title(f"{chip}: what the energy of its reads buys")
    axes.legend(fontsize="small", loc="lower right")
    save_figure(figure, path)
