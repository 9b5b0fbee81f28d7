"""The JSON of a run, read back: it is what the run was, or it is refused."""

from __future__ import annotations

import copy
import json
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from console import call

from edgeferro.budget.counts import RunFigures
from edgeferro.chip.chip import Chip
from edgeferro.errors import DataError
from edgeferro.training.options import TrainOptions, make_plan
from edgeferro.training.outcome import Outcome
from edgeferro.training.run import run_plan


@cache
def outcome(passes: int) -> Outcome:
    """One person's watch task."""
    options = TrainOptions(
        task="watch",
        chip="watch-hzo-200ns",
        settings={"array.read_noise": 0.01},
        rule=None,
        passes=passes,
        subjects=(0,),
        seeds=(0, 1),
        order="interleaved",
        mnist_folder=None,
    )
    return run_plan(make_plan(options))


@pytest.mark.parametrize("passes", [0, 1])
def test_both_ways_are_one(passes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the run's own fields or from its JSON: the same figures, one by one."""
    read = RunFigures.from_dict(json.loads(json.dumps(outcome(passes).to_dict())))
    monkeypatch.setattr(Chip, "to_toml", None)  # no file is made of a chip in memory
    made = RunFigures.of(outcome(passes))
    for field in fields(RunFigures):
        mine, its = getattr(made, field.name), getattr(read, field.name)
        if field.name == "chip":
            mine, its = mine.fingerprint(), its.fingerprint()
        assert mine == its, field.name


def without_inferences(data: dict[str, Any]) -> None:
    """No inference, though the phase has events."""
    data["tally"][0] = 0


def without_updates(data: dict[str, Any]) -> None:
    """No update, though the phase has events."""
    data["tally"][1] = 0


CHANGES: dict[str, tuple[Any, str]] = {
    "text for accuracy": (
        lambda d: d["accuracy"].update(after="x"),
        "accuracy.after: 'x' is not a number in 0..1",
    ),
    "accuracy of 7.5": (
        lambda d: d["accuracy"].update(after=7.5),
        "accuracy.after: 7.5 is not a number in 0..1",
    ),
    "accuracy of nan": (
        lambda d: d["accuracy"].update(after=float("nan")),
        "accuracy.after: nan is not a number in 0..1",
    ),
    "true accuracy": (
        lambda d: d["accuracy"].update(after=True),
        "accuracy.after: True is not a number in 0..1",
    ),
    "no accuracy": (lambda d: d.pop("accuracy"), "json): accuracy: missing\n"),
    "no accuracy after": (lambda d: d["accuracy"].pop("after"), ": after: missing\n"),
    "no inferences": (without_inferences, "events of phase infer, but 0 inferences"),
    "no updates": (without_updates, "events of phase update, but 0 updates"),
    "text for a count": (
        lambda d: d["tally"].__setitem__(5, "5"),
        "tally: '5' is not a whole number >= 0",
    ),
    "count below 0": (
        lambda d: d["tally"].__setitem__(5, -5),
        "tally: -5 is not a whole number >= 0",
    ),
    "huge count": (
        lambda d: d["tally"].__setitem__(5, 1 << 64),
        "tally: 18446744073709551616 is not a whole number >= 0",
    ),
    "text for the tally": (lambda d: d.update(tally="12"), "tally: not a list"),
    "other sizes": (
        lambda d: d.update(sizes=[30, 31, 7]),
        "sizes: [30, 31, 7], but network.hidden [32] in chip_file",
    ),
    "a layer too many": (
        lambda d: d.update(sizes=[30, 32, 32, 7]),
        "sizes: not a list of inputs, hidden neurons [32], outputs",
    ),
    "text for sizes": (lambda d: d.update(sizes="30,32,7"), "sizes: not a list of"),
    "a huge layer": (
        lambda d: d.update(sizes=[10**18, 32, 7]),
        "sizes: 1000000000000000000 is not a whole number in 1..4096",
    ),
    "an empty layer": (
        lambda d: d.update(sizes=[30, 32, 0]),
        "sizes: 0 is not a whole number in 1..4096",
    ),
    "more chips than were programmed": (
        lambda d: d.update(chips=10**15),
        "chips: 1000000000000000, but ",
    ),
    "text for reads": (lambda d: d.update(reads=""), "reads: not a list"),
    "text for drops": (lambda d: d.update(ir_drop=""), "ir_drop: not a list"),
    "a read that no chip has": (
        lambda d: d["ir_drop"][0].update(read="\x1b[31m"),
        "ir_drop.read: '\\x1b[31m' is not one of forward, backward, verify",
    ),
    "a remark that a terminal obeys": (
        lambda d: d.update(remarks=[{"kind": "x", "text": "\x1b[31m"}]),
        "remarks: hold a control character",
    ),
    "no chips": (lambda d: d.update(chips=0), "chips: 0 is not a whole number >= 1"),
    "number for a task": (lambda d: d.update(task=5), "task: 5 is not a text"),
    "number for a chip": (lambda d: d.update(chip_file=5), "chip_file: 5 is not"),
    "deep chip": (
        lambda d: d.update(chip_file="v = " + "[" * 100_000),
        "too deep to be read",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_no_figures_of_a_run(name: str, tmp_path: Path) -> None:
    """A figure that no run has is refused by name in one line, page or none."""
    change, said = CHANGES[name]
    data = copy.deepcopy(outcome(1).to_dict())
    change(data)
    (tmp_path / "run.json").write_text(json.dumps(data), encoding="utf-8")
    done = call("budget", "run.json", "--html", "b.html", cwd=tmp_path)
    assert 2 == done.returncode
    assert "run.json: not the figures of a run (edgeferro train --json)" in done.stderr
    assert said in done.stderr
    assert 1 == done.stderr.count("\n")
    assert not (tmp_path / "b.html").exists()


@pytest.mark.parametrize(
    "text",
    ["[" * 200_000, '{"a":' * 200_000, "{", "", "[]", "7", "null", '"x"', "9" * 5000],
)
def test_no_json_of_a_run(text: str, tmp_path: Path) -> None:
    """Other text, as deep as it likes, is not a run, nor a save file."""
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    for line in ("budget run.json --no-html", "train --resume run.json"):
        done = call(*line.split(), cwd=tmp_path)
        assert 2 == done.returncode
        assert "run.json: not " in done.stderr
        assert 1 == done.stderr.count("\n")


def test_deep_settings() -> None:
    """A value as deep as it likes is refused like any other text."""
    done = call("train", "--set", "array.read_noise=" + "[" * 100_000)
    assert 2 == done.returncode
    assert "array.read_noise: " in done.stderr
    with pytest.raises(DataError, match="words, expected"):
        type(outcome(1).tally).from_words(np.zeros(3, np.uint64))


@pytest.mark.parametrize("option", ["--set", "--compare", "--grid"])
def test_setting_twice(option: str) -> None:
    """A setting given twice is refused: one of the two would be ignored."""
    pair = "array.read_noise=0"
    line = "sweep" if option == "--grid" else "train"
    done = call(line, option, pair, option, pair)
    assert 2 == done.returncode
    assert f"{option}: array.read_noise is given twice" in done.stderr
