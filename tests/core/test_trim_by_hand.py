"""Trims and the measured curve of converters, by hand and by distribution.

Chips of 2 x 2 are those of test_read_chain: their forward sums are 1800 and 2800 codes,
the units of their rows' errors -10 and -5, -4 and 9.
"""

from __future__ import annotations

import numpy as np
import plain
import pytest
from edgeferro._core import ffi, lib
from test_read_chain import ERRING, ERRORS, SCALED, SIGMA, forward, small

from edgeferro.core.emulator import Core
from edgeferro.core.tally import Tally
from edgeferro.errors import DataError, SnapshotError

UNITS = {"trim_gain": 1000, "trim_offset": 2000}
MIDDLE = 4096  # a quarter of the codes of 14 bits


def trims(chip: Core) -> list[list[int]]:
    """Gain and offset of the rows' converters, then of the inputs'."""
    return [[int(unit) for unit in pair] for pair in chip.peek("trim", 0)]


def test_trims_of_rows_by_hand() -> None:
    """Offsets of -100000 and 180000 take 50 and -90 units of 2000 and are gone.

    Gains: -10 x 8192 + 82 x 1000 = 80 and -4 x 8192 + 33 x 1000 = 232 are nothing in
    2^-8; with a unit less -920 and -768 would leave the line below its code. The
    inputs' converters are as they were.
    """
    chip = small(layer=SCALED, **ERRING, **UNITS)
    assert [[0, 0]] * 4 == trims(chip)
    assert [1767, 2838] == forward(chip)
    assert 0 == chip.trim(0, 0, 1, MIDDLE)
    assert [[82, 50], [33, -90], [0, 0], [0, 0]] == trims(chip)
    assert [[0, 0], [0, 0]] == chip.peek("converter", 0)[:2].tolist()
    assert [1800, 2800] == forward(chip)
    assert [-53, -100] == chip.backward(0, ERRORS).tolist()


def test_trims_of_inputs_by_hand() -> None:
    """Units -41, -9 and 20, -19: gains 84 and -40, offsets 45 and 95 units of 4000.

    -41 x 8192 + 84 x 4000 = 128 is nothing; 20 x 8192 - 40 x 4000 = 3840 leaves 15, and
    a unit less would be -160, below. What is read is as without errors.
    """
    chip = small(layer=SCALED, **ERRING, trim_gain=4000, trim_offset=4000)
    assert 0 == chip.trim(0, 1, 1, MIDDLE)
    assert [[0, 0], [0, 0], [84, 45], [-40, 95]] == trims(chip)
    assert [[0, 0], [15, 0]] == chip.peek("converter", 0)[2:].tolist()
    assert [-9, -7] == chip.backward(0, ERRORS).tolist()
    assert [1767, 2838] == forward(chip)


def test_registers_at_their_end_are_counted() -> None:
    """A gain that needs 336 units and an offset that needs 190 end at 127.

    The second converter's gain makes up for what its offset lacks, -126000 x 4 in a
    charge of 4096 codes: 495 x 4096 / 4 is 506880, and 491, a unit less, too little.
    """
    chip = small(layer=SCALED, **ERRING, **UNITS)
    assert 2 == chip.trim(0, 1, 1, MIDDLE)
    assert [[127, 90], [-37, 127]] == trims(chip)[2:]
    assert [[-816, 0], [495, -126000]] == chip.peek("converter", 0)[2:].tolist()


def test_an_end_below_is_one_too() -> None:
    """Offsets that need -95 and -45 of units of -4000 end at -127 where units are 1."""
    chip = small(layer=SCALED, adc_offset=20000, trim_offset=1)
    assert 2 == chip.trim(0, 0, 1, MIDDLE)
    assert [[0, 127], [0, -127]] == trims(chip)[:2]


