"""The chip behind its bus: commands, time, interrupts, refusals, snapshots."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import plain
import pytest
from golden.snapshot import fnv
from whole import changed, whole

from edgeferro.core.bus import COMMANDS, Bus, BusEvent
from edgeferro.core.emulator import Core
from edgeferro.core.enums import EVENTS
from edgeferro.core.register_map import REGISTERS
from edgeferro.errors import DataError, SnapshotError

SAMPLE = [10, -20, 127, 40]
HARNESS_KEY, UNLOCK_KEY = 0x454D554C, 0xEF10C4ED


def registers(**changes: Any) -> Any:
    """Two layers of mixed precision, with reference cells, noise, and trims."""
    wide = {"bias": 1, "threshold": 1 << 20}
    layers = [plain.layer(3, 4, **wide), plain.layer(2, 3, **wide)]
    errors = {"adc_gain": 500, "adc_offset": 200}
    trims = {"trim_gain": 800, "trim_offset": 300}
    fields = {"c2c": [2007] * 16, **errors, **trims, **changes}
    return plain.registers(layers, reference=1, **fields)


def bus(**changes: Any) -> Bus:
    """The chip, enabled."""
    found = Bus(registers(**changes))
    found.write("CONTROL", 1)
    found.write("HARNESS_KEY", HARNESS_KEY)
    return found


def unlock(chip: Bus) -> None:
    """Let APPLY through."""
    chip.write("UNLOCK", UNLOCK_KEY)
    chip.write("LOCK", 0)


def push(chip: Bus, codes: list[int]) -> None:
    """Write input codes."""
    for code in codes:
        chip.write("SAMPLE", code & 0xFFFFFFFF)


def test_bus_does_what_the_core_does() -> None:
    """The same commands through registers and through the C API: one signature."""
    chip, core = bus(), Core(registers())
    targets = np.array([1000, -2000, 3000], np.int16)
    core.program_column(0, 1, 2, targets)
    chip.write("LAYER", 0)
    chip.write("PLANE", 1)
    chip.write("COLUMN", 2)
    for target in targets.tolist():
        chip.write("WINDOW", target & 0xFFFFFFFF)
    chip.command("program_column")
    classes, codes = core.infer(np.array([SAMPLE], np.int16))
    push(chip, SAMPLE)
    chip.command("infer")
    assert classes[0] == chip.field("RESULT.label")
    for row in range(2):
        chip.write("OUTPUT_SELECT", row)
        assert codes[0, row] == np.int32(np.uint32(chip.read("OUTPUT")))
    core.learn(np.array([SAMPLE], np.int16), np.array([1], np.int32))
    chip.write("LABEL", 1)
    push(chip, SAMPLE)
    chip.command("learn")
    core.rest(60)
    chip.write("REST", 60)
    chip.command("rest")
    sums = core.read_column(1, 0, 3, 4)
    chip.write("LAYER", 1)
    chip.write("COLUMN", 3)
    chip.write("PLANE", 0)
    chip.write("READS", 4)
    chip.command("read_column")
    chip.write("ROW", 0)
    assert sums.tolist() == [
        int(np.int32(np.uint32(chip.read("WINDOW")))) for _ in range(2)
    ]
    for layer, side, reads, code in ((1, 1, 3, 64), (0, 0, 16, 191)):
        ends = core.trim(layer, side, reads, code)
        chip.write("LAYER", layer)
        chip.write("TRIM", code | reads << 16 | side << 24)
        chip.command("trim")
        assert ends == chip.read("TRIM_ENDS")
    assert core.peek("trim", 0).any()
    assert core.signature() == chip.core.signature()


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


def test_what_the_last_trim_left_is_a_register() -> None:
    """Units far too small leave every register at an end; power takes the number."""
    chip = bus(adc_offset=2**16, trim_gain=1, trim_offset=1)
    chip.write("LAYER", 1)
    chip.write("TRIM", 128 | 1 << 16 | 1 << 24)
    chip.command("trim")
    assert 6 == chip.read("TRIM_ENDS")
    trims = chip.core.peek("trim", 1).copy()
    assert 6 == (np.abs(trims) == 127).sum()
    chip.power_cycle()
    assert 0 == chip.read("TRIM_ENDS")
    assert np.array_equal(trims, chip.core.peek("trim", 1))


def test_tally_is_read_whole() -> None:
    """Two halves of a counter belong together: writing TALLY_SELECT takes both."""
    chip = bus()
    push(chip, SAMPLE)
    chip.command("infer")
    words = chip.core.tally_words()
    chip.write("TALLY_SELECT", 0 | 2 << 8)  # infer, adc
    low = chip.read("TALLY_LOW")
    push(chip, SAMPLE)
    chip.command("infer")
    assert words[2 + 2] == low | chip.read("TALLY_HIGH") << 32
    assert 2 * words[2 + 2] == chip.core.tally_words()[2 + 2]


def test_time_passes_by_steps() -> None:
    """By hand: 10 MHz, two layers of 3 x 5 and 2 x 4, reads of 100 ns.

    Layer 0: 5 + 3 cycles, 3 of its activation, 100 ns: 12 periods, of 100 ns each.
    Layer 1: 4 + 2 cycles, 2 of the arg max, 100 ns: until period 21. One more to end.
    """
    chip = bus(read_ns=100)
    start = chip.now
    chip.read("ID")
    assert start + 4 == chip.now
    push(chip, SAMPLE)
    chip.write("COMMAND", 2)
    assert 12 == chip.next_event
    assert 12 - 4 == chip.read("BUSY")
    chip.advance(8)
    assert 9 == chip.next_event
    chip.advance(9)
    assert 1 == chip.next_event
    assert chip.field("STATUS.busy") == 0  # an access takes 4
    assert [1, 1] == [chip.read("NUMBER") & 0xFFFF, chip.read("NUMBER") >> 16]


@pytest.mark.parametrize("clock", [0.001, 0.032768, 1.0, 10.0, 333.333333, 10_000.0])
def test_time_is_what_the_tally_says(clock: float) -> None:
    """Cycles and analog time of all commands, each rounded up, and a period each."""
    chip = Bus(registers(read_ns=123, gap_ns=7), clock)
    chip.write("CONTROL", 1)
    for opcode in (2, 3, 3, 4, 5):
        if opcode < 4:
            push(chip, SAMPLE)
        before, start = chip.core.tally_words(), chip.now
        chip.write("COMMAND", opcode)
        while chip.next_event:
            chip.advance(chip.next_event)
        spent = (chip.core.tally_words() - before)[2 : 2 + 6 * 20].reshape(6, 20)
        cycles, ns = (int(spent[:, EVENTS.index(n)].sum()) for n in TIMED)
        periods = -(-ns * round(clock * 1e6) // 10**9)
        assert start + 4 + cycles + periods + 1 == chip.now, opcode


def test_commands_wait_in_line() -> None:
    """Four wait besides the one under way; the next is an overrun; order is kept."""
    chip = Bus(plain.registers([plain.layer(400, 4)], lanes=1))
    chip.write("CONTROL", 1)
    for number in range(5):
        push(chip, SAMPLE)
        chip.write("COMMAND", 2)
        assert number + 1 == chip.field("NUMBER.accepted")
    assert chip.field("STATUS.queue_full")
    push(chip, SAMPLE)
    assert ["overrun"] == write(chip, "COMMAND", 2)
    chip.advance(10**6)
    assert 4 == chip.field("STATUS.fill")
    assert [1, 2, 3, 4] == [chip.field("RESULT.command") for _ in range(4)]


def test_a_result_that_finds_no_room_is_lost_with_a_word() -> None:
    """RESULT holds four; the fifth sets overrun, its number and its opcode."""
    chip = bus()
    for _ in range(4):
        push(chip, SAMPLE)
        chip.command("infer")
    assert [] == chip.errors()
    push(chip, SAMPLE)
    chip.write("COMMAND", 3)
    chip.advance(10**5)
    assert ["overrun"] == chip.errors()
    assert REGISTERS["RESULT"].address == chip.read("ERROR_ADDRESS")
    assert [5, 3] == [chip.field(f"ERROR_COMMAND.{n}") for n in ("command", "opcode")]
    assert 1 == chip.read("UPDATES")
    assert 4 == chip.field("STATUS.results")


def test_interrupts() -> None:
    """The line follows enabled bits, and clearing them."""
    chip = bus()
    chip.write("IRQ_ENABLE", 2)
    push(chip, SAMPLE)
    chip.write("COMMAND", 2)
    assert not chip.interrupt
    chip.advance(10**4)
    assert chip.interrupt
    assert chip.field("STATUS.irq")
    chip.write("IRQ_STATUS", 2)
    assert not chip.interrupt


def test_watermark_asks_for_codes() -> None:
    """Falling to it sets the bit; standing at or below it doesn't. Pairs are codes."""
    chip = bus()
    for mark, bit in ((4, 0), (3, 16)):
        chip.write("WATERMARK", mark)
        chip.write("SAMPLE_PAIR", 10 | (-20 & 0xFFFF) << 16)
        chip.write("SAMPLE_PAIR", 127 | 40 << 16)
        chip.command("infer")
        assert bit == chip.read("IRQ_STATUS") & 16
    push(chip, SAMPLE)
    chip.command("infer")
    classes = [chip.field("RESULT.label") for _ in range(3)]
    assert classes == classes[:1] * 3


