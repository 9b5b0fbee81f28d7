"""A chip's reference: firmware brings it up as training does, or doesn't start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from console import call

import edgeferro as ef
from edgeferro.errors import ConfigError
from edgeferro.firmware.programs import PROGRAMS, make_package
from edgeferro.training.options import TrainOptions, make_plan
from edgeferro.training.run import run_plan

LEVELS = ('"symmetry-point"', "0.2", "0.0", '"calibrated"')
REFUSED = [
    *(("stored", level, "array.reference:") for level in LEVELS),
    *(("offset", level, "array.reference:") for level in LEVELS),
    ("cell", LEVELS[3], "array.reference_level:"),
]


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
    ("kind", "level"), [("none", ""), *(("cell", level) for level in LEVELS[:3])]
)
def test_firmware_runs_the_chip_that_is_trained(
    kind: str, level: str, tmp_path: Path
) -> None:
    """A reference that passes ends with the signature of training."""
    chip = chip_file(tmp_path, kind, level)
    options = ("watch", chip, {}, None, 1, (0,), (0,), "interleaved", None)
    expected = run_plan(make_plan(TrainOptions(*options))).results[0].signature
    found = ef.Firmware("watch_personalise").run(chip=chip, passes=1)
    assert expected == found.signature


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize(("kind", "level", "field"), REFUSED)
def test_another_chip_is_refused(
    name: str, kind: str, level: str, field: str, tmp_path: Path
) -> None:
    """Digital references everywhere, calibration but where a program does its own."""
    chip = chip_file(tmp_path, kind, level)
    if kind == "cell" and name == "calibrate_and_shift":
        assert make_package(name, chip).chip.calibrates
        return
    with pytest.raises(ConfigError, match=field) as refusal:
        make_package(name, chip)
    assert "passes" in str(refusal.value)


@pytest.mark.parametrize(("kind", "level", "field"), REFUSED[-2:])
def test_the_command_says_it_in_a_line(
    kind: str, level: str, field: str, tmp_path: Path
) -> None:
    """Exit code 2, the setting and what passes, and nothing is built."""
    chip = chip_file(tmp_path, kind, level)
    done = call("firmware", "run", "power_cut", "--on", "rv32", "--chip", chip)
    assert 2 == done.returncode
    assert field in done.stderr
    assert 1 == len(done.stderr.strip().splitlines())
