"""What every task is: integer features, labels, and who and where they come from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from edgeferro.errors import DataError

__all__ = ["TEST_FRACTION", "Task", "learn_and_test", "split"]

TEST_FRACTION = 0.2  # of a task that does not say what to test on
_MASK = (1 << 64) - 1


@dataclass(frozen=True, eq=False)
class Task:
    """A classification task, ready for the chip's input stage.

    Attributes:
        name: short, as on the command line.
        features: (n, d); int16 raw features (scale them with
            :func:`edgeferro.features.normalise`) or uint8 pixel codes 0..255.
        labels: int64 (n,), 0..len(class_names) - 1.
        groups: int64 (n,), index of the subject; zeros where there is none.
        recording: int64 (n,), index of the recording, in which rows stand in the order
            of time; without recordings, the row's own index.
        half: int8 (n,), 0 = first part (to train or adapt on), 1 = second part (to
            test on), -1 = in neither. Each loader states its rule.
        class_names: one per class.
        input_signed: True if input codes are signed, False for 0..255.
        description: one sentence on what is classified.
        source: where the data come from.
        licence: of the data.
    """

    name: str
    features: np.ndarray
    labels: np.ndarray
    groups: np.ndarray
    recording: np.ndarray
    half: np.ndarray
    class_names: tuple[str, ...]
    input_signed: bool
    description: str
    source: str
    licence: str

    def __post_init__(self) -> None:
        """Check the shapes and the labels."""
        expected = self._dtype
        if self.features.ndim != 2 or self.features.dtype != expected:
            message = (
                f"{self.name}: features are {self.features.dtype} "
                f"{self.features.shape}, expected {np.dtype(expected)} (n, d)"
            )
            raise DataError(message)
        for field in ("labels", "groups", "recording", "half"):
            shape = getattr(self, field).shape
            if shape != (len(self),):
                message = f"{self.name}: {field} has shape {shape}, not ({len(self)},)"
                raise DataError(message)
        top = len(self.class_names) - 1
        if len(self) and not 0 <= self.labels.min() <= self.labels.max() <= top:
            message = f"{self.name}: labels are not all in 0..{top}"
            raise DataError(message)

    @property
    def _dtype(self) -> type:
        return np.int16 if self.input_signed else np.uint8

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the features, in hex digits."""
        return hashlib.sha256(self.features.tobytes()).hexdigest()

    def integers(self, learned: np.ndarray) -> np.ndarray:
        """Features as a chip's front end gives them: (n, d), int16 or uint8.

        Args:
            learned: of the rows, those that a scale may be taken from (own data).
        """
        _ = learned
        return self.features

    def subject_name(self, subject: int) -> str:
        """What to call a subject."""
        return str(subject)

    def origin(self) -> dict[str, Any]:
        """What figures say of where the data come from; nothing for shipped data."""
        return {}

    def notes(self) -> tuple[str, ...]:
        """What a person should know before a run."""
        return ()

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.features)

    def __repr__(self) -> str:
        """Name the task and its size, not its arrays."""
        n, d = self.features.shape
        return f"Task({self.name!r}, {n} x {d}, {len(self.class_names)} classes)"


def _random_keys(count: int, seed: int) -> np.ndarray:
    """Return uint64 keys, a pure function of (seed, index): SplitMix64's output.

    NumPy may change its generators' streams between versions; a split must not change.
    """
    start = (seed * 0xD1342543DE82EF95 + 0x9E3779B97F4A7C15) & _MASK
    step = np.uint64(0x9E3779B97F4A7C15)
    z = np.arange(count, dtype=np.uint64) * step + np.uint64(start)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def split(
    task: Task, test_fraction: float = 0.3, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Split a task's rows at random, class by class.

    The same on every machine and with every NumPy. Windows of one recording overlap:
    split the watch task by ``groups`` or ``half`` instead.

    Args:
        task: what to split.
        test_fraction: part of each class to test on, 0 < f < 1; each class gives
            round(f x its rows), ties up, to the test.
        seed: 0..2^64 - 1.

    Returns:
        Row indices to train on and to test on, int64, each in shuffled order.

    Raises:
        DataError: an argument is out of range.
    """
    if not 0.0 < test_fraction < 1.0:
        message = f"test_fraction: {test_fraction} is not between 0 and 1"
        raise DataError(message)
    if not 0 <= seed <= _MASK:
        message = f"seed: {seed} is not in 0..2^64 - 1"
        raise DataError(message)
    return _split(task.labels, test_fraction, seed)


def _split(
    labels: np.ndarray, test_fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Split rows at random, class by class; see :func:`split`."""
    order = np.argsort(_random_keys(len(labels), seed), kind="stable")
    test = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        members = order[labels[order] == label]
        test[members[: int(test_fraction * len(members) + 0.5)]] = True
    return order[~test[order]].astype(np.int64), order[test[order]].astype(np.int64)


def learn_and_test(
    task: Task, subject: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows to learn from and rows to test on, of one subject or (-1) of all.

    By half where the task has a second half; else :data:`TEST_FRACTION` of each class,
    by seed.

    Returns:
        two int64 arrays of row indices.
    """
    mine = np.flatnonzero((task.groups == subject) | (subject < 0))
    half = task.half[mine]
    if (task.half == 1).any():
        return mine[half == 0], mine[half == 1]
    learn, test = _split(task.labels[mine], TEST_FRACTION, seed)
    return mine[learn], mine[test]
