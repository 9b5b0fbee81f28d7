"""Trims and nonlinearity of converters: by hand on both models, and in lockstep.

The examples are a chip of 2 x 2 of seed 1 whose weights are 100 each, ADC of 14 bits.
The units (gain, offset) of the rows' converters are (-10, -5) and (-4, 9), of the
inputs' (-41, -9) and (20, -19). A sum is scaled by 128 and shifted by 7 forward, by
129 and 14 backward.
"""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import plain
import pytest
from lockstep import Pair, random_commands
from random_chips import random_inl, random_registers

from edgeferro.core.tally import Tally
from edgeferro.errors import DataError

ERRING = {"adc_gain": 8192, "adc_offset": 20000}
TRIMMED = {**ERRING, "trim_gain": 2000, "trim_offset": 3500}


def small(**changes: Any) -> Pair:
    """The chip of the examples."""
    layer = plain.layer(2, 2, gain_mantissa=128, gain_shift=7, back_shift=14)
    fields = {"initial_state": 100 * 2**16, **changes}
    registers = plain.registers([layer], **fields)
    registers.sites[1] = plain.site(14)
    return Pair(registers)


def trims(pair: Pair) -> list[list[int]]:
    """Registers (gain, offset) of the rows' converters, then of the inputs'."""
    found: list[list[int]] = pair.core.peek("trim", 0).tolist()
    return found


def codes(pair: Pair, *inputs: int) -> list[int]:
    """What a forward read gives; both models agree."""
    pair.forward(0, list(inputs))
    return list(pair.golden.layers[0].y)


def backward(pair: Pair, *errors: int) -> list[int]:
    """What a backward read gives; both models agree."""
    expected = pair.golden.backward(0, list(errors))
    assert expected == pair.core.backward(0, np.array(errors, np.int16)).tolist()
    return expected


ROWS = [[41, 29], [16, -51], [0, 0], [0, 0]]


def test_rows_by_hand() -> None:
    """Offsets end at 29 and -51, gains at 41 and 16.

    Offset: -100000 + 3500 t is 0 or more from t = 29 on, 180000 + 3500 t from -51; both
    leave 1500, >> 5 = 46. Gain: 4096 x 128 = 2^19 gains 8 x (slope >> 8), no less than
    -46 from -5 on: -81920 + 2000 t >= -5 x 256 from t = 41, -32768 + 2000 t from 16.
    """
    pair = small(**TRIMMED)
    pair.trim(0, 0, 1, 4096)
    assert ROWS == trims(pair)


def test_inputs_by_hand() -> None:
    """Offsets end at 52 and 109, gains at 127 and -82: one register at an end.

    Offset: -180000 + 3500 t from 52 on, -380000 + 3500 t from 109; 2000 and 1500 are
    left, x 4. Gain: 4096 x 2^14 gains 1024 x (slope >> 8), no less than -8000 from -7
    on: -335872 + 2000 t never gets there; no less than -6000 from -5 on: 163840 + 2000
    t from -82.
    """
    pair = small(**TRIMMED)
    pair.trim(0, 1, 1, 4096)
    assert [[0, 0], [0, 0], [127, 52], [-82, 109]] == trims(pair)
    assert 1 == pair.golden.trim(0, 1, 1, 4096) == pair.core.trim(0, 1, 1, 4096)


def test_reads_by_hand() -> None:
    """1800 and 8100 read as they are, and 64.6 as 65; before that nothing does.

    Row 1, whose slope is -3 then: 1036800 + (4050 x -3 >> 8 = -48) + 46, over 128 is
    8100.0. Column 0: 1057800 + (4132 x -320 >> 8 = -5165) + 8000, over 2^14 is 64.7;
    column 1: + (4132 x -1 >> 8 = -17) + 6000: 64.9. Untrimmed: 8100 x 128 + (4050 x
    -320 >> 8 = -5063) - 3125 is 8036.0; 1057800 - 21177 - 720000 is 19.3.
    """
    pair = small(**TRIMMED)
    assert [8036, 8128] == codes(pair, 41, 40)
    assert [19, -28] == backward(pair, 50, 32)
    pair.trim(0, 0, 1, 4096)
    pair.trim(0, 1, 1, 4096)
    assert [1800, 1800] == codes(pair, 10, 8)
    assert [8100, 8100] == codes(pair, 41, 40)
    assert [65, 65] == backward(pair, 50, 32)


