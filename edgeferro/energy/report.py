"""Energy: counts times prices, exactly, as integers until it is shown.

The unit is the quectojoule, 1e-30 J: fine enough that the price of a single count is
a whole number to six digits or better. So energies of runs add up exactly, parts add
up to the total, and prices times k give energies times k.

Three terms come from physics and the device file instead of a price:

- switching: 2 Pr A V per full swing of the polarization; the state swings over 2.
- conduction of a pulse: G V^2 t, with the cell's conductance at the pulse.
- conduction of a read: G V_read^2 t_read x |code| / top code.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from edgeferro.core.tally import EVENTS, PHASES, Tally
from edgeferro.energy.prices import FROM_DEVICE, PARTS, Operating, Prices
from edgeferro.energy.units import exact
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
    "pulse_switching": "array pulses",
    "pulse_conduction": "array pulses",
}
_QJ_PER_J: Final = 10**30
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
_G_CODES: Final = 65535  # conductance codes from G_min to G_max (SPEC 3.1)
_FULL_SWING: Final = 2**32  # states -1 to 1 in Q0.31 (SPEC 3.6)


def part_of(event: str) -> str:
    """Part of a report that an event of :attr:`EnergyReport.lines` belongs to."""
    return _FORMULA_PARTS.get(event) or PARTS[event]


class PulseTerms(NamedTuple):
    """Prices of one pulse class, quectojoules.

    Attributes:
        base: a pulse on a cell at G_min.
        step: each conductance code above G_min, at each pulse.
        swing: each unit of switched state; 2^32 of them are a full swing.
    """

    base: int
    step: int
    swing: int


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
        )
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
            lines[phase, "read_conduction"] = self._reads(phase)
            switching, conduction = self._pulses(phase)
            lines[phase, "pulse_switching"] = switching
            lines[phase, "pulse_conduction"] = conduction
        return lines

    def _scaled(self, ends: dict[str, int]) -> Quantity:
        return Quantity(*(int(ends[bound] * self.scale) for bound in BOUNDS))

    def _priced(self, phase: str, event: str) -> Quantity:
        """What the price file says of one event, times its count."""
        count, price = self.tally.event(phase, event), self.prices.events[event]
        return self._scaled(
            {
                b: count * round(price.energy(event, b, self.operating) * _QJ_PER_ZJ)
                for b in BOUNDS
            }
        )

    def _conduction(self, v2t: Fraction) -> tuple[int, int]:
        """Energy of a cell at G_min for V^2 t, and of each conductance code above."""
        low = exact(self.device.g_min_ns.value) / 10**9
        step = exact(self.device.g_max_ns.value) / 10**9 - low
        return (
            round(low * v2t * _QJ_PER_J),
            round(step / _G_CODES * v2t * _QJ_PER_J),
        )

    def _reads(self, phase: str) -> Quantity:
        """Conduction of reads; DAC codes are read as pulse widths of the read time."""
        bits, array = self.chip.converters, self.chip.array
        top = (1 << (bits.input_bits - int(bits.input_signed))) - 1
        v2t = exact(array.read_v) ** 2 * Fraction(array.read_ns, top * 10**9)
        base, step = self._conduction(v2t)
        energy = base * self.tally.event(phase, "read_codes")
        energy += step * self.tally.event(phase, "read_charge")
        return self._scaled(dict.fromkeys(BOUNDS, energy))

    def pulse_terms(self, pulse_class: int, bound: str = "value") -> PulseTerms:
        """Return the prices of one class's pulses, at one end of the range."""
        pulses = self.device.classes[pulse_class]
        volts = exact(pulses.amplitude_v.bound(bound))
        coulombs = exact(self.device.polarization_uc_cm2.bound(bound)) / 100  # C/m2
        area = exact(self.device.area_um2.bound(bound)) / 10**12  # m2
        base, step = self._conduction(volts**2 * Fraction(pulses.width_ns, 10**9))
        swing = round(coulombs * area * volts * _QJ_PER_J / _FULL_SWING)
        return PulseTerms(base, step, swing)

    def _pulses(self, phase: str) -> tuple[Quantity, Quantity]:
        """Switched charge, and conduction, of a phase's write pulses.

        Where the prices hold a published energy of a pulse, that is the first, and
        nothing is left for the second.
        """
        counts = self.tally.pulses[PHASES.index(phase)]
        if counts[self._classes :].any():
            index = int(counts.any(axis=(1, 2)).nonzero()[0][-1])
            message = (
                f"pulses of class {index} have no price: device {self.device.name} "
                f"has classes 0..{self._classes - 1}"
            )
            raise ConfigError(message)
        switched, conducted = dict.fromkeys(BOUNDS, 0), dict.fromkeys(BOUNDS, 0)
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
        return self._scaled(switched), self._scaled(conducted)

    def in_cells(self, phase: str) -> Quantity:
        """Energy that a phase's write pulses left in their cells.

        Switched charge and conduction; what lines and half-selected cells take
        besides is in the part 'array pulses' too.
        """
        switched = self.lines[phase, "pulse_switching"]
        return switched + self.lines[phase, "pulse_conduction"]

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
            "read_conduction": "read_charge",
        }.get(event, event)
        if event in FROM_DEVICE:
            array, device = self.chip.array, self.device
            return (
                f"{event}: G V^2 t |code| / top code, G = {device.g_min_ns} .. "
                f"{device.g_max_ns} ({device.g_min_ns.source}), V = {array.read_v} V, "
                f"t = {array.read_ns} ns (chip file)"
            )
        if event == "pulse" and self.prices.pulse is None:
            return "\n".join(self._explain_class(k) for k in range(self._classes))
        if event not in (*self.prices.events, "pulse"):
            known = ", ".join((*self.prices.events, *FROM_DEVICE, "pulse"))
            message = f"event: {event!r} is not one of {known}"
            raise ConfigError(message)
        text = self.prices.explain(event)
        if event == "pulse":
            return text
        price = self.prices.events[event]
        ends = (
            round(price.energy(event, b, self.operating) * _QJ_PER_ZJ) for b in BOUNDS
        )
        return f"{text}; here {Quantity(*ends)}{price.inputs(event, self.operating)}"

    @property
    def _classes(self) -> int:
        return len(self.device.classes)

    def _explain_class(self, index: int) -> str:
        pulses, device = self.device.classes[index], self.device
        swing = self.pulse_terms(index).swing * _FULL_SWING / 10**18
        return (
            f"pulse of class {index}: 2 Pr A V |ds|/2 + G V^2 t; 2 Pr = "
            f"{device.polarization_uc_cm2} ({device.polarization_uc_cm2.source}), "
            f"A = {device.area_um2} ({device.area_um2.source}), "
            f"V = {pulses.amplitude_v} ({pulses.amplitude_v.source}), "
            f"t = {pulses.width_ns} ns; G = {device.g_min_ns} .. {device.g_max_ns} "
            f"({device.g_min_ns.source}); a full swing takes {swing:.3g} pJ"
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
