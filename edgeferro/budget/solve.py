"""Solve for a rate: how much of something a wish allows."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from edgeferro.budget.budget import METRICS, Budget
from edgeferro.errors import ConfigError
from edgeferro.product.battery import Battery
from edgeferro.product.implant import Implant

__all__ = ["VARIED", "Answer", "Wish", "check_counted", "check_wish", "solve"]

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
        number = float(found[3])
        if math.isinf(number):
            message = f"--solve: {found[3]} is not in 0..1e308"
            raise ConfigError(message)
        return cls(found[1], found[2] == ">=", number)

    def holds(self, budget: Budget) -> bool:
        """Whether a budget fulfils it, on a chip that keeps up with its work."""
        if budget.day.too_slow:
            return False
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
        able: values at which the chip keeps up with its work.
    """

    wish: Wish
    path: str
    low: float | None
    high: float | None
    reached: float
    able: tuple[float, float]

    @property
    def text(self) -> str:
        """In words."""
        if self.low is None or self.high is None:
            return f"no {self.path} gives {self.wish}: at best {self.reached:.4g}"
        bottom, top = self.able
        if (self.low, self.high) == (bottom, top):
            return (
                f"any {self.path} that the chip keeps up with, {bottom:.6g}.."
                f"{top:.6g}, gives {self.wish}"
            )
        if self.low == bottom:
            return f"{self.wish} up to {self.path} = {self.high:.6g}"
        return f"{self.wish} from {self.path} = {self.low:.6g} on"


def _at(budget: Budget, path: str, value: float) -> Budget:
    name = path.removeprefix("usage.")
    usage = budget.usage.model_copy(update={name: value})
    return Budget(budget.run, usage, budget.draws, budget.seed)


def _able(budget: Budget, path: str) -> tuple[float, float]:
    """The part of a range at which the chip keeps up with its work."""
    low, high = VARIED[path]
    slow = [_at(budget, path, end).day.too_slow for end in (low, high)]
    if slow[0] == slow[1]:
        return low, high
    good, bad = (high, low) if slow[0] else (low, high)
    for _ in range(_STEPS):
        middle = _middle(good, bad)
        if _at(budget, path, middle).day.too_slow:
            bad = middle
        else:
            good = middle
    return (good, high) if slow[0] else (low, good)


def _middle(a: float, b: float) -> float:
    """Halfway, in the logarithm where both are above zero: ranges span decades."""
    return (a * b) ** 0.5 if min(a, b) > 0 else (a + b) / 2


def check_wish(
    wish: Wish, path: str, battery: Battery | None, implant: Implant | None
) -> None:
    """Refuse what no run can answer.

    Raises:
        ConfigError: a path that can't be varied without another run, or a metric of a
            battery or an implant that isn't there.
    """
    if path not in VARIED:
        message = f"--vary: {path!r} is not one of {', '.join(VARIED)}"
        raise ConfigError(message)
    if wish.metric.startswith("battery") and battery is None:
        message = f"--solve: {wish.metric} needs a battery"
        raise ConfigError(message)
    if wish.metric.startswith("temperature") and implant is None:
        message = f"--solve: {wish.metric} needs an implant"
        raise ConfigError(message)


def check_counted(path: str, *, updates: bool, calibrates: bool) -> None:
    """Refuse to vary the rate of what a run never did.

    Raises:
        ConfigError: names it.
    """
    missing = {
        "usage.updates_per_day": None if updates else "update cycle",
        "usage.calibrations_per_year": None if calibrates else "calibration",
    }.get(path)
    if missing is not None:
        message = f"--vary: the run has no {missing} to price"
        raise ConfigError(message)


def solve(budget: Budget, wish: Wish, path: str) -> Answer:
    """Find the values of a rate that fulfil a wish; metrics are monotone in each.

    Raises:
        ConfigError: a path that can't be varied without another run.
    """
    check_wish(wish, path, budget.battery, budget.implant)
    updates, calibrations = (
        budget.day.counted[name] for name in ("update cycle", "calibration")
    )
    check_counted(path, updates=updates > 0, calibrates=calibrations > 0)
    low, high = _able(budget, path)
    ends = [wish.holds(_at(budget, path, end)) for end in (low, high)]
    values = [_at(budget, path, end).metric(wish.metric) for end in (low, high)]
    best = max(values) if wish.at_least else min(values)
    if all(ends):
        return Answer(wish, path, low, high, best, (low, high))
    if not any(ends):
        return Answer(wish, path, None, None, best, (low, high))
    good, bad = (low, high) if ends[0] else (high, low)
    for _ in range(_STEPS):
        middle = _middle(good, bad)
        if wish.holds(_at(budget, path, middle)):
            good = middle
        else:
            bad = middle
    reached = _at(budget, path, good).metric(wish.metric)
    if ends[0]:
        return Answer(wish, path, low, good, reached, (low, high))
    return Answer(wish, path, good, high, reached, (low, high))
