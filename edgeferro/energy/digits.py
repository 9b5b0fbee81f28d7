"""How a number is written for people: three digits, no exponent."""

from __future__ import annotations

import math

__all__ = ["digits"]


def digits(value: float) -> str:
    """Three digits without an exponent, thousands apart."""
    if value == 0.0:
        return "0"
    if math.isinf(value):
        return "for ever"
    rounded = float(f"{value:.3g}")  # 999.6 has one digit more, rounded
    places = 2 - math.floor(math.log10(abs(rounded)) + 1e-12)
    return f"{rounded:,.{min(max(0, places), 15)}f}"
