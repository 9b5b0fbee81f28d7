"""A run's images in a file: kept as units end, and taken instead of pre-training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from edgeferro.errors import DataError, SnapshotError
from edgeferro.mapping.digest import arrays_digest
from edgeferro.mapping.image import Image
from edgeferro.mapping.image_file import ImageFile, check_same_chip
from edgeferro.mapping.image_parts import layers_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edgeferro.chip.chip import Chip
    from edgeferro.controller import Controller
    from edgeferro.tasks.base import Task

__all__ = ["ImageKeeper", "SavedImages", "SavedStart"]


def _about(task: Task) -> dict[str, str]:
    """What images of a task say of it: its name, and a digest of all it holds."""
    arrays = (task.labels, task.groups, task.recording, task.half)
    return {"task": task.name, "data": arrays_digest(arrays, task.digest)}


@dataclass(frozen=True)
class SavedStart:
    """What a unit starts from instead of pre-training.

    Attributes:
        image: of its chip.
        weights: float ones that the image was made of; None where it was of none.
    """

    image: Image
    weights: tuple[np.ndarray, ...] | None


class SavedImages:
    """Images that a plan's units start from.

    Attributes:
        path: of their file.
        starts: by subject and seed.
    """

    def __init__(self, path: Path, starts: dict[tuple[int, int], SavedStart]) -> None:
        """Take them as they are; :meth:`read` judges them."""
        self.path, self.starts = path, starts

    @classmethod
    def read(
        cls, path: Path, chip: Chip, task: Task, units: Iterable[tuple[int, int]]
    ) -> Self:
        """Read the images of a run's units, all of them before anything is run.

        Args:
            path: of a file that ``edgeferro train --save-image`` wrote.
            chip: that is to take them.
            task: that they are to learn.
            units: subjects and seeds.

        Raises:
            SnapshotError: no such file, damaged, or of another version, chip or task.
            DataError: a unit that is not in it.
        """
        where = f"--image: {path}"
        try:
            found = ImageFile.read(path)
        except SnapshotError as error:
            message = f"--image: {error}"
            raise SnapshotError(message) from None
        check_same_chip(found.chip, chip, where)
        wanted = _about(task)
        for name, value in wanted.items():
            if found.about.get(name) != value:
                its = found.about.get(name)
                message = f"{where}: of another task: {name} {its!r}, here {value!r}"
                raise SnapshotError(message)
        starts = {}
        for subject, seed in units:
            if (subject, seed) not in found.units:
                there = sorted({other for _, other in found.units if other is not None})
                who = (
                    f"seed {seed}" if subject < 0 else f"subject {subject}, seed {seed}"
                )
                message = (
                    f"{where}: holds no chip of {who} "
                    f"({len(found.units)} of seeds {', '.join(map(str, there[:9]))})"
                )
                raise DataError(message)
            unit = found.units[subject, seed]
            name = f"{where}: subject {subject}, seed {seed}"
            image = Image.of_parts(unit.get("image"), chip, name)
            starts[subject, seed] = SavedStart(image, _weights(unit, image, name))
        return cls(path, starts)

    @property
    def digest(self) -> str:
        """16 hex digits of all of them: a run that starts from others is another."""
        text = [(*key, start.image.digest) for key, start in self.starts.items()]
        return arrays_digest([], repr(text))


def _weights(
    unit: dict[str, Any], image: Image, where: str
) -> tuple[np.ndarray, ...] | None:
    if unit.get("weights") is None:
        return None
    try:
        count = len(image.targets)
        return layers_of(unit["weights"], np.float64, "weights", count)
    except SnapshotError as error:
        message = f"{where}: {error}"
        raise SnapshotError(message) from None


class ImageKeeper:
    """Keeps what each unit started from and came to, and writes it at the end."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._units: dict[tuple[int | None, int | None], dict[str, Any]] = {}

    def keep(
        self, unit: tuple[int, int], start: SavedStart, controller: Controller
    ) -> None:
        """Take a unit that has ended; threads may call it side by side.

        Args:
            unit: subject and seed.
            start: what it started from.
            controller: its chip in its last state.
        """
        weights = start.weights
        self._units[unit] = {
            "image": start.image.parts(),
            "weights": None if weights is None else list(weights),
            "state": np.frombuffer(controller.snapshot(), np.uint8),
            "signature": controller.signature,
        }

    def state(self, unit: tuple[int, int]) -> bytes:
        """Snapshot of a unit's chip at its end."""
        found: np.ndarray = self._units[unit]["state"]
        return found.tobytes()

    def write(self, path: Path, plan: Any) -> None:
        """Write all units of a plan in its order, whole or not at all."""
        kept = {unit.key: self._units[unit.key] for unit in plan.units}
        ImageFile(path, plan.chip, kept, _about(plan.task)).write()
