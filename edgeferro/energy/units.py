"""Units of prices and figures, exactly: decimal numbers in, fractions out."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

__all__ = ["DAY_S", "YEAR_DAYS", "exact", "to_unit"]

DAY_S: Final = 86_400
YEAR_DAYS: Final = 365.25  # exact in binary
_POWERS: Final = {
    "z": -21, "a": -18, "f": -15, "p": -12, "n": -9, "u": -6, "µ": -6, "μ": -6,
    "m": -3, "": 0, "k": 3, "M": 6, "G": 9,
}  # fmt: skip
# What each is, and how many of that kind's first unit; eV by the SI's definition.
_UNITS: Final[dict[str, tuple[str, Fraction]]] = {
    "J": ("energy", Fraction(1)),
    "Wh": ("energy", Fraction(3600)),
    "eV": ("energy", Fraction(1_602_176_634, 10**28)),
    "W": ("power", Fraction(1)),
    "F": ("capacitance", Fraction(1)),
    "s": ("time", Fraction(1)),
    "V": ("voltage", Fraction(1)),
    "A": ("current", Fraction(1)),
    "C": ("charge", Fraction(1)),
    "Ohm": ("resistance", Fraction(1)),
    "Ah": ("charge", Fraction(3600)),
}
# Units of more than one part: how many of the first each is.
_COMPOUND: Final[tuple[dict[str, Fraction], ...]] = (
    {
        "1/year": Fraction(1),
        "%/year": Fraction(1, 100),
        "1/month": Fraction(12),
        "%/month": Fraction(12, 100),
        "1/day": Fraction(YEAR_DAYS),
        "%/day": Fraction(YEAR_DAYS) / 100,
    },
    {"year": Fraction(1), "month": Fraction(1, 12), "day": 1 / Fraction(YEAR_DAYS)},
    {
        "mm2": Fraction(1),
        "um2": Fraction(1, 10**6),
        "cm2": Fraction(100),
        "m2": Fraction(10**6),
    },
    {
        "mW/cm2": Fraction(1),
        "uW/cm2": Fraction(1, 1000),
        "W/cm2": Fraction(1000),
        "W/m2": Fraction(1, 10),
    },
    {"W/(m K)": Fraction(1), "mW/(m K)": Fraction(1, 1000)},
    {"W/(m3 K)": Fraction(1), "kW/(m3 K)": Fraction(1000)},
    {"K": Fraction(1), "mK": Fraction(1, 1000)},
    {"1": Fraction(1), "%": Fraction(1, 100)},
)


def exact(value: float) -> Fraction:
    """A decimal number as it is written."""
    return Fraction(repr(float(value)))


def _parse(unit: str) -> tuple[str, Fraction]:
    """Kind and size of a unit with at most one prefix.

    Raises:
        ValueError: not a unit.
    """
    for name, (kind, size) in _UNITS.items():
        power = _POWERS.get(unit.removesuffix(name)) if unit.endswith(name) else None
        if power is not None:
            return kind, size * Fraction(10) ** power
    message = (
        f"unit: {unit!r} is not a unit, one of {', '.join(_UNITS)} behind a prefix "
        f"of {' '.join(filter(None, _POWERS))}, or none"
    )
    raise ValueError(message)


def to_unit(value: float, unit: str, target: str) -> Fraction:
    """Write a number of one unit in another, exactly as its decimal digits say.

    Raises:
        ValueError: not a unit, or one of another kind.
    """
    for units in _COMPOUND:
        if target in units:
            if unit in units:
                return exact(value) * units[unit] / units[target]
            message = f"unit: {unit!r} is not one of {', '.join(units)}"
            raise ValueError(message)
    kind, size = _parse(unit)
    wanted, part = _parse(target)
    if kind != wanted:
        message = f"unit: {unit!r} can't be written in {target}"
        raise ValueError(message)
    return exact(value) * size / part
