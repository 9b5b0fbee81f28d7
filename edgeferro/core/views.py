"""What can be looked at in a chip's memory: numbers, types and shapes of views."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from edgeferro._core import lib

__all__ = ["VIEWS", "shaped"]

VIEWS: Final[dict[str, tuple[int, np.dtype[Any]]]] = {
    "state": (lib.EF_VIEW_STATE, np.dtype(np.int32)),
    "spread": (lib.EF_VIEW_SPREAD, np.dtype(np.int8)),
    "wear": (lib.EF_VIEW_WEAR, np.dtype(np.uint32)),
    "weight": (lib.EF_VIEW_WEIGHT, np.dtype(np.int16)),
    "chi": (lib.EF_VIEW_CHI, np.dtype(np.int32)),
    "stored": (lib.EF_VIEW_STORED, np.dtype(np.int16)),
    "input": (lib.EF_VIEW_INPUT, np.dtype(np.int16)),
    "code": (lib.EF_VIEW_CODE, np.dtype(np.int16)),
    "error": (lib.EF_VIEW_ERROR, np.dtype(np.int16)),
    "row_lfsr": (lib.EF_VIEW_ROW_LFSR, np.dtype(np.uint32)),
    "column_lfsr": (lib.EF_VIEW_COLUMN_LFSR, np.dtype(np.uint32)),
    "trim": (lib.EF_VIEW_TRIM, np.dtype(np.int8)),
    "converter": (lib.EF_VIEW_CONVERTER, np.dtype(np.int32)),
}
_PAIR_VIEWS: Final = {"trim", "converter"}  # gain and offset of each converter
_CELL_VIEWS: Final = {"state", "spread", "wear", "weight", "chi", "stored"}


def shaped(
    flat: np.ndarray, view: str, rows: int, columns: int, stride: int
) -> np.ndarray:
    """Give a view's numbers the shape that :meth:`Core.peek` states.

    Args:
        flat: all of them, with the padding of rows.
        view: a key of :data:`VIEWS`.
        rows: of the layer's array.
        columns: of it, the bias column included.
        stride: numbers from one row to the next.
    """
    if view in _PAIR_VIEWS:
        return flat.reshape(-1, 2)
    if view not in _CELL_VIEWS:
        return flat
    last = (4,) if view == "spread" else ()
    return flat.reshape(rows, stride, *last)[:, :columns]
