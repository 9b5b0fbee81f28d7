"""What lies between a cell and its converter: pitch of the cells, ohms of the lines.

A crossbar's lines are its electrodes: as wide as a cell, one pitch long from cell to
cell. Their metal is taken to be a thick one above the transistors, where such films
are deposited.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from edgeferro.files.read import Figure

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip
    from edgeferro.chip.device import Device

__all__ = ["SPACE_UM", "TRANSISTOR_UM2", "line_ohm", "pitch_um"]

SPACE_UM: Final = 0.2  # between electrodes of 130 nm metal, assumed
TRANSISTOR_UM2: Final = 2.0  # of 3 V and its contacts at 130 nm, assumed
# Of a square of metal: the third and fourth of 130 nm, low the fifth, high the first.
_SHEET_OHM: Final = {"low": 0.029, "value": 0.047, "high": 0.125}
_SOURCE: Final = (
    "47 mohm a square of metal 3 and 4, low metal 5, high metal 1 (SKY130, "
    "google/skywater-pdk, docs/rules/rcx/resistance-values.tsv); a pitch long and as "
    "wide as the electrode"
)


def pitch_um(device: Device, access: str) -> float:
    """Distance from one cell of a line to the next, micrometres."""
    side = math.sqrt(device.area_um2.value) + SPACE_UM
    return max(side, math.sqrt(TRANSISTOR_UM2)) if access == "1t1r" else side


def line_ohm(chip: Chip, device: Device) -> Figure:
    """Wire from one cell of a line to the next: the chip file's, or the metal's."""
    given = chip.array.line_ohm
    if given is not None:
        source = "the chip file (array.line_ohm)"
        return Figure(value=given, unit="ohm", kind="assumed", source=source)
    squares = pitch_um(device, chip.array.access) / math.sqrt(device.area_um2.value)
    ends = {end: float(f"{ohm * squares:.3g}") for end, ohm in _SHEET_OHM.items()}
    return Figure(**ends, unit="ohm", kind="derived", source=_SOURCE)
