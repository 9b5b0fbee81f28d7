"""SPEC 5.9 to 5.11: noise, clipping, converters that err and are trimmed."""

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
    """SPEC 5.11, 5.12: the converters at the ends of one layer's rows, or inputs."""

    def __init__(self, config: Any, stream: int, layer: int, count: int) -> None:
        self.config = config
        lane = key(config.seed, stream, layer)
        self.units = [
            [
                clamp((noise(draw(lane, 2 * i + j)) * 39 + 128) >> 8, -127, 127)
                for j in (0, 1)
            ]
            for i in range(count)
        ]
        self.trims = [[0, 0] for _ in range(count)]

    def scaled(self, line: int, value: int, n: int) -> int:
        """A scaled sum, before it is shifted by n, with the errors of its converter."""
        c, q, t = self.config, self.units[line], self.trims[line]
        slope = q[0] * c.adc_gain + t[0] * c.trim_gain >> 8
        away = q[1] * c.adc_offset + t[1] * c.trim_offset
        value += ((value >> 8) * slope >> 8) + shift(away, n - 12)
        if c.adc_inl is None:
            return value
        return value + shift(bend(c, shift(value, 8 - n)), n - 8)


def shift(value: int, m: int) -> int:
    """SPEC 5.11: times 2^m, floored."""
    return value * 2**m if m >= 0 else value >> -m


def bend(config: Any, place: int) -> int:
    """SPEC 5.11: what all converters add at a place on their scale, both in Q.8."""
    bits, knots = config.sites[1].bits, config.adc_inl
    p = clamp(place + 2 ** (bits + 7), 0, 2 ** (bits + 8) - 1)
    i, f = divmod(p, 2 ** (bits + 2))
    here, after = int(knots[i]), int(knots[i + 1])
    return here + ((after - here) * f >> (bits + 2))
