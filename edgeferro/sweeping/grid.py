"""A grid of runs: axes, their values, and every point checked before any runs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from edgeferro._version import __version__
from edgeferro.energy.areas import Areas
from edgeferro.energy.prices import Prices
from edgeferro.errors import ConfigError, DataError
from edgeferro.training.options import TrainOptions, make_plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edgeferro.training.plan import Plan

__all__ = [
    "Axis",
    "Point",
    "Refused",
    "check_points",
    "grid_of",
    "make_points",
    "point_key",
    "value_text",
]


@dataclass(frozen=True)
class Axis:
    """One thing that varies, or several that vary together.

    Attributes:
        name: 'chip', 'rule', or the path of a chip setting, like 'device.name'; with
            commas, of things that vary together.
        values: what it takes, in order; a tuple each, where several vary together. A
            rule may carry a learning rate of its own, as in 'sgd-counted@0.02'.
    """

    name: str
    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        """Refuse an axis of nothing, or a value that stands twice."""
        texts = [value_text(value) for value in self.values]
        if not texts or len(set(texts)) != len(texts):
            message = f"{self.name}: {', '.join(texts)!r} names no value, or one twice"
            raise ConfigError(message)

    @property
    def names(self) -> tuple[str, ...]:
        """What varies, one by one."""
        return tuple(self.name.split(","))

    def steps(self) -> list[dict[str, Any]]:
        """What each name takes, value by value.

        Raises:
            ConfigError: a value that isn't one for each name.
        """
        names = self.names
        if len(names) == 1:
            return [{self.name: value} for value in self.values]
        for value in self.values:
            if not isinstance(value, tuple) or len(value) != len(names):
                message = (
                    f"--grid: {value_text(value)!r} is not {len(names)} values with "
                    f"colons between them, one for each of {', '.join(names)}"
                )
                raise ConfigError(message)
        return [dict(zip(names, value, strict=True)) for value in self.values]


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

    @property
    def place(self) -> tuple[tuple[str, Any], ...]:
        """What the point is of: its values, without the seed."""
        return tuple((name, str(value)) for name, value in self.values.items())


@dataclass(frozen=True)
class Refused:
    """A place of the grid that no chip can have.

    Attributes:
        values: of the axes, by name.
        why: what the chip refuses, in one line.
    """

    values: dict[str, Any]
    why: str

    def __str__(self) -> str:
        """Name it and say why."""
        parts = [f"{name}={value}" for name, value in self.values.items()]
        return f"{', '.join(parts)}: {self.why}"


def value_text(value: Any) -> str:
    """A value of an axis as it is typed."""
    return ":".join(map(str, value)) if isinstance(value, tuple) else str(value)


def point_key(plan: Plan) -> str:
    """Name a run by what it follows from, the version of edgeferro included."""
    prices = plan.chip.named(Prices, plan.chip.energy.prices)
    areas = prices.areas and plan.chip.named(Areas, prices.areas).model_dump_json()
    figures = f"{prices.model_dump_json()}\n{areas}"
    text = f"{__version__}\n{plan.fingerprint()}\n{figures}"
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

    Raises:
        ConfigError, DataError: as :func:`grid_of`, or a place that a chip refuses.
    """
    points, refused = grid_of(base, axes, seeds)
    if refused:
        raise ConfigError(str(refused[0]))
    return points


def grid_of(
    base: TrainOptions, axes: Sequence[Axis], seeds: Sequence[int]
) -> tuple[list[Point], list[Refused]]:
    """All points of a grid, and the places that a chip refuses.

    Args:
        base: what all runs share; its seeds are not looked at.
        axes: of different names.
        seeds: a run each.

    Raises:
        ConfigError: a setting that no chip has, or refused everywhere.
        DataError: a task that can't be loaded.
    """
    names = [name for axis in axes for name in axis.names]
    if len(set(names)) != len(names):
        message = f"axes: {', '.join(names)} names one twice"
        raise ConfigError(message)
    fixed = sorted(set(names) & set(base.settings))
    if fixed:
        message = f"--set: {fixed[0]} is an axis too; leave one of them out"
        raise ConfigError(message)
    points: list[Point] = []
    refused: list[Refused] = []
    for steps in product(*(axis.steps() for axis in axes)):
        chosen = {name: value for step in steps for name, value in step.items()}
        try:
            found = [_point(base, chosen, seed) for seed in seeds]
        except ConfigError as error:
            refused.append(Refused(chosen, str(error)))
        else:
            points += found
    if not points:
        raise ConfigError(_all_refused(refused))
    return check_points(points), refused


def _point(base: TrainOptions, chosen: dict[str, Any], seed: int) -> Point:
    options = _options(base, chosen, seed)
    return Point(point_key(make_plan(options)), options, chosen)


def _all_refused(refused: Sequence[Refused]) -> str:
    """One line for a grid without a point: the reason, or the first of several."""
    reasons = {one.why for one in refused}
    if len(refused) == 1 or len(reasons) == 1:
        return refused[0].why
    return f"all {len(refused)} points of the grid are refused; the first, {refused[0]}"


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
