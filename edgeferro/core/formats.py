"""Fixed-point values at the edge of the chip: integers with their format.

Codes are numpy integers everywhere in edgeferro; a :class:`Format` says what one unit
is worth. Who prefers objects can pass and ask for ``fxpmath.Fxp``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from edgeferro.core.arguments import whole_number
from edgeferro.errors import DataError

__all__ = ["WEIGHT_FORMAT", "Format", "as_codes"]

_BITS_MOST: Final = 64  # of a code in NumPy


@dataclass(frozen=True)
class Format:
    """A fixed-point format: value = code x 2^-fraction_bits.

    Attributes:
        bits: width, 1..64, the sign bit included.
        fraction_bits: position of the point, -64..64; may exceed ``bits``.
        signed: two's complement if true.

    Raises:
        ConfigError: a width or a position out of range.
    """

    bits: int
    fraction_bits: int
    signed: bool = True

    def __post_init__(self) -> None:
        """Refuse a width that no code has."""
        whole_number(self.bits, "bits", 1, _BITS_MOST)
        whole_number(self.fraction_bits, "fraction_bits", -_BITS_MOST, _BITS_MOST)

    @property
    def low(self) -> int:
        """Smallest code."""
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        """Largest code."""
        return (1 << (self.bits - int(self.signed))) - 1

    @property
    def lsb(self) -> float:
        """Value of one unit."""
        return float(2.0**-self.fraction_bits)

    def __str__(self) -> str:
        """Write the format as s8.7 or u8.7: sign, width, fraction bits."""
        return f"{'s' if self.signed else 'u'}{self.bits}.{self.fraction_bits}"

    def to_float(self, codes: np.ndarray) -> np.ndarray:
        """Return the values of codes as float64."""
        return np.asarray(codes, np.float64) * self.lsb

    def quantize(self, values: Any, name: str = "values") -> np.ndarray:
        """Round finite real values to codes: nearest, ties to even, saturating.

        Raises:
            DataError: a value is NaN or infinite.
        """
        real = np.asarray(values, np.float64)
        if not np.isfinite(real).all():
            index = np.argwhere(~np.isfinite(real))[0].tolist()
            message = f"{name}{index}: NaN or infinity is not a finite number"
            raise DataError(message)
        scaled = np.rint(np.ldexp(real, self.fraction_bits))
        return np.clip(scaled, self.low, self.high).astype(np.int64)

    def to_fxp(self, codes: np.ndarray) -> Any:
        """Return codes as an ``fxpmath.Fxp`` of this format."""
        import fxpmath

        make: Any = fxpmath.Fxp  # type: ignore[attr-defined]
        return make(
            np.asarray(codes, np.int64),
            signed=self.signed,
            n_word=self.bits,
            n_frac=self.fraction_bits,
            raw=True,
        )


WEIGHT_FORMAT = Format(16, 15)


def _fxp_codes(values: Any, fmt: Format, name: str) -> np.ndarray:
    """Take the raw integers of an Fxp whose format is the one asked for."""
    found = Format(int(values.n_word), int(values.n_frac), bool(values.signed))
    if found != fmt:
        message = f"{name}: Fxp format {found} is not {fmt}"
        raise DataError(message)
    return np.asarray(values.val)


def as_codes(values: Any, fmt: Format, name: str, dtype: Any = np.int16) -> np.ndarray:
    """Take integers (or an Fxp) of a format as a C-contiguous array of ``dtype``.

    Args:
        values: array-like of integers within the format, or ``fxpmath.Fxp``.
        fmt: the format the chip expects.
        name: what the caller calls it, for messages.
        dtype: of the result.

    Raises:
        DataError: not integers, outside the format, or an Fxp of another format.
    """
    if hasattr(values, "n_word"):
        codes = _fxp_codes(values, fmt, name)
    else:
        codes = np.asarray(values)
    if codes.dtype.kind not in "iu":
        message = (
            f"{name}: dtype {codes.dtype} is not an integer type "
            f"(codes of format {fmt}, {fmt.low}..{fmt.high})"
        )
        raise DataError(message)
    if codes.size and (codes.min() < fmt.low or codes.max() > fmt.high):
        outside = (codes < fmt.low) | (codes > fmt.high)
        index = np.argwhere(outside)[0].tolist()
        value = codes[tuple(index)]
        message = f"{name}{index}: {value} is not in {fmt.low}..{fmt.high} ({fmt})"
        raise DataError(message)
    return np.ascontiguousarray(codes, dtype)
