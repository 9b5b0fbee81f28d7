"""Write and verify: reads that are averaged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import edgeferro as ef

SIZES = (20, 24, 6)
SAMPLES = np.random.default_rng(2).uniform(-1, 1, (50, SIZES[0]))
STATED = {"array.noise": "stated", "controller.clock_mhz": 30.0}


def written(chip: str, **changes: Any) -> tuple[ef.Controller, list[int], np.ndarray]:
    """A chip as programmed, what missed, and by how much all weights are off."""
    found = ef.Chip.load(chip).with_(**{"network.hidden": [SIZES[1]], **changes})
    controller = ef.Controller(ef.new_image(found, SIZES, SAMPLES, 4))
    missed = controller.program()
    off = [
        (controller.peek("weight", i) - target.astype(int)).ravel() / 32768
        for i, target in enumerate(controller.image.targets)
    ]
    return controller, missed, np.concatenate(off)


@pytest.mark.parametrize("reads", [2, 8, 64])
def test_reads_without_noise_are_alike(reads: int) -> None:
    """Averaging equal reads writes every cell as one read does, pulse by pulse."""
    one, missed_one, off_one = written("ideal-watch-hzo-200ns")
    many, missed_many, off_many = written(
        "ideal-watch-hzo-200ns", **{"program.reads": reads}
    )
    assert missed_one == missed_many
    np.testing.assert_array_equal(off_one, off_many)
    assert one.tally.phase_pulses("program") == many.tally.phase_pulses("program")


def test_reads_with_noise_write_better() -> None:
    """The more reads a verify averages, the nearer weights come to their targets."""
    noise = {**STATED, "array.read_noise": 0.03}
    rms = []
    for reads in (1, 4, 16, 64):
        chip = "ideal-watch-hzo-200ns"
        _, _, off = written(chip, **noise, **{"program.reads": reads})
        rms.append(np.sqrt(np.mean(off**2)))
    assert sorted(rms, reverse=True) == rms
    assert rms[-1] < rms[0] / 3


def test_reads_help_where_electrons_are_noisy() -> None:
    """On a shipped chip sixteen reads miss no more cells than one does."""
    _, one, _ = written("watch-hzo-200ns")
    _, many, _ = written("watch-hzo-200ns", **{"program.reads": 16})
    assert sum(one) >= sum(many)
