"""Bus and golden model in lockstep: random accesses, cuts at every step, ends.

What is compared after each action: the value, whether it was taken, the interrupt line,
when something happens next, the time; and every so often the snapshots, byte by byte.
A case that fails prints itself as a call of `replay`; `long_bus.py` goes on for longer.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import plain
import pytest
from cases_bus import OPCODES, STOPS, random_case, replay, watched
from drawn_bus import AT, MAP
from golden import bus_parts
from golden.bus import GoldenBus
from golden.bus_registers import HARNESS_KEY, UNLOCK_KEY
from lockstep_bus import BusPair, bus_does, golden_does

if TYPE_CHECKING:
    from types import SimpleNamespace

    from lockstep_bus import Action

CASES, ACCESSES, CHUNK = 200, 5_000, 10
COVERING = 80  # of these cases
MANY_STEPS = {"INFER", "LEARN", "LEARN_TARGETS", "PROGRAM_COLUMN", "CALIBRATE_COLUMN",
              "TRIM", "CHECKSUM", "UPDATE"}  # fmt: skip
NO_STEP = {"APPLY", "CLEAR_POINTS", "NEW_CHIP", "REST", "READ_WEAR"}
HERTZ = 10**7


def test_some_random_accesses() -> None:
    """Bus and golden agree over 24,000 accesses of eight chips."""
    for seed in range(5000, 5008):
        random_case(seed, 3_000)


@pytest.mark.slow
def test_snapshots_behind_each_action() -> None:
    """What an access changes, and what a refused one doesn't, shows at once."""
    for seed in range(5100, 5106):
        random_case(seed, 250, each=True)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, CASES, CHUNK))
def test_a_million_random_accesses(first: int) -> None:
    """Bus and golden agree over a million accesses of 200 chips."""
    for seed in range(first, first + CHUNK):
        assert ACCESSES <= random_case(seed, ACCESSES)


@pytest.mark.slow
def test_the_cases_cover_the_map() -> None:
    """The seeds end, refuse and cut each command that can be, and set every error."""
    seen: Counter[tuple[str, str]] = Counter()
    for seed in range(COVERING):
        seen += watched(seed, 1500)
    names = set(OPCODES.values())
    stops = set(STOPS.values()) - {"ended"}
    wanted = {(name, "ended") for name in names}
    wanted |= {(name, stop) for name in MANY_STEPS for stop in stops}
    wanted |= {("error", name) for name in MAP.by_name["ERROR"].fields}
    wanted |= {(name, "refused") for name in names - NO_STEP - {"INFER", "LEARN",
               "CHECKSUM", "READ_COLUMN"}}  # fmt: skip
    assert set() == wanted - set(seen)


def chip(rule: int, **changes: Any) -> SimpleNamespace:
    """Two small layers of a rule, noise, spread, disturb, and what is asked for."""
    how = {"rule": rule, "rate_shift": 13 if rule == 3 else 23, "threshold": 900}
    layers = [plain.layer(2, 2, bias=1, **how), plain.layer(2, 2, **how)]
    if changes.get("error_kind"):
        layers[-1].activation = np.clip(np.arange(-256, 256), -200, 200).astype(
            np.int16
        )
        layers[-1].slope = np.full(512, 256, np.int16)
    fields = {"c2c": [2007] * 16, "d2d_common": 13172, "disturb": 1500, "lanes": 2}
    fields |= {"trim_gain": 800, "trim_offset": 300, "adc_offset": 200}
    fields |= {"read_noise": 2000, "program_iterations": 3, **changes}
    return plain.registers(layers, **fields)


CHIPS = {
    "stochastic, cells": chip(1, reference=1, both_sides=1),
    "counted, stored": chip(2, reference=2, error_kind=1),
    "counted, coarse": chip(2, coarse_ratio=700, reference=3),
    "mixed": chip(3),
    "mixed, every second": chip(3, transfer_every=2, reference=1),
}


def begin(name: str, registers: SimpleNamespace) -> list[Action]:
    """What stands before a command, and the command."""
    columns = registers.layers[0].inputs + registers.layers[0].bias
    codes = {"INFER": 2, "LEARN": 2, "LEARN_TARGETS": 2, "FORWARD": columns,
             "UPDATE": columns, "SLOPES": 2}.get(name, 0)  # fmt: skip
    given = [("CONTROL", 1), ("IRQ_ENABLE", 31), ("HARNESS_KEY", HARNESS_KEY),
             ("UNLOCK", UNLOCK_KEY), ("LOCK", 0), ("CAL_WINDOW", 0x01010101),
             ("CAL_GAIN", 0x158103FF), ("CAL_LIMIT", 2), ("COLUMN", 1),
             ("TRIM", 0x00010040 | 64), ("LABEL", 1),
             ("WINDOW", 90), ("WINDOW", -70 & 0xFFFFFFFF), ("WINDOW", 5)]  # fmt: skip
    given += [("SAMPLE", code & 0xFFFFFFFF) for code in (60, -101, 127)[:codes]]
    given.append(("COMMAND", MAP.opcodes[name]))
    return [("w", AT[register], value) for register, value in given]


def steps_of(registers: SimpleNamespace, actions: list[Action]) -> int:
    """Steps that the last command of some actions has."""
    golden = GoldenBus(registers, HERTZ)
    for action in actions:
        golden_does(golden, action)
    golden.advance(10**9)
    return golden.steps


