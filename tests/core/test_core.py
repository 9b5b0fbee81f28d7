"""The core's own guards: every register out of range is named, with its range."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import plain
import pytest
from edgeferro._core import ffi, lib

import edgeferro as ef
from edgeferro.core.emulator import Core, TraceBuffer

CHIP_FIELDS = [
    ("layer_count", 0, "1..16"),
    ("layer_count", 17, "1..16"),
    ("reference", 4, "0..3"),
    ("both_sides", 1, "0..0"),
    ("input_signed", 2, "0..1"),
    ("error_kind", 2, "0..1"),
    ("target_low", -512, "-511..511"),
    ("target_high", 512, "-511..511"),
    ("train_length", 0, "1..31"),
    ("train_length", 32, "1..31"),
    ("train_bits", 3, "4..16"),
    ("train_bits", 17, "4..16"),
    ("train_managed", 2, "0..1"),
    ("pulse_limit", 0, "1..127"),
    ("pulse_limit", 128, "1..127"),
    ("excess", 2, "0..1"),
    ("class_count", 0, "1..16"),
    ("transfer_every", 0, "1..65535"),
    ("lines_per_row_lfsr", 0, "1..4096"),
    ("lines_per_column_lfsr", 4097, "1..4096"),
    ("lanes", 0, "1..4096"),
    ("program_iterations", 0, "1..255"),
    ("program_limit", 0, "1..127"),
    ("program_reads", 65, "1..64"),
    ("program_mantissa", 0, "1..255"),
    ("program_shift", 32, "0..31"),
    ("exp_shift", 9, "0..8"),
    ("initial_state", 2**30 + 1, f"-{2**30}..{2**30}"),
    ("bound_low", 0, f"-{2**31 - 1}..-1"),
    ("bound_high", 0, f"1..{2**31 - 1}"),
    ("bound_spread", 2**26 + 1, f"0..{2**26}"),
    ("d2d_common", 2**17 + 1, f"0..{2**17}"),
    ("d2d_asymmetry", 2**17 + 1, f"0..{2**17}"),
    ("read_noise", 2**24 + 1, f"0..{2**24}"),
    ("read_shot", 2**31, f"0..{2**31 - 1}"),
    ("read_base", 2**24 + 1, f"0..{2**24}"),
    ("line_limit", 2**30 + 1, f"0..{2**30}"),
    ("adc_gain", 2**14 + 1, f"0..{2**14}"),
    ("adc_offset", 2**16 + 1, f"0..{2**16}"),
    ("access", 3, "0..2"),
    ("trim_gain", 2**14 + 1, f"0..{2**14}"),
    ("trim_offset", 2**16 + 1, f"0..{2**16}"),
    ("read_ns", 0, "1..1000000000"),
    ("gap_ns", 10**9 + 1, "0..1000000000"),
    ("fatigue", 2**16, "0..65535"),
    ("imprint", -(2**16), "-65535..65535"),
    ("wear_onset", 32, "0..31"),
    ("disturb", 2**16 + 1, "0..65536"),
    ("drift", 2**20 + 1, f"0..{2**20}"),
    ("retention_level", -(2**31), f"-{2**31 - 1}..{2**31 - 1}"),
]
LAYER_FIELDS = [
    ("rows", 0, "1..4096"),
    ("rows", 4097, "1..4096"),
    ("inputs", 0, "1..4096"),
    ("bias", 2, "0..1"),
    ("rule", 4, "0..3"),
    ("pulse_class", 1, "0..0"),
    ("program_class", 1, "0..0"),
    ("bias_code", 512, "-255..511"),
    ("verify_code", 0, "1..511"),
    ("gain_mantissa", 0, "1..255"),
    ("gain_shift", 48, "0..47"),
    ("back_mantissa", 0, "1..255"),
    ("back_shift", 48, "0..47"),
    ("verify_mantissa", 0, "1..255"),
    ("verify_shift", 48, "0..47"),
    ("rate_mantissa", 0, "1..255"),
    ("rate_shift", 63, "0..62"),
    ("threshold", 0, f"1..{2**30}"),
    ("threshold", 2**30 + 1, f"1..{2**30}"),
]
SITE_FIELDS = [
    (0, "bits", 10, "1..9"),
    (1, "bits", 3, "4..14"),
    (1, "bits", 15, "4..14"),
    (3, "bits", 13, "3..12"),
    (5, "bits", 7, "8..32"),
    (0, "rounding", 5, "0..4"),
    (1, "rounding", 6, "0..5"),
    (3, "overflow", 1, "0..0"),
    (5, "overflow", 2, "0..1"),
    (0, "shift", 16, "0..15"),
    (1, "shift", 1, "0..0"),
]


def refused(registers: SimpleNamespace) -> str:
    """Return what the core says of registers that it must refuse."""
    with pytest.raises(ef.ConfigError) as caught:
        Core(registers)
    return str(caught.value)


@pytest.mark.parametrize(("field", "value", "allowed"), CHIP_FIELDS)
def test_chip_registers(field: str, value: int, allowed: str) -> None:
    """A chip register out of range is refused with name, value and range."""
    half = {"bound_low": -(2**30), "bound_high": 2**30}
    registers = plain.registers([plain.layer(2, 2)], **{**half, field: value})
    assert f"{field}: {value} is not in {allowed}" == refused(registers)


@pytest.mark.parametrize(("field", "value", "allowed"), LAYER_FIELDS)
def test_layer_registers(field: str, value: int, allowed: str) -> None:
    """A layer register out of range is refused with its layer."""
    layers = [plain.layer(2, 2), plain.layer(3, 2)]
    changed = plain.layer(**{"rows": 2, "inputs": 2, field: value})
    registers = plain.registers([changed, layers[1]])
    assert f"layers.{field}[0]: {value} is not in {allowed}" == refused(registers)


@pytest.mark.parametrize(("site", "field", "value", "allowed"), SITE_FIELDS)
def test_site_registers(site: int, field: str, value: int, allowed: str) -> None:
    """A quantizer site's register out of range is refused with its site."""
    registers = plain.registers([plain.layer(2, 2)])
    setattr(registers.sites[site], field, value)
    assert f"sites.{field}[{site}]: {value} is not in {allowed}" == refused(registers)


