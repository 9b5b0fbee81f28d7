"""Symmetry points from the sums that calibration leaves (SPEC 16.5, 16.6).

The arithmetic is the core's (``csrc/core/symmetry.c``), in integers; the service
routine of the firmware (``calibrate_and_shift.c``) calls the same function.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edgeferro._core import ffi, lib
from edgeferro.core.binding import pointer
from edgeferro.core.enums import VERDICTS
from edgeferro.core.structs import POINT_DTYPE, Calibration
from edgeferro.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edgeferro.core.emulator import Core

__all__ = ["LayerMap", "calibrate_layer", "map_points", "verdict_counts"]

_FOUND = VERDICTS.index("found")


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

    def __repr__(self) -> str:
        """Cells by verdict, not their levels."""
        rows, columns = self.levels.shape
        cells = ", ".join(f"{self.count(name)} {name}" for name in VERDICTS[1:])
        return f"LayerMap({rows} x {columns} cells: {cells})"

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


def map_points(
    points: np.ndarray, how: Calibration, verify_code: int, name: str = "points"
) -> LayerMap:
    """Work out levels from records.

    Args:
        points: (rows, columns) of ``structs.POINT_DTYPE``, none pending: all cells of
            one array.
        how: settings they were taken with.
        verify_code: DAC code of the reads.
        name: of the array, for messages.

    Raises:
        ConfigError: no cell was found, so that there is nothing to shift to.
    """
    count = points.size
    verdicts = np.ascontiguousarray(points["verdict"])
    sums = np.ascontiguousarray(points["sums"]).reshape(-1)
    levels = np.empty(points.shape, np.int16)
    reads = ffi.new("struct ef_symmetry_reads *")
    for field in ("quads", "windows", "reads", "mantissa", "shift"):
        setattr(reads, field, getattr(how, field))
    reads.verify_code = verify_code
    status = lib.ef_symmetry_levels(
        pointer("int16_t[]", levels, "levels", np.int16, points.shape),
        pointer("int32_t[]", sums, "sums", np.int32, (4 * count,)),
        pointer("uint8_t[]", verdicts, "verdicts", np.uint8, points.shape),
        count,
        reads,
    )
    if status == lib.EF_SYMMETRY_ERROR_NONE:
        kinds = (f"{(verdicts == v).sum()} {VERDICTS[v]}" for v in np.unique(verdicts))
        message = (
            f"{name}: none of {count} cells has a symmetry point ({', '.join(kinds)}); "
            "nothing to shift to, at least 1 is needed"
        )
        raise ConfigError(message)
    if status != lib.EF_SYMMETRY_OK:
        message = f"{name}: records that no calibration leaves, or settings (SPEC 16)"
        raise ConfigError(message)
    return LayerMap(levels, verdicts, points["quads"].copy())


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

    Raises:
        ConfigError: no cell was found.
    """
    rows, columns = core.shape(layer)
    points = np.zeros((rows, columns), POINT_DTYPE)
    for column in range(columns):
        own = np.zeros(rows, POINT_DTYPE)
        while (own["verdict"] == 0).any():
            window(column, own)
        points[:, column] = own
    return map_points(points, how, verify_code, f"calibration, layer {layer}")
