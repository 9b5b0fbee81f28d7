"""What a person sees of a sweep: a bar while it runs, a line for each choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table

from edgeferro.energy.report import Quantity
from edgeferro.mapping.remarks import gathered
from edgeferro.sweeping.frontier import frontier, knee
from edgeferro.sweeping.row import row_remarks
from edgeferro.terminal import hint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.sweeping.grid import Point
    from edgeferro.sweeping.row import Row

__all__ = ["group_rows", "say_remarks", "summary"]


def group_rows(
    rows: Sequence[Row], names: Sequence[str]
) -> dict[tuple[Any, ...], list[Row]]:
    """Rows that differ in nothing but the seed, by their values, in order."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return groups


def _accuracies(rows: Sequence[Row]) -> list[str]:
    after = [100 * row["after"] for row in rows]
    spread = f"±{np.std(after, ddof=1):.1f}" if len(after) > 1 else ""
    worst = 100 * _mean(rows, "worst")
    return [f"{np.mean(after):.1f}{spread}", f"{worst:.1f}"]


def _mean(rows: Sequence[Row], name: str) -> float:
    return float(np.mean([row[name] for row in rows]))


def _marks(groups: Sequence[Sequence[Row]]) -> list[str]:
    """A star at each choice of the frontier accuracy against energy, and its knee."""
    energies = [_mean(group, "inference_energy_fj") for group in groups]
    accuracies = [_mean(group, "after") for group in groups]
    bend, line = knee(energies, accuracies), frontier(energies, accuracies)
    return [
        "* knee" if index == bend else "*" if index in line else ""
        for index in range(len(groups))
    ]


def summary(rows: Sequence[Row], names: Sequence[str]) -> None:
    """Print a line for each choice, means over its seeds."""
    table = Table(title="means over seeds", title_justify="left")
    for name in names:
        head = name.removesuffix(".name").rpartition(".")[2]
        table.add_column(head, overflow="fold")  # gives way, so that no figure does
    for name in ("after", "worst", "bits", "pulses", "inference", "update"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    groups = group_rows(rows, names)
    marks = _marks(list(groups.values()))
    for (values, group), mark in zip(groups.items(), marks, strict=True):
        energies = [
            str(Quantity.of_fj(_mean(group, f"{name}_energy_fj")))
            for name in ("inference", "update")
        ]
        pulses = f"{_mean(group, 'pulses'):.4g}"
        bits = f"{_mean(group, 'effective_bits'):.1f}"
        cells = (*_accuracies(group), bits, pulses, *energies)
        table.add_row(*map(str, values), *cells, mark)
    console = Console(markup=False)
    console.print(table)
    console.print(
        "after: accuracy, %; worst: of a task's subjects; bits: effective, of a read; "
        "pulses: of learning; "
        "energy of an inference and of an update cycle; *: no other choice is as "
        "accurate for a cheaper inference, nor more accurate for the same, by the "
        "digits shown; gaps below ± may be the seeds' alone"
    )


def say_remarks(rows: Sequence[Row], points: Sequence[Point]) -> None:
    """Print a line for each kind of remark; each run's own are in the table."""
    runs = zip(points, rows, strict=True)
    for text in gathered((point.name, row_remarks(row)) for point, row in runs):
        hint(text)
