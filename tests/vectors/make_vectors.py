"""Writes the vectors beside it from the golden model; run by hand, its diff is read.

PYTHONPATH=tests python tests/vectors/make_vectors.py
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
from golden import arithmetic, randomness
from golden.chip import GoldenChip
from lockstep import random_registers

HERE = Path(__file__).parent
MODES = ["floor", "toward-zero", "nearest-up", "nearest-even", "nearest-away"]
NOTES = {
    "Tie": "exactly half: a wrong tie rule, or two roundings instead of one",
    "NegativeTie": "half below zero: rounding that is mirrored instead of shifted",
    "NearTie": "one unit beside a tie: a rounding constant that is off by one",
    "Extreme": "the largest shift or magnitude: an overflow before the shift",
}


def write(name: str, clause: str, notes: dict[str, str], tests: list[Any]) -> None:
    """Write one file, ending with a newline."""
    content = {
        "specVersion": 1,
        "clause": clause,
        "numberOfTests": len(tests),
        "notes": notes,
        "tests": [{"id": i + 1, **test} for i, test in enumerate(tests)],
    }
    (HERE / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


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


def learning() -> list[dict[str, Any]]:
    """Signatures of random chips after each of ten learning steps."""
    tests = []
    for seed in range(30):
        chip, rng = GoldenChip(random_registers(seed)), random.Random(seed)
        steps = []
        for _ in range(10):
            raw = [rng.randint(-128, 127) for _ in range(chip.layers[0].inputs)]
            label = rng.randrange(chip.layers[-1].rows)
            predicted = chip.learn(raw, label)
            steps.append(
                {
                    "input": raw,
                    "label": label,
                    "predicted": predicted,
                    "codes": list(chip.layers[-1].y),
                    "signature": chip.signature(),
                }
            )
        tests.append({"chip": seed, "steps": steps})
    return tests


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
    write(
        "learning",
        "5 to 13",
        {
            "chip": "the seed of tests/lockstep.py's random_registers",
            "signature": "the first step that differs tells where to look",
        },
        learning(),
    )


if __name__ == "__main__":
    main()
