"""One crossbar by itself: reads, pulses, and the point where pulses cancel."""

from __future__ import annotations

import numpy as np
import pytest

import edgeferro as ef
from edgeferro.array import Array


def ideal(**changes: object) -> ef.Chip:
    """Return the ideal symmetric chip with changes by dotted path."""
    renamed = {path.replace("__", "."): value for path, value in changes.items()}
    return ef.Chip.load("ideal-symmetric").with_(**renamed)


def test_reads_are_the_matrix_product() -> None:
    """Forward and backward codes are the scaled product, rounded once."""
    array = Array(ideal(), 4, 6, full_scale=4.0)
    rng = np.random.default_rng(0)
    for _ in range(4):
        array.pulse(rng.integers(-100, 101, array.shape))
    weights = array.weights().astype(float) / 32768
    x, e = rng.integers(-127, 128, 6), rng.integers(-127, 128, 4)
    forward = weights @ (x / 127) * 256 / 4
    backward = weights.T @ (e / 127) * 256 / 4
    assert np.abs(array.forward(x) - forward).max() <= 0.5 + 0.01 * 256
    assert np.abs(array.backward(e) - backward).max() <= 0.5 + 0.01 * 256


@pytest.mark.parametrize("width", ["20ns", "200ns", "20us"])
@pytest.mark.parametrize("start", [-0.9, 0.0, 0.9])
def test_alternating_pulses_settle(width: str, start: float) -> None:
    """From both rails and the middle, pairs of pulses lead to the symmetry point."""
    chip = ef.Chip.load(f"watch-hzo-{width}").with_(
        **{"device.d2d": 0.0, "device.c2c": 0.0, "array.reference": "none"}
    )
    device = chip.load_device()
    array = Array(chip, 1, 1)
    array.core.poke_state(0, 0, 0, 0, round(start * 2**31))
    for _ in range(400):
        array.pulse(1)
        array.pulse(-1)
    point = device.symmetry_point()
    step = max(device.step_at(point))
    assert abs(array.states()[0, 0] - point) <= step


def test_spread_moves_symmetry_points_apart() -> None:
    """With d2d spread the cells' points scatter about the device's own."""
    chip = ef.Chip.load("watch-hzo-200ns").with_(
        **{"device.c2c": 0.0, "array.reference": "none"}
    )
    array = Array(chip, 20, 20)
    for _ in range(200):
        array.pulse(1)
        array.pulse(-1)
    states = array.states()
    point = chip.load_device().symmetry_point()
    assert point == pytest.approx(np.median(states), abs=0.05)
    assert states.std() > 0.02


def test_a_cell_at_the_rail_sticks() -> None:
    """A kernel that is zero at a rail leaves a cell there for ever."""
    device = "hzo-200ns"
    chip = ideal(device__name=device)
    array = Array(chip, 1, 1)
    low = array.registers.bound_low
    array.core.poke_state(0, 0, 0, 0, low)
    before = array.states()[0, 0]
    array.pulse(1)
    first = array.states()[0, 0] - before
    assert first < 0.01
    assert 1 == array.wear()[0, 0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a: a.forward([0] * 5), r"shape \(5,\) is not \(6,\)"),
        (lambda a: a.forward([600] + [0] * 5), "600 is not in -512..511"),
        (lambda a: a.forward([-512] + [0] * 5), "outside its range"),
        (lambda a: a.backward([128, 0, 0, 0]), "128 is not in -128..127"),
        (lambda a: a.backward([-128, 0, 0, 0]), "outside its range"),
        (lambda a: a.pulse(128), "128 is not in -128..127"),
        (lambda a: a.pulse(-128), "outside its range"),
        (lambda a: a.pulse(0.5), "not an integer type"),
        (lambda a: a.pulse(1, plane=1), r"plane: 1 is not in 0\.\.0"),
        (lambda a: a.pulse(1, pulse_class=3), r"pulse_class: 3 is not in 0\.\.0"),
        (lambda a: a.pulse(1, pulse_class=1.5), "pulse_class: 1.5 is not a whole"),
        (lambda a: a.states(plane=2), r"plane: 2 is not in 0\.\.0"),
        (lambda a: a.wear("x"), "plane: 'x' is not a whole number"),
    ],
)
def test_refusals(call: object, message: str) -> None:
    """What the array can't take is named, and nothing is changed or counted."""
    array = Array(ideal(), 4, 6)
    before = array.core.signature()
    with pytest.raises(ef.DataError, match=message):
        call(array)  # type: ignore[operator]
    assert before == array.core.signature()


def test_reference_cell_reads_the_difference() -> None:
    """Equal pulses on both planes of a pair leave the weight where it was."""
    array = Array(ideal(array__reference="cell"), 3, 3)
    array.pulse(20)
    assert (array.weights() > 0).all()
    array.pulse(20, plane=1)
    assert np.abs(array.weights()).max() <= 1
    assert 18 * 20 == array.tally.total_pulses


@pytest.mark.parametrize(("rows", "columns"), [(1, 4096), (4096, 1), (300, 4096)])
def test_largest_sizes(rows: int, columns: int) -> None:
    """Lines of 4096 work; one more is refused by name."""
    array = Array(ideal(), rows, columns, full_scale=64.0)
    array.pulse(1)
    assert rows == len(array.forward(np.full(columns, 127)))
    with pytest.raises(ef.ConfigError, match=r"4097 is not in 1\.\.4096"):
        Array(ideal(), 4097, 1)
