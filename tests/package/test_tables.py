"""Tables that the controller looks up: activations, slopes, the softmax."""

from __future__ import annotations

import numpy as np
import pytest

from edgeferro.errors import ConfigError
from edgeferro.mapping.activations import ACTIVATIONS
from edgeferro.mapping.lookup_tables import activation_table, exp_table

KINDS = sorted(ACTIVATIONS)


def formula(kind: str, a: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Return value, slope and steepest slope, written down anew."""
    sigmoid = 1 / (1 + np.exp(-a))
    inner = np.abs(a) < 2
    return {
        "identity": (a, np.ones_like(a), 1.0),
        "relu": (np.where(a > 0, a, 0.0), (a > 0) * 1.0, 1.0),
        "tanh": (np.tanh(a), np.cosh(a) ** -2.0, 1.0),
        "sigmoid": (sigmoid, sigmoid * (1 - sigmoid), 0.25),
        "hard-sigmoid": (np.clip(0.5 + a / 4, 0, 1), inner * 0.25, 0.25),
    }[kind]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("adc_bits", [4, 9, 12])
@pytest.mark.parametrize("bits", [2, 8, 9])
def test_tables_hold_the_function(kind: str, adc_bits: int, bits: int) -> None:
    """Each code and each slope is the formula's at its ADC code, within half a unit."""
    lsb = 8.0 / 2 ** (adc_bits - 1)
    found = activation_table(kind, adc_bits=adc_bits, lsb=lsb, bits=bits)
    codes = np.arange(2**adc_bits) - 2 ** (adc_bits - 1)
    value, slope, steepest = formula(kind, codes * lsb)
    assert (np.int16, np.int16) == (found.codes.dtype, found.slope.dtype)
    assert len(codes) == len(found.codes) == len(found.slope)
    assert steepest == pytest.approx(found.max_slope)
    assert 256 == found.slope.max()
    assert 0 <= found.slope.min()
    assert np.abs(found.codes * found.scale - value).max() <= found.scale * 0.5001
    assert np.abs(found.slope - slope / steepest * 256).max() <= 0.5001


@pytest.mark.parametrize("kind", KINDS)
def test_output_codes_fit_their_bits(kind: str) -> None:
    """Signed outputs have a sign bit; the range is used but for one code at most."""
    found = activation_table(kind, adc_bits=9, lsb=0.05, bits=8)
    top = 127 if kind in ("identity", "tanh") else 255
    assert top == found.top_code
    assert top - 1 <= found.codes.max() <= top
    assert (-top if top == 127 else 0) <= found.codes.min()


def test_wide_converters_share_entries() -> None:
    """SPEC 6.2: above 12 bits the table has 4096 entries, of four codes at 14 bits."""
    found = activation_table("identity", adc_bits=14, lsb=1.0, bits=9)
    assert 4096 == len(found.codes) == len(found.slope)
    wanted = (np.arange(4096) - 2048) * 4 + 1.5
    error = np.abs(found.codes * found.scale - wanted)
    assert error.max() <= 0.5 * found.scale + 1.5


def test_unknown_activation() -> None:
    """An unknown activation is refused with those that are known."""
    with pytest.raises(ConfigError, match=r"activation: 'gelu' is not one of identity"):
        activation_table("gelu", adc_bits=9, lsb=0.1, bits=8)


@pytest.mark.parametrize(
    ("lsb", "said"),
    [(0.0, "0.0 per ADC code is not above 0"), (20.0, "20 per ADC code is too coarse")],
)
def test_useless_tables_are_refused(lsb: float, said: str) -> None:
    """A table that is saturated at every entry has no slope to learn by."""
    with pytest.raises(ConfigError, match=said):
        activation_table("tanh", adc_bits=14, lsb=lsb, bits=8)


@pytest.mark.parametrize("adc_bits", [4, 8, 9, 12, 14])
@pytest.mark.parametrize("lsb", [1e-4, 0.01, 0.05, 1.0])
def test_softmax_table(adc_bits: int, lsb: float) -> None:
    """exp(-k 2^shift lsb) in Q0.16, first 65535, not increasing (the core's wish)."""
    table, shift = exp_table(lsb, adc_bits)
    assert (np.uint16, (256,)) == (table.dtype, table.shape)
    wanted = 65535 * np.exp(-np.arange(256) * 2.0**shift * lsb)
    assert np.abs(table - wanted).max() <= 0.5001
    assert 65535 == table[0]
    assert (np.diff(table.astype(int)) <= 0).all()
    assert 0 <= shift <= 8


@pytest.mark.parametrize("adc_bits", [4, 8, 9, 12, 14])
@pytest.mark.parametrize("lsb", [1e-4, 0.01, 0.05, 1.0])
def test_softmax_table_reaches_far_enough(adc_bits: int, lsb: float) -> None:
    """Its last entry is beyond the largest distance, or below exp(-11)."""
    table, shift = exp_table(lsb, adc_bits)
    reach = 255 << shift
    assert reach >= (1 << adc_bits) - (1 << shift) or table[-1] <= 2
