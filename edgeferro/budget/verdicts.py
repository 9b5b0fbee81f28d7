"""Whether a product is fast enough, bears its bursts, lasts and stays cool."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeferro.energy.ends import QJ
from edgeferro.energy.units import DAY_S
from edgeferro.product.words import amount, count_text, days_text, digits, percent

if TYPE_CHECKING:
    from edgeferro.budget.day import Day
    from edgeferro.product.burst import Burst
    from edgeferro.product.implant import Implant
    from edgeferro.product.limits import Lives
    from edgeferro.product.parts import Regulator
    from edgeferro.product.powers import Powers

__all__ = ["Verdict", "burst_text", "limit_text", "verdicts"]


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


def _regulator(powers: Powers, day: Day, regulator: Regulator) -> Verdict:
    """All loads on, and the chip in the phase that takes the most."""
    parts = powers.product.parts.values()
    loads = {
        bound: sum(
            part.power.bound(bound) * 1e-6
            for part in parts
            if part.power is not None and part.rail == "regulator"
        )
        for bound in ("value", "high")
    }
    _, (_, chip, chip_high) = day.peak_w
    leaks = day.lines["idle", "leak_bit"] + day.lines["idle", "leak_base"]
    chip += leaks.value * QJ / DAY_S  # at work, too
    chip_high += leaks.high * QJ / DAY_S
    need, most = loads["value"] + chip, loads["high"] + chip_high
    gives = regulator.most_uw.value * 1e-6
    return Verdict(
        "regulator",
        need <= gives,
        f"all loads on and the chip at its most take {amount(need, 'W')} (up to "
        f"{amount(most, 'W')}) of {amount(gives, 'W')}",
        most <= regulator.most_uw.bound("low") * 1e-6,
    )


def burst_text(burst: Burst) -> str:
    """Energy and time, what it pulls down, and the capacitor that it takes."""
    battery, volts = burst.battery, burst.supply.voltage.value
    text = (
        f"{burst.name} takes {amount(burst.joules(), 'J')} in "
        f"{amount(burst.seconds, 's')}, up to {amount(burst.peak_w(), 'W')}"
    )
    if battery.internal_ohm is not None and battery.cutoff_v is not None:
        text += (
            f"; with what else it gives, {amount(burst.milliamperes() * 1e-3, 'A')}, "
            f"{battery.name} falls by {amount(burst.cell_droop_v(), 'V')} to "
            f"{max(0.0, burst.cell_v()):.2f} V (which has to stay above "
            f"{burst.empty_v:g} V)"
        )
    elif battery.peak_current_ma is not None:
        text += (
            f"; with what else it gives, {amount(burst.milliamperes() * 1e-3, 'A')} "
            f"of {amount(battery.peak_current_ma.value * 1e-3, 'A')} for moments"
        )
    need, droop = burst.need_f(), burst.supply.droop.value
    if not need:
        return f"{text}; no capacitor is needed" if burst.fits() else text
    again = burst.recharge_s()
    filled = (
        "which never fills again"
        if math.isinf(again)
        else f"full again in {amount(again, 's')} of {amount(burst.every_s, 's')}"
    )
    has = burst.supply.capacitor
    there = "" if has is None else f"; {amount(has.value * 1e-6, 'F')} are there"
    return (
        f"{text}; {battery.name} gives {amount(burst.source_w(), 'W')}, so it takes "
        f"{amount(need, 'F')} at {volts:g} V that bear a droop of {droop:g} V, "
        f"{filled}{there}"
    )


def _harvest(lives: Lives) -> list[Verdict]:
    """Mean power of a harvester against the mean load."""
    battery = lives.battery
    if battery.power_uw is None:
        return []
    power, least = (battery.power_uw.bound(b) * 1e-6 for b in ("value", "low"))
    _, need, most = lives.watts
    text = (
        f"needs {amount(need, 'W')} (up to {amount(most, 'W')}) of "
        f"{amount(power, 'W')} that {battery.name} gives"
    )
    return [Verdict("harvest", need <= power, text, most <= least)]


def _life(lives: Lives, wanted: float | None) -> list[Verdict]:
    """Life against what is asked of it, where something is."""
    if wanted is None:
        return []
    low, days, _ = lives.days
    text = f"{days_text(days)} of {days_text(wanted)} that are wanted"
    return [Verdict("life", days >= wanted, text, low >= wanted)]


def _heat(powers: Powers, implant: Implant) -> list[Verdict]:
    """Rise of temperature, and power over the package's surface."""
    _, watts, high = powers.watts
    rise, density = implant.rise_c(watts), implant.density_mw_cm2(watts)
    limit, most = implant.limit_c.value, implant.limit_mw_cm2.value
    margin = (
        f"{digits(limit / rise)} times the power would reach it" if rise else "none"
    )
    return [
        Verdict(
            "temperature",
            rise <= limit,
            f"{amount(rise, 'K')} of {limit:g} K at the surface of {implant.name}, "
            f"{amount(implant.rise_c(1e-3), 'K')} a milliwatt (a Utah array in brain: "
            f"29 mK, Kim 2007); {margin}",
            implant.rise_c(high, "high") <= implant.limit_c.bound("low"),
        ),
        Verdict(
            "power density",
            density <= most,
            f"{digits(density)} mW/cm2 of {most:g} mW/cm2",
            implant.density_mw_cm2(high, "high") <= implant.limit_mw_cm2.bound("low"),
        ),
    ]


