"""The register map as ``csrc/bus/edgeferro.rdl`` has it, by name."""

from __future__ import annotations

from typing import Final, NamedTuple

from edgeferro.core import register_data

__all__ = ["ENUMS", "REGISTERS", "Register"]


class Register(NamedTuple):
    """One word of the map.

    Attributes:
        address: bytes from the block's base.
        access: ro, wo, rw or w1c.
        read: mask of what can be read; so are write, and clear of what a 1 clears.
        reset: value after reset, unless it is ``of_the_chip``.
        busy: may be written while a command is under way.
        waits: a result, not to be had while a command is under way.
        of_the_chip: comes up as this chip is, or was configured.
        fields: highest and lowest bit by name.
        enums: names of the fields' enumerations, where they have one.
    """

    address: int
    access: str
    read: int
    write: int
    clear: int
    reset: int
    busy: bool
    waits: bool
    of_the_chip: bool
    fields: dict[str, tuple[int, int]]
    enums: dict[str, str]


def _registers() -> dict[str, Register]:
    found: dict[str, Register] = {}
    for line in register_data.MAP.strip().splitlines():
        name, *rest = line.split()
        if line.startswith(" "):
            high, low, *enum = rest
            register = next(reversed(found.values()))
            register.fields[name] = (int(high), int(low))
            register.enums.update((name, one) for one in enum)
            continue
        address, access, *masks = rest[:-3]
        read, write, clear, reset = (int(mask, 16) for mask in masks)
        busy, waits, of_the_chip = (flag == "1" for flag in rest[-3:])
        found[name] = Register(
            address=int(address, 16),
            access=access,
            read=read,
            write=write,
            clear=clear,
            reset=reset,
            busy=busy,
            waits=waits,
            of_the_chip=of_the_chip,
            fields={},
            enums={},
        )
    return found


def _enums() -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for line in register_data.ENUMS.strip().splitlines():
        name, *number = line.split()
        if number:
            next(reversed(found.values()))[name] = int(number[0])
        else:
            found[name] = {}
    return found


REGISTERS: Final = _registers()
ENUMS: Final = _enums()  # value by name, by enumeration
