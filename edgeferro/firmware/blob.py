"""The data of a firmware image: sections of a tag, a length and bytes (common/fw.h)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeferro.core.binding import words_of
from edgeferro.core.bus import clock_hertz
from edgeferro.core.enums import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["chip_sections", "pack", "target_section", "trim_section"]


def pack(sections: Mapping[str, Any]) -> bytes:
    """Put sections one after the other, little-endian, each 8-byte aligned.

    Args:
        sections: arrays or bytes by tag of four letters.
    """
    parts = []
    for tag, content in sections.items():
        data = content
        if isinstance(content, np.ndarray):
            data = np.ascontiguousarray(content).astype(content.dtype.newbyteorder("<"))
            data = data.tobytes()
        parts.append(struct.pack("<4sI", tag.encode(), len(data)))
        parts.append(data + bytes(-len(data) % 8))
    return b"".join(parts)


def chip_sections(registers: Any, clock_mhz: float) -> dict[str, Any]:
    """A chip as it comes out of the fab: its configuration, its digest, its tables."""
    words, digest = words_of(registers)
    numbers = (digest, clock_hertz(clock_mhz))
    halves = [half for n in numbers for half in (n & 0xFFFFFFFF, n >> 32)]
    head = np.array([len(words), *halves], np.uint32)
    sections: dict[str, Any] = {
        "CONF": np.concatenate([head, words]),
        "KNOT": np.asarray(registers.knots, np.int32),
    }
    if registers.exp_table is not None:
        sections["EXPT"] = np.asarray(registers.exp_table, np.uint16)
    if registers.adc_inl is not None:
        sections["INL_"] = np.asarray(registers.adc_inl, np.int16)
    tables = [
        struct.pack("<II", index, len(layer.activation))
        + np.concatenate([layer.activation, layer.slope]).astype("<i2").tobytes()
        for index, layer in enumerate(registers.layers)
        if layer.activation is not None
    ]
    if tables:
        sections["TABS"] = b"".join(tables)
    return sections


def trim_section(image: Any) -> dict[str, Any]:
    """How converters are trimmed before they are used; nothing where they are not."""
    if image.trim is None:
        return {}
    return {"TRIM": np.array([image.trim.reads, image.trim.code], np.uint32)}


def target_section(image: Any) -> np.ndarray:
    """What is programmed: of each layer the reference cells, then the weights."""
    parts = []
    for layer, targets in enumerate(image.targets):
        if image.registers.reference == REFERENCES["cell"]:
            parts.append(np.asarray(image.references[layer], np.int16).T.ravel())
        parts.append(np.asarray(targets, np.int16).T.ravel())
    return np.concatenate(parts)
