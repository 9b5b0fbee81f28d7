"""What an event costs in words: formula, numbers put in, sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edgeferro.energy.price import FROM_DEVICE, PRICED
from edgeferro.energy.quantity import Quantity
from edgeferro.errors import ConfigError

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip
    from edgeferro.chip.device import Device
    from edgeferro.energy.cells import CellPrices
    from edgeferro.energy.price import Operating
    from edgeferro.energy.prices import Prices

__all__ = ["Explained"]

_BOUNDS: Final = ("low", "value", "high")
# What half-selected cells take, in words.
_SHARES: Final = {
    "passive-half": "C (V/2)^2, up to C V^2 / 2 where V/2 has no supply of its own,",
    "passive-third": "C (V/3)^2, up to C V^2 / 3 where V/3 has no supply of its own,",
    "1t1r": "nothing",
}
_NOTES: Final = {
    "adc": "a converter that lines share converts once a clock (SPEC 11)",
    "register": "the core counts no bus accesses: `edgeferro firmware run` does, and "
    "prices them",
}


class Explained:
    """What a report of energy says of its prices, event by event."""

    prices: Prices
    device: Device
    chip: Chip
    operating: Operating
    cells: CellPrices

    def each(self, event: str, bound: str = "value") -> int:
        """Price of one count of an event, quectojoules."""
        raise NotImplementedError

    def explain(self, event: str) -> str:
        """Say what an event costs here: formula, numbers, sources.

        Raises:
            ConfigError: no such event.
        """
        event = {
            "pulse_switching": "pulse",
            "pulse_conduction": "pulse",
            "pulse_charge": "pulse",
            "read_conduction": "read_charge",
        }.get(event, event)
        array, device = self.chip.array, self.device
        priced = event in PRICED or event in FROM_DEVICE
        ends = (self.each(event, b) for b in _BOUNDS) if priced else ()
        if event == "half_selected":
            return (
                f"half_selected: {_SHARES[array.access]} of a cell in a slot (array."
                f"access {array.access}); {self.cells.film()}; here {Quantity(*ends)}"
            )
        if event == "read_cells":
            ends = (self.cells.read_charge(b) for b in _BOUNDS)
            return (
                f"read_cells: C V^2 of a cell on a driven line, V = {array.read_v} V; "
                f"{self.cells.film()}; here {Quantity(*ends)}"
            )
        if event in FROM_DEVICE:
            return (
                f"{event}: G V^2 t |code| / top code, G = {device.g_min_ns} .. "
                f"{device.g_max_ns} ({device.g_min_ns.source}), V = {array.read_v} V, "
                f"t = {array.read_ns} ns (chip file)"
            )
        if event == "pulse" and self.prices.pulse is None:
            classes = range(len(self.device.classes))
            return "\n".join(self.cells.explain_pulse(k) for k in classes)
        if event not in (*self.prices.events, "pulse"):
            known = ", ".join((*self.prices.events, *FROM_DEVICE, "pulse"))
            message = f"event: {event!r} is not one of {known}"
            raise ConfigError(message)
        text = self.prices.explain(event)
        if event == "pulse":
            return text
        price = self.prices.events[event]
        text += f"; here {Quantity(*ends)}{price.inputs(event, self.operating)}"
        note = _NOTES.get(event, "")
        return f"{text}; {note}" if note else text
