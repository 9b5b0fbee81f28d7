"""The numpy chip and the core are the same chip: without that, no ratio means much."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from chips import RULES, build_network, name, pulses_issued, samples
from numpy_chip import NumpyChip

_STEPS = 20
_VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "managed": {"train_managed": 1},
    "tight": {"pulse_limit": 1, "transfer_every": 3, "train_length": 7},
    "additive": {"c2c_additive": [1000] + [0] * 15, "excess": 1, "pulse_limit": 1},
}


@pytest.mark.parametrize("variant", _VARIANTS)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("sizes", [(30, 32, 7), (784, 128, 10)], ids=name)
def test_numpy_chip_is_the_core(
    sizes: tuple[int, ...], rule: str, variant: str
) -> None:
    """Twenty learning steps leave the same state, wear, chi and predictions."""
    core, chip = build_network(sizes, rule, **_VARIANTS[variant])
    twin = NumpyChip(chip)
    for index, layer in enumerate(twin.layers):  # its own seeds, not the core's
        np.testing.assert_array_equal(core.peek("row_lfsr", index), layer.row_lfsr)
        expected = core.peek("column_lfsr", index)
        np.testing.assert_array_equal(expected, layer.column_lfsr)
    twin.adopt(core)
    before = pulses_issued(core)
    inputs, labels = samples(sizes[0], sizes[-1], _STEPS)
    expected, _ = core.learn(inputs, labels)
    found = twin.learn(inputs, labels)
    np.testing.assert_array_equal(expected, found)
    assert pulses_issued(core) - before == twin.pulses
    assert twin.pulses > 0
    for index, layer in enumerate(twin.layers):
        shape = core.shape(index)
        views = {
            "state": layer.state.reshape(shape),
            "wear": layer.wear.reshape(shape),
            "weight": layer.weight,
            "code": layer.y,
            "error": layer.e,
            "row_lfsr": layer.row_lfsr,
            "column_lfsr": layer.column_lfsr,
        }
        if rule == "mixed-precision":
            views["chi"] = layer.chi
        for view, values in views.items():
            expected = core.peek(view, index)
            np.testing.assert_array_equal(expected, values, view)
