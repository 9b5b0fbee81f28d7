"""A chip's reference: firmware brings it up as training does, or doesn't start."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from console import call

import edgeferro as ef
from edgeferro.calibrating.truth import true_points
from edgeferro.errors import ConfigError
from edgeferro.firmware.programs import make_package
from edgeferro.firmware.session import Session
from edgeferro.training.options import TrainOptions, make_plan
from edgeferro.training.run import run_plan

LEVELS = ('"symmetry-point"', "0.2", '"calibrated"')


def chip_file(folder: Path, kind: str, level: str) -> str:
    """The watch chip with another reference, as a file."""
    text = ef.Chip.load("watch-hzo-200ns").to_toml()
    lines = f'reference = "{kind}"\n'
    lines += "" if kind == "none" else f"reference_level = {level}\n"
    text = re.sub(r"^reference = .*\nreference_level = .*\n", lines, text, flags=re.M)
    assert lines in text
    place = folder / "chip.toml"
    place.write_text(text)
    return str(place)


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        ("none", ""),
        *(("cell", level) for level in LEVELS),
        *(("stored", level) for level in LEVELS),
        *(("offset", level) for level in LEVELS),
    ],
)
def test_firmware_runs_the_chip_that_is_trained(
    kind: str, level: str, tmp_path: Path
) -> None:
    """Every reference, at every level, ends with the signature and tally of training.

    What is calibrated is looked for by the program, with commands of the map alone.
    """
    chip = chip_file(tmp_path, kind, level)
    options: Any = ("watch", chip, {}, None, 1, (0,), (0,), "interleaved", None)
    expected = run_plan(make_plan(TrainOptions(*options)))
    found = ef.Firmware("watch_personalise").run(chip=chip, passes=1)
    assert expected.results[0].signature == found.signature
    assert expected.tally == found.tally


@pytest.mark.parametrize("kind", ["cell", "stored", "offset"])
def test_a_service_shifts_every_reference(kind: str, tmp_path: Path) -> None:
    """In service: all points are found, and a weight of zero reads as what they say."""
    chip = chip_file(tmp_path, kind, "0.2")
    session = ef.Firmware("calibrate_and_shift").session(chip=chip)
    found = session.run()
    assert "ok" == found.status
    assert [1223, 0] == found.values[:2]
    core = session.bus.core
    for layer in (0, 1):
        view, plane, top = (
            ("stored", 0, 2**15) if kind != "cell" else ("state", 1, 2**31)
        )
        levels = core.peek(view, layer, plane) / top
        looked: Any = SimpleNamespace(image=session.package.image, peek=core.peek)
        truth = true_points(looked, layer)
        assert 0.0 < float(np.std(levels))  # no longer one level
        assert float(np.nanmean(truth)) == pytest.approx(np.mean(levels), abs=0.01)


def test_nothing_to_shift(tmp_path: Path) -> None:
    """No reference, no calibration; a chip too large is told its cells."""
    with pytest.raises(ConfigError, match="cell, stored or offset passes"):
        make_package("calibrate_and_shift", chip_file(tmp_path, "none", ""))
    chip = ef.Chip.load("watch-hzo-200ns").with_(**{"network.hidden": [40]})
    with pytest.raises(ConfigError, match="1240 cells in a layer") as refusal:
        make_package("calibrate_and_shift", chip)
    assert "calibrates 1024" in str(refusal.value)


def test_the_command_says_it_in_a_line(tmp_path: Path) -> None:
    """Exit code 2, the setting and what passes, and nothing is built."""
    chip = chip_file(tmp_path, "none", "")
    done = call(
        "firmware", "run", "calibrate_and_shift", "--on", "rv32", "--chip", chip
    )
    assert 2 == done.returncode
    assert "array.reference: 'none'" in done.stderr
    assert 1 == len(done.stderr.strip().splitlines())


@pytest.mark.parametrize("kind", ["none", "stored"])
def test_other_programs_take_every_reference(kind: str, tmp_path: Path) -> None:
    """Decoder, governor and journal bring such a chip up as well."""
    chip = chip_file(tmp_path, kind, "0.2")
    for name in ("neural_decoder", "energy_governor", "power_cut"):
        package = make_package(name, chip)
        assert "ok" == Session(package).run().status
