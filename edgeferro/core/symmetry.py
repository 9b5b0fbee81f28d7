"""Symmetry points from the sums that calibration leaves (SPEC 16.5).

The sums are the chip's integers. What is made of them here, bend and level, goes
through floating point and is rounded once, at the end; no clause holds it bit for bit.
The service routine of the firmware (``calibrate_and_shift.c``) reckons in integers, a
column at a time, with the bend from the device file: its levels may differ by units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edgeferro.core.enums import VERDICTS
from edgeferro.core.structs import POINT_DTYPE, Calibration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edgeferro.core.emulator import Core

__all__ = ["LayerMap", "calibrate_layer", "map_points", "verdict_counts"]

_FOUND, _STUCK, _NO_CROSSING, _NOT_SETTLED = (
    VERDICTS.index(name) for name in ("found", "stuck", "no crossing", "not settled")
)
_TOP: Final = (1 << 15) - 1


@dataclass(frozen=True, eq=False)
class LayerMap:
    """Symmetry points of one array, as the controller found them.

    Attributes:
        levels: int16 (rows, columns), Q0.15 states: a found cell's symmetry point; the
            level where a stuck or restless cell stands; for one without crossing the
            mean of the found ones.
        verdicts: uint8 (rows, columns), index into ``enums.VERDICTS``.
        quads: uint16 (rows, columns), of four pulses each, spent.
    """

    levels: np.ndarray
    verdicts: np.ndarray
    quads: np.ndarray

    def count(self, verdict: str) -> int:
        """Cells of a verdict."""
        return int((self.verdicts == VERDICTS.index(verdict)).sum())

    def offsets(self) -> np.ndarray:
        """One level a column, int16: the mean of its found cells, else of all found."""
        found = self.verdicts == _FOUND
        whole = self.levels[found].mean() if found.any() else 0.0
        counts = found.sum(axis=0)
        sums = np.where(found, self.levels, 0).sum(axis=0, dtype=np.int64)
        means = np.where(counts > 0, sums / np.maximum(counts, 1), whole)
        return np.rint(means).astype(np.int16)


def verdict_counts(maps: Sequence[LayerMap]) -> dict[str, int]:
    """Cells of each verdict over all arrays; empty without maps."""
    if not maps:
        return {}
    return {name: sum(found.count(name) for found in maps) for name in VERDICTS[1:]}


def _bend(points: np.ndarray) -> float:
    """Part of the upper middle in a cell's level: how the steps fall along the way."""
    x, y, z, w = points["sums"].reshape(-1, 4).astype(np.int64).sum(axis=0)
    up, down = int(2 * y - x - z), int(x + z - 2 * w)
    if up + down <= 0:
        return 0.5  # flat steps: both middles agree
    return min(1.0, max(0.0, up / (up + down)))


def map_points(points: np.ndarray, how: Calibration, verify_code: int) -> LayerMap:
    """Work out levels from records.

    Args:
        points: (rows, columns) of ``structs.POINT_DTYPE``, none pending.
        how: settings they were taken with.
        verify_code: DAC code of the reads.
    """
    verdicts = points["verdict"]
    found = verdicts == _FOUND
    rho = _bend(points[found])
    sums = points["sums"].astype(np.int64)
    upper, lower = sums[..., 0] + sums[..., 1], sums[..., 2] + sums[..., 3]
    windows = np.where(np.isin(verdicts, (_STUCK, _NOT_SETTLED)), 1, how.windows)
    readings = 2 * how.quads * how.reads * np.maximum(windows, 1)
    codes = (
        np.where(found, rho * upper + (1.0 - rho) * lower, (upper + lower) / 2.0)
        / readings
    )
    unit = 2.0**how.shift / (how.mantissa * verify_code)  # Q0.15 of an ADC code
    levels = np.clip(np.rint(codes * unit), -_TOP - 1, _TOP)
    typical = np.rint(levels[found].mean()) if found.any() else 0.0
    levels = np.where(verdicts == _NO_CROSSING, typical, levels)
    return LayerMap(levels.astype(np.int16), verdicts.copy(), points["quads"].copy())


def calibrate_layer(
    core: Core,
    layer: int,
    how: Calibration,
    verify_code: int,
    window: Callable[[int, np.ndarray], None],
) -> LayerMap:
    """Look for the symmetry points of one array's main plane, column by column.

    Args:
        core: the chip.
        layer: index of the layer.
        how: settings.
        verify_code: DAC code of the reads.
        window: runs one window of a column on its points.
    """
    rows, columns = core.shape(layer)
    points = np.zeros((rows, columns), POINT_DTYPE)
    for column in range(columns):
        own = np.zeros(rows, POINT_DTYPE)
        while (own["verdict"] == 0).any():
            window(column, own)
        points[:, column] = own
    return map_points(points, how, verify_code)
