"""What a run is asked to do, and the plan that follows from it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeferro.chip.chip import Chip
from edgeferro.energy.prices import Prices
from edgeferro.errors import ConfigError, DataError
from edgeferro.files.write import PICTURES, check_apart, check_place
from edgeferro.mapping.read_chain import check_volts
from edgeferro.tasks import load_task, own
from edgeferro.training.lesson import check_lessons
from edgeferro.training.plan import Plan
from edgeferro.training.power import check_losses
from edgeferro.training.saved import SavedImages

if TYPE_CHECKING:
    from edgeferro.tasks import Task

__all__ = [
    "Outputs",
    "TrainOptions",
    "default_chip",
    "find_task",
    "make_chip",
    "make_plan",
]

_CHIPS = {
    "watch": "watch-hzo-200ns",
    "digits": "digits-symmetric",
    "mnist": "mnist-symmetric",
}


def default_chip(task: str) -> str:
    """Profile that a task runs on if none is named."""
    return _CHIPS.get(task, _CHIPS["watch"])


@dataclass(frozen=True)
class TrainOptions:
    """What a training run is asked to do; a save file keeps it."""

    task: str
    chip: str
    settings: dict[str, Any]
    rule: str | None
    passes: int | None
    subjects: tuple[int | str, ...] | None
    seeds: tuple[int, ...]
    order: str
    mnist_folder: str | None
    calibrate: bool = False
    data: own.DataFile | None = None
    image: str | None = None

    @cached_property
    def base(self) -> Chip:
        """The chip as its file has it, read once for all plans."""
        return Chip.load(self.chip)

    @property
    def sources(self) -> tuple[Path, ...]:
        """Files that are read, those that the chip names too.

        No output may take their place.
        """
        named = [self.chip, *(v for v in self.settings.values() if isinstance(v, str))]
        if self.data is not None:
            named.append(self.data.file)
        if self.image is not None:
            named.append(self.image)
        # a value may be longer than any name of a file: Path.is_file would raise
        found = tuple(Path(name) for name in named if os.path.isfile(name))  # noqa: PTH113
        return (*found, *self._of_chip())

    def _of_chip(self) -> tuple[Path, ...]:
        """Files that the chip names; none of a run's figures, or a faulty one."""
        if self.chip.endswith(".json"):
            return ()
        try:
            return self.base.files()
        except ConfigError:  # which comes when the chip is used
            return ()

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> TrainOptions:
        """Rebuild options that went through JSON."""
        subjects, file = data["subjects"], data.get("data")
        values = {
            **data,
            "seeds": tuple(data["seeds"]),
            "subjects": None if subjects is None else tuple(subjects),
            "data": None if file is None else own.DataFile(**file),
        }
        return cls(**values)


@dataclass(frozen=True)
class Outputs:
    """Files a run writes or goes on from."""

    json: Path | None = None
    plot: Path | None = None
    trace: Path | None = None
    save: Path | None = None
    resume: Path | None = None
    save_image: Path | None = None

    def check(self, sources: tuple[Path, ...] = ()) -> None:
        """Refuse places that can't be written before any work is done.

        Args:
            sources: files that are read, which no output may take the place of.

        Raises:
            DataError: names the option: a place, an ending, or a file named twice.
            PackageError: matplotlib is not installed.
        """
        check_place("--json", self.json)
        check_place("--plot", self.plot, PICTURES)
        check_place("--trace", self.trace)
        check_place("--save", self.save, read_again=True)
        check_place("--save-image", self.save_image, read_again=True)
        places = {"--json": self.json, "--plot": self.plot, "--trace": self.trace}
        places |= {"--save-image": self.save_image}
        check_apart({**places, "--save": self.save}, sources)
        if self.resume is not None and self.resume.exists():
            check_place("--resume", self.resume, read_again=True)
            check_apart(places, (self.resume,))


@lru_cache(maxsize=4)
def _shipped(name: str, folder: str | None) -> Task:
    """Load a task once a process, however many plans there are."""
    return load_task(name, folder)


@lru_cache(maxsize=2)
def _own(data: own.DataFile) -> Task:
    """The same with a file's content."""
    return own.load(data)


def find_task(options: TrainOptions) -> Task:
    """Load the data that options name, once a process."""
    if options.data is None:
        return _shipped(options.task, options.mnist_folder)
    options.data.read()  # what is remembered may be of a file that has changed since
    return _own(options.data)


def make_chip(options: TrainOptions, extra: dict[str, Any] | None = None) -> Chip:
    """Load the chip with everything that the options change of it, and judge it."""
    chip = options.base
    changes = {**options.settings, **(extra or {})}
    if options.rule is not None:
        changes.setdefault("controller.rule", options.rule)
    if options.calibrate and "none" != (extra or {}).get("array.reference"):
        changes.setdefault("array.reference_level", "calibrated")
    if changes:
        chip = chip.with_(**changes)
    chip.named(Prices, chip.energy.prices)  # a wrong file is refused here
    chip.check_files()
    check_volts(chip, chip.load_device())
    return chip


def make_plan(options: TrainOptions, extra: dict[str, Any] | None = None) -> Plan:
    """Load chip and task and settle what was left open."""
    chip = make_chip(options, extra)
    task = find_task(options)
    plan = Plan(
        chip=chip,
        task=task,
        seeds=options.seeds,
        subjects=_subjects(task, options.subjects),
        passes=chip.task.passes if options.passes is None else options.passes,
        order=options.order,
    )
    check_lessons(chip, task, plan.subjects)
    check_losses(plan)
    if options.image is None:
        return plan
    units = [unit.key for unit in plan.units]
    saved = SavedImages.read(Path(options.image), chip, task, units)
    return replace(plan, images=saved)


def _subjects(task: Task, named: tuple[Any, ...] | None) -> tuple[int, ...]:
    """Indices of those that are named, or of everyone; (-1,) where there is nobody."""
    groups = tuple(int(g) for g in np.unique(task.groups))
    everyone = groups if len(groups) > 1 else (-1,)
    if named is None:
        return everyone
    if everyone == (-1,):
        message = f"--subjects: task {task.name} has none"
        raise DataError(message)
    return own.find_groups(task, named) if isinstance(task, own.OwnTask) else named
