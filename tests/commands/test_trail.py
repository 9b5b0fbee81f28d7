"""Digests of a run's steps: the same wherever it runs, another where it left."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from console import call

from edgeferro.training.options import TrainOptions, make_plan
from edgeferro.training.plan import Plan
from edgeferro.training.record import environment
from edgeferro.training.run import run_plan
from edgeferro.training.trail import Trail

STEPS = ("data", "weights", "targets", "image", "programmed", "passes")


def plan(**changes: Any) -> Plan:
    """Two people's watch task, a pass each."""
    settings = changes.pop("settings", {})
    options = TrainOptions(
        task="watch",
        chip="watch-hzo-200ns",
        settings=settings,
        rule=None,
        passes=1,
        subjects=(0, 3),
        seeds=(0,),
        order="interleaved",
        mnist_folder=None,
    )
    return make_plan(replace(options, **changes))


def trails(wanted: Plan, workers: int = 2) -> dict[str, Trail]:
    """The trail of each unit, by name."""
    found = {}
    for result in run_plan(wanted, workers=workers).results:
        assert result.trail is not None
        found[result.unit.name] = result.trail
    return found


@cache
def usual() -> dict[str, Trail]:
    """Trails of the plan as it is."""
    return trails(plan())


@pytest.mark.parametrize("workers", [1, 4])
def test_workers_and_order_change_nothing(workers: int) -> None:
    """Threads and the order of persons leave every digest as it is."""
    assert usual() == trails(plan(subjects=(3, 0)), workers)


def test_another_process_another_blas(tmp_path: Path) -> None:
    """A process of its own, with other threads in BLAS, tells the same."""
    place = tmp_path / "run.json"
    command = [sys.executable, "-P", "-m", "edgeferro", "train", "--quiet"]
    command += ["--subjects", "0,3", "--seeds", "0", "--passes", "1"]
    subprocess.run(
        [*command, "--json", str(place)],
        check=True,
        stdout=subprocess.DEVNULL,
        env={"PYTHONPATH": ":".join(sys.path), "OPENBLAS_NUM_THREADS": "1"},
    )
    units = json.loads(place.read_text(encoding="utf-8"))["units"]
    assert [t.to_dict() for t in usual().values()] == [u["trail"] for u in units]


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({"order": "recording"}, "passes"),
        ({"settings": {"converters.input_bits": 7}}, "data"),
        ({"settings": {"network.activation": "tanh"}}, "weights"),
        ({"settings": {"array.weight_span": 0.25}}, "targets"),
        ({"settings": {"controller.learning_rate": 0.05}}, "image"),
        ({"settings": {"program.iterations": 7}}, "image"),
    ],
    ids=str,
)
def test_the_first_step_that_differs(changes: dict[str, Any], first: str) -> None:
    """What acts on a step leaves the digests of all steps before as they are."""
    for name, trail in trails(plan(**changes)).items():
        mine, its = usual()[name].to_dict(), trail.to_dict()
        differs = [step for step in STEPS if mine[step] != its[step]]
        assert first == differs[0]


def test_the_end_is_the_last_pass(tmp_path: Path) -> None:
    """A pass leaves a signature, and the last one is the chip's at the end."""
    assert 0 == call("train", *"--subjects 0 --seeds 0 --passes 3 --quiet".split(),
                     "--json", str(tmp_path / "run.json")).returncode  # fmt: skip
    unit = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["units"][0]
    assert 3 == len(set(unit["trail"]["passes"]))
    assert unit["signature"] == unit["trail"]["passes"][-1]


def test_nothing_is_pretrained_from_nothing() -> None:
    """A task that begins with random weights has no digest of pre-training."""
    digits = plan(task="digits", chip="digits-symmetric", subjects=None, passes=0)
    (trail,) = trails(digits).values()
    assert trail.weights is None
    assert () == trail.passes


def test_a_record_says_where_and_what(tmp_path: Path) -> None:
    """The JSON holds versions, every option as asked, and the files' content."""
    place = tmp_path / "run.json"
    call("train", *"--subjects 3 --seeds 1 --passes 1 --quiet".split(), "--set",
         "converters.adc_bits=8", "--compare", "converters.adc_bits=7", "--json",
         str(place))  # fmt: skip
    found = json.loads(place.read_text(encoding="utf-8"))
    record = found["record"]
    assert environment() == record["environment"]
    assert np.__version__ == record["environment"]["numpy"]
    fields = set(TrainOptions.__dataclass_fields__)
    assert fields == set(record["options"])
    assert [3] == record["options"]["subjects"] == record["subjects"]
    assert {"converters.adc_bits": 8} == record["options"]["settings"]
    assert {"device.name", "energy.prices"} == set(record["chip"]["files"])
    second = found["compare"]["record"]
    assert 8 == record["chip"]["settings"]["converters"]["adc_bits"]
    assert 7 == second["chip"]["settings"]["converters"]["adc_bits"]
    assert record["fingerprint"] != second["fingerprint"]


def test_rows_of_a_sweep(tmp_path: Path) -> None:
    """A sweep's rows tell which steps two of its chips share."""
    axis = ("--grid", "controller.learning_rate=0.02,0.05")
    options = ("--subjects", "0,3", "--seeds", "0", "--passes", "1", "--quiet")
    backend = ("--backend", "threading", "--workers", "1")
    call("sweep", *options, *axis, *backend, "--out", "s.csv", cwd=tmp_path)
    with (tmp_path / "s.csv").open(encoding="utf-8", newline="") as stream:
        one, other = csv.DictReader(stream)
    for name in ("data_digest", "weights_digest"):
        assert 16 == len(one[name])
        assert one[name] == other[name]
    for name in ("image_digest", "signature"):
        assert one[name] != other[name]


@pytest.mark.parametrize(
    "change",
    [{"data": 1}, {"data": None}, {"passes": [1]}, {"passes": [None]}],
    ids=str,
)
def test_a_damaged_trail_is_refused(change: dict[str, Any]) -> None:
    """What is no digest is refused by name."""
    data = {**next(iter(usual().values())).to_dict(), **change}
    with pytest.raises(ValueError, match=f"^trail.{next(iter(change))}: "):
        Trail.from_dict(data)
