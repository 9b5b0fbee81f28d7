"""The matrix: every program, as in training; a small part of it on other machines."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from console import call

from edgeferro.errors import DataError, StateError
from edgeferro.firmware import matrix as matrices
from edgeferro.firmware.matrix import CHIPS, LEVELS, Matrix, run_matrix
from edgeferro.firmware.programs import PROGRAMS

FAST = [name for name in PROGRAMS if name != "calibrate_and_shift"]


@pytest.mark.parametrize("chip", CHIPS)
def test_programs_on_the_shipped_watch(chip: str) -> None:
    """Each program ends as the controller of Python, on each chip, mixed precision."""
    part = Matrix(FAST, [chip], ["cell"], ["symmetry-point"], ["host"])
    cases = part.run(lambda _: None)
    assert FAST == [case.program for case in cases]
    for case in cases:
        assert {"host": case.expected} == case.found, case.program


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["cell", "stored", "offset"])
def test_calibration_in_service_as_in_python(kind: str) -> None:
    """The service and the bring-up look for points as the controller does."""
    both = ["calibrate_and_shift", "power_cut"]
    part = Matrix(both, CHIPS[1:2], [kind], ["calibrated"], ["host"])
    for case in part.run(lambda _: None):
        assert {"host": case.expected} == case.found, case.program


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no compiler")
def test_the_command(tmp_path: Path) -> None:
    """A part of it, in one table and a file."""
    place = tmp_path / "matrix.json"
    words = ["--programs", "power_cut", "--chips", CHIPS[0], "--references", "stored"]
    words += ["--levels", "middle", "--machines", "host,host-image"]
    done = call("firmware", "matrix", *words, "--json", str(place))
    assert 0 == done.returncode, done.stderr
    assert "1 of 1 as in training" in done.stdout
    (case,) = json.loads(place.read_text())["cases"]
    assert {"host", "host-image"} == set(case["found"])
    assert {case["expected"]} == set(case["found"].values())
    assert case["agrees"]


def test_another_signature_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that comes to something else ends the command with an error."""
    monkeypatch.setattr(matrices, "_on", lambda package, machine: "0" * 16)
    part = Matrix(["power_cut"], CHIPS[:1], ["none"], ["middle"], ["host"])
    with pytest.raises(StateError, match="1 of 1 cases differ"):
        run_matrix(part)


def test_names_that_are_none() -> None:
    """The option, what was given and what passes, in a line."""
    with pytest.raises(DataError, match="--chips: 'digits' is not one of watch"):
        Matrix(chips=["digits"]).check()
    done = call("firmware", "matrix", "--levels", "high")
    assert 2 == done.returncode
    assert f"is not one of {', '.join(LEVELS)}" in done.stderr


def test_a_driver_that_polls(tmp_path: Path) -> None:
    """Both ways of waiting end with one signature, and stand beside each other."""
    place = tmp_path / "both.json"
    words = ["run", "neural_decoder", "--passes", "0", "--polling"]
    done = call("firmware", *words, "--json", str(place))
    assert 0 == done.returncode, done.stderr
    assert "interrupts" in done.stdout
    found = json.loads(place.read_text())
    assert found["signature"] == found["polling"]["signature"]
    assert found["bus_accesses"] <= found["polling"]["bus_accesses"]
