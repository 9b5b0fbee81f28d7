"""The committed vectors, against core and golden model; no test writes them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from edgeferro._core import ffi, lib
from golden import arithmetic, randomness
from golden.chip import GoldenChip

from edgeferro.core.emulator import Core

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "vectors"
sys.path.insert(0, str(HERE))
import make_vectors  # noqa: E402
import replay  # noqa: E402

MODES = ["floor", "toward-zero", "nearest-up", "nearest-even", "nearest-away"]


def vectors(name: str) -> list[dict[str, Any]]:
    """Read a file of vectors and check its count."""
    text = (HERE / f"{name}.json").read_text(encoding="utf-8")
    assert text.endswith("\n")
    content = json.loads(text)
    assert lib.EF_SPEC_VERSION == content["specVersion"]
    assert content["numberOfTests"] == len(content["tests"]) > 0
    tests: list[dict[str, Any]] = content["tests"]
    return tests


def test_rounding() -> None:
    """Core and golden model round as the vectors say, in every mode."""
    status = ffi.new("int *")
    for test in vectors("round_shift"):
        for mode, name in enumerate(MODES):
            expected, value, n = test["results"][name], test["value"], test["shift"]
            assert expected == arithmetic.round_shift(value, n, mode), test
            assert expected == lib.ef_round_shift_checked(value, n, mode, status), test
            assert lib.EF_OK == status[0]


def test_registers() -> None:
    """Shift registers walk as the vectors say."""
    for test in vectors("lfsr"):
        slow = fast = int(test["seed"], 16)
        for expected in test["leaps"]:
            slow, _ = randomness.leap(slow)
            fast = lib.ef_lfsr_leap(fast)
            assert int(expected, 16) == slow == fast, test


def test_draws() -> None:
    """Draws and their noise are those of the vectors."""
    for test in vectors("draw"):
        key, index = int(test["key"], 16), int(test["index"], 16)
        bits = lib.ef_draw_number(key, index)
        assert int(test["draw"], 16) == bits == randomness.draw(key, index)
        assert test["noise"] == lib.ef_noise_number(bits)


def registers(configuration: dict[str, Any]) -> Any:
    """The configuration of a vector as the golden model takes it."""
    found = SimpleNamespace(**configuration)
    names = ("bits", "rounding", "overflow", "shift")
    words = iter(configuration["sites"])
    quads = zip(words, words, words, words, strict=True)
    found.sites = [SimpleNamespace(**dict(zip(names, q, strict=True))) for q in quads]
    found.layers = [SimpleNamespace(**layer) for layer in configuration["layers"]]
    found.knots = np.reshape(found.knots, (-1, 2, 65)).tolist()
    return found


@pytest.mark.parametrize("test", vectors("learning"), ids=lambda t: f"chip-{t['id']}")
def test_learning(test: dict[str, Any]) -> None:
    """A chip, all of it in the vector, goes step by step to the vector's signatures."""
    config = registers(test["configuration"])
    chips = [Core(config), GoldenChip(config)]
    for number, step in enumerate(test["steps"]):
        for chip in chips:
            assert expected(step) == done(chip, step), (number, type(chip).__name__)


def expected(step: dict[str, Any]) -> dict[str, Any]:
    """What the vector says of a step."""
    return {k: v for k, v in step.items() if k not in make_vectors.COMMANDS}


def done(chip: Any, step: dict[str, Any]) -> dict[str, Any]:
    """Take a step on core or golden model; what came of it, in the vector's words."""
    golden = isinstance(chip, GoldenChip)
    if "trim" in step:
        return {"ends": chip.trim(*step["trim"]), "signature": chip.signature()}
    if "program" in step:
        layer, plane, column, *targets = step["program"]
        wanted = targets if golden else np.array(targets, np.int16)
        missed = chip.program_column(layer, plane, column, wanted)
        return {"missed": missed, "signature": chip.signature()}
    label, *raw = step["learn"]
    if golden:
        found, codes = chip.learn(raw, label), list(chip.layers[-1].y)
    else:
        classes, _ = chip.learn(np.array([raw], np.int16), np.array([label], np.int32))
        found, codes = classes[0], chip.peek("code", chip.layers - 1).tolist()
    return {"predicted": found, "codes": codes, "signature": chip.signature()}


