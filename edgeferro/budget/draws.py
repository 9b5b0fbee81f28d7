"""How sure a total is: the ends of all ranges, and draws from within them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edgeferro.energy.report import Quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Spread", "Swing", "draw", "tornado"]


@dataclass(frozen=True)
class Spread:
    """Percentiles of a total over draws of its prices, joules.

    Attributes:
        p5: 5 of 100 draws lie below.
        p50: median.
        p95: 5 of 100 draws lie above.
        draws: how many.
        seed: of the draws.
    """

    p5: float
    p50: float
    p95: float
    draws: int
    seed: int


def _factors(
    quantity: Quantity, draws: int, rng: np.random.Generator
) -> np.ndarray | float:
    """Draw one price: triangular in the logarithm, its mode the typical value."""
    low, value, high = (float(q) for q in (quantity.low, quantity.value, quantity.high))
    if low == high:
        return value
    if low <= 0.0:
        return rng.triangular(low, value, high, draws)
    return np.exp(rng.triangular(np.log(low), np.log(value), np.log(high), draws))


def draw(events: Mapping[str, Quantity], draws: int, seed: int) -> Spread:
    """Draw all prices, each by itself, and sum.

    Args:
        events: energy by event; each is one price.
        draws: 100..1000000.
        seed: the same seed gives the same figures.
    """
    rng = np.random.default_rng(seed)
    total = np.zeros(draws)
    for quantity in events.values():
        total += _factors(quantity, draws, rng)
    low, middle, high = np.quantile(total * 1e-30, [0.05, 0.5, 0.95]).tolist()
    return Spread(low, middle, high, draws, seed)


@dataclass(frozen=True)
class Swing:
    """What one price does to a total, all others typical.

    Attributes:
        event: whose price.
        low: total at its low end.
        high: total at its high end.
    """

    event: str
    low: int
    high: int

    @property
    def size(self) -> int:
        """Distance between the ends."""
        return self.high - self.low


def tornado(events: Mapping[str, Quantity]) -> list[Swing]:
    """The prices that move the total most, first."""
    total = sum(quantity.value for quantity in events.values())
    swings = [
        Swing(event, total - q.value + q.low, total - q.value + q.high)
        for event, q in events.items()
    ]
    return sorted(swings, key=lambda swing: (-swing.size, swing.event))
