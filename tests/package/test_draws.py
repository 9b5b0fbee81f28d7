"""Draws of what is uncertain: percentiles, shares of variance, pairs of totals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edgeferro.energy.draws import MEETING, Draws, Paired
from edgeferro.energy.factors import Factor, Product

QJ = 10**30  # a joule


def linear(name: str, mean: float, group: str, power: int = 1) -> Factor:
    """A number drawn from a triangle that begins at 0; symmetric about its mean."""
    return Factor(name, 0.0, mean, 2.0 * mean, power, group)


def variance(mean: float) -> float:
    """Of a symmetric triangle over 0..2 mean: its width squared over 24."""
    return (2.0 * mean) ** 2 / 24.0


def test_shares_of_a_sum_by_hand() -> None:
    """3 J and 1 J of two groups: variances 1.5 and 1/6, so 90 and 10 %."""
    terms = [
        Product("adc", QJ, (linear("adc", 3.0, "converters"),)),
        Product("sram", QJ, (linear("sram", 1.0, "node"),)),
        Product("sure", 5.0 * QJ, ()),
    ]
    found = Draws(20_000, 1).spread(terms)
    assert 9.0 == pytest.approx(found.typical)
    assert 9.0 == pytest.approx(found.p50, rel=2e-3)
    assert ["converters", "node", MEETING] == [s.group for s in found.shares]
    parts = [share.part for share in found.shares]
    assert [0.9, 0.1, 0.0] == pytest.approx(parts, abs=0.01)


def test_two_numbers_of_a_group_by_hand() -> None:
    """Within a group independent numbers add variances, one number adds amplitudes."""
    one, other = (linear(name, 1.0, "node") for name in "ab")
    third = linear("c", 1.0, "loads")
    apart = [
        Product(n, QJ, (f,)) for n, f in zip("xyz", (one, other, third), strict=True)
    ]
    same = [Product(n, QJ, (f,)) for n, f in zip("xyz", (one, one, third), strict=True)]
    draws = Draws(20_000, 2)
    found = {s.group: s.part for s in draws.shares(apart)}
    assert [2 / 3, 1 / 3] == pytest.approx([found["node"], found["loads"]], abs=0.01)
    found = {s.group: s.part for s in draws.shares(same)}
    assert [4 / 5, 1 / 5] == pytest.approx([found["node"], found["loads"]], abs=0.01)
    expected = math.sqrt(2.0 * variance(1.0))
    assert expected == pytest.approx(np.std(draws.total(apart[:2]) / QJ), rel=0.02)


def test_what_meets_in_a_product_by_hand() -> None:
    """X Y of two groups, mean 1 and variance v each: v, v and v^2 of 2 v + v^2."""
    terms = [Product("p", QJ, (linear("x", 1.0, "a"), linear("y", 1.0, "b")))]
    v = variance(1.0)
    whole = 2.0 * v + v * v
    found = {s.group: s.part for s in Draws(50_000, 3).shares(terms)}
    wanted = {"a": v / whole, "b": v / whole, MEETING: v * v / whole}
    assert wanted == pytest.approx(found, abs=0.015)


def test_shares_against_brute_force() -> None:
    """Var(E[Y | group]) by a double loop: the group held, all others drawn anew."""
    a = Factor("a", 1.0, 2.0, 8.0, 1, "one")
    b = Factor("b", 0.5, 1.0, 1.5, 2, "one")
    c = Factor("c", 0.3, 0.9, 1.0, -1, "two")
    d = Factor("d", 1.0, 3.0, 30.0, 1, "three")
    terms = [
        Product("p", 2.0, (a, c)),
        Product("q", 1.0, (a, b)),
        Product("r", 0.7, (d, c)),
    ]
    rng = np.random.default_rng(0)
    found = {s.group: s.part for s in Draws(100_000, 4).shares(terms)}
    everything = {f.name: rng.random(400_000) for f in (a, b, c, d)}
    whole = np.var(sum(t.drawn(everything) for t in terms))
    for group, held in {"one": "ab", "two": "c", "three": "d"}.items():
        means = []
        for _ in range(2000):
            parts = {
                name: np.full(2000, rng.random()) if name in held else rng.random(2000)
                for name in "abcd"
            }
            means.append(np.mean(sum(t.drawn(parts) for t in terms)))
        assert np.var(means) / whole == pytest.approx(found[group], abs=0.03)


def test_draws_repeat_by_name_and_seed() -> None:
    """A number's draws follow from its name and the seed, whatever else is drawn."""
    x, y = Draws(1000, 7), Draws(1000, 7)
    y.part("something before")
    assert np.array_equal(x.part("adc"), y.part("adc"))
    assert not np.array_equal(x.part("adc"), x.part("dac"))
    assert not np.array_equal(x.part("adc"), Draws(1000, 8).part("adc"))
    elsewhere = Draws(1000, 7, frozenset({"adc"}))
    assert not np.array_equal(x.part("adc"), elsewhere.part("adc"))
    assert np.array_equal(x.part("dac"), elsewhere.part("dac"))


def test_draws_are_stratified() -> None:
    """One draw in each of as many equal parts."""
    part = np.sort(Draws(500, 0).part("adc"))
    assert np.array_equal(np.arange(500), np.floor(part * 500))


def test_pairs_by_hand() -> None:
    """What both share cancels: a constant ratio, and no doubt which is below."""
    shared = Factor("adc", 1.0, 2.0, 16.0, 1, "converters")
    draws = Draws(2000, 5)
    first = draws.total([Product("adc", 1.0, (shared,))])
    second = draws.total([Product("adc", 0.8, (shared,))])
    found = Paired.of(first, second)
    assert [0.8] * 3 == pytest.approx([found.p5, found.p50, found.p95])
    assert 1.0 == found.below
    other = Draws(2000, 5, frozenset({"adc"}))
    apart = Paired.of(first, other.total([Product("adc", 1.0, (shared,))]))
    assert 0.5 == pytest.approx(apart.below, abs=0.04)
    assert apart.p5 < 0.5 < 2.0 < apart.p95


def test_nothing_uncertain_has_no_shares() -> None:
    """A total without a range is that total, and nobody owns its spread."""
    found = Draws(100, 0).spread([Product("sure", 2.0 * QJ, ())])
    assert (2.0, 2.0, 2.0, 2.0) == pytest.approx(
        (found.typical, found.p5, found.p50, found.p95)
    )
    assert () == found.shares
