"""Units of prices and figures, exactly: decimal numbers in, fractions out."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pint

__all__ = ["DAY_S", "YEAR_DAYS", "exact", "to_unit"]

DAY_S: Final = 86_400
YEAR_DAYS: Final = 365.25  # exact in binary


def exact(value: float) -> Fraction:
    """A decimal number as it is written."""
    return Fraction(repr(float(value)))


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry[Fraction]:
    import pint

    return pint.UnitRegistry(non_int_type=Fraction)


@lru_cache(maxsize=256)
def _factor(unit: str, target: str) -> Fraction:
    import pint

    registry = _registry()
    try:
        found = registry.parse_units(unit)
    except (pint.PintError, ArithmeticError, ValueError, AttributeError, TypeError):
        message = f"unit: {unit!r} is not a unit"
        raise ValueError(message) from None
    wanted = registry.parse_units(target)
    if found.dimensionality != wanted.dimensionality:
        message = f"unit: {unit!r} can't be written in {target}"
        raise ValueError(message)
    return Fraction(registry.Quantity(Fraction(1), found).to(wanted).magnitude)


def to_unit(value: float, unit: str, target: str) -> Fraction:
    """Write a number of one unit in another, exactly as its decimal digits say.

    Raises:
        ValueError: not a unit, or one of another dimension.
    """
    return exact(value) * _factor(unit, target)
