"""Seeds that are added decide, and find no difference where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from edgeferro.intervals.auto import (
    SEEDS_FIRST,
    ask_difference,
    ask_mean,
    judge,
    until_decided,
)
from edgeferro.intervals.estimate import Estimate
from edgeferro.intervals.paired import Paired

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DRAWS = 400
MOST = 64


class Made:
    """Two made chips: accuracies in percent of ten people, whom both chips share.

    Seeds move a chip's mean by ``deviation``, people differ by 3 points, and each
    run by 2 more; half of what a seed does is common to both chips.
    """

    def __init__(self, draw: np.random.Generator, deviation: float, gap: float) -> None:
        self.runs = dict.fromkeys(("a", "b"), np.empty((0, 10)))
        people = draw.normal(90.0, 3.0, 10)
        common = draw.normal(0.0, deviation / 2**0.5, (MOST, 1))
        alone = (draw.normal(0.0, deviation / 2**0.5, (MOST, 1)) for _ in "ab")
        self.truth = {
            name: people + level + common + own + draw.normal(0.0, 2.0, (MOST, 10))
            for name, level, own in zip("ab", (gap, 0.0), alone, strict=True)
        }

    def run(self, more: Mapping[str, range]) -> None:
        """Add the seeds that are asked for, in their order."""
        for name, seeds in more.items():
            fresh = self.truth[name][seeds.start : seeds.stop]
            assert len(self.runs[name]) == seeds.start
            self.runs[name] = np.concatenate([self.runs[name], fresh])


def compared(made: Made, resolve: float) -> tuple[str, int]:
    """Verdict and seeds of a comparison whose seeds are added."""
    have = until_decided(
        "ab",
        made.run,
        lambda _: ask_difference(made.runs["a"], made.runs["b"], resolve),
        MOST,
    )
    assert have["a"] == have["b"]
    found = judge(*(made.runs[name].mean(axis=1) for name in "ab"), resolve)
    return found.verdict(resolve), have["a"]


@pytest.mark.parametrize("deviation", [0.7, 1.0, 1.3])
@pytest.mark.parametrize("resolve", [1.0, 2.0])
def test_equal_chips_are_no_difference(deviation: float, resolve: float) -> None:
    """Equal chips are called so in at least 93 of 100 draws."""
    draw = np.random.default_rng(round(10 * deviation + resolve))
    ends = [compared(Made(draw, deviation, 0.0), resolve)[0] for _ in range(DRAWS)]
    assert 0.93 * DRAWS <= ends.count("no difference")


@pytest.mark.parametrize("deviation", [0.7, 1.0, 1.3])
@pytest.mark.parametrize("resolve", [1.0, 2.0])
def test_two_points_are_found(deviation: float, resolve: float) -> None:
    """Two points are found in more than 75 of 100 draws, mostly by few seeds."""
    draw = np.random.default_rng(round(10 * deviation + resolve))
    ends = [compared(Made(draw, deviation, 2.0), resolve) for _ in range(DRAWS)]
    assert 0.93 * DRAWS <= [verdict for verdict, _ in ends].count("higher")
    assert SEEDS_FIRST <= np.mean([seeds for _, seeds in ends]) <= 25


@pytest.mark.parametrize("pilot", [3, 5, 10])
@pytest.mark.parametrize("deviation", [0.7, 1.3])
def test_seeds_that_a_comparison_names_are_enough(pilot: int, deviation: float) -> None:
    """Run anew with the number that a few seeds named, two points are found."""
    draw, found, none = np.random.default_rng(pilot), 0, 0
    for _ in range(DRAWS):
        few = draw.normal(2.0, deviation, pilot)
        named = Paired.of(few, 0 * few).seeds_needed(2.0)
        two, null = (draw.normal(mean, deviation, named) for mean in (2.0, 0.0))
        found += Paired.of(two, 0 * two).verdict(2.0) == "higher"
        none += not Paired.of(null, 0 * null).shown()
    assert 0.85 * DRAWS <= found
    assert 0.93 * DRAWS <= none


def test_far_apart_ends_with_the_first_seeds() -> None:
    """Chips that are far apart need no more seeds, however much they vary."""
    draw = np.random.default_rng(3)
    ends = {compared(Made(draw, 3.0, -15.0), 1.0) for _ in range(50)}
    assert {("lower", SEEDS_FIRST)} == ends


def test_a_limit_leaves_it_undecided() -> None:
    """What the most seeds don't decide is said to be undecided."""
    draw = np.random.default_rng(4)
    made = Made(draw, 6.0, 0.0)
    assert ("not decided", MOST) == compared(made, 1.0)


def narrowed(truth: np.ndarray, half: float) -> Estimate:
    """Mean of as many of these seeds as its interval asks for."""
    have = {"a": SEEDS_FIRST}

    def run(more: Mapping[str, range]) -> None:
        have["a"] = more["a"].stop

    until_decided("a", run, lambda _: ask_mean(truth[: have["a"]], half), MOST)
    return Estimate.over_seeds(truth[: have["a"]])


@pytest.mark.parametrize("deviation", [0.7, 1.0, 1.3])
def test_a_mean_as_narrow_as_asked(deviation: float) -> None:
    """The interval is as narrow as asked, and holds the truth in 95 of 100 draws."""
    draw = np.random.default_rng(7)
    found = [narrowed(draw.normal(0.0, deviation, MOST), 0.6) for _ in range(DRAWS)]
    assert 0.6 >= max(one.half for one in found)
    held = sum(abs(one.mean) <= one.half for one in found)
    assert 0.93 <= held / DRAWS <= 0.99


def test_each_way_gets_its_own_seeds() -> None:
    """Of many ways those that ask for more get more, in one go for all of them."""
    rounds: list[dict[str, range]] = []
    asks: Callable[[str], int] = {"a": 0, "b": 30, "c": 999}.__getitem__
    have = until_decided("abc", lambda more: rounds.append(dict(more)), asks, 40)
    first = range(SEEDS_FIRST)
    more = {"b": range(SEEDS_FIRST, 30), "c": range(SEEDS_FIRST, 40)}
    assert [dict.fromkeys("abc", first), more] == rounds
    assert {"a": SEEDS_FIRST, "b": 30, "c": 40} == have
