"""What crosses between Python and the C core: arrays, registers, errors.

With ``emulator``, ``bus``, ``enums``, ``views`` and ``symmetry`` all that touches the
extension.
"""

from __future__ import annotations

from dataclasses import make_dataclass
from typing import Any, Final

import numpy as np

from edgeferro._core import ffi, lib
from edgeferro.errors import ConfigError, DataError, SnapshotError, StateError

__all__ = [
    "allocate",
    "check",
    "configure",
    "fault_text",
    "fill",
    "pointer",
    "setting_fields",
    "text_of",
    "words_of",
]

_ERRORS: Final = {
    lib.EF_ERROR_CONFIG: ConfigError,
    lib.EF_ERROR_RANGE: DataError,
    lib.EF_ERROR_INDEX: DataError,
    lib.EF_ERROR_TRACE: DataError,
    lib.EF_ERROR_SNAPSHOT: SnapshotError,
    lib.EF_ERROR_VERSION: SnapshotError,
    lib.EF_ERROR_CHIP: SnapshotError,
}


def text_of(pointer: Any) -> str:
    """Text of a C string."""
    return str(ffi.string(pointer), "ascii")


def check(status: int, what: str) -> None:
    """Turn a status of the core into an exception that keeps it as ``status``."""
    if status == lib.EF_OK:
        return
    kind = _ERRORS.get(status, StateError)
    error = kind(f"{what}: {text_of(lib.ef_status_text(status))}")
    error.status = status
    raise error


def pointer(
    ctype: str, array: np.ndarray, name: str, dtype: Any, shape: tuple[int, ...]
) -> Any:
    """Give the core an array without a copy, or say what is wrong with it."""
    if not isinstance(array, np.ndarray) or array.dtype != np.dtype(dtype):
        found = getattr(array, "dtype", type(array).__name__)
        message = f"{name}: dtype {found} is not {np.dtype(dtype)}"
        raise DataError(message)
    if array.shape != shape:
        message = f"{name}: shape {array.shape} is not {shape}"
        raise DataError(message)
    if not array.flags.c_contiguous:
        message = f"{name}: not C-contiguous (use numpy.ascontiguousarray)"
        raise DataError(message)
    return ffi.from_buffer(ctype, array)


def fill(record: Any, values: Any, keep: list[Any]) -> None:
    """Copy a register dataclass into the C struct of the same field names."""
    for name, field in ffi.typeof(record).fields:
        kind = field.type.kind
        if kind == "struct":  # embedded: its fields stand among the others
            fill(getattr(record, name), values, keep)
            continue
        value = getattr(values, name)
        if kind == "pointer":
            if value is None:
                continue
            array = np.ascontiguousarray(
                value, field.type.item.cname.removesuffix("_t")
            )
            keep.append(array)
            setattr(record, name, ffi.cast(field.type, ffi.from_buffer(array)))
        elif kind == "array" and field.type.item.kind == "struct":
            for target, source in zip(getattr(record, name), value, strict=False):
                fill(target, source, keep)
        elif kind == "array":
            target = getattr(record, name)
            for i, item in enumerate(value):
                target[i] = int(item)
        else:
            setattr(record, name, int(value))


def fault_text(fault: Any) -> str:
    """Say which register is out of which range."""
    name = text_of(lib.ef_field_name(fault.field))
    where = name if fault.index < 0 else f"{name}[{fault.index}]"
    return f"{where}: {fault.value} is not in {fault.low}..{fault.high}"


def configure(registers: Any) -> tuple[int, Any, list[Any]]:
    """Check registers.

    Returns:
        bytes that their chip needs; ``struct ef_config``; and what must outlive it.

    Raises:
        ConfigError: a register is out of range; names it, the value and the range.
    """
    keep: list[Any] = []
    config = ffi.new("struct ef_config *")
    try:
        fill(config[0], registers, keep)
    except OverflowError as error:
        message = f"register does not fit its width: {error}"
        raise ConfigError(message) from None
    fault = ffi.new("struct ef_fault *")
    size = ffi.new("uint64_t *")
    status = lib.ef_block_size(size, fault, config)
    if status == lib.EF_ERROR_CONFIG:
        raise ConfigError(fault_text(fault))
    check(status, "chip")
    return int(size[0]), config, keep


def allocate(registers: Any) -> tuple[np.ndarray, Any, list[Any]]:
    """Check registers and make room for their chip.

    Returns:
        the block, aligned; ``struct ef_config``; and what must outlive it.

    Raises:
        ConfigError: a register is out of range; names it, the value and the range.
    """
    size, config, keep = configure(registers)
    raw = np.empty(size + lib.EF_ALIGNMENT, np.uint8)
    skip = -raw.ctypes.data % lib.EF_ALIGNMENT
    return raw[skip : skip + size], config, keep


def words_of(registers: Any) -> tuple[np.ndarray, int]:
    """Registers without their tables as uint32 words, and their digest (SPEC 13.1).

    Raises:
        ConfigError: a register is out of range; names it, the value and the range.
    """
    _, config, _keep = configure(registers)
    words = np.zeros(lib.ef_config_words(len(registers.layers)), np.uint32)
    target = ffi.from_buffer("uint32_t[]", words)
    check(lib.ef_config_to_words(target, len(words), config), "chip")
    return words, int(lib.ef_config_digest(config))


def setting_fields(name: str, struct: str) -> Any:
    """Make a dataclass with the numbers of a C structure, each at 0.

    Arrays of numbers are tuples; what holds structures or pointers is left out.

    Args:
        name: of the class.
        struct: as in C, 'struct ef_settings'.
    """
    fields: list[tuple[str, Any, Any]] = []
    for field, member in ffi.typeof(struct).fields:
        kind = member.type
        if kind.kind == "primitive":
            fields.append((field, int, 0))
        elif kind.kind == "array" and kind.item.kind == "primitive":
            fields.append((field, tuple[int, ...], (0,) * kind.length))
    return make_dataclass(name, fields, frozen=True, eq=False)
