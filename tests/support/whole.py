"""All that a bus is made of, to see that an access changed nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeferro._core import ffi

from edgeferro.core.register_map import REGISTERS

if TYPE_CHECKING:
    from edgeferro.core.bus import Bus

_TELLING = ("ERROR", "ERROR_ADDRESS", "ERROR_COMMAND", "IRQ_STATUS")
TOLD = [list(REGISTERS).index(name) for name in _TELLING]
TIME = {"now", "cycle"}


def whole(bus: Bus) -> dict[str, bytes]:
    """Every part of a bus and its chip's snapshot, byte for byte.

    Left out are time, which each access takes, and the registers that tell a refusal.
    """
    found = {"chip": bus.core.snapshot()}
    here = bus.pointer[0]
    for name, field in ffi.typeof(here).fields:
        if name not in TIME:
            start = ffi.cast("char *", bus.pointer) + field.offset
            found[name] = bytes(ffi.buffer(start, ffi.sizeof(field.type)))
    values = list(here.values)
    for index in TOLD:
        values[index] = 0
    return found | {"values": repr(values).encode()}


def changed(before: dict[str, bytes], bus: Bus) -> set[str]:
    """Names of the parts that are no longer as they were."""
    after = whole(bus)
    return {name for name, content in before.items() if content != after[name]}
