"""What ``edgeferro sweep`` asks for: axes of a grid, and what all runs share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edgeferro.chip.chip import Chip
from edgeferro.chip.device import Device
from edgeferro.core.enums import REFERENCES, RULES
from edgeferro.errors import ConfigError, StateError
from edgeferro.sweeping.choice import fold
from edgeferro.sweeping.grid import Axis, Refused, grid_of
from edgeferro.sweeping.growing import run_until_decided
from edgeferro.sweeping.job import run_points
from edgeferro.sweeping.points_file import (
    check_points_file,
    points_place,
    write_points,
)
from edgeferro.sweeping.question import Question
from edgeferro.sweeping.show import say_refused, say_remarks, summary
from edgeferro.terminal import hint
from edgeferro.training.options import TrainOptions, default_chip, make_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.sweeping.grid import Point
    from edgeferro.sweeping.job import Ran, SweepRun
    from edgeferro.tasks.own import DataFile

__all__ = [
    "GridOptions",
    "base_options",
    "check_all_ran",
    "grid_points",
    "run_grid",
    "sweep",
]


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
    question: Question = field(default_factory=Question)


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


def _named(option: str, names: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Refuse a name that is none: no point, but a slip of the pen.

    Raises:
        ConfigError: names it, and those that are known.
    """
    for name in names:
        if name.partition("@")[0] not in known:
            message = f"{option}: {name!r} is not one of {', '.join(known)}"
            raise ConfigError(message)


def _check_names(options: GridOptions) -> None:
    """Refuse chips, devices, rules and references that aren't there.

    Raises:
        ConfigError: such a name.
    """
    for chip in options.chips:
        Chip.load(chip)
    for device in options.devices:
        Device.load(device)
    _named("--rule", options.rules, tuple(rule for rule in RULES if rule != "none"))
    _named("--reference", options.references, tuple(REFERENCES))


def grid_points(
    options: GridOptions, run: SweepRun
) -> tuple[list[Point], list[Refused]]:
    """All runs of a grid, checked, and the points that no chip can have.

    Says what there is to know of the task, and that points are refused.

    Raises:
        ConfigError, DataError: an axis, value or place that doesn't fit; nothing ran.
    """
    question, base = options.question, base_options(options)
    check_points_file(run, base.sources)
    _check_names(options)
    seeds = tuple(range(question.asked.most)) if question.asked.auto else options.seeds
    points, refused = grid_of(base, _axes(options), seeds)
    question.base_of([dict(place) for place in dict.fromkeys(p.place for p in points)])
    chips = {point.options.chip: point.options for point in points}
    check_points_file(run, tuple(s for o in chips.values() for s in o.sources))
    for text in make_plan(points[0].options).task.notes():
        hint(text)
    if refused:
        whole = len(refused) + len({point.place for point in points})
        hint(f"{len(refused)} of {whole} points are refused; the others run")
    return points, refused


def run_grid(
    points: Sequence[Point],
    refused: Sequence[Refused],
    question: Question,
    run: SweepRun,
) -> tuple[Ran, list[Refused]]:
    """Run what the question asks for; a chip's refusals join those of the grid.

    Raises:
        DataError: a place or rows that don't fit, before any run.
        StateError: a worker died, or every run was refused; finished ones are kept.
    """
    if question.asked.auto:
        ran = run_until_decided(points, question, run)
    else:
        ran = run_points(points, run)
    late = [
        Refused({**point.values, "seed": point.options.seeds[0]}, why)
        for point, why in ran.refused
    ]
    return ran, [*refused, *late]


def check_all_ran(refused: Sequence[Refused], run: SweepRun) -> None:
    """End as stopped where points were refused, with the others' table written.

    Raises:
        StateError: says how many.
    """
    if refused:
        message = f"{len(refused)} refused (listed above); all others are in {run.out}"
        raise StateError(message)


def sweep(options: GridOptions, run: SweepRun) -> None:
    """Run a grid, write its tables and show what it decides.

    Raises:
        ConfigError, DataError: an axis, value or place that doesn't fit; nothing ran.
        StateError: a worker died, or points were refused; finished ones are kept.
    """
    question = options.question
    points, before = grid_points(options, run)
    ran, refused = run_grid(points, before, question, run)
    found = fold(ran.rows, list(points[0].values) or ["device"], question)
    write_points(found, ran.points, refused, question, run)
    summary(found, question)
    say_refused(refused)
    print(f"{len(ran.rows)} runs in {run.out}; points: {points_place(run.out)}")  # noqa: T201
    say_remarks(ran.rows, ran.points)
    check_all_ran(refused, run)
