"""Three read chains: without noise, with noise as it is stated, and by charge."""

from __future__ import annotations

from typing import Final

__all__ = ["CHARGE", "ERRORS", "NOISES", "STATED"]

STATED: Final = {"read_noise": 3000}
# About as much noise by charge, clipping at the converters' range.
CHARGE: Final = {
    "read_noise": 500,
    "read_shot": 1600,
    "read_base": 65535 // 15,
    "line_limit": 1 << 17,
}
# Standard deviations of 1 % of the gain and of one code.
ERRORS: Final = {
    "adc_gain": round(0.01 * 2**24 / 31.843),
    "adc_offset": round(2**12 / 31.843),
}
NOISES: Final[dict[str, dict[str, int]]] = {
    "no noise": {},
    "noise as stated": STATED,
    "noise by charge": CHARGE | ERRORS,
}
