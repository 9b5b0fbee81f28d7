"""Accuracies with their intervals, comparisons with verdicts, and added seeds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from console import call
from scipy import stats

if TYPE_CHECKING:
    from pathlib import Path

SHORT = ("--subjects", "0", "--passes", "1", "--quiet")
TWO = ("--subjects", "0-1", "--passes", "1", "--quiet")


def ran(folder: Path, *arguments: object) -> tuple[str, dict[str, Any]]:
    """What a training printed, and what --json wrote."""
    path = folder / "out.json"
    done = call("train", *arguments, "--json", path)
    assert 0 == done.returncode, done.stderr
    figures: dict[str, Any] = json.loads(path.read_text())
    return done.stdout, figures


def table(figures: dict[str, Any], name: str) -> np.ndarray:
    """Accuracies of the units, seeds by subjects, from their own lines of --json."""
    seeds, subjects = figures["seeds"], [s["subject"] for s in figures["subjects"]]
    found = {(u["seed"], u["subject"]): u for u in figures["units"]}
    return np.array([[found[seed, who][name] for who in subjects] for seed in seeds])


def test_intervals_are_a_textbooks(tmp_path: Path) -> None:
    """Ends over the seeds are those of the units' means; people and worst are there."""
    printed, figures = ran(tmp_path, *TWO, "--seeds", "0-2")
    for name in ("before", "after", "online"):
        values = table(figures, name).mean(axis=1)
        ends = stats.t.interval(0.95, 2, values.mean(), stats.sem(values))
        found = figures["intervals"][name]["over_seeds"]
        assert list(ends) == pytest.approx([found["low"], found["high"]])
        assert (3, 2, "seeds") == (found["seeds"], found["subjects"], found["over"])
        assert "both" == figures["intervals"][name]["over_both"]["over"]
        half = f"{100 * (found['high'] - found['low']) / 2:.1f}"
        assert f"{100 * found['mean']:.1f} ±{half}" in printed
    column = table(figures, "after")[:, figures["accuracy"]["worst_subject_index"]]
    worst = figures["intervals"]["worst"]["over_seeds"]
    assert column.mean() == pytest.approx(worst["mean"])
    assert "±: half the 95 % interval over 3 seeds" in printed
    assert "over 3 seeds and 2 subjects, other people too: before " in printed


def test_one_seed_says_that_it_has_none(tmp_path: Path) -> None:
    """One seed has no interval: neither ends in --json nor ± in its table."""
    printed, figures = ran(tmp_path, *SHORT, "--seeds", "0")
    found = figures["intervals"]["after"]["over_seeds"]
    assert (None, None, "nothing") == (found["low"], found["high"], found["over"])
    assert "one seed is one chip: its accuracies have no interval" in printed
    assert "±" not in printed


def test_compared(tmp_path: Path) -> None:
    """The difference is paired by seed, with verdict and the number that decides."""
    options = (*TWO, "--seeds", "0-3", "--compare", "converters.adc_bits=4")
    printed, figures = ran(tmp_path, *options, "--resolve", 2)
    second = figures["compare"]
    gap = (table(second, "after") - table(figures, "after")).mean(axis=1)
    ends = stats.t.interval(0.95, 3, gap.mean(), stats.sem(gap))
    found = second["difference"]["after"]
    assert list(ends) == pytest.approx(
        [found["over_seeds"][e] for e in ("low", "high")]
    )
    assert ("lower", 0.02) == (found["verdict"], found["resolve"])
    width = 2 * stats.t.ppf(0.975, 3) * gap.std(ddof=1)
    assert np.ceil((width / 0.02) ** 2) <= found["seeds_needed"]
    assert found["seeds_needed"] <= 1.05 * (width / 0.02) ** 2 + 1
    said = "after learning, with converters.adc_bits=4: lower by "
    assert f"{said}{-100 * gap.mean():.1f} ±" in " ".join(printed.split())


def test_two_seeds_compare_nothing(tmp_path: Path) -> None:
    """Two seeds give a difference, but no verdict to lean on."""
    options = (*SHORT, "--seeds", "0-1", "--compare", "converters.adc_bits=7")
    printed, figures = ran(tmp_path, *options)
    assert "of 2 seeds nothing is decided; --seeds 0-2 is the least" in printed
    assert figures["compare"]["difference"]["after"]["seeds_needed"] is None


def test_what_no_accuracy_hears_is_no_difference(tmp_path: Path) -> None:
    """Other prices make other energies, and the same chips."""
    options = (*SHORT, "--compare", "energy.prices=cmos-28nm")
    printed, figures = ran(tmp_path, *options, "--seeds", "auto")
    found = figures["compare"]["difference"]["after"]
    assert ("no difference", 10) == (found["verdict"], found["over_seeds"]["seeds"])
    assert "no difference shown at 1 point" in " ".join(printed.split())


def test_added_seeds_are_as_if_given(tmp_path: Path) -> None:
    """Seeds that auto ended with give the same signature when they are named."""
    done, auto = ran(tmp_path, *SHORT, "--seeds", "auto", "--resolve", 1.2)
    seeds = auto["seeds"]
    assert list(range(len(seeds))) == seeds
    assert 10 < len(seeds) < 64
    found = auto["intervals"]["after"]["over_seeds"]
    assert (found["high"] - found["low"]) / 2 <= 0.012
    assert "is within ±1.2 points" in done
    _, named = ran(tmp_path, *SHORT, "--seeds", f"0-{seeds[-1]}")
    assert named["signature"] == auto["signature"]
    assert named["record"] == auto["record"]


