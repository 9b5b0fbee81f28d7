"""Targets, commands of one layer and coarse pulses: by hand, and in lockstep."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import plain
import pytest
from golden.updating import cut
from hypothesis import given, settings
from hypothesis import strategies as st
from lockstep import Pair
from lockstep_direct import direct_commands, random_direct, random_targets

from edgeferro.core.emulator import TraceBuffer
from edgeferro.errors import DataError, StateError

SEEDS = range(60)
CHUNK = 10


def kinds(seed: int) -> set[tuple[int, int, bool]]:
    """Rule, reference and coarse pulses of each layer of a chip."""
    chip = random_direct(seed)
    coarse = chip.coarse_ratio > 0
    return {(layer.rule, chip.reference, coarse) for layer in chip.layers}


def test_the_seeds_cover_every_combination() -> None:
    """The fixed seeds meet each rule, with coarse pulses where it may have them."""
    every = {(1, k, False) for k in range(4)}
    every |= {(rule, k, True) for rule in (2, 3) for k in range(4)}
    assert set() == every - set().union(*(kinds(seed) for seed in SEEDS))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, len(SEEDS), CHUNK))
def test_fixed_seeds(first: int) -> None:
    """Ten chips of fixed seeds agree in every register after every command."""
    for seed in range(first, first + CHUNK):
        direct_commands(Pair(random_direct(seed)), random.Random(seed), 16)


@settings(max_examples=30)
@given(st.integers(1000, 2**32), st.integers(0, 2**32))
def test_random_chips(chip: int, commands: int) -> None:
    """Any random chip agrees in every register after every random command."""
    direct_commands(Pair(random_direct(chip)), random.Random(commands), 8)


def test_the_cut_as_worked() -> None:
    """SPEC 9.11: at 4.297 twelve pulses are two coarse and three fine ones."""
    assert (2, 3) == cut(1100, 12)
    assert (0, 1) == cut(2**15, 1)
    assert (1, 0) == cut(512, 2)


def test_no_cut_is_empty() -> None:
    """SPEC 9.11.3: a cut never loses all pulses, and is off by half a fine one."""
    for ratio in [*range(512, 2**15, 97), 2**15]:
        for k in range(1, 128):
            coarse, fine = cut(ratio, k)
            assert coarse + fine > 0
            assert 128 >= abs(coarse * ratio + 256 * fine - 256 * k)


def coarse_chip(rule: int, **changes: Any) -> SimpleNamespace:
    """One layer of 1 x 3 with two classes; what is asked of it is known by hand."""
    layer = plain.layer(1, 3, rule=rule, rate_mantissa=1, rate_shift=62, threshold=1)
    knots = np.full((2, 2, 65), 2**20, np.int32)
    knots[1] = 2**22
    fields: dict[str, Any] = {
        "class_count": 2,
        "knots": knots,
        "coarse_class": 1,
        "coarse_ratio": 1100,
        "pulse_limit": 12,
        "width_ns": [20, 300, *[20] * 14],
        "gap_ns": 5,
        **changes,
    }
    return plain.registers([layer], **fields)


@pytest.mark.parametrize("rule", [2, 3])
def test_a_row_of_coarse_and_fine_pulses(rule: int) -> None:
    """Coarse ones go first: 12, -12 and 1 wished leave +2, -2, then +3, -3, +1.

    Their line takes 4 slots of 305 ns, then 6 of 25 ns, and 2 cycles each; the
    products take one.
    """
    registers = coarse_chip(rule)
    pair = Pair(registers)
    buffer = TraceBuffer(64)
    x, e = np.array([12, -20, 1], np.int16), np.array([1], np.int16)
    pair.core.update(0, x, e, 62, trace=buffer)
    found = [(p["column"], p["pulse_class"], p["count"]) for p in buffer.take()]
    assert [(0, 1, 2), (1, 1, -2), (0, 0, 3), (1, 0, -3), (2, 0, 1)] == found
    update = pair.golden.tally.events["update"]
    pair.golden.update_layer(0, x.tolist(), [1], 62)
    assert [4 * 305 + 6 * 25, 5] == [update["analog_ns"], update["cycle"]]
    assert 10 * 3 + 11 * 1 == update["pulse_line_cells"]
    account = pair.golden.tally.account["update"]
    waited = account["deferred"] + account["dropped"]
    assert [11 + 8, 11, 8] == [account["requested"], account["issued"], waited]
    pair.golden.trace.clear()
    pair.compare()


def test_targets_of_a_label_are_the_label() -> None:
    """SPEC 7.4: target_high in one row, target_low in the others is a labelled step."""
    met = 0
    for seed in range(40):
        registers = random_direct(seed)
        largest = max(abs(registers.target_low), abs(registers.target_high))
        if registers.error_kind == 0 or largest >= 2 ** registers.sites[2].bits:
            continue
        met += 1
        one, other = Pair(registers), Pair(registers)
        raw = [100] * registers.layers[0].inputs
        rows = range(registers.layers[-1].rows)
        wanted = [registers.target_high if r == 0 else registers.target_low
                  for r in rows]  # fmt: skip
        one.learn(raw, 0)
        other.learn_targets(raw, wanted)
        assert one.core.signature() == other.core.signature()
    assert met >= 4


def test_refusals_change_nothing() -> None:
    """SPEC 9.9, 9.10: what is out of its range is refused, and the chip as it was."""
    pair = Pair(random_direct(next(s for s in SEEDS if random_direct(s).error_kind)))
    top = 2 ** pair.registers.sites[2].bits - 1
    raw = np.zeros((1, pair.core.inputs), np.int16)
    wanted = np.array([random_targets(pair, random.Random(1))], np.int16)
    for beyond in (top + 1, -top - 1):
        wanted[0, -1] = beyond
        with pytest.raises(DataError, match="targets"):
            pair.core.learn_targets(raw, wanted)
        pair.compare()
    soft = Pair(
        random_direct(next(s for s in SEEDS if not random_direct(s).error_kind))
    )
    rows = soft.core.outputs
    with pytest.raises(StateError, match="squared"):
        soft.core.learn_targets(
            np.zeros((1, soft.core.inputs), np.int16), np.zeros((1, rows), np.int16)
        )
    soft.compare()


@pytest.mark.parametrize(
    ("x", "e", "exponent"),
    [(512, 0, 0), (-512, 0, 0), (0, 128, 0), (0, -128, 0), (0, 0, 1024), (0, 0, -1025)],
)
def test_an_update_out_of_range(x: int, e: int, exponent: int) -> None:
    """A code or exponent beyond its range is refused, and the chip as it was."""
    pair = Pair(coarse_chip(2))
    inputs, errors = np.array([0, 0, x], np.int16), np.array([e], np.int16)
    with pytest.raises(DataError):
        pair.core.update(0, inputs, errors, exponent)
    pair.compare()


def test_a_trace_with_room_for_all_but_one() -> None:
    """SPEC 15.2: with coarse pulses a direct update needs twice the layer's cells."""
    pair = Pair(coarse_chip(2))
    x, e = np.array([12, -20, 1], np.int16), np.array([1], np.int16)
    with pytest.raises(DataError, match="trace"):
        pair.core.update(0, x, e, 62, trace=TraceBuffer(5))
    pair.compare()
    pair.core.update(0, x, e, 62, trace=TraceBuffer(6))
