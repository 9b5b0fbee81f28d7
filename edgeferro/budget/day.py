"""A day of use: how often each thing happens, what it costs and how long it takes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Final

from edgeferro.core.tally import PHASES
from edgeferro.energy.entry import lines_of
from edgeferro.energy.leakage import ROOM, warmth
from edgeferro.energy.products import products
from edgeferro.energy.report import Quantity, part_of
from edgeferro.energy.rows import row_of
from edgeferro.energy.units import DAY_S, YEAR_DAYS, exact

if TYPE_CHECKING:
    from edgeferro.budget.counts import RunFigures
    from edgeferro.chip.sections import UsagePart
    from edgeferro.energy.entry import Entry
    from edgeferro.energy.factors import Product
    from edgeferro.energy.rows import Row

__all__ = ["EVENTS_OF_A_DAY", "OPERATIONS", "Day", "Operation"]

# What a chip does, in words, and the phases of the tally that belong to it.
OPERATIONS: Final = {
    "inference": ("infer",),
    "update cycle": ("backward", "update"),
    "calibration": ("calibrate",),
    "programming": ("program",),
}


# What a product's loads go with, and the operation that brings it.
EVENTS_OF_A_DAY: Final = {
    "inference": "inference",
    "update": "update cycle",
    "calibration": "calibration",
    "programming": "programming",
    "wake": "inference",
    "day": "day",
}


@dataclass(frozen=True)
class Operation:
    """One kind of thing a chip does.

    Attributes:
        name: key of :data:`OPERATIONS`.
        energy: of one.
        seconds: of one.
        per_day: how many.
    """

    name: str
    energy: Quantity
    seconds: float
    per_day: Fraction

    @property
    def power_w(self) -> float:
        """Mean power while it goes on, watts."""
        return self.energy.fj * 1e-15 / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class Day:
    """A day of one chip.

    Attributes:
        run: the counts that operations are means of.
        usage: rates.
        celsius: temperature of the chip, its low end, typical and high.
    """

    run: RunFigures
    usage: UsagePart
    celsius: tuple[float, float, float] = ROOM

    @cached_property
    def rates(self) -> dict[str, Fraction]:
        """How often each operation happens a day."""
        usage = self.usage
        inferences = DAY_S * exact(usage.duty_cycle) / exact(usage.sample_period_s)
        setups = exact(usage.calibrations_per_year) / exact(YEAR_DAYS)
        updates = exact(usage.updates_per_day)
        return {
            "inference": max(inferences, updates),  # each update begins with one
            "update cycle": updates,
            "calibration": setups,
            "programming": setups,
        }

    @property
    def events(self) -> dict[str, Fraction]:
        """How often each event happens a day that a product's loads go with."""
        rates = {**self.rates, "day": Fraction(1)}
        return {event: rates[of] for event, of in EVENTS_OF_A_DAY.items()}

    @cached_property
    def counted(self) -> dict[str, int]:
        """How often the run did each operation."""
        tally, chips = self.run.tally, self.run.chips
        return {
            "inference": tally.inferences,
            "update cycle": tally.updates,
            "calibration": chips if tally.event("calibrate", "cycle") else 0,
            "programming": chips,
        }

    @cached_property
    def operations(self) -> list[Operation]:
        """Energy, time and rate of each; one that the run never did costs nothing."""
        found = []
        for name, phases in OPERATIONS.items():
            count = self.counted[name]
            energy = Quantity(0, 0, 0)
            for phase in phases:
                energy += self.run.energy.by_phase[phase]
            seconds = sum(self.run.seconds(phase) for phase in phases)
            found.append(
                Operation(
                    name,
                    energy.share(count),
                    seconds / count if count else 0.0,
                    self.rates[name],
                )
            )
        return found

    def operation(self, name: str) -> Operation:
        """One of them."""
        return next(o for o in self.operations if o.name == name)

    @property
    def busy_s(self) -> float:
        """Seconds a day in which the chip is awake."""
        return sum(o.seconds * float(o.per_day) for o in self.operations)

    @property
    def asleep_s(self) -> float:
        """Seconds a day in which it sleeps, to the millisecond."""
        return max(0.0, round(DAY_S - self.busy_s, 3))

    @cached_property
    def entries(self) -> list[Entry]:
        """Counts of a day with their prices."""
        found: list[Entry] = []
        for name, phases in OPERATIONS.items():
            count = self.counted[name]
            if count and self.rates[name]:
                factor = self.rates[name] / count
                entries = self.run.energy.entries
                found += [e.times(factor) for e in entries if e.phase in phases]
        return [*found, *self.run.energy.resting(DAY_S, self.celsius)]

    def rows(self) -> list[Row]:
        """The same in words."""
        return [row_of(self.run.energy, entry) for entry in self.entries]

    @cached_property
    def lines(self) -> dict[tuple[str, str], Quantity]:
        """Energy a day by phase and event."""
        return lines_of(self.entries)

    @cached_property
    def products(self) -> list[Product]:
        """The day's energies as products of what is uncertain in them.

        What leaks is what it is at 25 C times what the temperature makes of it.
        """
        report = self.run.energy
        cool = {("idle", e): spent for e, spent in report.asleep(DAY_S).items()}
        warmer = warmth(report.prices, self.celsius)
        return [
            term._replace(factors=(*term.factors, warmer))
            if ("idle", term.event) in cool
            else term
            for term in products(report, {**self.lines, **cool})
        ]

    @cached_property
    def total(self) -> Quantity:
        """Energy a day."""
        return sum(self.lines.values(), Quantity(0, 0, 0))

    def by_part(self) -> dict[str, Quantity]:
        """Energy a day by part of the chip."""
        parts = dict.fromkeys(self.run.energy.parts, Quantity(0, 0, 0))
        for (_, event), quantity in self.lines.items():
            parts[part_of(event)] += quantity
        return parts

    def by_phase(self) -> dict[str, Quantity]:
        """Energy a day by phase."""
        phases = dict.fromkeys(PHASES, Quantity(0, 0, 0))
        for (phase, _), quantity in self.lines.items():
            phases[phase] += quantity
        return phases

    @property
    def average_w(self) -> tuple[float, float, float]:
        """Mean power, watts: low, typical, high."""
        q = self.total
        low, value, high = (v * 1e-30 / DAY_S for v in (q.low, q.value, q.high))
        return low, value, high

    @cached_property
    def peak_w(self) -> tuple[str, tuple[float, float, float]]:
        """The phase that takes the most power while it goes on, and how much.

        Watts, low, typical and high; the mean over the phase: what happens within it,
        capacitors at the supply have to carry.
        """
        powers: dict[str, tuple[float, float, float]] = {"idle": (0.0, 0.0, 0.0)}
        for phase, energy in self.run.energy.by_phase.items():
            seconds = self.run.seconds(phase)
            if seconds > 0.0 and phase != "idle":
                ends = (energy.low, energy.value, energy.high)
                low, value, high = (end * 1e-30 / seconds for end in ends)
                powers[phase] = (low, value, high)
        name = max(powers, key=lambda phase: powers[phase][1])
        return name, powers[name]

    @property
    def sample_s(self) -> float:
        """Time that a sample with a label takes: inference, then update."""
        names = ("inference", "update cycle")
        return sum(self.operation(name).seconds for name in names)

    @property
    def too_slow(self) -> bool:
        """Whether a sample isn't done in time, or the day is too short for its work."""
        return self.sample_s > self.usage.sample_period_s or self.busy_s > DAY_S
