"""How far a weight's zero is from its cell's symmetry point: a look behind the chip.

No controller can see this; reports and tests use it to say how good a calibration and
a shift are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeferro.chip.device import KNOTS
from edgeferro.core.enums import REFERENCES
from edgeferro.core.structs import STUCK_UNIT

if TYPE_CHECKING:
    from edgeferro.controller import Controller

__all__ = [
    "Line",
    "Residual",
    "map_line",
    "map_residual",
    "map_states",
    "true_points",
    "zero_residual",
    "zero_states",
]

_Q31, _Q15 = 1 << 31, 1 << 15
_CHUNK = 4096  # cells at a time


@dataclass(frozen=True)
class Residual:
    """Distances from the true symmetry points, in parts of full scale (state -1..1).

    Attributes:
        cells: that have a symmetry point and are not stuck.
        bias: mean.
        rms: root of the mean square.
        p95: 95 of 100 cells are nearer than this.
        within: part of the cells within 1/64.
    """

    cells: int
    bias: float
    rms: float
    p95: float
    within: float

    @classmethod
    def of(cls, distances: np.ndarray) -> Residual:
        """Sum up distances in states; NaN cells are left out."""
        parts = distances[np.isfinite(distances)] / 2.0
        if not len(parts):
            return cls(0, 0.0, 0.0, 0.0, 0.0)
        size = np.abs(parts)
        return cls(
            cells=len(parts),
            bias=float(parts.mean()),
            rms=float(np.sqrt(np.mean(parts**2))),
            p95=float(np.quantile(size, 0.95)),
            within=float(np.mean(size <= 1 / 64)),
        )


@dataclass(frozen=True)
class Line:
    """Least squares through found against true symmetry points, states.

    Attributes:
        slope: 1 where a map leans to neither side; None where the true points of fewer
            than two cells differ.
        offset: what would be found at 0.
        scatter: root of the mean square around the line, parts of full scale.
    """

    slope: float | None
    offset: float
    scatter: float

    @classmethod
    def through(cls, truth: np.ndarray, found: np.ndarray) -> Line:
        """Fit the line to states of as many cells."""
        if len(truth) < 2 or truth.min() == truth.max():
            return cls(None, 0.0, 0.0)
        slope, offset = (float(value) for value in np.polyfit(truth, found, 1))
        away = (found - slope * truth - offset) / 2.0
        return cls(slope, offset, float(np.sqrt(np.mean(away**2))))

    def slope_text(self) -> str:
        """The slope, or that there is none."""
        return "-" if self.slope is None else f"{self.slope:.3f}"

    def text(self) -> str:
        """The line in words."""
        return f"found = {self.slope_text()} x true {self.offset:+.4f}"


def _scales(controller: Controller, spread: np.ndarray) -> tuple[np.ndarray, ...]:
    """Step scales of cells up and down, Q2.14 (SPEC 3.3)."""
    registers = controller.image.registers
    common = spread[:, 0].astype(np.int64) * registers.d2d_common
    tilt = spread[:, 1].astype(np.int64) * registers.d2d_asymmetry
    sums = (common + tilt, common - tilt)
    return tuple(np.clip(16384 + (s >> 8), 1024, 65535) for s in sums)


def _crossings(knots: np.ndarray, up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Stable crossing nearest 0 of each cell's steps, -1..1; NaN without one."""
    excess = up[:, None] * knots[0].astype(float) - down[:, None] * knots[1]
    turns = (excess[:, :-1] > 0) & (excess[:, 1:] <= 0)
    left, right = excess[:, :-1], excess[:, 1:]
    grid = np.linspace(-1.0, 1.0, KNOTS)[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        points = grid + left / (left - right) * 2.0 / (KNOTS - 1)
    points = np.where(turns, points, np.inf)
    nearest = points[np.arange(len(points)), np.abs(points).argmin(axis=1)]
    return np.where(turns.any(axis=1), nearest, np.nan)


def true_points(controller: Controller, layer: int) -> np.ndarray:
    """Return the states where each weight's cell stands still, -1..1.

    Without wear: as the cells were made. NaN: stuck, or no crossing between the bounds.
    """
    registers = controller.image.registers
    pulses = int(registers.layers[layer].pulse_class)
    spread = controller.peek("spread", layer)
    shape, flat = spread.shape[:2], spread.reshape(-1, 4)
    found = [
        _crossings(registers.knots[pulses], *_scales(controller, flat[i : i + _CHUNK]))
        for i in range(0, len(flat), _CHUNK)
    ]
    points = np.concatenate(found)
    inside = (points * _Q31 > registers.bound_low) & (
        points * _Q31 < registers.bound_high
    )
    points[~inside | (flat[:, 0] == STUCK_UNIT)] = np.nan
    return points.reshape(shape)


def zero_states(controller: Controller, layer: int) -> np.ndarray:
    """Return the state of each cell that reads as weight 0, -1..1."""
    kind = controller.image.registers.reference
    if kind == REFERENCES["none"]:
        return np.zeros(controller.core.shape(layer))
    if kind == REFERENCES["cell"]:
        return controller.peek("state", layer, 1) / _Q31
    codes = controller.peek("stored", layer) / _Q15
    return np.broadcast_to(codes, controller.core.shape(layer))


def _all(controller: Controller, states: Any) -> Residual:
    layers = range(controller.core.layers)
    away = [states(layer) - true_points(controller, layer) for layer in layers]
    return Residual.of(np.concatenate([distance.ravel() for distance in away]))


def zero_residual(controller: Controller) -> Residual:
    """Return how far weights of zero are from the symmetry points of their cells."""
    return _all(controller, lambda layer: zero_states(controller, layer))


def map_states(controller: Controller, layer: int) -> tuple[np.ndarray, np.ndarray]:
    """Return true and found points of a layer's cells that have one, states."""
    truth = true_points(controller, layer).ravel()
    maps = controller.maps or ()
    known = np.isfinite(truth)
    return truth[known], (maps[layer].levels / _Q15).ravel()[known]


def map_line(controller: Controller) -> Line:
    """Return the line through the points that the controller found."""
    states = [map_states(controller, layer) for layer in range(controller.core.layers)]
    truth, found = (np.concatenate(part) for part in zip(*states, strict=True))
    return Line.through(truth, found)


def map_residual(controller: Controller) -> Residual:
    """Return how far the points that the controller found are from the true ones."""
    maps = controller.maps or ()
    return _all(controller, lambda layer: maps[layer].levels / _Q15)