@pytest.mark.parametrize(
    ("units", "readings", "found"),
    [
        ({"trim_offset": 2000}, 8, [[0, 50], [0, -90]]),
        ({"trim_gain": 4000}, 8, [[46, 0], [-36, 0]]),
        (UNITS, 16, [[82, 50], [33, -90]]),
    ],
)
def test_price_and_one_register_alone(
    units: dict[str, int], readings: int, found: list[list[int]]
) -> None:
    """A reading of R takes 3 R cycles, R x 100 ns, 2 R conversions, 2 compares.

    The gain's 8 take a reference each; the end writes two bytes a line. A gain alone
    makes up for the offset at its code too: -3125 and 5625 of 4096 x 128 are -25.0 and
    45.0 of its units, the gains' own errors -20.5 and -8.2 of them.
    """
    chip = small(layer=SCALED, **ERRING, **units)
    before = Tally.from_words(chip.tally_words())
    chip.trim(0, 0, 5, MIDDLE)
    spent = Tally.from_words(chip.tally_words()) - before
    assert found == trims(chip)[:2]
    expected = {
        "adc": 10 * readings,
        "compare": 2 * readings,
        "dac_input": 40 if "trim_gain" in units else 0,
        "sram_write": 4,
        "cycle": 15 * readings + 2,
        "analog_ns": 500 * readings,
    }
    for event, count in expected.items():
        assert count == spent.event("calibrate", event), event
    counted = sum(int(word) for word in spent.to_words())
    assert sum(expected.values()) == counted
    assert chip.cycle == expected["cycle"]
    assert 0 == chip.info(0).sites[1].peak


def many(rows: int = 1024, **changes: int) -> Core:
    """A chip of many rows; code 6000 is right for each where 100 is read."""
    layer = plain.layer(rows, 1, gain_mantissa=240, gain_shift=16)
    registers = plain.registers([layer], initial_state=2**30, **changes)
    registers.sites[1].bits = 14
    return Core(registers)


OFFSET_UNIT, GAIN_UNIT = 2.2 / 127, 0.022 / 127  # codes, parts of one
SPREAD = {
    "adc_offset": round(0.5 * 2**12 / 31.843),
    "adc_gain": round(0.005 * 2**24 / 31.843),
    "trim_offset": round(OFFSET_UNIT * 2**12),
    "trim_gain": round(GAIN_UNIT * 2**24),
}


def errors(chip: Core) -> tuple[np.ndarray, np.ndarray]:
    """Gain (parts of one) and offset (codes) of the rows' converters."""
    found = chip.peek("converter", 0)[: chip.shape(0)[0]]
    return found[:, 0] / 2**16, found[:, 1] / 2**12


def test_what_a_trim_leaves_without_noise() -> None:
    """Offsets of 0.5 codes and gains of 0.5 % are less than a unit off, from above.

    The gain holds at its code, with what the offset left: less than a unit of either.
    """
    chip = many(**SPREAD)
    gain, offset = errors(chip)
    assert 0.5 == pytest.approx(offset.std(), rel=0.1)
    assert 0.005 == pytest.approx(gain.std(), rel=0.1)
    assert 0 == chip.trim(0, 0, 1, MIDDLE)
    gain, offset = errors(chip)
    assert (offset >= 0).all()
    assert (offset < OFFSET_UNIT).all()
    slack = 2.0**-16 + OFFSET_UNIT / MIDDLE  # one step of the core's, the offset's part
    assert (gain > -slack).all()
    assert (gain < GAIN_UNIT + slack).all()
    codes = chip.forward(0, np.array([100], np.int16))
    assert (np.abs(codes - 6000) <= 2).all()  # a unit of the gain is 1.04 codes there


@pytest.mark.parametrize("reads", [4, 64])
def test_what_a_trim_leaves_with_noise(reads: int) -> None:
    """The offset is left as well as its readings see it: deviation / sqrt(reads).

    A search decides amiss near its threshold only, so what is left has about the
    deviation of the mean of its reads.
    """
    chip = many(read_noise=334, **SPREAD)
    deviation = SIGMA / 256 * 334 * 240 / 2**16  # a code: of a read
    assert 0 == chip.trim(0, 0, reads, MIDDLE)
    _, offset = errors(chip)
    seen = deviation / np.sqrt(reads)
    assert seen / 2 < offset.std() < 1.5 * seen
    assert abs(offset.mean()) < seen / 2


def test_trimming_again_changes_nothing() -> None:
    """Without noise a second trim finds what the first one found."""
    chip = many(64, **SPREAD)
    chip.trim(0, 0, 3, MIDDLE)
    first = chip.peek("trim", 0).copy()
    assert first.any()
    chip.trim(0, 0, 1, MIDDLE)
    assert np.array_equal(first, chip.peek("trim", 0))


def test_a_converter_without_error_keeps_its_zeros() -> None:
    """No error, no trim: the comparison stands where a right line stands."""
    chip = many(64, trim_offset=70, trim_gain=2000)
    assert 0 == chip.trim(0, 0, 2, MIDDLE)
    assert not chip.peek("trim", 0).any()


