"""What every command says of a chip's reads, and of what nobody asked it for."""

from __future__ import annotations

import csv
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from console import call

import edgeferro as ef

# Loud reads, a rate at which nothing is learned, and a setting in vain. The chip file
# says all that the remarks depend on.
CHIP = """[chip]
name = "loud"
[device]
name = "hzo-200ns"
[array]
noise = "charge"
read_ns = 30_000
[controller]
rule = "sgd-counted"
pulse_rounding = "nearest-even"
learning_rate = 1e-6
[network]
hidden = []
[calibration]
reads = 3
"""
KINDS = [
    "setting without effect",
    "no pulse",
    "pulse underflows",
    "read noise above a code",
]
TEXTS = [
    "calibration.reads: no effect without array.reference_level 'calibrated'",
    "issued no pulse: nothing was learned",
    "ask for less than half a pulse",
    "one code needs about array.read_ns",
]
SHORT = ("--subjects", "0", "--passes", "1", "--quiet")


@pytest.fixture(scope="module")
def chip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The loud chip's file."""
    path = tmp_path_factory.mktemp("chip") / "loud.toml"
    path.write_text(CHIP, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(chip: Path) -> Path:
    """Figures of a run of it, and what the run printed beside them."""
    place = chip.with_name("run.json")
    done = call("train", "--chip", chip, *SHORT, "--seeds", "0", "--json", place)
    assert 0 == done.returncode, done.stderr
    place.with_suffix(".out").write_text(done.stdout, encoding="utf-8")
    place.with_suffix(".err").write_text(done.stderr, encoding="utf-8")
    return place


def figures(path: Path) -> dict[str, Any]:
    """Of a file that a command wrote."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def notes(text: str) -> list[str]:
    """Remarks on a terminal, one a line."""
    return [line for line in text.splitlines() if line.startswith("note: ")]


def test_train(run: Path) -> None:
    """Bits of each layer, and a line for each remark; the same in its figures."""
    found = figures(run)
    assert [0] == [read["layer"] for read in found["reads"]]
    assert KINDS == [remark["kind"] for remark in found["remarks"]]
    said = notes(run.with_suffix(".err").read_text(encoding="utf-8"))
    assert [f"note: {r['text']}" for r in found["remarks"]] == said
    for wanted, line in zip(TEXTS, said, strict=True):
        assert wanted in line
    bits = found["reads"][0]["effective_bits"]
    printed = run.with_suffix(".out").read_text(encoding="utf-8")
    assert f"{bits:.1f} effective bits of 9" in " ".join(printed.split())


def test_budget_of_a_run(run: Path, tmp_path: Path) -> None:
    """The run's own bits and remarks: printed, in the figures, and on the page."""
    out, page = tmp_path / "b.json", tmp_path / "b.html"
    done = call("budget", run, "--draws", 100, "--json", out, "--html", page)
    assert 0 == done.returncode, done.stderr
    first, found = figures(run), figures(out)
    for name in ("reads", "remarks"):
        assert first[name] == found[name]
    assert [f"note: {r['text']}" for r in found["remarks"]] == notes(done.stderr)
    bits = f"{found['reads'][0]['effective_bits']:.1f}"
    assert f"{bits} effective bits of 9" in " ".join(done.stdout.split())
    written = page.read_text(encoding="utf-8")
    assert f'data-label="effective bits">{bits}</td>' in written
    assert 'data-label="ADC bits">9</td>' in written
    assert "needs about array.read_ns" in written


def test_budget_that_compares(run: Path, tmp_path: Path) -> None:
    """Bits side by side, and the other run's remarks with its name."""
    second = tmp_path / "second.json"
    second.write_bytes(run.read_bytes())
    options = ("--no-html", "--draws", 100, "--compare", second)
    done = call("budget", run, *options)
    assert 0 == done.returncode, done.stderr
    assert "effective bits" in done.stdout
    others = [line for line in notes(done.stderr) if f"note: {second}: " in line]
    assert len(KINDS) == len(others)
    assert f"note: --compare {second}: changes nothing" in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("reads", [{"layer": "x"}], "reads.layer: 'x' is not a number"),
        ("reads", 3, "not the figures of a run"),
        ("remarks", [{"kind": 1, "text": "x"}], "remarks: not texts"),
        ("remarks", ["x"], "not the figures of a run"),
    ],
)
def test_odd_figures_are_refused(
    run: Path, tmp_path: Path, name: str, value: object, says: str
) -> None:
    """A run's reads and remarks are looked at like its counts."""
    odd = tmp_path / "odd.json"
    odd.write_text(json.dumps({**figures(run), name: value}), encoding="utf-8")
    done = call("budget", odd, "--no-html")
    assert 2 == done.returncode
    assert says in done.stderr
    assert 1 == len(done.stderr.splitlines())


