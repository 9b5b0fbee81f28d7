"""Whether two ways differ, judged by runs with the same seeds.

A seed makes chip, order of samples and noise, so that a difference of two runs
with one seed varies less than either. What is decided is decided for the task's own
subjects, over chips (seeds).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from edgeferro.intervals.estimate import (
    CONFIDENCE,
    SEEDS_LEAST,
    Estimate,
    seeds_for,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["NOT_DECIDED", "NO_DIFFERENCE", "SEEDS_LEAST", "Paired"]

NO_DIFFERENCE: Final = "no difference"
NOT_DECIDED: Final = "not decided"


@dataclass(frozen=True)
class Paired:
    """A difference of two ways, seed by seed.

    Attributes:
        over_seeds: the difference, the subjects taken as they are.
        over_both: the same over subjects too.
        deviation: standard deviation of the difference from seed to seed; nan for one.
    """

    over_seeds: Estimate
    over_both: Estimate
    deviation: float

    @classmethod
    def of(
        cls, one: ArrayLike, other: ArrayLike, confidence: float = CONFIDENCE
    ) -> Self:
        """Compare one with other.

        Args:
            one: of shape (seeds,) or (seeds, subjects).
            other: of the same shape, with the same seeds and subjects.
            confidence: of the intervals, and so of the verdict.
        """
        a, b = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
        if a.shape != b.shape:
            message = f"other: shape {b.shape} is not that of one, {a.shape}"
            raise ValueError(message)
        table = (a - b)[:, None] if a.ndim == 1 else a - b
        each = table.mean(axis=1)
        deviation = float(each.std(ddof=1)) if each.size > 1 else math.nan
        over_seeds = Estimate.over_seeds(table, confidence)
        return cls(over_seeds, Estimate.over_both(table, confidence), deviation)

    def seeds_needed(self, resolve: float) -> int:
        """Seeds that decide: whose interval is at most ``resolve`` from end to end.

        Then 0 or ``resolve`` is outside, whatever the mean: each run ends with a
        verdict, and a difference of ``resolve`` is missed once in forty times.

        Raises:
            ValueError: one seed.
        """
        known = self.over_seeds
        deviation, freedom = self.deviation, known.seeds - 1
        return seeds_for(resolve / 2.0, deviation, freedom, known.confidence)

    def shown(self) -> bool:
        """Whether the interval over seeds leaves 0 out."""
        return abs(self.over_seeds.mean) > self.over_seeds.half

    def verdict(self, resolve: float) -> str:
        """One of ``higher``, ``lower``, ``no difference``, ``not decided``.

        *No difference* says that one of ``resolve`` or more is outside the interval.
        """
        if self.shown():
            return "higher" if self.over_seeds.mean > 0.0 else "lower"
        reach = abs(self.over_seeds.mean) + self.over_seeds.half
        return NO_DIFFERENCE if reach < resolve else NOT_DECIDED
