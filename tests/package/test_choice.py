"""Runs folded into points, and points held against one another, by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from edgeferro.errors import DataError
from edgeferro.intervals.estimate import Estimate
from edgeferro.sweeping.choice import Choice, fold
from edgeferro.sweeping.layout import Sheet, print_sheets, short_names
from edgeferro.sweeping.question import Question
from edgeferro.sweeping.show import summary
from edgeferro.training.asked import Asked

AXIS = "converters.adc_bits"


def row(
    bits: int, seed: int, after: list[float], energy: float = 1e6
) -> dict[str, object]:
    """One run: accuracies of its subjects, femtojoules of an inference."""
    return {
        AXIS: bits,
        "seed": seed,
        "after_by_subject": after,
        "effective_bits": 5.0,
        "pulses": 12345,
        "inference_energy_fj": energy,
        "update_energy_fj": 1.47e7,
        "area_um2": 1.35e6,
        "gates": 73526.0,
        **dict.fromkeys(("sram_bits", "adcs", "dacs", "lfsrs", "multipliers"), 1648080),
    }


def asking(resolve: float = 1.0, against: dict[str, object] | None = None) -> Question:
    """A question of so many points."""
    return Question(Asked(resolve=resolve), against or {})


def folded(rows: list[dict[str, object]], **asked: Any) -> list[Choice]:
    """Fold rows of one axis."""
    return fold(rows, [AXIS], asking(**asked))


def test_worst_is_the_lowest_mean_and_not_the_mean_of_the_lowest() -> None:
    """Two people who take turns in being the worst: 70 is nobody's mean.

    Their means over the two seeds are 85 and 80; each seed's lowest is 80 and 70.
    """
    found = folded([row(8, 0, [0.8, 0.9]), row(8, 1, [0.9, 0.7])])
    assert [0.8] == pytest.approx([choice.worst for choice in found])
    assert 0.825 == pytest.approx(found[0].after.mean)


def test_a_point_is_held_against_the_first_seed_by_seed() -> None:
    """Seeds 0 to 2 gain 1, 2 and 3 points: 2 +- 4.303 x 1 / sqrt(3) points."""
    base = [0.80, 0.90, 0.70]
    rows = [row(8, seed, [after]) for seed, after in enumerate(base)]
    gain = [0.01, 0.02, 0.03]
    rows += [
        row(9, s, [a + g]) for s, (a, g) in enumerate(zip(base, gain, strict=True))
    ]
    first, second = folded(rows)
    assert first.paired is None
    assert second.paired is not None
    assert 0.02 == pytest.approx(second.paired.over_seeds.mean)
    assert 0.043027 / 3**0.5 == pytest.approx(second.paired.over_seeds.half, rel=1e-4)
    assert "not decided" == second.verdict
    # no difference below 5: 2 + 2.48 is
    assert "no difference" == folded(rows, resolve=5.0)[1].verdict


def test_only_seeds_that_both_points_have_are_compared() -> None:
    """A seed that one of them lacks would be a difference of seeds."""
    rows = [row(8, 0, [0.5]), row(8, 1, [0.8]), row(8, 2, [0.8])]
    rows += [row(9, 1, [0.9]), row(9, 2, [0.9])]
    found = folded(rows)[1]
    assert found.paired is not None
    assert 2 == found.paired.over_seeds.seeds
    assert 0.1 == pytest.approx(found.paired.over_seeds.mean)
    assert "higher" == found.verdict


def test_one_seed_decides_nothing() -> None:
    """Means stand, without an interval, a verdict or a promise of seeds."""
    found = folded([row(8, 0, [0.5]), row(9, 0, [0.9])])[1]
    assert "not decided" == found.verdict
    assert found.needed is None
    assert math.isinf(found.after.half)


def test_against_another_point() -> None:
    """What is named is what others are held against; what is not there is refused."""
    rows = [row(8, s, [0.8]) for s in (0, 1)] + [row(9, s, [0.9]) for s in (0, 1)]
    first, second = folded(rows, against={AXIS: 9})
    assert ("lower", "") == (first.verdict, second.verdict)
    with pytest.raises(DataError, match="no point of the grid that can run has"):
        folded(rows, against={AXIS: 7})
    with pytest.raises(DataError, match=r"array\.reference is no axis"):
        folded(rows, against={"array.reference": "cell"})
    question = asking(against={AXIS: 9})
    with pytest.raises(DataError, match=r"2 points have .*; name controller\.rule too"):
        question.base_of([{AXIS: 9, "controller.rule": rule} for rule in "ab"])


def test_a_dearer_point_needs_seeds_that_show_it() -> None:
    """A gain of 0.5 points with seeds 8 apart earns no star, one of 20 does."""
    noise = np.array([0.0, 0.04, -0.04])
    rows = [row(6, s, [0.70 + noise[s]], 1e6) for s in range(3)]
    rows += [row(7, s, [0.705 - noise[s]], 2e6) for s in range(3)]
    rows += [row(8, s, [0.90 + noise[s]], 3e6) for s in range(3)]
    assert ["*", "", "*"] == [choice.mark for choice in folded(rows)]


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_figure_is_cut_off(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """Wide numbers and long names in narrow windows: all there, no line too long."""
    monkeypatch.setenv("COLUMNS", str(width))
    draw = np.random.default_rng(0)
    rows = [
        {
            **row(0, seed, list(draw.uniform(0.0, 1.0, 10)), 123e6),
            "device.name": device,
            "rule": "sgd-stochastic@0.0025",
            "converters.adc_bits": bits,
        }
        for device in ("hzo-staircase-25mv", "aihwkit-gokmen-vlasov")
        for bits in (9, 10)
        for seed in range(3)
    ]
    names = ["device.name", "rule", "converters.adc_bits"]
    question = asking(resolve=0.01)
    found = fold(rows, names, question)
    summary(found, question)
    said = capsys.readouterr().out
    assert "…" not in said
    assert width >= max(map(len, said.splitlines()))
    for choice in found:
        after, both = choice.after, choice.both
        assert f"{100 * after.mean:.1f} ±{100 * after.half:.1f}" in said
        assert f"±{100 * both.half:.1f}" in said
        if choice.paired is not None:
            assert f"{100 * choice.paired.over_seeds.mean:+.1f} ±" in said
            assert f"3 of {choice.needed}" in said


def test_numbers_stand_for_points_where_names_do_not_fit() -> None:
    """In 30 columns the points are listed, and all figures are there."""
    console = Console(width=30, record=True)
    sheet = Sheet("sheet", ("one", "two", "three"), [["1" * 12] * 3, ["2" * 12] * 3])
    print_sheets(console, [{"a.b": 1}, {"a.b": 2}], [sheet])
    said = console.export_text()
    assert "1: a.b 1" in said
    assert 3 == said.count("1" * 12)
    assert "…" not in said


def test_short_names_stay_different() -> None:
    """The last part of a path names an axis, unless two axes share it."""
    assert ["device", "rule"] == short_names(["device.name", "rule"])
    assert ["program.reads", "calibration.reads", "bits"] == short_names(
        ["program.reads", "calibration.reads", "x.bits"]
    )


def test_intervals_over_both_are_those_of_the_house() -> None:
    """A point's intervals are Estimate's."""
    table = [[0.8, 0.9, 0.7], [0.82, 0.88, 0.74]]
    found = folded([row(8, s, after) for s, after in enumerate(table)])[0]
    assert Estimate.over_both(table) == found.both
    assert Estimate.over_seeds(table) == found.after
