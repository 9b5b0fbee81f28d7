"""Data of the neural decoder: a program, its trials and its image."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.errors import DataError
from edgeferro.firmware.blob import target_section
from edgeferro.firmware.package import Package
from edgeferro.mapping.images import new_image
from edgeferro.tasks.features import Normaliser, fit_normaliser, normalise
from edgeferro.tasks.trials import load_trials, pooled

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip

__all__ = ["HOW", "decoder_codes", "decoder_package"]

HOW: Final = {"frozen": 0, "labels": 1, "confident": 2}
_POOL: Final = {"scp1": 28, "kdd": 1}  # means of each channel of a trial


def decoder_package(
    chip: Chip,
    seed: int = 0,
    *,
    trials: str = "kdd",
    how: str = "labels",
    confidence: int = 60,
    passes: int | None = None,
) -> Package:
    """The decoder's chip and data: one layer, learned from nothing.

    Args:
        chip: what it runs on.
        seed: of the chip and of the order of training.
        trials: 'kdd' or 'scp1'.
        how: while tested it learns 'labels', only if 'confident', or is 'frozen'.
        confidence: output codes between best and next class, for 'confident'.
        passes: over the training trials; None for the chip's.

    Raises:
        DataError: a name that is not one of these.
    """
    if how not in HOW:
        message = f"how: {how!r} is not one of {', '.join(HOW)}"
        raise DataError(message)
    data, pools = load_trials(trials), _POOL[trials]
    features = pooled(data.samples, pools)
    bits = chip.converters.input_bits
    scaling = fit_normaliser(features[: data.training], code_bits=bits)
    inputs = features.shape[1]
    top = (1 << (bits - 1)) - 1
    codes = normalise(features, scaling, code_bits=bits)
    image = new_image(chip, (inputs, 2), codes[: data.training] / top, seed)
    image = _from_nothing(image)
    rng = np.random.default_rng(seed)
    count = chip.task.passes if passes is None else passes
    order = [rng.permutation(data.training) for _ in range(count)]
    channels, points = data.samples.shape[2], data.samples.shape[1]
    numbers = [0, points, channels, count, bits]
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
    return Package("neural_decoder", image, chip, sections)


def _from_nothing(image: Any) -> Any:
    """The same image with weights of zero: one layer needs no random start."""
    return replace(image, targets=tuple(np.zeros_like(t) for t in image.targets))


def decoder_codes(package: Package) -> np.ndarray:
    """Input codes of a decoder's trials, as its program makes them of raw samples."""
    sections = package.sections
    _, points, channels, _, bits, *_ = (int(n) for n in sections["PARM"])
    raw = sections["RAW_"].reshape(-1, points, channels)
    features = pooled(raw, int(sections["POOL"][0]))
    scaling = Normaliser(*(sections[tag] for tag in ("MEAN", "MANT", "SHFT")))
    return normalise(features, scaling, code_bits=bits)
