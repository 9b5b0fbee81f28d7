"""Kernels fitted to a measurement: least squares with bounds and several starts.

Models are compared by AICc; what the data don't determine is refused.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np

from edgeferro.errors import DataError
from edgeferro.files.packages import need
from edgeferro.fitting.branches import Steps, find_steps
from edgeferro.fitting.result import FLOOR, KERNELS, LIMITS, FitResult

if TYPE_CHECKING:
    from edgeferro.fitting.measurement import Measurement

__all__ = ["fit_measurement", "noise"]

_STARTS: Final[dict[str, tuple[tuple[float, ...], ...]]] = {  # all but the scale
    "constant": ((),), "soft-bounds": ((),), "linear": ((0.2,), (0.8,)),
    "exponential": ((0.5,), (4.0,)), "power": ((0.5,), (2.0,)),
    "beta": ((1.2, 1.5), (1.8, 2.5), (2.5, 1.2)),
}  # fmt: skip
_Pair = tuple[str, str]
_RAILS: Final = {"soft-bounds", "power", "beta"}  # kernels that show where rails are
_BEYOND = 0.25  # a rail is looked for up to this part of the range beyond the readings
_SINGULAR = 1e8  # condition of the Jacobian, columns of length 1
_CLEARLY = 10.0  # difference of AICc that leaves the other model no support
_PRECISE: Final[dict[str, Any]] = dict.fromkeys(("xtol", "ftol", "gtol"), 1e-12)


def _refuse(text: str) -> NoReturn:
    raise DataError(text)


def _fit(data: Measurement, steps: Steps, kinds: _Pair, ends: int) -> FitResult:
    """Fit one pair of kernels from several starts, with its rails (2) or not (0)."""
    from scipy.optimize import least_squares

    low, high = -_BEYOND, 1.0 + _BEYOND
    if data.absolute:  # a conductance stays above 0
        low = max(low, -0.98 * steps.g_low / (steps.g_high - steps.g_low))
    rail = np.array([0.0, 1.0])
    result = FitResult(data, steps, kinds, ends > 0, rail, rail, 0.0, (low, high))
    inner = [LIMITS[n.partition(".")[2]] for n in result.names[:-2]]
    bounds = np.array([*inner, (low, 0.0), (1.0, high)])[: len(inner) + ends].T

    def residuals(theta: np.ndarray) -> np.ndarray:
        full = np.concatenate([theta, rail[ends:]])
        off = result.step(steps.u, steps.up, full) - steps.du
        return np.asarray(off * steps.weight)

    tries = []
    for up, down in product(*(_STARTS[kind] for kind in kinds)):
        window = [0.2 * low, 0.8 + 0.2 * high][:ends]
        theta = np.array([1e-3, *up, 1e-3, *down, *window])
        shape = 1e3 * (residuals(theta) / steps.weight + steps.du)
        for place, branch in ((0, steps.up), (len(up) + 1, ~steps.up)):
            scale = steps.du[branch].sum() / (shape[branch].sum() or math.inf)
            theta[place] = np.clip(scale, 1e-5, 1.0)
        tries.append(
            least_squares(
                residuals, theta, bounds=bounds, x_scale="jac", max_nfev=80, **_PRECISE
            )
        )
    best = min(tries, key=lambda found: float(found.cost))
    values, rss = np.concatenate([best.x, rail[ends:]]), 2.0 * float(best.cost)
    free = np.arange(len(best.x))  # readings that reach a rail hold it
    free = free[(free < len(inner)) | (np.abs(best.x - best.x.round()) > 1e-6)]
    covariance = np.zeros((len(values), len(values)))
    size = np.linalg.norm(best.jac[:, free], axis=0)
    scaled = best.jac[:, free] / np.where(size > 0.0, size, 1.0)
    if (size == 0.0).any() or np.linalg.cond(scaled) > _SINGULAR:
        covariance[:] = math.nan
    else:
        inverse = np.linalg.inv(scaled.T @ scaled)
        pull = scaled * best.fun[:, None]  # noise may differ from step to step
        inside = inverse @ (pull.T @ pull) @ inverse / np.outer(size, size)
        covariance[np.ix_(free, free)] = inside / max(1.0 - len(free) / len(pull), 1e-3)
    return replace(result, values=values, covariance=covariance, rss=rss)


def _pair(data: Measurement, steps: Steps, kinds: tuple[str, str]) -> list[FitResult]:
    """Fit a pair of kernels with the window of the readings and, if told, its own."""
    windows = (0, 2) if set(kinds) <= _RAILS else (0,)
    return [_fit(data, steps, kinds, ends) for ends in windows]


def _choose(found: list[FitResult]) -> FitResult:
    """Take the lowest AICc; of those within 2 of it, the one with fewest parameters."""
    least = min(r.aicc for r in found)
    near = [r for r in found if r.aicc <= least + 2.0]
    return min(near, key=lambda r: r.free)


def noise(model: np.ndarray, square: np.ndarray) -> np.ndarray:
    """Split squared residuals into an additive variance and one per squared step."""
    from scipy.optimize import nnls

    terms = np.stack([np.ones(len(model)), model**2], axis=1)
    weight, found = np.ones(len(model)), np.zeros(2)
    for _ in range(5):  # a variance's own error is in proportion to it
        found = np.asarray(nnls(terms * weight[:, None], square * weight)[0])
        variance = terms @ found
        weight = variance.max() / np.maximum(variance, 1e-3 * variance.max() + 1e-30)
    return found


def _weighted(data: Measurement, found: list[FitResult]) -> list[FitResult]:
    """Fit again, a step counting by the noise that the best fit leaves at its size."""
    best = _choose(found)
    model = best.step(best.steps.u, best.steps.up, best.values)
    square = np.maximum((model - best.steps.du) ** 2, FLOOR**2)
    variance = np.stack([np.ones(len(model)), model**2], axis=1) @ noise(model, square)
    weight = 1.0 / np.sqrt(np.maximum(variance, 1e-3 * variance.max()))
    steps = replace(best.steps, weight=weight / np.exp(np.log(weight).mean()))
    pairs = dict.fromkeys(r.kinds for r in found)
    return [r for pair in pairs for r in _pair(data, steps, pair)]


def _decide(data: Measurement, found: list[FitResult]) -> FitResult:
    """Choose among what is determined; refuse if that is clearly not the best."""
    best, good = _choose(found), [r for r in found if not r.refusals]
    if not good or (best.refusals and best.aicc < _choose(good).aicc - _CLEARLY):
        advice = f"; --kernel {_choose(good).kinds[0]} is determined" if good else ""
        why = f"not identifiable: {', '.join(best.refusals)}{advice}"
        _refuse(f"{data.name}: kernel {','.join(dict.fromkeys(best.kinds))} {why}")
    return _choose(good)


def fit_measurement(data: Measurement, kernel: str | None = None) -> FitResult:
    """Fit kernels; ``kernel`` is a kind, "up,down" kinds, or None to choose by AICc.

    The choice weighs each step by its noise; the parameters are plain least squares.

    Raises:
        DataError: what ``find_steps`` refuses; a kernel that the data don't determine,
            or that fits poorly.
        PackageError: scipy is not installed.
    """
    need("scipy", "edgeferro fit")
    kinds = list(KERNELS) if kernel is None else kernel.split(",")
    if (kernel is not None and len(kinds) > 2) or not set(kinds) <= set(KERNELS):
        known = ", ".join(KERNELS)
        _refuse(f"kernel: {kernel!r} is not auto, {known}, nor two with a comma")
    steps = find_steps(data)
    pairs = [(kinds[0], kinds[-1])] if kernel else [(kind, kind) for kind in KERNELS]
    found = [r for pair in pairs for r in _pair(data, steps, pair)]
    if not kernel and math.isfinite(min(r.aicc for r in found)):
        chosen = _decide(data, _weighted(data, found)).kinds
        found = [r for r in found if r.kinds == chosen]
    return _decide(data, found)
