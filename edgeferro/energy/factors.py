"""What an energy is a product of, so that what is uncertain is drawn once.

A pulse's charge, half-selected cells and the cells that a read charges all follow from
one area, one thickness and one permittivity: where the area is larger than assumed, all
of them are. Drawn one by one they would average out, and a sum's range be too narrow.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

__all__ = ["Factor", "Product"]


class Factor(NamedTuple):
    """A number that an energy goes with.

    Attributes:
        name: factors of one name are drawn together.
        low: its least value, 0 or more.
        value: typical.
        high: its largest.
        power: of it, that the energy goes with.
        group: of what is uncertain for the same reason; groups are independent.
    """

    name: str
    low: float
    value: float
    high: float
    power: int = 1
    group: str = ""

    def at(self, part: np.ndarray) -> np.ndarray:
        """Values below which these parts of all draws lie, 0..1.

        Triangular in the logarithm, its mode the typical value; in the number itself
        where it may be 0.
        """
        ends = np.array([self.low, self.value, self.high])
        low, mode, high = np.log(ends) if self.low > 0.0 else ends
        if high == low:
            return np.full_like(part, self.value)
        rising = low + np.sqrt(part * (high - low) * (mode - low))
        falling = high - np.sqrt((1.0 - part) * (high - low) * (high - mode))
        found = np.where(part * (high - low) < mode - low, rising, falling)
        values: np.ndarray = np.exp(found) if self.low > 0.0 else found
        return values

    def end(self, which: str) -> float:
        """The end that gives the energy's own 'low' or 'high'."""
        return self.low if (which == "low") == (self.power > 0) else self.high


class Product(NamedTuple):
    """An energy as a product.

    Attributes:
        event: that takes it.
        scale: of the product, quectojoules.
        factors: numbers with their ranges.
    """

    event: str
    scale: float
    factors: tuple[Factor, ...]

    @classmethod
    def of(cls, event: str, value: int, factors: tuple[Factor, ...]) -> Product:
        """A product that comes to an energy where all factors are typical."""
        typical = math.prod(f.value**f.power for f in factors)
        return cls(event, value / typical, factors)

    @property
    def typical(self) -> float:
        """Energy where all factors are typical, quectojoules."""
        return self.scale * math.prod(f.value**f.power for f in self.factors)

    def at_end(self, name: str, which: str) -> float:
        """Energy with the factors of a name at an end of theirs, all others typical."""
        found = self.scale
        for factor in self.factors:
            value = factor.end(which) if factor.name == name else factor.value
            found *= value**factor.power
        return found

    def drawn(self, parts: dict[str, np.ndarray]) -> np.ndarray | float:
        """Energy over draws: of each factor, the part of all draws that lies below."""
        found: np.ndarray | float = self.scale
        for factor in self.factors:
            found = found * factor.at(parts[factor.name]) ** factor.power
        return found
