"""A mean with its 95 % interval, over seeds and over the subjects that were drawn.

Seeds and subjects are crossed: each subject is run with each seed. The variance of the
grand mean of a two-way layout without replication is (M_seeds + M_subjects - M_rest) /
(seeds x subjects), M the mean squares, with Satterthwaite's degrees of freedom
(F. E. Satterthwaite, Biometrics Bulletin 2, 110, 1946).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from edgeferro.intervals.student import student_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["CONFIDENCE", "SEEDS_LEAST", "Estimate", "seeds_for", "worst_subject"]

CONFIDENCE: Final = 0.95
SEEDS_LEAST: Final = 3  # below, a deviation is worth nothing


def _reach(confidence: float, freedom: float) -> float:
    """Standard errors from the middle of an interval to its end."""
    return student_quantile(0.5 + confidence / 2.0, round(freedom, 3))


def seeds_for(half: float, deviation: float, freedom: int, confidence: float) -> int:
    """Seeds whose interval will be at most ``half`` to either side.

    With the degrees of freedom of the seeds at hand or of those asked for, whichever
    are fewer (after C. Stein, Annals of Mathematical Statistics 16, 243, 1945): a
    lucky few don't promise too much.

    Args:
        half: above 0.
        deviation: standard deviation from seed to seed, as far as it is known.
        freedom: of that deviation, 1 or more.
        confidence: of the interval.
    """
    if freedom < 1:
        message = "two seeds are the least that say how many more are needed"
        raise ValueError(message)
    seeds = SEEDS_LEAST
    while _reach(confidence, min(freedom, seeds - 1)) * deviation > half * seeds**0.5:
        seeds += max(1, seeds // 64)
    return seeds


@dataclass(frozen=True)
class Estimate:
    """A mean, and how far off it may be.

    Attributes:
        mean: of all values.
        half: half the width of the interval; infinite where nothing was repeated.
        seeds: how many seeds.
        subjects: how many subjects, 1 for a task without.
        over: what the interval is over: ``seeds``, ``subjects``, ``both``, ``nothing``.
        confidence: how often such an interval holds the truth.
    """

    mean: float
    half: float
    seeds: int
    subjects: int
    over: str
    confidence: float = CONFIDENCE

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return self.mean - self.half

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return self.mean + self.half

    def to_dict(self) -> dict[str, Any]:
        """Return the figures of ``--json``; ends that nothing is known of are None."""
        known = math.isfinite(self.half)
        return {
            "mean": self.mean,
            "low": self.low if known else None,
            "high": self.high if known else None,
            "seeds": self.seeds,
            "subjects": self.subjects,
            "over": self.over,
            "confidence": self.confidence,
        }

    @classmethod
    def over_seeds(cls, values: ArrayLike, confidence: float = CONFIDENCE) -> Self:
        """Mean of the seeds, the subjects taken as they are.

        Args:
            values: of shape (seeds,) or (seeds, subjects).
            confidence: of the interval, 0.5 to below 1.
        """
        table = _table(values)
        seeds, subjects = table.shape
        each = table.mean(axis=1)
        mean = float(each.mean())
        if seeds < 2:
            return cls(mean, math.inf, seeds, subjects, "nothing", confidence)
        error = float(each.std(ddof=1)) / math.sqrt(seeds)
        half = _reach(confidence, seeds - 1) * error
        return cls(mean, half, seeds, subjects, "seeds", confidence)

    @classmethod
    def over_both(cls, values: ArrayLike, confidence: float = CONFIDENCE) -> Self:
        """Mean of seeds and subjects, both drawn from more of their kind.

        Of one seed, or one subject, the interval is over the other alone.

        Args:
            values: of shape (seeds,) or (seeds, subjects).
            confidence: of the interval, 0.5 to below 1.
        """
        table = _table(values)
        seeds, subjects = table.shape
        if subjects == 1:
            return cls.over_seeds(table, confidence)
        if seeds == 1:
            turned = cls.over_seeds(table.T, confidence)
            return cls(turned.mean, turned.half, 1, subjects, "subjects", confidence)
        mean = float(table.mean())
        rows, columns = table.mean(axis=1) - mean, table.mean(axis=0) - mean
        rest = table - mean - rows[:, None] - columns[None, :]
        of_seeds = subjects * float(rows @ rows) / (seeds - 1)
        of_subjects = seeds * float(columns @ columns) / (subjects - 1)
        of_rest = float((rest * rest).sum()) / ((seeds - 1) * (subjects - 1))
        whole = max(of_seeds + of_subjects - of_rest, of_seeds, of_subjects)
        if whole == 0.0:
            return cls(mean, 0.0, seeds, subjects, "both", confidence)
        parts = of_seeds**2 / (seeds - 1) + of_subjects**2 / (subjects - 1)
        parts += of_rest**2 / ((seeds - 1) * (subjects - 1))
        freedom = max(whole**2 / parts, 1.0)
        error = math.sqrt(whole / (seeds * subjects))
        half = _reach(confidence, freedom) * error
        return cls(mean, half, seeds, subjects, "both", confidence)

    def seeds_needed(self, half: float) -> int:
        """Seeds whose interval is at most ``half`` to either side.

        Raises:
            ValueError: this is no mean over two or more seeds.
        """
        freedom = self.seeds - 1 if self.over == "seeds" else 0
        known = max(freedom, 1)
        error = self.half / _reach(self.confidence, known)
        deviation = error * self.seeds**0.5
        return seeds_for(half, deviation, freedom, self.confidence)


def worst_subject(values: ArrayLike) -> tuple[int, Estimate]:
    """Place of the subject whose mean over the seeds is lowest, and that mean.

    The interval is that subject's over seeds; the first of equals is taken. That the
    lowest was picked is not in it: with other seeds another may be the lowest.

    Args:
        values: of shape (seeds,) or (seeds, subjects).
    """
    table = _table(values)
    worst = int(np.argmin(table.mean(axis=0)))
    return worst, Estimate.over_seeds(table[:, worst])


def _table(values: ArrayLike) -> np.ndarray:
    found = np.asarray(values, dtype=float)
    table = found[:, None] if found.ndim == 1 else found
    if table.ndim != 2 or 0 in table.shape:
        message = f"values: shape {found.shape} is not (seeds,) or (seeds, subjects)"
        raise ValueError(message)
    return table
