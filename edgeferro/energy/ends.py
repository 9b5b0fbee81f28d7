"""A number's low end, typical value and high end, in threes; units of energy."""

from __future__ import annotations

from typing import Final

__all__ = ["BOUNDS", "QJ", "QJ_PER_J", "Ends", "named", "summed", "times"]

BOUNDS: Final = ("low", "value", "high")
QJ: Final = 1e-30  # joules in a quectojoule
QJ_PER_J: Final = 1e30

Ends = tuple[float, float, float]


def summed(*ends: Ends) -> Ends:
    """Add end by end."""
    low, value, high = (sum(each) for each in zip(*ends, strict=True))
    return low, value, high


def times(ends: Ends, count: float) -> Ends:
    """Multiply each end."""
    low, value, high = (count * end for end in ends)
    return low, value, high


def named(ends: Ends, scale: float = 1.0) -> dict[str, float]:
    """Plain values by the ends' names, for JSON; times a scale."""
    return dict(zip(BOUNDS, times(ends, scale), strict=True))