@pytest.mark.parametrize(
    ("changes", "expected", "readings", "driven"),
    [
        ({"trim_gain": 0}, [[0, 29], [0, -51]], 8, 0),
        ({"trim_offset": 0}, [[92, 0], [-73, 0]], 8, 8),
        ({}, ROWS[:2], 16, 8),
    ],
)
def test_half_of_the_registers(
    changes: dict[str, int], expected: list[list[int]], readings: int, driven: int
) -> None:
    """A unit of 0 leaves its registers at 0 and spends no reading; events by hand.

    Without auto-zero the offsets are -3125 and 5625: 8 x (slope >> 8) makes up for them
    from 391 and -703 on: -81920 + 2000 t from 92, -32768 + 2000 t from -73.
    """
    pair = small(**{**TRIMMED, **changes})
    pair.trim(0, 0, 3, 4096)
    assert [*expected, [0, 0], [0, 0]] == trims(pair)
    tally = Tally.from_words(pair.core.tally_words())
    amounts = {"adc": 3 * 2, "compare": 2, "analog_ns": 3 * 100, "cycle": 3 * (1 + 2)}
    counts = {name: readings * amount for name, amount in amounts.items()}
    counts["cycle"] += 2
    counts |= {"sram_write": 2 * 2, "sram_read": 0, "dac_input": 3 * driven}
    assert counts == {name: tally.event("calibrate", name) for name in counts}
    assert counts["cycle"] == pair.core.cycle
    assert readings == pair.golden.layers[0].verify_reads


def curve(**knots: int) -> list[int]:
    """A table that is 0 but at some knots: k39=512."""
    found = [0] * 65
    for name, value in knots.items():
        found[int(name.removeprefix("k"))] = value
    return found


@pytest.mark.parametrize(
    ("inputs", "code", "knots"),
    [
        ((10, 8), 1802, {"k39": 512, "k40": -512}),
        ((20, 8), 2799, {"k43": -256}),
        ((-10, -8), -1804, {"k24": 1000, "k25": -1024}),
        ((0, 0), 128, {"k32": 2**15 - 1}),
        ((0, 0), -128, {"k32": -(2**15)}),
        ((41, 41), 8079, {"k63": -32000, "k64": -31000}),
        ((-41, -42), -8172, {"k0": 2**15 - 1, "k1": 2**15 - 1}),
    ],
)
def test_nonlinearity_by_hand(
    inputs: tuple[int, int], code: int, knots: dict[str, int]
) -> None:
    """Codes whose converters are bent, all alike, at knots, between and beyond them.

    1800 x 256 + 2^21 is place 39 x 2^16 + 2048: 512 - (1024 x 2048 >> 16) = 480, >> 1 =
    240 of 128 a code: 1801.9. 2800 is at 42 and 61440: -240, >> 1. -1800 at 24 and
    63488: 1000 - 1961, >> 1 = -481: -1803.8. 0 at 32. 8200 is beyond the scale's end,
    at 63 and 65535: -32000 + 999 = -31001, >> 1: 8078.9. -8300 at 0 and 0: + 16383.
    """
    pair = small(adc_inl=curve(**knots))
    assert [code, code] == codes(pair, *inputs)


@pytest.mark.parametrize(("bent", "expected"), [(1000, [24, -56]), (998, [25, -55])])
def test_trims_see_the_nonlinearity(bent: int, expected: list[int]) -> None:
    """What the curve adds at 0 is in what auto-zero compares.

    1000 adds 500: -100000 + 3500 t >> 5 is -500 at t = 24, 180000 + 3500 t at -56. 998
    adds 499, one unit too little there.
    """
    knots = curve(k31=bent, k32=bent, k33=bent)
    pair = small(adc_inl=knots, **{**TRIMMED, "trim_gain": 0})
    pair.trim(0, 0, 1, 4096)
    assert expected == [offset for _, offset in trims(pair)[:2]]


def test_both_ends_of_a_register() -> None:
    """Units too small for the offset end at 127 and -127, and are counted."""
    pair = small(adc_offset=2**16, trim_offset=1)
    assert 2 == pair.golden.trim(0, 0, 1, 2048) == pair.core.trim(0, 0, 1, 2048)
    pair.compare()
    assert [[0, 127], [0, -127], [0, 0], [0, 0]] == trims(pair)


@pytest.mark.parametrize("bits", [4, 9, 14])
def test_the_reference_stays_within_its_bounds(bits: int) -> None:
    """Codes 2^(b-3) to 3 x 2^(b-3) - 1 are taken; what is beside them is refused."""
    registers = plain.registers([plain.layer(2, 3)], trim_gain=100)
    registers.sites[1] = plain.site(bits)
    low, high = 2 ** (bits - 3), 3 * 2 ** (bits - 3) - 1
    for code in (low, high):
        Pair(registers).trim(0, 0, 1, code)
    pair = Pair(registers)
    for reads, code in ((1, low - 1), (1, high + 1), (0, low), (65, low)):
        with pytest.raises(DataError, match="trim"):
            pair.core.trim(0, 0, reads, code)
    pair.trim(0, 0, 64, low)


