"""One table of settings: everything that follows from it agrees with the structures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import plain
import pytest
import random_chips
from edgeferro._core import ffi, lib
from golden import snapshot

from edgeferro.core import binding

CSRC = Path(__file__).resolve().parents[2] / "csrc"
# What firmware sees in FAULT: a number means the same field for ever. Add at the end.
NUMBERS = """
layer_count reference both_sides input_signed error_kind target_low target_high
sites.bits sites.rounding sites.overflow sites.shift train_length train_bits
train_managed pulse_limit excess class_count transfer_every lines_per_row_lfsr
lines_per_column_lfsr lanes program_tolerance program_iterations program_limit
program_reads program_mantissa program_shift exp_shift reserved initial_state bound_low
bound_high bound_spread d2d_common d2d_asymmetry read_noise read_ns gap_ns stuck_high
fatigue imprint wear_onset disturb drift retention_level c2c c2c_additive width_ns knots
exp_table layers.rows layers.inputs layers.bias layers.rule layers.pulse_class
layers.program_class layers.bias_code layers.verify_code layers.gain_mantissa
layers.gain_shift layers.back_mantissa layers.back_shift layers.verify_mantissa
layers.verify_shift layers.rate_mantissa layers.rate_shift layers.threshold
layers.activation layers.slope stuck_low retention_s error_deadband
read_shot read_base line_limit adc_gain adc_offset access
trim_gain trim_offset coarse_class coarse_ratio
""".split()


def config_of(registers: Any) -> tuple[Any, list[Any]]:
    """``struct ef_config`` filled, and what must outlive it."""
    keep: list[Any] = []
    config = ffi.new("struct ef_config *")
    binding.fill(config[0], registers, keep)
    return config, keep


def rows(table: str) -> list[tuple[str, str, str]]:
    """Number's name, field and type of each row of a table in settings.h."""
    text = (CSRC / "core" / "settings.h").read_text()
    body = text.partition(f"#define {table}(")[2].partition("\n\n")[0]
    return re.findall(r"^ +[A-Z]\((\w+), (\w+), ([\w ]+),", body, re.M)


@pytest.mark.parametrize(
    ("table", "struct"),
    [
        ("EF_SETTINGS", "struct ef_settings"),
        ("EF_LAYER_SETTINGS", "struct ef_layer_config"),
    ],
)
def test_rows_are_the_fields(table: str, struct: str) -> None:
    """The table has the structure's fields in their order, with their types."""
    found = []
    for name, field in ffi.typeof(struct).fields:
        kind = field.type.item if field.type.kind == "array" else field.type
        if kind.kind != "pointer":
            found.append((name, kind.cname))
    assert found == [(name, ctype) for _, name, ctype in rows(table)]


def test_numbers_of_fields_stay() -> None:
    """Each number has the name that it had when it was given away."""
    texts = [binding.text_of(lib.ef_field_name(i)) for i in range(len(NUMBERS))]
    assert NUMBERS == texts
    for unknown in (-1, len(NUMBERS), 65535):
        text = binding.text_of(lib.ef_field_name(unknown))
        assert text == "unknown field"


def test_numbers_of_fields_are_listed() -> None:
    """The header's names and REGISTERS.md's list say the same as the core."""
    wanted = {i: name.replace(".", "_") for i, name in enumerate(NUMBERS)}
    header = ffi.typeof("enum ef_field").elements
    assert wanted == {
        i: name.removeprefix("EF_FIELD_").lower() for i, name in header.items()
    }
    listed = (CSRC / "REGISTERS.md").read_text().partition("## Numbers of fields")[2]
    found = re.findall(r"^\| (\d+) \| (\w+) \|$", listed, re.M)
    assert wanted == {int(number): name for number, name in found}


@pytest.mark.parametrize("seed", range(8))
def test_digest_of_settings(seed: int) -> None:
    """The digest that the core tells is that of the plain model."""
    registers = random_chips.random_registers(seed)
    config, _keep = config_of(registers)
    assert snapshot.digest(registers) == lib.ef_config_digest(config)


@pytest.mark.parametrize("seed", range(8))
def test_words_and_back(seed: int) -> None:
    """A configuration written as words and read back is the same, field by field."""
    registers = random_chips.random_registers(seed)
    config, _keep = config_of(registers)
    count = lib.ef_config_words(len(registers.layers))
    words, back = ffi.new("uint32_t[]", count), ffi.new("struct ef_config *")
    assert lib.EF_OK == lib.ef_config_to_words(words, count, config)
    assert lib.EF_OK == lib.ef_config_from_words(back, words, count)
    assert [registers.seed & 0xFFFFFFFF, registers.seed >> 32] == list(words[0:2])
    assert registers.seed == back.seed
    assert bytes(ffi.buffer(ffi.addressof(config.settings))) == bytes(
        ffi.buffer(ffi.addressof(back.settings))
    )
    for index in range(len(registers.layers)):
        for _, name, _ in rows("EF_LAYER_SETTINGS"):
            expected = getattr(registers.layers[index], name)
            assert expected == getattr(back.layers[index], name), name


def test_words_that_do_not_fit_are_refused() -> None:
    """Another count, too many layers, or a value too wide: nothing is changed."""
    config, _keep = config_of(plain.registers([plain.layer(2, 2)]))
    count = lib.ef_config_words(1)
    assert lib.ef_config_words(17) == 0
    words, back = ffi.new("uint32_t[]", count + 1), ffi.new("struct ef_config *")
    for wrong in (0, 1, count - 1, count + 1):
        assert lib.EF_ERROR_RANGE == lib.ef_config_to_words(words, wrong, config)
    assert lib.EF_OK == lib.ef_config_to_words(words, count, config)
    before = bytes(ffi.buffer(back))
    for wrong in (0, 1, count - 1, count + 1):
        assert lib.EF_ERROR_RANGE == lib.ef_config_from_words(back, words, wrong)
    for at, value in ((2, 17), (3, 256), (7, 32768), (count - 15, 256)):
        old, words[at] = words[at], value
        assert lib.EF_ERROR_RANGE == lib.ef_config_from_words(back, words, count)
        words[at] = old
    assert lib.EF_ERROR_NULL == lib.ef_config_from_words(ffi.NULL, words, count)
    assert lib.EF_ERROR_NULL == lib.ef_config_from_words(back, ffi.NULL, count)
    assert lib.EF_ERROR_NULL == lib.ef_config_to_words(ffi.NULL, count, config)
    assert before == bytes(ffi.buffer(back))
    assert lib.EF_OK == lib.ef_config_from_words(back, words, count)
