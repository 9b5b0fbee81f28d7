"""Signatures of small runs: ten as old as the package's rooms, five of noisy reads.

A change of layout, of names or of how settings travel moves no bit. One that does is
BIT-BREAKING: CHANGELOG says so, and these are taken anew together with SPEC's version.
Nothing here is pre-trained, so that no float library has a say.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import edgeferro as ef
from edgeferro.mapping.images import new_image

STOCHASTIC = {"controller.rule": "sgd-stochastic", "controller.learning_rate": 0.02}
COUNTED = {
    "controller.rule": "sgd-counted",
    "controller.pulse_limit": 7,
    "controller.learning_rate": 0.02,
}
TIGHT = {  # rate and ranges of before
    "controller.learning_rate": 0.1,
    "network.weight_limit": 1.0,
    "network.signal_limit": 6.0,
}
STORED = {
    "array.reference": "stored",
    "array.noise": "stated",
    "array.read_noise": 0.01,
    "controller.clock_mhz": 30.0,
}
BOTH = {"array.reference": "cell", "array.both_sides": True}
WORN = {"reliability.disturb": 1e-3, "reliability.drift": 0.01, "device.c2c": 0.2}
FOUND = {"array.reference": "cell", "array.reference_level": "calibrated"}
NINE = {  # bits and ranges of before
    "converters.adc_bits": 9,
    "converters.adc_headroom": 1.5,
    "program.tolerance": 0.0105,
}
EIGHT = {"converters.adc_bits": 8, "network.signal_limit": 48.0}
NARROW = {**NINE, "converters.adc_bits": 6, "program.tolerance": 0.0563}
CHIPS: list[tuple[str, dict[str, Any], str]] = [
    ("ideal-symmetric", TIGHT, "06d612511b64cce4"),
    ("ideal-watch-hzo-20ns", NINE, "34abb36d867fbab1"),
    ("ideal-watch-hzo-200ns", {**NINE, **STORED}, "71075d73545c86fe"),
    ("ideal-watch-hzo-20us", {**NINE, **STOCHASTIC}, "7409ea1bbdd8b981"),
    ("mnist-symmetric", COUNTED, "626e1b034103dd4d"),
    ("digits-symmetric", BOTH, "223e6c43774dc568"),
    ("ideal-decoder-hzo-200ns", {"array.reference": "offset"}, "ff5ce46791974f1b"),
    ("ideal-watch-hzo-200ns", {**NINE, **FOUND}, "2bcf9234ae216fa1"),
    (
        "ideal-mnist-hzo-200ns",
        {**NINE, **WORN, "program.tolerance": 0.0082},
        "0b467f9ffa4304e3",
    ),
    ("ideal-watch-hzo-200ns", NARROW, "c9105ab27d046ae2"),
    ("ideal-watch-hzo-200ns", {}, "5cf3a94ceeadcabd"),
    ("ideal-mnist-hzo-200ns", {}, "5ce05ebd02f853fc"),
    ("watch-hzo-20ns", {}, "eafb2bdc3e48b7dc"),
    ("watch-hzo-200ns", FOUND, "41652675b53887ec"),
    ("watch-hzo-20us", STOCHASTIC, "6f9f60a789e9597a"),
    ("mnist-hzo-200ns", {**EIGHT, **COUNTED}, "19e6ec0463ae994a"),
    ("decoder-hzo-200ns", {"array.reference": "offset"}, "249188c990b55fe6"),
]


@pytest.mark.parametrize(("name", "changes", "signature"), CHIPS)
def test_no_bit_has_moved(name: str, changes: dict[str, Any], signature: str) -> None:
    """Set up, sixty learned samples, an hour of rest: the signature of before."""
    chip = ef.Chip.load(name).with_(**changes)
    draw = np.random.default_rng(5)
    codes = draw.integers(0, 128, (60, 6))
    labels = codes[:, :3].argmax(axis=1)
    image = new_image(chip, (6, *chip.network.hidden[:1], 3), codes / 127, seed=3)
    controller = ef.Controller(image)
    if chip.calibrates:
        controller.calibrate()
    controller.program()
    controller.learn(codes, labels)
    controller.rest(3600)
    assert signature == controller.signature