def test_trims_survive_a_loss_of_power() -> None:
    """They are kept where references are, and act."""
    chip = small(layer=SCALED, **ERRING, **UNITS)
    chip.trim(0, 0, 1, MIDDLE)
    chip.power_cycle()
    assert [[82, 50], [33, -90]] == trims(chip)[:2]
    assert [1800, 2800] == forward(chip)


def test_trims_are_in_the_snapshot() -> None:
    """A chip that takes one reads as the other did; they are in the signature."""
    first = small(layer=SCALED, **ERRING, **UNITS)
    blank = first.signature()
    first.trim(0, 0, 1, MIDDLE)
    data = first.snapshot()
    other = small(layer=SCALED, **ERRING, **UNITS)
    other.restore(data)
    assert trims(first) == trims(other)
    assert first.signature() == other.signature() != blank
    assert [1800, 2800] == forward(other)
    plainer = small(layer=SCALED, **ERRING)
    assert len(plainer.snapshot()) + 8 == len(data)
    assert [82, 50, 33, 256 - 90, 0, 0, 0, 0] == [*data[-16:-8]]


def fnv(data: bytes) -> bytes:
    """FNV-1a of 64 bits, little-endian."""
    found = 0xCBF29CE484222325
    for byte in data:
        found = (found ^ byte) * 0x100000001B3 & (2**64 - 1)
    return found.to_bytes(8, "little")


def test_a_trim_that_no_chip_holds_is_refused() -> None:
    """-128 under a good checksum: refused before anything has changed."""
    chip = small(layer=SCALED, **ERRING, **UNITS)
    chip.trim(0, 0, 1, MIDDLE)
    before, data = chip.signature(), bytearray(chip.snapshot())
    for place in range(len(data) - 16, len(data) - 8):
        for value, held in ((128, False), (129, True)):
            bad = data[:-8]
            bad[place] = value
            whole = bytes(bad) + fnv(bytes(bad))
            if held:
                chip.restore(whole)
                chip.restore(bytes(data))
            else:
                with pytest.raises(SnapshotError):
                    chip.restore(whole)
            assert before == chip.signature()


@pytest.mark.parametrize(
    ("layer", "side", "reads", "code", "error"),
    [
        (0, 2, 1, MIDDLE, lib.EF_ERROR_INDEX),
        (0, 0, 0, MIDDLE, lib.EF_ERROR_RANGE),
        (0, 0, 65, MIDDLE, lib.EF_ERROR_RANGE),
        (0, 0, 1, 2047, lib.EF_ERROR_RANGE),
        (0, 0, 1, 6144, lib.EF_ERROR_RANGE),
        (1, 0, 1, MIDDLE, lib.EF_ERROR_INDEX),
    ],
)
def test_refusals(layer: int, side: int, reads: int, code: int, error: int) -> None:
    """Outside its ranges nothing happens; 2048 and 6143, 1 and 64 are inside."""
    chip = small(layer=SCALED, **ERRING, **UNITS)
    before = chip.signature()
    ends = ffi.new("uint32_t *", 77)
    assert error == lib.ef_trim(chip._chip, ends, layer, side, reads, code)
    assert (before, 77) == (chip.signature(), ends[0])
    for inside in ((1, 2048), (64, 6143)):
        assert 2 == chip.trim(0, 1, *inside)


def test_a_charge_that_is_too_large_is_refused() -> None:
    """A reference is below 2^46, so 4096 codes of 2^34 are refused and 4095 are not."""
    chip = small(layer={**SCALED, "gain_shift": 34}, **ERRING, **UNITS)
    chip.trim(0, 0, 1, 4095)
    chip.trim(0, 1, 1, 4096)  # of the inputs the shift is another
    with pytest.raises(DataError, match="outside its range"):
        chip.trim(0, 0, 1, 4096)


def test_a_chip_without_trims_has_none() -> None:
    """No command, no view, no bytes."""
    chip = small(layer=SCALED, **ERRING)
    with pytest.raises(DataError, match=r"trim layer 0 side 0 .*outside its range"):
        chip.trim(0, 0, 1, MIDDLE)
    with pytest.raises(DataError, match="none on this chip"):
        chip.peek("trim", 0)


