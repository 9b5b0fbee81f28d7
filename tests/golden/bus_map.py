"""The register map as its RDL file says it, without the tables that are made of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from systemrdl import RDLCompiler

RDL = Path(__file__).resolve().parents[2] / "csrc" / "bus" / "edgeferro.rdl"
HARNESS = 0x808  # SPEC 19.2: from here on the harness has to be open
WORDS = 80  # of registers in a snapshot (20.1)
PROPERTIES = ("write_while_busy", "waits")


class Field(NamedTuple):
    """Where a field stands."""

    low: int
    width: int

    def of(self, word: int) -> int:
        """The field's number in a word."""
        return word >> self.low & ((1 << self.width) - 1)


class Register(NamedTuple):
    """One register: masks of bits, and when it may be touched."""

    name: str
    address: int
    read: int
    write: int
    reset: int
    while_busy: bool
    waits: bool
    fields: dict[str, Field]


class Map(NamedTuple):
    """The whole map: registers by name and by address, in order; opcodes by name."""

    by_name: dict[str, Register]
    at: dict[int, Register]
    opcodes: dict[str, int]

    def bit(self, register: str, field: str) -> int:
        """A field of one bit as a mask."""
        return 1 << self.by_name[register].fields[field].low


@cache
def the_map() -> Map:
    """Read the RDL once."""
    compiler = RDLCompiler()
    compiler.compile_file(str(RDL))
    found, opcodes = [], {}
    for node in compiler.elaborate().top.registers():
        read = write = reset = 0
        fields = {}
        for field in node.fields():
            mask = (1 << field.high + 1) - (1 << field.low)
            read |= mask if field.is_sw_readable else 0
            write |= mask if field.is_sw_writable else 0
            reset |= (field.get_property("reset") or 0) << field.low
            fields[field.inst_name] = Field(field.low, field.width)
            names = field.get_property("encode")
            if node.inst_name == "COMMAND" and names is not None:
                opcodes = {each.name: int(each.value) for each in names}
        busy, waits = (bool(node.get_property(p)) for p in PROPERTIES)
        place = node.inst_name, node.absolute_address
        found.append(Register(*place, read, write, reset, busy, waits, fields))
    found.sort(key=lambda register: register.address)
    return Map({r.name: r for r in found}, {r.address: r for r in found}, opcodes)
