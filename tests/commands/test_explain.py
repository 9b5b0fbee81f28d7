"""Where a figure comes from: counts, prices, formulas and sources of any name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from console import call

if TYPE_CHECKING:
    from pathlib import Path

SHORT = ("--subjects", "0", "--passes", "1", "--quiet", "--seeds", "0")
PARTS = ["dac", "adc", "array reads", "array pulses", "digital", "memory"]
PARTS += ["bias", "leakage"]
PHASES = ["infer", "backward", "update", "calibrate", "program", "idle"]
OPERATIONS = ["inference", "update cycle", "calibration", "programming"]
OPERATIONS += ["asleep", "leaking", "day", "chip", "loads"]
GROUPS = ["node and voltage", "converters", "leakage and temperature", "device"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """JSON of a short run."""
    path: Path = tmp_path_factory.mktemp("run") / "run.json"
    assert 0 == call("train", *SHORT, "--json", path).returncode
    return path


def test_a_price() -> None:
    """Formula, numbers and sources of an event, without a run."""
    said = call("budget", "--explain", "adc").stdout
    assert "b = 0.0467 pJ" in said
    assert "here 24.0 pJ (3.33..136) at 8 bits" in said
    assert "no run, so prices alone" in said
    lab = call("budget", "--explain", "pulse", "--prices", "cmos-130nm-hzo-lab").stdout
    assert "arXiv 2601.01186" in lab


def test_an_unknown_name() -> None:
    """All that can be asked for is offered: events, parts, phases, operations."""
    for source in ((), ("--set", "energy.prices=cmos-28nm")):
        unknown = call("budget", "--explain", "watt", *source)
        assert 2 == unknown.returncode
        start, _, end = unknown.stderr.partition(" is not one of ")
        assert start.endswith("--explain: 'watt'")
        known = end.strip().split(", ")
        assert len(known) == len(set(known))
        assert {*PARTS, *PHASES, *OPERATIONS, "pulse", "leak_bit", "wake"} <= {*known}
        assert {"product", "sensor", "loads.asleep", *GROUPS} <= {*known}
        for name in known:
            done = call("budget", "--explain", name, *source)
            assert 0 == done.returncode, name
            assert "no run, so prices alone" in done.stdout


@pytest.mark.parametrize(
    "name", [*PARTS, *PHASES, *OPERATIONS, *GROUPS, "lookup", "pulse"]
)
def test_counts_of_a_run(run: Path, name: str) -> None:
    """Of its JSON: count times price, and its share; what it lacks is said."""
    done = call("budget", str(run), "--explain", name)
    assert 0 == done.returncode, done.stderr
    if name in {"calibrate", "calibration", "idle"}:
        assert "not in this run" in done.stdout
        return
    products = [line for line in done.stdout.splitlines() if " x " in line]
    assert any(" %" in line and " = " in line for line in products)


def test_the_product(run: Path) -> None:
    """Its loads beside the chip's rows, each by its own name too."""
    whole = call("budget", run, "--explain", "product").stdout
    sensor = call("budget", run, "--explain", "sensor").stdout
    line = next(text for text in sensor.splitlines() if " sensor in product: " in text)
    assert 1 == sensor.count(" in product: ")
    assert line.split(": ")[1] in whole
    assert " leak_bit in idle: " in whole
    assert "LSM6DSO" in call("budget", "--explain", "sensor").stdout


def test_what_sleep_is_made_of(run: Path) -> None:
    """Bits kept, by what they hold, and seconds of a day."""
    found = json.loads(run.read_text())
    sleep = call("budget", str(run), "--explain", "asleep").stdout
    # a watch is 30 C warm: 100 nJ and 2.1 pJ x 2^(5/12)
    assert "leak_base in idle: 86,400 s x 133 nJ = 11.5 mJ" in sleep
    bits = sum(found["retained_bits"].values())
    assert f"leak_bit in idle: {86_400 * bits:,} bits x s x 2.8 pJ" in sleep
    assert " in infer" not in sleep
    assert "x 1.33 by its temperature, twice every 12 K (assumed)" in sleep
    kept = call("budget", str(run), "--explain", "leak_bit").stdout
    number = found["retained_bits"]["accumulators"]
    assert f"{bits} bits are kept: accumulators {number}" in kept
