"""Numbers for people: three digits, a prefix that suits them, and no exponents."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from edgeferro.energy.digits import digits
from edgeferro.energy.units import YEAR_DAYS

if TYPE_CHECKING:
    from edgeferro.energy.ends import Ends

__all__ = [
    "amount",
    "count_text",
    "days_span",
    "days_text",
    "digits",
    "percent",
    "ranged",
    "ranged_days",
]

_PREFIXES: Final = {
    1e9: "G", 1e6: "M", 1e3: "k", 1.0: "", 1e-3: "m", 1e-6: "u", 1e-9: "n",
    1e-12: "p", 1e-15: "f", 1e-18: "a",
}  # fmt: skip
_FOR_EVER: Final = 1e6  # days of a cell and years of wear; nothing lasts so long


def _prefix(value: float, least: float = 0.0) -> float:
    sizes = [size for size in _PREFIXES if size >= least]
    return next((size for size in sizes if abs(value) >= 0.9995 * size), sizes[-1])


def amount(value: float, unit: str) -> str:
    """Write a number in a unit with the prefix that leaves it 1..999."""
    if value == 0.0 or math.isinf(value):
        return f"{digits(value)} {unit}" if value == 0.0 else digits(value)
    size = _prefix(value)
    return f"{digits(value / size)} {_PREFIXES[size]}{unit}"


def ranged(ends: Ends, unit: str) -> str:
    """Write a typical number with its range, all in one unit, three digits each."""
    low, value, high = ends
    if low == value == high:
        return amount(value, unit)
    size = _prefix(value or high)
    text = f"{digits(value / size)} {_PREFIXES[size]}{unit}"
    return f"{text} ({digits(low / size)}..{digits(high / size)})"


def count_text(number: float) -> str:
    """Write how often: 43,200; 0.00274."""
    if number == int(number):
        return f"{int(number):,}"
    return digits(number)


def percent(share: float) -> str:
    """Write a part of a whole; what is too small for three digits is said to be so."""
    if 0.0 < share < 1e-5:
        return "< 0.001 %"
    number = 100.0 * share
    return f"{number:.0f} %" if number >= 10.0 else f"{number:.2g} %"


def _days(days: float) -> tuple[float, str]:
    """Size of the unit that suits a number of days, and its name."""
    if days < 1.0:
        return 1.0 / 24.0, "hours"
    return (1.0, "days") if days < 1000.0 else (YEAR_DAYS, "years")


def days_text(days: float) -> str:
    """Write days, in years where they are many."""
    size, unit = _days(days)
    if days >= _FOR_EVER:
        return "for ever"
    return f"{digits(days / size)} {unit}"


def days_span(first: float, last: float) -> str:
    """Write two lives in the unit of the shorter one."""
    size, unit = _days(min(first, last))
    ends = ("for ever" if d >= _FOR_EVER else digits(d / size) for d in (first, last))
    return f"{' .. '.join(ends)} {unit}"


def ranged_days(ends: Ends) -> str:
    """Write a life with its range, in the unit of the typical one."""
    text = days_text(ends[1])
    if len(set(map(days_text, ends))) == 1:
        return text
    size, _ = _days(min(ends[1], _FOR_EVER))
    low, high = ("for ever" if d >= _FOR_EVER else digits(d / size) for d in ends[::2])
    return f"{text} ({low}..{high})"
