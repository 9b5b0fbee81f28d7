"""How much longer one way takes than another: turn and turn about, on a busy machine.

Only the processor's time of this thread counts. Both ways go in pairs, and take turns
in going first; what other programs do to the caches, they do to both. Where code and
data lie in memory matters too, so they are laid out several times, and the interval is
drawn from those.
"""

from __future__ import annotations

import math
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Ratio", "Way", "compare"]

_PLACES: Final = (8, 60)  # at least, at most
_PAIRS: Final = 16
_SURE: Final = 2.4  # standard errors either side: 95 % with eight places


class Way(NamedTuple):
    """One of the two.

    Attributes:
        work: what is timed.
        before: what goes before it each time.
        result: what the work came to.
    """

    work: Callable[[], None]
    before: Callable[[], None]
    result: Callable[[], Any]


@dataclass(frozen=True)
class Ratio:
    """Time of one way over that of another.

    Attributes:
        value: mean over places of the median pair.
        error: half of its interval, 95 %.
        turns: median nanoseconds of a turn of each.
        same: whether both came to the same.
    """

    value: float
    error: float
    turns: tuple[float, float]
    same: bool

    def __str__(self) -> str:
        """Write the ratio with its interval."""
        low, high = self.value - self.error, self.value + self.error
        return f"{self.value:.3f} ({low:.3f}..{high:.3f})"


def _timed(way: Way) -> int:
    way.before()
    begin = time.thread_time_ns()
    way.work()
    return time.thread_time_ns() - begin


def compare(
    first: Callable[[], Way], second: Callable[[], Way], within: float = 0.01
) -> Ratio:
    """Time two ways until the interval is narrow enough.

    Args:
        first: lays its way out in memory anew.
        second: lays out the other.
        within: half of the interval that is asked for.
    """
    medians: list[float] = []
    turns: tuple[list[int], list[int]] = ([], [])
    error, same = math.inf, True
    while len(medians) < _PLACES[1] and not error <= within:
        ways = (first(), second())
        _timed(ways[0]), _timed(ways[1])  # pages and caches
        same = same and ways[0].result() == ways[1].result()
        ratios = []
        for i in range(_PAIRS):
            took = {k: _timed(ways[k]) for k in ((0, 1) if i % 2 == 0 else (1, 0))}
            ratios.append(took[0] / took[1])
            turns[0].append(took[0])
            turns[1].append(took[1])
        medians.append(statistics.median(ratios))
        if len(medians) >= _PLACES[0]:
            error = _SURE * statistics.stdev(medians) / math.sqrt(len(medians))
    both = statistics.median(turns[0]), statistics.median(turns[1])
    return Ratio(statistics.fmean(medians), error, both, same)
