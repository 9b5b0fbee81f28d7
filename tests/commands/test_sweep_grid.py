"""Axes that vary together, points that no chip can have, and seeds that are added."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest
from console import call

from edgeferro.cli.arguments import grid_axes
from edgeferro.errors import ConfigError
from edgeferro.intervals.auto import SEEDS_FIRST
from edgeferro.sweeping.grid import Axis

if TYPE_CHECKING:
    from pathlib import Path

SHORT = "--subjects 0-1 --passes 0 --quiet --workers 1 --backend threading".split()
PAIR = "controller.accumulator_bits,controller.threshold"


def points(out: Path) -> list[dict[str, str]]:
    """Rows of the table of points."""
    place = out.with_name(f"{out.stem}-points.csv")
    return list(csv.DictReader(place.read_text().splitlines()))


def test_settings_that_vary_together() -> None:
    """a,b=1:2,3:4 is two steps of two settings, not four points."""
    axes = grid_axes(["a.x, b.y=1:two,3:[4, 5]", "c=1,2"], "--grid")
    assert {"a.x,b.y": ((1, "two"), (3, [4, 5])), "c": (1, 2)} == axes
    both = Axis("a.x,b.y", axes["a.x,b.y"])
    assert [{"a.x": 1, "b.y": "two"}, {"a.x": 3, "b.y": [4, 5]}] == both.steps()


def test_a_value_that_is_not_one_for_each() -> None:
    """Too few or too many values between colons are refused, by name."""
    axis = Axis("a,b", grid_axes(["a,b=1:2,3"], "--grid")["a,b"])
    with pytest.raises(ConfigError, match="'3' is not 2 values with colons between"):
        axis.steps()
    with pytest.raises(ConfigError, match="names no value, or one twice"):
        Axis("a,b", ((1, 2), (1, 2)))


def test_refused_points_are_listed_and_the_others_run(tmp_path: Path) -> None:
    """Accumulators of 8 bits can't hold a threshold of 4096; the rest is run.

    The exit code says that something was refused, the summary what and why.
    """
    out, figures = tmp_path / "a.csv", tmp_path / "a.json"
    grid = f"{PAIR}=16:4096,8:4096,8:96"
    done = call("sweep", *SHORT, "--grid", grid, "--out", out, "--json", figures)
    assert 1 == done.returncode
    why = "controller.threshold: 4096 is not in 1..127"
    assert why in done.stdout
    assert (
        f"edgeferro: 1 refused (listed above); all others are in {out}" in done.stderr
    )
    assert "note: 1 of 3 points are refused; the others run" in done.stderr
    found = [tuple(row[name] for name in PAIR.split(",")) for row in points(out)]
    assert [("16", "4096"), ("8", "96")] == found
    assert 6 == len(list(csv.DictReader(out.read_text().splitlines())))
    content = json.loads(figures.read_text())
    assert [dict(zip(PAIR.split(","), (8, 4096), strict=True))] == [
        one["values"] for one in content["refused"]
    ]
    assert why in content["refused"][0]["why"]


def test_figures_of_the_points_follow_from_the_table_of_runs(tmp_path: Path) -> None:
    """Accuracies by seed and subject are in both; one mean is theirs."""
    out, figures = tmp_path / "a.csv", tmp_path / "a.json"
    grid = ["--grid", "converters.adc_bits=4,9"]
    done = call("sweep", *SHORT, *grid, "--out", out, "--json", figures)
    assert 0 == done.returncode, done.stderr
    rows = list(csv.DictReader(out.read_text().splitlines()))
    table = [list(map(float, row["after_by_subject"].split())) for row in rows]
    assert 2 == len(table[0])
    content = json.loads(figures.read_text())
    for place, row in zip(content["points"], points(out), strict=True):
        mine = [table.pop(0) for _ in place["seeds"]]
        assert mine == place["after_by_seed_and_subject"]
        mean = sum(map(sum, mine)) / 6
        assert mean == pytest.approx(place["after"]["mean"])
        assert mean == pytest.approx(float(row["after"]))
        assert place["after"]["low"] == pytest.approx(float(row["after_low"]))
    assert {"converters.adc_bits": 4} == content["against"]
    second = content["points"][1]
    made = second["hardware"]
    assert [str(made["sram_bits"])] * 3 == [row["sram_bits"] for row in rows[3:]]
    assert float(points(out)[1]["area_um2"]) == pytest.approx(made["area_um2"]["value"])
    assert (
        made["area_um2"]["value"]
        > content["points"][0]["hardware"]["area_um2"]["value"]
    )
    assert points(out)[1]["verdict"] == second["verdict"]
    assert second["verdict"]
    gain = second["after"]["mean"] - content["points"][0]["after"]["mean"]
    assert gain == pytest.approx(second["difference"]["mean"])


def test_seeds_are_added_until_it_is_decided(tmp_path: Path) -> None:
    """Ways far apart end after the first seeds; run again, nothing runs anew."""
    out = tmp_path / "a.csv"
    line = ["sweep", *SHORT, "--seeds", "auto", "--seeds-most", "11"]
    line += ["--grid", "converters.adc_bits=9,4", "--out", str(out)]
    done = call(*line)
    assert 0 == done.returncode, done.stderr
    assert ["", "lower"] == [row["verdict"] for row in points(out)]
    assert [str(SEEDS_FIRST)] * 2 == [row["seeds"] for row in points(out)]
    before = out.read_bytes()
    assert 0 == call(*line).returncode
    assert before == out.read_bytes()


def test_seeds_end_at_their_most(tmp_path: Path) -> None:
    """What the most seeds leave open is said to be open, and how many would do."""
    out = tmp_path / "a.csv"
    line = [
        "sweep",
        *SHORT,
        "--seeds",
        "auto",
        "--seeds-most",
        "11",
        "--resolve",
        "0.1",
    ]
    line += ["--grid", "converters.adc_bits=8,9", "--out", str(out)]
    done = call(*line)
    assert 0 == done.returncode, done.stderr
    first, second = points(out)
    assert ("11", "11") == (first["seeds"], second["seeds"])
    assert "not decided" == second["verdict"]
    assert f"11 of {second['seeds_needed']}" in done.stdout
    assert 11 < int(second["seeds_needed"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (f"--grid {PAIR}=8:4096,9:4096", "all 2 points of the grid are refused; the f"),
        (f"--grid {PAIR}=8:4096,8", "'8' is not 2 values with colons between them"),
        (f"--grid {PAIR}=8:96 --grid controller.threshold=9", "names one twice"),
        (
            "--grid converters.adc_bits=8,9 --set converters.adc_bits=7",
            "--set: converters.adc_bits is an axis too; leave one of them out",
        ),
        ("--resolve 0", "--resolve: 0 is not above 0 and up to 100 points"),
        (
            "--resolve 1 --seeds 0-1",
            "--resolve: 2 of the 3 seeds that it takes",
        ),
        ("--seeds auto --seeds-most 9", "--seeds-most: 9 is not in 10.."),
        ("--seeds-most 20", "--seeds-most: has no effect"),
        ("--against x.y=1", "--against: x.y is no axis; of the grid: none"),
        (
            "--grid converters.adc_bits=8,9 --against converters.adc_bits=7",
            "--against: no point of the grid that can run has converters.adc_bits=7",
        ),
        (
            "--rule sgd-countd",
            "--rule: 'sgd-countd' is not one of sgd-stochastic, sgd-",
        ),
        ("--json a.csv --out a.csv", "a.csv"),
    ],
)
def test_refused(tmp_path: Path, arguments: str, said: str) -> None:
    """Exit code 2, one line, nothing run or written."""
    out = [] if "--out" in arguments else ["--out", "sweep.csv"]
    done = call("sweep", *SHORT, *arguments.split(), *out, cwd=tmp_path)
    assert 2 == done.returncode, done.stderr
    assert said in done.stderr
    assert 1 == len(done.stderr.strip().splitlines())
    assert [] == list(tmp_path.iterdir())
