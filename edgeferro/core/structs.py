"""Records between numpy and the core, laid out as in ``csrc/include/edgeferro.h``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

__all__ = ["POINT_DTYPE", "PULSE_DTYPE", "STUCK_UNIT", "Calibration", "Trim"]

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


@dataclass(frozen=True)
class Trim:
    """How a controller trims its converters (SPEC 5.12).

    Attributes:
        reads: averaged a reading, 1..64.
        code: that a reference charge stands for in the trim of the gain.
        registers: that each converter has, 1 or 2.
    """

    reads: int
    code: int
    registers: int
