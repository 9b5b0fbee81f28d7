"""Registers and set-up as plain values and arrays, and back, each of them judged."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any, Final, NoReturn, TypeVar

import numpy as np

from edgeferro.errors import SnapshotError
from edgeferro.mapping.configuration import LayerRegisters, Registers, SiteRegisters

__all__ = [
    "array_of",
    "layers_of",
    "record_of",
    "registers_of",
    "registers_parts",
]

R = TypeVar("R")

_KNOTS: Final = 65  # of a response table, and of a converter's curve (edgeferro.h)
_EXP_ENTRIES: Final = 256
_TABLE_BITS: Final = 12  # of the codes that an activation's table tells apart
_ADC: Final = 1  # its index among the sites
_TABLES: Final = {
    "knots": np.int32,
    "exp_table": np.uint16,
    "adc_inl": np.int16,
    "activation": np.int16,
    "slope": np.int16,
}


def _refuse(text: str) -> NoReturn:
    raise SnapshotError(text)


def registers_parts(registers: Any) -> dict[str, Any]:
    """Take registers apart: numbers, lists of them, and arrays for the tables."""
    parts = {}
    for field in fields(registers):
        value = getattr(registers, field.name)
        if field.name in _TABLES and value is not None:
            value = np.asarray(value).astype(_TABLES[field.name])
        elif field.name in ("sites", "layers"):
            value = [registers_parts(inner) for inner in value]
        elif isinstance(value, tuple):
            value = [int(number) for number in value]
        elif value is not None:
            value = int(value)
        parts[field.name] = value
    return parts


def registers_of(parts: Any) -> Registers:
    """Put registers together again; the core judges their values.

    Raises:
        SnapshotError: names what is missing, unknown or of another type or length.
    """
    found = _known(parts, Registers, "registers")
    for name, kind, low, high in (
        ("sites", SiteRegisters, 8, 8),
        ("layers", LayerRegisters, 1, 16),
    ):
        inner = found[name]
        if not isinstance(inner, list) or not low <= len(inner) <= high:
            _refuse(f"registers.{name}: not a list of {low}..{high}")
        found[name] = tuple(
            _filled(kind, _known(one, kind, f"registers.{name}[{i}]"), f"{name}[{i}]")
            for i, one in enumerate(inner)
        )
    registers = _filled(Registers, found, "registers")
    if registers.layer_count != len(registers.layers):
        count = len(registers.layers)
        _refuse(f"registers.layer_count: {registers.layer_count}, not {count}")
    _check_tables(registers)
    return registers


def _known(parts: Any, kind: type, where: str) -> dict[str, Any]:
    """The same values, if they are one each for the fields of a class."""
    names = {field.name for field in fields(kind)}
    if not isinstance(parts, dict):
        _refuse(f"{where}: not a table")
    for name in sorted(names ^ set(parts)):
        what = "missing" if name in names else "unknown"
        _refuse(f"{where}.{name}: {what} (written by another edgeferro?)")
    return dict(parts)


def _filled(kind: type[R], found: dict[str, Any], where: str) -> R:
    """A record of registers, each number of the type of its default."""
    for field in fields(kind):  # type: ignore[arg-type]
        name, value = field.name, found[field.name]
        if name in ("sites", "layers"):
            continue
        if name in _TABLES:
            optional = field.default is None
            if not (optional and value is None):
                found[name] = array_of(value, _TABLES[name], f"{where}.{name}", 1, 3)
        elif isinstance(field.default, tuple):
            whole = isinstance(value, list) and all(type(n) is int for n in value)
            if not whole or len(value) != len(field.default):
                count = len(field.default)
                _refuse(f"{where}.{name}: not a list of {count} whole numbers")
            found[name] = tuple(value)
        elif type(value) is not int:
            _refuse(f"{where}.{name}: {value!r} is not a whole number")
    return kind(**found)


def _check_tables(registers: Registers) -> None:
    """Refuse tables of another length than what the core reads of them."""
    bits = max(0, min(registers.sites[_ADC].bits, _TABLE_BITS))
    lengths = {"knots": registers.class_count * 2 * _KNOTS, "adc_inl": _KNOTS}
    lengths |= {"exp_table": _EXP_ENTRIES, "activation": 1 << bits, "slope": 1 << bits}
    tables: list[tuple[str, Any, tuple[str, ...]]]
    tables = [("registers", registers, ("knots", "exp_table", "adc_inl"))]
    for index, layer in enumerate(registers.layers):
        tables.append((f"registers.layers[{index}]", layer, ("activation", "slope")))
        if (layer.activation is None) != (layer.slope is None):
            _refuse(f"registers.layers[{index}]: one table without the other")
    for where, record, names in tables:
        for name in names:
            table = getattr(record, name)
            if table is not None and table.size != lengths[name]:
                _refuse(f"{where}.{name}: {table.size} values, not {lengths[name]}")


def array_of(value: Any, kind: Any, where: str, low: int, high: int) -> np.ndarray:
    """An array of a type and of low..high dimensions, in the machine's order.

    Raises:
        SnapshotError: anything else.
    """
    wanted = np.dtype(kind)
    found = isinstance(value, np.ndarray) and value.dtype == wanted.newbyteorder("<")
    if not found or not low <= value.ndim <= high:
        _refuse(f"{where}: not an array of {wanted}")
    if wanted.kind == "f" and not np.isfinite(value).all():
        _refuse(f"{where}: a number that is not finite")
    array = np.ascontiguousarray(value, wanted)
    array.flags.writeable = False
    return array


def layers_of(
    value: Any, kind: Any, where: str, layers: int, ndim: tuple[int, int] = (2, 2)
) -> tuple[np.ndarray, ...]:
    """One array a layer, as :func:`array_of` takes them.

    Raises:
        SnapshotError: another number of them, or one that is none.
    """
    if not isinstance(value, list) or len(value) != layers:
        _refuse(f"{where}: not an array for each of {layers} layers")
    return tuple(
        array_of(one, kind, f"{where}[{i}]", *ndim) for i, one in enumerate(value)
    )


def record_of(kind: type[R], parts: Any, where: str) -> R:
    """A record of whole or finite numbers and words from a table.

    Raises:
        SnapshotError: names what is missing, unknown or of another type.
    """
    found = _known(parts, kind, where)
    for field in fields(kind):  # type: ignore[arg-type]
        value = found[field.name]
        wanted = {"int": (int,), "float": (int, float), "str": (str,)}[str(field.type)]
        good = isinstance(value, wanted) and not isinstance(value, bool)
        if not good or (isinstance(value, float) and not math.isfinite(value)):
            _refuse(f"{where}.{field.name}: {value!r} is not a {field.type}")
    return kind(**found)
