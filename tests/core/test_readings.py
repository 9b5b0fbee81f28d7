"""Where SPEC could be read two ways, core and golden model read it as it says now."""

from __future__ import annotations

import lockstep
import numpy as np
import plain
import pytest
from edgeferro._core import lib
from golden.arithmetic import Site

from edgeferro.core.structs import POINT_DTYPE, Calibration

HIGH = 2**31 - 1


def chip(rule: str, reference: int = 0, **changes: int) -> lockstep.Pair:
    """Two inputs and two outputs, softmax, one LFSR a line."""
    layer = plain.layer(2, 2, rule=plain.RULES[rule], rate_shift=20)
    alone = {"lines_per_row_lfsr": 1, "lines_per_column_lfsr": 1}
    registers = plain.registers([layer], reference=reference, **{**alone, **changes})
    return lockstep.Pair(registers)


def update_events(pair: lockstep.Pair) -> np.ndarray:
    """What the tally counted in phase update."""
    events = pair.core.tally_words()[2 : 2 + 6 * 20].reshape(6, 20)
    return events[lib.EF_PHASE_UPDATE]


def test_no_input_no_train() -> None:
    """SPEC 9.1: with every x 0 no train is sent, no register walks, no cell moves."""
    pair = chip("sgd-stochastic", disturb=2**16)
    names = ("state", "row_lfsr", "column_lfsr")
    before = [pair.core.peek(name, 0).copy() for name in names]
    pair.learn([0, 0], 0)
    assert pair.core.peek("error", 0).all()
    for old, name in zip(before, names, strict=True):
        assert np.array_equal(old, pair.core.peek(name, 0)), name
    assert not update_events(pair).any()
    assert 1 == pair.core.tally_words()[1]


def test_a_weight_is_looked_at_once() -> None:
    """SPEC 4.2: with both sides its site counts after the reference cell's pulses."""
    pair = chip("sgd-counted", reference=1, both_sides=1, pulse_limit=1)
    for row in range(2):
        for column in range(2):
            for plane, state in ((0, HIGH), (1, -HIGH)):
                assert lib.EF_OK == lib.ef_poke_state(
                    pair.core._chip, 0, plane, row, column, state
                )
                pair.golden.layers[0].planes[plane].states[row][column] = state
            layer = pair.golden.layers[0]
            pair.golden.refresh(layer, row, column, Site())
    assert lib.EF_OK == lib.ef_set_rate(pair.core._chip, 0, 255, 0)
    pair.golden.layers[0].rate = [255, 0]
    pair.learn([1, 0], 0)
    account = pair.core.tally_words()[2 + 120 + 576 :].reshape(6, 6)
    assert 4 == account[lib.EF_PHASE_UPDATE][1]  # issued: two weights, two cells each
    assert 2 == pair.core.info(0).sites[lib.EF_SITE_REFERENCE].saturated


def test_direct_reads_load_registers() -> None:
    """SPEC 5.8: what is read by hand stands in the codes, but not in the exponent."""
    pair = chip("sgd-counted")
    pair.learn([100, -50], 0)
    exponent = pair.core.info(0).exponent
    assert exponent
    pair.forward(0, [77, -3])
    pair.backward(0, [5, -9])
    assert [77, -3] == pair.core.peek("input", 0).tolist()
    assert [5, -9] == pair.core.peek("error", 0).tolist()
    assert exponent == pair.core.info(0).exponent


@pytest.mark.parametrize("rule", sorted(plain.RULES))
def test_every_layer_has_registers(rule: str) -> None:
    """SPEC 2.5: LFSRs exist and are seeded whatever the rule, one a group of lines."""
    pair = chip(rule, lines_per_column_lfsr=4096)
    assert (2,) == pair.core.peek("row_lfsr", 0).shape
    assert (1,) == pair.core.peek("column_lfsr", 0).shape
    assert pair.core.peek("row_lfsr", 0).all()


def test_nobody_takes_part() -> None:
    """SPEC 16.2: a window without rows of verdict 0 reads and pulses nothing."""
    pair = chip("none")
    points = np.zeros(2, POINT_DTYPE)
    points["verdict"] = lib.EF_VERDICT_STUCK
    how = Calibration(0, 1, 1, 1, 4, 3, 129, 21, 9)
    before, records = pair.core.signature(), points.copy()
    pair.core.calibrate_column(0, 0, 0, points, how)
    assert before == pair.core.signature()
    assert np.array_equal(records, points)


def test_the_rest_is_counted() -> None:
    """SPEC 17.3: a rest counts even where nothing ages, and so shows in the state."""
    pair = chip("none")
    before = pair.core.snapshot()[32 + 12 : 32 + 16]
    pair.rest(60)
    assert 1 + int.from_bytes(before, "little") == int.from_bytes(
        pair.core.snapshot()[32 + 12 : 32 + 16], "little"
    )