def test_the_reference_charge_stays_within_its_bounds() -> None:
    """Below 2^46 it is taken: 4096 x 2^33, 2048 x 2^34; 4096 x 2^34 is not."""
    changes = {"adc_gain": 2**13, "adc_offset": 2**16, "read_noise": 2**24}
    trim = {"trim_gain": 2**13, "trim_offset": 2**16, "adc_inl": [2**15 - 1] * 65}
    for n, codes_taken in ((33, (4096, 2**12 + 2**11 - 1)), (34, (2048, 4095))):
        layer = plain.layer(3, 3, back_shift=n, back_mantissa=255)
        registers = plain.registers([layer], **changes, **trim)
        registers.sites[1] = plain.site(14)
        pair = Pair(registers)
        for code in codes_taken:
            pair.trim(0, 1, 2, code)
    with pytest.raises(DataError, match="trim"):
        pair.core.trim(0, 1, 2, 4096)
    pair.compare()


def test_trims_outlast_power_and_are_restored() -> None:
    """A loss of power and a snapshot keep the registers; a fresh chip has zeros."""
    pair = small(**TRIMMED)
    assert [[0, 0]] * 4 == trims(pair)
    pair.trim(0, 0, 1, 4096)
    pair.power_cycle()
    pair.restart()
    assert ROWS == trims(pair)


def fine_registers(rng: random.Random) -> SimpleNamespace:
    """Converters whose errors, trims, noise and curve all show in single codes."""
    n, bits = rng.choice([0, 4, 7, 8, 9, 12, 15, 31]), rng.choice([8, 10, 14])
    layer = plain.layer(rng.randint(1, 5), rng.randint(1, 5), bias=rng.randrange(2))
    for way in ("gain", "back", "verify"):
        setattr(layer, f"{way}_mantissa", rng.choice([1, 129, 255]))
        setattr(layer, f"{way}_shift", max(0, n + rng.choice([-1, 0, 1])))
    offset = rng.choice([0, 2**8, 2**12, 2**16])
    gain = rng.choice([0, 500, 2**13])
    registers = plain.registers(
        [layer],
        seed=rng.randrange(2**64),
        initial_state=rng.choice([100, 20000]) * 2**16,
        read_noise=rng.choice([0, 2 ** min(24, n), 2 ** min(24, n + 2), 2**24]),
        line_limit=rng.choice([0, 1]),
        adc_gain=gain,
        adc_offset=offset,
        trim_gain=rng.choice([0, 1, gain // 30, gain, 2**13]),
        trim_offset=rng.choice([1, 2**16, max(1, offset // 30), max(1, offset)]),
        adc_inl=random_inl(rng),
    )
    registers.sites[1] = plain.site(bits, rng.randrange(5), rng.randrange(2))
    return registers


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_trims_to_the_last_unit(first: int) -> None:
    """Ten chips that trim and read, and trim again, agree in every register."""
    for seed in range(first, first + 10):
        rng = random.Random(seed)
        pair = Pair(fine_registers(rng))
        layer = pair.golden.layers[0]
        least = 2 ** (pair.registers.sites[1].bits - 3)
        for _ in range(2):
            for backward in (0, 1):
                code = rng.choice([least, 2 * least, 3 * least - 1])
                pair.trim(0, backward, rng.choice([1, 2, 5]), code)
            for far in (1, 40, 127):
                pair.forward(0, [rng.randint(-4 * far, 4 * far) for _ in layer.x])
                pair.backward(0, [rng.randint(-far, far) for _ in layer.e])
                pair.read(0, 0, rng.randrange(layer.columns), rng.choice([1, 3]))
            pair.restart()
            pair.read(0, 0, 0, 1)


@pytest.mark.parametrize("first", range(0, 16, 4))
def test_trimmed_chips_learn_in_lockstep(first: int) -> None:
    """Random chips with everything on agree through random commands."""
    for seed in range(first, first + 4):
        registers, rng = random_registers(seed), random.Random(f"trims {seed}")
        registers.trim_gain = rng.choice([1, 300, 2**13])
        registers.trim_offset = rng.choice([0, 1, 3000, 2**16])
        registers.adc_inl = random_inl(rng)
        registers.adc_offset = 3000
        pair = Pair(registers)
        least = 2 ** (registers.sites[1].bits - 3)
        for layer in range(registers.layer_count):
            pair.trim(layer, 0, 2, 2 * least)
            pair.trim(layer, 1, 2, 2 * least)
        random_commands(pair, rng, 8)