def write(chip: Bus, name: str, value: int) -> list[str]:
    """A write that is refused; returns the error bits."""
    assert not chip.access_write(REGISTERS[name].address, value)
    return chip.errors()


def run(chip: Bus, opcode: int) -> list[str]:
    """A command, refused at once or when its turn comes; returns the error bits."""
    chip.access_write(REGISTERS["COMMAND"].address, opcode)
    chip.advance(10**6)
    return chip.errors()


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
TIMED = ("cycle", "analog_ns")
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


def test_apply_takes_the_new_configuration() -> None:
    """Descriptors count from APPLY on; a refused APPLY names the field."""
    chip = bus()
    unlock(chip)
    chip.write("LAYER_THRESHOLD", 777)
    chip.command("apply")
    wanted = registers()
    wanted.layers[0].threshold = 777
    assert Core(wanted).signature() == chip.core.signature()
    chip.write("LAYER", 1)
    chip.write("LAYER_RULE", 0xF0)  # a pulse class that the device doesn't have
    with pytest.raises(DataError, match="config"):
        chip.command("apply")
    assert 1 << 16 | 54 == chip.read("FAULT")  # layers.pulse_class of layer 1


def poke(chip: Bus, rng: random.Random) -> None:
    """One random access, most of them sensible."""
    name = rng.choice(list(REGISTERS))
    register = REGISTERS[name]
    if rng.random() < 0.4:
        chip.access_read(register.address + rng.choice([0] * 9 + [1]))
    elif rng.random() < 0.3:
        push_address = REGISTERS["SAMPLE"].address
        chip.access_write(push_address, rng.getrandbits(16))
    else:
        value = rng.getrandbits(rng.choice([1, 2, 4, 8, 32])) & register.write
        chip.access_write(register.address, value)


