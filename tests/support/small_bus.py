"""A small chip behind its bus, opened for tests, and what they do to it."""

from __future__ import annotations

from typing import Any

import plain

from edgeferro.core.bus import Bus
from edgeferro.core.register_map import REGISTERS

SAMPLE = [10, -20, 127, 40]


HARNESS_KEY, UNLOCK_KEY = 0x454D554C, 0xEF10C4ED


def registers(**changes: Any) -> Any:
    """Two layers of mixed precision, with reference cells, noise, and trims."""
    wide = {"bias": 1, "threshold": 1 << 20}
    layers = [plain.layer(3, 4, **wide), plain.layer(2, 3, **wide)]
    errors = {"adc_gain": 500, "adc_offset": 200}
    trims = {"trim_gain": 800, "trim_offset": 300}
    fields = {"c2c": [2007] * 16, **errors, **trims, **changes}
    return plain.registers(layers, reference=1, **fields)


def bus(**changes: Any) -> Bus:
    """The chip, enabled."""
    found = Bus(registers(**changes))
    found.write("CONTROL", 1)
    found.write("HARNESS_KEY", HARNESS_KEY)
    return found


def unlock(chip: Bus) -> None:
    """Let APPLY through."""
    chip.write("UNLOCK", UNLOCK_KEY)
    chip.write("LOCK", 0)


def push(chip: Bus, codes: list[int]) -> None:
    """Write input codes."""
    for code in codes:
        chip.write("SAMPLE", code & 0xFFFFFFFF)


def write(chip: Bus, name: str, value: int) -> list[str]:
    """A write that is refused; returns the error bits."""
    assert not chip.access_write(REGISTERS[name].address, value)
    return chip.errors()


def run(chip: Bus, opcode: int) -> list[str]:
    """A command, refused at once or when its turn comes; returns the error bits."""
    chip.access_write(REGISTERS["COMMAND"].address, opcode)
    chip.advance(10**6)
    return chip.errors()
