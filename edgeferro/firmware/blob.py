"""The data of a firmware image: sections of a tag, a length and bytes (common/fw.h)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["chip_sections", "pack", "target_section"]

_MASK: Final = 0xFFFFFFFF
_HEAD: Final = (
    "layer_count reference both_sides input_signed error_kind target_low target_high"
).split()
_RULES: Final = (
    "train_length train_bits train_managed pulse_limit excess class_count "
    "transfer_every lines_per_row_lfsr lines_per_column_lfsr lanes program_tolerance "
    "program_iterations program_limit program_reads program_mantissa program_shift "
    "exp_shift reserved"
).split()
_DEVICE: Final = (
    "initial_state bound_low bound_high bound_spread d2d_common d2d_asymmetry "
    "read_noise read_ns gap_ns stuck_low stuck_high fatigue imprint wear_onset disturb "
    "drift retention_s retention_level"
).split()
_CLASSES: Final = ("c2c", "c2c_additive", "width_ns")
_LAYER: Final = (
    "rows inputs bias rule pulse_class program_class bias_code verify_code "
    "gain_mantissa gain_shift back_mantissa back_shift verify_mantissa verify_shift "
    "rate_mantissa rate_shift threshold"
).split()


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


def chip_sections(registers: Any) -> dict[str, Any]:
    """A chip as it comes out of the fab: struct ef_config in order, and its tables."""
    words = [registers.seed & _MASK, registers.seed >> 32]
    words += [getattr(registers, name) for name in _HEAD]
    for site in registers.sites:
        words += [site.bits, site.rounding, site.overflow, site.shift]
    words += [getattr(registers, name) for name in (*_RULES, *_DEVICE)]
    for name in _CLASSES:
        values = list(getattr(registers, name))
        words += values + [0] * (16 - len(values))
    for layer in registers.layers:
        words += [getattr(layer, name) for name in _LAYER]
    numbers = np.array([int(word) & _MASK for word in words], np.uint32)
    sections: dict[str, Any] = {
        "CONF": numbers,
        "KNOT": np.asarray(registers.knots, np.int32),
    }
    if registers.exp_table is not None:
        sections["EXPT"] = np.asarray(registers.exp_table, np.uint16)
    for index, layer in enumerate(registers.layers):
        if layer.activation is not None:
            sections[f"ACT{index}"] = np.asarray(layer.activation, np.int16)
            sections[f"SLO{index}"] = np.asarray(layer.slope, np.int16)
    return sections


def target_section(image: Any) -> np.ndarray:
    """What is programmed: of each layer the reference cells, then the weights."""
    parts = []
    for layer, targets in enumerate(image.targets):
        if image.registers.reference == 1:
            parts.append(np.asarray(image.references[layer], np.int16).T.ravel())
        parts.append(np.asarray(targets, np.int16).T.ravel())
    return np.concatenate(parts)
