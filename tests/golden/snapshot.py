"""SPEC 13: digest, snapshot and signature as bytes."""

from __future__ import annotations

from struct import pack
from typing import Any

UNSIGNED = {1: "B", 2: "H", 4: "I", 8: "Q"}
CHIP_HEAD = (
    "seed:8 layer_count:4 reference:1 both_sides:1 input_signed:1 error_kind:1 "
    "target_low:2 target_high:2"
).split()
CHIP_RULES = (
    "train_length:1 train_bits:1 train_managed:1 pulse_limit:1 excess:1 class_count:1 "
    "transfer_every:2 lines_per_row_lfsr:2 lines_per_column_lfsr:2 lanes:4 "
    "program_tolerance:1 program_iterations:1 program_limit:1 program_reads:1 "
    "program_mantissa:1 program_shift:1 exp_shift:1 error_deadband:1 initial_state:4 "
    "bound_low:4 bound_high:4 bound_spread:4 d2d_common:4 d2d_asymmetry:4 read_noise:4 "
    "read_ns:4 gap_ns:4 stuck_low:4 stuck_high:4 fatigue:4 imprint:4 wear_onset:4 "
    "disturb:4 drift:4 retention_s:4 retention_level:4"
).split()
BEHIND = (
    "72:read_shot 73:read_base 74:line_limit 75:adc_gain 76:adc_offset 77:access "
    "78:trim_gain 79:trim_offset 80:coarse_class 81:coarse_ratio"
).split()
LAYER = (
    "rows:4 inputs:4 bias:1 rule:1 pulse_class:1 program_class:1 bias_code:2 "
    "verify_code:2 gain_mantissa:1 gain_shift:1 back_mantissa:1 back_shift:1 "
    "verify_mantissa:1 verify_shift:1 threshold:4"
).split()


def little(value: int, size: int) -> bytes:
    """Two's complement, lowest byte first."""
    return (int(value) % 256**size).to_bytes(size, "little")


def many(values: Any, size: int) -> bytes:
    """A run of values of one width."""
    numbers = [int(value) % 256**size for value in values]
    return pack(f"<{len(numbers)}{UNSIGNED[size]}", *numbers)


def fnv(data: bytes) -> int:
    """FNV-1a, 64 bits."""
    found = 0xCBF29CE484222325
    for byte in data:
        found = (found ^ byte) * 0x100000001B3 & (2**64 - 1)
    return found


def fields(source: Any, names: list[str]) -> bytes:
    """Named fields, each in its width."""
    pairs = (name.split(":") for name in names)
    return b"".join(little(getattr(source, n), int(size)) for n, size in pairs)


def digest(config: Any) -> int:
    """SPEC 13.1."""
    data = fields(config, CHIP_HEAD)
    for site in config.sites:
        data += many([site.bits, site.rounding, site.overflow, site.shift], 1)
    data += fields(config, CHIP_RULES)
    for table in (config.c2c, config.c2c_additive, config.width_ns):
        data += many(table, 4)
    for number, name in (each.split(":") for each in BEHIND):
        if value := getattr(config, name):
            data += little(int(number), 2) + little(value, 4)
    data += many((t for k in config.knots for way in k for t in way), 4)
    if config.error_kind == 0:
        data += many(config.exp_table, 2)
    if config.adc_inl is not None:
        data += many(config.adc_inl, 2)
    for layer in config.layers:
        data += fields(layer, LAYER)
        if layer.activation is not None:
            data += many(layer.activation, 2) + many(layer.slope, 2)
    return fnv(data)


def payload(chip: Any) -> bytes:
    """SPEC 13.2."""
    data = little(chip.cycle, 8) + little(chip.round_lfsr, 4)
    data += little(chip.rests, 4)
    data += many(chip.tally.words(), 8)
    for layer in chip.layers:
        data += many(layer.rate, 1) + little(layer.transfer_count, 2)
        data += little(layer.exponent, 4)
        reads = [layer.forward_reads, layer.backward_reads, layer.verify_reads]
        data += many([*reads, layer.requested, layer.issued, layer.lost], 8)
        for site in layer.sites:
            data += many([site.saturated, site.underflowed, site.peak], 8)
        data += many(layer.x, 2) + many(layer.y, 2) + many(layer.e, 2)
        data += many(layer.row_lfsr, 4) + many(layer.column_lfsr, 4)
        for plane in layer.planes:
            data += many((s for row in plane.states for s in row), 4)
            data += many((w for row in plane.wear for w in row), 4)
        if layer.config.rule == 3:
            data += many((v for row in layer.chi for v in row), 4)
        if chip.config.reference == 2:
            data += many((v for row in layer.stored for v in row), 2)
        if chip.config.reference == 3:
            data += many(layer.stored[0], 2)
        if chip.config.trim_gain or chip.config.trim_offset:
            for side in (layer.row_converters, layer.column_converters):
                data += many((t for pair in side.trims for t in pair), 1)
    return data


def snapshot(chip: Any) -> bytes:
    """SPEC 13.1."""
    body = payload(chip)
    data = b"EDGEFERR" + little(2, 4) + little(3, 4)
    data += little(digest(chip.config), 8) + little(len(body), 8) + body
    return data + little(fnv(data), 8)


def signature(chip: Any) -> str:
    """SPEC 13.3."""
    return f"{fnv(little(digest(chip.config), 8) + payload(chip)):016x}"
