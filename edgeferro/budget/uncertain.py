"""How sure a budget's figures are: draws of all that has a range, and whose they are.

Energies are sums of products, so that shares of their variance are exact. What follows
from them by a formula, a life and a rise of temperature, is worked out draw by
draw. Two budgets are compared over the same draws of what both share; a number that the
other one has otherwise, the same price in another price file, has draws of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.energy.draws import Draws, Paired, Spread
from edgeferro.energy.ends import BOUNDS, QJ
from edgeferro.energy.factors import Factor
from edgeferro.energy.units import DAY_S, YEAR_DAYS
from edgeferro.product.rows import factor
from edgeferro.product.words import amount, days_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeferro.budget.budget import Budget
    from edgeferro.files.read import Figure
    from edgeferro.product.battery import Battery

__all__ = ["Uncertain", "compared"]

_ENERGIES: Final = ("inference", "update", "day", "product")
_SAME: Final = 0.05  # of a number's ends


def _grouped(name: str, figure: Figure, group: str, power: int = 1) -> Factor:
    return factor(name, figure, power)._replace(group=group)


@dataclass(frozen=True)
class Uncertain:
    """Draws of a budget's figures.

    Attributes:
        budget: whose.
        draws: of what is uncertain in it.
    """

    budget: Budget
    draws: Draws

    @classmethod
    def of(cls, budget: Budget, apart: frozenset[str] = frozenset()) -> Uncertain:
        """Draw as often as the budget says; names of ``apart`` have their own draws."""
        return cls(budget, Draws(budget.draws, budget.seed, apart))

    @property
    def names(self) -> list[str]:
        """Figures that the budget has."""
        counted, found = self.budget.day.counted, list(_ENERGIES)
        if not counted["update cycle"]:
            found.remove("update")
        if self.budget.battery is not None and self.budget.battery.power_uw is None:
            found.append("battery")
        return [*found, "temperature"] if self.budget.implant is not None else found

    def unit(self, name: str) -> str:
        """Of a figure."""
        return {"battery": "days", "temperature": "K"}.get(name, "J")

    def values(self, name: str) -> np.ndarray:
        """Draws of a figure: joules, days or kelvins."""
        if name == "battery":
            return self._life()
        if name == "temperature":
            return self._rise()
        kind: Any = name
        return self.draws.total(self.budget.products(kind)) * QJ

    def spread(self, name: str) -> Spread:
        """Percentiles of a figure, and of an energy whose variance it is."""
        if name == "battery":
            return self.draws.of(self.values(name), self.budget.life_days()[1])
        if name == "temperature":
            return self.draws.of(self.values(name), self.budget.rise_c[1])
        kind: Any = name
        return self.draws.spread(self.budget.products(kind))

    def _drawn(self, name: str, figure: Figure | None, group: str) -> Any:
        return (
            0.0 if figure is None else self.draws.values(_grouped(name, figure, group))
        )

    def _life(self) -> np.ndarray:
        battery, watts = self.budget.battery, self.values("product") / DAY_S
        assert battery is not None
        charge = 3.6 * self._cell("capacity_mah") * self._cell("voltage_v")
        charge = charge * self.draws.values(self._pulsed(battery))
        loss = np.asarray(self._cell("self_discharge")) / (DAY_S * YEAR_DAYS)
        kept = np.maximum(loss, 1e-300)  # without a loss the logarithm is E / P
        seconds = np.log1p(kept * charge / watts) / kept
        seconds = np.where(loss > 0.0, seconds, charge / watts)
        shelf = np.asarray(self._cell("shelf_years")) * YEAR_DAYS
        days: np.ndarray = np.minimum(seconds / DAY_S, shelf)
        return days

    def _cell(self, name: str) -> Any:
        figure = getattr(self.budget.battery, name)
        return self._drawn(f"battery: {name}", figure, "battery")

    def _pulsed(self, battery: Battery) -> Factor:
        """Part of the capacity that is left under the load's pulses."""
        lives = self.budget.lives
        pulses = (0.0,) * 3 if lives is None else lives.pulse_ma
        ends = zip(reversed(pulses), BOUNDS, strict=True)
        low, value, high = (battery.usable(current, b) for current, b in ends)
        return Factor("battery: under pulses", low, value, high, 1, "battery")

    def _rise(self) -> np.ndarray:
        implant, watts = self.budget.implant, self.values("product") / DAY_S
        assert implant is not None
        area, k, perfusion = (
            np.asarray(self._drawn(f"tissue: {n}", getattr(implant, n), "tissue"))
            for n in ("area_mm2", "conductivity", "perfusion")
        )
        radius = np.sqrt(area * 1e-6 / (4.0 * math.pi))
        reach = np.sqrt(perfusion / k) * radius
        rise: np.ndarray = watts / (4.0 * math.pi * k * radius * (1.0 + reach))
        return rise

    def to_dict(self) -> dict[str, Any]:
        """All figures, for JSON."""
        return {
            name: {"unit": self.unit(name), **self.spread(name).to_dict()}
            for name in self.names
        }


def _numbers(budget: Budget) -> Iterator[tuple[str, tuple[float, float, float]]]:
    """Uncertain numbers that no price file says, by name, with their ends."""
    prices = {p.together or e for e, p in budget.run.energy.prices.events.items()}
    for term in budget.products("product"):
        for number in term.factors:
            if number.name not in prices and number.low < number.high:
                ends = (number.low, number.value, number.high)
                yield number.name, ends


def _apart(first: Budget, second: Budget) -> frozenset[str]:
    """Names that stand for other numbers in the second budget than in the first."""
    one, other = (budget.run.energy.prices.events for budget in (first, second))
    found = {
        price.together or event for event, price in other.items() if price != one[event]
    }
    known = dict(_numbers(first))
    for name, ends in _numbers(second):
        # nearly the same is the same one, at another point of its curve
        pairs = zip(known.get(name, ends), ends, strict=True)
        if not all(math.isclose(a, b, rel_tol=_SAME) for a, b in pairs):
            found.add(name)
    return frozenset(found)


def compared(first: Budget, second: Budget) -> dict[str, Any]:
    """Two budgets draw by draw: figures, ratio, and how often the second is below."""
    apart = _apart(first, second)
    one, other = Uncertain.of(first), Uncertain.of(second, apart)
    found: dict[str, Any] = {}
    for name in one.names:
        if name not in other.names:
            continue
        values = one.values(name), other.values(name)
        if not (values[0] > 0.0).all():
            continue
        shown = [_shown(each, name) for each in (one, other)]
        pair = Paired.of(*values).to_dict()
        found[name] = {"first": shown[0], "second": shown[1], **pair}
    return {"paired": found, "apart": sorted(apart)}


def _shown(one: Uncertain, name: str) -> str:
    typical = one.spread(name).typical
    unit = one.unit(name)
    return days_text(typical) if unit == "days" else amount(typical, unit)
