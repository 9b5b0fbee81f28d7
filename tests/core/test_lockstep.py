"""Golden model and core in lockstep over random chips, samples and commands."""

from __future__ import annotations

import random
from types import SimpleNamespace

import numpy as np
import plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lockstep import Pair, random_commands
from random_chips import random_registers

SEEDS = range(160)
CHUNK = 20


def kinds(seed: int) -> set[tuple[int, int, int]]:
    """Rule, reference and error kind of each layer of a random chip."""
    registers = random_registers(seed)
    return {
        (layer.rule, registers.reference, registers.error_kind)
        for layer in registers.layers
    }


def test_the_seeds_cover_every_combination() -> None:
    """The fixed seeds meet each rule with each reference and error kind."""
    every = {(r, k, e) for r in range(4) for k in range(4) for e in (0, 1)}
    assert every == set().union(*(kinds(seed) for seed in SEEDS))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, len(SEEDS), CHUNK))
def test_fixed_seeds(first: int) -> None:
    """Twenty chips of fixed seeds agree in every register after every command."""
    for seed in range(first, first + CHUNK):
        pair = Pair(random_registers(seed))
        random_commands(pair, random.Random(seed), 12)


@settings(max_examples=40)
@given(st.integers(1000, 2**32), st.integers(0, 2**32))
def test_random_chips(chip: int, commands: int) -> None:
    """Any random chip agrees in every register after every random command."""
    pair = Pair(random_registers(chip))
    random_commands(pair, random.Random(commands), 8)


@pytest.mark.parametrize("rule", [1, 2, 3])
@pytest.mark.parametrize("density", [0.15, 1.0])
def test_wide_rows(rule: int, density: float) -> None:
    """Rows wider than any inner block agree too, sparse and dense."""
    rng = np.random.default_rng(rule)
    layers = [
        plain.layer(3, 300, bias=1, rule=rule, rate_shift=14 if rule == 3 else 22),
        plain.layer(2, 3, rule=rule, rate_shift=14 if rule == 3 else 22),
    ]
    layers[0].gain_shift = 24
    pair = Pair(
        plain.registers(layers, c2c=[2007] * 16, d2d_common=9000, pulse_limit=2)
    )
    for _ in range(6):
        raw = rng.integers(-127, 128, 300) * (rng.random(300) < density)
        pair.learn([int(v) for v in raw], int(rng.integers(2)))
    pair.restart()


@pytest.mark.parametrize("rounding", range(5))
@pytest.mark.parametrize("used", [12, 48])
def test_ties_and_exact_thresholds(rounding: int, used: int) -> None:
    """Products at a tie and accumulators at the threshold agree, packed and dense.

    Two rows at zero weights have error codes +-64: the products are +-64 x 128 x input,
    ties at inputs of +-4 for a shift of 16.
    """
    layer = plain.layer(2, 48, rate_mantissa=128, rate_shift=24, threshold=2)
    registers = plain.registers([layer], knots=np.zeros((1, 2, 65), np.int32))
    registers.sites[4] = plain.site(32, rounding)
    pair = Pair(registers)
    inputs = [(i * 5) % 17 - 8 if i < used else 0 for i in range(48)]
    for shift in (24, 23, 22, 24):
        pair.set_rate(0, 128, shift)
        pair.learn(inputs, 0)
    pair.restart()
    exact = Pair(registers)  # the largest accumulator of a row is the threshold itself
    exact.set_rate(0, 128, 22)
    exact.learn([i % 5 if i < used else 0 for i in range(48)], 0)


def test_worked_numbers() -> None:
    """SPEC 3.6 and 9.5: a pulse up and down again; 3400 at a threshold of 1000."""
    up_down = Pair(
        plain.registers([plain.layer(1, 1)], knots=np.full((1, 2, 65), 2**26, np.int32))
    )
    up_down.pulse(0, 0, 0, [[1]])
    assert 2**26 == up_down.core.peek("state", 0)[0, 0]
    up_down.pulse(0, 0, 0, [[-1]])
    assert 0 == up_down.core.peek("state", 0)[0, 0]


@pytest.mark.parametrize("band", [1, 60, 255])
def test_dead_bands(band: int) -> None:
    """Chips whose small output errors count as none agree too, both kinds of error."""
    for seed in range(8):
        registers = random_registers(seed)
        registers.error_deadband = band
        random_commands(Pair(registers), random.Random(seed), 8)


def fine_registers(rng: random.Random) -> SimpleNamespace:
    """Small weights behind gains so high that a unit of a line sum is seen."""
    layer = plain.layer(rng.randint(2, 6), rng.randint(2, 6), bias=rng.randrange(2))
    layer.verify_code = rng.choice([1, 2, 20])
    for way in ("gain", "back", "verify"):
        setattr(layer, f"{way}_mantissa", rng.choice([1, 1, 3]))
        setattr(layer, f"{way}_shift", rng.choice([0, 0, 1, 5]))
    registers = plain.registers(
        [layer],
        seed=rng.randrange(2**64),
        knots=np.full((1, 2, 65), 3 * 2**16, np.int32),
        d2d_common=20000,
        reference=rng.randrange(2),
        read_noise=rng.choice([0, 300]),
        read_shot=rng.choice([0, 2**16, 2**24, 2**24]),
        read_base=rng.randrange(2**13),
        line_limit=rng.choice([0, 0, 5]),
        adc_gain=rng.choice([0, 2**14, rng.randrange(2**14)]),
        adc_offset=rng.choice([0, rng.randrange(2**10)]),
    )
    registers.sites[1] = plain.site(14, rng.randrange(5))
    return registers


@pytest.mark.parametrize("seed", range(16))
def test_read_chain_to_the_last_unit(seed: int) -> None:
    """What noise, limits and converters round down agrees in units of a line sum."""
    rng = random.Random(seed)
    pair = Pair(fine_registers(rng))
    layer = pair.golden.layers[0]
    pair.pulse(0, 0, 0, [[rng.randint(-5, 5) for _ in layer.x] for _ in layer.y])
    for i in range(8):
        far = 1 if i % 2 else 40
        pair.forward(0, [rng.randint(-far, far) for _ in layer.x])
        pair.backward(0, [rng.randint(-far, far) for _ in layer.e])
        pair.read(0, 0, rng.randrange(layer.columns), rng.choice([1, 3]))


@pytest.mark.parametrize("code", [2030, 2047])
def test_the_largest_charge(code: int) -> None:
    """A backward read of 4096 lines at the ends of all ranges agrees in every bit.

    At 2047 the mean charge has 49 bits and the sum under the root 64 (SPEC 5.9, 21).
    """
    layer = plain.layer(4096, 1, rule=0, back_mantissa=129, back_shift=37)
    top = 2**31 - 1
    changes = {"read_noise": 2**24, "read_shot": 2**31 - 1, "read_base": 2**24}
    registers = plain.registers(
        [layer], reference=1, initial_state=top, lines_per_row_lfsr=4096, **changes
    )
    registers.sites[1].bits, registers.sites[3].bits = 14, 12
    Pair(registers).backward(0, [code] * 4096)


def test_narrowest_bounds() -> None:
    """Bounds of one unit are kept: a cell moves to it and stays there."""
    knots = np.full((1, 2, 65), 2**26, np.int32)
    pair = Pair(
        plain.registers([plain.layer(1, 2)], knots=knots, bound_low=-1, bound_high=1)
    )
    pair.pulse(0, 0, 0, [[3, -3]])
    assert [[1, -1]] == pair.core.peek("state", 0).tolist()
    pair.restart()
