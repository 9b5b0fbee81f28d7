"""Batteries and harvesters: what they hold, and how long that lasts."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from edgeferro.energy.units import DAY_S, YEAR_DAYS
from edgeferro.files.read import Figure, Real, Shipped, Text
from edgeferro.product.convert import kept_in

__all__ = ["Battery", "Pulsed", "life_days"]

_NEVER: Final = 1e6  # days; longer than anything lasts


def life_days(joules: float, watts: float, loss_per_year: float) -> float:
    """Days until a store is empty that loses a part of what it holds by itself.

    dE/dt = -P - s E, so t = ln(1 + s E / P) / s; without loss E / P.
    """
    if watts <= 0.0 and loss_per_year <= 0.0:
        return _NEVER
    if watts <= 0.0:
        return _NEVER  # it fades, and is never asked for anything
    rate = loss_per_year / (DAY_S * YEAR_DAYS)
    seconds = math.log1p(rate * joules / watts) / rate if rate else joules / watts
    return min(seconds / DAY_S, _NEVER)


class Pulsed(Figure):
    """Part of its capacity that a cell gives in pulses of a current."""

    current_ma: Annotated[Real, Field(gt=0.0, le=1e6)]


class Battery(Shipped):
    """A cell, or a harvester.

    Attributes:
        name: as in chip files.
        description: one sentence.
        kind: 'primary', 'rechargeable' or 'harvester'.
        capacity_mah: of a cell, down to the cut-off.
        voltage_v: mean voltage of a cell while it is discharged.
        cutoff_v: where it counts as empty.
        self_discharge: part of the charge lost a year.
        shelf_years: after which a cell is not to be trusted, used or not.
        peak_current_ma: what it can give for moments.
        internal_ohm: resistance within, fresh, typical and near its end: how far a
            burst pulls the voltage down. Where it is not said, a burst may take no
            more than the peak current.
        under_pulses: part of the capacity that is left under pulses, by rising current;
            all of it below the first current, and where nothing is said.
        cycles: charges that a rechargeable cell bears; where they are not said, they
            limit nothing.
        power_uw: of a harvester.
    """

    FOLDER: ClassVar = "batteries"

    name: Text
    description: Text
    kind: Literal["primary", "rechargeable", "harvester"]
    capacity_mah: Annotated[Figure | None, kept_in("mAh")] = None
    voltage_v: Annotated[Figure | None, kept_in("V")] = None
    cutoff_v: Annotated[Figure | None, kept_in("V", high=False)] = None
    self_discharge: Annotated[Figure | None, kept_in("1/year", zero=True)] = None
    shelf_years: Annotated[Figure | None, kept_in("year")] = None
    peak_current_ma: Annotated[Figure | None, kept_in("mA", high=False)] = None
    internal_ohm: Annotated[Figure | None, kept_in("Ohm")] = None
    under_pulses: Annotated[tuple[Pulsed, ...], Field(max_length=64)] = ()
    cycles: Annotated[Figure | None, kept_in("1")] = None
    power_uw: Annotated[Figure | None, kept_in("uW")] = None

    @model_validator(mode="after")
    def _pulsed(self) -> Self:
        currents = [point.current_ma for point in self.under_pulses]
        if currents != sorted(set(currents)):
            message = "under_pulses: current_ma does not rise from point to point"
            raise ValueError(message)
        for index, point in enumerate(self.under_pulses):
            low, high = point.bound("low"), point.bound("high")
            if point.unit != "1" or not 0.0 < low <= high <= 1.0:
                message = (
                    f"under_pulses[{index}]: {low:g}..{high:g} {point.unit} is not "
                    "above 0 and at most 1, of unit '1'"
                )
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _physical(self) -> Self:
        cell = (
            "capacity_mah",
            "voltage_v",
            "cutoff_v",
            "self_discharge",
            "shelf_years",
            "peak_current_ma",
        )
        wanted = ("power_uw",) if self.kind == "harvester" else cell
        more = {"harvester": [], "primary": ["internal_ohm", "under_pulses"]}
        more["rechargeable"] = [*more["primary"], "cycles"]
        for name in (*cell, "power_uw", "internal_ohm", "under_pulses", "cycles"):
            given = getattr(self, name) not in {None, ()}
            if name in more[self.kind]:
                continue
            if given and name not in wanted:
                message = f"{name}: has no effect on a {self.kind}"
                raise ValueError(message)
            if not given and name in wanted:
                message = f"{name}: missing"
                raise ValueError(message)
        cutoff, volts = self.cutoff_v, self.voltage_v
        if cutoff is not None and volts is not None:
            least = volts.bound("low")
            if cutoff.value >= least:
                message = f"cutoff_v.value: {cutoff.value} is not below {least}"
                raise ValueError(message)
        return self

    def usable(self, pulse_ma: float, bound: str = "value") -> float:
        """Part of the capacity that is left under pulses of a current, 0..1.

        All of it below the first current that is told of; beyond the last, what is
        left there.
        """
        if not self.under_pulses or pulse_ma < self.under_pulses[0].current_ma:
            return 1.0
        points = self.under_pulses
        for below, above in pairwise(points):
            if pulse_ma <= above.current_ma:
                share = pulse_ma - below.current_ma
                share /= above.current_ma - below.current_ma
                low, high = below.bound(bound), above.bound(bound)
                return low + share * (high - low)
        return points[-1].bound(bound)

    def joules(self, bound: str = "value", pulse_ma: float = 0.0) -> float:
        """What a cell gives under pulses of a current; 0 of a harvester."""
        if self.capacity_mah is None or self.voltage_v is None:
            return 0.0
        charge = self.capacity_mah.bound(bound) * 3.6 * self.usable(pulse_ma, bound)
        return charge * self.voltage_v.bound(bound)

    def loss_per_year(self, bound: str = "value") -> float:
        """Part of its charge lost a year, at an end of its life: 'low' loses most."""
        worst = {"low": "high", "value": "value", "high": "low"}[bound]
        return self.self_discharge.bound(worst) if self.self_discharge else 0.0

    def loss_w(self, bound: str = "value") -> float:
        """Self-discharge of a full cell as a power, watts."""
        year_s = DAY_S * YEAR_DAYS
        return self.joules(bound) * self.loss_per_year(bound) / year_s

    def shelf_days(self, bound: str = "value") -> float:
        """Days after which it is not to be trusted."""
        years = self.shelf_years
        return _NEVER if years is None else years.bound(bound) * YEAR_DAYS

    def charge_days(
        self, watts: float, bound: str = "value", pulse_ma: float = 0.0
    ) -> float:
        """Days until load and self-discharge together have emptied a cell."""
        joules = self.joules(bound, pulse_ma)
        return life_days(joules, watts, self.loss_per_year(bound))

    def days(self, watts: float, bound: str = "value", pulse_ma: float = 0.0) -> float:
        """Days of life at a mean power; a harvester lasts for ever or not at all.

        No cell lasts longer than on the shelf.

        Args:
            watts: mean power.
            bound: 'low' for the shortest life, with the least charge and the largest
                loss, 'value' or 'high'.
            pulse_ma: current of the pulses that it is asked for.
        """
        if self.power_uw is not None:
            return _NEVER if watts <= self.power_uw.bound(bound) * 1e-6 else 0.0
        return min(self.charge_days(watts, bound, pulse_ma), self.shelf_days(bound))

    def peak_w(self, bound: str = "value") -> float:
        """Power that it can give for moments, watts, typical or at its low end."""
        if self.power_uw is not None:
            return self.power_uw.bound(bound) * 1e-6
        if self.peak_current_ma is None or self.cutoff_v is None:
            return math.inf
        return self.peak_current_ma.bound(bound) * 1e-3 * self.cutoff_v.bound(bound)

    def volts(self, milliamperes: float, bound: str = "value") -> float:
        """Voltage under a current; 'low' with the resistance near its end."""
        if self.voltage_v is None:
            return 0.0
        worst = {"low": "high", "value": "value", "high": "low"}[bound]
        ohm = 0.0 if self.internal_ohm is None else self.internal_ohm.bound(worst)
        return self.voltage_v.bound(bound) - milliamperes * 1e-3 * ohm
