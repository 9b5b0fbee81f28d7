"""``edgeferro sweep --frontier``: axes of a chip's reads, their knee, refusals."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from console import call

from edgeferro.chip.chip import Chip
from edgeferro.sweeping.reading import picture_place, read_axes

if TYPE_CHECKING:
    from pathlib import Path

SHORT = "--frontier --subjects 0 --seeds 0 --passes 1 --quiet --workers 1".split()


def test_axes_are_around_the_chip_s_own_choice() -> None:
    """Whole clocks a step of the DAC, its volts and half of them, a bit less and more.

    255 steps of 100 ns, ten times: 255 us; the shipped chip's 1785 us are among them.
    """
    chip = Chip.load("watch-hzo-200ns")
    axes = read_axes(chip)
    times = (255_000, 510_000, 1_020_000, 1_785_000, 3_570_000)
    assert times == axes["array.read_ns"]
    assert (0.05, 0.1) == axes["array.read_v"]
    assert (7, 8, 9) == axes["converters.adc_bits"]
    assert all(chip.value(name) in values for name, values in axes.items())
    coarse = chip.with_(**{"converters.adc_bits": 4})
    assert (4, 5) == read_axes(coarse)["converters.adc_bits"]
    unsigned = Chip.load("mnist-hzo-200ns")
    assert unsigned.array.read_ns in read_axes(unsigned)["array.read_ns"]


def test_a_short_one(tmp_path: Path) -> None:
    """Two times, the chip's own volts and bits: table, picture, and the knee's line."""
    out = tmp_path / "reads.csv"
    axes = ["--grid", "array.read_ns=255000,1785000", "--set", "array.read_v=0.1"]
    done = call("sweep", *SHORT, *axes, "--out", str(out))
    assert 0 == done.returncode, done.stderr
    assert "the chip: array.read_ns 1785000, converters.adc_bits 8:" in done.stdout
    assert "effective bits" in done.stdout
    assert b"\x89PNG" == picture_place(out).read_bytes()[:4]
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert 2 * 3 == len(rows)
    fast, slow = (float(rows[i]["inference_energy_fj"]) for i in (1, 4))
    bias = 2 * (1785 - 255) * 1e-6 * 1e-6 * 1e15  # bias_ns is 1 uW
    assert slow - fast == pytest.approx(bias, rel=0.01)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--chip ideal-watch-hzo-200ns", "--set array.noise=charge"),
        ("--chip watch-hzo-20ns,watch-hzo-20us", "--frontier: of one chip"),
        ("--device hzo-20ns", "--frontier: of one chip; --device"),
        ("--rule sgd-counted", "--frontier: of one chip; --rule"),
        ("--grid array.read_ns=100", "at least 25500"),
        ("--grid array.read_v=0.11", "hzo-200ns, as such reads would write; at"),
        ("--set array.read_v=1", "at most 0.1 passes"),
        ("--grid array.noise=none", "--frontier: --grid array.noise"),
        (
            "--set array.read_ns=889000 --set array.read_v=0.1 "
            "--set converters.adc_bits=8",
            "--frontier: --set fixes array.read_ns, array.read_v, converters.adc_bits",
        ),
    ],
)
def test_refused(tmp_path: Path, options: str, said: str) -> None:
    """What would not be one chip's frontier is refused in one line, before any run."""
    out = tmp_path / "reads.csv"
    done = call("sweep", *SHORT, *options.split(), "--out", str(out))
    assert 2 == done.returncode
    assert said in done.stderr
    assert 1 == len(done.stderr.strip().splitlines())
    assert [] == list(tmp_path.iterdir())
