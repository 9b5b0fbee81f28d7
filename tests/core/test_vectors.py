"""The committed vectors, against core and golden model; no test writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edgeferro._core import ffi, lib
from golden import arithmetic, randomness
from lockstep import random_registers

from edgeferro.core.emulator import Core

HERE = Path(__file__).parents[1] / "vectors"
MODES = ["floor", "toward-zero", "nearest-up", "nearest-even", "nearest-away"]


def vectors(name: str) -> list[dict[str, Any]]:
    """Read a file of vectors and check its count."""
    text = (HERE / f"{name}.json").read_text()
    assert text.endswith("\n")
    content = json.loads(text)
    assert 1 == content["specVersion"]
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


@pytest.mark.parametrize("test", vectors("learning"), ids=lambda t: f"chip-{t['chip']}")
def test_learning(test: dict[str, Any]) -> None:
    """A chip learns step by step to the signatures of the vectors."""
    chip = Core(random_registers(test["chip"]))
    for number, step in enumerate(test["steps"]):
        codes = np.array([step["input"]], np.int16)
        found, _ = chip.learn(codes, np.array([step["label"]], np.int32))
        assert step["predicted"] == found[0], number
        assert step["codes"] == chip.peek("code", chip.layers - 1).tolist(), number
        assert step["signature"] == chip.signature(), number
