"""Records between numpy and the core, laid out as in ``csrc/include/edgeferro.h``."""

from __future__ import annotations

from dataclasses import dataclass, make_dataclass
from typing import Any, Final

import numpy as np

from edgeferro._core import ffi

__all__ = ["POINT_DTYPE", "PULSE_DTYPE", "STUCK_UNIT", "Calibration", "setting_fields"]

PULSE_DTYPE: Final = np.dtype(  # struct ef_pulse
    [
        ("cycle", np.uint64),
        ("row", np.uint16),
        ("column", np.uint16),
        ("layer", np.uint8),
        ("plane", np.uint8),
        ("pulse_class", np.uint8),
        ("count", np.int8),
    ]
)
POINT_DTYPE: Final = np.dtype(  # struct ef_point
    [
        ("window", np.int32, 4),
        ("sums", np.int32, 4),
        ("last", np.int32),
        ("quads", np.uint16),
        ("windows", np.uint8),
        ("verdict", np.uint8),
    ]
)
STUCK_UNIT: Final = -128  # common spread of a cell that no pulse moves (SPEC 3.2)


@dataclass(frozen=True)
class Calibration:
    """``struct ef_calibration``; see ``csrc/include/edgeferro.h`` for ranges."""

    pulse_class: int
    reads: int
    quads: int
    windows: int
    tolerance: int
    probe: int
    mantissa: int
    shift: int
    limit: int


def setting_fields(name: str, struct: str) -> Any:
    """Make a dataclass with the numbers of a C structure, each at 0.

    Arrays of numbers are tuples; what holds structures or pointers is left out.

    Args:
        name: of the class.
        struct: as in C, 'struct ef_settings'.
    """
    fields: list[tuple[str, Any, Any]] = []
    for field, member in ffi.typeof(struct).fields:
        kind = member.type
        if kind.kind == "primitive":
            fields.append((field, int, 0))
        elif kind.kind == "array" and kind.item.kind == "primitive":
            fields.append((field, tuple[int, ...], (0,) * kind.length))
    return make_dataclass(name, fields, frozen=True, eq=False)
