"""The runs of a grid's point folded over their seeds, and held against another point.

Accuracies and differences are parts of one, as in the table of runs. A point's accuracy
has its interval over seeds, the subjects taken as they are, and over both. Differences
are taken seed by seed, of the seeds that both points have.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeferro.intervals.auto import judge
from edgeferro.intervals.estimate import Estimate, worst_subject
from edgeferro.intervals.paired import NOT_DECIDED, Paired
from edgeferro.sweeping.frontier import frontier, knee

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edgeferro.sweeping.question import Question
    from edgeferro.sweeping.row import Row

__all__ = ["Choice", "accuracies", "compare", "fold", "group_rows", "mean_of"]


@dataclass(frozen=True)
class Choice:
    """One point of a grid, over its seeds.

    Attributes:
        values: of the axes, by name.
        rows: its runs, by seed.
        after: accuracy after learning, over seeds.
        both: the same with its interval over subjects too.
        worst: mean over seeds of the subject for which that is lowest.
        bits: effective, of the layer that has the fewest.
        energy_fj: of an inference.
        paired: its difference to the point that others are held against; None
            of that point itself, and where no seed is common to both.
        verdict: of that difference; empty without.
        needed: seeds that would decide; None without a difference, or with one seed.
        mark: '', '*' on the frontier of accuracy against energy, '* knee' at its knee.
    """

    values: Mapping[str, Any]
    rows: tuple[Row, ...]
    after: Estimate
    both: Estimate
    worst: float
    bits: float
    energy_fj: float
    paired: Paired | None = None
    verdict: str = ""
    needed: int | None = None
    mark: str = ""

    @property
    def seeds(self) -> int:
        """How many have run."""
        return len(self.rows)

    def mean(self, name: str) -> float:
        """Mean of a column over the seeds."""
        return mean_of(self.rows, name)

    @property
    def place(self) -> tuple[Any, ...]:
        """Values of the axes, in order."""
        return tuple(self.values.values())


def group_rows(
    rows: Sequence[Row], names: Sequence[str]
) -> dict[tuple[Any, ...], list[Row]]:
    """Rows that differ in nothing but the seed, by their values, in order."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return groups


def mean_of(rows: Sequence[Row], name: str) -> float:
    """Mean of a column."""
    return float(np.mean([row[name] for row in rows]))


def accuracies(rows: Sequence[Row]) -> np.ndarray:
    """Accuracies after learning, of shape (seeds, subjects)."""
    return np.array([row["after_by_subject"] for row in rows], dtype=float)


def compare(
    one: Sequence[Row], other: Sequence[Row], auto: float | None = None
) -> Paired | None:
    """Hold one point against another by the seeds that both have; None without any.

    Args:
        one: rows of a point.
        other: rows of that which it is held against.
        auto: difference until which seeds were added; None: they were given.
    """
    of_seed = {row["seed"]: row for row in other}
    mine = [row for row in one if row["seed"] in of_seed]
    if not mine:
        return None
    table = accuracies(mine)
    against = accuracies([of_seed[row["seed"]] for row in mine])
    if auto is None:
        return Paired.of(table, against)
    return judge(table, against, auto)


def _choice(values: Mapping[str, Any], rows: Sequence[Row]) -> Choice:
    table = accuracies(rows)
    return Choice(
        values=values,
        rows=tuple(rows),
        after=Estimate.over_seeds(table),
        both=Estimate.over_both(table),
        worst=worst_subject(table)[1].mean,
        bits=mean_of(rows, "effective_bits"),
        energy_fj=mean_of(rows, "inference_energy_fj"),
    )


def _judged(choice: Choice, base: Choice, question: Question) -> Choice:
    """Put in how a point differs from the one that it is held against."""
    if choice is base:
        return choice
    auto = question.resolve if question.asked.auto else None
    paired = compare(choice.rows, base.rows, auto)
    if paired is None:
        return replace(choice, verdict=NOT_DECIDED)
    several = paired.over_seeds.seeds > 1
    return replace(
        choice,
        paired=paired,
        verdict=paired.verdict(question.resolve),
        needed=paired.seeds_needed(question.resolve) if several else None,
    )


def fold(
    rows: Sequence[Row],
    names: Sequence[str],
    question: Question,
    base: int | None = None,
) -> list[Choice]:
    """Fold seeds, judge each point, mark frontier and knee; in the grid's order.

    Args:
        rows: of the runs.
        names: of the axes.
        question: what is to be decided.
        base: place of the point that others are held against; None: the question's.
    """
    groups = group_rows(rows, names)
    found = [
        _choice(dict(zip(names, values, strict=True)), group)
        for values, group in groups.items()
    ]
    if base is None:
        base = question.base_of([choice.values for choice in found])
    found = [_judged(choice, found[base], question) for choice in found]

    def better(one: int, other: int) -> bool | None:
        """Whether one is shown to be more accurate; None of a single seed."""
        paired = compare(found[one].rows, found[other].rows)
        if paired is None or paired.over_seeds.seeds < 2:
            return None
        return paired.verdict(question.resolve) == "higher"

    energies = [choice.energy_fj for choice in found]
    means = [choice.after.mean for choice in found]
    line = frontier(energies, means, better)
    alone = compare(found[base].rows, found[base].rows)
    decided = alone is not None and alone.over_seeds.seeds > 1
    bend = knee(line, energies, means) if decided else None  # one seed shows nothing
    marks = {index: "* knee" if index == bend else "*" for index in line}
    return [replace(c, mark=marks.get(i, "")) for i, c in enumerate(found)]
