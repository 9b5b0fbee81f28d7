"""A budget: a run, a way of use, a battery and perhaps an implant, put together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from edgeferro.budget.day import Day
from edgeferro.budget.draws import Spread, Swing, draw, tornado
from edgeferro.energy.units import DAY_S, YEAR_DAYS
from edgeferro.product.battery import Battery
from edgeferro.product.implant import Implant

if TYPE_CHECKING:
    from edgeferro.budget.counts import RunFigures
    from edgeferro.chip.chip import Chip
    from edgeferro.chip.sections import UsagePart

__all__ = ["BOUNDS", "METRICS", "Budget", "Verdict", "find_battery", "find_implant"]

BOUNDS: Final = ("low", "value", "high")
_FOR_EVER: Final = 1e6  # years; what is longer is of no interest
_WORST: Final = {"low": 2, "value": 1, "high": 0}  # a short life goes with much power


@dataclass(frozen=True)
class Verdict:
    """One line of judgement.

    Attributes:
        name: what is judged.
        fits: whether it is within its limit at typical prices.
        text: number, limit and margin.
        surely: whether it is at the high end of all prices too.
    """

    name: str
    fits: bool
    text: str
    surely: bool = True

    @property
    def word(self) -> str:
        """The judgement in words."""
        if not self.fits:
            return "FAILS"
        return "fits" if self.surely else "fits at typical prices only"


def find_battery(chip: Chip, usage: UsagePart) -> Battery | None:
    """The battery that a chip is used with, if there is one.

    Raises:
        ConfigError: no such file, or a faulty one.
    """
    return None if usage.battery == "none" else chip.named(Battery, usage.battery)


def find_implant(chip: Chip, usage: UsagePart) -> Implant | None:
    """The implant that a chip is used in, if it is one.

    Raises:
        ConfigError: no such file, or a faulty one.
    """
    return None if usage.implant == "none" else chip.named(Implant, usage.implant)


@dataclass(frozen=True)
class Budget:
    """Everything that follows from a run and a way of use.

    Attributes:
        run: counts and marks.
        usage: rates, battery and implant.
        draws: of prices.
        seed: of the draws.
    """

    run: RunFigures
    usage: UsagePart
    draws: int = 10_000
    seed: int = 0

    @cached_property
    def day(self) -> Day:
        """A day of use."""
        return Day(self.run, self.usage)

    @cached_property
    def idle_day(self) -> Day:
        """The same without learning."""
        return Day(self.run, self.usage.model_copy(update={"updates_per_day": 0.0}))

    @cached_property
    def battery(self) -> Battery | None:
        """The battery, if there is one."""
        return find_battery(self.run.chip, self.usage)

    @cached_property
    def implant(self) -> Implant | None:
        """The implant, if it is one."""
        return find_implant(self.run.chip, self.usage)

    @cached_property
    def spread(self) -> Spread:
        """The day's energy over draws of all prices."""
        return draw(self.day.products, self.draws, self.seed)

    @cached_property
    def tornado(self) -> list[Swing]:
        """The uncertain numbers that move the day's energy most."""
        return tornado(self.day.products)

    def life_days(self, *, learning: bool = True) -> tuple[float, float, float]:
        """Days of the battery: shortest, typical, longest; 0 without one."""
        if self.battery is None:
            return (0.0, 0.0, 0.0)
        watts = (self.day if learning else self.idle_day).average_w
        low, value, high = (
            self.battery.days(watts[_WORST[bound]], bound) for bound in BOUNDS
        )
        return low, value, high

    @property
    def rise_c(self) -> tuple[float, float, float]:
        """Rise of temperature with the implant's other parts; 0 without an implant."""
        if self.implant is None:
            return (0.0, 0.0, 0.0)
        low, value, high = (
            self.implant.rise_c(watts, bound)
            for watts, bound in zip(self._warming(self.implant), BOUNDS, strict=True)
        )
        return low, value, high

    def _warming(self, implant: Implant) -> list[float]:
        """Power that warms the tissue, the implant's other parts with it, watts."""
        ends = zip(self.day.average_w, BOUNDS, strict=True)
        return [w + implant.other_mw.bound(bound) * 1e-3 for w, bound in ends]

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
        """The same in words; what is cut off is said to be more."""
        over = "over " if self.wear_years >= _FOR_EVER else ""
        return f"{over}{self.wear_years:.3g} years"

    @property
    def verdicts(self) -> list[Verdict]:
        """Whether it is fast enough, lasts, and stays cool."""
        day, usage = self.day, self.usage
        share = day.sample_s / usage.sample_period_s
        found = [
            Verdict(
                "speed",
                share <= 1.0,
                f"a sample with its update takes {day.sample_s * 1e3:.3g} ms of "
                f"{usage.sample_period_s * 1e3:g} ms ({100 * share:.3g} %)",
            ),
            Verdict(
                "day",
                day.busy_s <= DAY_S,
                f"awake {day.busy_s / 3600:.3g} h of 24 h",
            ),
        ]
        if self.battery is not None:
            found.append(self._peak(self.battery))
        if self.battery is not None and self.battery.power_uw is not None:
            power = self.battery.power_uw.value
            _, need, most = (w * 1e6 for w in day.average_w)
            text = f"needs {need:.3g} uW (up to {most:.3g}) of {power:g} uW"
            least = self.battery.power_uw.bound("low")
            found.append(Verdict("harvest", need <= power, text, most <= least))
        if self.implant is not None:
            found += self._heat(self.implant)
        return found

    def _peak(self, battery: Battery) -> Verdict:
        name, (_, watts, high) = self.day.peak_w
        most = battery.peak_w()
        return Verdict(
            "peak",
            watts <= most,
            f"{watts * 1e6:.3g} uW (up to {high * 1e6:.3g}) in phase {name}, mean "
            f"while it goes on, of {most * 1e6:.3g} uW that {battery.name} can give",
            high <= battery.peak_w("low"),
        )

    def _heat(self, implant: Implant) -> list[Verdict]:
        _, watts, high = self._warming(implant)
        rise, density = self.rise_c[1], implant.density_mw_cm2(watts)
        limit, most = implant.limit_c.value, implant.limit_mw_cm2.value
        margin = (
            f"{limit / rise:.3g} times the power would reach it" if rise else "none"
        )
        return [
            Verdict(
                "temperature",
                rise <= limit,
                f"{rise:.3g} K of {limit:g} K at the surface of {implant.name}; "
                f"{margin}",
                self.rise_c[2] <= implant.limit_c.bound("low"),
            ),
            Verdict(
                "power density",
                density <= most,
                f"{density:.3g} mW/cm2 of {most:g} mW/cm2",
                implant.density_mw_cm2(high, "high")
                <= implant.limit_mw_cm2.bound("low"),
            ),
        ]

    def metric(self, name: str) -> float:
        """One of :data:`METRICS`."""
        return float(METRICS[name](self))


METRICS: Final[dict[str, Any]] = {
    "battery_days": lambda b: b.life_days()[1],
    "battery_days_low": lambda b: b.life_days()[0],
    "average_uw": lambda b: b.day.average_w[1] * 1e6,
    "day_mj": lambda b: b.day.total.value * 1e-27,
    "temperature_k": lambda b: b.rise_c[1],
    "wear_years": lambda b: b.wear_years,
    "busy_share": lambda b: b.day.busy_s / DAY_S,
}
