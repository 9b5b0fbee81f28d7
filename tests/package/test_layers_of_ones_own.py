"""The controller's door to one layer, and to targets: values, shapes, refusals."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest

import edgeferro as ef

SQUARED: Final = {
    "controller.error": "squared",
    "controller.rule": "sgd-counted",
    "network.output": "identity",
    "network.activation": "tanh",
    "network.hidden": [6],
}


def controller(*, trace: bool = False, **changes: Any) -> ef.Controller:
    """A programmed chip of 4 inputs, 6 hidden rows and 2 outputs."""
    settings = {**SQUARED, **{k.replace("__", "."): v for k, v in changes.items()}}
    chip = ef.Chip.load("digits-symmetric").with_(**settings)
    samples = np.random.default_rng(1).uniform(-1, 1, (20, 4))
    made = ef.Controller(ef.new_image(chip, (4, 6, 2), samples, 0), trace=trace)
    made.program()
    return made


def codes_of(count: int) -> np.ndarray:
    """Input codes, (count, 4)."""
    return np.random.default_rng(2).integers(0, 127, (count, 4))


def step(made: ef.Controller, sample: np.ndarray, target: np.ndarray) -> None:
    """A learning step through the doors of single layers."""
    hidden = made.forward(0, sample)
    driven = made.activate(0, hidden)
    last = made.forward(1, driven)
    table = made.image.registers.layers[1]
    out = made.activate(1, last).astype(int)
    slope = table.slope[last.astype(int) + len(table.slope) // 2].astype(int)
    errors, exponent = made.error_codes(1, (target - out) * slope)
    wide = made.slopes(0, hidden, made.backward(1, errors))
    below, lower = made.error_codes(0, wide, exponent)
    made.update(0, sample, below, lower)
    made.update(1, driven, errors, exponent)


@pytest.mark.parametrize("rule", ["sgd-counted", "sgd-stochastic", "mixed-precision"])
def test_the_doors_of_layers_are_a_learning_step(rule: str) -> None:
    """Weights, wear, error codes and pulse trace are those of learn_targets."""
    whole = controller(trace=True, controller__rule=rule)
    parts = controller(trace=True, controller__rule=rule)
    samples, targets = codes_of(8), np.tile([[90, -40]], (8, 1))
    whole.learn_targets(samples, targets)
    for sample, target in zip(samples, targets, strict=True):
        step(parts, sample, target)
    for layer in (0, 1):
        for view in ("state", "wear", "input", "code", "error"):
            assert (whole.peek(view, layer) == parts.peek(view, layer)).all(), view
    names = ["row", "column", "layer", "plane", "pulse_class", "count"]
    assert (whole.trace[names] == parts.trace[names]).all()
    assert len(whole.trace) > 0


def test_targets_are_learned() -> None:
    """Outputs come nearer to what is asked for, and what is told is from before."""
    made = controller()
    samples, wanted = codes_of(1), np.array([[0.4, -0.2]])
    targets = made.target_codes(wanted)
    first = made.outputs(samples)
    told = made.learn_targets(np.tile(samples, (60, 1)), np.tile(targets, (60, 1)))
    assert first.tolist() == told[:1].tolist()
    before = np.abs(made.target_values(first) - wanted).max()
    after = np.abs(made.target_values(made.outputs(samples)) - wanted).max()
    assert after < before / 2


def test_values_and_codes_go_round() -> None:
    """A code's value is its own code again; half a unit off is the nearest."""
    made = controller()
    table = made.image.registers.layers[1].activation
    codes = np.arange(table.min(), table.max() + 1).reshape(-1, 1).repeat(2, 1)
    values = made.target_values(codes)
    assert (codes == made.target_codes(values)).all()
    unit = made.image.scales[1].output
    assert (codes == made.target_codes(values + 0.4 * unit)).all()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda c: c.target_codes([[0.0, 99.0]]), r"^targets\[0, 1\]: 99 is not in -"),
        (lambda c: c.target_codes([[np.nan, 0.0]]), r"^targets\[0, 0\]: nan is not in"),
        (
            lambda c: c.learn_targets(codes_of(2), [[0, 0], [0, 256]]),
            r"^targets\[1, 1\]: 256 is not in -256..255",
        ),
        (
            lambda c: c.learn_targets(codes_of(1), [[-256, 0]]),
            r"^targets\[0, 0\]: -256 is not in -255\.\.255$",
        ),
        (lambda c: c.learn_targets(codes_of(1), [[0.5, 0.0]]), "not an integer type"),
        (lambda c: c.learn_targets(codes_of(2), [[0, 0]]), r"shape \(1, 2\) is not"),
        (lambda c: c.forward(2, [0] * 4), "layer: 2 is not in 0..1"),
        (lambda c: c.forward(0, [0] * 5), r"shape \(5,\) is not \(4,\) or \(n, 4\)"),
        (lambda c: c.forward(0, [600, 0, 0, 0]), r"inputs\[0\]: 600 is not in"),
        (lambda c: c.backward(1, [128, 0]), r"errors\[0\]: 128 is not in -128..127"),
        (lambda c: c.activate(0, [0] * 5), r"codes: shape \(5,\) is not \(6,\)"),
        (lambda c: c.error_codes(1, [1 << 31, 0]), "is not in -2147483648"),
        (lambda c: c.error_codes(1, [1, 0], 512), r"above\[0\]: 512 is not in -512"),
        (lambda c: c.update(1, [0] * 6, [1, 0], 1024), r"exponent\[0\]: 1024 is not"),
        (lambda c: c.update(1, [[0] * 6] * 2, [1, 0]), "2 and 1 rows, not 1"),
        (lambda c: c.update(1, [-512] * 6, [1, 0]), r"inputs \(-511..511\)"),
    ],
)
def test_what_is_refused(call: Any, says: str) -> None:
    """One line, with the place, the value and the range; the chip is as it was."""
    made = controller()
    before = made.signature
    with pytest.raises(ef.DataError, match=says) as told:
        call(made)
    assert "\n" not in str(told.value)
    assert before == made.signature


