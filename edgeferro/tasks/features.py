"""Features of sample windows and their DAC codes: the golden of csrc/core/features.c.

Everything a chip would do is exact integer arithmetic here, written without the core
and vectorised over windows. Only :func:`fit_normaliser` is set-up and uses floats.

Feature order for C channels (``5 * C`` values, all in the unit of the sample codes):
mean of each channel, then standard deviation, minimum, maximum and mean |difference|.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from edgeferro.errors import DataError

__all__ = [
    "CHANNELS_MAX",
    "CODE_BITS_MAX",
    "CODE_BITS_MIN",
    "FEATURES_MAX",
    "GROUPS",
    "SAMPLES_MAX",
    "SAMPLES_MIN",
    "Normaliser",
    "fit_normaliser",
    "normalise",
    "window_features",
]

GROUPS = ("mean", "std", "min", "max", "mean_abs_difference")
SAMPLES_MIN = 2
SAMPLES_MAX = 1024
CHANNELS_MAX = 16
FEATURES_MAX = 4096
CODE_BITS_MIN = 2
CODE_BITS_MAX = 9
_SHIFT_MAX = 31
_MANTISSA_MAX = 65535
_INT16 = np.iinfo(np.int16)


class Normaliser(NamedTuple):
    """Per-feature z-scoring constants, as the chip stores them.

    Attributes:
        mean: int16 (d,), in the unit of the features.
        mantissa: uint16 (d,), 1..65535.
        shift: uint8 (d,), 0..31; gain = mantissa / 2^shift DAC codes per feature unit.
    """

    mean: np.ndarray
    mantissa: np.ndarray
    shift: np.ndarray


def _require(value: int, low: int, high: int, name: str) -> None:
    """Refuse a number outside its range, naming both."""
    if not low <= value <= high:
        message = f"{name}: {value} is not in {low}..{high}"
        raise DataError(message)


def _integers(values: Any, low: int, high: int, name: str) -> np.ndarray:
    """Take integers of a range as int64."""
    array = np.asarray(values)
    if array.dtype.kind not in "iu":
        message = f"{name}: dtype {array.dtype} is not an integer type ({low}..{high})"
        raise DataError(message)
    if array.size:
        _require(int(array.min()), low, high, name)
        _require(int(array.max()), low, high, name)
    return array.astype(np.int64)


def _round_half_away(numerator: np.ndarray, denominator: int) -> np.ndarray:
    """Return numerator / denominator to nearest, ties away from zero; int64."""
    size = (2 * np.abs(numerator) + denominator) // (2 * denominator)
    rounded: np.ndarray = np.sign(numerator) * size
    return rounded


def _square_root(value: np.ndarray) -> np.ndarray:
    """Return floor(sqrt(value)), 0 <= value < 2^52.

    Such values are exact in float64 and their rounded root errs by less than 1, so
    one integer correction each way makes it exact whatever the platform's sqrt does.
    """
    root = np.sqrt(value.astype(np.float64)).astype(np.int64)
    root -= root * root > value
    root += (root + 1) * (root + 1) <= value
    return root


def window_features(samples: Any) -> np.ndarray:
    """Compute the features of one window or of many.

    The mean is rounded to nearest, ties away from zero; the standard deviation is the
    floor of the population's; mean |difference| of neighbours is rounded to nearest,
    ties up, and saturates to 32767. Nothing else can leave int16.

    Args:
        samples: int16 codes, (samples, channels) or (n, samples, channels);
            2..1024 samples, 1..16 channels.

    Returns:
        int16 (5 * channels,) or (n, 5 * channels), in the unit of the samples.

    Raises:
        DataError: a shape or a code is out of range.
    """
    x = _integers(samples, _INT16.min, _INT16.max, "samples")
    if x.ndim not in {2, 3}:
        message = f"samples: {x.ndim} dimensions, expected 2 or 3"
        raise DataError(message)
    count, channels = x.shape[-2:]
    _require(count, SAMPLES_MIN, SAMPLES_MAX, "samples per window")
    _require(channels, 1, CHANNELS_MAX, "channels")
    total = x.sum(-2)
    spread = count * (x * x).sum(-2) - total * total
    change = _round_half_away(np.abs(np.diff(x, axis=-2)).sum(-2), count - 1)
    groups = (
        _round_half_away(total, count),
        _square_root(spread) // count,
        x.min(-2),
        x.max(-2),
        np.minimum(change, _INT16.max),
    )
    return np.concatenate(groups, axis=-1).astype(np.int16)


def normalise(features: Any, normaliser: Normaliser, code_bits: int = 8) -> np.ndarray:
    """Turn features into signed DAC codes.

    code = saturate(round((feature - mean) * mantissa / 2^shift)), to nearest, ties away
    from zero, saturated to +-(2^(code_bits - 1) - 1).

    Args:
        features: int16 (d,) or (n, d); 1..4096 features.
        normaliser: constants of each of the d features.
        code_bits: width of the DAC, 2..9 bits with the sign.

    Returns:
        int16 codes of the features' shape.

    Raises:
        DataError: a shape or a value is out of range.
    """
    x = _integers(features, _INT16.min, _INT16.max, "features")
    mean = _integers(normaliser.mean, _INT16.min, _INT16.max, "mean")
    mantissa = _integers(normaliser.mantissa, 1, _MANTISSA_MAX, "mantissa")
    shift = _integers(normaliser.shift, 0, _SHIFT_MAX, "shift")
    _require(code_bits, CODE_BITS_MIN, CODE_BITS_MAX, "code_bits")
    if x.ndim not in {1, 2}:
        message = f"features: {x.ndim} dimensions, expected 1 or 2"
        raise DataError(message)
    _require(x.shape[-1], 1, FEATURES_MAX, "features per window")
    for name, array in (("mean", mean), ("mantissa", mantissa), ("shift", shift)):
        if array.shape != x.shape[-1:]:
            message = f"{name}: shape {array.shape}, expected {x.shape[-1:]}"
            raise DataError(message)
    product = (x - mean) * mantissa  # < 2^32
    half = (1 << shift) >> 1
    size = (np.abs(product) + half) >> shift
    limit = (1 << (code_bits - 1)) - 1
    codes: np.ndarray = np.sign(product) * np.minimum(size, limit)
    return codes.astype(np.int16)


def fit_normaliser(
    features: Any, code_bits: int = 8, sigmas: float = 4.0
) -> Normaliser:
    """Choose constants so that +-``sigmas`` standard deviations fill the DAC's range.

    Sums are exact integers and the few float operations are correctly rounded ones, so
    every machine chooses the same constants. A feature that varies by less than its own
    unit, or not at all, is scaled as if its deviation were 1 unit.

    Args:
        features: int16 (n, d), n >= 1; the training windows only.
        code_bits: width of the DAC, 2..9 bits with the sign.
        sigmas: z-score that reaches the largest code, 1..16.

    Returns:
        Mean in feature units; gain mantissa / 2^shift in DAC codes per feature unit,
        its mantissa in 2^15..65535 wherever shift is below 31.

    Raises:
        DataError: a shape or a value is out of range.
    """
    x = _integers(features, _INT16.min, _INT16.max, "features")
    _require(code_bits, CODE_BITS_MIN, CODE_BITS_MAX, "code_bits")
    if x.ndim != 2 or len(x) < 1:
        message = f"features: shape {x.shape}, expected (n, d) with n >= 1"
        raise DataError(message)
    _require(x.shape[1], 1, FEATURES_MAX, "features per window")
    if not 1.0 <= sigmas <= 16.0:
        message = f"sigmas: {sigmas} is not in 1..16"
        raise DataError(message)
    n = len(x)
    total = x.sum(0)
    squares = (x * x).sum(0)
    limit = (1 << (code_bits - 1)) - 1
    mantissa, shift = [], []
    for s, q in zip(total.tolist(), squares.tolist(), strict=True):
        sigma = max(math.sqrt((n * q - s * s) / (n * n)), 1.0)
        m, k = _gain(limit / (sigmas * sigma))
        mantissa.append(m)
        shift.append(k)
    return Normaliser(
        _round_half_away(total, n).astype(np.int16),
        np.array(mantissa, np.uint16),
        np.array(shift, np.uint8),
    )


def _gain(gain: float) -> tuple[int, int]:
    """Write a gain of 0..255 as mantissa / 2^shift with the longest mantissa."""
    shift = min(16 - math.frexp(gain)[1], _SHIFT_MAX)
    mantissa = round(math.ldexp(gain, shift))
    if mantissa > _MANTISSA_MAX:  # rounded up to 2^16
        return mantissa // 2, shift - 1
    return max(mantissa, 1), shift