def test_stuck_cells_are_a_part_of_all() -> None:
    """Both probabilities together stay below 1."""
    registers = plain.registers([plain.layer(2, 2)], stuck_low=2**31, stuck_high=2**31)
    assert f"stuck_high: {2**31} is not in 0..{2**31 - 1}" == refused(registers)


def test_layers_must_fit() -> None:
    """A layer's inputs are the rows of the one before it."""
    registers = plain.registers([plain.layer(3, 2), plain.layer(2, 4)])
    assert "layers.inputs[1]: 4 is not in 3..3" == refused(registers)


def test_tables_are_checked() -> None:
    """Knots below 0, a growing softmax table and codes off the scale are refused."""
    knots = np.full((1, 2, 65), 100, np.int32)
    knots[0, 1, 3] = -1
    registers = plain.registers([plain.layer(2, 2)], knots=knots)
    assert f"knots[68]: -1 is not in 0..{2**31 - 1}" == refused(registers)
    table = np.full(256, 7, np.uint16)
    table[9] = 8
    registers = plain.registers([plain.layer(2, 2)], exp_table=table)
    assert "exp_table[9]: 8 is not in 0..7" == refused(registers)
    registers = plain.registers([plain.layer(2, 2), plain.layer(2, 2)])
    registers.layers[0].activation[5] = 256
    assert "layers.activation[0]: 256 is not in -255..255" == refused(registers)
    registers.layers[0].activation[5] = 0
    registers.layers[0].slope[5] = -32768
    assert "layers.slope[0]: -32768 is not in -32767..32767" == refused(registers)


@pytest.mark.parametrize("field", ["knots", "exp_table"])
def test_missing_tables(field: str) -> None:
    """A table that is needed and not given is refused."""
    registers = plain.registers([plain.layer(2, 2)], **{field: None})
    with pytest.raises(ef.StateError, match="must not be null"):
        Core(registers)


@pytest.mark.parametrize("shift", [0, 30, 31, 32, 62, 63])
def test_extreme_shifts(shift: int) -> None:
    """Shifts up to 63 are defined; the value is the exact quotient's floor."""
    status = ffi.new("int *")
    for value in (-(2**61), -1, 0, 1, 2**61):
        found = lib.ef_round_shift_checked(value, shift, 0, status)
        assert (value >> shift, lib.EF_OK) == (found, status[0])


@pytest.mark.parametrize(
    ("value", "shift", "rounding"),
    [(0, -1, 0), (0, 64, 0), (2**62, 1, 0), (-(2**62), 1, 0), (1, 1, 5), (1, 1, -1)],
)
def test_shifts_outside_are_refused(value: int, shift: int, rounding: int) -> None:
    """A shift, value or mode outside the contract is an error, not a guess."""
    status = ffi.new("int *")
    lib.ef_round_shift_checked(value, shift, rounding, status)
    assert lib.EF_ERROR_RANGE == status[0]


