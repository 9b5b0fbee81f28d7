"""A task as one chip sees it: codes to learn, codes to test, and its image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edgeferro.mapping.images import new_image, trained_image
from edgeferro.mapping.pretrain import pretrain
from edgeferro.tasks.base import split
from edgeferro.tasks.features import fit_normaliser, normalise

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip
    from edgeferro.mapping.network import Image
    from edgeferro.tasks.base import Task

__all__ = ["Lesson", "make_lesson"]

PRETRAIN_EPOCHS: Final = 20
TEST_FRACTION: Final = 0.2  # of a task that does not say what to test on


@dataclass(frozen=True)
class Lesson:
    """What one unit of training works with.

    Attributes:
        image: the chip's, weights included.
        learn_codes: int16 (n, inputs) to learn from.
        learn_labels: int64 (n,).
        learn_recordings: int64 (n,), which recording each sample is of.
        test_codes: int16 (m, inputs), never learned.
        test_labels: int64 (m,).
    """

    image: Image
    learn_codes: np.ndarray
    learn_labels: np.ndarray
    learn_recordings: np.ndarray
    test_codes: np.ndarray
    test_labels: np.ndarray


def make_lesson(chip: Chip, task: Task, subject: int, seed: int) -> Lesson:
    """Prepare one unit: a subject to personalise for, or (-1) a task from nothing.

    Args:
        chip: the chip file.
        task: the data.
        subject: left out of pre-training, learned by the chip alone; -1: none.
        seed: of pre-training, initial weights and chip.
    """
    if subject >= 0:
        return _personal_lesson(chip, task, subject, seed)
    return _plain_lesson(chip, task, seed)


def _personal_lesson(chip: Chip, task: Task, subject: int, seed: int) -> Lesson:
    """Pre-train in float on the other subjects; scale by what they show."""
    other = task.groups != subject
    bits = chip.converters.input_bits
    scaling = fit_normaliser(task.features[other], code_bits=bits)
    codes = normalise(task.features, scaling, code_bits=bits)
    top = (1 << (bits - 1)) - 1
    values = codes[other] / top
    classes = len(task.class_names)
    weights = pretrain(
        values,
        task.labels[other],
        hidden=chip.network.hidden,
        classes=classes,
        epochs=PRETRAIN_EPOCHS,
        seed=seed,
        activation=chip.network.activation,
    )
    image = trained_image(chip, weights, values, seed)
    mine = task.groups == subject
    learn, test = mine & (task.half == 0), mine & (task.half == 1)
    return Lesson(
        image=image,
        learn_codes=codes[learn],
        learn_labels=task.labels[learn],
        learn_recordings=task.recording[learn],
        test_codes=codes[test],
        test_labels=task.labels[test],
    )


def _plain_lesson(chip: Chip, task: Task, seed: int) -> Lesson:
    """Random weights; pixels scaled to the code range."""
    if (task.half == 1).any():
        learn, test = np.flatnonzero(task.half == 0), np.flatnonzero(task.half == 1)
    else:
        learn, test = split(task, TEST_FRACTION, seed)
    top = (1 << (chip.converters.input_bits - int(chip.converters.input_signed))) - 1
    peak = int(task.features.max())
    codes = (task.features.astype(np.int64) * top + peak // 2) // peak
    codes = codes.astype(np.int16)
    sizes = (codes.shape[1], *chip.network.hidden, len(task.class_names))
    image = new_image(chip, sizes, codes[learn] / top, seed)
    return Lesson(
        image=image,
        learn_codes=codes[learn],
        learn_labels=task.labels[learn],
        learn_recordings=task.recording[learn],
        test_codes=codes[test],
        test_labels=task.labels[test],
    )
