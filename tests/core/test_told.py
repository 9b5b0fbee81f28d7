"""Other descriptors, columns of references, accumulators, wear: worked out by hand."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import plain
import pytest
from edgeferro._core import ffi, lib
from random_chips import random_registers
from stepped import codes, spent

from edgeferro.core.binding import configure
from edgeferro.core.emulator import Core

COUNTED: Final = plain.RULES["sgd-counted"]
MIXED: Final = plain.RULES["mixed-precision"]
# What may be told: a chip's and a layer's, with another number for each.
CHIP: Final = {"program_tolerance": 9, "program_iterations": 5, "program_limit": 3,
               "program_reads": 2}  # fmt: skip
LAYER: Final = {
    "rule": COUNTED, "pulse_class": 1, "program_class": 1, "bias_code": 50,
    "verify_code": 99, "gain_mantissa": 200, "gain_shift": 20, "back_mantissa": 201,
    "back_shift": 22, "verify_mantissa": 202, "verify_shift": 23, "rate_mantissa": 7,
    "rate_shift": 9, "threshold": 17,
}  # fmt: skip
# What may not: the silicon's.
OTHERS: Final = {
    "reference": 1, "both_sides": 1, "input_signed": 0, "error_kind": 0,
    "target_low": -99, "target_high": 99, "train_length": 30, "train_bits": 11,
    "train_managed": 1, "pulse_limit": 30, "excess": 1, "class_count": 1,
    "transfer_every": 2, "lines_per_row_lfsr": 8, "lines_per_column_lfsr": 8,
    "lanes": 8, "program_mantissa": 127, "program_shift": 4, "exp_shift": 1,
    "error_deadband": 1, "initial_state": 5, "bound_low": -(2**30), "bound_high": 2**30,
    "bound_spread": 1, "d2d_common": 1, "d2d_asymmetry": 1, "read_noise": 1,
    "read_ns": 99, "gap_ns": 21, "stuck_low": 1, "stuck_high": 1, "fatigue": 1,
    "imprint": 1, "wear_onset": 1, "disturb": 1, "drift": 1, "retention_s": 1,
    "retention_level": 1, "read_shot": 1, "read_base": 1, "line_limit": 5,
    "adc_gain": 1, "adc_offset": 1, "access": 1, "trim_gain": 1, "trim_offset": 1,
}  # fmt: skip


def registers(**changes: Any) -> SimpleNamespace:
    """Two layers of mixed precision and counted pulses, references stored."""
    table = np.clip(np.arange(-256, 256), -255, 255).astype(np.int16)
    layers = [
        plain.layer(3, 4, bias=1),
        plain.layer(2, 3, rule=COUNTED, activation=table, slope=abs(table)),
    ]
    layers[1].rate_shift = 20
    fields = {"reference": 2, "class_count": 2, "error_kind": 1, "program_tolerance": 2}
    fields["knots"] = np.full((2, 2, 65), 1 << 24, np.int32)
    return plain.registers(layers, **{**fields, **changes})


def learned(chip: SimpleNamespace, steps: int = 4) -> Core:
    """A core with some samples behind it."""
    core, rng = Core(chip), np.random.default_rng(1)
    inputs = rng.integers(-127, 128, (steps, 4)).astype(np.int16)
    core.learn(inputs, (np.arange(steps) % 2).astype(np.int32))
    if steps and chip.layers[0].rule == MIXED:
        x, e = np.arange(10, 60, 10).astype(np.int16), np.array([100, -50, 7], np.int16)
        core.update(0, x, e, 2)
    return core


def tell(core: Core, chip: SimpleNamespace) -> tuple[int, Any]:
    """The status of other descriptors, and the fault."""
    _, config, _keep = configure(chip)
    fault = ffi.new("struct ef_fault *")
    return lib.ef_reconfigure(core._chip, fault, config), fault


@pytest.mark.parametrize("field", [*CHIP, *LAYER])
def test_what_may_be_told(field: str) -> None:
    """A chip that is told of a number acts as one that was made with it."""
    chip = registers()
    old, young = learned(chip), registers()
    layer = young.layers[1]
    setattr(young if field in CHIP else layer, field, {**CHIP, **LAYER}[field])
    if field == "rule":
        layer.rule = plain.RULES["sgd-stochastic"]
    assert lib.EF_OK == tell(old, young)[0]
    made = Core(young)
    made.restore(old.snapshot())  # of the configuration that it was told
    assert made.signature() == old.signature()
    for core in (made, old):
        core.learn(np.array([[100, -100, 5, 60]], np.int16), np.array([1], np.int32))
        core.program_column(1, 0, 1, np.array([9000, -9000], np.int16))
    assert made.signature() == old.signature()
    assert lib.EF_OK == tell(old, chip)[0]


@pytest.mark.parametrize("field", OTHERS)
def test_what_may_not_be_told(field: str) -> None:
    """Anything of the silicon is refused by its name, and nothing has changed."""
    base = {"reference": 1} if field == "both_sides" else {}
    chip, other = registers(**base), registers(**base)
    core = learned(chip)
    before, block = core.snapshot(), core._block.tobytes()
    setattr(other, field, OTHERS[field])
    if field == "error_kind":
        other.layers[1].activation = other.layers[1].slope = None
    status, fault = tell(core, other)
    assert lib.EF_ERROR_CONFIG == status
    assert field == ffi.string(lib.ef_field_name(fault.field)).decode()
    assert OTHERS[field] == fault.value
    assert getattr(chip, field) == fault.low == fault.high
    assert (before, block) == (core.snapshot(), core._block.tobytes())


@pytest.mark.parametrize("what", ["width_ns", "c2c", "c2c_additive"])
def test_an_item_that_may_not_be_told(what: str) -> None:
    """Of many the first that differs."""
    core, other = learned(registers()), registers()
    setattr(other, what, [*getattr(other, what)[:1], 77, *getattr(other, what)[2:]])
    status, fault = tell(core, other)
    assert (lib.EF_ERROR_CONFIG, 1, 77) == (status, fault.index, fault.value)


def test_sites_sizes_seed_and_tables_are_the_silicons() -> None:
    """Quantizers, layers, the seed, and each table."""
    core = learned(registers())
    before = core._block.tobytes()
    sites, sizes = registers(), registers()
    sites.sites[4].bits = 24
    sizes.layers[0].rows = sizes.layers[1].inputs = 5
    less = registers()
    less.layers, less.layer_count = less.layers[1:], 1
    for other in (sites, sizes, less):
        assert lib.EF_ERROR_CONFIG == tell(core, other)[0]
    tables = [registers(seed=2), registers(adc_inl=np.zeros(65, np.int16))]
    for name in ("activation", "slope"):
        for layer in range(2):
            other = registers()
            table = getattr(other.layers[layer], name).copy()
            table[-1] -= 1
            setattr(other.layers[layer], name, table)
            tables.append(other)
    knots = registers()
    knots.knots = knots.knots.copy()
    knots.knots[1, 1, 64] += 1
    for other in (*tables, knots):
        assert lib.EF_ERROR_CHIP == tell(core, other)[0]
    assert before == core._block.tobytes()
    soft = plain.registers([plain.layer(2, 3)])
    core = Core(soft)
    soft.exp_table = soft.exp_table.copy()
    soft.exp_table[1] -= 1
    assert lib.EF_ERROR_CHIP == tell(core, soft)[0]


def test_mixed_precision_needs_accumulators() -> None:
    """A layer that was made without them is not told of mixed precision."""
    core, other = learned(registers()), registers()
    other.layers[1].rule = MIXED
    before = core._block.tobytes()
    status, fault = tell(core, other)
    assert (lib.EF_ERROR_CONFIG, lib.EF_FIELD_LAYERS_RULE) == (status, fault.field)
    assert (1, MIXED, COUNTED) == (fault.index, fault.value, fault.high)
    assert before == core._block.tobytes()


def test_leaving_mixed_precision_loses_what_accumulators_hold() -> None:
    """It is counted as lost, once; back again they begin at 0."""
    chip = registers()
    core = learned(chip)
    held = int(core.peek("chi", 0).sum())
    before = core.info(0).gradient.lost
    other = registers()
    other.layers[0].rule = COUNTED
    assert held != 0
    assert lib.EF_OK == tell(core, other)[0]
    assert before + held == core.info(0).gradient.lost
    assert lib.EF_OK == tell(core, chip)[0]
    assert before + held == core.info(0).gradient.lost
    assert not core.peek("chi", 0).any()
    same = learned(registers())
    kept = same.snapshot()
    assert lib.EF_OK == tell(same, registers())[0]
    assert kept == same.snapshot()


def test_rates_are_those_that_are_told() -> None:
    """Rates are state: what was set is replaced."""
    core = learned(registers())
    before = core.snapshot()
    core.set_rate(0, 3, 4)
    assert before != core.snapshot()
    assert lib.EF_OK == tell(core, registers())[0]
    assert before == core.snapshot()


def test_columns_of_references_are_the_reference() -> None:
    """Column by column they are stored, and counted, as at once: 2 bytes a number."""
    chip = registers()
    whole, parts = learned(chip), learned(chip)
    numbers = np.arange(-7, 8).reshape(3, 5).astype(np.int16) * 1000
    whole.store_reference(0, numbers)
    for column in range(5):
        source = codes(numbers[:, column])
        before = written(parts)
        lib.ef_store_reference_column(parts._chip, 0, column, source)
        assert 6 == written(parts) - before
    assert numbers.tolist() == parts.peek("stored", 0).tolist()
    assert whole.signature() == parts.signature()


def written(core: Core) -> int:
    """SRAM bytes written in phase program."""
    events = lib.ef_tally(core._chip).events
    return int(events[lib.EF_PHASE_PROGRAM][lib.EF_EVENT_SRAM_WRITE])


@pytest.mark.parametrize(("bits", "held"), [(16, 2), (8, 1), (24, 3), (32, 4), (9, 2)])
def test_accumulators_by_hand(bits: int, held: int) -> None:
    """A column's numbers go in and out; bytes of their width, 16 a cycle, an account.

    What a write takes away is lost, what it adds is found again.
    """
    chip = registers(lanes=2)
    chip.sites[5].bits = bits
    core = learned(chip, 0)
    values = ffi.new("int32_t[3]", [5, -128, 127])
    found = ffi.new("int32_t[3]")
    assert lib.EF_OK == lib.ef_write_accumulators(core._chip, 0, 4, values)
    expected = np.zeros((3, 5), np.int32)
    expected[:, 4] = [5, -128, 127]
    assert expected.tolist() == core.peek("chi", 0).tolist()
    assert -4 == core.info(0).gradient.lost
    assert 128 == core.info(0).sites[5].peak
    assert lib.EF_OK == lib.ef_read_accumulators(core._chip, 0, 4, found)
    assert [5, -128, 127] == list(found)
    events = lib.ef_tally(core._chip).events[lib.EF_PHASE_UPDATE]
    names = ("SRAM_READ", "SRAM_WRITE", "CYCLE", "ADD", "ANALOG_NS")
    counts = [events[getattr(lib, f"EF_EVENT_{name}")] for name in names]
    assert [3 * held, 3 * held, 2 + 2, 0, 0] == counts
    assert 4 == core.cycle
    values[1] = 0
    assert lib.EF_OK == lib.ef_write_accumulators(core._chip, 0, 4, values)
    assert -132 == core.info(0).gradient.lost


def test_accumulators_that_are_refused() -> None:
    """One beyond the width, no such column, no such rule: as it was."""
    core = learned(registers())
    chip, before = core._chip, core._block.tobytes()
    values = ffi.new("int32_t[3]")
    for far in (2**15, -(2**15) - 1, 2**31 - 1, -(2**31)):
        values[2] = far
        assert lib.EF_ERROR_RANGE == lib.ef_write_accumulators(chip, 0, 0, values)
    values[2] = -(2**15)
    for name in ("write", "read"):
        call = getattr(lib, f"ef_{name}_accumulators")
        for layer, column in ((0, 5), (1, 0), (2, 0), (0, 2**32 - 1)):
            assert lib.EF_ERROR_INDEX == call(chip, layer, column, values)
    for layer, column in ((0, 5), (2, 0), (2**32 - 1, 0)):
        source = codes([0] * 3)
        status = lib.ef_store_reference_column(chip, layer, column, source)
        assert lib.EF_ERROR_INDEX == status
    wear = ffi.new("uint32_t[3]", [7, 7, 7])
    for layer, plane, column in ((2, 0, 0), (0, 1, 0), (0, 2, 0), (0, 0, 5)):
        assert lib.EF_ERROR_INDEX == lib.ef_read_wear(chip, layer, plane, column, wear)
    assert [7, 7, 7] == list(wear)
    assert before == core._block.tobytes()
    assert lib.EF_OK == lib.ef_write_accumulators(chip, 0, 0, values)
    none = Core(registers(reference=0))
    status = lib.ef_store_reference_column(none._chip, 0, 0, codes([0] * 3))
    assert lib.EF_ERROR_INDEX == status


def test_a_written_accumulator_is_learned_from() -> None:
    """Its next product takes it over the threshold: 4095 and a gradient of 1."""
    chip = registers()
    core = learned(chip, 0)
    values = ffi.new("int32_t[3]", [4095, 4095, 0])
    lib.ef_write_accumulators(core._chip, 0, 2, values)
    # 41 x 1 x 200 / 2^13 is 1.001
    inputs, errors = np.zeros(5, np.int16), np.array([1, 0, 1], np.int16)
    inputs[2] = 41
    core.update(0, inputs, errors, 0)
    assert [1, 0, 0] == core.peek("wear", 0)[:, 2].tolist()
    assert [0, 4095, 1] == core.peek("chi", 0)[:, 2].tolist()


def test_wear_of_a_column() -> None:
    """What pulses left, of either plane; nothing is counted."""
    core = Core(registers(reference=1))
    counts = np.zeros((3, 5), np.int8)
    counts[:, 1] = [3, -2, 0]
    core.pulse(0, 1, 0, counts)
    wear, before = ffi.new("uint32_t[3]"), core._block.tobytes()
    for plane, expected in ((0, [0, 0, 0]), (1, [3, 2, 0])):
        assert lib.EF_OK == lib.ef_read_wear(core._chip, 0, plane, 1, wear)
        assert expected == list(wear)
    assert before == core._block.tobytes()


@pytest.mark.parametrize("seed", range(8))
def test_accumulators_outlive_a_loss_of_power(seed: int) -> None:
    """Kept, they and the counts towards a transfer stay; all else is as without."""
    chip = random_registers(seed)
    for layer in chip.layers:
        layer.rule = MIXED
    kept, lost, rng = Core(chip), Core(chip), random.Random(seed)
    for _ in range(3):
        raw = [[rng.randint(-127, 127) for _ in range(kept.inputs)]]
        label = np.array([rng.randrange(kept.outputs)], np.int32)
        for core in (kept, lost):
            core.learn(np.array(raw, np.int16), label)
    held = [kept.peek("chi", i).copy() for i in range(kept.layers)]
    account = [kept.info(i).gradient.lost for i in range(kept.layers)]
    due = [value for value in held if value.any()]
    lib.ef_power_cycle_keeping(kept._chip, lib.EF_KEEP_ACCUMULATORS)
    lib.ef_power_cycle_keeping(lost._chip, 0)
    reference = Core(chip)
    reference.restore(lost.snapshot())
    reference.power_cycle()
    assert reference.snapshot() == lost.snapshot()
    assert all((kept.peek("chi", i) == held[i]).all() for i in range(kept.layers))
    assert account == [kept.info(i).gradient.lost for i in range(kept.layers)]
    for view in ("state", "input", "code", "error", "row_lfsr", "column_lfsr"):
        for i in range(kept.layers):
            assert (kept.peek(view, i) == lost.peek(view, i)).all()
    assert lib.ef_round_lfsr(kept._chip) == lib.ef_round_lfsr(lost._chip)
    assert bool(due) == (kept.signature() != lost.signature()) or chip.transfer_every


def test_a_kept_count_brings_the_transfer_on_time() -> None:
    """Of two steps a transfer the second falls behind a loss of power."""
    chip = registers(transfer_every=2)
    for keep, expected in ((lib.EF_KEEP_ACCUMULATORS, 1), (0, 0)):
        core = learned(chip, 0)
        inputs, errors = np.zeros(5, np.int16), np.array([1, 0, 0], np.int16)
        inputs[0] = 500  # 500 x 200 / 2^13 x 2^9 is 6250, over 4096
        core.update(0, inputs, errors, 9)
        lib.ef_power_cycle_keeping(core._chip, keep)
        core.update(0, inputs, errors, -1024)
        assert expected == core.peek("wear", 0).sum()


def test_spent_is_all_phases() -> None:
    """Both totals, from a read, a write and a step."""
    core = learned(registers())
    core.program_column(0, 0, 1, np.array([9000, -9000, 5], np.int16))
    cycles, analog = ffi.new("uint64_t *"), ffi.new("uint64_t *")
    lib.ef_spent(core._chip, cycles, analog)
    assert spent(core) == (cycles[0], analog[0])
    assert core.cycle == cycles[0]
    assert analog[0] > 0
