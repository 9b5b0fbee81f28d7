"""Tables that the controller looks up: activations, their slopes, the softmax."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeferro.errors import ConfigError, DataError
from edgeferro.mapping.activations import find_activation

__all__ = ["ActivationTable", "activation_table", "exp_table", "own_table"]

_TABLE_BITS = 12  # SPEC 6.2: wider ADC codes drop their low bits
_SLOPE_ONE = 256  # Q7.8


@dataclass(frozen=True, eq=False)
class ActivationTable:
    """One layer's activation, as the chip holds it.

    Attributes:
        codes: int16 (entries,), output code of each ADC code.
        slope: int16 (entries,), Q7.8, 256 for the steepest place.
        max_slope: slope that 256 stands for, output per pre-activation.
        scale: value of one output code.
        top_code: largest output code.
    """

    codes: np.ndarray
    slope: np.ndarray
    max_slope: float
    scale: float
    top_code: int


def activation_table(
    kind: str, *, adc_bits: int, lsb: float, bits: int
) -> ActivationTable:
    """Tabulate an activation over all ADC codes.

    Args:
        kind: a key of :data:`~edgeferro.activations.ACTIVATIONS`.
        adc_bits: width of the ADC code, 4..14.
        lsb: pre-activation of one ADC code, above 0.
        bits: of the output code, 2..9, the sign included where there is one.

    Raises:
        ConfigError: an unknown kind, or an lsb at which the table says nothing.
    """
    found = find_activation(kind)
    if not (math.isfinite(lsb) and lsb > 0.0):
        message = f"activation {kind}: {lsb} per ADC code is not above 0"
        raise ConfigError(message)
    dropped = max(0, adc_bits - _TABLE_BITS)
    entries = 1 << (adc_bits - dropped)
    middle = (1 << dropped) / 2 - 0.5  # of the codes that share an entry
    codes = (np.arange(entries) - entries // 2) * (1 << dropped) + middle
    values = found.function(codes * lsb)
    top_code = (1 << (bits - int(found.signed))) - 1
    largest = found.limit if found.limit is not None else (1 << (adc_bits - 1)) * lsb
    scale = largest / top_code
    outputs = np.clip(np.rint(values / scale), -top_code, top_code)
    slopes = found.slope(values)
    steepest = float(slopes.max())
    if steepest <= 0.0:
        message = (
            f"activation {kind}: {lsb:g} per ADC code is too coarse; every entry of "
            f"the table is saturated"
        )
        raise ConfigError(message)
    return ActivationTable(
        codes=outputs.astype(np.int16),
        slope=np.rint(slopes / steepest * _SLOPE_ONE).astype(np.int16),
        max_slope=steepest,
        scale=float(scale),
        top_code=top_code,
    )


def own_table(values: Any, name: str, *, adc_bits: int, largest: int) -> np.ndarray:
    """Take a table of somebody's own: one whole number an entry (SPEC 6.4).

    Args:
        values: 2^min(adc_bits, 12) integers, that of the lowest ADC code first.
        name: what the caller calls it.
        adc_bits: width of the ADC code.
        largest: magnitude that an entry may have.

    Raises:
        DataError: another number of entries, no integers, or one beyond ``largest``.
    """
    found = np.asarray(values)
    entries = 1 << min(adc_bits, _TABLE_BITS)
    if found.shape != (entries,):
        message = (
            f"{name}: shape {found.shape} is not ({entries},), one entry an ADC code"
        )
        raise DataError(message)
    if found.dtype.kind not in "iu":
        message = f"{name}: dtype {found.dtype} is not an integer type"
        raise DataError(message)
    bad = np.flatnonzero((found < -largest) | (found > largest))
    if len(bad):
        message = f"{name}[{bad[0]}]: {found[bad[0]]} is not in {-largest}..{largest}"
        raise DataError(message)
    return found.astype(np.int16)


def exp_table(lsb: float, adc_bits: int) -> tuple[np.ndarray, int]:
    """Tabulate exp(-distance) for the softmax (SPEC 7.1).

    Args:
        lsb: logit of one ADC code, above 0.
        adc_bits: width of the ADC code; distances reach 2^adc_bits - 1.

    Returns:
        uint16 (256,), Q0.16, the first 65535; and the shift from distance to entry,
        the smallest at which 256 entries reach either all distances or exp(-11).
    """
    shift = 0
    while shift < max(0, adc_bits - 8) and 255 * (1 << shift) * lsb < 11.0:
        shift += 1
    steps = np.arange(256) * (1 << shift)
    values = np.array([math.exp(-lsb * float(step)) for step in steps])
    return np.rint(65535 * values).astype(np.uint16), shift
