"""Every count of a report with its price, in words: tables and files are made of these.

A row says what was counted and how often, what one of it takes, the formula and the
numbers behind it, and who says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from edgeferro.energy.price import part_of

if TYPE_CHECKING:
    from fractions import Fraction

    from edgeferro.energy.entry import Entry
    from edgeferro.energy.pricing import Pricing
    from edgeferro.energy.quantity import Quantity

__all__ = ["SHARES", "Row", "count_text", "row_of", "unit_of"]

# What one of a count is.
_UNITS: Final = {
    "dac_input": "conversions of a code",
    "dac_error": "conversions of a code",
    "adc": "conversions",
    "line_cells": "cells on a line that a read drives",
    "read_codes": "code steps x cells on their line",
    "read_charge": "code steps x conductance codes above the least",
    "pulse_line_cells": "cells on a line that a pulse drives",
    "half_selected": "cells beside a pulse, slot by slot",
    "mac": "multiplications with addition",
    "add": "additions",
    "divide": "divisions",
    "compare": "comparisons",
    "lookup": "entries of a table",
    "lfsr_step": "steps of a shift register",
    "sram_read": "bytes",
    "sram_write": "bytes",
    "register": "bus accesses",
    "cycle": "clocks",
    "bias_row": "conversions of a row",
    "bias_ns": "ns of analog activity",
    "leak_bit": "bits x s",
    "leak_base": "s",
    "wake": "wake-ups",
}
# Of counts that have their class in their name: how it begins.
_BY_CLASS: Final = {
    "pulses": "pulses",
    "switched": "2^-32 of a full swing",
    "conduction": "pulses x conductance codes above the least",
}
# What half-selected cells take, in words.
SHARES: Final = {
    "passive-half": "C (V/2)^2, up to C V^2 / 2 where V/2 has no supply of its own,",
    "passive-third": "C (V/3)^2, up to C V^2 / 3 where V/3 has no supply of its own,",
    "1t1r": "nothing",
}
_J: Final = 1e-30


def unit_of(name: str) -> str:
    """What one of a count is, in words."""
    return _UNITS.get(name) or _BY_CLASS[name.partition(" ")[0]]


def count_text(count: int | Fraction) -> str:
    """Write a count: all digits of a whole one, four of another."""
    whole = isinstance(count, int) or count.denominator == 1
    return f"{int(count):,}" if whole else f"{float(count):.4g}"


@dataclass(frozen=True)
class Row:
    """A count with its price.

    Attributes:
        phase: of the tally, or what else the energy is for.
        part: of the chip, or of the product.
        event: what takes it; line of the pricing.
        count: how often.
        unit: what one of them is.
        price: joules of one: low, typical and high.
        energy: count times price.
        formula: how the price comes about, with its numbers.
        source: where those stand.
        kind: measured, fitted, simulated, derived or assumed.
        name: of the count, where the event isn't its name.
    """

    phase: str
    part: str
    event: str
    count: int | Fraction
    unit: str
    price: tuple[float, float, float]
    energy: Quantity
    formula: str
    source: str
    kind: str
    name: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values, energies in joules."""
        energy = (end * _J for end in self.energy.ends)
        whole = isinstance(self.count, int) or self.count.denominator == 1
        return {
            "phase": self.phase,
            "part": self.part,
            "event": self.event,
            "counted": self.name or self.event,
            "count": int(self.count) if whole else float(self.count),
            "unit": self.unit,
            "price_j": dict(zip(("low", "value", "high"), self.price, strict=True)),
            "energy_j": dict(zip(("low", "value", "high"), energy, strict=True)),
            "formula": self.formula,
            "kind": self.kind,
            "source": self.source,
        }


def row_of(pricing: Pricing, entry: Entry) -> Row:
    """An entry in words."""
    formula, kind, source = _words(pricing, entry)
    low, value, high = (float(end) * _J for end in entry.price)
    return Row(
        phase=entry.phase,
        part=part_of(entry.event),
        event=entry.event,
        count=entry.count,
        unit=unit_of(entry.name),
        price=(low, value, high),
        energy=entry.energy,
        formula=formula,
        source=source,
        kind=kind,
        name=entry.name,
    )


def _words(pricing: Pricing, entry: Entry) -> tuple[str, str, str]:
    """Formula with its numbers, kind and source of an entry's price."""
    event, cells, access = entry.event, pricing.cells, pricing.chip.array.access
    price = pricing.prices.events.get(event)
    if event == "pulse_switching" and pricing.prices.pulse is not None:
        price = pricing.prices.pulse
    if price is not None:
        formula = f"{price}{price.inputs(event, pricing.operating)}"
        formula += _warmth(pricing, entry)
        return formula, price.kind, f"{price.source} ({price.node})"
    if event == "read_conduction":
        return cells.read_words()
    if event not in {"read_cells", "half_selected"}:
        return cells.pulse_words(event, int(entry.name.rpartition(" ")[2]))
    film, kind, source = cells.film_words()
    if event == "read_cells":
        volts = pricing.chip.array.read_v
        return f"C V^2 of a driven cell; V = {volts:g} V; {film}", kind, source
    text = f"{SHARES[access]} of a cell (array.access {access}); {film}"
    return text, kind, source


def _warmth(pricing: Pricing, entry: Entry) -> str:
    """Say how many times more leaks than at 25 C, where it does."""
    if entry.event not in {"leak_bit", "leak_base"}:
        return ""
    times = float(entry.price[1] / (pricing.each(entry.event) * pricing.scale or 1))
    grows = f"twice every {pricing.prices.doubling_k}"
    return "" if times == 1.0 else f", x {times:.3g} by its temperature, {grows}"
