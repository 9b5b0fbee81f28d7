"""``edgeferro paper``: runs the paper's comparison, and says what it found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from edgeferro.errors import DataError
from edgeferro.files.packages import need
from edgeferro.files.write import PICTURES, check_place
from edgeferro.paper.comparison import paper_points, results
from edgeferro.paper.findings import find_findings
from edgeferro.paper.pictures import draw_pictures, picture_places
from edgeferro.paper.schemes import TASKS, WIDTHS
from edgeferro.paper.show import NOTE, explosions, finding_table, heading, result_tables
from edgeferro.paper.tuning import SEEDS, TUNED, load_tuning, tune, write_tuning
from edgeferro.sweeping.job import run_sweep
from edgeferro.sweeping.show import say_remarks
from edgeferro.sweeping.table_file import check_table
from edgeferro.terminal import hint, progress, show_table
from edgeferro.training.options import make_plan

if TYPE_CHECKING:
    from edgeferro.sweeping.engine import Engine
    from edgeferro.sweeping.job import SweepRun

__all__ = ["PaperOptions", "run_paper", "run_tuning"]

QUICK_SEEDS: Final = 3
LEFT_OUT: Final = (
    "--quick leaves out: the widths of 2 us and 200 us, the runs at one common rate, "
    f"and all but the first {QUICK_SEEDS} seeds"
)


@dataclass(frozen=True)
class PaperOptions:
    """What of the paper's comparison is run.

    Attributes:
        tasks: of 'mnist' and 'watch'.
        seeds: a run each.
        passes: over the samples; None for each task's own.
        widths: devices.
        quick: less of everything, see :data:`LEFT_OUT`.
        resolve: percent points below which a difference is none.
        tuning: a file that --tune wrote; None for the shipped one.
        mnist_folder: of the four IDX files, for all 70,000 images.
    """

    tasks: tuple[str, ...]
    seeds: tuple[int, ...]
    passes: int | None = None
    widths: tuple[str, ...] = WIDTHS
    quick: bool = False
    resolve: float = 1.0
    tuning: Path | None = None
    mnist_folder: str | None = None

    def __post_init__(self) -> None:
        """Refuse what can't be compared.

        Raises:
            DataError: names the option and what would pass.
        """
        for task in self.tasks:
            if task not in TASKS:
                message = f"--task: {task!r} is not one of {', '.join(TASKS)}"
                raise DataError(message)
        for width in self.widths:
            if width not in WIDTHS:
                message = f"--width: {width!r} is not one of {', '.join(WIDTHS)}"
                raise DataError(message)
        used = sorted(set(self.seeds) & set(SEEDS))
        if used:
            message = (
                f"--seeds: {used[0]} is one that tuning has seen; others than "
                f"{', '.join(map(str, SEEDS))} pass"
            )
            raise DataError(message)
        if not 0.01 <= self.resolve <= 100.0:
            message = f"--resolve: {self.resolve:g} is not in 0.01..100"
            raise DataError(message)


def _quick(options: PaperOptions) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Seeds and widths that are run."""
    if not options.quick:
        return options.seeds, options.widths
    widths = tuple(width for width in options.widths if width in TUNED)
    if not widths:
        message = f"--width: --quick runs {', '.join(TUNED)} alone"
        raise DataError(message)
    return options.seeds[:QUICK_SEEDS], widths


def run_paper(options: PaperOptions, run: SweepRun) -> None:
    """Run, draw and print; both tasks stand in one table.

    Raises:
        DataError: bad options.
        PackageError: matplotlib is not installed.
    """
    need("matplotlib", "edgeferro paper")
    check_table(run.out)
    for task in options.tasks:
        for path in picture_places(run.out, task):
            check_place("--out", path, PICTURES)
    seeds, widths = _quick(options)
    tuning, stale = load_tuning(options.tuning, options.tasks)
    for task in stale:
        hint(
            f"stale tuning: {task}: chips, data or budget are not those it was made "
            "for; `edgeferro paper --tune` makes it anew"
        )
    points = {
        task: paper_points(
            task,
            seeds,
            tuning,
            common=None if options.quick else TASKS[task].common,
            widths=widths,
            passes=options.passes,
            mnist_folder=options.mnist_folder,
        )
        for task in options.tasks
    }
    every = [point for its in points.values() for point in its]
    rows = run_sweep(every, run)
    console = Console(markup=False, highlight=False)
    for task, its in points.items():
        goal = TASKS[task].goal
        chips = len(make_plan(its[0].options).subjects)
        found = results([row for row in rows if row["task"] == task], chips)
        console.print(heading(task, found, goal))
        for table in result_tables(task, found, goal):
            show_table(table, console)
        findings = find_findings(found, goal, options.resolve)
        show_table(finding_table(task, findings), console)
        for line in explosions(found):
            hint(f"{task}: {line}")
        for path in draw_pictures(found, run.out, task, goal):
            console.print(f"picture: {path}", soft_wrap=True)
    console.print(NOTE)
    if options.quick:
        console.print(LEFT_OUT)
    console.print(f"{len(rows)} runs in {run.out}", soft_wrap=True)
    say_remarks(rows, every)


def run_tuning(
    tasks: tuple[str, ...], place: Path, engine: Engine, *, quiet: bool
) -> None:
    """Tune all schemes anew, and keep what was found.

    Raises:
        DataError: a place that can't be written, or not both tasks.
    """
    if set(tasks) != set(TASKS):
        message = f"--task: --tune tunes {' and '.join(TASKS)} together"
        raise DataError(message)
    check_place("--tuning", place)
    with progress("tuning", 1000, quiet=quiet) as reached:
        entries = tune(tasks, engine, lambda done, all_: reached(1000 * done / all_))
    write_tuning(place, entries)
    print(f"{len(entries)} choices in {place}")  # noqa: T201
