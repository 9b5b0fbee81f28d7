"""Runs the paper's comparison on both tasks, and says what it found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table

from edgeferro.errors import DataError
from edgeferro.files.packages import need
from edgeferro.files.write import PICTURES, check_place
from edgeferro.paper.comparison import (
    TASKS,
    WIDTHS,
    Result,
    paper_points,
    results,
)
from edgeferro.paper.findings import Finding, energy_text, find_findings
from edgeferro.paper.pictures import draw_pictures, picture_places
from edgeferro.sweeping.job import SweepRun, run_sweep
from edgeferro.sweeping.show import say_remarks
from edgeferro.sweeping.table_file import check_table
from edgeferro.training.options import make_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.sweeping.options import GridOptions

__all__ = ["PaperOptions", "paper", "run_paper"]

# of the grid's options, what the comparison sets itself
_FIXED: Final = (
    *("chips", "rules", "references", "grid", "settings", "calibrate"),
    *("data", "subjects"),
)


@dataclass(frozen=True)
class PaperOptions:
    """What of the paper's comparison is run.

    Attributes:
        tasks: of 'mnist' and 'watch'.
        seeds: a run each.
        passes: over the samples; None for each task's own.
        widths: devices.
        mnist_folder: of the four IDX files, for all 70,000 images.
    """

    tasks: tuple[str, ...]
    seeds: tuple[int, ...]
    passes: int | None = None
    widths: tuple[str, ...] = WIDTHS
    mnist_folder: str | None = None


def _result_table(task: str, found: Sequence[Result], goal: float) -> Table:
    title = f"{task}: means over seeds; epochs and energies until {100 * goal:g} %"
    table = Table(title=title, title_justify="left")
    table.add_column("scheme", no_wrap=True)
    names = ("width", "after, %", "pulses", "epochs", "in cells")
    for name in (*names, "energy"):
        table.add_column(name, justify="right", no_wrap=True)
    for r in found:
        epochs = r.epochs_to(goal)
        table.add_row(
            r.scheme,
            r.width,
            f"{100 * r.accuracy:.1f}±{100 * r.spread:.1f}",
            f"{r.pulses:.3g}",
            "-" if epochs is None else f"{epochs:.2f}",
            energy_text(r.energy_to(goal, r.cells_fj)),
            energy_text(r.energy_to(goal, r.learning_fj)),
        )
    return table


def _finding_table(task: str, findings: Sequence[Finding]) -> Table:
    title = f"{task}: the paper's findings in our runs"
    table = Table(title=title, title_justify="left", show_lines=True)
    for name in ("finding", "appears", "numbers"):
        table.add_column(name)
    for finding in findings:
        table.add_row(finding.claim, finding.appears, finding.numbers)
    return table


def run_paper(options: PaperOptions, run: SweepRun) -> None:
    """Run, draw and print; both tasks stand in one table.

    Raises:
        DataError: bad options.
        PackageError: matplotlib is not installed.
    """
    need("matplotlib", "--paper")
    check_table(run.out)
    for task in options.tasks:
        for path in picture_places(run.out, task):
            check_place("--out", path, PICTURES)
    points = {
        task: paper_points(
            task,
            options.seeds,
            widths=options.widths,
            passes=options.passes,
            mnist_folder=options.mnist_folder,
        )
        for task in options.tasks
    }
    every = [point for its in points.values() for point in its]
    rows = run_sweep(every, run)
    console = Console(markup=False)
    for task, its in points.items():
        goal = TASKS[task].goal
        chips = len(make_plan(its[0].options).subjects)
        found = results([row for row in rows if row["task"] == task], chips)
        console.print(_result_table(task, found, goal))
        console.print(_finding_table(task, find_findings(found, goal)))
        for path in draw_pictures(found, run.out, task, goal):
            console.print(f"picture: {path}", soft_wrap=True)
    console.print(
        "pulses and energies are a chip's; in cells: what pulses leave in their cells, "
        "lines not counted; energy: learning of the whole chip. (a) to (c) are read "
        "from mixed precision, the registers the same at all widths. Mixed precision "
        "and shifted SGD read each weight against a second cell at the symmetry point, "
        "SGD against mid-level. 2 us and 200 us are not measured: "
        "inter- and extrapolated in log width."
    )
    console.print(f"{len(rows)} runs in {run.out}", soft_wrap=True)
    say_remarks(rows, every)


def paper(options: GridOptions, run: SweepRun) -> None:
    """Run the paper's comparison.

    Raises:
        DataError: an option that the comparison sets itself.
    """
    for name in _FIXED:
        if getattr(options, name):
            message = f"--paper: sets {name} itself"
            raise DataError(message)
    if options.task not in {None, *TASKS}:
        message = f"--task: {options.task!r} is not one of {', '.join(TASKS)}"
        raise DataError(message)
    chosen = PaperOptions(
        tasks=tuple(TASKS) if options.task is None else (options.task,),
        seeds=options.seeds,
        passes=options.passes,
        widths=options.devices or WIDTHS,
        mnist_folder=options.mnist_folder,
    )
    run_paper(chosen, run)
