"""What the bus refuses, and results that wait: with a bit, and nothing else changed."""

from __future__ import annotations

from typing import Any

import plain
import pytest
from small_bus import SAMPLE, bus, push, registers, run, unlock, write
from whole import changed, whole

from edgeferro.core.bus import COMMANDS, Bus
from edgeferro.core.register_map import REGISTERS
from edgeferro.errors import DataError


def test_a_chip_without_trims_refuses_the_command() -> None:
    """In range, and nothing to trim: ERROR says so at once."""
    chip = Bus(plain.registers([plain.layer(2, 3)]))
    chip.write("CONTROL", 1)
    before = whole(chip)
    assert ["command"] == write(chip, "COMMAND", COMMANDS["trim"])
    assert set() == changed(before, chip)


@pytest.mark.parametrize("bits", [8, 9, 10, 11])
def test_codes_of_a_trim_go_by_the_converters_bits(bits: int) -> None:
    """2^(bits - 3) to below thrice that; after reset right at 9 and 10 bits alone."""
    sites = [plain.site(b) for b in (8, bits, 8, 8, 32, 16, 8, 16)]
    chip = Bus(plain.registers([plain.layer(2, 3)], sites=sites, trim_gain=800))
    chip.write("CONTROL", 1)
    assert ([] if bits in {9, 10} else ["range"]) == run(chip, COMMANDS["trim"])
    first, last = 1 << (bits - 3), (3 << (bits - 3)) - 1
    for code in (first - 1, first, last, last + 1):
        chip.clear_errors()
        chip.write("TRIM", code | 1 << 16)
        said = [] if code in {first, last} else ["range"]
        assert said == run(chip, COMMANDS["trim"]), code


REFUSALS: dict[str, Any] = {
    "gain of zero": (lambda c: write(c, "LAYER_GAIN", 0), "range"),
    "rate of zero": (lambda c: write(c, "LAYER_RATE", 0), "range"),
    "shift too large": (lambda c: write(c, "LAYER_BACK_GAIN", 1 | 48 << 8), "range"),
    "layer not there": (lambda c: write(c, "LAYER", 2), "index"),
    "column not there": (lambda c: write(c, "COLUMN", 5), "index"),
    "row not there": (lambda c: write(c, "ROW", 5), "index"),
    "label not there": (lambda c: write(c, "LABEL", 2), "range"),
    "reads of zero": (lambda c: write(c, "READS", 0), "range"),
    "no reads of a trim": (lambda c: write(c, "TRIM", 128), "range"),
    "rest of zero": (lambda c: write(c, "REST", 0), "range"),
    "phase not there": (lambda c: write(c, "TALLY_SELECT", 6), "range"),
    "no such command": (lambda c: write(c, "COMMAND", 23), "command"),
    "a command of old": (lambda c: write(c, "COMMAND", 9), "command"),
    "no stored reference": (lambda c: write(c, "COMMAND", 18), "command"),
    "no offsets": (lambda c: write(c, "COMMAND", 19), "command"),
    "no squared error": (lambda c: write(c, "COMMAND", 11), "command"),
    "too few codes": (lambda c: write(c, "COMMAND", 2), "underrun"),
    "locked APPLY": (lambda c: write(c, "COMMAND", 1), "locked"),
    "locked LOCK": (lambda c: write(c, "LOCK", 0), "locked"),
    "code too large": (lambda c: write(c, "SAMPLE", 1 << 15), "range"),
    "zero-extended code": (lambda c: write(c, "SAMPLE", -20 & 0xFFFF), "range"),
    "watermark too high": (lambda c: write(c, "WATERMARK", 4097), "range"),
    "mode not there": (lambda c: write(c, "POWER", 3), "range"),
}


TRACE = set("started until spent_cycles spent_ns spent_pulses accepted ended".split())


TRACE |= {"running_refused", "over", "job"}


TURNS: dict[str, Any] = {
    "no code of a trim": ("TRIM", "trim", "range"),
    "no quads": ("CAL_WINDOW", "calibrate_column", "range"),
    "no iterations": ("PROGRAM", "apply", "config"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_leave_the_chip(name: str) -> None:
    """Error bit and status say which; chip and bus are as they were."""
    chip = bus()
    push(chip, SAMPLE)
    chip.command("infer")
    push(chip, SAMPLE[:3])
    before = whole(chip)
    act, bit = REFUSALS[name]
    assert [bit] == act(chip)
    assert chip.field("STATUS.error")
    assert set() == changed(before, chip)


@pytest.mark.parametrize("name", TURNS)
def test_refused_when_its_turn_comes(name: str) -> None:
    """A command that can't be done then leaves the chip and all but its own trace."""
    chip = bus()
    push(chip, SAMPLE)
    chip.command("infer")
    zeroed, command, bit = TURNS[name]
    unlock(chip)
    chip.write(zeroed, 1 << 16 if zeroed == "TRIM" else 0)
    before = whole(chip)
    assert [bit] == run(chip, COMMANDS[command])
    assert chip.field("STATUS.error")
    fault = {"values"} if command == "apply" else set()
    assert changed(before, chip) <= TRACE | fault
    assert REGISTERS["COMMAND"].address == chip.read("ERROR_ADDRESS")
    said = [chip.field(f"ERROR_COMMAND.{n}") for n in ("command", "opcode")]
    assert [2, COMMANDS[command]] == said


def test_no_result_no_read() -> None:
    """RESULT and OUTPUT before a result, and while one is under way, are stale."""
    chip = bus()
    for name in ("RESULT", "OUTPUT"):
        with pytest.raises(DataError, match="refused: stale"):
            chip.read(name)
        chip.clear_errors()
    push(chip, SAMPLE)
    chip.write("COMMAND", 2)
    with pytest.raises(DataError, match="stale"):
        chip.read("RESULT")


WAITS = [name for name, register in REGISTERS.items() if register.waits]


@pytest.mark.parametrize("name", WAITS)
def test_results_wait_for_their_command(name: str) -> None:
    """Whatever stood there before: while a command is under way it gives 0."""
    chip = bus()
    push(chip, SAMPLE)
    chip.command("infer")
    push(chip, SAMPLE)
    chip.write("COMMAND", 3)
    before = whole(chip)
    assert (False, 0) == chip.access_read(REGISTERS[name].address)
    assert ["stale"] == chip.errors()
    assert set() == changed(before, chip)
    assert 0 == chip.read("UPDATES")
    chip.advance(10**5)
    chip.clear_errors()
    assert chip.access_read(REGISTERS[name].address)[0]
    assert 1 == chip.read("UPDATES")


def test_fifo_overrun() -> None:
    """The 4097th code is an overrun; the others stay."""
    chip = bus()
    push(chip, [1] * 4096)
    assert ["overrun"] == write(chip, "SAMPLE", 1)
    assert 4096 == chip.field("STATUS.fill")


def test_plane_needs_reference_cells() -> None:
    """Without reference cells there is no plane 1."""
    chip = Bus(plain.registers([plain.layer(2, 3)]))
    assert ["index"] == write(chip, "PLANE", 1)


def test_nothing_without_enable() -> None:
    """Commands are refused until CONTROL.enable is set."""
    chip = Bus(registers())
    assert ["command"] == write(chip, "COMMAND", 2)
