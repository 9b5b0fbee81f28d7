"""A budget's figures follow from its counts and the files' prices alone."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import recount
from console import call

SHORT = "--subjects 0 --passes 1 --quiet".split()
OWN_PRICES = """
base = "cmos-130nm-mixed"
name = "mine"
description = "other units, other formulas"
[events.adc]
value = 0.025
low = 0.022
high = 0.029
unit = "pJ"
formula = "per-step"
fastest_mhz = 4.0
node = "130 nm"
kind = "assumed"
source = "a test"
[events.pulse_line_cells]
value = 3.0
low = 1.0
high = 4.0
unit = "pJ"
node = "130 nm"
kind = "assumed"
source = "a test: energy of an event, where the base has a capacitance"
[events.leak_base]
value = 12.0
low = 10.0
high = 15.0
unit = "nW"
formula = "power"
node = "130 nm"
kind = "assumed"
source = "a test"
"""


@cache
def ran(folder: Path, chip: str, *options: str) -> str:
    """The JSON of a short run."""
    place = folder / f"{len(list(folder.iterdir()))}.json"
    done = call(
        "train", "--chip", chip, *SHORT, *options, "--seeds", "0", "--json", place
    )
    assert 0 == done.returncode, done.stderr
    return str(place)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where runs are kept."""
    return tmp_path_factory.mktemp("runs")


def budget(run: str, place: Path, *options: str) -> dict[str, Any]:
    """The JSON of a budget, whether or not it fits."""
    done = call("budget", run, "--no-html", "--json", place, *options)
    assert done.returncode in {0, 1}, done.stderr
    found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return found


WATCH = "watch-hzo-200ns"
PASSIVE = ("--set", "array.access=passive-third", "--set", "array.reference=stored")
CASES = {
    "default": ((WATCH,), ""),
    "lean, calibrated": (
        (WATCH, "--calibrate"),
        "--product watch-lean --set usage.calibrations_per_year=50",
    ),
    "implant, 28 nm, rare updates": (
        (WATCH,),
        "--product ecog-implant --prices cmos-28nm --set usage.updates_per_day=0",
    ),
    "chip alone, 180 nm": ((WATCH,), "--product none --prices cmos-180nm-mixed"),
    "published pulse, other cell, half the day": (
        (WATCH,),
        "--prices cmos-130nm-hzo-lab --battery implant-li-ion-200 "
        "--set usage.duty_cycle=0.5 --set usage.sample_period_s=0.1",
    ),
    "harvester, own prices": (
        (WATCH,),
        "--prices mine.toml --battery rf-cortex --implant cortex-array",
    ),
    "more updates than samples": (
        (WATCH,),
        "--product none --battery cr2032 --set usage.updates_per_day=1e5",
    ),
    "passive, references stored": ((WATCH, *PASSIVE), ""),
    "counted updates, other pulses": (
        ("watch-hzo-20us", "--rule", "sgd-counted"),
        "--product watch",
    ),
    "no hidden layer": ((WATCH, "--set", "network.hidden=[]"), ""),
}


@pytest.mark.parametrize("name", CASES)
def test_all_figures_follow(
    name: str, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Operations, chip's day, product's day and battery within 1e-9, at all prices."""
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(OWN_PRICES, encoding="utf-8")
    (chip, *options), usage = CASES[name]
    found = budget(ran(runs, chip, *options), tmp_path / "b.json", *usage.split())
    its, mine = recount.told(found), recount.recount(found)
    assert {"inference", "programming", "chip's day", "product's day"} <= mine.keys()
    for figure, ends in mine.items():
        for bound in recount.BOUNDS:
            assert pytest.approx(ends[bound], rel=1e-9) == its[figure][bound], figure


def test_each_row_has_its_price(runs: Path, tmp_path: Path) -> None:
    """A row of the chip has the price of the files, at its temperature, and its share.

    A count that is off by one is seen in the figures that it goes into.
    """
    found = budget(ran(runs, WATCH), tmp_path / "b.json")
    chip = recount.Chip(found["chip_file"])
    warmth = recount.read("products", "watch")["temperature_c"]
    seen = 0
    for row in found["rows"]:
        if row["phase"] == "product":
            continue
        seen += 1
        for bound in recount.BOUNDS:
            price = chip.price(row, bound)
            if row["phase"] == "idle":
                price *= chip.warm(warmth, bound)
            assert pytest.approx(price, rel=1e-8) == row["price_j"][bound], row
            share = row["per_day"] * price
            assert pytest.approx(share, rel=1e-8) == row["day_j"][bound], row
    assert seen > 40


def test_every_count_matters(runs: Path, tmp_path: Path) -> None:
    """Each count of the chip, ten times of it, moves what is recounted."""
    found = budget(ran(runs, WATCH), tmp_path / "b.json")
    before = recount.recount(found)
    for row in found["rows"]:
        if row["phase"] in {"product", "idle"} or not row["price_j"]["high"]:
            continue
        row["count"] *= 10
        assert before != recount.recount(found), row
        row["count"] //= 10
    assert before == recount.recount(found)


def test_nothing_of_edgeferro_is_asked(runs: Path, tmp_path: Path) -> None:
    """The script imports the standard library alone, and says what it found."""
    script = Path(recount.__file__)
    tree = ast.parse(script.read_text(encoding="utf-8"))
    named = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert named <= sys.stdlib_module_names
    place = tmp_path / "b.json"
    found = budget(ran(runs, WATCH), place)
    command = [sys.executable, "-I", str(script), str(place)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    assert "product's day   value recounted" in done.stdout
    found["product"]["day_j"]["value"] *= 1.0 + 1e-8
    place.write_text(json.dumps(found), encoding="utf-8")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 1 == done.returncode
