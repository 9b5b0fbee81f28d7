"""The numbers that could turn a verdict: what each end of their range makes of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from edgeferro.energy.ends import QJ_PER_J
from edgeferro.energy.units import DAY_S
from edgeferro.product.words import amount, days_span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeferro.budget.budget import Budget
    from edgeferro.files.read import Figure
    from edgeferro.product.limits import Lives

__all__ = ["Turner", "turners"]

_HELD: Final = ("capacity_mah", "voltage_v", "self_discharge", "shelf_years")


@dataclass(frozen=True)
class Turner:
    """One uncertain number, all others typical.

    Attributes:
        name: of it.
        low: days of life at its low end; watts, where there is no cell.
        high: the same at its high end.
        days: whether days are told, and not watts.
    """

    name: str
    low: float
    high: float
    days: bool

    @property
    def size(self) -> float:
        """How many times the answer moves between the ends."""
        return abs(math.log(max(self.high, 1e-30) / max(self.low, 1e-30)))

    @property
    def text(self) -> str:
        """Name, and what both ends make of it."""
        if self.days:
            return f"{self.name} {days_span(self.low, self.high)}"
        return f"{self.name} {amount(self.low, 'W')} .. {amount(self.high, 'W')}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        unit = "days" if self.days else "W"
        ends = {"low": self.low, "high": self.high}
        return {"name": self.name, "unit": unit, **ends, "text": self.text}


def _loads(budget: Budget) -> Iterator[tuple[str, float, float]]:
    """Mean power at both ends of each number that the load is a product of, watts."""
    terms = budget.products("product")
    ranged = {f.name for t in terms for f in t.factors if f.low < f.high}
    for name in sorted(ranged):
        both = []
        for which in ("low", "high"):
            # the end that the number itself has there, whatever its power
            total = 0.0
            for term in terms:
                part = term.scale
                for f in term.factors:
                    end = f.low if which == "low" else f.high
                    part *= (end if f.name == name else f.value) ** f.power
                total += part
            both.append(total / QJ_PER_J / DAY_S)
        yield name, both[0], both[1]


def _held(lives: Lives, name: str, figure: Figure) -> tuple[float, float]:
    """Days at both ends of what a cell holds."""
    days = [
        lives.battery.model_copy(
            update={name: figure.model_copy(update={"value": figure.bound(end)})}
        ).days(lives.watts[1], "value", lives.pulse_ma[1])
        for end in ("low", "high")
    ]
    return days[0], days[1]


def turners(budget: Budget, most: int = 3) -> list[Turner]:
    """The numbers that move the life of a cell most, or the power where there is none.

    Args:
        budget: of which.
        most: how many.
    """
    lives, found = budget.lives, []
    cell = lives is not None and lives.battery.power_uw is None
    for name, low, high in _loads(budget):
        ends = (low, high)
        if cell and lives is not None:
            pulse = lives.pulse_ma[1]
            ends = (
                lives.battery.days(low, "value", pulse),
                lives.battery.days(high, "value", pulse),
            )
        found.append(Turner(name, *ends, days=cell))
    if cell and lives is not None:
        battery = lives.battery
        for name in _HELD:
            figure = getattr(battery, name)
            ends = _held(lives, name, figure)
            found.append(Turner(f"{battery.name}: {name}", *ends, days=True))
    moving = [turner for turner in found if turner.size > 1e-6]
    return sorted(moving, key=lambda turner: (-turner.size, turner.name))[:most]
