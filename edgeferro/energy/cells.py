"""What cells take by physics: from the device file and the chip, not from a price.

- switching: 2 Pr A V per full swing of the polarization; the state swings over 2.
- conduction of a pulse: G V^2 t, with the cell's conductance at the pulse.
- charge of a pulse: C V^2, what a driver supplies to bring the cell's plates to V. Half
  of it is lost on the way at once, half is stored and lost at discharge.
- half-selected cells, by ``array.access``. 'passive-half': a driver at V/2 supplies
  C (V/2)^2 (the cell stores half of that); the high end is C V^2 / 2, where V/2 is made
  out of V without a supply of its own. 'passive-third': C (V/3)^2, up to C V^2 / 3.
  '1t1r': none, its transistors keep them off; their gates are a part of the line's
  capacitance, which the price of ``pulse_line_cells`` holds.
- conduction of a read: G V_read^2 t_read x |code| / top code.
- charge of a read: C V_read^2 of each cell on a driven line.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from edgeferro.chip.geometry import G_CODES
from edgeferro.chip.wires import SPACE_UM, TRANSISTOR_UM2, line_ohm, pitch_um
from edgeferro.energy.factors import Factor
from edgeferro.energy.units import exact

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip
    from edgeferro.chip.device import Device
    from edgeferro.files.read import Figure

__all__ = ["CellPrices", "PulseTerms", "cell_lines"]

_FULL_SWING: Final = 2**32  # states -1 to 1 in Q0.31 (SPEC 3.6)
_QJ_PER_J: Final = 10**30
# Parts of C V^2 that a half-selected cell takes: supplied at its own voltage, and where
# that is made out of V.
_HALF: Final = {
    "passive-half": (Fraction(1, 4), Fraction(1, 2)),
    "passive-third": (Fraction(1, 9), Fraction(1, 3)),
    "1t1r": (Fraction(0), Fraction(0)),
}

_GATES: Final = {
    "passive-half": "",
    "passive-third": "",
    "1t1r": f", a transistor of {TRANSISTOR_UM2:g} um2 below it, assumed",
}


def _factor(name: str, figure: Figure, power: int = 1) -> Factor:
    """A figure with its range."""
    low, value, high = (figure.bound(end) for end in ("low", "value", "high"))
    return Factor(name, low, value, high, power, "device")


def _least_sure(*figures: Figure) -> str:
    """Kind of what follows from figures: assumed, if one of them is."""
    kinds = {figure.kind for figure in figures}
    return (
        kinds.pop()
        if len(kinds) == 1
        else "assumed"
        if "assumed" in kinds
        else "derived"
    )


class PulseTerms(NamedTuple):
    """Prices of one pulse class, quectojoules.

    Attributes:
        base: conduction of a pulse on a cell at G_min.
        step: of each conductance code above G_min, at each pulse.
        swing: each unit of switched state; 2^32 of them are a full swing.
        charge: of a pulse, what brings the cell to its voltage.
    """

    base: int
    step: int
    swing: int
    charge: int


class CellPrices:
    """What cells of a device take on a chip, quectojoules (1e-30 J).

    Args:
        device: conductances, film, area and amplitudes.
        chip: read voltage and time, access.
    """

    def __init__(self, device: Device, chip: Chip) -> None:
        """Keep both."""
        self._device = device
        self._chip = chip

    def _conduction(self, v2t: Fraction) -> tuple[int, int]:
        """Energy of a cell at G_min for V^2 t, and of each conductance code above."""
        low = exact(self._device.g_min_ns.value) / 10**9
        step = exact(self._device.g_max_ns.value) / 10**9 - low
        return (
            round(low * v2t * _QJ_PER_J),
            round(step / G_CODES * v2t * _QJ_PER_J),
        )

    def read_terms(self) -> tuple[int, int]:
        """Prices of a read code at G_min, and of each conductance code above.

        DAC codes are read as pulse widths of the read time.
        """
        array, steps = self._chip.array, self._chip.dac_steps
        v2t = exact(array.read_v) ** 2 * Fraction(array.read_ns, steps * 10**9)
        return self._conduction(v2t)

    def read_charge(self, bound: str = "value") -> int:
        """Price of charging one cell of a driven line to the read voltage."""
        volts = exact(self._chip.array.read_v)
        return round(self._device.farads(bound) * volts**2 * _QJ_PER_J)

    def _write_volts(self, pulse_class: int, bound: str) -> Fraction:
        return exact(self._device.classes[pulse_class].amplitude_v.bound(bound))

    def pulse_terms(self, pulse_class: int, bound: str = "value") -> PulseTerms:
        """Return the prices of one class's pulses, at one end of the range."""
        width = self._device.classes[pulse_class].width_ns
        volts = self._write_volts(pulse_class, bound)
        base, step = self._conduction(volts**2 * Fraction(width, 10**9))
        swing = self._device.coulombs(bound) * volts * _QJ_PER_J / _FULL_SWING
        charge = self._device.farads(bound) * volts**2 * _QJ_PER_J
        return PulseTerms(base, step, round(swing), round(charge))

    def half_selected(self, pulse_class: int, bound: str = "value") -> int:
        """Price of one half-selected cell in a slot, at one end of the range."""
        volts = self._write_volts(pulse_class, bound)
        own, made = _HALF[self._chip.array.access]
        part = made if bound == "high" else own
        return round(self._device.farads(bound) * volts**2 * part * _QJ_PER_J)

    def factors(self, event: str, pulse_class: int) -> tuple[Factor, ...]:
        """What the price of an event of cells goes with.

        Args:
            event: of cells: read_cells, read_conduction, half_selected, or one of a
                pulse's three.
            pulse_class: of the pulses.

        Returns:
            nothing for what has no range.
        """
        d = self._device
        volts = self.amplitude(pulse_class)
        film = (
            _factor("permittivity", d.permittivity),
            _factor("area_um2", d.area_um2),
            _factor("thickness_nm", d.thickness_nm, -1),
        )
        own, made = (float(part) for part in _HALF[self._chip.array.access])
        switched = (
            _factor("polarization_uc_cm2", d.polarization_uc_cm2),
            _factor("area_um2", d.area_um2),
            volts,
        )
        squared = volts._replace(power=2)
        found: dict[str, tuple[Factor, ...]] = {
            "read_cells": film,
            "read_conduction": (),
            "half_selected": (
                *film,
                squared,
                Factor("supply of half-selects", own, own, made, 1, "device"),
            ),
            "pulse_charge": (*film, squared),
            "pulse_conduction": (squared,),
            "pulse_switching": switched,
        }
        return found[event]

    def amplitude(self, pulse_class: int) -> Factor:
        """Amplitude of a class; classes have one each."""
        figure = self._device.classes[pulse_class].amplitude_v
        return _factor(f"amplitude_v of class {pulse_class}", figure)

    def film(self) -> str:
        """Say what a cell's capacitance follows from."""
        d, c = self._device, self._device.capacitance_ff
        return (
            f"C = eps0 eps_r A / d = {c.value:.3g} fF ({c.low:.3g}..{c.high:.3g}, "
            f"{c.kind}): eps_r = {d.permittivity} ({d.permittivity.source}), "
            f"A = {d.area_um2} ({d.area_um2.source}), "
            f"d = {d.thickness_nm} ({d.thickness_nm.source})"
        )

    def film_words(self) -> tuple[str, str, str]:
        """A cell's capacitance: formula with its numbers, kind, sources."""
        d, c = self._device, self._device.capacitance_ff
        parts = {"eps_r": d.permittivity, "A": d.area_um2, "d": d.thickness_nm}
        numbers = ", ".join(f"{name} = {figure}" for name, figure in parts.items())
        sources = "; ".join(
            f"{name}: {figure.source}" for name, figure in parts.items()
        )
        return f"C = eps0 eps_r A / d = {c.value:.3g} fF; {numbers}", c.kind, sources

    def read_words(self) -> tuple[str, str, str]:
        """Conduction of a read: formula with its numbers, kind, source."""
        array = self._chip.array
        formula = f"G V^2 t |code| / top code; V = {array.read_v:g} V, "
        return self._conducted(f"{formula}t = {array.read_ns:g} ns")

    def pulse_words(self, event: str, pulse_class: int) -> tuple[str, str, str]:
        """What a pulse takes for one of three reasons: formula, kind, sources."""
        d, pulses = self._device, self._device.classes[pulse_class]
        volts = f"V = {pulses.amplitude_v}"
        said = f"V: {pulses.amplitude_v.source}"
        if event == "pulse_charge":
            film, kind, sources = self.film_words()
            return f"C V^2; {volts}; {film}", kind, f"{sources}; {said}"
        if event == "pulse_switching":
            charge, area = d.polarization_uc_cm2, d.area_um2
            formula = f"2 Pr A V |ds| / 2; 2 Pr = {charge}, A = {area}, {volts}"
            sources = f"2 Pr: {charge.source}; A: {area.source}; {said}"
            return formula, _least_sure(charge, area, pulses.amplitude_v), sources
        formula = f"G V^2 t; {volts}, t = {pulses.width_ns:g} ns"
        formula, kind, source = self._conducted(formula)
        return formula, kind, f"{source}; {said}"

    def _conducted(self, formula: str) -> tuple[str, str, str]:
        low, high = self._device.g_min_ns, self._device.g_max_ns
        kind = _least_sure(low, high)
        return f"{formula}; G = {low} .. {high}", kind, f"G: {low.source}"

    def explain_pulse(self, pulse_class: int) -> str:
        """Say what a pulse of a class takes in its cell, and from what that follows."""
        pulses, d = self._device.classes[pulse_class], self._device
        terms = self.pulse_terms(pulse_class)
        swing, charge = (
            f"{n / 10**18:.3g} pJ" for n in (terms.swing * _FULL_SWING, terms.charge)
        )
        return (
            f"pulse of class {pulse_class}: C V^2 + 2 Pr A V |ds|/2 + G V^2 t; "
            f"{self.film()}; 2 Pr = {d.polarization_uc_cm2} "
            f"({d.polarization_uc_cm2.source}), "
            f"V = {pulses.amplitude_v} ({pulses.amplitude_v.source}), "
            f"t = {pulses.width_ns} ns; G = {d.g_min_ns} .. {d.g_max_ns} "
            f"({d.g_min_ns.source}); the charge takes {charge}, a full swing {swing}"
        )


def cell_lines(chip: Chip) -> list[str]:
    """Say what a cell of a chip takes in a pulse, beside it, and of the die."""
    device = chip.load_device()
    cells, index = CellPrices(device, chip), chip.device.pulse_class
    beside = cells.half_selected(index) / 10**18
    inside, c = device.pulses_pj[index], device.capacitance_ff
    area = device.area_um2.value
    least = pitch_um(device, chip.array.access) ** 2
    wire = line_ohm(chip, device)
    ends = f"{wire.bound('low'):g}..{wire.bound('high'):g}"
    return [
        f"cell: {c.value:.3g} fF ({c.low:.3g}..{c.high:.3g}, {c.kind})",
        f"pulse: about {inside:.3g} pJ in its cell, {beside:.3g} pJ in each "
        f"half-selected one ({chip.array.access})",
        f"area: {least:.3g} um2 a cell (electrode {area:g} um2, {SPACE_UM:g} um of "
        f"space assumed{_GATES[chip.array.access]})",
        f"lines: {wire.value:g} ohm a cell ({ends}, {wire.kind}: {wire.source}); "
        f"drivers of {chip.array.driver_ohm:g} ohm",
    ]
