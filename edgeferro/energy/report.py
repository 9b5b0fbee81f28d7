"""Energy: counts times prices, exactly, as integers until it is shown.

The unit is the quectojoule, 1e-30 J: fine enough that the price of a single count is
a whole number to six digits or better. So energies of runs add up exactly, parts add
up to the total, and prices times k give energies times k.

What conducts, switches and charges in cells comes from physics and the device file
instead of a price (:mod:`edgeferro.energy.cells`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any, Final, Self

from edgeferro.core.tally import EVENTS, PHASES, Tally
from edgeferro.energy.cells import CellPrices, PulseTerms
from edgeferro.energy.prices import FROM_DEVICE, PARTS, Operating, Prices
from edgeferro.errors import ConfigError
from edgeferro.notebook import html_table

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip
    from edgeferro.chip.device import Device

__all__ = ["BOUNDS", "EnergyReport", "Quantity", "part_of"]

BOUNDS: Final = ("low", "value", "high")
# Lines that follow from the device, beside the priced events.
_FORMULA_PARTS: Final = {
    "read_conduction": "array reads",
    "read_cells": "array reads",
    "pulse_switching": "array pulses",
    "pulse_conduction": "array pulses",
    "pulse_charge": "array pulses",
}
_QJ_PER_ZJ: Final = 10**9
_QJ_PER_FJ: Final = 10**15
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


def part_of(event: str) -> str:
    """Part of a report that an event of :attr:`EnergyReport.lines` belongs to."""
    return _FORMULA_PARTS.get(event) or PARTS[event]


@dataclass(frozen=True)
class Quantity:
    """An energy with its range, integers in quectojoules (1e-30 J)."""

    low: int
    value: int
    high: int

    @classmethod
    def of_fj(cls, value: float) -> Self:
        """Take femtojoules without a range."""
        whole = round(value * _QJ_PER_FJ)
        return cls(whole, whole, whole)

    @property
    def fj(self) -> float:
        """Typical, femtojoules."""
        return self.value / _QJ_PER_FJ

    @property
    def low_fj(self) -> float:
        """Low end, femtojoules."""
        return self.low / _QJ_PER_FJ

    @property
    def high_fj(self) -> float:
        """High end, femtojoules."""
        return self.high / _QJ_PER_FJ

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
            _digits(v / size) for v in (self.low, self.value, self.high)
        )
        if self.value == 0 == self.high:
            return "0"
        if self.low == self.high:
            return f"{middle} {unit}"
        return f"{middle} {unit} ({low}..{high})"


def _digits(value: float) -> str:
    """Write three digits without an exponent."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


_ZERO = Quantity(0, 0, 0)


