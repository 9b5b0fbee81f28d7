"""A learning step taken apart is a learning step; targets are labels of any shape."""

from __future__ import annotations

import random
from typing import Any, Final

import numpy as np
import plain
import pytest
import random_chips
from edgeferro._core import ffi, lib

import edgeferro as ef
from edgeferro.core.emulator import Core, TraceBuffer

TABLE: Final = np.clip(np.arange(-256, 256), -255, 255).astype(np.int16)
SLOPE: Final = np.full(512, 256, np.int16)
VIEWS: Final = ("state", "wear", "weight", "input", "code", "error")


def sample(registers: Any, rng: random.Random) -> tuple[np.ndarray, int]:
    """Raw inputs and a label for a chip."""
    raw = [rng.randint(-128, 127) for _ in range(registers.layers[0].inputs)]
    return np.array([raw], np.int16), rng.randrange(registers.layers[-1].rows)


def table_index(registers: Any, code: int) -> int:
    """SPEC 6.2."""
    bits = registers.sites[1].bits
    return int(code + 2 ** (bits - 1)) >> max(0, bits - 12)


def output_error(registers: Any, codes: list[int], label: int) -> np.ndarray:
    """SPEC 7.1 to 7.3, worked out here."""
    layer, found = registers.layers[-1], []
    if registers.error_kind == 0:
        top = max(codes)
        weights = [
            int(registers.exp_table[min((top - y) >> registers.exp_shift, 255)])
            for y in codes
        ]
        found = [
            (32768 if i == label else 0) - weight * 32768 // sum(weights)
            for i, weight in enumerate(weights)
        ]
    else:
        for i, y in enumerate(codes):
            at = table_index(registers, y)
            wanted = registers.target_high if i == label else registers.target_low
            found.append((wanted - int(layer.activation[at])) * int(layer.slope[at]))
    band = registers.error_deadband * 128
    return np.array([0 if abs(d) < band else d for d in found], np.int32)


def taken_apart(core: Core, registers: Any, raw: np.ndarray, label: int) -> None:
    """A learning step by an inference and commands of single layers."""
    core.infer(raw)
    layers = core.layers
    inputs = [core.peek("input", i).copy() for i in range(layers)]
    codes = [core.peek("code", i).copy() for i in range(layers)]
    errors, exponents = [np.zeros(0, np.int16)] * layers, [0] * layers
    wide, above = output_error(registers, codes[-1].tolist(), label), 0
    for i in reversed(range(layers)):
        errors[i], above = core.error_codes(i, wide, above)
        exponents[i] = above
        if i and errors[i].any():
            wide = core.slopes(i - 1, codes[i - 1], core.backward(i, errors[i]))
        elif i:
            for j in range(i):
                errors[j] = np.zeros(registers.layers[j].rows, np.int16)
            break
    for i in range(layers):
        if registers.layers[i].rule:
            core.update(i, inputs[i], errors[i], exponents[i])


def looked_at(core: Core, registers: Any) -> dict[str, Any]:
    """Everything but the clock and what no direct command counts (SPEC 9.10)."""
    found: dict[str, Any] = {}
    for i, layer in enumerate(registers.layers):
        if layer.rule == 0:
            continue
        info = core.info(i)
        found[f"exponent {i}"] = info.exponent
        found[f"gradient {i}"] = bytes(ffi.buffer(ffi.addressof(info.gradient)))
        found[f"sites {i}"] = bytes(ffi.buffer(info.sites))
        found[f"reads {i}"] = (info.forward_reads, info.backward_reads)
        views = [*VIEWS, "row_lfsr", "column_lfsr"]
        views += ["chi"] if layer.rule == 3 else []
        found |= {f"{view} {i}": core.peek(view, i).tolist() for view in views}
        if registers.reference == 1:
            found |= {
                f"{view} {i} r": core.peek(view, i, 1).tolist() for view in VIEWS[:2]
            }
    tally = lib.ef_tally(core._chip)
    for phase in (lib.EF_PHASE_INFER, lib.EF_PHASE_UPDATE):
        found[f"events {phase}"] = list(tally.events[phase])
    found["pulses"] = bytes(ffi.buffer(tally.pulses))
    found["account"] = bytes(ffi.buffer(tally.account))
    found["backward"] = list(tally.events[lib.EF_PHASE_BACKWARD])
    found["lfsr"] = lib.ef_round_lfsr(core._chip)
    found["counts"] = [tally.inferences, tally.updates]
    return found


def lacking(registers: Any, steps: int) -> dict[int, int]:
    """Events of phase backward that an output error made outside doesn't count."""
    rows, softmax = registers.layers[-1].rows * steps, registers.error_kind == 0
    band = rows if registers.error_deadband else 0
    events = {"LOOKUP": 1, "ADD": 3, "DIVIDE": 1, "COMPARE": 1, "CYCLE": 4}
    if not softmax:
        events = {"LOOKUP": 2, "ADD": 1, "MAC": 1, "CYCLE": 2}
    found = {name: rows * times for name, times in events.items()}
    for name in ("COMPARE", "CYCLE"):
        found[name] = found.get(name, 0) + band
    return {getattr(lib, f"EF_EVENT_{name}"): n for name, n in found.items()}


