"""Intervals hold what they promise; differences are decided as often as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from edgeferro.intervals.estimate import Estimate, worst_subject
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
    assert [low, high] == pytest.approx([found.low, found.high])
    assert (4, 1, "seeds") == (found.seeds, found.subjects, found.over)


def test_one_seed_has_no_interval() -> None:
    """What was done once can be anything."""
    assert math.inf == Estimate.over_seeds([0.9]).half
    one = Estimate.over_both([[0.9, 0.8, 0.7]])
    low, _ = stats.t.interval(0.95, 2, 0.8, stats.sem([0.9, 0.8, 0.7]))
    assert "subjects" == one.over
    assert low == pytest.approx(one.low)


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


def test_interval_of_another_confidence() -> None:
    """A wider confidence is a textbook's wider interval."""
    values = [0.931, 0.945, 0.938, 0.951]
    low, high = stats.t.interval(0.99, 3, np.mean(values), stats.sem(values))
    found = Estimate.over_seeds(values, 0.99)
    assert [low, high] == pytest.approx([found.low, found.high])
    assert 0.99 == found.to_dict()["confidence"]
    assert found == Paired.of(values, [0.0] * 4, 0.99).over_seeds


def test_seeds_needed_are_a_guarantee() -> None:
    """The number asked for keeps the half by the deviation and freedom at hand."""
    values = np.random.default_rng(1).normal(0.0, 1.0, 10)
    deviation = values.std(ddof=1)
    asked = Estimate.over_seeds(values).seeds_needed(0.5)
    width = stats.t.ppf(0.975, 9) * deviation
    assert math.ceil((width / 0.5) ** 2) == asked
    assert asked == Paired.of(values, 0 * values).seeds_needed(1.0)
    with pytest.raises(ValueError, match="two seeds are the least"):
        Estimate.over_seeds([0.9]).seeds_needed(0.1)


def test_worst_is_the_lowest_mean_over_seeds() -> None:
    """Not the mean of each seed's lowest, which is lower; the first of equals."""
    table = [[0.8, 0.9, 0.7], [0.8, 0.6, 0.9]]
    index, found = worst_subject(table)
    assert (1, 2) == (index, found.seeds)
    assert 0.75 == pytest.approx(found.mean)
    assert found.half == Estimate.over_seeds([0.9, 0.6]).half
    assert 0 == worst_subject([[0.5, 0.5]])[0]


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
