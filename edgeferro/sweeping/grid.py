"""A grid of runs: axes, their values, and every point checked before any runs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from edgeferro._version import __version__
from edgeferro.energy.prices import Prices
from edgeferro.errors import ConfigError, DataError
from edgeferro.training.options import TrainOptions, make_plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edgeferro.training.plan import Plan

__all__ = ["Axis", "Point", "check_points", "make_points", "point_key"]


@dataclass(frozen=True)
class Axis:
    """One thing that varies.

    Attributes:
        name: 'chip', 'rule', or the path of a chip setting, like 'device.name'.
        values: what it takes, in order. A rule may carry a learning rate of its own,
            as in 'sgd-counted@0.02'.
    """

    name: str
    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        """Refuse an axis of nothing, or a value that stands twice."""
        texts = [str(value) for value in self.values]
        if not texts or len(set(texts)) != len(texts):
            message = f"{self.name}: {', '.join(texts)!r} names no value, or one twice"
            raise ConfigError(message)


@dataclass(frozen=True)
class Point:
    """One run of a sweep.

    Attributes:
        key: 16 hex digits of everything its result follows from.
        options: of the run, one seed.
        values: of the axes, by name.
    """

    key: str
    options: TrainOptions
    values: dict[str, Any]

    @property
    def name(self) -> str:
        """The point in words, for messages."""
        parts = [f"{name}={value}" for name, value in self.values.items()]
        return ", ".join([*parts, f"seed {self.options.seeds[0]}"])


def point_key(plan: Plan) -> str:
    """Name a run by what it follows from, the version of edgeferro included."""
    prices = plan.chip.named(Prices, plan.chip.energy.prices).model_dump_json()
    text = f"{__version__}\n{plan.fingerprint()}\n{prices}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _rule(value: str) -> tuple[str, dict[str, Any]]:
    """Split 'rule@rate'.

    Raises:
        ConfigError: a rate that is no number.
    """
    rule, at, rate = value.partition("@")
    if not at:
        return rule, {}
    try:
        return rule, {"controller.learning_rate": float(rate)}
    except ValueError:
        message = f"--rule: {value!r} is not like sgd-counted or sgd-counted@0.02"
        raise ConfigError(message) from None


def _options(base: TrainOptions, values: dict[str, Any], seed: int) -> TrainOptions:
    """Put one value of each axis into a run's options."""
    settings = dict(base.settings)
    options = replace(base, seeds=(seed,))
    for name, value in values.items():
        if name == "chip":
            options = replace(options, chip=str(value))
        elif name == "rule":
            rule, rate = _rule(str(value))
            options = replace(options, rule=rule)
            settings |= rate
        else:
            settings[name] = value
    unread = settings.get("array.reference") == "none"
    return replace(options, settings=settings, calibrate=base.calibrate and not unread)


def make_points(
    base: TrainOptions, axes: Sequence[Axis], seeds: Sequence[int]
) -> list[Point]:
    """All points of a grid; the last axis varies fastest, and seeds within it.

    Args:
        base: what all runs share; its seeds are not looked at.
        axes: of different names.
        seeds: a run each.

    Raises:
        ConfigError: a setting that a chip doesn't have, or refuses.
        DataError: a task that can't be loaded.
    """
    names = [axis.name for axis in axes]
    if len(set(names)) != len(names):
        message = f"axes: {', '.join(names)} names one twice"
        raise ConfigError(message)
    points = []
    for values in product(*(axis.values for axis in axes)):
        chosen = dict(zip(names, values, strict=True))
        for seed in seeds:
            options = _options(base, chosen, seed)
            points.append(Point(point_key(make_plan(options)), options, chosen))
    return check_points(points)


def check_points(points: Iterable[Point]) -> list[Point]:
    """Refuse two points that are the same run.

    Raises:
        DataError: names both.
    """
    seen: dict[str, Point] = {}
    for point in points:
        if point.key in seen:
            message = f"sweep: {seen[point.key].name} and {point.name} are one run"
            raise DataError(message)
        seen[point.key] = point
    return list(seen.values())
