"""The range of the ADC: by the signals seen, or as the chip file says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import edgeferro as ef
from edgeferro.mapping.images import layer_signals, trained_image

SIZES = (6, 8, 3)
DRAW = np.random.default_rng(8)
WEIGHTS = [DRAW.normal(size=(8, 7)), DRAW.normal(size=(3, 9))]
SAMPLES = DRAW.uniform(-1, 1, (200, 6))


def ranges(image: ef.Image) -> list[float]:
    """Pre-activation at each layer's full scale, as the registers really give it."""
    half = 2 ** (image.registers.sites[1].bits - 1)
    return [scale.code * half for scale in image.scales]


def of(trained: bool = True, **changes: Any) -> list[float]:
    """Ranges of a network that was trained before, or starts from nothing."""
    chip = ef.Chip.load("ideal-symmetric").with_(**{"network.hidden": [8], **changes})
    if trained:
        return ranges(trained_image(chip, WEIGHTS, SAMPLES, 0))
    return ranges(ef.new_image(chip, SIZES, SAMPLES, 0))


@pytest.mark.parametrize("room", [0.05, 0.4, 1.0, 1.5, 16.0])
def test_headroom_is_over_the_largest_signal(room: float) -> None:
    """Full scale is that many times the largest line signal, to a gain's half step."""
    signals = layer_signals(WEIGHTS, SAMPLES, "relu")
    expected = [room * signal for signal in signals]
    assert expected == pytest.approx(of(**{"converters.adc_headroom": room}), rel=4e-3)


def test_a_percentile_leaves_the_largest_signals_out() -> None:
    """At the 90th of 100, every tenth line of a layer is beyond full scale."""
    low = of(**{"converters.adc_percentile": 90.0, "converters.adc_headroom": 1.0})
    line = np.hstack([SAMPLES, np.ones((200, 1))]) @ WEIGHTS[0].T
    assert np.quantile(np.abs(line), 0.9) == pytest.approx(low[0], rel=4e-3)
    beyond = np.mean(np.abs(line) > low[0])
    assert 0.1 == pytest.approx(beyond, abs=0.005)


@pytest.mark.parametrize("trained", [True, False])
def test_ranges_can_be_said(trained: bool) -> None:
    """One for all layers or one a layer, whatever the signals are."""
    one = of(trained, **{"converters.adc_range": 12})
    assert [12.0, 12.0] == pytest.approx(one, rel=4e-3)
    each = of(trained, **{"converters.adc_range": [3.0, 50.0]})
    assert [3.0, 50.0] == pytest.approx(each, rel=4e-3)


def test_least_ranges_by_layer() -> None:
    """A network from nothing has at least the range that each layer is given."""
    each = of(trained=False, **{"network.signal_limit": [20.0, 70.0]})
    assert [20.0, 70.0] == pytest.approx(each, rel=4e-3)
    one = of(trained=False, **{"network.signal_limit": 30.0})
    assert [30.0, 30.0] == pytest.approx(one, rel=4e-3)


def saturated(room: float) -> list[int]:
    """Conversions of 200 inferences that each layer has at its end."""
    chip = ef.Chip.load("ideal-symmetric")
    changes = {"network.hidden": [8], "converters.adc_headroom": room}
    image = trained_image(chip.with_(**changes), WEIGHTS, SAMPLES, 0)
    controller = ef.Controller(image)
    controller.program()
    controller.predict(np.rint(SAMPLES * 127).astype(np.int16))
    return [r["saturated"] for r in controller.site_report() if "adc" == r["site"]]


def test_tight_ranges_cut_signals_off() -> None:
    """With headroom nothing is at its end; with half of none some of each layer is."""
    assert [0, 0] == saturated(1.5)
    assert all(count > 20 for count in saturated(0.5))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"converters.adc_range": 8.0, "converters.adc_headroom": 1.0},
            "converters.adc_headroom: has no effect with converters.adc_range",
        ),
        (
            {"converters.adc_range": 8.0, "converters.adc_percentile": 99.0},
            "converters.adc_percentile: has no effect with converters.adc_range",
        ),
        (
            {"converters.adc_range": [1.0, 2.0, 3.0]},
            "converters.adc_range: a list of 3 is not one for each of 2 layers",
        ),
        (
            {"network.signal_limit": [6.0]},
            "network.signal_limit: a list of 1 is not one for each of 2 layers",
        ),
        ({"converters.adc_range": [1.0, 0.0]}, "adc_range: 0.0 is not in 0.01..1000"),
        ({"converters.adc_range": []}, "adc_range: 0 layers are not in 1..16"),
        ({"converters.adc_range": "wide"}, "adc_range: 'wide' is not in 0.01..1000"),
        ({"converters.adc_headroom": 0.0}, "adc_headroom: 0.0 is not in 0.05..16"),
        ({"converters.adc_percentile": 101.0}, "101.0 is not in 50.0..100"),
        ({"network.signal_limit": True}, "signal_limit: True is not in 0.01..1000"),
    ],
)
def test_ranges_that_are_refused(changes: dict[str, Any], message: str) -> None:
    """What is out of range, of another number of layers, or without effect."""
    with pytest.raises(ef.ConfigError, match=message) as refusal:
        of(**changes)
    assert 1 == len(str(refusal.value).splitlines())


def test_a_said_range_takes_headroom_back() -> None:
    """Changing a chip with headroom to a range of its own needs no second word."""
    roomy = ef.Chip.load("ideal-symmetric").with_(**{"converters.adc_headroom": 1.0})
    said = roomy.with_(**{"converters.adc_range": 8.0})
    assert "converters.adc_headroom" not in said.given()
    assert said.converters.adc_range == ef.Chip.loads(said.to_toml()).value(
        "converters.adc_range"
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("converters.adc_headroom", 0.5),
        ("converters.adc_percentile", 99.0),
        ("network.signal_limit", 7.0),
    ],
)
def test_a_change_to_headroom_takes_a_said_range_back(path: str, value: float) -> None:
    """A chip whose range is said can be swept over what finds one."""
    said = ef.Chip.load("ideal-symmetric").with_(**{"converters.adc_range": 8.0})
    changed = said.with_(**{path: value})
    assert changed.converters.adc_range is None
    assert value == changed.value(path)
