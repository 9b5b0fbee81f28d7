"""Data, options, tools and memories of firmware that are refused, and how."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from console import call
from own_program import program, run, tiny

import edgeferro as ef


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Y": np.zeros(3)}, "'Y' is not one of X, y, order, test"),
        ({"X": np.full((6, 3), 2.0)}, "X[0, 0]: 2.0 is not in -1..1"),
        ({"X": np.full((6, 3), np.nan)}, "X[0, 0]: nan is not in -1..1"),
        ({"X": np.full((6, 3), 300)}, "X[0, 0]: 300 is not in -128..127"),
        ({"X": np.zeros(6)}, "X: shape (6,) is not (1..65536, inputs)"),
        ({"X": np.zeros((6, 513))}, "X: 513 inputs are not in 1..512"),
        ({"X": np.zeros((6, 3), bool)}, "X: bool is neither whole numbers nor floats"),
        ({"y": np.zeros(5, int)}, "y: 5 labels for 6 samples"),
        ({"y": np.zeros(6)}, "y: float64 (6,), not (n,) whole numbers"),
        ({"y": np.full(6, 256)}, "y[0]: 256 is not in 0..255"),
        ({"order": np.array([6])}, "order[0]: 6 is not in 0..5"),
        ({"test": np.array([0, -1])}, "test[1]: -1 is not in 0..5"),
        ({"weights1": np.zeros((2, 4))}, "weights1: shape (2, 4) is not (2, 5)"),
        ({"weights2": np.zeros((2, 4))}, "weights1: shape"),
        ({"weights3": np.zeros((2, 4))}, "layers [0, 1, 3] are not 0, 1, 2"),
        ({"targets0": np.zeros((2, 4))}, "one of them passes"),
        ({"weights0": np.full((4, 4), np.inf)}, "weights0: float64 is not finite"),
    ],
)
def test_data_are_refused(change: dict[str, np.ndarray], said: str) -> None:
    """By array, place and range, before anything is compiled."""
    from edgeferro.chip.chip import Chip
    from edgeferro.firmware.samples import sample_package

    data = tiny() | change
    if "weights2" in change:
        data["weights1"] = np.zeros((3, 4))
    with pytest.raises(ef.DataError) as refused:
        sample_package("own", data, Chip.load("watch-hzo-200ns"))
    assert said in str(refused.value)


def test_codes_and_targets_are_taken_as_they_are() -> None:
    """Whole numbers are codes; targets are Q0.15; order and test are heard."""
    from edgeferro.chip.chip import Chip
    from edgeferro.firmware.samples import sample_package

    data: dict[str, Any] = {
        "X": np.array([[-128, 127, 5]]),
        "y": np.array([1]),
        "order": np.array([0, 0]),
        "test": np.zeros(0, int),
        "targets0": np.arange(8).reshape(2, 4),
    }
    found = sample_package("own", data, Chip.load("watch-hzo-200ns"))
    assert [[-128, 127, 5]] == found.sections["CODE"].tolist()
    assert [0, 0] == found.sections["ORDR"].tolist()
    assert [] == found.sections["TEST"].tolist()
    assert np.arange(8).reshape(2, 4).tolist() == found.image.targets[0].tolist()
    floats = sample_package("own", tiny(), Chip.load("watch-hzo-200ns"))
    expected = np.rint(tiny()["X"] * 127).astype(int).tolist()
    assert expected == floats.sections["CODE"].tolist()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("power_cut --data a.npz", "--data: power_cut on host: it is for a prog"),
        (
            "power_cut --on rv32 --nvm a",
            "--nvm: power_cut on rv32: it is for --on host",
        ),
        (
            "power_cut --on rv32 --cut 3",
            "--cut: power_cut on rv32: it is for --on host",
        ),
        ("power_cut --gdb", "--gdb: power_cut on host: it is for an image"),
        ("power_cut --keep .", "--keep: power_cut on host: it is for what is compiled"),
        ("power_cut --timeout 3", "--timeout: power_cut on host: it is for an image"),
        ("power_cut --on rv32 --timeout 0", "--timeout: 0 is not in 0..1e+06 s"),
        ("power_cut --cut 0", "--cut: '0' is not like 500, cycle:9000 or step:40"),
        ("power_cut --cut lap:3", "--cut: 'lap:3' is not like 500"),
        ("gone.c", "gone.c is not there"),
        ("power_cut --subject -1", "subject: -1 is not in 0..9"),
        ("power_cut --seed -1", "seed: -1 is not in 0..9223372036854775807"),
        ("neural_decoder --seed -1", "seed: -1 is not in 0.."),
    ],
)
def test_options_are_refused(arguments: str, said: str) -> None:
    """In one line, before anything is trained or compiled."""
    done = call("firmware", "run", *arguments.split())
    assert 2 == done.returncode
    assert said in done.stderr
    assert 1 == len(done.stderr.strip().splitlines())


def test_missing_tools_are_told_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is trained or compiled."""
    path = program(tmp_path, "not C")
    real, gone = shutil.which, ""

    def which(name: str) -> str | None:
        return None if name == gone else real(name)

    monkeypatch.setattr(shutil, "which", which)
    for machine, tool in (
        ("host", "gcc"),
        ("cortex-m3", "arm-none-eabi-gcc"),
        ("cortex-m3", "qemu-system-arm"),
        ("rv32", "riscv64-unknown-elf-gcc"),
    ):
        gone = tool
        done = run(path, "--on", machine)
        assert 2 == done.returncode
        assert f"{tool} is not installed: apt-get install" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (np.zeros(2, np.uint32), r"shape \(2,\) is not \(64,\)"),
        (np.zeros(64, np.float32), "float32 is not an array of uint32"),
        ([0] * 64, "list is not an array of uint32"),
        (np.zeros(128, np.uint32)[::2], "not in one piece"),
        (np.frombuffer(bytes(256), np.uint32), "read-only"),
    ],
)
def test_memory_is_checked(words: Any, said: str) -> None:
    """No program reads or writes beyond the memory it was given."""
    session = ef.Firmware("power_cut").session(samples=None)
    with pytest.raises(ef.DataError, match=said):
        session.nvm = words
    with pytest.raises(ValueError, match="own"):
        session.nvm.resize(2, refcheck=False)
    assert (64,) == session.nvm.shape


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("power_cut", {"smaples": 3}, "smaples: has no effect on power_cut"),
        ("power_cut", {"passes": 3}, "passes: has no effect on power_cut"),
        ("power_cut", {"samples": -5}, "samples"),
        ("power_cut", {"seed": 2**70}, "seed: 1180591620717411303424 is not in 0.."),
        ("power_cut", {"subject": -1}, "subject: -1 is not in 0..9"),
        ("power_cut", {"subject": 10}, "subject: 10 is not in 0..9"),
        ("watch_personalise", {"subject": -1}, "subject: -1 is not in 0..9"),
        ("watch_personalise", {"passes": 1.5}, "passes: 1.5 is not a whole number"),
        ("energy_governor", {"allowance_pj": "much"}, "allowance_pj: 'much' is not"),
        ("power_cut", {"data": {}}, "data: has no effect on power_cut"),
    ],
)
def test_session_options_are_refused(
    name: str, options: dict[str, Any], said: str
) -> None:
    """What a program would not listen to, and what is out of range."""
    with pytest.raises(ef.EdgeferroError) as refused:
        ef.Firmware(name).session(**options)
    assert said in str(refused.value)


def test_here_before_a_start() -> None:
    """A session that was not started has no place to be at."""
    session = ef.Firmware("power_cut").session()
    with pytest.raises(ef.StateError, match="no program was started"):
        _ = session.here
    with pytest.raises(ef.DataError, match="cut_cycle: -1 is not a whole number"):
        session.run(cut_cycle=-1)
    with pytest.raises(ef.DataError, match="timeout_s"):
        session.run(timeout_s=0)


@pytest.mark.parametrize("setting", ["task.rest_s", "task.power_off_every"])
def test_rest_and_power_off_are_refused(setting: str) -> None:
    """No program does what a run of train does there."""
    chip = ef.Chip.load("watch-hzo-200ns").with_(**{setting: 7})
    with pytest.raises(ef.ConfigError, match=f"{setting}: 7, but programs"):
        ef.Firmware("power_cut").session(chip=chip)