def twice(name: str, registers: SimpleNamespace) -> list[Action]:
    """The command once to its end, so that there is something to go on from; again."""
    first = begin(name, registers)
    return [*first, ("a", 10**9), ("w", AT["ROW"], 0), *first[10:]]


@pytest.mark.slow
@pytest.mark.parametrize("kind", CHIPS)
def test_cut_at_every_step(kind: str) -> None:
    """What each command leaves, cut at each of its steps in each way, is the golden's.

    Power that is lost as a step begins; abort and reset while it is under way; and what
    comes behind: a sample is learnt with what was left.
    """
    registers = CHIPS[kind]
    learns = begin("LEARN", registers)
    for name in OPCODES.values():
        actions = twice(name, registers)
        steps = steps_of(registers, actions) - steps_of(registers, actions[:-1])
        for step in range(1, steps + 2):
            for way in (0x201, 0x401, 0):
                pair = BusPair(registers, HERTZ)
                pair.run(actions[:-1])
                if way == 0:
                    pair.do(("cut", step))
                pair.do(actions[-1])
                for _ in range(step - 1):
                    pair.do(("a", pair.golden.next_event))
                if way:
                    pair.do(("w", AT["CONTROL"], way))
                pair.run([("look",), ("a", pair.golden.next_event), ("look",)])
                pair.run([("r", AT["CUT"]), ("w", AT["CUT"], 0x100)])
            pair.run([*learns, ("a", 10**9), ("look",)])


def test_numbers_of_commands_wrap() -> None:
    """Behind 65535 comes 1, accepted and ended, and in RESULT."""
    pair = BusPair(CHIPS["mixed"], HERTZ)
    pair.do(("w", AT["CONTROL"], 1))
    for _ in range(65534):  # compared behind them
        for action in (("w", AT["COMMAND"], MAP.opcodes["CLEAR_POINTS"]), ("a", 1)):
            golden_does(pair.golden, action)
            bus_does(pair.pointer, action)
    for _ in range(3):
        pair.run(begin("INFER", CHIPS["mixed"])[-3:])
        pair.run([("a", 10**6), ("r", AT["RESULT"]), ("r", AT["NUMBER"])])
    assert 2 | 2 << 16 == pair.golden.read(AT["NUMBER"])[1]


def test_the_ends_of_the_fifo() -> None:
    """4096 codes fit, by ones and by pairs; the watermark is where it is crossed."""
    pair = BusPair(CHIPS["mixed"], HERTZ)
    pair.run([("w", AT["WATERMARK"], 4096), ("w", AT["CONTROL"], 1)])
    pair.run([("w", AT["SAMPLE_PAIR"], 0x8000_7FFF)] * 2047)
    pair.run([("w", AT["SAMPLE"], 5), ("w", AT["SAMPLE_PAIR"], 1), ("look",)])
    pair.run([("w", AT["SAMPLE"], 6), ("w", AT["SAMPLE"], 7), ("r", AT["STATUS"])])
    assert 4096 == len(pair.golden.fifo)
    for mark in (4095, 4096, 0):
        pair.run([("w", AT["IRQ_STATUS"], 31), ("w", AT["WATERMARK"], mark)])
        pair.run([("w", AT["CONTROL"], 0x101), ("r", AT["IRQ_STATUS"]), ("look",)])


# Cases that once differed, by what was at fault.
FOUND: dict[str, tuple[int, list[Action]]] = {
    "BUSY behind the last step": (
        0,
        [("w", 0x10, 1), ("w", 0x40, 7), ("r", 0x18)],
    ),
    "numbers of a command that has ended": (
        0,
        [("w", 0x10, 1), ("w", 0x40, 7), ("a", 1), ("look",)],
    ),
    "the cycle counter before a command's end": (
        0,
        [("w", 0x10, 1), ("w", 0x40, 5), ("look",)],
    ),
    "CUT cleared by either bit of cause": (
        0,
        [("w", 0x10, 1), ("w", 0x40, 5), ("w", 0x10, 0x201), ("a", 10**9),
         ("w", 0x1C, 0x200), ("r", 0x1C)],
    ),
    "a reset stays one": (
        0,
        [("w", 0x10, 1), ("w", 0x40, 5), ("w", 0x10, 0x401), ("w", 0x10, 0x201),
         ("a", 10**9), ("look",)],
    ),
    "what a new chip has spent": (
        0,
        [("w", 0x10, 1), ("w", 0x40, 5), ("a", 10**9), ("w", 0x800, HARNESS_KEY),
         ("w", 0x40, 128), ("look",)],
    ),
    "the peak of an accumulator that is written": (
        7296,
        [("w", 0x10, 1), ("w", 0xAC, 0xFFFFFFDA), ("w", 0x48, 0xFFFFFE56),
         ("w", 0x40, 11), ("w", 0x40, 21), ("w", 0x48, 0xFFFFFFC7), ("w", 0x40, 3),
         ("a", 10**6), ("look",)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found(name: str) -> None:
    """Cases that once differed agree."""
    replay(*FOUND[name])


def test_a_difference_is_shrunk_and_can_be_replayed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A golden bus that wakes too late is found, in few actions that show it again."""
    monkeypatch.setattr(bus_parts, "GATED_WAKE", 3)
    with pytest.raises(AssertionError) as caught:
        random_case(6001, 3_000)
    call = str(caught.value).splitlines()[-1]
    assert call.startswith("replay(")
    assert call.count("(") < 12
    with pytest.raises(AssertionError, match="expected"):
        eval(call, {"replay": replay})
    monkeypatch.undo()
    eval(call, {"replay": replay})
