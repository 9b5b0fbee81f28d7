"""SPEC 17.3: what rest does to cells."""

from __future__ import annotations

from decimal import Decimal, getcontext
from math import isqrt
from typing import Any

from golden.arithmetic import ZERO, Site, clamp, round_shift
from golden.randomness import draw, noise

getcontext().prec = 40


def kept(seconds: int, half_life: int) -> int:
    """SPEC 17.3: part of a distance that is left, Q0.30."""
    part, left = seconds % half_life * 2**16 // half_life, 2**30
    for i in range(1, 17):
        if part >> (16 - i) & 1:
            root = Decimal(2) ** (-(Decimal(2) ** -i))
            left = left * int((root * 2**30).to_integral_value()) >> 30
    return left >> seconds // half_life


def rest(chip: Any, seconds: int) -> None:
    """Every cell of every plane."""
    c, root = chip.config, isqrt(seconds * 2**16)
    for layer in chip.layers:
        for plane in layer.planes:
            for cell in range(layer.rows * layer.columns):
                row, column = divmod(cell, layer.columns)
                s = plane.states[row][column]
                if c.retention_s:
                    away = (s - c.retention_level) * kept(seconds, c.retention_s)
                    s = c.retention_level + round_shift(away, 30, ZERO)
                if c.drift:
                    drawn = noise(draw(plane.drift_key, cell * 2**32 + chip.rests))
                    s += drawn * c.drift * root >> 8
                plane.states[row][column] = clamp(s, *plane.bounds(row, column))
        for row in range(layer.rows):
            for column in range(layer.columns):
                chip.refresh(layer, row, column, Site())
    chip.rests += 1
    chip.tally.add("idle", rest_s=seconds)
