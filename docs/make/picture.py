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
from edgeferro.files.look import (
    add_legend,
    bars_said,
    draw_estimates,
    look_of,
    percent_limits,
)
from edgeferro.files.pictures import new_figure, save_figure
from edgeferro.intervals.estimate import Estimate, worst_subject
from edgeferro.intervals.words import over_text

__all__ = ["draw", "learn"]

CHIP = "watch-hzo-20us"
# Plain SGD is where the reference decides; mixed precision hardly minds.
SEEDS = "0-9"  # three decide nothing here
RULE = ["--rule", "sgd-stochastic", "--set", "controller.learning_rate=0.02"]
LEVELS = {"at the symmetry point": "cell", "at mid-level": "none"}


def learn(*options: str) -> list[dict[str, Any]]:
    """Run `edgeferro train`, ten people and ten seeds; one result each."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "run.json"
        command = [sys.executable, "-P", "-m", "edgeferro", "train", "--quiet"]
        command += ["--chip", CHIP, "--seeds", SEEDS, *options, "--json", str(file)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        units: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))[
            "units"
        ]
    return units


def worst_person(units: list[dict[str, Any]]) -> list[Estimate]:
    """Accuracy of the person who fares worst, before and after each pass, over seeds.

    Who that is may change from pass to pass.
    """
    people = sorted({unit["subject"] for unit in units})
    seeds = sorted({unit["seed"] for unit in units})
    curves = {(u["seed"], u["subject"]): [u["before"], *u["curve"]] for u in units}
    table = np.array([[curves[seed, who] for who in people] for seed in seeds])
    return [worst_subject(table[..., index])[1] for index in range(table.shape[2])]


def draw(path: Path) -> None:
    """Draw both panels into a file."""
    device = Chip.load(CHIP).load_device()
    figure, (left, right) = new_figure(width=9.0, height=3.8, panels=2)
    states = np.linspace(-0.98, 0.98, 99)
    up, down = np.array([device.step_at(state) for state in states]).T
    point = device.symmetry_point()
    for index, (name, step) in enumerate((("up", up), ("down", down))):
        look = {"color": look_of(index).colour, "ls": look_of(index).line}
        left.plot(states, step, label=f"pulse {name}", **look)
    step = device.step_at(point)[0]
    left.plot(
        [point, point],
        [0.0, step],
        "k:o",
        lw=0.9,
        markevery=[1],
        label="symmetry point",
    )
    left.set_xlabel("state of the cell (lowest to highest conductance)")
    left.set_xticks([-1.0, -0.5, 0.0, 0.5, 1.0])
    left.set_ylabel("step of one pulse")
    left.set_title("A pulse up and a pulse down differ")
    drawn = []
    for index, (label, reference) in enumerate(LEVELS.items()):
        worst = worst_person(learn(*RULE, "--set", f"array.reference={reference}"))
        name, across = f"weight zero {label}", range(len(worst))
        look, aside = look_of(index + 2), 5.0 * index - 2.5
        draw_estimates(right, across, worst, look, name, shift=aside, scale=100.0)
        drawn += worst
    percent_limits(right, drawn)
    right.set_xlabel("passes over the wearer's samples")
    right.set_ylabel("accuracy, worst of ten wearers (%)")
    right.set_title("so it counts where weight zero stands")
    for axes in (left, right):
        axes.grid(alpha=0.3)
    left.set_ylim(bottom=0.0)
    add_legend(figure, [left, right], bars_said(over_text(drawn[0])))
    save_figure(figure, path)


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