def linear(codes: list[int], knots: dict[int, int], **changes: int) -> Core:
    """A chip whose rows hold these codes at a gain of one; knots Q7.8, else 0."""
    table = np.zeros(65, np.int16)
    table[[*knots]] = [*knots.values()]
    layer = plain.layer(len(codes), 1, gain_mantissa=128, gain_shift=7)
    registers = plain.registers([layer], adc_inl=table, **changes)
    registers.sites[1].bits = 14
    chip = Core(registers)
    for row, code in enumerate(codes):
        chip.poke_state(0, 0, row, 0, code * 2**16)
    return chip


ONE = np.array([1], np.int16)


def test_a_curve_at_its_knots_and_between() -> None:
    """Knot i of 14 bits stands at code -8192 + 256 i.

    Knot 39 is 10 codes at 1792, knot 40 is 0 at 2048: 1800 has 2560 - 2560 x 8 / 256 =
    2480, 9.7 codes. Knot 42 is -2 at 2560, 43 is 1 at 2816: 2800 has -512 + 768 x 240 /
    256 = 208, 0.8 codes. Far from them nothing.
    """
    knots = {39: 2560, 42: -512, 43: 256}
    chip = linear([1792, 1800, 2047, 2048, 2560, 2800, 2816, 5000, -1800], knots)
    expected = [1802, 1810, 2047, 2048, 2558, 2801, 2817, 5000, -1800]
    assert expected == chip.forward(0, ONE).tolist()


def test_a_curve_beyond_the_range() -> None:
    """Past its ends the last value goes on: -127.998 at 8300, 3 at -9000.

    8191 lies a 256th before the end: 0 - 32768 x 255 / 256 = -32640, -127.5 codes, and
    8063.5 goes to the even 8064. -8192 is the first knot itself.
    """
    chip = linear([8191, 8300, -8192, -9000, -8194], {64: -32768, 0: 768})
    assert [8064, 8172, -8189, -8192, -8191] == chip.forward(0, ONE).tolist()
    assert 1 == chip.info(0).sites[1].saturated


def test_a_curve_at_other_gains() -> None:
    """A curve acts on codes, whatever shift makes them.

    Verify reads of a shift of 7: knots 16 and 17 (-4096, -3840) are 1, so -4000 has one
    code more and 1000 none. Backward, of a shift of 14, -1200 and -850 x 129 over 2^14
    are -9.45 and -6.69: 4 more where knots 31 and 32 (-256, 0) are 4.
    """
    table = np.zeros(65, np.int16)
    table[16:18], table[31:33] = 256, 1024
    chip = small(layer=SCALED, adc_inl=table)
    assert [-3999, 1000] == chip.read_column(0, 0, 1, 1).tolist()
    assert [-5, -3] == chip.backward(0, ERRORS).tolist()


def test_the_controller_knows_no_curve() -> None:
    """A wished -4000 reads as -3999: at no tolerance it misses, at one it is there."""
    table = np.zeros(65, np.int16)
    table[16:18] = 256
    wished = np.array([-200, 50], np.int16)
    still = {"knots": np.zeros((1, 2, 65), np.int32), "program_iterations": 1}
    for tolerance, missed in ((0, 1), (1, 0)):
        chip = small(layer=SCALED, program_tolerance=tolerance, adc_inl=table, **still)
        assert missed == chip.program_column(0, 0, 1, wished)


def test_a_curve_is_part_of_the_chip() -> None:
    """One of zeros changes no code, but it is another configuration than none."""
    flat = np.zeros(65, np.int16)
    chips = [small(layer=SCALED, adc_inl=table) for table in (None, flat)]
    assert forward(chips[0]) == forward(chips[1]) == [1800, 2800]
    first, second = (chip.snapshot() for chip in chips)
    assert first[32:-8] == second[32:-8]
    assert first[16:24] != second[16:24]
    with pytest.raises(SnapshotError, match="another chip"):
        chips[0].restore(second)


def test_a_trim_stands_before_the_curve() -> None:
    """Where the curve lifts what is near nought by 2 codes, auto-zero takes 2 away.

    Elsewhere the line is 2 codes low; units are of a half.
    """
    table = np.zeros(65, np.int16)
    table[31:34] = 512
    chip = small(layer=SCALED, adc_inl=table, trim_offset=2048)
    assert 0 == chip.trim(0, 0, 1, MIDDLE)
    assert [[0, -4]] * 2 == trims(chip)[:2]
    assert [1798, 2798] == forward(chip)
    assert [0, 0] == chip.forward(0, np.zeros(2, np.int16)).tolist()
