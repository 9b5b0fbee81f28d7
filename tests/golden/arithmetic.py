"""SPEC 1: rounding, shifting, narrowing, and the counters of a site."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

FLOOR, ZERO, UP, EVEN, AWAY, STOCHASTIC = range(6)
SATURATE, WRAP = 0, 1
WIDE = 2**62 - 1


def round_shift(value: int, n: int, mode: int) -> int:
    """SPEC 1.1: divide by 2^n and round once."""
    exact = Fraction(value, 2**n)
    below = floor(exact)
    rest = exact - below
    half = Fraction(1, 2)
    if mode == FLOOR:
        return below
    if mode == ZERO:
        return below + (1 if value < 0 and rest > 0 else 0)
    if mode == UP:
        return below + (1 if rest >= half else 0)
    if mode == EVEN:
        return below + (1 if rest > half or (rest == half and below % 2 == 1) else 0)
    return below + (1 if rest > half or (rest == half and value > 0) else 0)


def shift_left(value: int, n: int) -> int:
    """SPEC 1.3: times 2^n, saturating."""
    return max(-WIDE, min(WIDE, value * 2 ** min(n, 200)))


def shift_round(value: int, n: int, mode: int) -> int:
    """SPEC 1.4: right for n >= 0, left for n < 0."""
    if n < 0:
        return shift_left(value, -n)
    return round_shift(value, min(n, 63), mode)


@dataclass
class Site:
    """SPEC 1.6: what a place that narrows counts."""

    saturated: int = 0
    underflowed: int = 0
    peak: int = 0

    def narrow(self, value: int, low: int, high: int, overflow: int = SATURATE) -> int:
        """SPEC 1.5: bring a value into its range."""
        if not low <= value <= high:
            self.saturated += 1
            if overflow == WRAP:
                value = (value - low) % (high - low + 1) + low
            else:
                value = max(low, min(high, value))
        self.peak = max(self.peak, abs(value))
        return value


def clamp(value: int, low: int, high: int) -> int:
    """The nearest value of a range."""
    return max(low, min(high, value))


def signed(bits: int) -> tuple[int, int]:
    """Ends of two's complement of a width."""
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
