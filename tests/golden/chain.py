"""SPEC 5.9 to 5.11: noise, clipping and converters that err."""

from __future__ import annotations

from math import isqrt
from typing import Any, NamedTuple

from golden.arithmetic import clamp
from golden.randomness import draw, key, noise


class Read(NamedTuple):
    """What one read adds to READ_CHARGE and READ_CODES, and its lines."""

    charge: int
    codes: int
    lines: int


def noise_size(chip: Any, read: Read) -> int:
    """SPEC 5.9: S of one read."""
    c = chip.config
    mean = (read.charge + c.read_base * read.codes) // read.lines
    return isqrt(c.read_noise**2 + mean * c.read_shot // 2**16)


def add_noise(total: int, size: int, lane: int, index: int) -> int:
    """SPEC 5.9: a line's sum with its noise."""
    return total + (noise(draw(lane, index)) * size >> 8)


def clipped(chip: Any, total: int) -> int:
    """SPEC 5.10."""
    limit = chip.config.line_limit * 2**8
    return clamp(total, -limit, limit) if limit else total


class Converters:
    """SPEC 5.11: the converters at the ends of one layer's rows, or columns."""

    def __init__(self, config: Any, stream: int, layer: int, count: int) -> None:
        self.gain, self.offset = config.adc_gain, config.adc_offset
        lane = key(config.seed, stream, layer)
        self.units = [
            [
                clamp((noise(draw(lane, 2 * i + j)) * 39 + 128) >> 8, -127, 127)
                for j in (0, 1)
            ]
            for i in range(count)
        ]

    def scaled(self, line: int, value: int, n: int) -> int:
        """A scaled sum, before it is shifted by n, with the errors of its converter."""
        if self.gain == self.offset == 0:
            return value
        slope, constant = self.units[line]
        steep = (value >> 8) * (slope * self.gain >> 8) >> 8
        away, m = constant * self.offset, n - 12
        return value + steep + (away * 2**m if m >= 0 else away >> -m)