def rules(chip: dict[str, Any]) -> set[int]:
    """The rules of a configuration's layers."""
    return {layer["rule"] for layer in chip["layers"]}


def test_vectors_reach_every_rule() -> None:
    """Rules, references, errors, ways of excess, trims, curves; 1 and 16 classes."""
    chips = [test["configuration"] for test in vectors("learning")]
    steps = [step for test in vectors("learning") for step in test["steps"]]
    assert {0, 1} == {step["trim"][1] for step in steps if "trim" in step}
    trims = {(chip["trim_gain"] > 0, chip["trim_offset"] > 0) for chip in chips}
    assert {(g, o) for g in (False, True) for o in (False, True)} == trims
    assert {True, False} == {chip["adc_inl"] is None for chip in chips}
    assert {0, 1, 2, 3} == set().union(*map(rules, chips))
    assert {0, 1, 2, 3} == {chip["reference"] for chip in chips}
    assert {0, 1} == {chip["error_kind"] for chip in chips}
    coarse = {rule for chip in chips if chip["coarse_ratio"] for rule in rules(chip)}
    assert {2, 3} <= coarse
    assert {0, 1} == {chip["excess"] for chip in chips}
    assert {1, 2, 16} == {chip["class_count"] for chip in chips}


def test_text_is_the_json() -> None:
    """The file of lines says of each chip and step what the JSON says."""
    lines = (HERE / "learning.txt").read_text(encoding="utf-8").splitlines()
    assert make_vectors.text_form(vectors("learning")).splitlines() == lines


def test_configurations_are_whole() -> None:
    """Every register of the header is written out for every chip and layer."""
    fields = {name for name, _ in ffi.typeof("struct ef_settings").fields}
    of_layer = {name for name, _ in ffi.typeof("struct ef_layer_config").fields}
    for test in vectors("learning"):
        chip = test["configuration"]
        tables = {"knots", "exp_table", "adc_inl"}
        assert fields | tables | {"seed", "layers"} == set(chip)
        for layer in chip["layers"]:
            assert of_layer == set(layer)


def test_python_replays_the_text() -> None:
    """The plain replayer holds the core to the file of lines, every expectation."""
    lines = (HERE / "learning.txt").read_text(encoding="utf-8").splitlines()
    expectations = sum(line.startswith("expect") for line in lines)
    assert expectations > 900
    assert expectations == replay.replay(lines)


@pytest.mark.slow
def test_c_replays_the_text(tmp_path: Path) -> None:
    """So does the one in C, and it fails where a line is changed."""
    csrc, program = ROOT / "csrc", tmp_path / "replay"
    sources = [str(path) for path in (csrc / "core").glob("*.c")]
    command = ["gcc", "-std=c11", "-O1", f"-I{csrc / 'include'}", f"-I{csrc / 'core'}"]
    command += [str(ROOT / "tests" / "c" / "replay.c"), *sources, "-o", str(program)]
    subprocess.run(command, check=True)
    text = (HERE / "learning.txt").read_text(encoding="utf-8")
    held = subprocess.run(
        [program, HERE / "learning.txt"], capture_output=True, text=True, check=True
    )
    said = [line.split()[2:] for line in text.splitlines() if line[:7] == "expect "]
    assert f"{sum(map(len, said))} values are as expected" in held.stdout
    changed = tmp_path / "changed.txt"
    changed.write_text(text.replace("learn 0", "learn 1"))
    assert 1 == subprocess.run([program, changed], check=False).returncode
