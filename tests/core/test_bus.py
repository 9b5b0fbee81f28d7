"""The chip behind its bus: commands, time, interrupts, descriptors, power."""

from __future__ import annotations

import numpy as np
import plain
import pytest
from small_bus import SAMPLE, bus, push, registers, unlock, write

from edgeferro.core.bus import Bus, BusEvent
from edgeferro.core.emulator import Core
from edgeferro.core.enums import EVENTS
from edgeferro.core.register_map import REGISTERS
from edgeferro.errors import DataError


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


TIMED = ("cycle", "analog_ns")


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
