"""Copies and pickles of chips: the same to the last bit, at any moment."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import edgeferro as ef

SAMPLES = np.random.default_rng(3).integers(-127, 128, (40, 6)).astype(np.int16)
LABELS = np.arange(40) % 3
WAYS = [copy.deepcopy, copy.copy, lambda one: pickle.loads(pickle.dumps(one))]
NAMES = ["deepcopy", "copy", "pickle"]


def controller(name: str = "watch-hzo-200ns", **options: Any) -> ef.Controller:
    """A small network on noisy cells that err in all ways."""
    image = ef.new_image(ef.Chip.load(name), (6, 5, 3), SAMPLES / 127, 1)
    return ef.Controller(image, **options)


@pytest.mark.parametrize("way", WAYS, ids=NAMES)
@pytest.mark.parametrize("done", [0, 1, 17])
def test_a_controller_goes_on(way: Callable[[Any], Any], done: int) -> None:
    """Copied before, within and after learning; both go on alike, and apart."""
    first = controller(trace=True)
    if done:
        first.program()
        first.learn(SAMPLES[:done], LABELS[:done])
    second = way(first)
    assert first.signature == second.signature
    assert first.trace.tolist() == second.trace.tolist()
    told = [
        one.learn(SAMPLES[done:], LABELS[done:]).tolist() for one in (first, second)
    ]
    assert told[0] == told[1]
    assert first.signature == second.signature
    assert first.tally.to_words().tolist() == second.tally.to_words().tolist()
    assert first.trace.tolist() == second.trace.tolist()
    assert first.site_report() == second.site_report()
    before = first.signature
    second.learn(SAMPLES[:3], LABELS[:3])
    assert before == first.signature


@pytest.mark.parametrize("way", WAYS, ids=NAMES)
def test_an_array_goes_on(way: Callable[[Any], Any]) -> None:
    """States, noise and counts are the same after the same pulses and reads."""
    first = ef.Array(ef.Chip.load("watch-hzo-20ns"), 4, 6, seed=2)
    first.pulse(9)
    second = way(first)
    for array in (first, second):
        array.pulse(-3)
    reads = [one.forward(np.full(6, 100)).tolist() for one in (first, second)]
    assert reads[0] == reads[1]
    assert first.core.signature() == second.core.signature()
    second.pulse(1)
    assert first.core.signature() != second.core.signature()


@pytest.mark.parametrize("way", WAYS, ids=NAMES)
def test_a_callback_is_not_copied(way: Callable[[Any], Any]) -> None:
    """Refused by name, with what holds the state; the controller goes on."""
    found = controller(on_pulses=lambda pulses: None)
    with pytest.raises(ef.StateError, match=r"on_pulses: .* snapshot\(\)"):
        way(found)
    found.program()


def test_what_is_found_is_copied() -> None:
    """Maps of a calibration and what a trim took come along."""
    chip = ef.Chip.load("watch-hzo-200ns").with_(
        **{
            "array.reference_level": "calibrated",
            "calibration.limit": 20,
            "converters.trim": True,
        }
    )
    first = ef.Controller(ef.new_image(chip, (6, 3), SAMPLES / 127, 1))
    first.program()
    second = pickle.loads(pickle.dumps(first))
    assert first.maps is not None
    assert [m.levels.tolist() for m in first.maps] == [
        m.levels.tolist() for m in second.maps
    ]
    assert first.trimming == second.trimming


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda c: c.peek("weights", 0), "weights: no such view; there are state,"),
        (lambda c: c.peek(["weight"], 0), r"\['weight'\]: no such view"),
        (lambda c: c.peek("weight", 9), r"layer: 9 is not in 0\.\.1"),
        (lambda c: c.peek("weight", "x"), "layer: 'x' is not a whole number"),
        (lambda c: c.peek("state", 0, 7), r"plane: 7 is not in 0\.\.1"),
        (lambda c: c.rest(0), r"seconds: 0 is not in 1\.\.4294967295"),
        (lambda c: c.rest(1.5), "seconds: 1.5 is not a whole number"),
        (lambda c: c.read_back(0, reads=100), r"reads: 100 is not in 1\.\.64"),
        (lambda c: c.read_back(0, plane=3), r"plane: 3 is not in 0\.\.1"),
        (lambda c: c.program_plane("0", 0, np.zeros((5, 7), int)), "layer: '0' is"),
        (
            lambda c: c.program_plane(0, 3, np.zeros((5, 7), int)),
            r"plane: 3 is not in 0\.\.1",
        ),
        (lambda c: c.restore("x"), "snapshot: str is no bytes"),
    ],
)
def test_calls_are_refused_in_one_line(call: Any, says: str) -> None:
    """By the argument's name and its range, and nothing is changed or counted."""
    found = controller()
    before = found.signature
    with pytest.raises(ef.EdgeferroError, match=says) as caught:
        call(found)
    assert "\n" not in str(caught.value)
    assert before == found.signature


def test_they_show_themselves() -> None:
    """One line each, and tables where there are rows; nothing is at an address."""
    chip = ef.Chip.load("watch-hzo-200ns")
    found = controller()
    found.program()
    found.learn(SAMPLES, LABELS)
    pulses = found.tally.total_pulses
    assert (
        f"Controller(5 x 7, 3 x 6 cells; 40 updates, 40 inferences, {pulses:,} pulses)"
    ) == repr(found)
    array = ef.Array(ef.Chip.load("ideal-symmetric"), 2, 3)
    array.pulse(2)
    assert "Array(2 x 3 cells; 0 updates, 0 inferences, 12 pulses)" == repr(array)
    assert f"Chip('watch-hzo-200ns': {chip.chip.description})" == repr(chip)
    assert repr(ef.Device.load("hzo-20ns")).startswith("Device('hzo-20ns': HfO2/ZrO2")
    energy = ef.EnergyReport.of_chip(found.tally, chip)
    assert repr(energy).startswith(f"EnergyReport({energy.total}; an inference ")
    lines = repr(found.site_report()).splitlines()
    assert ["layer", "site", "saturated", "underflowed", "peak"] == lines[0].split()
    assert 1 + 7 + 6 == len(lines)
    for one in (found, array, found.site_report(), chip, energy):
        assert one._repr_html_().startswith("<table><caption")
        assert "object at 0x" not in repr(one)
