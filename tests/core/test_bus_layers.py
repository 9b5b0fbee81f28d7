"""Over the bus a layer is read, given errors and updated as by the core's own calls."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import plain
import pytest

from edgeferro.core.bus import Bus
from edgeferro.core.emulator import Core
from edgeferro.core.enums import COMMANDS
from edgeferro.core.register_map import REGISTERS
from edgeferro.errors import DataError

TABLE: Final = np.clip(np.arange(-256, 256), -255, 255).astype(np.int16)
SLOPE: Final = np.abs(np.arange(-256, 256)).astype(np.int16)
HIDDEN, WIDE = 5, 7  # rows of the first layer, inputs of the last with its bias


def registers(**changes: Any) -> Any:
    """3 inputs, 5 hidden rows, 2 outputs with a bias; squared errors, both rules."""
    first = plain.layer(HIDDEN, 3, activation=TABLE, slope=SLOPE)
    last = plain.layer(2, HIDDEN, bias=1, activation=TABLE, slope=SLOPE, rule=2)
    last.rate_shift = 23
    fields = {"error_kind": 1, "read_noise": 500, "initial_state": 1 << 29, **changes}
    return plain.registers([first, last], **fields)


def both(**changes: Any) -> tuple[Bus, Core]:
    """The same chip behind a bus and by itself."""
    chip = Bus(registers(**changes))
    chip.write("CONTROL", 1)
    return chip, Core(registers(**changes))


def push(chip: Bus, codes: Any) -> None:
    """Codes into the FIFO."""
    for code in codes:
        chip.write("SAMPLE", int(code) & 0xFFFFFFFF)


def show(chip: Bus, values: Any) -> None:
    """Values into the window, from row 0 on."""
    chip.write("ROW", 0)
    for value in values:
        chip.write("WINDOW", int(value) & 0xFFFFFFFF)


def seen(chip: Bus, count: int) -> list[int]:
    """As many values of the window."""
    chip.write("ROW", 0)
    words = [np.int32(np.uint32(chip.read("WINDOW"))) for _ in range(count)]
    return [int(word) for word in words]


def exponent_of(chip: Bus) -> int:
    """EXPONENT as a number."""
    return int(np.int32(np.uint32(chip.read("EXPONENT"))))


def test_a_step_taken_apart_over_the_bus() -> None:
    """Each command gives what the core's call gives; at the end one signature."""
    chip, core = both()
    inputs = [np.array(v, np.int16) for v in ([100, -50, 20], [90, 0, -7, 30, 1, 127])]
    codes = []
    for layer in (0, 1):
        codes.append(core.forward(layer, inputs[layer]))
        chip.write("LAYER", layer)
        push(chip, inputs[layer])
        chip.command("forward")
        assert codes[layer].tolist() == seen(chip, len(codes[layer]))
        chip.command("activate")
        assert core.activate(layer, codes[layer]).tolist() == seen(
            chip, len(codes[layer])
        )
    wide = np.array([30_000, -70_000], np.int32)
    errors, above = core.error_codes(1, wide)
    show(chip, wide)
    chip.command("errors")
    assert (errors.tolist(), above) == (seen(chip, 2), exponent_of(chip))
    back = core.backward(1, errors)
    chip.command("backward")
    assert back.tolist() == seen(chip, HIDDEN)
    below = core.slopes(0, codes[0], back)
    chip.write("LAYER", 0)
    push(chip, codes[0])
    chip.command("slopes")
    assert below.tolist() == seen(chip, HIDDEN)
    lower, exponent = core.error_codes(0, below, above)
    chip.command("errors")
    assert (lower.tolist(), exponent) == (seen(chip, HIDDEN), exponent_of(chip))
    core.update(0, inputs[0], lower, exponent)
    push(chip, inputs[0])
    chip.command("update")
    chip.write("LAYER", 1)
    chip.write("EXPONENT", above & 0xFFFFFFFF)
    show(chip, errors)
    core.update(1, inputs[1], errors, above)
    push(chip, inputs[1])
    chip.command("update")
    assert [0, 0] == [chip.field("STATUS.fill"), chip.field("STATUS.error")]
    assert core.signature() == chip.core.signature()
    assert core.peek("chi", 0).any() or core.peek("wear", 0).any()


def test_targets_over_the_bus() -> None:
    """LEARN TARGETS is learn_targets, with a result and its interrupt."""
    chip, core = both()
    chip.write("IRQ_ENABLE", 2)
    for targets in ([200, -30], [-255, 255], [0, 7]):
        sample = np.array([[100, -50, 20]], np.int16)
        codes, _ = core.learn_targets(sample, np.array([targets], np.int16))
        chip.write("LAYER", 1)
        show(chip, targets)
        push(chip, sample[0])
        chip.command("learn_targets")
        assert chip.interrupt
        chip.write("IRQ_STATUS", 31)
        assert int(np.argmax(codes[0])) == chip.field("RESULT.label")
        for row in range(2):
            chip.write("OUTPUT_SELECT", row)
            assert codes[0, row] == np.int32(np.uint32(chip.read("OUTPUT")))
    assert 3 == chip.read("UPDATES")
    assert core.signature() == chip.core.signature()


