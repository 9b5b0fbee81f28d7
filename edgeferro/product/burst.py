"""Moments of much power: what they pull down, and the capacitor that carries them.

What a source can't give while a burst lasts has to come from a capacitor C at the rail,
which may fall from V to V - d: C (V^2 - (V - d)^2) / 2 is that energy. Afterwards the
source fills it again with what it has over the mean load.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from edgeferro.energy.ends import BOUNDS

if TYPE_CHECKING:
    from edgeferro.product.battery import Battery
    from edgeferro.product.parts import Supply

__all__ = ["Burst", "Stretch", "capacitor_f", "droop_v"]


def capacitor_f(joules: float, volts: float, droop: float) -> float:
    """Farads that give an energy while they fall by a droop."""
    return 2.0 * joules / (volts**2 - (volts - droop) ** 2)


def droop_v(joules: float, volts: float, farads: float) -> float:
    """How far a capacitor falls that gives an energy; all of it where it can't."""
    left = volts**2 - 2.0 * joules / farads
    return volts - math.sqrt(left) if left > 0.0 else volts


class Stretch(NamedTuple):
    """A stretch of a burst at one power: its energy at each end, and its time."""

    joules: dict[str, float]
    seconds: float

    def watts(self, bound: str) -> float:
        """Mean power while it lasts."""
        return self.joules[bound] / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class Burst:
    """What comes at once: stretches in a row, in a time of which it must be over.

    Attributes:
        name: of it.
        stretches: energies and times, at the rail.
        every_s: seconds from one to the next.
        battery: that has to give it.
        supply: the rail.
        mean_w: that is taken all the time, by ends.
        loads_ma: the largest current that a load takes for moments, beside it.
        least_v: of the cell, that what it feeds works from; 0 where its cut-off is all.
    """

    name: str
    stretches: tuple[Stretch, ...]
    every_s: float
    battery: Battery
    supply: Supply
    mean_w: dict[str, float]
    loads_ma: dict[str, float]
    least_v: float = 0.0

    @property
    def empty_v(self) -> float:
        """Voltage of a cell below which nothing works."""
        cutoff = self.battery.cutoff_v
        return max(self.least_v, 0.0 if cutoff is None else cutoff.value)

    def joules(self, bound: str = "value") -> float:
        """All of its energy."""
        return sum(stretch.joules[bound] for stretch in self.stretches)

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return sum(stretch.seconds for stretch in self.stretches)

    def peak_w(self, bound: str = "value") -> float:
        """Power of the stretch that takes the most."""
        return max(stretch.watts(bound) for stretch in self.stretches)

    def source_w(self, bound: str = "value") -> float:
        """What the source can give; 'high' for its low end, beside high energies."""
        return self.battery.peak_w("low" if bound == "high" else "value")

    def excess_j(self, bound: str = "value") -> float:
        """Energy that the source can't give while it lasts."""
        has = self.source_w(bound)
        return sum(max(0.0, s.joules[bound] - has * s.seconds) for s in self.stretches)

    def need_f(self, bound: str = "value") -> float:
        """Capacitor that it takes; 0 where the source gives it all."""
        volts, droop = self.supply.voltage.bound("value"), self.supply.droop.value
        return capacitor_f(self.excess_j(bound), volts, droop)

    def recharge_s(self, bound: str = "value") -> float:
        """Seconds until the capacitor is full again; for ever where none is left."""
        excess = self.excess_j(bound)
        over = self.source_w(bound) - self.mean_w[bound]
        if not excess:
            return 0.0
        return excess / over if over > 0.0 else math.inf

    def milliamperes(self, bound: str = "value") -> float:
        """Current from a cell at the burst's peak, with the largest load's beside."""
        volts = self.battery.voltage_v
        if volts is None:
            return 0.0
        watts = self.peak_w(bound) + self.mean_w[bound]
        end = "low" if bound == "high" else "value"
        return watts / volts.bound(end) * 1e3 + self.loads_ma[bound]

    def cell_v(self, bound: str = "value") -> float:
        """Voltage of a cell at the burst's peak."""
        end = "low" if bound == "high" else "value"
        return self.battery.volts(self.milliamperes(bound), end)

    def cell_droop_v(self, bound: str = "value") -> float:
        """How far its own resistance pulls a cell down."""
        volts = self.battery.voltage_v
        end = "low" if bound == "high" else "value"
        return 0.0 if volts is None else volts.bound(end) - self.cell_v(bound)

    def fits(self, bound: str = "value") -> bool:
        """Whether the source bears it, with a capacitor that is full again in time."""
        most = self.battery.peak_current_ma
        if self.battery.voltage_v is not None and self.cell_v(bound) <= self.empty_v:
            return False
        if most is not None and self.battery.internal_ohm is None:
            end = "low" if bound == "high" else "value"
            if self.milliamperes(bound) > most.bound(end):
                return False
        has = self.supply.capacitor
        if has is not None and has.bound("low") * 1e-6 < self.need_f(bound):
            return False
        return self.recharge_s(bound) <= self.every_s

    def ends(self, name: str) -> tuple[float, float, float]:
        """One of its figures, as a method is called, low, typical, high."""
        low, value, high = (float(getattr(self, name)(bound)) for bound in BOUNDS)
        return low, value, high
