"""Seeds added to the points of a grid until what was asked is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeferro.intervals.auto import (
    SEEDS_FIRST,
    ask_difference,
    ask_mean,
    until_decided,
)
from edgeferro.sweeping.choice import accuracies
from edgeferro.sweeping.job import Ran, SweepRun, run_points

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edgeferro.sweeping.grid import Point
    from edgeferro.sweeping.question import Question
    from edgeferro.sweeping.row import Row

__all__ = ["run_until_decided"]

Place = tuple[tuple[str, Any], ...]


class _Grid:
    """Points by place, and how far their seeds have run."""

    def __init__(
        self, points: Sequence[Point], question: Question, run: SweepRun
    ) -> None:
        """Sort the points by what they are of."""
        self.points, self.question, self.run = points, question, run
        self.of: dict[Place, list[Point]] = {}
        for point in points:
            self.of.setdefault(point.place, []).append(point)
        places = [its[0].values for its in self.of.values()]
        self.base = list(self.of)[question.base_of(places)]
        self.have = dict.fromkeys(self.of, 0)
        self.rows: dict[Place, list[Row]] = {place: [] for place in self.of}
        self.ran = Ran((), (), ())

    def go(self, more: Mapping[Place, range]) -> None:
        """Run the seeds that are asked for; what has run already is in the table."""
        self.have |= {place: seeds.stop for place, seeds in more.items()}
        chosen = [p for place, n in self.have.items() for p in self.of[place][:n]]
        self.ran = run_points(chosen, self.run, known=self.points)
        self.rows = {place: [] for place in self.of}
        for point, row in zip(self.ran.points, self.ran.rows, strict=True):
            self.rows[point.place].append(row)

    def asked(self, place: Place) -> int:
        """Seeds in all that a place wants now."""
        if place == self.base and len(self.of) > 1:
            return max(self.asked(other) for other in self.of if other != place)
        rows, resolve = self.rows[place], self.question.resolve
        if len(self.of) == 1:
            return ask_mean(accuracies(rows), resolve)
        of_seed = {row["seed"]: row for row in self.rows[self.base]}
        both = [(row, of_seed[row["seed"]]) for row in rows if row["seed"] in of_seed]
        if len(both) < SEEDS_FIRST:  # refused at bring-up: more seeds don't help
            return self.have[place]
        one, other = zip(*both, strict=True)
        return ask_difference(accuracies(one), accuracies(other), resolve)


def run_until_decided(
    points: Sequence[Point], question: Question, run: SweepRun
) -> Ran:
    """Run as many seeds of each place as its difference to the base asks for.

    Args:
        points: of all seeds that may be run, 0 and up, at each place.
        question: what is to be decided.
        run: how; the table holds all that ran.

    Raises:
        DataError: a place or rows that don't fit, before any run.
        StateError: a worker died, or every run was refused; finished ones are kept.
    """
    grid = _Grid(points, question, run)
    until_decided(grid.of, grid.go, grid.asked, question.asked.most)
    return grid.ran
