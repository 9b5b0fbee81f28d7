"""How sure a total is: draws of all that is uncertain in it, and who owns the spread.

Each uncertain number is drawn once, from its own stream of random numbers that its name
and the seed begin: two budgets that share a number share its draws, so that they can be
subtracted or divided draw by draw. Numbers are independent, but those that a file
declares to go together, which have one name. The draws of a number are stratified, one
in each of as many equal parts (latin hypercube, M. D. McKay et al., Technometrics 21,
1979), so that what it does by itself is nearly free of chance.

A total is a sum of products. The part of its variance that a group of numbers has by
itself is the variance of E[total | group], where all factors of other groups stand at
their means: exact for a sum of products of independent groups (I. M. Sobol, Math.
Comput. Simul. 55, 2001: first-order index). What is left acts only where groups meet in
a product.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.energy.ends import QJ

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edgeferro.energy.factors import Factor, Product

__all__ = ["MEETING", "Draws", "Paired", "Share", "Spread"]

MEETING: Final = "where groups meet"


@dataclass(frozen=True)
class Share:
    """What part of a total's variance a group has by itself.

    Attributes:
        group: its name, or :data:`MEETING` for what none has alone.
        part: of the variance, 0..1.
    """

    group: str
    part: float


@dataclass(frozen=True)
class Spread:
    """A total over draws of all that is uncertain in it, in the total's own unit.

    Attributes:
        typical: with every number typical; no quantile of the draws.
        p5: 5 of 100 draws lie below.
        p50: median.
        p95: 5 of 100 draws lie above.
        draws: how many.
        seed: of the draws.
        shares: of the variance, the largest first; empty where it has none, or is no
            sum.
    """

    typical: float
    p5: float
    p50: float
    p95: float
    draws: int
    seed: int
    shares: tuple[Share, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "typical": self.typical,
            "p5": self.p5,
            "p50": self.p50,
            "p95": self.p95,
            "draws": self.draws,
            "seed": self.seed,
            "shares": [{"group": s.group, "share": s.part} for s in self.shares],
        }


@dataclass(frozen=True)
class Paired:
    """A total beside another, draw by draw.

    Attributes:
        p5: of the ratio, second over first.
        p50: its median.
        p95: 95 of 100 draws lie below.
        below: part of the draws in which the second is below the first, 0..1.
    """

    p5: float
    p50: float
    p95: float
    below: float

    @classmethod
    def of(cls, first: np.ndarray, second: np.ndarray) -> Paired:
        """Compare two totals over the same draws; the first is above 0."""
        low, half, high = np.quantile(second / first, [0.05, 0.5, 0.95]).tolist()
        return cls(low, half, high, float(np.mean(second < first)))

    def to_dict(self) -> dict[str, float]:
        """Plain values, for JSON."""
        return {
            "ratio_p5": self.p5,
            "ratio_p50": self.p50,
            "ratio_p95": self.p95,
            "second_below_first": self.below,
        }


@dataclass(frozen=True)
class Draws:
    """Draws of uncertain numbers, each by its name.

    Attributes:
        count: of draws, 100..1000000.
        seed: the same seed gives the same figures.
        apart: names whose numbers are others' here, and have draws of their own.
    """

    count: int
    seed: int
    apart: frozenset[str] = frozenset()
    _parts: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    def part(self, name: str) -> np.ndarray:
        """Of a number's draws, the part of all that lies below each, 0..1."""
        if name not in self._parts:
            own = f"{name}, another" if name in self.apart else name
            digest = hashlib.sha256(own.encode()).digest()
            stream = int.from_bytes(digest[:8], "little")
            rng = np.random.default_rng([self.seed, stream])
            strata = rng.permutation(self.count) + rng.random(self.count)
            self._parts[name] = strata / self.count
        return self._parts[name]

    def values(self, factor: Factor) -> np.ndarray | float:
        """Draws of a factor as it stands in a product, power and all."""
        if factor.low == factor.high:
            return float(factor.value**factor.power)
        drawn: np.ndarray = factor.at(self.part(factor.name)) ** factor.power
        return drawn

    def total(self, products: Iterable[Product]) -> np.ndarray:
        """Draws of a sum of products, in their unit."""
        found = np.zeros(self.count)
        for product in products:
            term: np.ndarray | float = product.scale
            for factor in product.factors:
                term = term * self.values(factor)
            found += term
        return found

    def shares(self, products: Sequence[Product]) -> tuple[Share, ...]:
        """Parts of the variance by group, the largest first; what is left, last."""
        whole = float(np.var(self.total(products)))
        if whole == 0.0:
            return ()
        alone: dict[str, np.ndarray] = {}
        for product in products:
            by_group = self._by_group(product)
            means = {name: float(np.mean(v)) for name, v in by_group.items()}
            sure = product.scale * math.prod(
                f.value**f.power for f in product.factors if f.low == f.high
            )
            for name, values in by_group.items():
                others = math.prod(m for other, m in means.items() if other != name)
                term = sure * others * (values - means[name])
                alone[name] = alone.get(name, 0.0) + term
        found = [Share(n, float(np.var(v)) / whole) for n, v in alone.items()]
        found.sort(key=lambda share: (-share.part, share.group))
        left = 1.0 - sum(share.part for share in found)
        return (*found, Share(MEETING, max(0.0, left)))

    def _by_group(self, product: Product) -> dict[str, np.ndarray]:
        """Draws of what a product's factors of each group come to; no sure ones."""
        found: dict[str, np.ndarray] = {}
        for factor in product.factors:
            values = self.values(factor)
            if not isinstance(values, float):
                group = factor.group or factor.name
                found[group] = found.get(group, 1.0) * values
        return found

    def spread(self, products: Sequence[Product], unit: float = QJ) -> Spread:
        """A sum of products over its draws.

        Args:
            products: quectojoules, or what ``unit`` makes of them.
            unit: of the result in the products' own, joules by default.
        """
        typical = sum(p.typical for p in products) * unit
        return self.of(self.total(products) * unit, typical, self.shares(products))

    def of(
        self, values: np.ndarray, typical: float, shares: tuple[Share, ...] = ()
    ) -> Spread:
        """Percentiles of anything that was worked out draw by draw."""
        low, half, high = np.quantile(values, [0.05, 0.5, 0.95]).tolist()
        return Spread(typical, low, half, high, self.count, self.seed, shares)
