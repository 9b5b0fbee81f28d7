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

from edgeferro.intervals.estimate import CONFIDENCE, Estimate
from edgeferro.intervals.student import student_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["POWER", "SEEDS_LEAST", "Paired"]

POWER: Final = 0.8  # chance to see a difference that is as large as asked for
SEEDS_LEAST: Final = 3  # below, a deviation is worth nothing


def _reach(freedom: int) -> float:
    """Standard errors from 0 to a difference that is seen with POWER."""
    shown = student_quantile(0.5 + CONFIDENCE / 2.0, freedom)
    return shown + student_quantile(POWER, freedom)


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
    def of(cls, one: ArrayLike, other: ArrayLike) -> Self:
        """Compare one with other.

        Args:
            one: of shape (seeds,) or (seeds, subjects).
            other: of the same shape, with the same seeds and subjects.
        """
        a, b = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
        if a.shape != b.shape:
            message = f"other: shape {b.shape} is not that of one, {a.shape}"
            raise ValueError(message)
        table = (a - b)[:, None] if a.ndim == 1 else a - b
        each = table.mean(axis=1)
        deviation = float(each.std(ddof=1)) if each.size > 1 else math.nan
        return cls(Estimate.over_seeds(table), Estimate.over_both(table), deviation)

    def seeds_needed(self, resolve: float) -> int:
        """Seeds that show a difference of ``resolve`` with a probability of 80 %.

        By the deviation of the seeds at hand, with the degrees of freedom of those
        at hand or of those asked for, whichever are fewer (after C. Stein, Annals of
        Mathematical Statistics 16, 243, 1945): a lucky few don't promise too much.
        """
        freedom = self.over_seeds.seeds - 1
        if freedom < 1:
            message = "two seeds are the least that say how many more are needed"
            raise ValueError(message)
        seeds = SEEDS_LEAST
        while _reach(min(freedom, seeds - 1)) * self.deviation > resolve * seeds**0.5:
            seeds += max(1, seeds // 64)
        return seeds

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
        return "no difference" if reach < resolve else "not decided"