def test_far_apart_ends_after_the_first_seeds(tmp_path: Path) -> None:
    """What the first seeds show at 99 % asks for no more."""
    options = (*SHORT, "--seeds", "auto", "--compare", "converters.adc_bits=4")
    _, figures = ran(tmp_path, *options)
    found = figures["compare"]["difference"]["after"]
    assert "lower" == found["verdict"]
    assert (10, 0.99) == tuple(found["over_seeds"][n] for n in ("seeds", "confidence"))


def test_a_limit_is_kept_and_said(tmp_path: Path) -> None:
    """At most as many seeds as are allowed run, and what is open is said to be."""
    options = ("--resolve", 0.05, "--seeds", "auto", "--seeds-most", 11)
    more = ("--compare", "converters.adc_bits=9")
    printed, figures = ran(tmp_path, *SHORT, *options, *more)
    assert 11 == len(figures["seeds"])
    found = figures["compare"]["difference"]["after"]
    assert ("not decided", 0.97) == (
        found["verdict"],
        found["over_seeds"]["confidence"],
    )
    said = " ".join(printed.split())
    assert "not decided at 0.05 points (97 % over 11 seeds)" in said
    assert "seeds would decide, above --seeds-most 11" in said
    printed, _ = ran(tmp_path, *SHORT, *options)
    assert "is not within ±0.05 points; about " in " ".join(printed.split())


def calibrated(folder: Path, *arguments: object) -> tuple[str, list[dict[str, Any]]]:
    """What a calibration printed, and its choices in --json."""
    path = folder / "map.json"
    done = call("calibrate", *SHORT, *arguments, "--json", path)
    assert 0 == done.returncode, done.stderr
    choices: list[dict[str, Any]] = json.loads(path.read_text())["choices"]
    return done.stdout, choices


def test_calibrated_choices_beside_mid_level(tmp_path: Path) -> None:
    """Differences from none are paired by seed; zeros are over the seeds."""
    printed, choices = calibrated(tmp_path, "--seeds", "0-2")
    assert [True] + 4 * [False] == [row["difference"] is None for row in choices]
    gap = (table(choices[3], "after") - table(choices[0], "after")).mean(axis=1)
    ends = stats.t.interval(0.95, 2, gap.mean(), stats.sem(gap))
    found = choices[3]["difference"]["after"]["over_seeds"]
    assert list(ends) == pytest.approx([found["low"], found["high"]])
    zero = choices[3]["residual_over_seeds"]["rms"]
    half = (zero["high"] - zero["low"]) / 2
    assert 3 == zero["seeds"]
    assert f"{100 * zero['mean']:.2f} ±{100 * half:.2f}" in printed


def test_calibrate_adds_seeds(tmp_path: Path) -> None:
    """Seeds are added for each choice by itself; mid-level has the most of them."""
    options = ("--seeds", "auto", "--resolve", 3, "--seeds-most", 12)
    _, choices = calibrated(tmp_path, *options)
    none, *others = (len(row["seeds"]) for row in choices)
    assert none == max(others)
    assert min(others) >= 10
    for row in choices[1:]:
        found = row["difference"]["after"]["over_seeds"]
        assert len(row["seeds"]) == found["seeds"]
        assert found["confidence"] in (0.97, 0.99)


def test_calibrate_refuses_as_train_does(tmp_path: Path) -> None:
    """Options of seeds are judged before anything runs."""
    done = call("calibrate", "--seeds", "0-1", "--resolve", "1", cwd=tmp_path)
    assert 2 == done.returncode
    assert done.stderr.startswith("edgeferro: --resolve: 2 of the 3 seeds that it ")


REFUSED = {
    "--resolve 0": "--resolve: 0 is not above 0 and up to 100 points",
    "--resolve nan": "--resolve: nan is not above 0 and up to 100 points",
    "--resolve 1 --seeds 0": "--resolve: 1 of the 3 seeds that it takes at least; ",
    "--seeds-most 20": "--seeds-most: has no effect with --seeds 0-2, but with auto",
    "--seeds auto --seeds-most 5": "--seeds-most: 5 is not in 10..10000; --seeds auto",
    "--seeds auto --save a": "--seeds auto: not together with --save or --trace, ",
    "--seeds auto --trace a": "--seeds auto: not together with --save or --trace, ",
    "--compare converters.adc_bits=8": "--compare: converters.adc_bits=8 leaves the ",
    "--compare usage.updates_per_day=7": "--compare: usage.updates_per_day=7 leaves ",
    "--resume a --resolve 1": "--resume: not together with --resolve: it goes on as ",
    "--resolve one": "--resolve: 'one' is not a number",
}


@pytest.mark.parametrize("line", REFUSED)
def test_refused_before_anything_runs(line: str, tmp_path: Path) -> None:
    """One line that names the option and what would do; no file is left."""
    done = call("train", *line.split(), cwd=tmp_path)
    assert 2 == done.returncode
    assert "" == done.stdout
    assert 1 == done.stderr.count("\n")
    assert done.stderr.startswith(f"edgeferro: {REFUSED[line]}")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("columns", [80, 60, 40])
def test_no_figure_is_cut(
    columns: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However narrow the terminal, each figure stands whole in its line."""
    monkeypatch.setenv("COLUMNS", str(columns))
    options = (*TWO, "--seeds", "0-2", "--compare", "converters.adc_bits=4")
    printed, figures = ran(tmp_path, *options)
    assert "…" not in printed
    assert columns >= max(map(len, printed.splitlines()))
    words = printed.split()
    for part in (figures, figures["compare"], *figures["subjects"]):
        assert part["signature"] in words
        assert str(part["pulses"]) in words
    found = figures["compare"]["difference"]["after"]["over_seeds"]
    assert f"{100 * found['low']:+.1f}..{100 * found['high']:+.1f}" in words
