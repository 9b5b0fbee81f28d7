"""A task as one chip sees it: codes to learn, codes to test, and its image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edgeferro.errors import ConfigError, DataError
from edgeferro.mapping.images import new_image, trained_image
from edgeferro.mapping.pretrained import pretrained
from edgeferro.tasks.base import learn_and_test
from edgeferro.tasks.features import fit_normaliser, normalise
from edgeferro.training.saved import SavedStart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.chip.chip import Chip
    from edgeferro.mapping.network import Image
    from edgeferro.tasks.base import Task

__all__ = ["Lesson", "check_lessons", "make_lesson"]

PRETRAIN_EPOCHS: Final = 20
INPUTS_MAX: Final = 4096  # of an array, its bias column included (SPEC 3)


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
        weights: float64 ones of pre-training, a layer each; None where none was done.
    """

    image: Image
    learn_codes: np.ndarray
    learn_labels: np.ndarray
    learn_recordings: np.ndarray
    test_codes: np.ndarray
    test_labels: np.ndarray
    weights: tuple[np.ndarray, ...] | None = None


def check_lessons(chip: Chip, task: Task, subjects: Sequence[int]) -> None:
    """Refuse, before anything is trained, a task that a chip can't take.

    Raises:
        ConfigError: codes of another sign than the chip's.
        DataError: too many inputs, or a subject with nothing to learn or to test.
    """
    if task.input_signed and not chip.converters.input_signed:
        message = f"converters.input_signed: false, but {task.name} has signed features"
        raise ConfigError(message)
    most = INPUTS_MAX - int(chip.network.bias)
    if task.features.shape[1] > most:
        message = f"{task.name}: {task.features.shape[1]} features; 1..{most} fit"
        raise DataError(message)
    for subject in subjects:
        rows = learn_and_test(task, subject, 0)
        for part, word in zip(rows, ("learn from", "test on"), strict=True):
            if not len(part):
                who = "" if subject < 0 else f"subject {task.subject_name(subject)}: "
                message = (
                    f"{task.name}: {who}{sum(map(len, rows))} rows, but none to {word} "
                    "(without halves, a class needs 3 rows for a test)"
                )
                raise DataError(message)


def make_lesson(
    chip: Chip, task: Task, subject: int, seed: int, start: SavedStart | None = None
) -> Lesson:
    """Prepare one unit: a subject to personalise for, or (-1) a task from nothing.

    Args:
        chip: the chip file.
        task: the data.
        subject: left out of pre-training, learned by the chip alone; -1: none.
        seed: of pre-training, initial weights and chip.
        start: an image that is there already; nothing is pre-trained or drawn.
    """
    if subject >= 0:
        return _personal_lesson(chip, task, subject, seed, start)
    return _plain_lesson(chip, task, seed, start)


def _personal_lesson(
    chip: Chip, task: Task, subject: int, seed: int, start: SavedStart | None
) -> Lesson:
    """Pre-train in float on the other subjects; scale by what they show."""
    other = task.groups != subject
    bits = chip.converters.input_bits
    features = task.integers(other)
    scaling = fit_normaliser(features[other], code_bits=bits)
    codes = normalise(features, scaling, code_bits=bits)
    if start is None:
        values = codes[other] / ((1 << (bits - 1)) - 1)
        start = _pretrained_start(chip, task, values, task.labels[other], seed)
    learn, test = learn_and_test(task, subject, seed)
    return Lesson(
        image=start.image,
        learn_codes=codes[learn],
        learn_labels=task.labels[learn],
        learn_recordings=task.recording[learn],
        test_codes=codes[test],
        test_labels=task.labels[test],
        weights=start.weights,
    )


def _pretrained_start(
    chip: Chip, task: Task, values: np.ndarray, labels: np.ndarray, seed: int
) -> SavedStart:
    weights = pretrained(
        values,
        labels,
        hidden=chip.network.hidden,
        classes=len(task.class_names),
        epochs=PRETRAIN_EPOCHS,
        seed=seed,
        activation=chip.network.activation,
    )
    return SavedStart(trained_image(chip, weights, values, seed), weights)


def _plain_lesson(
    chip: Chip, task: Task, seed: int, start: SavedStart | None
) -> Lesson:
    """Random weights; features by what is learned, pixels scaled to the code range."""
    learn, test = learn_and_test(task, -1, seed)
    bits = chip.converters.input_bits
    top = chip.converters.input_top
    if task.input_signed:
        features = task.integers(learn)
        scaling = fit_normaliser(features[learn], code_bits=bits)
        codes = normalise(features, scaling, code_bits=bits)
    else:
        peak = int(task.features.max())
        codes = (task.features.astype(np.int64) * top + peak // 2) // peak
        codes = codes.astype(np.int16)
    if start is None:
        sizes = (codes.shape[1], *chip.network.hidden, len(task.class_names))
        start = SavedStart(new_image(chip, sizes, codes[learn] / top, seed), None)
    return Lesson(
        image=start.image,
        learn_codes=codes[learn],
        learn_labels=task.labels[learn],
        learn_recordings=task.recording[learn],
        test_codes=codes[test],
        test_labels=task.labels[test],
    )
