"""SPEC 2: counter-based noise and shift registers."""

from __future__ import annotations

MASK = 2**64 - 1


def mix(z: int) -> int:
    """SPEC 2.1."""
    z ^= z >> 30
    z = z * 0xBF58476D1CE4E5B9 & MASK
    z ^= z >> 27
    z = z * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


def draw(key: int, index: int) -> int:
    """SPEC 2.2."""
    return mix((key + (index + 1) * 0x9E3779B97F4A7C15) & MASK)


def key(seed: int, stream: int, layer: int) -> int:
    """SPEC 2.3."""
    return draw(draw(seed, stream), layer)


def noise(bits: int) -> int:
    """SPEC 2.4."""
    return sum(bits.to_bytes(8, "little")) - 1020


def step(state: int) -> int:
    """SPEC 2.5: one step of the register."""
    bit = (state ^ state >> 1 ^ state >> 2 ^ state >> 22) & 1
    return state >> 1 | bit << 31


def leap(state: int) -> tuple[int, int]:
    """SPEC 2.5: eight steps; the new state and the leap's byte."""
    for _ in range(8):
        state = step(state)
    return state, state >> 24


def seed_of(lane: int, group: int) -> int:
    """SPEC 2.5: the low 32 bits of a draw, or 1."""
    return draw(lane, group) & 0xFFFFFFFF or 1
