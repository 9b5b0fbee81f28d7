"""Trim and nonlinearity of the converters, from the chip file to the core's units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from edgeferro.chip.nonlinearity import INL_KNOTS
from edgeferro.core.structs import Trim

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip

__all__ = ["inl_knots", "trim_of", "trim_settings"]

_UNITS: Final = 127  # of a trim register, either way (SPEC 5.12)
# How much further than the errors a range reaches that a file leaves out. Units that
# were the errors' own would take each of them back to the last bit, as no chip can.
_BEYOND: Final = 1.25
_MOST: Final = {"trim_gain": 1 << 14, "trim_offset": 1 << 16}  # edgeferro.h
_FINEST: Final = 1 << 8  # trim_gain of the 2^-16 that a gain is worked out in
_INL: Final = 256  # units of a code (SPEC 5.11)


def trim_settings(chip: Chip, adc_gain: int, adc_offset: int) -> dict[str, int]:
    """Settings of the core for the trim registers; 0: there are none.

    A range that is left out reaches a quarter further than the errors spread, or as far
    as 127 of a gain's finest units.

    Args:
        chip: its converters.
        adc_gain: setting of the core, the unit of the gains' errors.
        adc_offset: the same of the offsets.
    """
    converters = chip.converters
    if not converters.trim:
        return {"trim_gain": 0, "trim_offset": 0}
    gain, offset = converters.trim_gain_range, converters.trim_offset_range
    wished = {
        "trim_gain": _own_gain(adc_gain) if gain is None else gain * 2**24 / _UNITS,
        "trim_offset": (
            adc_offset * _BEYOND if offset is None else offset * 2**12 / _UNITS
        ),
    }
    return {name: min(round(value), _MOST[name]) for name, value in wished.items()}


def _own_gain(adc_gain: int) -> float:
    """Unit of a gain's trim without a range: not one that would do nothing."""
    return max(adc_gain * _BEYOND, _FINEST) if adc_gain else 0


def inl_knots(chip: Chip) -> np.ndarray | None:
    """Nonlinearity at the core's knots, int16 (65,), Q7.8 codes; None without."""
    values = chip.converters.adc_inl
    if values is None:
        return None
    places = np.linspace(0.0, len(values) - 1.0, INL_KNOTS)
    curve = np.interp(places, np.arange(len(values)), values)
    return np.rint(curve * _INL).astype(np.int16)


def trim_of(chip: Chip, *units: int) -> Trim | None:
    """How the chip's controller trims; None where the chip file asks for nothing.

    Args:
        chip: its converters.
        units: of both trims, the core's settings.
    """
    if not any(units):
        return None
    converters = chip.converters
    code = 1 << (converters.adc_bits - 2)
    return Trim(converters.trim_reads, code, sum(unit > 0 for unit in units))
