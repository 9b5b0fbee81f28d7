"""Accuracies, intervals and verdicts as a person reads them: in percent, in points."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from edgeferro.intervals.paired import NO_DIFFERENCE, NOT_DECIDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.intervals.estimate import Estimate
    from edgeferro.intervals.paired import Paired

__all__ = [
    "confidence_text",
    "count",
    "gap_text",
    "numbers_text",
    "over_text",
    "points",
    "range_text",
    "spread_text",
    "verdict_text",
]


def count(number: int, name: str) -> str:
    """Write a number of things: 1 seed, 3 seeds."""
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def numbers_text(numbers: Sequence[int]) -> str:
    """Write seeds as they are typed: 0-9 where they follow each other."""
    first, last = numbers[0], numbers[-1]
    if len(numbers) > 2 and list(numbers) == list(range(first, last + 1)):
        return f"{first}-{last}"
    return ", ".join(map(str, numbers))


def points(value: float) -> str:
    """Write percent points as they were asked for: 1 point, 0.5 points."""
    return "1 point" if value == 1.0 else f"{value:g} points"


def _half(value: float) -> str:
    """Half of an interval in points; a digit more where one would read as nothing."""
    part = 100.0 * value
    return f"{part:.2f}" if 0.0 < part < 0.095 else f"{part:.1f}"


def spread_text(found: Estimate) -> str:
    """Write a part of one as percent, with half of its interval where it has one."""
    mean = f"{100.0 * found.mean:.1f}"
    return f"{mean} ±{_half(found.half)}" if math.isfinite(found.half) else mean


def gap_text(found: Estimate) -> str:
    """Write a difference in points, with its sign."""
    return f"{100.0 * found.mean:+.1f}"


def range_text(found: Estimate) -> str:
    """Write a difference's interval in points, or that there is none."""
    if not math.isfinite(found.half):
        return "none"
    return f"{100.0 * found.low:+.1f}..{100.0 * found.high:+.1f}"


def confidence_text(found: Estimate) -> str:
    """Name the interval by its confidence: 95 %."""
    return f"{100.0 * found.confidence:g} %"


def over_text(found: Estimate) -> str:
    """Say what an interval is over, and of how many; of nothing, that there is none."""
    seeds, subjects = count(found.seeds, "seed"), count(found.subjects, "subject")
    if found.over == "nothing":
        return "one seed, which has no interval"
    both = f"{seeds} and {subjects}"
    return {"seeds": seeds, "subjects": subjects, "both": both}[found.over]


def verdict_text(found: Paired, resolve: float) -> str:
    """Say what a comparison shows, in one phrase.

    Args:
        found: a difference of parts of one.
        resolve: in percent points.
    """
    verdict = found.verdict(resolve / 100.0)
    if verdict == NO_DIFFERENCE:
        return f"no difference shown at {points(resolve)}"
    if verdict == NOT_DECIDED:
        return f"not decided at {points(resolve)}"
    gap = found.over_seeds
    return f"{verdict} by {100.0 * abs(gap.mean):.1f} ±{_half(gap.half)} points"
