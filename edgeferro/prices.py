"""Price files: what each event of the tally costs, and who says so."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from edgeferro import files
from edgeferro.errors import ConfigError
from edgeferro.files import Kind, Real, Strict, Text
from edgeferro.tally import EVENTS

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table

__all__ = ["PARTS", "Price", "Prices", "to_zeptojoule"]

# In which part of a report each priced event belongs.
PARTS: Final[dict[str, str]] = {
    "dac_input": "dac",
    "dac_error": "dac",
    "adc": "adc",
    "line_cells": "array reads",
    "read_charge": "array reads",
    "read_codes": "array reads",
    "pulse_line_cells": "array pulses",
    "half_selected": "array pulses",
    "mac": "digital",
    "add": "digital",
    "divide": "digital",
    "compare": "digital",
    "lookup": "memory",
    "lfsr_step": "digital",
    "sram_read": "memory",
    "sram_write": "memory",
    "register": "digital",
    "cycle": "digital",
    "analog_ns": "leakage",
    "rest_s": "leakage",
}
# Worked out from the device and the chip, not from a price file (see energy.py).
FROM_DEVICE: Final = ("read_charge", "read_codes")
_ZJ: Final = {"zJ": 1, "aJ": 10**3, "fJ": 10**6, "pJ": 10**9, "nJ": 10**12}


def to_zeptojoule(value: float, unit: str) -> Fraction:
    """Turn a price into zeptojoules (1e-21 J), exactly as its decimal digits say."""
    return Fraction(repr(value)) * _ZJ[unit]


class Price(Strict):
    """What one event costs.

    Attributes:
        value: typical.
        low: not above value.
        high: not below value.
        unit: zJ, aJ, fJ, pJ or nJ, per event.
        node: process it holds for.
        kind: measured, fitted, simulated, derived or assumed.
        source: where it stands, or the reason for assuming it.
    """

    value: Annotated[Real, Field(ge=0.0)]
    low: Annotated[Real, Field(ge=0.0)]
    high: Annotated[Real, Field(ge=0.0)]
    unit: Literal["zJ", "aJ", "fJ", "pJ", "nJ"]
    node: Text
    kind: Kind
    source: Text

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.value <= self.high:
            message = f"value: {self.value} is not in {self.low}..{self.high}"
            raise ValueError(message)
        return self

    def exact(self, which: str) -> Fraction:
        """Return 'low', 'value' or 'high' in zeptojoules."""
        return to_zeptojoule(getattr(self, which), self.unit)


class Prices(Strict):
    """A technology: one price for each event.

    Attributes:
        name: as in chip files.
        description: one sentence.
        events: by name of :data:`edgeferro.tally.EVENTS`, without ``read_charge``
            and ``read_codes``: they follow from conductance, read voltage and time.
    """

    name: str
    description: str
    events: dict[str, Price]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        wanted = [event for event in EVENTS if event not in FROM_DEVICE]
        missing = [event for event in wanted if event not in self.events]
        if missing:
            message = (
                f"events.{missing[0]}: missing (an event without price is an error)"
            )
            raise ValueError(message)
        for event in self.events:
            if event not in wanted:
                message = f"events.{event}: unknown event; known: {', '.join(wanted)}"
                raise ValueError(message)
        return self

    @classmethod
    def load(cls, name: str | Path) -> Self:
        """Load a shipped price file by name, or one by path.

        Raises:
            ConfigError: not found, or everything that is wrong with it.
        """
        text, label = files.load(name, "prices")
        return files.validate(cls, files.parse(text, label), label)

    @classmethod
    def shipped(cls) -> list[str]:
        """Names of the shipped price files."""
        return files.shipped("prices")

    def explain(self, event: str) -> str:
        """Say what one event costs and who says so.

        Raises:
            ConfigError: no such event.
        """
        if event not in self.events:
            message = f"event: {event!r} is not one of {', '.join(self.events)}"
            raise ConfigError(message)
        p = self.events[event]
        return (
            f"{event}: {p.value:g} {p.unit} ({p.low:g} .. {p.high:g}), {p.node}, "
            f"{p.kind}: {p.source}"
        )

    def table(self) -> Table:
        """Return all prices as a table for the terminal."""
        from rich.table import Table

        table = Table(title=f"{self.name}: {self.description}", title_justify="left")
        for name in ("event", "value", "low", "high", "unit", "kind", "node", "source"):
            table.add_column(name)
        for event, p in self.events.items():
            cells: list[Any] = [event, p.value, p.low, p.high, p.unit]
            table.add_row(*(f"{c}" for c in cells), p.kind, p.node, p.source)
        return table
