"""An entry of a report: a count and the price of one, exactly.

A line of a report is the sum of its entries. Most have one; conduction has one for a
cell at its least conductance and one for each code above, and pulses have theirs by
class.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from edgeferro.energy.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Entry", "Three", "lines_of", "total_of"]

Three = tuple[Fraction, Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Entry:
    """A count with the price of one.

    Attributes:
        phase: in which it was counted.
        event: line of the report that it belongs to.
        name: what was counted, as in ``report.counts``.
        count: how often.
        price: quectojoules of one: low, typical and high.
    """

    phase: str
    event: str
    name: str
    count: int | Fraction
    price: Three

    @property
    def exact(self) -> Three:
        """Count times price."""
        low, value, high = (self.count * each for each in self.price)
        return Fraction(low), Fraction(value), Fraction(high)

    @property
    def energy(self) -> Quantity:
        """The same, rounded down to the quectojoule."""
        return Quantity(*map(int, self.exact))

    def times(self, factor: Fraction) -> Entry:
        """As many times of it."""
        return replace(self, count=self.count * factor)


def total_of(entries: Iterable[Entry]) -> Quantity:
    """Sum of entries, rounded down once."""
    ends = zip(*(entry.exact for entry in entries), strict=True)
    return Quantity(*(int(sum(found)) for found in ends))


def lines_of(entries: Iterable[Entry]) -> dict[tuple[str, str], Quantity]:
    """Sums of entries by phase and event."""
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        found.setdefault((entry.phase, entry.event), []).append(entry)
    return {line: total_of(parts) for line, parts in found.items()}