@pytest.mark.parametrize("seed", range(24))
def test_a_step_taken_apart_is_a_step(seed: int) -> None:
    """Cells, accumulators, LFSRs, codes, exponents, sites, counts: bit for bit."""
    registers = random_chips.random_registers(seed)
    whole, parts = Core(registers), Core(registers)
    rng = random.Random(seed)
    for step in range(1, 7):
        raw, label = sample(registers, rng)
        whole.learn(raw, np.array([label], np.int32))
        taken_apart(parts, registers, raw, label)
        expected, found = looked_at(whole, registers), looked_at(parts, registers)
        for event, count in lacking(registers, step).items():
            expected["backward"][event] -= count
        assert [step, step] == expected.pop("counts")
        assert [step, 0] == found.pop("counts")
        assert expected == found


def with_targets(seed: int) -> bool:
    """Whether a random chip has squared errors, and its two targets are codes."""
    chip = random_chips.random_registers(seed)
    largest = max(abs(chip.target_low), abs(chip.target_high))
    return bool(chip.error_kind and largest < 2 ** chip.sites[2].bits)


@pytest.mark.parametrize("seed", [s for s in range(80) if with_targets(s)][:16])
def test_targets_of_a_label_are_the_label(seed: int) -> None:
    """target_high in one row and target_low elsewhere are a label, bit for bit."""
    registers = random_chips.random_registers(seed)
    low, high = registers.target_low, registers.target_high
    labels, targets = Core(registers), Core(registers)
    rng = random.Random(seed)
    for _ in range(5):
        raw, label = sample(registers, rng)
        wanted = np.full((1, registers.layers[-1].rows), low, np.int16)
        wanted[0, label] = high
        labels.learn(raw, np.array([label], np.int32))
        codes, done = targets.learn_targets(raw, wanted)
        assert 1 == done
        assert targets.peek("code", targets.layers - 1).tolist() == codes[0].tolist()
        assert labels.signature() == targets.signature()


def squared(**changes: Any) -> Any:
    """Registers of 2 outputs and 3 inputs with a bias, error squared, rule counted."""
    layer = plain.layer(2, 3, bias=1, activation=TABLE, slope=SLOPE, rule=2)
    layer.rate_shift = 23
    sites = [plain.site(b) for b in (8, 9, 8, 8, 32, 16, 8, 16)]
    return plain.registers([layer], error_kind=1, sites=sites, **changes)


def test_an_output_error_by_hand() -> None:
    """Targets of 100 and -60 at output 0: these codes at exponent 8 (SPEC 7.4, 8.1)."""
    core = Core(squared())
    codes, _ = core.learn_targets(
        np.array([[127, 0, -127]], np.int16), np.array([[100, -60]], np.int16)
    )
    assert [[0, 0]] == codes.tolist()
    # 100 x 256 has 15 bits: z = 15 - 7; 25600 / 256 = 100, -15360 / 256 = -60
    assert ([100, -60], 8) == (core.peek("error", 0).tolist(), core.info(0).exponent)


@pytest.mark.parametrize("target", [-256, 256, 32767, -32768])
def test_targets_beyond_the_codes_are_refused(target: int) -> None:
    """Of a batch the last one too; nothing has been learned."""
    core, done = Core(squared()), ffi.new("uint64_t *")
    before = core.signature()
    inputs = ffi.new("int16_t[6]")
    targets = ffi.new("int16_t[]", [255, -255, 0, target])
    null = ffi.NULL
    wanted = (core._chip, done, null, null, inputs, targets, 2)
    assert lib.EF_ERROR_RANGE == lib.ef_learn_targets(*wanted)
    assert before == core.signature()
    with pytest.raises(ef.DataError, match=r"^targets: a code is beyond"):
        core.learn_targets(
            np.zeros((1, 3), np.int16), np.array([[0, target]], np.int16)
        )
    targets[3] = 255 if target > 0 else -255
    assert lib.EF_OK == lib.ef_learn_targets(*wanted)


def test_softmax_has_no_targets_and_no_last_table() -> None:
    """Targets, activation and slopes are refused where there is no table."""
    core = plain.core([plain.layer(2, 3), plain.layer(2, 2)])
    zeros = np.zeros(2, np.int16)
    before = core.signature()
    with pytest.raises(ef.StateError, match=r"controller\.error is not 'squared'"):
        core.learn_targets(np.zeros((1, 3), np.int16), zeros[np.newaxis])
    with pytest.raises(ef.StateError, match="layer 1 has no activation table"):
        core.activate(1, zeros)
    with pytest.raises(ef.StateError, match="layer 1 has no activation table"):
        core.slopes(1, zeros, zeros)
    assert before == core.signature()


