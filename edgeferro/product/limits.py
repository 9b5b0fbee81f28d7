"""How long a battery lasts, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edgeferro.energy.ends import BOUNDS, Ends
from edgeferro.energy.units import DAY_S, YEAR_DAYS

if TYPE_CHECKING:
    from edgeferro.product.battery import Battery

__all__ = ["Limit", "Lives"]

_WORST: Final = {"low": 2, "value": 1, "high": 0}  # a short life goes with much power


@dataclass(frozen=True)
class Limit:
    """One thing that ends a life.

    Attributes:
        name: of it.
        days: until then: shortest, typical, longest.
    """

    name: str
    days: Ends


@dataclass(frozen=True)
class Lives:
    """A battery under a load.

    Attributes:
        battery: a cell or a harvester.
        watts: mean load, low, typical, high.
        pulse_ma: current of the pulses that it is asked for, low, typical, high.
    """

    battery: Battery
    watts: Ends
    pulse_ma: Ends = (0.0, 0.0, 0.0)

    def _ends(self, days: dict[str, float]) -> Ends:
        return days["low"], days["value"], days["high"]

    @property
    def days(self) -> Ends:
        """Life, or time from charge to charge: shortest, typical, longest."""
        battery = self.battery
        return self._ends(
            {
                b: battery.days(self.watts[_WORST[b]], b, self.pulse_ma[_WORST[b]])
                for b in BOUNDS
            }
        )

    def share_a_year(self) -> Ends:
        """Part of the charge that load and self-discharge take a year."""
        low, value, high = (
            self.watts[k] * DAY_S * YEAR_DAYS / joules + battery.loss_per_year(end)
            if (joules := battery.joules(end, self.pulse_ma[k]))
            else 0.0
            for k, end, battery in zip(
                range(3), ("high", "value", "low"), [self.battery] * 3, strict=True
            )
        )
        return low, value, high

    @property
    def limits(self) -> list[Limit]:
        """What ends it, the soonest first at typical figures."""
        battery = self.battery
        if battery.power_uw is not None:
            return [Limit("harvest", self.days)]
        charge = {
            b: battery.charge_days(self.watts[_WORST[b]], b, self.pulse_ma[_WORST[b]])
            for b in BOUNDS
        }
        name = "load" if self.watts[1] >= battery.loss_w() else "self-discharge"
        shelf = self._ends({b: battery.shelf_days(b) for b in BOUNDS})
        found = [Limit(name, self._ends(charge)), Limit("shelf", shelf)]
        if battery.cycles is not None:
            times = [battery.cycles.bound(b) for b in BOUNDS]
            spent = [n * d for n, d in zip(times, self._ends(charge), strict=True)]
            found.append(Limit("charge cycles", (spent[0], spent[1], spent[2])))
        return sorted(found, key=lambda limit: limit.days[1])

    @property
    def binding(self) -> Limit:
        """What ends it first."""
        return self.limits[0]

    @property
    def service(self) -> Limit | None:
        """What ends a rechargeable cell, whatever it is charged: cycles, or shelf."""
        if self.battery.kind != "rechargeable":
            return None
        return next(x for x in self.limits if x.name in {"charge cycles", "shelf"})