def test_a_classifier_s_chip_has_no_targets() -> None:
    """With softmax errors each door that needs an output activation says so."""
    chip = ef.Chip.load("digits-symmetric").with_(**{"network.hidden": [6]})
    image = ef.new_image(chip, (4, 6, 2), np.zeros((1, 4)), 0)
    made = ef.Controller(image)
    calls = (
        lambda: made.learn_targets(codes_of(1), [[0, 0]]),
        lambda: made.outputs(codes_of(1)),
        lambda: made.target_codes([[0.0, 0.0]]),
        lambda: made.target_values([[0, 0]]),
    )
    for call in calls:
        with pytest.raises(ef.StateError, match=r"controller\.error is not 'squared'"):
            call()
    with pytest.raises(ef.StateError, match="layer 1 has no activation table"):
        made.activate(1, [0, 0])


def test_a_batch_is_its_samples_one_after_another() -> None:
    """Rows of a batch give what they give alone, in the same order."""
    batch, single = controller(), controller()
    samples = codes_of(5)
    lines = batch.forward(0, samples)
    assert lines.tolist() == [single.forward(0, row).tolist() for row in samples]
    found = batch.activate(0, lines)
    assert found.tolist() == [single.activate(0, row).tolist() for row in lines]
    assert batch.signature == single.signature


def test_a_table_of_one_s_own_is_looked_up() -> None:
    """Its codes come out, its slopes bend errors back, and its chip is another."""
    made = controller()
    entries = len(made.image.registers.layers[0].activation)
    codes = 127 - np.abs(np.arange(entries) - entries // 2) // 2  # a tent
    slope = np.where(np.arange(entries) < entries // 2, 256, -256)
    other = ef.Controller(made.image.with_table(0, codes.clip(0), slope))
    other.program()
    lines = other.forward(0, codes_of(1)[0])
    at = lines.astype(int) + entries // 2
    assert codes[at].clip(0).tolist() == other.activate(0, lines).tolist()
    back = np.full(6, 3)
    assert (3 * slope[at]).tolist() == other.slopes(0, lines, back).tolist()
    other.learn_targets(codes_of(3), [[10, -10]] * 3)
    made.learn_targets(codes_of(3), [[10, -10]] * 3)
    assert made.signature != other.signature


@pytest.mark.parametrize(
    ("layer", "codes", "slope", "says"),
    [
        (2, 0, 0, r"^layer: 2 has no activation table; \[0, 1\] have$"),
        (0, 256, 0, r"^codes\[0\]: 256 is not in -255\.\.255$"),
        (0, -256, 0, r"^codes\[0\]: -256 is not in -255\.\.255$"),
        (0, 0, -32768, r"^slope\[0\]: -32768 is not in -32767\.\.32767$"),
        (0, 0.5, 0, "^codes: dtype float64 is not an integer type$"),
    ],
)
def test_a_table_out_of_range(layer: int, codes: Any, slope: Any, says: str) -> None:
    """One line with the place, the value and the range; nothing is made."""
    made = controller()
    entries = len(made.image.registers.layers[0].activation)
    with pytest.raises(ef.DataError, match=says):
        made.image.with_table(layer, np.full(entries, codes), np.full(entries, slope))


def test_a_table_of_another_length() -> None:
    """As many entries as the converter has codes."""
    made = controller()
    with pytest.raises(
        ef.DataError, match=r"^codes: shape \(3,\) is not \(\d+,\), one"
    ):
        made.image.with_table(0, [1, 2, 3], [1, 2, 3])


def test_what_a_code_of_a_backward_read_is_worth() -> None:
    """By units of one's own: the error below is the weights' transpose times this one.

    A column of weights of half the limit, driven by one error code of 100.
    """
    made = controller()
    scale = made.image.scales[1]
    for row, column in np.ndindex(2, 7):
        made.core.poke_state(1, 0, row, column, 1 << 29)
    errors = np.array([100, 100])
    weights = made.peek("weight", 1)[:, :6] / 32768 * scale.weight
    expected = weights.T @ (errors * scale.error)
    found = made.backward(1, errors) * made.back_unit(1)
    assert np.abs(expected - found).max() <= made.back_unit(1)
