"""A budget: a run, a way of use, a product around the chip, put together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from edgeferro.budget.cycling import Cycling, Learned
from edgeferro.budget.day import OPERATIONS, Day
from edgeferro.budget.verdicts import Verdict, verdicts
from edgeferro.energy.ends import BOUNDS, QJ_PER_J
from edgeferro.energy.mcu import McuCore
from edgeferro.energy.products import products
from edgeferro.energy.units import DAY_S, YEAR_DAYS
from edgeferro.product.battery import Battery
from edgeferro.product.burst import Burst, Stretch
from edgeferro.product.implant import Implant
from edgeferro.product.limits import Lives
from edgeferro.product.powers import ChipDay, Powers
from edgeferro.product.product import Product
from edgeferro.product.words import digits

if TYPE_CHECKING:
    from edgeferro.budget.counts import RunFigures
    from edgeferro.chip.chip import Chip
    from edgeferro.chip.sections import UsagePart
    from edgeferro.energy.factors import Product as Term

__all__ = [
    "BOUNDS",
    "METRICS",
    "Budget",
    "Verdict",
    "find_battery",
    "find_core",
    "find_implant",
    "find_product",
]

_FOR_EVER: Final = 1e6  # years; what is longer is of no interest


def find_product(chip: Chip, usage: UsagePart) -> Product:
    """The product that a chip is built into.

    Raises:
        ConfigError: no such file, or a faulty one.
    """
    return chip.named(Product, usage.product)


def find_core(chip: Chip, usage: UsagePart) -> McuCore | None:
    """The core of the product's microcontroller, if it has one.

    Raises:
        ConfigError: no such file, or a faulty one.
    """
    name = find_product(chip, usage).core
    return None if name == "none" else chip.named(McuCore, name)


def find_battery(chip: Chip, usage: UsagePart) -> Battery | None:
    """The battery that a chip is used with, if there is one.

    Raises:
        ConfigError: no such file, a faulty one, or one that the product's regulator
            can't work from.
    """
    product = find_product(chip, usage)
    name = product.battery if usage.battery == "product" else usage.battery
    if name == "none":
        return None
    found = chip.named(Battery, name)
    product.check_battery(found.name, found.voltage_v)
    return found


def find_implant(chip: Chip, usage: UsagePart) -> Implant | None:
    """The implant that a chip is used in, if it is one.

    Raises:
        ConfigError: no such file, or a faulty one.
    """
    own = find_product(chip, usage).implant
    name = own if usage.implant == "product" else usage.implant
    return None if name == "none" else chip.named(Implant, name)


@dataclass(frozen=True)
class Budget:
    """Everything that follows from a run and a way of use.

    Attributes:
        run: counts and marks.
        usage: rates, product, battery and implant.
        draws: of prices.
        seed: of the draws.
        lost: accuracy of the same run with power off after each learning step, 0..1;
            None where nobody ran it.
    """

    run: RunFigures
    usage: UsagePart
    draws: int = 10_000
    seed: int = 0
    lost: float | None = None

    @cached_property
    def day(self) -> Day:
        """A day of the chip."""
        return self._day(self.usage)

    @cached_property
    def product(self) -> Product:
        """What the chip is built into."""
        return find_product(self.run.chip, self.usage)

    @cached_property
    def core(self) -> McuCore | None:
        """The microcontroller's core, if there is one."""
        return find_core(self.run.chip, self.usage)

    @cached_property
    def battery(self) -> Battery | None:
        """The battery, if there is one."""
        return find_battery(self.run.chip, self.usage)

    @cached_property
    def implant(self) -> Implant | None:
        """The implant, if it is one."""
        return find_implant(self.run.chip, self.usage)

    @cached_property
    def powers(self) -> Powers:
        """A day of the product: the chip and everything beside it."""
        return self._powers(self.day)

    @cached_property
    def still(self) -> Powers:
        """The same without learning."""
        usage = self.usage.model_copy(update={"updates_per_day": 0.0})
        return self._powers(self._day(usage))

    def _day(self, usage: UsagePart) -> Day:
        """A day of the chip at the product's temperature."""
        warm = self.product.temperature_c
        celsius = (warm.bound("low"), warm.value, warm.bound("high"))
        return Day(self.run, usage, celsius)

    def _powers(self, day: Day) -> Powers:
        chip = ChipDay(day.lines, day.products, day.events)
        return Powers(self.product, chip, self.core, self.implant)

    def products(
        self, which: Literal["inference", "update", "day", "product"]
    ) -> list[Term]:
        """An energy as products of what is uncertain in it, quectojoules.

        Args:
            which: one inference or one update cycle of the chip, its day, or the day of
                the product at its battery.
        """
        if which == "product":
            return self.powers.terms
        if which == "day":
            return self.day.products
        name = {"inference": "inference", "update": "update cycle"}[which]
        count, report = self.day.counted[name], self.run.energy
        lines = {
            (phase, event): spent.share(count)
            for (phase, event), spent in report.lines.items()
            if phase in OPERATIONS[name]
        }
        return products(report, lines)

    @property
    def largest(self) -> tuple[str, float]:
        """What takes the most of the battery, in words, and its part of all."""
        total = self.powers.joules[1]
        parts = {row.what: row.joules[1] for row in self.powers.rows}
        parts["the chip"] = self.powers.chip.joules()[1]
        name = max(parts, key=lambda what: parts[what])
        return name, parts[name] / total if total else 0.0

    def _lives(self, powers: Powers) -> Lives | None:
        if self.battery is None:
            return None
        pulses = [self._loads_ma[bound] for bound in BOUNDS]
        return Lives(self.battery, powers.watts, (pulses[0], pulses[1], pulses[2]))

    @cached_property
    def cycling(self) -> Cycling:
        """Power off between samples, beside what is kept on."""
        day, pump = self.day, self.powers.pump
        return Cycling(
            self.run.energy,
            float(day.rates["inference"]),
            day.busy_s,
            day.celsius,
            self.core,
            pump[0].price_j if pump else None,
        )

    @property
    def learned(self) -> Learned:
        """What power off between learning steps does to them, if a run shows it."""
        run, every = self.run, self.run.chip.task.power_off_every
        if every:
            return Learned(None, run.accuracy, every, run.chips)
        return Learned(run.accuracy, self.lost, 1, run.chips)

    @cached_property
    def lives(self) -> Lives | None:
        """The battery under the product's load, if there is one."""
        return self._lives(self.powers)

    def life_days(self, *, learning: bool = True) -> tuple[float, float, float]:
        """Days of the battery: shortest, typical, longest; 0 without one."""
        lives = self.lives if learning else self._lives(self.still)
        return (0.0, 0.0, 0.0) if lives is None else lives.days

    @cached_property
    def _loads_ma(self) -> dict[str, float]:
        """The largest current that a load takes for moments."""
        bursts = [part.burst for part in self.product.parts.values() if part.burst]
        return {
            bound: max((b.current.bound(bound) for b in bursts), default=0.0)
            for bound in BOUNDS
        }

    def _burst(self, battery: Battery, name: str, phases: dict[str, int]) -> Burst:
        """One of each phase of the chip in a row, at the battery's side."""
        low, value, high = self.powers.efficiency
        part = {"low": high, "value": value, "high": low}
        report, stretches = self.run.energy, []
        for phase, count in phases.items():
            spent = report.by_phase[phase].share(count)
            joules = {b: getattr(spent, b) / QJ_PER_J / part[b] for b in BOUNDS}
            stretches.append(Stretch(joules, self.run.seconds(phase) / count))
        rate = self.day.rates["programming"]
        often = float(DAY_S / rate) if "program" in phases else 0.0
        return Burst(
            name,
            tuple(stretches),
            often or self.usage.sample_period_s,
            battery,
            self.product.supply,
            dict(zip(BOUNDS, self.powers.watts, strict=True)),
            self._loads_ma,
            self._least_v,
        )

    @property
    def _least_v(self) -> float:
        regulator = self.product.regulator
        return 0.0 if regulator is None else regulator.least_v.value

    def _bursts_of_loads(self, battery: Battery) -> list[Burst]:
        """What loads take for moments, at the battery's own terminals."""
        supply, found = self.product.supply, []
        if battery.voltage_v is not None:
            own = {"voltage": battery.voltage_v, "capacitor": None}
            supply = supply.model_copy(update=own)
        volts, watts = supply.voltage.value, self.powers.watts
        for row in self.powers.loads:
            load = self.product.parts.get(row.name)
            if load is None or load.burst is None:
                continue
            seconds = load.burst.time.value * 1e-3
            current = {b: load.burst.current.bound(b) * 1e-3 for b in BOUNDS}
            joules = {b: amps * volts * seconds for b, amps in current.items()}
            often = joules["value"] * DAY_S / row.joules[1] if row.joules[1] else 0.0
            found.append(
                Burst(
                    f"a burst of {row.name}",
                    (Stretch(joules, seconds),),
                    often or float(DAY_S),
                    battery,
                    supply,
                    dict(zip(BOUNDS, watts, strict=True)),
                    dict.fromkeys(BOUNDS, 0.0),
                    self._least_v,
                )
            )
        return found

    @cached_property
    def bursts(self) -> list[Burst]:
        """What the battery has to give at once: a sample, and a set-up if there is."""
        if self.battery is None:
            return []
        counted, rates = self.day.counted, self.day.rates
        phases, name = {"infer": counted["inference"]}, "an inference"
        if counted["update cycle"] and rates["update cycle"]:
            phases |= dict.fromkeys(("backward", "update"), counted["update cycle"])
            name = "a sample with its update"
        found = []
        if counted["inference"]:
            found.append(self._burst(self.battery, name, phases))
        if rates["programming"]:
            phases = {"program": counted["programming"]}
            if counted["calibration"]:
                phases["calibrate"] = counted["calibration"]
            found.append(self._burst(self.battery, "a set-up", phases))
        return [*found, *self._bursts_of_loads(self.battery)]

    @property
    def rise_c(self) -> tuple[float, float, float]:
        """Rise of temperature by all that the product takes; 0 without an implant."""
        if self.implant is None:
            return (0.0, 0.0, 0.0)
        low, value, high = (
            self.implant.rise_c(watts, bound)
            for watts, bound in zip(self.powers.watts, BOUNDS, strict=True)
        )
        return low, value, high

    @property
    def wear_years(self) -> float:
        """Years until the most pulsed cell has its endurance behind it.

        As if the same cell were the most pulsed one in learning and in set-ups.
        """
        updates = self.run.tally.updates / self.run.chips
        learning = self.run.worn_learning / updates if updates else 0.0
        a_day = learning * float(self.day.rates["update cycle"])
        a_day += self.run.worn_setup * float(self.day.rates["programming"])
        endurance = self.run.chip.load_device().endurance.value
        years = endurance / a_day / YEAR_DAYS if a_day else _FOR_EVER
        return min(years, _FOR_EVER)

    @property
    def wear_text(self) -> str:
        """The same in words; what is longer than anything lasts is said to be so."""
        if self.wear_years >= _FOR_EVER:
            return "over 10^6 years"
        return f"{digits(self.wear_years)} years"

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """Whether it is fast enough, bears its bursts, lasts, and stays cool."""
        return verdicts(self.day, self.powers, self.lives, self.bursts)

    @property
    def fails(self) -> list[Verdict]:
        """Those that don't fit."""
        return [verdict for verdict in self.verdicts if not verdict.fits]

    def metric(self, name: str) -> float:
        """One of :data:`METRICS`."""
        return float(METRICS[name](self))


METRICS: Final[dict[str, Any]] = {
    "battery_days": lambda b: b.life_days()[1],
    "battery_days_low": lambda b: b.life_days()[0],
    "battery_share_a_year": lambda b: b.lives.share_a_year()[1] if b.lives else 0.0,
    "average_uw": lambda b: b.powers.watts[1] * 1e6,
    "chip_uw": lambda b: b.powers.chip_watts[1] * 1e6,
    "day_mj": lambda b: b.powers.joules[1] * 1e3,
    "chip_day_mj": lambda b: b.day.total.value * 1e-27,
    "chip_share": lambda b: b.powers.chip_share,
    "temperature_k": lambda b: b.rise_c[1],
    "wear_years": lambda b: b.wear_years,
    "busy_share": lambda b: b.day.busy_s / DAY_S,
}
