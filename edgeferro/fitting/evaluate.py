"""What a fit says of the device: symmetry point, spread, and all of it for a report."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeferro._version import __version__
from edgeferro.fitting.fit import noise
from edgeferro.fitting.result import R2_LIMIT, FitResult

if TYPE_CHECKING:
    from edgeferro.fitting.measurement import Measurement

__all__ = ["conductance_ends", "date", "setting", "spread", "symmetry_point", "to_dict"]


def symmetry_point(fit: FitResult, values: np.ndarray | None = None) -> float:
    """W where up and down cancel (stable; nearest the middle), NaN where they don't."""
    w = np.linspace(0.0, 1.0, 4001)[1:-1]
    up, down = fit.kernels(values)
    excess = up.step(w, 0) - down.step(w, 1)
    if not np.abs(excess).max() > 0.0:
        return 0.5
    at = np.flatnonzero((excess[:-1] > 0.0) & (excess[1:] <= 0.0))
    if not len(at):
        return math.nan
    k = min(at.tolist(), key=lambda i: abs(w[i] - 0.5))
    return float(w[k] + (w[1] - w[0]) * excess[k] / (excess[k] - excess[k + 1]))


def _symmetry_error(fit: FitResult) -> float:
    """Standard error of the symmetry point, from those of the parameters."""
    shifts = np.diag(np.maximum(1e-4 * np.abs(fit.values), 1e-9))
    high = np.array([symmetry_point(fit, fit.values + d) for d in shifts])
    low = np.array([symmetry_point(fit, fit.values - d) for d in shifts])
    slope = (high - low) / (2.0 * np.diag(shifts))
    return float(np.sqrt(slope @ fit.covariance @ slope))  # NaN at a touching point


def cycles(fit: FitResult) -> int:
    """Stretches of the branch that has fewer."""
    steps = fit.steps
    return min(len(set(steps.run[steps.up == up].tolist())) for up in (True, False))


def spread(fit: FitResult) -> dict[str, float]:
    """Cycle-to-cycle spread: part of the step, and part of the full range W.

    The variance of the residuals is taken as additive^2 + (c2c step)^2. With several
    cycles residuals are taken about their mean at the same place of the branch, so that
    misfit does not count; with one it does. Read noise is in the additive part.
    """
    steps = fit.steps
    wide = float(fit.values[-1] - fit.values[-2])
    model = fit.step(steps.u, steps.up, fit.values) / wide
    rest = steps.du / wide - model
    square, keep = rest**2, np.ones(len(rest), bool)
    if cycles(fit) > 1:
        place = 2 * steps.position + steps.up
        for same in (place == k for k in set(place.tolist())):
            n = int(same.sum())
            part = (rest[same] - rest[same].mean()) ** 2
            square[same], keep[same] = part * n / max(n - 1, 1), n > 1
    keep |= keep.sum() < 3
    found = noise(model[keep], square[keep])
    return {"c2c": math.sqrt(found[1]), "c2c_additive": math.sqrt(found[0])}


def to_dict(fit: FitResult) -> dict[str, Any]:
    """Everything the report says, for JSON."""
    data, steps = fit.data, fit.steps
    point = symmetry_point(fit)
    known, error = not math.isnan(point), 2.0 * _symmetry_error(fit)
    sizes = [
        float(k.step(np.array([point]), i)[0]) for i, k in enumerate(fit.kernels())
    ]
    low, high = conductance_ends(fit)
    numbers = zip(fit.names, fit.values, fit.errors, strict=True)
    return {
        "edgeferro": __version__,
        "file": data.name,
        "sha256": data.sha256,
        "measured": date(data),
        "column": data.column,
        "notes": [*steps.notes, *fit.remarks],
        "steps": {"up": int(steps.up.sum()), "down": int((~steps.up).sum())},
        "cycles": cycles(fit),
        "scheme": "staircase" if steps.staircase else "identical pulses",
        "kernel": {"up": fit.kinds[0], "down": fit.kinds[1]},
        "window": "fitted" if fit.fitted_window else "lowest to highest reading",
        "parameters": {
            name: {"value": float(value), "error": float(error)}
            for name, value, error in numbers
            if fit.fitted_window or not name.startswith("window")
        },
        "aicc": fit.aicc,
        "r2": {s: {"curve": r[0], "steps": r[1]} for s, r in fit.r2.items()},
        "r2_limit": R2_LIMIT,
        "g_min": low,
        "g_max": high,
        "g_unit": "nS" if data.absolute else "relative",
        "symmetry_point": 2.0 * point - 1.0 if known else None,
        "symmetry_point_error": None if math.isnan(error) else error,
        "states": 2.0 / sum(sizes) if known else None,
        "spread": spread(fit),
        "verdict": "determined",
    }


def conductance_ends(fit: FitResult) -> tuple[float, float]:
    """Conductance at W = 0 and at W = 1, in the measurement's scale."""
    steps = fit.steps
    low, high = fit.values[-2:] * (steps.g_high - steps.g_low) + steps.g_low
    return float(low), float(high)


def setting(data: Measurement, pattern: str) -> tuple[str, str] | None:
    """Find a line above the table whose key matches: key and value."""
    for key, value in data.preamble.items():
        if value and re.search(pattern, key, re.IGNORECASE):
            return key, value
    return None


def date(data: Measurement) -> str | None:
    """When it was measured, as the lines above the table say."""
    return (setting(data, r"timestamp|date") or ("", None))[1]
