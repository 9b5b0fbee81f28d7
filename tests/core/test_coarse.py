"""Coarse and fine pulses: how a count is cut, in which order, and what it is worth."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import plain
import pytest
from edgeferro._core import lib
from golden import snapshot

import edgeferro as ef
from edgeferro.core import binding
from edgeferro.core.emulator import Core, TraceBuffer

FINE: Final = 1 << 20  # step, Q0.31


def registers(ratio: int, rule: int = 2, **changes: Any) -> Any:
    """2 x 2 cells of two classes; a coarse step is exactly the ratio in fine ones."""
    layer = plain.layer(2, 2, rule=rule, rate_mantissa=1, rate_shift=0, threshold=1)
    knots = np.zeros((2, 2, 65), np.int32)
    knots[0], knots[1] = FINE, FINE * ratio // 256 or 1
    fields: dict[str, Any] = {
        "class_count": 2,
        "coarse_class": 1 if ratio else 0,
        "coarse_ratio": ratio,
        "knots": knots,
        "pulse_limit": 127,
        "width_ns": [200, 3000] + [1] * 14,
    }
    return plain.registers([layer], **{**fields, **changes})


def pulsed(core: Core, inputs: list[int], errors: list[int]) -> list[tuple[int, ...]]:
    """Update the layer; row, column, plane, class and count of each trace entry."""
    trace = TraceBuffer(999)
    drive = np.array(inputs, np.int16)
    core.update(0, drive, np.array(errors, np.int16), 0, trace=trace)
    names = ("row", "column", "plane", "pulse_class", "count")
    return [tuple(int(e[name]) for name in names) for e in trace.take()]


def cut(count: int, ratio: int) -> tuple[int, int]:
    """SPEC 9.11 with divisions instead of shifts."""
    coarse = 256 * count // ratio
    return coarse, (2 * (256 * count - coarse * ratio) + 256) // 512


@pytest.mark.parametrize("ratio", [512, 513, 700, 1100, 2048, 10_000, 32768])
def test_every_count_is_cut(ratio: int) -> None:
    """1 to 127 pulses of either sign: coarse and fine, half a pulse off at most."""
    for count in range(1, 128):
        coarse, fine = cut(count, ratio)
        assert abs(coarse * ratio + fine * 256 - count * 256) <= 128
        for sign in (1, -1):
            core = Core(registers(ratio))
            found = pulsed(core, [count, 0], [sign, 0])
            expected = [(0, 0, 0, 1, sign * coarse), (0, 0, 0, 0, sign * fine)]
            assert [e for e in expected if e[-1]] == found


def test_order_of_a_row() -> None:
    """Coarse pulses of a row, then its fine ones, then the next row (SPEC 9.11.1)."""
    core = Core(registers(1024))
    expected = [
        (0, 0, 0, 1, 2),
        (0, 1, 0, 1, -1),
        (0, 0, 0, 0, 1),
        (0, 1, 0, 0, -3),
        (1, 0, 0, 1, -4),
        (1, 1, 0, 1, 3),
        (1, 0, 0, 0, -2),
        (1, 1, 0, 0, 2),
    ]
    assert expected == pulsed(core, [9, -7], [1, -2])


def test_both_sides_follow_at_once() -> None:
    """The reference cell's opposite pulses come behind each group of the main one's."""
    core = Core(registers(1024, reference=1, both_sides=1))
    expected = [
        (0, 0, 0, 1, 2),
        (0, 0, 1, 1, -2),
        (0, 0, 0, 0, 1),
        (0, 0, 1, 0, -1),
    ]
    assert expected == pulsed(core, [9, 0], [1, 0])
    account = lib.ef_tally(core._chip).account[lib.EF_PHASE_UPDATE]
    assert (6, 6, 0, 0) == (
        account.requested,
        account.issued,
        account.deferred,
        account.dropped,
    )


@pytest.mark.parametrize("rule", [2, 3])
def test_one_state_whatever_the_cut(rule: int) -> None:
    """Where a coarse step is the ratio in fine ones, cells end where they did."""
    cores = [Core(registers(ratio, rule)) for ratio in (0, 512, 1024)]
    for core in cores:
        pulsed(core, [9, -7], [1, -2])
        pulsed(core, [100, 3], [1, -1])
    states = [core.peek("state", 0).tolist() for core in cores]
    assert states[0] == states[1] == states[2]
    assert (9 + 100) * FINE == states[0][0][0]
    # 109 in fours: 2 + 1 and 25 + 0
    assert [109, 55, 28] == [int(core.peek("wear", 0)[0, 0]) for core in cores]


def test_time_and_lines_by_hand() -> None:
    """A row with both classes ends twice: cycles, slots of each width, line cells."""
    core = Core(registers(1024))
    pulsed(core, [9, -7], [1, 0])  # coarse 2, -1; fine 1, -3
    events = lib.ef_tally(core._chip).events[lib.EF_PHASE_UPDATE]
    assert (2 + 1) * 3020 + (1 + 3) * 220 == events[lib.EF_EVENT_ANALOG_NS]
    assert 2 + 2 + 1 == events[lib.EF_EVENT_CYCLE]  # rows' ends; 2 pairs in 16 lanes
    lines = (2 + 1) * 2 + 3 * 2 + (1 + 3) * 2 + 4 * 2
    assert lines == events[lib.EF_EVENT_PULSE_LINE_CELLS]
    assert lines - 2 * (3 + 4) == events[lib.EF_EVENT_HALF_SELECTED]
    pulses = lib.ef_tally(core._chip).pulses[lib.EF_PHASE_UPDATE]
    found = [[pulses[c][p].pulses for p in (0, 1)] for c in (0, 1)]
    assert [[1, 3], [2, 1]] == found


def test_fine_pulses_alone_end_once() -> None:
    """A row that needs no coarse pulse has neither its time nor its lines."""
    core = Core(registers(1024))
    pulsed(core, [3, 0], [1, 0])
    events = lib.ef_tally(core._chip).events[lib.EF_PHASE_UPDATE]
    assert 3 * 220 == events[lib.EF_EVENT_ANALOG_NS]
    assert 2 + 1 == events[lib.EF_EVENT_CYCLE]


@pytest.mark.parametrize(("excess", "names"), [(0, "deferred"), (1, "dropped")])
def test_the_limit_comes_before_the_cut(excess: int, names: str) -> None:
    """What is over it is counted in fine pulses, beside what was sent (9.11.2)."""
    core = Core(registers(1024, rule=3, pulse_limit=10, excess=excess))
    assert [(0, 0, 0, 1, 2), (0, 0, 0, 0, 2)] == pulsed(core, [25, 0], [1, 0])
    account = lib.ef_tally(core._chip).account[lib.EF_PHASE_UPDATE]
    assert (4 + 15, 4, 15) == (
        account.requested,
        account.issued,
        getattr(account, names),
    )
    info = core.info(0)
    assert 10 == info.gradient.issued == info.sites[lib.EF_SITE_PULSE].peak
    assert (0 if excess else 15) == core.peek("chi", 0)[0, 0]


def test_half_selects_are_each_class_s_own() -> None:
    """The neighbour of a pulsed cell sees half of its coarse and of its fine pulses."""
    core = Core(registers(1024, disturb=1 << 16))
    pulsed(core, [9, 0], [1, 0])
    sixteenth = 1 << 4
    states = core.peek("state", 0)
    expected = 2 * (4 * FINE) // sixteenth + FINE // sixteenth
    assert [expected, expected] == [states[0, 1], states[1, 0]]
    assert 0 == states[1, 1]


@pytest.mark.parametrize("ratio", [1, 511, 32769])
def test_ratios_out_of_range(ratio: int) -> None:
    """0, or 2 to 128 fine pulses."""
    with pytest.raises(
        ef.ConfigError, match=r"^coarse_ratio: \d+ is not in (512|0)\.\."
    ):
        Core(registers(ratio))


def test_what_would_be_ignored_is_refused() -> None:
    """A class without a ratio, a class that is not there, and a train of pulses."""
    with pytest.raises(ef.ConfigError, match=r"^coarse_class: 1 is not in 0\.\.0"):
        Core(registers(0, coarse_class=1))
    with pytest.raises(ef.ConfigError, match=r"^coarse_class: 2 is not in 0\.\.1"):
        Core(registers(512, coarse_class=2))
    with pytest.raises(ef.ConfigError, match=r"^coarse_ratio: 512 is not in 0\.\.0"):
        Core(registers(512, rule=1))


def test_a_chip_without_keeps_its_digest() -> None:
    """The two settings join the digest only where they are not 0 (SPEC 13.1)."""
    found = {}
    for ratio in (0, 512):
        _, config, _keep = binding.allocate(registers(ratio))
        found[ratio] = lib.ef_config_digest(config)
    plain_chip = registers(0)
    assert snapshot.digest(plain_chip) == found[0] != found[512]