@pytest.mark.parametrize("seed", range(12))
def test_snapshots_are_invisible(seed: int) -> None:
    """Saved and restored at any point, into another bus: the same from there on."""
    rng, chip = random.Random(seed), bus()
    for _ in range(300):
        poke(chip, rng)
    other = Bus(registers())
    other.restore(chip.snapshot())
    state = rng.getstate()
    for _ in range(200):
        poke(chip, rng)
    rng.setstate(state)
    for _ in range(200):
        poke(other, rng)
    assert chip.snapshot() == other.snapshot()


def test_a_snapshot_of_another_chip() -> None:
    """A whole one of a chip with other cells is refused, and nothing is given up."""
    chip, other = bus(), Bus(registers(d2d_common=500))
    push(chip, SAMPLE)
    chip.command("learn")
    before = chip.snapshot()
    with pytest.raises(SnapshotError):
        chip.restore(other.snapshot())
    assert before == chip.snapshot()


def test_apply_keeps_the_cells() -> None:
    """Wear, states, accumulators and UPDATES stay; NEW CHIP begins with nothing."""
    chip = bus()
    unlock(chip)
    for label in (0, 1):
        chip.write("LABEL", label)
        push(chip, SAMPLE)
        chip.command("learn")
    kept = {n: chip.core.peek(n, 0).copy() for n in ("state", "wear", "chi")}
    chip.write("LAYER_GAIN", 9 | 8 << 8)
    chip.command("apply")
    for name, was in kept.items():
        assert np.array_equal(was, chip.core.peek(name, 0)), name
    assert 2 == chip.read("UPDATES")
    chip.write("SEED_LOW", 99)
    chip.command("new_chip")
    wanted = registers(seed=99)
    wanted.layers[0].gain_mantissa, wanted.layers[0].gain_shift = 9, 8
    assert Core(wanted).signature() == chip.core.signature()


def test_rates_are_registers() -> None:
    """After a loss of power a rate is its reset value, in the chip too."""
    chip, fresh = bus(), bus()
    chip.write("LAYER_RATE", 7 | 9 << 8)
    chip.power_cycle()
    assert fresh.read("LAYER_RATE") == chip.read("LAYER_RATE")
    for each in (chip, fresh):
        each.write("CONTROL", 1)
        push(each, SAMPLE)
        each.command("learn")
    assert fresh.core.signature() == chip.core.signature()


