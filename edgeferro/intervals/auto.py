"""Seeds added until a question is decided, and no more is claimed than was asked.

Adding seeds until a difference is shown shows one sooner or later, where there is
none. So the mean of a difference is looked at twice at most, and the 5 % of false
findings are shared out (as O. J. Dunn, Journal of the American Statistical Association
56, 52, 1961): once after the first seeds, at 99 %, which ends it where ways are far
apart; and once when the interval is narrow enough, at 97 %. In between only its width
is looked at, and says how many seeds are still to come (after C. Stein, ``seeds_for``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from edgeferro.intervals.estimate import CONFIDENCE, Estimate
from edgeferro.intervals.paired import NOT_DECIDED, Paired

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import ArrayLike

__all__ = [
    "SEEDS_FIRST",
    "SEEDS_MOST",
    "ask_difference",
    "ask_mean",
    "judge",
    "until_decided",
]

SEEDS_FIRST: Final = 10  # fewer know a deviation too badly, and ask for many more
SEEDS_MOST: Final = 64
_FIRST_LOOK: Final = 0.99
_LAST_LOOK: Final = 0.97

Way = TypeVar("Way")


def until_decided(
    ways: Iterable[Way],
    run: Callable[[Mapping[Way, range]], None],
    asked: Callable[[Way], int],
    most: int = SEEDS_MOST,
) -> dict[Way, int]:
    """Run seeds 0, 1, ... of each way until no way asks for more, or has the most.

    Args:
        ways: whatever is run; one for a mean, two to compare, or the points of a sweep.
        run: runs the seeds that each way is given, and keeps what comes of them.
        asked: seeds in all that a way wants now, such as :func:`ask_difference` says.
        most: seeds of a way, SEEDS_FIRST or more.

    Returns:
        the number of seeds of each way.
    """
    have = dict.fromkeys(ways, 0)
    wanted = dict.fromkeys(have, SEEDS_FIRST)
    while more := {w: range(n, wanted[w]) for w, n in have.items() if wanted[w] > n}:
        run(more)
        have = wanted
        wanted = {way: max(n, min(asked(way), most)) for way, n in have.items()}
    return have


def ask_mean(values: ArrayLike, half: float) -> int:
    """Seeds in all for a mean whose interval is at most ``half`` to either side.

    Args:
        values: of shape (seeds,) or (seeds, subjects); SEEDS_FIRST seeds or more.
        half: of the interval over seeds, in the values' unit.
    """
    found = Estimate.over_seeds(values, CONFIDENCE)
    if found.half <= half:
        return found.seeds
    return max(found.seeds + 1, found.seeds_needed(half))


def ask_difference(one: ArrayLike, other: ArrayLike, resolve: float) -> int:
    """Seeds in all that decide between two ways; those at hand where they do.

    Args:
        one: of shape (seeds,) or (seeds, subjects); SEEDS_FIRST seeds or more.
        other: of the same shape, with the same seeds and subjects.
        resolve: difference that is to be found, in the values' unit.
    """
    gap = np.asarray(one, dtype=float) - np.asarray(other, dtype=float)
    each = gap.reshape(len(gap), -1).mean(axis=1)  # people decide nothing here
    found = judge(each, np.zeros_like(each), resolve)
    seeds, half = found.over_seeds.seeds, found.over_seeds.half
    if found.over_seeds.confidence == _FIRST_LOOK or 2.0 * half <= resolve:
        return seeds
    return max(seeds + 1, found.seeds_needed(resolve))


def judge(one: ArrayLike, other: ArrayLike, resolve: float) -> Paired:
    """Compare two ways that seeds were added to: the interval is of the last look."""
    first = Paired.of(one, other, _FIRST_LOOK)
    early = first.over_seeds.seeds == SEEDS_FIRST
    if early and first.verdict(resolve) != NOT_DECIDED:
        return first
    return Paired.of(one, other, _LAST_LOOK)
