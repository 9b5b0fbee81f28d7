"""Targets, single layers and coarse pulses in lockstep at the ends of their ranges."""

from __future__ import annotations

from typing import Any

import numpy as np
import plain
import pytest
from edgeferro._core import ffi, lib
from lockstep import Pair

from edgeferro.core.emulator import TraceBuffer

TABLE = np.clip(np.arange(-256, 256), -255, 255).astype(np.int16)
SLOPE = np.where(np.arange(512) % 3, 300, -32767).astype(np.int16)
RANGE, INDEX, FULL = lib.EF_ERROR_RANGE, lib.EF_ERROR_INDEX, lib.EF_ERROR_TRACE


def own(rule: int, reference: int, **changes: Any) -> Any:
    """Three rows, four columns, one of them the bias; three classes, squared error."""
    layer = plain.layer(3, 3, bias=1, rule=rule, activation=TABLE, slope=SLOPE)
    layer.rate_shift, layer.threshold, layer.pulse_class = 10, 900, 1
    knots = np.full((3, 2, 65), 2**21, np.int32)
    knots[0], knots[2] = 2**19, 2**24
    fields: dict[str, Any] = {
        "error_kind": 1,
        "reference": reference,
        "both_sides": int(reference == 1),
        "class_count": 3,
        "knots": knots,
        "pulse_limit": 127,
        "disturb": 3000,
        "d2d_common": 9000,
        "c2c": [2007] * 16,
        "width_ns": [100 * (k + 1) for k in range(16)],
    }
    return plain.registers([layer], **{**fields, **changes})


@pytest.mark.slow
@pytest.mark.parametrize("rounding", range(6))
@pytest.mark.parametrize("reference", range(4))
@pytest.mark.parametrize("rule", [1, 2, 3])
def test_every_rule_reference_and_rounding(
    rule: int, reference: int, rounding: int
) -> None:
    """Targets at their ends; zero, single and saturated codes, at exponents around."""
    chip = own(rule, reference, transfer_every=1 + rounding % 2)
    for site in (4, 6):
        if rounding < 5 or site == 6 or rule != 1:
            chip.sites[site].rounding = rounding
    pair = Pair(chip)
    for target in ([255] * 3, [-255] * 3, [0, 255, -255]):
        pair.learn_targets([127, -128, 5], target)
    top = [127, -127, 127]
    for exponent in (0, -2, 3, 1023, -1024):
        for e in ([0, 0, 0], [0, 1, 0], top):
            pair.update(0, [511, -511, 0, 1], e, exponent)
    pair.update(0, [0, 0, 0, 0], top, 0)
    pair.restart()


@pytest.mark.parametrize("access", [0, 1])
@pytest.mark.parametrize("coarse", [0, 1, 2])
@pytest.mark.parametrize("ratio", [512, 513, 1100, 32767, 32768])
def test_coarse_class_and_ratio(ratio: int, coarse: int, access: int) -> None:
    """Each class coarse, the layer's own too, at the ratios' ends, both rules."""
    for rule in (2, 3):
        changes = {"coarse_class": coarse, "coarse_ratio": ratio, "access": access}
        pair = Pair(own(rule, (ratio + rule) % 4, excess=access, **changes))
        for x in range(1, 128, 14):
            pair.update(0, [x, -x, 1, 0], [1, -3, x], 6)
        pair.learn_targets([127, -128, 0], [255, -255, 0])
        pair.restart()


def room(chip: Any) -> int:
    """SPEC 15.2, 15.3: entries that a step or an update of all layers may leave."""
    cells = sum(x.rows * (x.inputs + x.bias) for x in chip.layers)
    return cells * (1 + chip.both_sides) * (2 if chip.coarse_ratio else 1)


@pytest.mark.parametrize("ratio", [0, 700])
@pytest.mark.parametrize("reference", [0, 1])
def test_room_of_a_trace(reference: int, ratio: int) -> None:
    """Just enough is taken; one entry short is refused, and the chip is as it was."""
    chip = own(2, reference, coarse_class=int(ratio > 0), coarse_ratio=ratio)
    need, pair = room(chip), Pair(chip)
    before = pair.core.signature()
    x, e, done = [9, -9, 9, 9], [99, -99, 99], ffi.new("uint64_t *", 77)
    samples, targets = [5, 6, 7] * 2, [255, -255, 0] * 2

    def update() -> int:
        record = pair.buffer.record
        return int(lib.ef_update_layer(pair.core._chip, record, 0, x, e, 0))

    def learn(count: int) -> int:
        given = done, ffi.NULL, pair.buffer.record, samples, targets, count
        return int(lib.ef_learn_targets(pair.core._chip, *given))

    pair.buffer = TraceBuffer(need - 1)
    assert (FULL, FULL) == (update(), learn(1))
    assert (before, 77) == (pair.core.signature(), done[0])
    pair.buffer = TraceBuffer(need)
    assert lib.EF_OK == update()
    pair.golden.update_layer(0, x, e, 0)
    pair.compare()
    pair.buffer.record.count = 1
    still = pair.core.signature()
    assert FULL == update()
    assert (lib.EF_OK, 0) == (learn(2), done[0])
    assert still == pair.core.signature()
    pair.buffer.record.count = 0
    assert lib.EF_OK == learn(2)
    assert done[0] in (1, 2)
    for _ in range(done[0]):
        pair.golden.learn_targets(samples[:3], targets[:3])
    pair.compare()


def test_the_order_of_refusals() -> None:
    """Rule before codes before room (SPEC 9.10); softmax before targets (9.9)."""
    none, small = TraceBuffer(0).record, [0, 0, 0, 512]
    pair, still = Pair(own(2, 0)), Pair(own(0, 0))
    softmax = Pair(plain.registers([plain.layer(3, 3, rule=2)]))
    signatures = [p.core.signature() for p in (pair, still, softmax)]

    def update(chip: Pair, layer: int, x: list[int], exponent: int) -> int:
        given = none, layer, x, [0, 0, 0], exponent
        return int(lib.ef_update_layer(chip.core._chip, *given))

    def learn(chip: Pair, target: int) -> int:
        done, sample = ffi.new("uint64_t *"), [1, 2, 3]
        given = done, ffi.NULL, none, sample, [0, 0, target], 1
        return int(lib.ef_learn_targets(chip.core._chip, *given))

    zeros = [0] * 4
    assert INDEX == update(pair, 1, small, 1024) == update(still, 0, small, 1024)
    assert RANGE == update(pair, 0, small, 0) == update(pair, 0, zeros, -1025)
    assert FULL == update(pair, 0, zeros, 1023)
    assert INDEX == learn(softmax, 256)
    found = [learn(pair, target) for target in (256, -256, 255)]
    assert [RANGE, RANGE, FULL] == found
    after = [p.core.signature() for p in (pair, still, softmax)]
    assert signatures == after


def test_where_coarse_pulses_cannot_be() -> None:
    """Ratios out of range, a class without a ratio, trains: refused at power-up."""
    for rule, coarse, ratio, ok in (
        (2, 2, 512, True),
        (2, 3, 512, False),
        (2, 1, 0, False),
        (2, 0, 1, False),
        (2, 0, 511, False),
        (3, 2, 32768, True),
        (3, 2, 32769, False),
        (1, 1, 512, False),
        (0, 1, 512, True),
    ):
        chip = own(rule, 0, coarse_class=coarse, coarse_ratio=ratio)
        if ok:
            Pair(chip).restart()
            continue
        with pytest.raises(Exception, match=r"coarse_(class|ratio)"):
            Pair(chip)
