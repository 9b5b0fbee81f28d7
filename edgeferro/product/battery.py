"""Batteries and harvesters: what they hold, and how long that lasts."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import model_validator

from edgeferro.energy.units import DAY_S, YEAR_DAYS
from edgeferro.files.read import Figure, Shipped, Text
from edgeferro.product.convert import kept_in

__all__ = ["Battery", "life_days"]

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
    power_uw: Annotated[Figure | None, kept_in("uW")] = None

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
        for name in (*cell, "power_uw"):
            given = getattr(self, name) is not None
            if given and name not in wanted:
                message = f"{name}: has no effect on a {self.kind}"
                raise ValueError(message)
            if not given and name in wanted:
                message = f"{name}: missing"
                raise ValueError(message)
        cutoff, volts = self.cutoff_v, self.voltage_v
        if cutoff is not None and volts is not None and cutoff.value >= volts.value:
            message = f"cutoff_v.value: {cutoff.value} is not below {volts.value}"
            raise ValueError(message)
        return self

    def joules(self, bound: str = "value") -> float:
        """What a cell holds; 0 of a harvester."""
        if self.capacity_mah is None or self.voltage_v is None:
            return 0.0
        charge = self.capacity_mah.bound(bound) * 3.6
        return charge * self.voltage_v.bound(bound)

    def days(self, watts: float, bound: str = "value") -> float:
        """Days of life at a mean power; a harvester lasts for ever or not at all.

        No cell lasts longer than on the shelf.

        Args:
            watts: mean power.
            bound: 'low' for the shortest life, with the least charge and the largest
                loss, 'value' or 'high'.
        """
        if self.power_uw is not None:
            return _NEVER if watts <= self.power_uw.bound(bound) * 1e-6 else 0.0
        worst = {"low": "high", "value": "value", "high": "low"}[bound]
        loss = self.self_discharge.bound(worst) if self.self_discharge else 0.0
        shelf = (
            self.shelf_years.bound(bound) * YEAR_DAYS if self.shelf_years else _NEVER
        )
        return min(life_days(self.joules(bound), watts, loss), shelf)

    def peak_w(self, bound: str = "value") -> float:
        """Power that it can give for moments, watts, typical or at its low end."""
        if self.power_uw is not None:
            return self.power_uw.bound(bound) * 1e-6
        if self.peak_current_ma is None or self.cutoff_v is None:
            return math.inf
        return self.peak_current_ma.bound(bound) * 1e-3 * self.cutoff_v.bound(bound)
