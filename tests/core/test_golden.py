"""The golden model itself, against exact fractions, fxpmath and apytypes."""

from __future__ import annotations

import random

import numpy as np
import pytest
from apytypes import APyFixed, OverflowMode, QuantizationMode
from fxpmath import Fxp
from golden import arithmetic, randomness
from golden.arithmetic import AWAY, EVEN, FLOOR, UP, ZERO, Site, round_shift

HALVES = [-5, -3, -1, 1, 3, 5]  # halves: -2.5 .. 2.5
HALVES_BY_MODE = {
    FLOOR: [-3, -2, -1, 0, 1, 2],
    ZERO: [-2, -1, 0, 0, 1, 2],
    UP: [-2, -1, 0, 1, 2, 3],
    EVEN: [-2, -2, 0, 0, 2, 2],
    AWAY: [-3, -2, -1, 1, 2, 3],
}
FXPMATH = {
    FLOOR: "floor",
    ZERO: "trunc",
    UP: "nearest_posinf",
    EVEN: "around",
    AWAY: "nearest_away",
}
APYTYPES = {
    FLOOR: QuantizationMode.TRN,
    ZERO: QuantizationMode.TRN_ZERO,
    UP: QuantizationMode.RND,
    EVEN: QuantizationMode.RND_CONV,
    AWAY: QuantizationMode.RND_INF,
}


def values(count: int, bits: int) -> list[tuple[int, int]]:
    """Random values with shifts, ties and their neighbours among them."""
    rng = random.Random(count)
    found = []
    for _ in range(count):
        n = rng.randrange(1, bits - 1)
        value = rng.randrange(-(2 ** (bits - 1)), 2 ** (bits - 1))
        if rng.random() < 0.5:  # a tie, or beside it
            value = (value >> n << n) + 2 ** (n - 1) + rng.choice([-1, 0, 0, 1])
        found.append((min(value, 2 ** (bits - 1) - 1), n))
    return found


@pytest.mark.parametrize("mode", HALVES_BY_MODE)
def test_halves(mode: int) -> None:
    """-2.5 to 2.5 round as the table says, in every mode."""
    assert HALVES_BY_MODE[mode] == [round_shift(v, 1, mode) for v in HALVES]


def test_negative_fraction() -> None:
    """-2046.3867 goes to -2046 toward zero and to -2047 down."""
    value = round(-2046.3867 * 2**16)
    assert -2046 == round_shift(value, 16, ZERO)
    assert -2047 == round_shift(value, 16, FLOOR)


@pytest.mark.parametrize("mode", FXPMATH)
def test_against_fxpmath(mode: int) -> None:
    """Rounding and saturation are fxpmath's, for values that it holds exactly."""
    for value, n in values(300, 40):
        exact = Fxp(value, True, 40, n, raw=True)
        rounded = Fxp(exact, True, 40, 0, rounding=FXPMATH[mode])
        assert int(rounded.val) == round_shift(value, n, mode)
        small = Fxp(exact, True, 9, 0, rounding=FXPMATH[mode], overflow="saturate")
        expected = Site().narrow(round_shift(value, n, mode), -256, 255)
        assert int(small.val) == expected


@pytest.mark.parametrize("mode", APYTYPES)
def test_against_apytypes(mode: int) -> None:
    """Rounding, saturation and wrap are those of apytypes, up to 60 bits."""
    for value, n in values(500, 60):
        exact = APyFixed(value, int_bits=60 - n, frac_bits=n)
        for low_bits, overflow, kind in (
            (60, OverflowMode.SAT, arithmetic.SATURATE),
            (9, OverflowMode.SAT, arithmetic.SATURATE),
            (9, OverflowMode.WRAP, arithmetic.WRAP),
        ):
            cast = exact.cast(low_bits, 0, APYTYPES[mode], overflow)
            raw = cast.to_bits()
            found = raw - 2**low_bits if raw >> (low_bits - 1) else raw
            ends = arithmetic.signed(low_bits)
            assert found == Site().narrow(round_shift(value, n, mode), *ends, kind)


def test_sites_count() -> None:
    """A site counts what it cuts and keeps the largest result."""
    site = Site()
    assert [7, 7, -8, 3] == [site.narrow(v, -8, 7) for v in (7, 8, -9, 3)]
    assert (2, 8) == (site.saturated, site.peak)


def times(a: int, b: int, polynomial: int) -> int:
    """Product of polynomials over GF(2), modulo one of degree 32."""
    found = 0
    while b:
        if b & 1:
            found ^= a
        a <<= 1
        if a >> 32:
            a ^= polynomial
        b >>= 1
    return found


def power(exponent: int, polynomial: int) -> int:
    """X to a power."""
    found, base = 1, 2
    while exponent:
        if exponent & 1:
            found = times(found, base, polynomial)
        base = times(base, base, polynomial)
        exponent >>= 1
    return found


def test_polynomial_is_primitive() -> None:
    """X has order 2^32 - 1 modulo x^32 + x^22 + x^2 + x + 1."""
    polynomial = 1 << 32 | 1 << 22 | 0b111
    order = 2**32 - 1
    assert 1 == power(order, polynomial)
    for prime in (3, 5, 17, 257, 65537):
        assert 1 != power(order // prime, polynomial)


def test_first_numbers() -> None:
    """SPEC 2.2 and 2.5: the first draw and the first leap."""
    assert 0xE220A8397B1DCDAF == randomness.draw(0, 0)
    assert (0x01000000, 1) == randomness.leap(1)


def test_noise_moments_are_exact() -> None:
    """SPEC 2.4: the sum of eight bytes has mean 0 and variance 43690."""
    bytes_ = [1] * 256
    counts = [1]
    for _ in range(8):
        counts = [int(v) for v in np.convolve(np.array(counts, object), bytes_)]
    total = sum(counts)
    assert 256**8 == total
    mean = sum((i - 1020) * n for i, n in enumerate(counts))
    assert 0 == mean
    assert 43690 * total == sum((i - 1020) ** 2 * n for i, n in enumerate(counts))
