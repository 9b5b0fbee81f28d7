"""An energy with its range: whole quectojoules (1e-30 J), and how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from edgeferro.energy.digits import digits

__all__ = ["QJ_PER_FJ", "Quantity", "joules_text"]

QJ_PER_FJ: Final = 10**15
_UNITS: Final = (
    (10**30, "J"),
    (10**27, "mJ"),
    (10**24, "uJ"),
    (10**21, "nJ"),
    (10**18, "pJ"),
    (10**15, "fJ"),
    (10**12, "aJ"),
    (10**9, "zJ"),
)


_PREFIXES: Final = ("", "m", "u", "n", "p", "f", "a", "z", "y", "r", "q")


@dataclass(frozen=True)
class Quantity:
    """An energy with its range, integers in quectojoules (1e-30 J)."""

    low: int
    value: int
    high: int

    @property
    def ends(self) -> tuple[int, int, int]:
        """Low, typical and high."""
        return self.low, self.value, self.high

    @classmethod
    def of_fj(cls, value: float) -> Self:
        """Take femtojoules without a range."""
        whole = round(value * QJ_PER_FJ)
        return cls(whole, whole, whole)

    @property
    def fj(self) -> float:
        """Typical, femtojoules."""
        return self.value / QJ_PER_FJ

    @property
    def low_fj(self) -> float:
        """Low end, femtojoules."""
        return self.low / QJ_PER_FJ

    @property
    def high_fj(self) -> float:
        """High end, femtojoules."""
        return self.high / QJ_PER_FJ

    def __add__(self, other: Quantity) -> Quantity:
        """Add end by end."""
        return Quantity(
            self.low + other.low, self.value + other.value, self.high + other.high
        )

    def share(self, count: int) -> Quantity:
        """Divide by a count, rounded down; 0 where nothing was counted."""
        if count == 0:
            return Quantity(0, 0, 0)
        return Quantity(self.low // count, self.value // count, self.high // count)

    def __str__(self) -> str:
        """Write it with its range in a unit that suits its size."""
        for size, unit in _UNITS:
            if self.value >= size or unit == "zJ":
                break
        low, middle, high = (
            digits(v / size) for v in (self.low, self.value, self.high)
        )
        if self.value == 0 == self.high:
            return "0"
        if self.low == self.high:
            return f"{middle} {unit}"
        return f"{middle} {unit} ({low}..{high})"


def joules_text(joules: float) -> str:
    """Write an energy without a range in three digits, however small it is."""
    if not joules:
        return "0 J"
    sizes = [10.0 ** (-3 * step) for step in range(len(_PREFIXES))]
    place = next((k for k, size in enumerate(sizes) if joules >= 0.9995 * size), -1)
    return f"{joules / sizes[place]:.3g} {_PREFIXES[place]}J"
