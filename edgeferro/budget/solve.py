"""Solve for a rate: how much of something a wish allows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from edgeferro.budget.model import METRICS, Budget
from edgeferro.errors import ConfigError

__all__ = ["VARIED", "Answer", "Wish", "solve"]

VARIED: Final = {
    "usage.updates_per_day": (0.0, 1e9),
    "usage.calibrations_per_year": (0.0, 1e5),
    "usage.duty_cycle": (0.0, 1.0),
    "usage.sample_period_s": (1e-6, 1e6),
}
_STEPS: Final = 200  # halvings; far beyond the precision of a float


@dataclass(frozen=True)
class Wish:
    """A metric that is to be at least, or at most, a number."""

    metric: str
    at_least: bool
    number: float

    @classmethod
    def parse(cls, text: str) -> Wish:
        """Read 'battery_days>=365'.

        Raises:
            ConfigError: not of that form, or no such metric.
        """
        found = re.fullmatch(
            r"\s*([a-z_]+)\s*(>=|<=)\s*([0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)\s*", text
        )
        if found is None:
            message = f"--solve: {text!r} is not like battery_days>=365"
            raise ConfigError(message)
        if found[1] not in METRICS:
            message = f"--solve: {found[1]!r} is not one of {', '.join(METRICS)}"
            raise ConfigError(message)
        return cls(found[1], found[2] == ">=", float(found[3]))

    def holds(self, budget: Budget) -> bool:
        """Whether a budget fulfils it."""
        value = budget.metric(self.metric)
        return value >= self.number if self.at_least else value <= self.number

    def __str__(self) -> str:
        """As it was written."""
        return f"{self.metric} {'>=' if self.at_least else '<='} {self.number:g}"


@dataclass(frozen=True)
class Answer:
    """What solves a wish.

    Attributes:
        wish: what was asked.
        path: what was varied.
        low: least value that fulfils it; None if none does.
        high: largest.
        reached: the metric at the end nearest the wish.
    """

    wish: Wish
    path: str
    low: float | None
    high: float | None
    reached: float

    @property
    def text(self) -> str:
        """In words."""
        if self.low is None or self.high is None:
            return f"no {self.path} gives {self.wish}: at best {self.reached:.4g}"
        bottom, top = VARIED[self.path]
        if (self.low, self.high) == (bottom, top):
            return f"any {self.path} in {bottom:g}..{top:g} gives {self.wish}"
        if self.low == bottom:
            return f"{self.wish} up to {self.path} = {self.high:.6g}"
        return f"{self.wish} from {self.path} = {self.low:.6g} on"


def _at(budget: Budget, path: str, value: float) -> Budget:
    name = path.removeprefix("usage.")
    usage = budget.usage.model_copy(update={name: value})
    return Budget(budget.run, usage, budget.draws, budget.seed)


def solve(budget: Budget, wish: Wish, path: str) -> Answer:
    """Find the values of a rate that fulfil a wish; metrics are monotone in each.

    Raises:
        ConfigError: a path that can't be varied without another run.
    """
    if path not in VARIED:
        message = f"--vary: {path!r} is not one of {', '.join(VARIED)}"
        raise ConfigError(message)
    low, high = VARIED[path]
    ends = [wish.holds(_at(budget, path, end)) for end in (low, high)]
    values = [_at(budget, path, end).metric(wish.metric) for end in (low, high)]
    best = max(values) if wish.at_least else min(values)
    if all(ends):
        return Answer(wish, path, low, high, best)
    if not any(ends):
        return Answer(wish, path, None, None, best)
    good, bad = (low, high) if ends[0] else (high, low)
    for _ in range(_STEPS):
        # halve in the logarithm where both ends are above zero, for ranges of decades
        middle = (good * bad) ** 0.5 if min(good, bad) > 0 else (good + bad) / 2
        if wish.holds(_at(budget, path, middle)):
            good = middle
        else:
            bad = middle
    reached = _at(budget, path, good).metric(wish.metric)
    if ends[0]:
        return Answer(wish, path, low, good, reached)
    return Answer(wish, path, good, high, reached)