def test_tables_by_hand() -> None:
    """An own table of either slope: what is looked up, multiplied and counted."""
    table = np.arange(511, -1, -1).astype(np.int16) // 2
    slope = np.arange(-256, 256).astype(np.int16)
    hidden = plain.layer(3, 2, activation=table, slope=slope)
    core = plain.core([hidden, plain.layer(2, 3)])
    codes = np.array([-256, 0, 255], np.int16)
    back = np.array([-256, 255, 7], np.int16)
    assert [255, 127, 0] == core.activate(0, codes).tolist()
    assert [65536, 0, 1785] == core.slopes(0, codes, back).tolist()
    tally = lib.ef_tally(core._chip)
    infer, backward = tally.events[0], tally.events[1]
    assert (3, 3) == (infer[lib.EF_EVENT_LOOKUP], infer[lib.EF_EVENT_CYCLE])
    names = (lib.EF_EVENT_LOOKUP, lib.EF_EVENT_MAC, lib.EF_EVENT_CYCLE)
    assert [3, 3, 3] == [backward[name] for name in names]
    assert 6 == core.cycle


@pytest.mark.parametrize(
    ("wide", "above", "codes", "exponent"),
    [
        ([0, 0], -512, [0, 0], 0),
        ([-(2**31), 2**31 - 1], 511, [-64, 64], 536),
        ([1, 0], -512, [64, 0], -518),
        ([127, -127], 3, [127, -127], 3),
        ([129, -1], 0, [64, 0], 1),  # 0.5 to even
    ],
)
def test_wide_errors_by_hand(
    wide: list[int], above: int, codes: list[int], exponent: int
) -> None:
    """One exponent for the layer; any 32 bits (SPEC 8.6)."""
    core = Core(squared())
    found = core.error_codes(0, np.array(wide, np.int32), above)
    assert (codes, exponent) == (found[0].tolist(), found[1])
    assert codes == core.peek("error", 0).tolist()
    assert exponent == core.info(0).exponent


def test_what_one_layer_refuses() -> None:
    """Each argument out of its range by one: refused, and the chip is as it was."""
    core, null = Core(squared()), ffi.NULL
    chip, before = core._chip, core.signature()
    inputs, errors = ffi.new("int16_t[4]"), ffi.new("int16_t[2]")
    wide, exponent = ffi.new("int32_t[2]"), ffi.new("int32_t *")

    def update(layer: int = 0, scale: int = 0) -> int:
        return int(lib.ef_update_layer(chip, null, layer, inputs, errors, scale))

    assert lib.EF_ERROR_INDEX == update(layer=1)
    for scale in (-1025, 1024, -(2**31), 2**31 - 1):
        assert lib.EF_ERROR_RANGE == update(scale=scale)
    for vector, values in ((inputs, (-512, 512)), (errors, (-128, 128))):
        for value in values:
            vector[1] = value
            assert lib.EF_ERROR_RANGE == update()
            vector[1] = 0
    for above in (-513, 512, -(2**31), 2**31 - 1):
        status = lib.ef_array_errors(chip, errors, exponent, 0, wide, above)
        assert lib.EF_ERROR_RANGE == status
    errors[0] = 256
    assert lib.EF_ERROR_RANGE == lib.ef_array_activate(chip, errors, 0, errors)
    good = ffi.new("int16_t[2]")
    assert lib.EF_ERROR_RANGE == lib.ef_array_slopes(chip, wide, 0, errors, good)
    assert lib.EF_ERROR_RANGE == lib.ef_array_slopes(chip, wide, 0, good, errors)
    assert before == core.signature()
    none = squared()
    none.layers[0].rule = 0
    with pytest.raises(ef.StateError, match="layer 0 has no rule"):
        Core(none).update(0, np.zeros(4, np.int16), np.zeros(2, np.int16), 0)


@pytest.mark.parametrize("exponent", [-1024, -63, 0, 1023])
@pytest.mark.parametrize("rule", [1, 2, 3])
def test_any_exponent_can_be_updated_with(rule: int, exponent: int) -> None:
    """The ends of what is allowed saturate or vanish, and every pulse is told of."""
    registers = squared()
    registers.layers[0].rule = rule
    core = Core(registers)
    inputs = np.array([511, -511, 1, 0], np.int16)
    core.update(0, inputs, np.array([127, -127], np.int16), exponent)
    pulses = core.peek("wear", 0)
    assert (exponent == 1023) <= bool(pulses.any())
    assert (exponent == -1024) <= (not pulses.any())


def test_a_direct_update_needs_room() -> None:
    """Rows x columns entries, twice with both sides, twice again with coarse pulses."""
    for changes, room in (
        ({}, 8),
        ({"reference": 1, "both_sides": 1}, 16),
        ({"reference": 1, "both_sides": 1, "coarse_ratio": 512}, 32),
    ):
        core = Core(squared(**changes))
        ones, errors = np.ones(4, np.int16), np.array([1, 1], np.int16)
        with pytest.raises(ef.EdgeferroError, match="trace buffer can't hold"):
            core.update(0, ones, errors, 0, trace=TraceBuffer(room - 1))
        core.update(0, ones, errors, 0, trace=TraceBuffer(room))
