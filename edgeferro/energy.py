"""Energy: counts times prices, exactly, in zeptojoules (1e-21 J) until it is shown.

Three terms come from physics and the device file instead of a price:

- switching: 2 Pr A V per full swing of the polarization; the state swings over 2.
- conduction of a pulse: G V^2 t, with the cell's conductance at the pulse.
- conduction of a read: G V_read^2 t_read x |code| / top code.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from edgeferro.errors import ConfigError
from edgeferro.prices import FROM_DEVICE, PARTS
from edgeferro.tally import EVENTS, PHASES, Tally

if TYPE_CHECKING:
    from edgeferro.chip import Chip
    from edgeferro.device import Device
    from edgeferro.prices import Prices

__all__ = ["BOUNDS", "EnergyReport", "Quantity"]

BOUNDS: Final = ("low", "value", "high")
_ZJ_PER_J: Final = 10**21
_G_CODES: Final = 65535  # conductance codes from G_min to G_max (SPEC 3.1)
_PULSES, _CONDUCTION, _SWITCHED = 0, 1, 2


def _exact(value: float) -> Fraction:
    """A decimal number as it is written."""
    return Fraction(repr(float(value)))


@dataclass(frozen=True)
class Quantity:
    """An energy with its range, integers in zeptojoules."""

    low: int
    value: int
    high: int

    @property
    def fj(self) -> float:
        """Typical, femtojoules."""
        return self.value / 1e6

    @property
    def low_fj(self) -> float:
        """Low end, femtojoules."""
        return self.low / 1e6

    @property
    def high_fj(self) -> float:
        """High end, femtojoules."""
        return self.high / 1e6

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
        self._cells = self._count()

    def _count(self) -> dict[tuple[str, str], Quantity]:
        """Energy by phase and part; each term rounded down to a zeptojoule once."""
        scaled = self.prices.scaled(self.scale)
        cells: dict[tuple[str, str], Quantity] = {}
        for phase in PHASES:
            for event in EVENTS:
                if event in FROM_DEVICE:
                    continue
                count = self.tally.event(phase, event)
                ends = (int(count * scaled[event][bound]) for bound in BOUNDS)
                self._put(cells, phase, PARTS[event], Quantity(*ends))
            self._put(cells, phase, "array reads", self._reads(phase))
            self._put(cells, phase, "array pulses", self._pulses(phase))
        return cells

    @staticmethod
    def _put(
        cells: dict[tuple[str, str], Quantity], phase: str, part: str, term: Quantity
    ) -> None:
        cells[phase, part] = cells.get((phase, part), _ZERO) + term

    def _siemens(self, count: int, codes: int) -> Fraction:
        """Sum of conductances of ``count`` cells whose codes add up to ``codes``."""
        low = _exact(self.device.g_min_ns.value)
        span = _exact(self.device.g_max_ns.value) - low
        return (low * count + span * codes / _G_CODES) / 10**9

    def _reads(self, phase: str) -> Quantity:
        """Conduction of reads; DAC codes are read as pulse widths of the read time."""
        bits = self.chip.converters
        top = (1 << (bits.input_bits - int(bits.input_signed))) - 1
        codes = self.tally.event(phase, "read_codes")
        charge = self.tally.event(phase, "read_charge")
        siemens = self._siemens(codes, charge) / top
        volts = _exact(self.chip.array.read_v)
        seconds = Fraction(self.chip.array.read_ns, 10**9)
        energy = int(siemens * volts**2 * seconds * _ZJ_PER_J * self.scale)
        return Quantity(energy, energy, energy)

    def pulse_terms(self, pulse_class: int) -> dict[str, Fraction]:
        """Return joules of one full swing (state -1 to 1) and V^2 t of one class."""
        pulses = self.device.classes[pulse_class]
        volts = _exact(pulses.amplitude_v.value)
        coulombs = _exact(self.device.polarization_uc_cm2.value) / 100  # C/m2
        area = _exact(self.device.area_um2.value) / 10**12  # m2
        return {
            "swing": coulombs * area * volts,
            "v2t": volts**2 * Fraction(pulses.width_ns, 10**9),
        }

    def _pulses(self, phase: str) -> Quantity:
        """Switched charge and conduction of write pulses."""
        total = Fraction(0)
        counts = self.tally.pulses[PHASES.index(phase)]
        if counts[self._classes :].any():
            index = int(counts.any(axis=(1, 2)).nonzero()[0][-1])
            message = (
                f"pulses of class {index} have no price: device {self.device.name} "
                f"has classes 0..{self._classes - 1}"
            )
            raise ConfigError(message)
        for index in range(len(self.device.classes)):
            terms = self.pulse_terms(index)
            for polarity in range(2):
                pulses, codes, moved = (int(v) for v in counts[index, polarity])
                total += terms["swing"] * Fraction(moved, 2**32)
                total += terms["v2t"] * self._siemens(pulses, codes)
        energy = int(total * _ZJ_PER_J * self.scale)
        return Quantity(energy, energy, energy)

    def _sum(self, phases: tuple[str, ...], part: str | None = None) -> Quantity:
        total = _ZERO
        for (phase, name), term in self._cells.items():
            if phase in phases and part in (None, name):
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
        """Say what an event costs here: formula, numbers, sources."""
        if event in FROM_DEVICE:
            array, device = self.chip.array, self.device
            return (
                f"{event}: G V^2 t |code| / top code, G = {device.g_min_ns} .. "
                f"{device.g_max_ns} ({device.g_min_ns.source}), V = {array.read_v} V, "
                f"t = {array.read_ns} ns (chip file)"
            )
        if event == "pulse":
            return "\n".join(self._explain_class(k) for k in range(self._classes))
        return self.prices.explain(event)

    @property
    def _classes(self) -> int:
        return len(self.device.classes)

    def _explain_class(self, index: int) -> str:
        pulses, device = self.device.classes[index], self.device
        swing = float(self.pulse_terms(index)["swing"]) * 1e12
        return (
            f"pulse of class {index}: 2 Pr A V |ds|/2 + G V^2 t; 2 Pr = "
            f"{device.polarization_uc_cm2} ({device.polarization_uc_cm2.source}), "
            f"A = {device.area_um2} ({device.area_um2.source}), "
            f"V = {pulses.amplitude_v} ({pulses.amplitude_v.source}), "
            f"t = {pulses.width_ns} ns; a full swing takes {swing:.3g} pJ"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return totals as integers (zJ) beside readable femtojoules."""

        def both(q: Quantity) -> dict[str, Any]:
            return {"zj": [q.low, q.value, q.high], "fj": q.fj}

        return {
            "total": both(self.total),
            "by_phase": {k: both(v) for k, v in self.by_phase.items()},
            "by_part": {k: both(v) for k, v in self.by_part.items()},
            "per_inference": both(self.per_inference),
            "per_update": both(self.per_update),
        }
