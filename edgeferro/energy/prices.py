"""Price files: what each event of the tally costs, and who says so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from pydantic import model_validator

from edgeferro import files
from edgeferro.energy.price import FORMULAS, PRICED, USUAL, Price
from edgeferro.energy.units import to_unit
from edgeferro.errors import ConfigError
from edgeferro.files.base import with_base
from edgeferro.files.read import Figure, Shipped, Text

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["Prices"]

_GONE: Final = {
    "supply_v": "had no effect; take the line out",
    "events.rest_s": "sleep goes with the chip's size now; price [events.leak_bit], a "
    "retained bit, and [events.leak_base], timer and regulator, in its place",
    "events.analog_ns": "bias goes with the rows that are converted now; price "
    "[events.bias_row], the energy of a row's read, and [events.bias_ns], what all "
    "rows share, in its place",
    "events.half_selected": "follows from the device's capacitance and array.access "
    "now; take the table out",
}


class Prices(Shipped):
    """A technology: one price for each event.

    A file may name another one as its ``base`` and change some of its events.

    Attributes:
        name: as in chip files.
        description: one sentence.
        areas: shipped file of areas of the same technology, or path of one; None where
            none is known.
        events: by name of :data:`edgeferro.tally.EVENTS`, without ``read_charge``,
            ``read_codes`` and ``half_selected``: they follow from the device file; in
            place of ``analog_ns`` and ``rest_s`` those of bias and leakage.
        doubling_k: kelvins that double what leaks; prices hold at 25 C.
        pulse: energy of a pulse in its cell, where one is published; without it that
            follows from the cell's geometry, conductance, amplitude and width.
    """

    FOLDER: ClassVar = "prices"

    name: str
    description: str
    areas: Text | None = None
    events: dict[str, Price]
    doubling_k: Figure
    pulse: Price | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        self.doubling_k.check("doubling_k", "K")
        wanted = PRICED
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
            self.events[event].check_event(event)
        if self.pulse is not None and self.pulse.formula != "energy":
            message = f"pulse.formula: {self.pulse.formula!r} is not 'energy'"
            raise ValueError(message)
        return self

    @classmethod
    def load(cls, name: str | Path) -> Self:
        """Load a shipped price file by name, or one by path.

        Raises:
            ConfigError: not found, or everything that is wrong with it.
        """
        text, label = files.load(name, cls.FOLDER)
        data = files.parse(text, label)
        if "base" not in data:
            files.check_kind(data, cls.FOLDER, label)
        events = data.get("events", {})
        for path, why in _GONE.items():
            holder = events if path.startswith("events.") else data
            if isinstance(holder, dict) and path.rpartition(".")[2] in holder:
                message = f"{label}: {path}: {why}"
                raise ConfigError(message)
        data = with_base(data, label, cls.FOLDER, "events")
        return files.validate(cls, data, label)

    def remarks(self) -> list[str]:
        """Say which prices are so small or so large that a unit may be wrong."""
        found = []
        own = {"pulse": self.pulse} if self.pulse is not None else {}
        for event, price in {**self.events, **own}.items():
            unit = FORMULAS[price.formula][0]
            base = {"zJ": "J"}.get(unit, unit)
            number = to_unit(price.value, price.unit, base)
            low, high, words = USUAL[base]
            if not low <= number <= high:
                where = "pulse" if event == "pulse" else f"events.{event}"
                found.append(
                    f"{self.name}: {where}: {price.value:g} {price.unit} is "
                    f"outside {words}"
                )
        return found

    def explain(self, event: str) -> str:
        """Say what one event costs and who says so.

        Raises:
            ConfigError: no such event.
        """
        if event == "pulse" and self.pulse is not None:
            p = self.pulse
            return f"pulse: {p}, {p.node}, {p.kind}: {p.source}"
        if event not in self.events:
            message = f"event: {event!r} is not one of {', '.join(self.events)}"
            raise ConfigError(message)
        p = self.events[event]
        return f"{event}: {p}, {p.node}, {p.kind}: {p.source}"

    def table(self) -> Table:
        """Return all prices as a table for the terminal."""
        from rich.table import Table

        table = Table(title=f"{self.name}: {self.description}", title_justify="left")
        for name in ("event", "value", "low", "high", "unit", "kind", "node", "source"):
            table.add_column(name)
        for event, p in self.events.items():
            cells: list[Any] = [event, p.value, p.low, p.high, p.unit]
            table.add_row(*(f"{c}" for c in cells), p.kind, p.node, p.source)
            for base, term in (("2", p.step), ("4", p.thermal)):
                if term is not None:
                    head = f"{event} x {base}^bits"
                    cells = [head, term.value, term.low, term.high, term.unit]
                    table.add_row(*(f"{c}" for c in cells))
        return table
