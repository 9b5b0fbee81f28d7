"""What a chip takes for being on: the bits that it keeps, its base, its warmth.

While it sleeps a chip of learning rule and reference by its file keeps the bits that
:func:`retained_bits` counts, and a base that doesn't go with its size: wake timer,
power-on reset, regulator. Both leak all day long, asleep or at work.
Buffers of a sample (codes, errors, the column that is calibrated) needn't outlive it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from edgeferro.core.register_map import REGISTERS, Register
from edgeferro.energy.blocks import count_blocks
from edgeferro.energy.factors import Factor
from edgeferro.energy.units import exact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.chip.chip import Chip
    from edgeferro.energy.blocks import Shape
    from edgeferro.energy.prices import Prices

__all__ = ["PRICED_C", "ROOM", "retained_bits", "warm", "warmth"]

PRICED_C: Final = 25.0  # temperature that prices of what leaks hold at
ROOM: Final = (PRICED_C, PRICED_C, PRICED_C)
_BUFFERS: Final = ("input codes", "ADC codes", "error codes", "calibration")
_LFSR: Final = 32
_REGISTER: Final = 32
_HARNESS: Final = 0x800  # registers from here on only an emulator has
_GROUP: Final = "leakage and temperature"


def _holds(register: Register) -> bool:
    """Whether a register of the silicon holds what firmware writes into it."""
    return bool(register.write and register.read) and register.address < _HARNESS


def retained_bits(chip: Chip, shapes: Sequence[Shape]) -> dict[str, int]:
    """Bits that must live through sleep, by what they hold; none that the chip lacks.

    Args:
        chip: rule, references, widths.
        shapes: of its arrays.
    """
    blocks = count_blocks(chip, shapes)
    kept = {name: n for name, n in blocks.memories.items() if name not in _BUFFERS}
    kept["trims"] = blocks.registers["trims"]
    kept["shift registers"] = blocks.lfsrs * _LFSR
    kept["configuration"] = _REGISTER * sum(map(_holds, REGISTERS.values()))
    return {name: bits for name, bits in kept.items() if bits}


def warm(prices: Prices, temperature_c: float, bound: str = "value") -> Fraction:
    """How many times what leaks at 25 C leaks at a temperature; exact to a double.

    Leakage doubles every ``doubling_k``. At the low end it grows the least: the longest
    doubling above 25 C, the shortest below.
    """
    away = temperature_c - PRICED_C
    other = {"low": "high", "value": "value", "high": "low"}[bound]
    doubling = prices.doubling_k.bound(other if away >= 0.0 else bound)
    return exact(2.0 ** (away / doubling))


def warmth(prices: Prices, celsius: tuple[float, float, float]) -> Factor:
    """The same as what an energy is a product of.

    Args:
        prices: how fast leakage grows.
        celsius: temperature, its low end, typical and high.
    """
    low, value, high = (
        float(warm(prices, t, bound))
        for t, bound in zip(celsius, ("low", "value", "high"), strict=True)
    )
    return Factor("temperature", low, value, high, 1, _GROUP)
