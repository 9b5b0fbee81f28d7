"""Writes the vectors beside it from the golden model; run by hand, its diff is read.

PYTHONPATH=.:tests:tests/support python tests/vectors/make_vectors.py
"""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
from golden import arithmetic, randomness
from golden.chip import GoldenChip
from random_chips import random_registers

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# Seeds of the chips whose configurations are written out: small ones of every rule and
# reference, one of sixteen classes, one whose tables have 4096 entries.
CHIPS = (1, 2, 3, 5, 8, 9, 12, 13, 14, 15, 17, 20, 22, 23, 24, 25, 26, 27, 29, 30, 32,
         33, 34, 35, 36, 37, 41, 44, 50, 51)  # fmt: skip
COMMANDS = ("learn", "program", "trim")
MODES = ["floor", "toward-zero", "nearest-up", "nearest-even", "nearest-away"]
NOTES = {
    "Tie": "exactly half: a wrong tie rule, or two roundings instead of one",
    "NegativeTie": "half below zero: rounding that is mirrored instead of shifted",
    "NearTie": "one unit beside a tie: a rounding constant that is off by one",
    "Extreme": "the largest shift or magnitude: an overflow before the shift",
}


def spec_version() -> int:
    """EF_SPEC_VERSION, where it stands."""
    text = (ROOT / "csrc" / "include" / "edgeferro.h").read_text(encoding="utf-8")
    return int(re.findall(r"#define EF_SPEC_VERSION (\d+)", text)[0])


def write(name: str, clause: str, notes: dict[str, str], tests: list[Any]) -> None:
    """Write one file, a test a line, ending with a newline."""
    content = {
        "specVersion": spec_version(),
        "clause": clause,
        "numberOfTests": len(tests),
        "notes": notes,
    }
    lines = [json.dumps({"id": i + 1, **test}) for i, test in enumerate(tests)]
    head = json.dumps(content, indent=1).removesuffix("\n}")
    body = ",\n  ".join(lines)
    text = f'{head},\n "tests": [\n  {body}\n ]\n}}\n'
    (HERE / f"{name}.json").write_text(text, encoding="utf-8")


def rounding() -> list[dict[str, Any]]:
    """Ties, their neighbours and extremes, in every mode."""
    cases: list[tuple[str, int, int]] = []
    for n in (1, 2, 7, 15, 31, 47):
        half = 1 << (n - 1)
        cases += [("Tie", k * 2 * half + half, n) for k in (0, 1, 2, 100)]
        cases += [("NegativeTie", -k * 2 * half - half, n) for k in (0, 1, 2, 100)]
        cases += [("NearTie", half + d, n) for d in (-1, 1)]
    for n in (0, 1, 30, 31, 32, 62, 63):
        cases += [("Extreme", s * arithmetic.WIDE, n) for s in (1, -1)]
    return [
        {
            "flag": flag,
            "value": value,
            "shift": n,
            "results": {
                mode: arithmetic.round_shift(value, n, i)
                for i, mode in enumerate(MODES)
            },
        }
        for flag, value, n in cases
    ]


def sequences() -> list[dict[str, Any]]:
    """Register states after leaps, and noise units of draws."""
    tests = []
    for seed in (1, 0xACE1, 0xFFFFFFFF, 0x80000000):
        state, states = seed, []
        for _ in range(8):
            state, _ = randomness.leap(state)
            states.append(f"{state:08x}")
        tests.append({"seed": f"{seed:08x}", "leaps": states})
    return tests


def draws() -> list[dict[str, Any]]:
    """Draws of the counter-based generator with their noise units."""
    found = []
    for key in (0, 1, 2**64 - 1):
        for index in (0, 1, 2**32, 2**64 - 1):
            bits = randomness.draw(key, index)
            unit = randomness.noise(bits)
            entry = {"key": f"{key:016x}", "index": f"{index:016x}"}
            found.append({**entry, "draw": f"{bits:016x}", "noise": unit})
    return found


def numbers(value: Any) -> list[int]:
    """A field's values in a row."""
    return [int(v) for v in np.asarray(value).reshape(-1)]


