"""What a run does: a chip, a task, units of work, and the order of samples."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edgeferro.errors import DataError

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip
    from edgeferro.tasks.base import Task
    from edgeferro.training.lesson import Lesson
    from edgeferro.training.saved import SavedImages, SavedStart

__all__ = ["ORDERS", "Plan", "Unit", "pass_order"]

ORDERS: Final = ("interleaved", "recording")


@dataclass(frozen=True, order=True)
class Unit:
    """One subject (or -1 for a task without subjects) and one seed."""

    subject: int
    seed: int

    @property
    def name(self) -> str:
        """Text key, as in a save file."""
        return f"subject {self.subject}, seed {self.seed}"

    @property
    def key(self) -> tuple[int, int]:
        """Subject and seed, as an image file has them."""
        return self.subject, self.seed


@dataclass(frozen=True)
class Plan:
    """What a run does; everything that its results follow from.

    Attributes:
        chip: the chip file.
        task: the data.
        seeds: one run each.
        subjects: indices, or (-1,) for a task without subjects.
        passes: over the samples to learn, 0..10000.
        order: 'interleaved' (shuffled anew each pass) or 'recording' (recording after
            recording, as they were made).
        images: that units start from; None pre-trains, or draws weights.
    """

    chip: Chip
    task: Task
    seeds: tuple[int, ...]
    subjects: tuple[int, ...]
    passes: int
    order: str
    images: SavedImages | None = None

    def __post_init__(self) -> None:
        """Refuse what can't be run.

        Raises:
            DataError: names the option, the value and the range.
        """
        if not 0 <= self.passes <= 10_000:
            message = f"passes: {self.passes} is not in 0..10000"
            raise DataError(message)
        if self.order not in ORDERS:
            message = f"order: {self.order!r} is not one of {', '.join(ORDERS)}"
            raise DataError(message)
        known = set(np.unique(self.task.groups).tolist()) | {-1}
        for subject in self.subjects:
            if subject not in known:
                top = max(known)
                message = f"subjects: {subject} is not in 0..{top}"
                raise DataError(message)
        if not self.seeds or not self.subjects:
            message = "seeds, subjects: at least one of each is needed"
            raise DataError(message)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Inputs, hidden neurons and outputs of the network."""
        inputs, outputs = self.task.features.shape[1], len(self.task.class_names)
        return (inputs, *self.chip.network.hidden, outputs)

    @property
    def units(self) -> list[Unit]:
        """All units, subjects within seeds."""
        return [Unit(s, seed) for seed in self.seeds for s in self.subjects]

    def start_of(self, unit: Unit) -> SavedStart | None:
        """What a unit starts from, if it was there before."""
        return None if self.images is None else self.images.starts[unit.key]

    def fingerprint(self) -> str:
        """16 hex digits of everything that results follow from."""
        parts = [
            self.chip.fingerprint(),
            self.task.name,
            self.task.digest,
            repr((self.seeds, self.subjects, self.passes, self.order)),
        ]
        if self.images is not None:
            parts.append(self.images.digest)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def pass_order(plan: Plan, unit: Unit, lesson: Lesson, index: int) -> np.ndarray:
    """Return the order of one pass's samples: a function of unit and pass alone."""
    count = len(lesson.learn_labels)
    if plan.order == "recording":
        return np.argsort(lesson.learn_recordings, kind="stable")
    rng = np.random.default_rng([unit.seed, unit.subject + 1, index])
    return rng.permutation(count)