@pytest.mark.parametrize(
    ("command", "fifo", "window", "bit"),
    [
        ("forward", [1, 2], [], "underrun"),
        ("forward", [512, 0, 0], [], "range"),
        ("activate", [], [256, 0, 0, 0, 0], "range"),
        ("activate", [], [1 << 16, 0, 0, 0, 0], "range"),
        ("backward", [], [-128, 0, 0, 0, 0], "range"),
        ("slopes", [0] * 4, [], "underrun"),
        ("forward", [1, 2, 3, 4], [], "length"),
        ("slopes", [300, 0, 0, 0, 0], [], "range"),
        ("slopes", [0] * 5, [-257, 0, 0, 0, 0], "range"),
        ("update", [1, 2], [], "underrun"),
        ("update", [1, 2, -512], [1, 0, 0, 0, 0], "range"),
        ("update", [1, 2, 3], [1 << 31, 0, 0, 0, 0], "range"),
        ("learn_targets", [1, 2], [], "underrun"),
        ("learn_targets", [1, 2, 3], [256, 0], "range"),
        ("learn_targets", [1, 2, 3], [-(1 << 20), 0], "range"),
    ],
)
def test_what_is_refused(
    command: str, fifo: list[int], window: list[int], bit: str
) -> None:
    """The bit says why; the chip is as it was, and what was taken is gone."""
    chip, core = both()
    show(chip, window)
    push(chip, fifo)
    chip.access_write(REGISTERS["COMMAND"].address, COMMANDS[command])
    chip.advance(10**6)
    assert [bit] == chip.errors()
    taken = bit == "range"
    assert (0 if taken else len(fifo)) == chip.field("STATUS.fill")
    assert COMMANDS[command] == chip.field("ERROR_COMMAND.opcode")
    assert (1 if taken else 0) == chip.field("ERROR_COMMAND.command")
    assert core.signature() == chip.core.signature()


@pytest.mark.parametrize("exponent", [-513, 512])
def test_errors_take_no_exponent_from_too_far(exponent: int) -> None:
    """What UPDATE takes may be more than ERRORS can add to: refused with range."""
    chip, core = both()
    chip.write("EXPONENT", exponent & 0xFFFFFFFF)
    chip.write("COMMAND", COMMANDS["errors"])
    chip.advance(10**6)
    assert ["range"] == chip.errors()
    assert exponent == exponent_of(chip)
    assert core.signature() == chip.core.signature()


@pytest.mark.parametrize("exponent", [-1025, 1024, -(2**31), 2**31 - 1])
def test_exponents_that_are_none(exponent: int) -> None:
    """EXPONENT takes -1024 to 1023; anything else is refused at the write."""
    chip, _ = both()
    word = exponent & 0xFFFFFFFF
    assert not chip.access_write(REGISTERS["EXPONENT"].address, word)
    assert ["range"] == chip.errors()
    chip.clear_errors()
    for good in (-1024, 1023):
        chip.write("EXPONENT", good & 0xFFFFFFFF)
        assert good == exponent_of(chip)


def test_the_window_reaches_over_columns() -> None:
    """ROW goes to the larger of rows and columns; points only to the rows."""
    chip, _ = both()
    chip.write("LAYER", 1)
    chip.write("ROW", HIDDEN)  # of 6 columns, 2 rows
    with pytest.raises(DataError, match="ROW"):
        chip.write("ROW", HIDDEN + 1)
    chip.clear_errors()
    with pytest.raises(DataError, match="refused: index"):
        chip.read("POINT_SUM")


def test_without_a_rule_or_a_table() -> None:
    """A layer that learns nothing: range at its turn; no targets on a softmax chip."""
    chip = Bus(plain.registers([plain.layer(2, 3, rule=0)]))
    chip.write("CONTROL", 1)
    for command, codes in (("activate", 0), ("slopes", 2), ("update", 3)):
        push(chip, [0] * codes)
        chip.write("COMMAND", COMMANDS[command])
        chip.advance(10**6)
        assert ["range"] == chip.errors(), command
        chip.clear_errors()
    push(chip, [0, 0, 0])
    assert not chip.access_write(
        REGISTERS["COMMAND"].address, COMMANDS["learn_targets"]
    )
    assert ["command"] == chip.errors()


def test_a_snapshot_between_commands_goes_on_the_same() -> None:
    """EXPONENT and the window are saved with the bus."""
    chip, _ = both()
    show(chip, [1000, -3000])
    chip.write("LAYER", 1)
    chip.command("errors")
    data = chip.snapshot()
    other, _ = both()
    other.restore(data)
    for each in (chip, other):
        push(each, [1, 2, 3, 4, 5, 127])
        each.command("update")
    assert exponent_of(chip) == exponent_of(other) != 0
    assert chip.core.signature() == other.core.signature()
