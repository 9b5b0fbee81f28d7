"""What ``edgeferro sweep`` asks for: axes of a grid, and what all runs share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgeferro.files.write import check_apart
from edgeferro.sweeping import job
from edgeferro.sweeping.grid import Axis, make_points
from edgeferro.terminal import hint
from edgeferro.training.options import TrainOptions, default_chip, make_plan

if TYPE_CHECKING:
    from edgeferro.sweeping.grid import Point
    from edgeferro.sweeping.job import SweepRun
    from edgeferro.tasks.own import DataFile

__all__ = ["GridOptions", "base_options", "grid_points", "sweep"]


@dataclass(frozen=True)
class GridOptions:
    """Axes and what all runs share, as the command line has them."""

    chips: tuple[str, ...]
    devices: tuple[str, ...]
    rules: tuple[str, ...]
    references: tuple[str, ...]
    grid: dict[str, tuple[Any, ...]]
    settings: dict[str, Any]
    task: str | None
    passes: int | None
    subjects: tuple[int | str, ...] | None
    seeds: tuple[int, ...]
    calibrate: bool
    mnist_folder: str | None
    data: DataFile | None = None


def _axes(options: GridOptions) -> list[Axis]:
    named = {
        "chip": options.chips,
        "device.name": options.devices,
        "rule": options.rules,
        "array.reference": options.references,
    }
    axes = [Axis(name, values) for name, values in named.items() if values]
    return axes + [Axis(name, values) for name, values in options.grid.items()]


def base_options(options: GridOptions) -> TrainOptions:
    """What all runs share; its seeds are none."""
    task = "watch" if options.task is None else options.task
    return TrainOptions(
        task=task,
        chip=default_chip(task),
        settings=options.settings,
        rule=None,
        passes=options.passes,
        subjects=options.subjects,
        seeds=(),
        order="interleaved",
        mnist_folder=options.mnist_folder,
        calibrate=options.calibrate,
        data=options.data,
    )


def grid_points(options: GridOptions, run: SweepRun) -> list[Point]:
    """All runs of a grid, checked; says what there is to know of the task.

    Raises:
        ConfigError, DataError: an axis, value or place that doesn't fit; nothing ran.
    """
    base = base_options(options)
    check_apart({"--out": run.out}, base.sources)
    points = make_points(base, _axes(options), options.seeds)
    chips = {point.options.chip: point.options for point in points}
    check_apart({"--out": run.out}, tuple(s for o in chips.values() for s in o.sources))
    for text in make_plan(points[0].options).task.notes():
        hint(text)
    return points


def sweep(options: GridOptions, run: SweepRun) -> None:
    """Run a grid.

    Raises:
        ConfigError, DataError: an axis, value or place that doesn't fit; nothing ran.
        StateError: a worker died, or runs were refused; finished ones are kept.
    """
    job.sweep(grid_points(options, run), run)
