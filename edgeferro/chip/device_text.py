"""A device as TOML that gives the same device again."""

from __future__ import annotations

import re
from typing import Any, Final

from edgeferro.files.read import Strict
from edgeferro.files.write import toml_value

__all__ = ["device_toml", "remarks_of", "width_text"]

_FIRST: Final = ("name", "description", "source", "kind")
_HEAD: Final = re.compile(r"\s*(\[\[?([\w.-]+)\]\]?|([\w-]+)\s*=)")


def remarks_of(text: str) -> dict[str, list[str]]:
    """Comment lines of a device file, each run of them by the line that it precedes.

    Args:
        text: of the file.

    Returns:
        lines by a key's place, ``spread.c2c``; those of a table by its name, those of a
        second table of one name under ``classes 1``, those at the end by ''.
    """
    found: dict[str, list[str]] = {}
    held: list[str] = []
    table, seen = "", {"": 0}
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            held.append(line.strip())
            continue
        head = _HEAD.match(line)
        if head is None:
            continue
        if head[2]:
            count = seen[head[2]] = seen.get(head[2], -1) + 1
            table = f"{head[2]} {count}" if count else head[2]
            place = table
        else:
            place = f"{table}.{head[3]}" if table else head[3]
        if held:
            found.setdefault(place, held)
            held = []
    if held:
        found[""] = held
    return found


def _inline(model: Strict) -> str:
    """A figure or a kernel in one line, without what it leaves out."""
    pairs = [
        f"{name} = {_value(value)}"
        for name in type(model).model_fields
        if (value := getattr(model, name)) is not None
    ]
    return f"{{ {', '.join(pairs)} }}"


def _value(value: Any) -> str:
    if isinstance(value, Strict):
        return _inline(value)
    return toml_value(list(value) if isinstance(value, tuple) else value)


def width_text(nanoseconds: int) -> str:
    """Width in a unit that suits it."""
    ns = nanoseconds
    return f"{ns / 1e3:g} us" if ns >= 1000 else f"{ns} ns"


def device_toml(
    device: Any, table: str = "", remarks: dict[str, list[str]] | None = None
) -> str:
    """Write a device: its own keys, the spread, then a table for each class.

    Args:
        device: a ``Device``, which is built on this file.
        table: that it stands in, in another file; '' for a file of its own.
        remarks: comment lines by place, as :func:`remarks_of` gives them.
    """
    notes = remarks or {}
    lines: list[str] = []

    def keys(model: Strict, place: str) -> None:
        for name in sorted(type(model).model_fields, key=lambda n: n not in _FIRST):
            value = getattr(model, name)
            if value is None or name in {"spread", "classes"}:
                continue
            lines.extend(notes.get(f"{place}.{name}" if place else name, ()))
            lines.append(f"{name} = {_value(value)}")

    def head(name: str, place: str, *, many: bool = False) -> None:
        path = f"{table}.{name}" if table and name else table or name
        lines.extend(["", *notes.get(place, ())])
        lines.append(f"[[{path}]]" if many else f"[{path}]")

    if table:
        head("", " ")
    keys(device, "")
    head("spread", "spread")
    keys(device.spread, "spread")
    for index, pulses in enumerate(device.classes):
        place = f"classes {index}" if index else "classes"
        head("classes", place, many=True)
        keys(pulses, place)
    lines += notes.get("", ())
    return "\n".join(lines).lstrip("\n") + "\n"
