"""Ranges of the ADC, found by what the lines of programmed chips carry."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from console import call

from edgeferro.calibrating.ranges import choose_gain, find_ranges
from edgeferro.training.options import TrainOptions, make_plan
from edgeferro.training.plan import Plan


def plan_of(**settings: object) -> Plan:
    """One wearer of the ideal watch chip."""
    options = TrainOptions(
        task="watch",
        chip="ideal-watch-hzo-200ns",
        settings={"converters.adc_bits": 9, **settings},
        rule=None,
        passes=0,
        subjects=(3,),
        seeds=(1,),
        order="interleaved",
        mnist_folder=None,
    )
    return make_plan(options)


@pytest.mark.parametrize(
    ("gain", "peak", "sixteenths", "expected"),
    [
        # 200 x 256 / 128 = 400: a shift less, 200
        ((200, 20), 128, 16, (200, 19)),
        # 200 x 256 / 255 = 200.8
        ((200, 20), 255, 16, (200, 20)),
        # 128 x 256 x 16 / (200 x 32) = 81.92: twice that, a shift more: 163.84
        ((128, 20), 200, 32, (163, 21)),
        # 255 x 256 x 16 / (3 x 6) = 58026.7: 8 shifts less, 226.7
        ((255, 20), 3, 6, (226, 12)),
    ],
)
def test_a_gain_by_hand(
    gain: tuple[int, int], peak: int, sixteenths: int, expected: tuple[int, int]
) -> None:
    """Mantissa x half over peak and headroom, normalised, rounded down."""
    assert expected == choose_gain(*gain, peak, 256, sixteenths)


def test_every_gain_is_the_nearest_below() -> None:
    """Whatever the numbers: the mantissa fits, and is at most one step too low."""
    draw = np.random.default_rng(1)
    for _ in range(500):
        m, s, peak = (int(draw.integers(*e)) for e in ((128, 256), (9, 30), (1, 257)))
        sixteenths = int(draw.integers(1, 257))
        mantissa, shift = choose_gain(m, s, peak, 256, sixteenths)
        assert 128 <= mantissa <= 255
        wished = m * 256 * 16 / (peak * sixteenths) * 2.0 ** (shift - s)
        assert mantissa <= wished < mantissa + 1


def test_a_range_that_is_found_is_filled() -> None:
    """Measured anew with the range found, the peak is full scale to two codes of 256.

    A gain is rounded down to 1 in 128, and a peak of n codes is known to one of them.
    """
    plan = plan_of(**{"converters.adc_headroom": 1.5})
    (unit,) = plan.units
    found, _ = find_ranges(plan, unit, 16)
    said = plan_of(**{"converters.adc_range": [one.after for one in found]})
    again, _ = find_ranges(said, unit, 16)
    for first, second in zip(found, again, strict=True):
        assert 0 == first.saturated
        assert first.peak == pytest.approx(second.peak, rel=0.04)
        assert first.after == pytest.approx(second.before, rel=0.01)


def test_lines_at_their_end_are_measured_again() -> None:
    """From a range far too narrow the same comes out, and each round is counted."""
    (unit,) = plan_of().units
    wide, once = find_ranges(plan_of(**{"converters.adc_range": 100.0}), unit, 16)
    tight, more = find_ranges(plan_of(**{"converters.adc_range": 5.0}), unit, 16)
    assert tight[1].saturated > 0
    for one, other in zip(wide, tight, strict=True):
        assert one.after == pytest.approx(other.after, rel=0.08)
    assert more.inferences > once.inferences
    assert 0 == more.inferences % once.inferences


def test_headroom_scales_what_is_found() -> None:
    """Three eighths of the peak's range, to a step of the mantissa."""
    plan = plan_of(**{"converters.adc_headroom": 1.5})
    (unit,) = plan.units
    full, part = (find_ranges(plan, unit, n)[0] for n in (16, 6))
    for one, other in zip(full, part, strict=True):
        assert 6 / 16 == pytest.approx(other.after / one.after, rel=0.01)


def test_the_command(tmp_path: Path) -> None:
    """A table, what it costs, and a setting that train takes; the same in JSON."""
    place = tmp_path / "ranges.json"
    words = ["--subjects", "3", "--seeds", "1", "--json", str(place)]
    result = call("ranges", "ideal-watch-hzo-200ns", *words)
    assert 0 == result.returncode
    figures = json.loads(place.read_text())
    (chip,) = figures["chips"]
    found = [float(f"{layer['after']:.3g}") for layer in chip["layers"]]
    assert found == figures["adc_range"]
    text = ", ".join(f"{value:g}" for value in figures["adc_range"])
    setting = f"converters.adc_range=[{text}]"
    assert f"--set {setting}" in result.stdout
    assert 0 < figures["inferences"]
    assert 0 < figures["energy_fj"]
    words = ["--subjects", "3", "--seeds", "1", "--passes", "0", "--set", setting]
    done = call("train", "--chip", "ideal-watch-hzo-200ns", *words)
    assert 0 == done.returncode


@pytest.mark.parametrize("headroom", ["0", "0.4", "17", "nan"])
def test_headroom_that_no_register_holds(headroom: str) -> None:
    """Sixteenths, from one to 256; the nearest that passes is named."""
    result = call("ranges", "--headroom", headroom)
    assert 2 == result.returncode
    assert 1 == len(result.stderr.splitlines())
    assert "--headroom: " in result.stderr
    assert "in steps of 0.0625" in result.stderr