@pytest.mark.parametrize(
    ("value", "mantissa", "shift", "expected"),
    [
        (16634, 1706160247, 37, 206),
        (13644, 1911390462, 36, 379),
        (-13094, 2116953118, 34, -1613),
    ],
)
def test_one_rounding(value: int, mantissa: int, shift: int, expected: int) -> None:
    """A product is scaled by multiplier and shift with one rounding."""
    status = ffi.new("int *")
    for mode in (plain.UP, plain.EVEN, plain.AWAY):
        found = lib.ef_round_shift_checked(value * mantissa, shift, mode, status)
        assert expected == found


def test_memory_is_told_before() -> None:
    """A block one byte short or not aligned is refused; the told size is enough."""
    keep: list[Any] = []
    config = ffi.new("struct ef_config *")
    from edgeferro.core import binding as module

    module.fill(config[0], plain.registers([plain.layer(64, 64)]), keep)
    fault, size = ffi.new("struct ef_fault *"), ffi.new("uint64_t *")
    assert lib.EF_OK == lib.ef_block_size(size, fault, config)
    block = np.zeros(int(size[0]) + 64, np.uint8)
    start = -block.ctypes.data % 64
    chip = ffi.new("struct ef_chip **")
    good = ffi.from_buffer("uint8_t[]", block[start:])
    odd = ffi.from_buffer("uint8_t[]", block[start + 1 :])
    short = lib.ef_init(chip, good, size[0] - 1, fault, config)
    assert lib.EF_ERROR_MEMORY == short
    assert lib.EF_ERROR_MEMORY == lib.ef_init(chip, odd, size[0], fault, config)
    assert lib.EF_OK == lib.ef_init(chip, good, size[0], fault, config)


def test_bytes_per_cell() -> None:
    """Mixed precision with spread and wear takes at most 20 bytes a cell, all told."""
    chip = plain.core([plain.layer(512, 512)], d2d_common=9000)
    assert chip.size / 512**2 <= 20
    largest = plain.registers([plain.layer(4096, 4096)])
    config, keep = ffi.new("struct ef_config *"), []
    from edgeferro.core import binding as module

    module.fill(config[0], largest, keep)
    size, fault = ffi.new("uint64_t *"), ffi.new("struct ef_fault *")
    assert lib.EF_OK == lib.ef_block_size(size, fault, config)
    assert int(size[0]) / 4096**2 <= 20


def test_trace_too_small_for_one_step() -> None:
    """A trace buffer that one step could overrun is refused before anything."""
    chip = plain.core([plain.layer(4, 4)])
    before = chip.signature()
    with pytest.raises(ef.DataError, match="hold one command"):
        chip.learn(np.ones((1, 4), np.int16), np.zeros(1, np.int32), TraceBuffer(15))
    assert before == chip.signature()


def test_full_trace_stops_and_goes_on() -> None:
    """With a small buffer learning stops in time; drained, it ends the same."""
    rng = np.random.default_rng(0)
    x = rng.integers(-127, 128, (50, 4)).astype(np.int16)
    y = rng.integers(0, 4, 50).astype(np.int32)
    layers = [plain.layer(4, 4, rule=plain.RULES["sgd-stochastic"], rate_shift=22)]
    whole, pieces = plain.core(layers), plain.core(layers)
    whole.learn(x, y)
    buffer, at, pulses = TraceBuffer(16), 0, 0
    while at < len(x):
        _, done = pieces.learn(
            np.ascontiguousarray(x[at:]), np.ascontiguousarray(y[at:]), buffer
        )
        pulses += int(np.abs(buffer.take()["count"].astype(int)).sum())
        at += done
        assert done > 0
    assert whole.signature() == pieces.signature()
    assert whole.peek("wear", 0).sum() == pulses > 0


def test_learning_rate_is_state() -> None:
    """A new learning rate is heard, kept by a snapshot, and no other chip."""
    chip = plain.core([plain.layer(2, 2)])
    before = chip.signature()
    chip.set_rate(0, 99, 9)
    changed = chip.signature()
    assert before != changed
    other = plain.core([plain.layer(2, 2)])
    other.restore(chip.snapshot())
    assert changed == other.signature()
    with pytest.raises(ef.DataError, match="0 x 2\\^-9 is not in"):
        chip.set_rate(0, 0, 9)
    with pytest.raises(ef.DataError, match="not there"):
        chip.set_rate(1, 1, 9)
