"""Shoulder exercises from a smartwatch: ten people, seven exercises, two arms.

The task for which on-chip learning matters: a network trained on nine people meets the
tenth, and learning from that person's first repetitions closes the gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from edgeferro.errors import DataError
from edgeferro.files.read import shipped_file
from edgeferro.tasks.base import Task
from edgeferro.tasks.features import window_features

__all__ = ["STEP", "WINDOW", "Recordings", "load", "recordings"]

WINDOW = 200  # samples: 4 s at 50 Hz
STEP = 100  # samples: 2 s
_PATH = shipped_file("data", "watch.npz")


@dataclass(frozen=True, eq=False)
class Recordings:
    """The 140 recordings as an accelerometer and a gyroscope would deliver them.

    Attributes:
        samples: int16 (244102, 6), all recordings one after the other, 50 Hz.
        offsets: int64 (141,); recording i is samples[offsets[i]:offsets[i + 1]].
        label: int64 (140,), 0..6, index of the exercise.
        subject: int64 (140,), 0..9.
        side: int64 (140,), 0 = left arm, 1 = right arm.
        label_names: of the 7 exercises.
        channel_names: ax ay az wx wy wz.
        scales: int64 (6,), codes per g (ax..az) and per rad/s (wx..wz).
        provenance: package, version, sha256, paper.
        licence: name and holder.
    """

    samples: np.ndarray
    offsets: np.ndarray
    label: np.ndarray
    subject: np.ndarray
    side: np.ndarray
    label_names: tuple[str, ...]
    channel_names: tuple[str, ...]
    scales: np.ndarray
    provenance: str
    licence: str


def recordings() -> Recordings:
    """Read the recordings that come with edgeferro.

    Raises:
        DataError: the data file is missing.
    """
    if not _PATH.is_file():
        message = f"{_PATH}: not found; reinstall edgeferro"
        raise DataError(message)
    with np.load(_PATH, allow_pickle=False) as data:
        return Recordings(
            samples=data["samples"],
            offsets=data["offsets"].astype(np.int64),
            label=data["label"].astype(np.int64),
            subject=data["subject"].astype(np.int64),
            side=data["side"].astype(np.int64),
            label_names=tuple(data["label_names"].tolist()),
            channel_names=tuple(data["channel_names"].tolist()),
            scales=data["scales"].astype(np.int64),
            provenance=str(data["provenance"]),
            licence=str(data["licence"]),
        )


def load() -> Task:
    """Cut the recordings into windows of 4 s every 2 s and compute their features.

    A window of a recording of n samples belongs to half 0 if it lies wholly in samples
    0..n//2 - 1, to half 1 if it lies wholly in n//2..n - 1, and to neither (-1) if it
    crosses the middle. So no sample is ever in both halves.

    Returns:
        2229 windows x 30 features (five groups of six channels, see
        :mod:`edgeferro.tasks.features`), in units of the sample codes: 1/4096 g, 1/1024
        rad/s. Rows are in the order of recordings and of time.
    """
    raw = recordings()
    starts, recording, half = [], [], []
    for index, (first, end) in enumerate(pairwise(raw.offsets)):
        local = np.arange(0, end - first - WINDOW + 1, STEP)
        middle = (end - first) // 2
        part = np.full(len(local), -1, np.int8)
        part[local + WINDOW <= middle] = 0
        part[local >= middle] = 1
        starts.append(first + local)
        recording.append(np.full(len(local), index, np.int64))
        half.append(part)
    owner = np.concatenate(recording)
    cut = np.concatenate(starts)[:, None] + np.arange(WINDOW)
    return Task(
        name="watch",
        features=window_features(raw.samples[cut]),
        labels=raw.label[owner],
        groups=raw.subject[owner],
        recording=owner,
        half=np.concatenate(half),
        class_names=raw.label_names,
        input_signed=True,
        description="Seven shoulder exercises, six inertial channels of a smartwatch.",
        source=raw.provenance,
        licence=raw.licence,
    )
