"""Intervals hold what they promise; differences are decided as often as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from edgeferro.intervals.estimate import Estimate
from edgeferro.intervals.paired import Paired
from edgeferro.intervals.student import student_cdf, student_quantile

FREEDOMS = (0.5, 1, 1.7, 2, 5.5, 9, 30, 200, 5000)


@pytest.mark.parametrize("freedom", FREEDOMS)
def test_student_is_scipys(freedom: float) -> None:
    """Distribution and quantile are those of another library."""
    for value in (-30.0, -1.0, -0.1, 0.0, 0.2, 2.3, 50.0):
        known = stats.t.cdf(value, freedom)
        assert known == pytest.approx(student_cdf(value, freedom), abs=1e-11)
    for probability in (0.6, 0.8, 0.975, 0.995):
        known = stats.t.ppf(probability, freedom)
        assert known == pytest.approx(student_quantile(probability, freedom), rel=1e-9)


def test_seeds_are_scipys_interval() -> None:
    """Over seeds alone it is the t interval of a textbook."""
    values = [0.931, 0.945, 0.938, 0.951]
    low, high = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    found = Estimate.over_seeds(values)
    assert (pytest.approx(low), pytest.approx(high)) == (found.low, found.high)
    assert (4, 1, "seeds") == (found.seeds, found.subjects, found.over)


def test_one_seed_has_no_interval() -> None:
    """What was done once can be anything."""
    assert math.inf == Estimate.over_seeds([0.9]).half
    one = Estimate.over_both([[0.9, 0.8, 0.7]])
    low, _ = stats.t.interval(0.95, 2, 0.8, stats.sem([0.9, 0.8, 0.7]))
    assert ("subjects", pytest.approx(low)) == (one.over, one.low)


def test_equal_values_have_no_width() -> None:
    """Where nothing varies there is nothing to be unsure of."""
    assert 0.0 == Estimate.over_both(np.full((3, 4), 0.9)).half


@pytest.mark.parametrize("seeds", [3, 10])
def test_covers_seeds_and_subjects(seeds: int) -> None:
    """The interval over both holds the truth in about 95 of 100 crossed draws."""
    draw, held = np.random.default_rng(5), 0
    for _ in range(600):
        table = draw.normal(0, 1, (seeds, 1)) + draw.normal(0, 3, (1, 10))
        found = Estimate.over_both(table + draw.normal(0, 2, (seeds, 10)))
        held += abs(found.mean) <= found.half
    assert 0.92 <= held / 600 <= 0.98


def differences(seeds: int, mean: float, draw: np.random.Generator) -> np.ndarray:
    """Made differences of two ways, seed by seed."""
    return draw.normal(mean, 1.2, seeds)


@pytest.mark.parametrize("pilot", [5, 10])
def test_null_and_two_points(pilot: int) -> None:
    """Equal ways are told apart in at most 7 of 100 draws; two points are found in 75.

    Seeds are added to a pilot up to the number that it asks for, as a command does.
    """
    draw, none, found = np.random.default_rng(pilot), 0, 0
    for _ in range(2000):
        null = differences(pilot, 0.0, draw)
        asked = Paired.of(null, 0 * null).seeds_needed(2.0)
        more = differences(max(0, asked - pilot), 0.0, draw)
        whole = np.concatenate([null, more])
        none += not Paired.of(whole, 0 * whole).shown()
        fresh = differences(asked, 2.0, draw)
        found += Paired.of(fresh, 0 * fresh).verdict(2.0) == "higher"
    assert none >= 0.93 * 2000
    assert found >= 0.75 * 2000


def test_verdicts() -> None:
    """Each of the four, by hand."""
    zero = np.zeros(3)
    assert "higher" == Paired.of([0.020, 0.021, 0.022], zero).verdict(0.01)
    assert "lower" == Paired.of(zero, [0.020, 0.021, 0.022]).verdict(0.01)
    assert "no difference" == Paired.of([-0.001, 0.0, 0.001], zero).verdict(0.01)
    assert "not decided" == Paired.of([-0.02, 0.0, 0.03], zero).verdict(0.01)


def test_shapes_are_judged() -> None:
    """Runs that don't belong together are not compared."""
    with pytest.raises(ValueError, match=r"other: shape \(2,\) is not that of one"):
        Paired.of([1.0, 2.0, 3.0], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"values: shape \(0,\)"):
        Estimate.over_seeds([])
    with pytest.raises(ValueError, match="two seeds are the least"):
        Paired.of([1.0], [0.5]).seeds_needed(1.0)
