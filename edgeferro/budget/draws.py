"""How sure a total is: the ends of all ranges, and draws from within them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.energy.factors import Product

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


def _names(products: Sequence[Product]) -> list[str]:
    """Names of all factors that have a range, in order."""
    found = {f.name: None for p in products for f in p.factors if f.low < f.high}
    return list(found)


def draw(products: Sequence[Product], draws: int, seed: int) -> Spread:
    """Draw all that is uncertain, each once, and sum.

    Args:
        products: energies; factors of one name rise and fall together.
        draws: 100..1000000.
        seed: the same seed gives the same figures.
    """
    rng = np.random.default_rng(seed)
    middle = np.full(draws, 0.5)  # of a factor without a range
    parts = {f.name: middle for p in products for f in p.factors}
    for name in _names(products):
        parts[name] = rng.random(draws)
    total = np.zeros(draws)
    for product in products:
        total += product.drawn(parts)
    low, half, high = np.quantile(total * 1e-30, [0.05, 0.5, 0.95]).tolist()
    return Spread(low, half, high, draws, seed)


@dataclass(frozen=True)
class Swing:
    """What one uncertain number does to a total, all others typical.

    Attributes:
        event: whose price, or the number's own name.
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


def tornado(products: Sequence[Product]) -> list[Swing]:
    """The uncertain numbers that move the total most, first."""
    swings = []
    for name in _names(products):
        ends = {"low": 0.0, "high": 0.0}
        for product, which in ((p, w) for p in products for w in ends):
            ends[which] += product.at_end(name, which)
        swings.append(Swing(name, round(ends["low"]), round(ends["high"])))
    return sorted(swings, key=lambda swing: (-swing.size, swing.event))
