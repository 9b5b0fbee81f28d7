"""A mean with its 95 % interval, over seeds and over the subjects that were drawn.

Seeds and subjects are crossed: each subject is run with each seed. The variance of the
grand mean of a two-way layout without replication is (M_seeds + M_subjects - M_rest) /
(seeds x subjects), M the mean squares, with Satterthwaite's degrees of freedom
(F. E. Satterthwaite, Biometrics Bulletin 2, 110, 1946).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from edgeferro.intervals.student import student_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["CONFIDENCE", "Estimate"]

CONFIDENCE: Final = 0.95
_UPPER: Final = 0.5 + CONFIDENCE / 2.0


@dataclass(frozen=True)
class Estimate:
    """A mean, and how far off it may be.

    Attributes:
        mean: of all values.
        half: half the width of the 95 % interval; infinite where nothing was repeated.
        seeds: how many seeds.
        subjects: how many subjects, 1 for a task without.
        over: what the interval is over: ``seeds``, ``subjects``, ``both``, ``nothing``.
    """

    mean: float
    half: float
    seeds: int
    subjects: int
    over: str

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return self.mean - self.half

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return self.mean + self.half

    @classmethod
    def over_seeds(cls, values: ArrayLike) -> Self:
        """Mean of the seeds, the subjects taken as they are.

        Args:
            values: of shape (seeds,) or (seeds, subjects).
        """
        table = _table(values)
        seeds, subjects = table.shape
        each = table.mean(axis=1)
        mean = float(each.mean())
        if seeds < 2:
            return cls(mean, math.inf, seeds, subjects, "nothing")
        error = float(each.std(ddof=1)) / math.sqrt(seeds)
        half = student_quantile(_UPPER, seeds - 1) * error
        return cls(mean, half, seeds, subjects, "seeds")

    @classmethod
    def over_both(cls, values: ArrayLike) -> Self:
        """Mean of seeds and subjects, both drawn from more of their kind.

        Of one seed, or one subject, the interval is over the other alone.

        Args:
            values: of shape (seeds,) or (seeds, subjects).
        """
        table = _table(values)
        seeds, subjects = table.shape
        if subjects == 1:
            return cls.over_seeds(table)
        if seeds == 1:
            turned = cls.over_seeds(table.T)
            return cls(turned.mean, turned.half, 1, subjects, "subjects")
        mean = float(table.mean())
        rows, columns = table.mean(axis=1) - mean, table.mean(axis=0) - mean
        rest = table - mean - rows[:, None] - columns[None, :]
        of_seeds = subjects * float(rows @ rows) / (seeds - 1)
        of_subjects = seeds * float(columns @ columns) / (subjects - 1)
        of_rest = float((rest * rest).sum()) / ((seeds - 1) * (subjects - 1))
        whole = max(of_seeds + of_subjects - of_rest, of_seeds, of_subjects)
        if whole == 0.0:
            return cls(mean, 0.0, seeds, subjects, "both")
        parts = of_seeds**2 / (seeds - 1) + of_subjects**2 / (subjects - 1)
        parts += of_rest**2 / ((seeds - 1) * (subjects - 1))
        freedom = max(whole**2 / parts, 1.0)
        error = math.sqrt(whole / (seeds * subjects))
        half = student_quantile(_UPPER, round(freedom, 3)) * error
        return cls(mean, half, seeds, subjects, "both")


def _table(values: ArrayLike) -> np.ndarray:
    found = np.asarray(values, dtype=float)
    table = found[:, None] if found.ndim == 1 else found
    if table.ndim != 2 or 0 in table.shape:
        message = f"values: shape {found.shape} is not (seeds,) or (seeds, subjects)"
        raise ValueError(message)
    return table
