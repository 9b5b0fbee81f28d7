"""From volts, nanoseconds and kelvins to the settings of the read chain, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import edgeferro as ef
from edgeferro.errors import ConfigError
from edgeferro.mapping.read_chain import chain_settings

LINES = {"converters.activation_bits": 7}  # codes up to 127 in both layers
CHARGE = {"array.noise": "charge", "array.read_ns": 12_700, **LINES}


def settings(changes: dict[str, Any]) -> dict[str, int]:
    """Settings of the watch chip: 0.40..0.91 nS, 0.1 V, top code 127."""
    chip = ef.Chip.load("ideal-watch-hzo-200ns").with_(**changes)
    return chain_settings(chip, chip.load_device())


def test_stated_noise_alone_is_as_before() -> None:
    """0.01 x 32768 x 127 line sums x 256 / 209.0215 = 50969 units, and nothing else."""
    found = settings({**CHARGE, "array.noise": "stated", "array.read_noise": 0.01})
    assert 50969 == found["read_noise"]
    assert {"adc_gain", "adc_offset", "read_noise"} == set(found)


def test_noise_of_the_charge() -> None:
    """A line sum of 12.7 us is 4.8571e-4 electrons; coth(q 0.1 V / 2 k 310 K) = 1.0485.

    So a unit of charge adds 1.50003 x 1.0485 / 4.8571e-4 = 3238.1 squared units, times
    2^16. G_min is 65535 x 0.40 / 0.51 = 51400 codes. 200 fF hold k T C / q^2 = 33347
    electrons squared, 182.6 rms: 375,968 line sums, 460,462 units. They clip at 200 fF
    x 0.8 V / q = 998,641 electrons = 2.0560e9 line sums, 8.03e6 of 2^8.
    """
    found = settings(CHARGE)
    assert 3238.1 * 2**16 == pytest.approx(found["read_shot"], rel=2e-4)
    assert 51400 == found["read_base"]
    assert 460_462 == pytest.approx(found["read_noise"], rel=2e-4)
    assert 2.0560e9 / 256 == pytest.approx(found["line_limit"], rel=2e-4)


def test_warmer_is_louder_longer_is_finer() -> None:
    """kT/C goes with temperature; ten times the time is a tenth of a sum's noise."""
    warm = settings({**CHARGE, "array.temperature_k": 400.0})
    cold = settings({**CHARGE, "array.temperature_k": 250.0})
    assert (400 / 250) ** 0.5 == pytest.approx(
        warm["read_noise"] / cold["read_noise"], rel=1e-5
    )
    long = settings({**CHARGE, "array.read_ns": 127_000})
    short = settings(CHARGE)
    assert 10.0 == pytest.approx(short["read_shot"] / long["read_shot"], rel=1e-5)
    assert 10.0 == pytest.approx(short["read_noise"] / long["read_noise"], rel=1e-4)


def test_errors_of_converters() -> None:
    """1 % of gain is 0.01 x 2^24 / 31.843 = 5269, 2 codes 2 x 2^12 / 31.843 = 257."""
    changes = {
        "converters.adc_gain_error": 0.01,
        "converters.adc_offset_error": 2.0,
    }
    found = settings(changes)
    assert 5269 == found["adc_gain"]
    assert 257 == found["adc_offset"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"array.temperature_k": 300.0}, "no effect with noise none"),
        (
            {"array.read_noise": 0.1},
            r"no effect with noise none \(only with stated, ch",
        ),
        (
            {**LINES, "array.noise": "stated"},
            r"10000 is shorter .*127 steps .*at least 12700",
        ),
        (
            {**CHARGE, "array.temperature_k": 249.9},
            r"249\.9 is not in 250\.0\.\.400\.0",
        ),
        (
            {**CHARGE, "array.temperature_k": 400.1},
            r"400\.1 is not in 250\.0\.\.400\.0",
        ),
        ({**CHARGE, "array.read_ns": 12_699}, r"127 steps .*at least 12700"),
        (
            {**CHARGE, "converters.activation_bits": 8},
            r"12700 is shorter .*255 steps .*at least 25500",
        ),
        (
            {**CHARGE, "converters.error_bits": 9},
            r"12700 is shorter .*255 steps .*at least 25500",
        ),
    ],
)
def test_refused(changes: dict[str, Any], says: str) -> None:
    """What would have no effect or does not fit is named."""
    with pytest.raises(ConfigError, match=says):
        settings(changes)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("converters.adc_gain_error", 1.5e-5),
        ("converters.adc_offset_error", 1e-6),
        ("array.read_noise", 1e-9),
        ("reliability.fatigue", 1e-9),
        ("reliability.stuck_low", 1e-12),
        ("controller.error_deadband", 1e-3),
    ],
)
def test_a_value_without_effect(name: str, value: float) -> None:
    """Refused by its name, with the least; that passes, a little less does not."""
    more = {"array.noise": "stated"} if name == "array.read_noise" else {}
    chip = ef.Chip.load("ideal-watch-hzo-200ns")
    chip = chip.with_(**more, **{"array.read_ns": 25_500})

    def image(found: float) -> None:
        ef.new_image(chip.with_(**{name: found}), (24, 2), np.ones((4, 24)), 0)

    with pytest.raises(ConfigError, match=rf"^{name}: .* has no effect; ") as refused:
        image(value)
    least = float(str(refused.value).rpartition(" ")[2])
    image(least)
    with pytest.raises(ConfigError, match="has no effect"):
        image(0.99 * least)


def test_a_capacitor_that_clips_below_mid_scale() -> None:
    """1 ms at 0.1 V fill 20 fF before the converter's half; what is named, does."""
    chip = ef.Chip.load("ideal-watch-hzo-200ns")
    small = {**CHARGE, "array.read_ns": 1_000_000, "array.capacitor_ff": 20.0}
    samples = np.ones((4, 24))
    with pytest.raises(ConfigError, match=r"array\.capacitor_ff: 20 clips") as refused:
        ef.new_image(chip.with_(**small), (24, 2), samples, 0)
    least = float(str(refused.value).rpartition(" ")[2])
    enough = {**small, "array.capacitor_ff": least}
    assert ef.new_image(chip.with_(**enough), (24, 2), samples, 0).registers.line_limit