def test_damaged_snapshots() -> None:
    """Cut short, changed, or of something else: refused, nothing changed."""
    chip = bus()
    data = chip.snapshot()
    for bad in (b"", data[:-1], data[:100] + b"\xff" + data[101:], data + b"0"):
        with pytest.raises(SnapshotError):
            chip.restore(bad)
    assert data == chip.snapshot()


def sealed(data: bytes) -> bytes:
    """Bytes with the checksum at their end put right."""
    return data[:-8] + fnv(data[:-8]).to_bytes(8, "little")


def test_a_snapshot_says_its_version() -> None:
    """Magic, then version 3; one of another version is refused as such."""
    chip = bus()
    data = chip.snapshot()
    assert b"EF_EF_BS" + b"\3\0\0\0" == data[:12]
    assert data == sealed(data)
    with pytest.raises(SnapshotError, match="another version"):
        chip.restore(sealed(data[:8] + b"\1" + data[9:]))
    assert data == chip.snapshot()


def test_values_that_no_chip_holds() -> None:
    """Under other descriptors and good checksums: refused, the bus goes on."""
    chip, other = bus(), bus()
    other.write("SEED_LOW", 5)
    other.command("new_chip")
    data = other.snapshot()
    inner = bytearray(data[data.index(b"EDGEFERR") : -8])
    inner[32 + 8 : 32 + 12] = bytes(4)  # the rounding register, which is never 0
    whole = data[: data.index(b"EDGEFERR")] + sealed(bytes(inner)) + bytes(8)
    fresh = chip.core.signature()
    push(chip, SAMPLE)
    chip.command("learn")
    with pytest.raises(SnapshotError):
        chip.restore(sealed(whole))
    assert fresh == chip.core.signature()
    push(chip, SAMPLE)
    chip.command("learn")
    assert fresh != chip.core.signature()


def test_a_refused_restore_keeps_the_accumulators() -> None:
    """Descriptors under which they would be lost are looked at, not tried."""
    chip, other = bus(), bus()
    push(chip, SAMPLE)
    chip.command("learn")
    before, chi = chip.snapshot(), chip.core.peek("chi", 1).copy()
    assert chi.any()
    unlock(other)
    for layer in (0, 1):
        other.write("LAYER", layer)
        other.write("LAYER_RULE", 2)
    other.command("apply")
    other.pointer.result_count = 9
    with pytest.raises(SnapshotError):
        chip.restore(other.snapshot())
    other.pointer.result_count = 0
    other.pointer.job.kind = 77
    with pytest.raises(SnapshotError):
        chip.restore(other.snapshot())
    assert np.array_equal(chi, chip.core.peek("chi", 1))
    assert before == chip.snapshot()


def test_observer_is_told() -> None:
    """Accesses, starts, codes, pulses, ends and interrupts, in the order of time."""
    chip = bus()
    seen: list[BusEvent] = []
    chip.observe(seen.append)
    chip.write("IRQ_ENABLE", 1)
    push(chip, SAMPLE)
    chip.write("LABEL", 1)
    chip.command("learn")
    chip.access_read(2)
    chip.observe(None)
    chip.read("ID")
    kinds = {event.kind for event in seen}
    accesses = set("read write refused".split())
    commands = set("start step done code pulses interrupt".split())
    assert accesses | commands == kinds
    assert sorted(event.cycle for event in seen) == [event.cycle for event in seen]
    pulses = next(event.value for event in seen if event.kind == "pulses")
    assert pulses == chip.core.tally_words()[2 + 6 * 20 :][0 : 6 * 16 * 6 : 3].sum()


def test_power_cycle() -> None:
    """Cells, wear and the count of learning steps stay; accumulators and FIFO don't."""
    chip = bus()
    for label in (0, 1, 1):
        chip.write("LABEL", label)
        push(chip, SAMPLE)
        chip.command("learn")
    push(chip, SAMPLE)
    states = chip.core.peek("state", 0).copy()
    wear = chip.core.peek("wear", 0).copy()
    assert chip.core.peek("chi", 1).any()
    chip.power_cycle()
    assert np.array_equal(states, chip.core.peek("state", 0))
    assert np.array_equal(wear, chip.core.peek("wear", 0))
    assert not chip.core.peek("chi", 1).any()
    assert 3 == chip.read("UPDATES")
    assert 0 == chip.read("CONTROL")
    assert 0 == chip.field("STATUS.fill")
    assert 4 * 4 == chip.read("CYCLE_LOW")  # the accesses since
    chip.write("TALLY_SELECT", 0 | 2 << 8)  # infer, adc
    assert 0 == chip.read("TALLY_LOW")