def test_sweep(chip: Path, tmp_path: Path) -> None:
    """A column of bits, each run's remarks in the table, a line a kind below it."""
    out = tmp_path / "s.csv"
    grid = ("--grid", "array.read_ns=30000,10000000", "--seeds", "0-1", "--out", out)
    grid += ("--set", "array.capacitor_ff=1000")
    done = call("sweep", "--chip", chip, *SHORT, *grid, "--workers", 1)
    assert 0 == done.returncode, done.stderr
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    bits = [float(row["effective_bits"]) for row in rows]
    noise = [float(row["read_noise_codes"]) for row in rows]
    assert min(bits[2:]) > max(bits[:2])
    assert max(noise[2:]) < 1.0 < min(noise[:2])
    for row, wanted in zip(rows, (4, 4, 3, 3), strict=True):
        found = [text.partition(": ")[0] for text in row["remarks"].split(" | ")]
        assert KINDS[:wanted] == found
    said = notes(done.stderr)
    counts = (4, 4, 4, 2)
    for kind, count, line in zip(KINDS, counts, said, strict=True):
        assert line.startswith(f"note: {kind} in {count} of 4 runs; the first, ")
    assert f"{np.mean(bits[:2]):.1f}" in done.stdout


def test_sweep_goes_on_from_its_table(chip: Path, tmp_path: Path) -> None:
    """Remarks of runs that an earlier sweep has made are said again."""
    line = (
        "sweep",
        "--chip",
        chip,
        *SHORT,
        "--seeds",
        "0",
        "--out",
        tmp_path / "s.csv",
    )
    first, second = call(*line, "--workers", 1), call(*line, "--workers", 1)
    assert notes(first.stderr) == notes(second.stderr) != []


def test_firmware(chip: Path, tmp_path: Path) -> None:
    """A program's chip says the same of itself, sites included."""
    out = tmp_path / "f.json"
    line = ("firmware", "run", "watch_personalise", "--passes", 1, "--chip", chip)
    done = call(*line, "--json", out)
    assert 0 == done.returncode, done.stderr
    found = figures(out)
    assert KINDS == [remark["kind"] for remark in found["remarks"]]
    assert [f"note: {r['text']}" for r in found["remarks"]] == notes(done.stderr)
    assert f"{found['reads'][0]['effective_bits']:.1f} of 9" in done.stdout


def test_calibrate(chip: Path, tmp_path: Path) -> None:
    """Kinds with their count of choices; no word of settings that some choices use."""
    out = tmp_path / "c.json"
    changes = ("--set", "calibration.limit=60", "--set", "network.weight_limit=2.0")
    done = call("calibrate", chip, *SHORT, "--seeds", "0", *changes, "--json", out)
    assert 0 == done.returncode, done.stderr
    said = notes(done.stderr)
    assert any("note: no pulse in 5 of 5 runs; the first, none: " in s for s in said)
    assert not [line for line in said if "calibration." in line]
    assert [line for line in said if "network.weight_limit: no effect on" in line]
    for choice in figures(out)["choices"]:
        assert choice["reads"]


def test_info_chip(chip: Path) -> None:
    """A chip's bits before anything has run, and what its file sets in vain."""
    done = call("info", "chip", chip)
    assert 0 == done.returncode, done.stderr
    (line,) = [x for x in done.stdout.splitlines() if "effective bits of 9" in x]
    assert line.startswith("# read of layer 0: ")
    assert line.endswith("33 inputs a line at half the largest code, cells at the "
                         "middle of their window")  # fmt: skip
    assert [KINDS[0], KINDS[3]] == [
        kind
        for kind, text in zip(KINDS, TEXTS, strict=True)
        if any(text in note for note in notes(done.stderr))
    ]


def test_classifier() -> None:
    """Bits of each layer as an attribute, each kind of remark a warning, once."""
    rng = np.random.default_rng(1)
    samples = rng.normal(size=(60, 4))
    labels = (samples[:, 0] > 0).astype(int)
    loud = ef.Chip.loads(CHIP)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = ef.FerroClassifier(loud, hidden=(), passes=1).fit(samples, labels)
    said = [str(w.message) for w in caught if w.category is ef.ChipWarning]
    assert [remark.text for remark in model.remarks_] == said
    assert KINDS == [remark.kind for remark in model.remarks_]
    assert [0] == [read.layer for read in model.reads_]
    assert model.reads_[0].bits < 9.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.partial_fit(samples, labels)
    with pytest.warns(ef.ChipWarning, match="calibration.reads: no effect"):
        ef.FerroClassifier(loud, hidden=()).partial_fit(samples, labels)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # too few samples to say
        ef.FerroClassifier(loud, hidden=()).partial_fit(samples[:40], labels[:40])


def test_verdicts_are_words_on_a_terminal(run: Path) -> None:
    """Colour, where a terminal has it; never the marks that ask for it."""
    done = call("budget", run, "--no-html", "--draws", 100)
    assert 0 == done.returncode, done.stderr
    assert "speed: fits, " in done.stdout
    assert "[/" not in done.stdout
