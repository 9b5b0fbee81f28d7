"""Energy: counts times prices, exactly, as integers until it is shown.

The unit is the quectojoule, 1e-30 J: fine enough that the price of a single count is
a whole number to six digits or better. So energies of runs add up exactly, parts add
up to the total, and prices times k give energies times k.

What conducts, switches and charges in cells comes from physics and the device file
instead of a price (:mod:`edgeferro.energy.cells`).
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, Final, Self

from edgeferro.chip.chip import Chip
from edgeferro.core.arguments import need_kind
from edgeferro.core.tally import PHASES, Tally
from edgeferro.energy.blocks import shapes_from
from edgeferro.energy.cells import CellPrices, PulseTerms
from edgeferro.energy.explain import Explained
from edgeferro.energy.leakage import ROOM, retained_bits, warm
from edgeferro.energy.price import FROM_DEVICE, PARTS, PRICED, Operating
from edgeferro.energy.prices import Prices
from edgeferro.energy.quantity import Quantity
from edgeferro.errors import ConfigError
from edgeferro.notebook import html_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
_REST: Final = ("leak_bit", "leak_base")
_QJ_PER_ZJ: Final = 10**9


def part_of(event: str) -> str:
    """Part of a report that an event of :attr:`EnergyReport.lines` belongs to."""
    return _FORMULA_PARTS.get(event) or PARTS[event]


_ZERO: Final = Quantity(0, 0, 0)


class EnergyReport(Explained):
    """What a tally costs on a chip.

    Args:
        tally: the counts.
        prices: the technology.
        device: for conductances, area, polarization and pulse amplitude.
        chip: for read voltage and time.
        scale: factor on every price, for what-if.
        sizes: inputs, hidden neurons and outputs, as of
            :func:`edgeferro.mapping.images.new_image`: what leaks goes with the bits
            that a network keeps. Only reports of rests need them.

    Raises:
        ConfigError: pulses of a class that the device doesn't have: no price. Rests,
            but no sizes.
    """

    def __init__(
        self,
        tally: Tally,
        prices: Prices,
        device: Device,
        chip: Chip,
        scale: Fraction | int = 1,
        *,
        sizes: Sequence[int] | None = None,
    ) -> None:
        """Multiply every count by its price."""
        need_kind(tally, Tally, "tally", "controller.tally")
        need_kind(chip, Chip, "chip", "Chip.load(name or file)")
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
        self.sizes = None if sizes is None else tuple(sizes)
        self.lines = self._count()

    @classmethod
    def of_chip(
        cls, tally: Tally, chip: Chip, sizes: Sequence[int] | None = None
    ) -> Self:
        """Price a tally with the prices and the device that the chip file names."""
        need_kind(chip, Chip, "chip", "Chip.load(name or file)")
        prices = chip.named(Prices, chip.energy.prices)
        return cls(tally, prices, chip.load_device(), chip, sizes=sizes)

    @cached_property
    def retained_bits(self) -> dict[str, int]:
        """Bits that the chip keeps while it sleeps, by what they hold.

        Raises:
            ConfigError: made without the network's sizes.
        """
        if self.sizes is None:
            message = (
                "sizes: what leaks goes with the bits that a network keeps; say its "
                "inputs, hidden neurons and outputs"
            )
            raise ConfigError(message)
        return retained_bits(
            self.chip, shapes_from(self.sizes, bias=self.chip.network.bias)
        )

    def asleep(
        self,
        seconds: Fraction | int,
        celsius: tuple[float, float, float] = ROOM,
    ) -> dict[str, Quantity]:
        """What leaks in some time, by event: retained bits, and the base.

        Args:
            seconds: all of them, asleep or at work.
            celsius: temperature of the chip, its low end, typical and high.

        Raises:
            ConfigError: made without the network's sizes.
        """
        bits = sum(self.retained_bits.values())
        found = {}
        for event, count in zip(_REST, (bits, 1), strict=True):
            ends = {
                bound: self.each(event, bound)
                * count
                * seconds
                * warm(self.prices, degrees, bound)
                for bound, degrees in zip(BOUNDS, celsius, strict=True)
            }
            found[event] = self._scaled(ends)
        return found

    def count(self, phase: str, event: str) -> int:
        """What an event of :attr:`lines` was counted as in a phase.

        Conversions of ``bias_row``, nanoseconds of ``bias_ns``; of what leaks at rest,
        seconds of ``leak_base`` and seconds times bits of ``leak_bit``.
        """
        counted = {"bias_row": "adc", "bias_ns": "analog_ns", "leak_base": "rest_s"}
        if event == "leak_bit":
            rest = self.tally.event(phase, "rest_s")
            return rest * sum(self.retained_bits.values()) if rest else 0
        if event == "wake":
            return 0  # no run is cut off from power; a budget counts them
        return self.tally.event(phase, counted.get(event, event))

    def _count(self) -> dict[tuple[str, str], Quantity]:
        """Energy by phase and event: counts times the whole price of one count."""
        lines: dict[tuple[str, str], Quantity] = {}
        for phase in PHASES:
            for event in PRICED:
                lines[phase, event] = self._priced(phase, event)
            lines[phase, "half_selected"] = self._half_selected(phase)
            reads = ("read_conduction", "read_cells")
            pulses = ("pulse_switching", "pulse_conduction", "pulse_charge")
            found = (*self._in_reads(phase), *self._pulses(phase))
            for name, spent in zip((*reads, *pulses), found, strict=True):
                lines[phase, name] = spent
        return lines

    def _scaled(self, ends: Mapping[str, int | Fraction]) -> Quantity:
        return Quantity(*(int(ends[bound] * self.scale) for bound in BOUNDS))

    def _priced(self, phase: str, event: str) -> Quantity:
        """What the price file says of one event, times its count."""
        count = self.count(phase, event)
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
