"""The data of a firmware image: sections of a tag, a length and bytes (common/fw.h)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeferro.core.binding import words_of
from edgeferro.core.bus import clock_hertz

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["bring_up_sections", "chip_sections", "pack", "target_section"]


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


def chip_sections(registers: Any, clock_mhz: float = 10.0) -> dict[str, Any]:
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


def bring_up_sections(image: Any) -> dict[str, Any]:
    """How converters are trimmed and symmetry points are looked for, where they are."""
    found: dict[str, Any] = {}
    if image.trim is not None:
        found["TRIM"] = np.array([image.trim.reads, image.trim.code], np.uint32)
    if image.calibrations is not None:
        how = image.calibrations[0]
        numbers = [how.pulse_class, how.reads, how.quads, how.windows]
        numbers += [how.tolerance, how.probe, how.limit]
        for each, layer in zip(image.calibrations, image.registers.layers, strict=True):
            numbers += [each.mantissa, each.shift, int(layer.verify_code)]
        found["CALB"] = np.array(numbers, np.uint32)
    return found


def target_section(image: Any) -> np.ndarray:
    """What is written: of each layer the reference, if it has one, then the weights."""
    parts = []
    for layer, targets in enumerate(image.targets):
        if image.references is not None:
            parts.append(np.asarray(image.references[layer], np.int16).T.ravel())
        parts.append(np.asarray(targets, np.int16).T.ravel())
    return np.concatenate(parts)
