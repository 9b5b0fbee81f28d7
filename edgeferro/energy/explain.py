"""What an event costs in words: formula, numbers put in, sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edgeferro.energy.price import FROM_DEVICE, PRICED
from edgeferro.energy.quantity import Quantity
from edgeferro.errors import ConfigError

if TYPE_CHECKING:
    from edgeferro.energy.report import EnergyReport

__all__ = ["explain"]

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


def explain(report: EnergyReport, event: str) -> str:
    """Say what an event costs on a report's chip.

    Raises:
        ConfigError: no such event.
    """
    event = {
        "pulse_switching": "pulse",
        "pulse_conduction": "pulse",
        "pulse_charge": "pulse",
        "read_conduction": "read_charge",
    }.get(event, event)
    array, device = report.chip.array, report.device
    priced = event in PRICED or event in FROM_DEVICE
    ends = (report.each(event, b) for b in _BOUNDS) if priced else ()
    if event == "half_selected":
        return (
            f"half_selected: {_SHARES[array.access]} of a cell in a slot (array."
            f"access {array.access}); {report.cells.film()}; here {Quantity(*ends)}"
        )
    if event == "read_cells":
        ends = (report.cells.read_charge(b) for b in _BOUNDS)
        return (
            f"read_cells: C V^2 of a cell on a driven line, V = {array.read_v} V; "
            f"{report.cells.film()}; here {Quantity(*ends)}"
        )
    if event in FROM_DEVICE:
        return (
            f"{event}: G V^2 t |code| / top code, G = {device.g_min_ns} .. "
            f"{device.g_max_ns} ({device.g_min_ns.source}), V = {array.read_v} V, "
            f"t = {array.read_ns} ns (chip file)"
        )
    if event == "pulse" and report.prices.pulse is None:
        classes = range(len(report.device.classes))
        return "\n".join(report.cells.explain_pulse(k) for k in classes)
    if event not in (*report.prices.events, "pulse"):
        known = ", ".join((*report.prices.events, *FROM_DEVICE, "pulse"))
        message = f"event: {event!r} is not one of {known}"
        raise ConfigError(message)
    text = report.prices.explain(event)
    if event == "pulse":
        return text
    price = report.prices.events[event]
    text += f"; here {Quantity(*ends)}{price.inputs(event, report.operating)}"
    note = _NOTES.get(event, "")
    return f"{text}; {note}" if note else text