def verdicts(
    day: Day, powers: Powers, lives: Lives | None, bursts: list[Burst]
) -> list[Verdict]:
    """Everything that is judged, in the order in which it is told.

    Args:
        day: of the chip.
        powers: of the product.
        lives: of its battery, if there is one.
        bursts: that the battery has to give.
    """
    period_s, product = day.usage.sample_period_s, powers.product
    share = day.sample_s / period_s
    found = [
        Verdict(
            "speed",
            share <= 1.0,
            f"a sample with its update takes {amount(day.sample_s, 's')} of "
            f"{amount(period_s, 's')} ({percent(share)})",
        ),
        Verdict(
            "day",
            day.busy_s <= DAY_S,
            f"awake {digits(day.busy_s / 3600)} h of 24 h",
        ),
    ]
    if product.regulator is not None:
        found.append(_regulator(powers, day, product.regulator))
    for burst in bursts:
        surely = burst.fits("high")
        found.append(Verdict("burst", burst.fits(), burst_text(burst), surely))
    if lives is not None:
        found += [*_harvest(lives), *_life(lives, product.wanted_days)]
    if powers.implant is not None:
        found += _heat(powers, powers.implant)
    return found


def limit_text(lives: Lives | None, largest: tuple[str, float]) -> str:
    """What ends the battery's life, by name, and what takes the most of it.

    Args:
        lives: of the battery, if there is one.
        largest: what takes the most of it, and its part of all.
    """
    if lives is None:
        return "no battery is said"
    battery, (most, part) = lives.battery, largest
    name, joules = lives.binding.name, battery.joules()
    watts, loss = lives.watts[1], battery.loss_w()
    by = f"{percent(part)} of it {most}" if part else "nothing takes any"
    if name == "harvest":
        return f"what is harvested: {amount(watts, 'W')} are taken, {by}"
    if name == "shelf":
        years = battery.shelf_days() / 365.25
        used = watts * DAY_S * battery.shelf_days() / joules
        return (
            f"shelf, not load: the load takes {percent(used)} of {battery.name} in "
            f"{count_text(years)} years, self-discharge "
            f"{percent(battery.loss_per_year() * years)}"
        )
    if name == "self-discharge":
        return (
            f"self-discharge, not load: {amount(loss, 'W')} of {battery.name} beside "
            f"{amount(watts, 'W')} of load"
        )
    return (
        f"load: {amount(watts, 'W')}, {by}; self-discharge of {battery.name} is "
        f"{amount(loss, 'W')} beside it"
    )
