"""A core with one fault planted in it is caught by the lockstep or by the C tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from variants import build

ROOT = Path(__file__).resolve().parents[2]
MUTATIONS = {
    "rounding": ("fixed.h", "half - 1 + ((value >> n) & 1)", "half"),
    "saturation": ("fixed.h", "{-half, half - 1};", "{-half, half};"),
    "tap": ("random.h", "(state >> 22)", "(state >> 21)"),
    "noise mean": ("random.h", "- 1020;", "- 1019;"),
    "bound": ("cell.c", "ef_clamp(high, 1, INT32_MAX)", "ef_clamp(high, 2, INT32_MAX)"),
    "scale": ("cell.c", "common + tilt : common - tilt", "common : common - tilt"),
    "threshold": ("update_mixed.c", "run.high >= threshold", "run.high > threshold"),
    "zero limit": ("update_mixed.c", "return unit / 2;", "return unit / 2 - 1;"),
    "popcount": ("update_stochastic.c", "0x55555555u", "0x55555554u"),
    "exponent": ("learn.c", "layer->exponent = k + above;", "layer->exponent = k;"),
    "tally": ("convert.c", "chip, phase, EF_EVENT_ADC, layer->rows", "chip, phase, "
              "EF_EVENT_ADC, layer->columns"),
    "quiet": ("calibrate.c", "8 * moved <= how", "8 * moved < how"),
    "root": ("rest.c", "1073015252", "1073015253"),
    "disturb": ("cell.c", "settings.disturb)) >> 20", "settings.disturb)) >> 21"),
    "checksum": ("hash.h", "0x00000100000001B3u", "0x00000100000001B5u"),
}  # fmt: skip


def lockstep(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the lockstep tests against the package in a folder."""
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(
            map(str, (folder, ROOT / "tests", ROOT / "tests" / "support"))
        ),
    }
    names = ("lockstep", "golden", "ageing", "calibration")
    tests = [str(next((ROOT / "tests").glob(f"*/test_{name}.py"))) for name in names]
    command = [sys.executable, "-P", "-m", "pytest", "-x", "-p", "no:cacheprovider"]
    command += ["-k", "not random_chips", "--rootdir", str(ROOT)]
    return subprocess.run(
        [*command, *tests], capture_output=True, text=True, check=False, env=env
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTATIONS)
def test_caught(name: str, tmp_path: Path) -> None:
    """One changed rounding, saturation, tap, bound or count turns the tests red."""
    csrc = tmp_path / "csrc"
    shutil.copytree(ROOT / "csrc", csrc)
    file, before, after = MUTATIONS[name]
    (place,) = csrc.rglob(file)
    text = place.read_text()
    assert 1 == text.count(before), f"{file}: {before!r} stands {text.count(before)} x"
    place.write_text(text.replace(before, after))
    build(csrc, tmp_path / "package" / "edgeferro")
    done = lockstep(tmp_path / "package")
    assert 1 == done.returncode, done.stdout[-2000:]
    assert "AssertionError" in done.stdout


@pytest.mark.slow
def test_the_true_core_passes(tmp_path: Path) -> None:
    """The same build without a change is green: it is the change that is caught."""
    csrc = tmp_path / "csrc"
    shutil.copytree(ROOT / "csrc", csrc)
    build(csrc, tmp_path / "package" / "edgeferro")
    done = lockstep(tmp_path / "package")
    assert 0 == done.returncode, done.stdout[-2000:]
