"""What range of each feature fills the chip's input codes: given, or learned."""

from __future__ import annotations

import warnings
from typing import Any, Final

import numpy as np

from edgeferro.errors import DataError

__all__ = ["SIGMAS", "given_range", "learned_range"]

SIGMAS: Final = 4.0  # half a range in standard deviations, as the watch's normaliser
_LEAST: Final = 10  # samples: the deviation is then known to about a quarter
_SHARE: Final = 100  # one sample in so many may be taken for an outlier, at least one
_CODES: Final = 32.0  # codes a deviation of 8-bit inputs: 127 codes for SIGMAS


def given_range(limits: Any, features: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation whose 4 deviations reach the limits.

    Args:
        limits: (low, high), each a number or one for each feature.
        features: how many there are.

    Raises:
        DataError: not two limits, not finite, or low not below high.
    """
    try:
        low, high = (np.asarray(end, dtype=np.float64) for end in limits)
        low, high = (np.broadcast_to(end, (features,)) for end in (low, high))
    except (TypeError, ValueError):
        message = (
            f"feature_range: is not (low, high), each a number or {features} of them"
        )
        raise DataError(message) from None
    bad = np.flatnonzero(~(np.isfinite(low) & np.isfinite(high) & (low < high)))
    if len(bad):
        at = bad[0]
        message = (
            f"feature_range: {low[at]:g}..{high[at]:g} of feature {at} is not finite "
            f"with low below high"
        )
        raise DataError(message)
    return low / 2.0 + high / 2.0, (high / 2.0 - low / 2.0) / SIGMAS


def learned_range(X: np.ndarray, *, whole: bool) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each feature, where the samples tell them.

    Args:
        X: (n, features) finite numbers.
        whole: these are all samples there will be, so a constant feature stays one.

    Raises:
        DataError: too few samples, no scale in any feature, or an outlier that leaves
            the other samples within one input code.
    """
    if not whole and len(X) < _LEAST:
        message = (
            f"X: {len(X)} samples tell no range of the features; give the first call "
            f"{_LEAST} or more, or feature_range=(low, high)"
        )
        raise DataError(message)
    with np.errstate(over="ignore", invalid="ignore"):
        mean, deviation = X.mean(axis=0), X.std(axis=0)
    wild = np.flatnonzero(~(np.isfinite(mean) & np.isfinite(deviation)))
    if len(wild):
        message = f"X: feature {wild[0]} is too large for its deviation to be a number"
        raise DataError(message)
    constant = np.flatnonzero(X.min(axis=0) == X.max(axis=0))
    if len(constant) == X.shape[1]:
        message = (
            "X: no feature varies, so there is no scale; give samples that differ, "
            "or feature_range=(low, high)"
        )
        raise DataError(message)
    _refuse_outliers(X, deviation)
    if len(constant) and not whole:
        names = ", ".join(map(str, constant[:5])) + ", ..." * (len(constant) > 5)
        warnings.warn(
            f"X: features {names} are constant in the first call and are taken to vary "
            f"by 1; feature_range=(low, high) says better",
            stacklevel=4,
        )
    deviation[constant] = 1.0  # theirs may be a rounding error instead of 0
    return mean, deviation


def _refuse_outliers(X: np.ndarray, deviation: np.ndarray) -> None:
    """Refuse samples so far out that all the others would share one input code."""
    far = np.abs(X - np.median(X, axis=0))
    few = max(1, len(X) // _SHARE)
    if len(X) <= few + 1:
        return
    others = np.partition(far, -few - 1, axis=0)[-few - 1]
    lost = np.flatnonzero((others > 0) & (others < deviation / _CODES))
    if len(lost):
        feature = lost[0]
        sample = int(far[:, feature].argmax())
        message = (
            f"X: outlier {X[sample, feature]:g} in sample {sample}, feature {feature}: "
            f"it leaves the other samples within one input code; leave it out, or give "
            f"feature_range=(low, high)"
        )
        raise DataError(message)
