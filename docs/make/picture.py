"""Draw the README's picture: what a pulse does, and what that does to learning.

python docs/make/picture.py docs/picture.png
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from edgeferro import Chip
from edgeferro.files.pictures import new_figure, save_figure

__all__ = ["draw", "learn"]

CHIP = "watch-hzo-20us"
# Plain SGD is where the reference decides; mixed precision hardly minds.
RULE = ["--rule", "sgd-stochastic", "--set", "controller.learning_rate=0.02"]
LEVELS = {"at the symmetry point": "cell", "at mid-level": "none"}


def learn(*options: str) -> list[dict[str, Any]]:
    """Run `edgeferro train`, ten people and three seeds; one result each."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "run.json"
        command = [sys.executable, "-P", "-m", "edgeferro", "train", "--quiet"]
        command += ["--chip", CHIP, *options, "--json", str(file)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        units: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))[
            "units"
        ]
    return units


def worst_person(units: list[dict[str, Any]]) -> list[float]:
    """Accuracy of the person who fares worst, before and after each pass, %."""
    people = sorted({unit["subject"] for unit in units})
    curves = [
        np.mean([[u["before"], *u["curve"]] for u in units if u["subject"] == p], 0)
        for p in people
    ]
    return [100.0 * float(value) for value in np.min(curves, axis=0)]


def draw(path: Path) -> None:
    """Draw both panels into a file."""
    device = Chip.load(CHIP).load_device()
    figure, (left, right) = new_figure(width=9.0, height=3.4, panels=2)
    states = np.linspace(-0.98, 0.98, 99)
    up, down = np.array([device.step_at(state) for state in states]).T
    point = device.symmetry_point()
    left.plot(states, up, label="pulse up")
    left.plot(states, down, "--", label="pulse down")
    left.axvline(point, color="black", lw=0.8)
    left.annotate(
        "symmetry point",
        (point, 0.16),
        xytext=(5, 0),
        textcoords="offset points",
        fontsize=9,
    )
    left.set_xlabel("state of the cell (lowest to highest conductance)")
    left.set_xticks([-1.0, -0.5, 0.0, 0.5, 1.0])
    left.set_ylabel("step of one pulse")
    left.set_title("A pulse up and a pulse down differ")
    for label, reference in LEVELS.items():
        worst = worst_person(learn(*RULE, "--set", f"array.reference={reference}"))
        style = "o-" if reference == "cell" else "s--"
        right.plot(range(len(worst)), worst, style, label=f"weight zero {label}")
    right.set_xlabel("passes over the wearer's samples")
    right.set_ylabel("accuracy, worst of ten wearers (%)")
    right.set_title("so where weight zero stands decides")
    for axes, corner in ((left, "upper left"), (right, "lower right")):
        axes.grid(alpha=0.3)
        axes.legend(fontsize=9, loc=corner)
    left.set_ylim(0.0, 0.23)
    save_figure(figure, path)


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