def configuration(registers: Any) -> dict[str, Any]:
    """Every register by its name in the header; a list where there are several."""
    sites = [[s.bits, s.rounding, s.overflow, s.shift] for s in registers.sites]
    layers = [
        {
            name: numbers(value) if isinstance(value, np.ndarray) else value
            for name, value in vars(layer).items()
        }
        for layer in registers.layers
    ]
    lists = {
        name: numbers(value) if isinstance(value, list | np.ndarray) else value
        for name, value in vars(registers).items()
        if name not in ("sites", "layers")
    }
    return {**lists, "sites": numbers(sites), "layers": layers}


def learning() -> list[dict[str, Any]]:
    """Signatures of chips after trims, ten learning steps and a programmed column."""
    return [
        {"configuration": configuration(registers), "steps": lesson(registers, seed)}
        for seed in CHIPS
        for registers in [random_registers(seed)]
    ]


def lesson(registers: Any, seed: int) -> list[dict[str, Any]]:
    """What happens to one chip: trims where it has them, learning, programming."""
    chip, rng = GoldenChip(registers), random.Random(seed)
    steps: list[dict[str, Any]] = []
    if registers.trim_gain or registers.trim_offset:
        least = 2 ** (registers.sites[1].bits - 3)
        for place in [0, 0], [len(chip.layers) - 1, 1]:
            what = [*place, rng.choice([1, 3, 16]), rng.randint(least, 3 * least - 1)]
            ends = chip.trim(*what)
            steps.append({"trim": what, "ends": ends, "signature": chip.signature()})
    for _ in range(10):
        raw = [rng.randint(-128, 127) for _ in range(chip.layers[0].inputs)]
        label = rng.randrange(chip.layers[-1].rows)
        predicted = chip.learn(raw, label)
        steps.append({"learn": [label, *raw], "predicted": predicted})
        steps[-1]["codes"] = list(chip.layers[-1].y)
        steps[-1]["signature"] = chip.signature()
    place = [0, rng.randrange(len(chip.layers[0].planes)), 0]
    targets = [rng.randint(-20000, 20000) for _ in range(chip.layers[0].rows)]
    missed = chip.program_column(*place, targets)
    steps.append({"program": [*place, *targets], "missed": missed})
    steps[-1]["signature"] = chip.signature()
    return steps


def text_form(tests: list[dict[str, Any]]) -> str:
    """The same chips a line each register and step, for those who read no JSON."""
    lines = [f"spec {spec_version()}"]
    for test in tests:
        config = dict(test["configuration"])
        rows = [(name, value) for name, value in config.items() if name != "layers"]
        for index, layer in enumerate(config["layers"]):
            rows += [(f"layers[{index}].{name}", v) for name, v in layer.items()]
        lines.append("chip")
        for name, value in rows:
            if value is not None:
                words = value if isinstance(value, list) else [value]
                lines.append(" ".join(["set", name, *map(str, words)]))
        lines.append("up")
        for step in test["steps"]:
            for name, value in step.items():
                words = value if isinstance(value, list) else [value]
                verb = [] if name in COMMANDS else ["expect"]
                lines.append(" ".join([*verb, name, *map(str, words)]))
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write every file."""
    np.seterr(all="raise")
    write("round_shift", "1.1", NOTES, rounding())
    write(
        "lfsr",
        "2.5",
        {"": "a wrong tap, shift direction or number of steps"},
        sequences(),
    )
    write("draw", "2.2 and 2.4", {"": "a wrong constant, or signed bytes"}, draws())
    chips = learning()
    notes = {
        "configuration": "every register; null: a table that the layer has not",
        "steps": "learn: label and raw inputs; program: layer, plane, column, targets; "
        "trim: layer, side, reads, code",
        "signature": "the first step that differs tells where to look",
    }
    write("learning", "3 to 13", notes, chips)
    (HERE / "learning.txt").write_text(text_form(chips), encoding="utf-8")


if __name__ == "__main__":
    main()