class EnergyReport:
    """What a tally costs on a chip.

    Args:
        tally: the counts.
        prices: the technology.
        device: for conductances, area, polarization and pulse amplitude.
        chip: for read voltage and time.
        scale: factor on every price, for what-if.

    Raises:
        ConfigError: pulses of a class that the device doesn't have: no price.
    """

    def __init__(
        self,
        tally: Tally,
        prices: Prices,
        device: Device,
        chip: Chip,
        scale: Fraction | int = 1,
    ) -> None:
        """Multiply every count by its price."""
        self.tally = tally
        self.prices = prices
        self.device = device
        self.chip = chip
        self.scale = Fraction(scale)
        pulse = device.classes[chip.device.pulse_class]
        self.operating = Operating(
            chip.converters.adc_bits,
            {
                "dac_input": chip.converters.input_bits,
                "dac_error": chip.converters.error_bits,
            },
            chip.array.read_v,
            {bound: pulse.amplitude_v.bound(bound) for bound in BOUNDS},
            chip.controller.clock_mhz,
        )
        self.cells = CellPrices(device, chip)
        self.lines = self._count()

    @classmethod
    def of_chip(cls, tally: Tally, chip: Chip) -> Self:
        """Price a tally with the prices and the device that the chip file names."""
        prices = chip.named(Prices, chip.energy.prices)
        return cls(tally, prices, chip.load_device(), chip)

    def _count(self) -> dict[tuple[str, str], Quantity]:
        """Energy by phase and event: counts times the whole price of one count."""
        lines: dict[tuple[str, str], Quantity] = {}
        for phase in PHASES:
            for event in EVENTS:
                if event not in FROM_DEVICE:
                    lines[phase, event] = self._priced(phase, event)
            lines[phase, "half_selected"] = self._half_selected(phase)
            reads = ("read_conduction", "read_cells")
            pulses = ("pulse_switching", "pulse_conduction", "pulse_charge")
            found = (*self._in_reads(phase), *self._pulses(phase))
            for name, spent in zip((*reads, *pulses), found, strict=True):
                lines[phase, name] = spent
        return lines

    def _scaled(self, ends: dict[str, int]) -> Quantity:
        return Quantity(*(int(ends[bound] * self.scale) for bound in BOUNDS))

    def _priced(self, phase: str, event: str) -> Quantity:
        """What the price file says of one event, times its count."""
        count = self.tally.event(phase, event)
        return self._scaled({b: count * self.each(event, b) for b in BOUNDS})

    def each(self, event: str, bound: str = "value") -> int:
        """Price of one count of an event, quectojoules, without ``scale``."""
        if event == "half_selected":
            return self.cells.half_selected(self.chip.device.pulse_class, bound)
        if event in FROM_DEVICE:
            return self.cells.read_terms()[event == "read_charge"]
        price = self.prices.events[event]
        return round(price.energy(event, bound, self.operating) * _QJ_PER_ZJ)

    def _in_reads(self, phase: str) -> tuple[Quantity, Quantity]:
        """Conduction of a phase's reads, and charge of the cells on driven lines."""
        base, step = self.cells.read_terms()
        energy = base * self.tally.event(phase, "read_codes")
        energy += step * self.tally.event(phase, "read_charge")
        driven = self.tally.event(phase, "line_cells")
        charge = {b: driven * self.cells.read_charge(b) for b in BOUNDS}
        return self._scaled(dict.fromkeys(BOUNDS, energy)), self._scaled(charge)

    def _half_selected(self, phase: str) -> Quantity:
        """What half-selected cells of a phase's pulses take."""
        part = self.chip.device
        index = part.program_class if phase == "program" else part.pulse_class
        count = self.tally.event(phase, "half_selected")
        return self._scaled(
            {b: count * self.cells.half_selected(index, b) for b in BOUNDS}
        )

    def pulse_terms(self, pulse_class: int, bound: str = "value") -> PulseTerms:
        """Return the prices of one class's pulses, at one end of the range."""
        return self.cells.pulse_terms(pulse_class, bound)

    def _pulses(self, phase: str) -> tuple[Quantity, Quantity, Quantity]:
        """Switched charge, conduction, and plates' charge, of a phase's write pulses.

        Where the prices hold a published energy of a pulse, that is the first, and
        nothing is left for the others.
        """
        counts = self.tally.pulses[PHASES.index(phase)]
        if counts[self._classes :].any():
            index = int(counts.any(axis=(1, 2)).nonzero()[0][-1])
            message = (
                f"pulses of class {index} have no price: device {self.device.name} "
                f"has classes 0..{self._classes - 1}"
            )
            raise ConfigError(message)
        switched, conducted, charged = (dict.fromkeys(BOUNDS, 0) for _ in range(3))
        published = self.prices.pulse
        for index, bound in product(range(self._classes), BOUNDS):
            pulses, codes, moved = (int(n) for n in counts[index].sum(axis=0))
            if published is not None:
                each = published.energy("pulse", bound, self.operating)
                switched[bound] += pulses * round(each * _QJ_PER_ZJ)
                continue
            terms = self.pulse_terms(index, bound)
            switched[bound] += terms.swing * moved
            conducted[bound] += terms.base * pulses + terms.step * codes
            charged[bound] += terms.charge * pulses
        return self._scaled(switched), self._scaled(conducted), self._scaled(charged)

    def in_cells(self, phase: str) -> Quantity:
        """Energy that a phase's write pulses took in their own cells.

        Charge, switching and conduction; what lines and half-selected cells take
        besides is in the part 'array pulses' too.
        """
        total = self.lines[phase, "pulse_switching"]
        total += self.lines[phase, "pulse_conduction"]
        return total + self.lines[phase, "pulse_charge"]

    def _sum(self, phases: tuple[str, ...], part: str | None = None) -> Quantity:
        total = _ZERO
        for (phase, event), term in self.lines.items():
            if phase in phases and part in (None, part_of(event)):
                total += term
        return total

    @property
    def parts(self) -> list[str]:
        """Names of parts, in the order of a report."""
        return list(dict.fromkeys(PARTS.values()))

    @property
    def total(self) -> Quantity:
        """Everything."""
        return self._sum(PHASES)

    @property
    def by_phase(self) -> dict[str, Quantity]:
        """By what the chip was doing."""
        return {phase: self._sum((phase,)) for phase in PHASES}

    @property
    def by_part(self) -> dict[str, Quantity]:
        """By what took it."""
        return {part: self._sum(PHASES, part) for part in self.parts}

    def of(self, phase: str, part: str) -> Quantity:
        """One phase's energy in one part."""
        return self._sum((phase,), part)

    @property
    def per_inference(self) -> Quantity:
        """Energy of a forward pass (mean over all of them)."""
        return self._sum(("infer",)).share(self.tally.inferences)

    @property
    def per_update(self) -> Quantity:
        """Energy of an update cycle: errors, backward reads, update (mean)."""
        return self._sum(("backward", "update")).share(self.tally.updates)

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
        ends = (self.each(event, b) for b in BOUNDS) if event in EVENTS else ()
        if event == "half_selected":
            return (
                f"half_selected: {_SHARES[array.access]} of a cell in a slot (array."
                f"access {array.access}); {self.cells.film()}; here {Quantity(*ends)}"
            )
        if event == "read_cells":
            ends = (self.cells.read_charge(b) for b in BOUNDS)
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
            return "\n".join(self.cells.explain_pulse(k) for k in range(self._classes))
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

    @property
    def _classes(self) -> int:
        return len(self.device.classes)

    def __repr__(self) -> str:
        """Say the total, and what an inference and an update cycle take."""
        return (
            f"EnergyReport({self.total}; an inference {self.per_inference}, an update "
            f"cycle {self.per_update}; prices of {self.prices.name})"
        )

    def _repr_html_(self) -> str:
        """Show energy by part and phase, low to high, in a notebook."""
        phases = [phase for phase, spent in self.by_phase.items() if spent.high]
        rows = [(p, *(self.of(phase, p) for phase in phases)) for p in self.parts]
        rows.append(("all", *(self.by_phase[phase] for phase in phases)))
        title = f"energy, prices of {self.prices.name}"
        note = f"an inference {self.per_inference}, an update cycle {self.per_update}"
        return html_table(title, ("part", *phases), rows, note)

    def to_dict(self) -> dict[str, Any]:
        """Return totals as integers (1e-30 J) beside readable femtojoules."""

        def both(q: Quantity) -> dict[str, Any]:
            return {"qj": [q.low, q.value, q.high], "fj": q.fj}

        return {
            "total": both(self.total),
            "by_phase": {k: both(v) for k, v in self.by_phase.items()},
            "by_part": {k: both(v) for k, v in self.by_part.items()},
            "per_inference": both(self.per_inference),
            "per_update": both(self.per_update),
        }
