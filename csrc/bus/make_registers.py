"""Makes the C headers, the Python names and the table from the register map.

Without options it writes them; with --check it says which are stale.

PeakRDL's exporters were tried for each. c-header 1.1 gives no enumerations and a packed
struct without volatile, which RV32 reads byte by byte, and includes assert.h, which
bare metal lacks; markdown 1.0 doesn't tell what may be written while busy. HTML,
IP-XACT and SystemVerilog are theirs (edgeferro/firmware/register_exports.py).
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
RDL = ROOT / "csrc" / "bus" / "edgeferro.rdl"
NUMBERS = ROOT / "csrc" / "include" / "ef_fields.h"
OUTPUTS = {
    "enums": ROOT / "csrc" / "include" / "ef_enums.h",
    "header": ROOT / "csrc" / "include" / "ef_registers.h",
    "block": ROOT / "csrc" / "include" / "ef_block.h",
    "access": ROOT / "csrc" / "bus" / "access.h",
    "python": ROOT / "edgeferro" / "core" / "register_data.py",
    "table": ROOT / "csrc" / "REGISTERS.md",
}


@dataclass(frozen=True)
class Enum:
    """Names for the values of a field."""

    name: str
    members: tuple[tuple[str, int, str], ...]  # name, number, text


@dataclass(frozen=True)
class Field:
    """Bits of a register."""

    name: str
    low: int
    high: int
    access: str
    clears: bool
    reset: int
    text: str
    enum: Enum | None

    @property
    def mask(self) -> int:
        """Bits in place."""
        return ((1 << (self.high - self.low + 1)) - 1) << self.low


@dataclass(frozen=True)
class Register:
    """One word of the map."""

    name: str
    address: int
    title: str
    text: str
    busy: bool
    waits: bool
    of_the_chip: bool
    fields_in_c: str
    fields: tuple[Field, ...]

    def mask(self, kinds: str) -> int:
        """Bits of the fields whose access is one of some kinds."""
        return sum(f.mask for f in self.fields if f.access in kinds.split())

    @property
    def clears(self) -> int:
        """Bits that a 1 clears."""
        return sum(f.mask for f in self.fields if f.clears)

    @property
    def reset(self) -> int:
        """Value after reset."""
        return sum(f.reset << f.low for f in self.fields)

    @property
    def access(self) -> str:
        """ro, wo, rw or w1c."""
        kinds = {f.access for f in self.fields}
        if self.clears:
            return "w1c"
        return {"r": "ro", "w": "wo"}.get(kinds.pop() if len(kinds) == 1 else "", "rw")


def read_map(path: Path = RDL) -> list[Register]:
    """Compile the map with systemrdl-compiler."""
    from systemrdl import RDLCompiler
    from systemrdl.node import RegNode

    compiler = RDLCompiler()
    compiler.compile_file(str(path))
    top = compiler.elaborate().top
    return [
        Register(
            node.inst_name,
            node.absolute_address,
            node.get_property("name"),
            node.get_property("desc"),
            bool(node.get_property("write_while_busy")),
            bool(node.get_property("waits")),
            bool(node.get_property("of_the_chip")),
            node.get_property("fields_in_c") or node.inst_name,
            tuple(_field(field) for field in node.fields()),
        )
        for node in top.children()
        if isinstance(node, RegNode)
    ]


def _field(node: Any) -> Field:
    enum = node.get_property("encode")
    return Field(
        node.inst_name,
        node.low,
        node.high,
        node.get_property("sw").name,
        node.get_property("onwrite") is not None,
        node.get_property("reset") or 0,
        node.get_property("desc"),
        enum and _enum(enum),
    )


def _enum(enum: Any) -> Enum:
    """An enumeration: ``command_e`` is ``command`` everywhere but in the map."""
    members = ((one.name, one.value, one.rdl_desc) for one in enum)
    return Enum(enum.type_name.removesuffix("_e"), tuple(members))


def enums_of(registers: list[Register]) -> list[Enum]:
    """Each enumeration once, in the order in which fields use them."""
    fields = (f for r in registers for f in r.fields)
    return list({f.enum.name: f.enum for f in fields if f.enum}.values())


def _c_file(name: str, about: str, *lines: str) -> str:
    guard = f"EF_{name.upper()}_H"
    top = [
        "// Made from edgeferro.rdl by csrc/bus/make_registers.py; don't edit.",
        f"// {about}",
        "// SPDX-License-Identifier: Apache-2.0",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
    ]
    return "\n".join([*top, *lines, "", "#endif", ""])


def enums(registers: list[Register]) -> str:
    """Enumerations for drivers, bus and core alike; cffi reads them too."""
    lines = ["// <cdef>"]
    for enum in enums_of(registers):
        place = f"EF_{enum.name.upper()}"
        width = max(len(f"{name} = {number},") for name, number, _ in enum.members)
        last = len(enum.members) - 1
        lines.append(f"enum ef_{enum.name} {{")
        for i, (name, number, text) in enumerate(enum.members):
            value = f"{name} = {number}{',' * (i < last)}"
            line = f"    {place}_{value:{width}} // {text}"
            if len(line) > 88:
                above = "    // "
                lines += wrap(text, 88, initial_indent=above, subsequent_indent=above)
                line = f"    {place}_{value}"
            lines.append(line)
        lines.append("};")
        if [number for _, number, _ in enum.members] == list(range(last + 1)):
            lines.append(f"#define {place}_COUNT {last + 1}")
        lines.append("")
    lines[-1] = "// </cdef>"
    return _c_file("enums", "What the values of its fields are called.", *lines)


def header(registers: list[Register]) -> str:
    """What a driver needs: addresses, values after reset, fields."""
    lines = ["#include <stdint.h>", "", '#include "ef_enums.h"', ""]
    lines += ["// Byte offsets from the block's base."]
    lines += [f"#define EF_REG_{r.name} 0x{r.address:03X}u" for r in registers]
    lines += ["", "// Values after reset of what can be read; others are of the chip."]
    for r in registers:
        if r.mask("r rw") and not r.of_the_chip:
            lines.append(f"#define EF_RESET_{r.name} 0x{r.reset:08X}u")
    lines += ["", "// Fields: lowest bit, and mask in place."]
    for r in registers:
        for f in r.fields:
            name = f"EF_{r.fields_in_c}_{f.name.upper()}"
            lines.append(f"#define {name}_SHIFT {f.low}u")
            lines.append(f"#define {name}_MASK 0x{f.mask:08X}u")
    return _c_file("registers", "All that a driver needs to know of them.", *lines)


def block(registers: list[Register]) -> str:
    """The registers as a structure, for code that has them in memory."""
    lines = ["#include <stdint.h>", "", "struct ef_block {"]
    free = 0
    for r in registers:
        if gap := (r.address - free) // 4:
            lines.append(f"    uint32_t reserved_{free:03x}[{gap}];")
        const = "" if r.mask("w rw") else "const "
        lines.append(f"    volatile {const}uint32_t {r.name};")
        free = r.address + 4
    lines += ["};", ""]
    lines += ["#define EF_BLOCK_BYTES 0x1000u // that the block answers to"]
    lines += ["#define EF_BLOCK(base) ((struct ef_block *)(base))"]
    return _c_file("block", "How they lie in memory.", *lines)


def access(registers: list[Register]) -> str:
    """The table that the emulator's bus goes by."""
    lines = [
        "#include <stdint.h>",
        "",
        "struct ef_register {",
        "    uint32_t address;",
        "    uint32_t read;  // bits that can be read",
        "    uint32_t write; // bits that can be written",
        "    uint32_t clear; // of them, bits that a 1 clears",
        "    uint32_t reset;",
        "    uint32_t busy;  // 1: may be written while a command is under way",
        "    uint32_t waits; // 1: of results, refused while a command is under way",
        "};",
        "",
        "// Where a register stands in the table, and its word among the bus's.",
        "enum ef_register_index {",
        *(f"    EF_INDEX_{r.name} = {i}," for i, r in enumerate(registers)),
        "};",
        "",
        f"#define EF_REGISTER_COUNT {len(registers)}u",
        "#define EF_REGISTER_TABLE \\",
    ]
    for index, r in enumerate(registers):
        numbers = (
            f"0x{r.address:03X}u, 0x{r.mask('r rw'):08X}u, 0x{r.mask('w rw'):08X}u, "
            f"0x{r.clears:08X}u, 0x{r.reset:08X}u, {int(r.busy)}u, {int(r.waits)}u"
        )
        end = "" if index == len(registers) - 1 else ", \\"
        lines.append(f"    {{{numbers}}}{end}")
    return _c_file("bus_access", "What the bus lets through to each of them.", *lines)


def python(registers: list[Register]) -> str:
    """The map for edgeferro/core/register_map.py to read."""
    lines = [
        '"""Made from edgeferro.rdl by csrc/bus/make_registers.py; don\'t edit."""',
        "",
        "from typing import Final",
        "",
        '__all__ = ["ENUMS", "MAP"]',
        "",
        "# name address access read write clear reset, then busy, waits, of the chip;",
        "# below it fields: high, low, enumeration",
        'MAP: Final = """',
    ]
    for r in registers:
        masks = (r.mask("r rw"), r.mask("w rw"), r.clears, r.reset)
        numbers = " ".join(f"{mask:08X}" for mask in masks)
        flags = f"{int(r.busy)} {int(r.waits)} {int(r.of_the_chip)}"
        lines.append(f"{r.name} {r.address:03X} {r.access} {numbers} {flags}")
        for f in r.fields:
            enum = f" {f.enum.name}" if f.enum else ""
            lines.append(f"  {f.name} {f.high} {f.low}{enum}")
    lines += ['"""', "# enumerations; below them members", 'ENUMS: Final = """']
    for enum in enums_of(registers):
        lines.append(enum.name)
        lines += [f"  {name.lower()} {number}" for name, number, _ in enum.members]
    return "\n".join([*lines, '"""', ""])


def table(registers: list[Register]) -> str:
    """The map to read."""
    lines = [
        "# Register map",
        "",
        "Made from `edgeferro.rdl` by `csrc/bus/make_registers.py`; don't edit. 32-bit "
        "words at multiples of 4.",
        "`busy`: may be written while a command is under way; all others then set "
        "ERROR.busy and change nothing. `waits`: a result, whose reading sets "
        "ERROR.stale until the command has ended.",
        "",
    ]
    for r in registers:
        busy = (", busy" if r.busy else "") + (", waits" if r.waits else "")
        lines.append(f"## 0x{r.address:03X} {r.name} ({r.access}{busy})")
        lines += ["", f"{r.title}. {r.text} Reset {_reset(r)}.", ""]
        lines += ["| bits | field | |", "|---|---|---|"]
        for f in r.fields:
            bits = str(f.low) if f.low == f.high else f"{f.high}:{f.low}"
            named = f" ([{f.enum.name}](#{f.enum.name}))" if f.enum else ""
            lines.append(f"| {bits} | {f.name} | {f.text}{named} |")
        lines.append("")
    return "\n".join([*lines, *values(registers), *numbers_of_fields()])


def _reset(register: Register) -> str:
    if register.of_the_chip:
        return "of the chip"
    return f"0x{register.reset:08X}" if register.mask("r rw") else "not readable"


def values(registers: list[Register]) -> list[str]:
    """What the values of fields are called, and mean."""
    lines = ["## Values", "", "In C `EF_`, the list's name and the value's.", ""]
    for enum in enums_of(registers):
        lines += [f"### {enum.name}", "", "| value | name | |", "|---|---|---|"]
        lines += [f"| {number} | {n} | {text} |" for n, number, text in enum.members]
        lines.append("")
    return lines


def numbers_of_fields() -> list[str]:
    """What FAULT.field_number means: the numbers of ``enum ef_field``."""
    fields = re.findall(
        r"^    EF_FIELD_(\w+) = (\d+)", NUMBERS.read_text(encoding="utf-8"), re.M
    )
    return [
        "## Numbers of fields",
        "",
        "What FAULT.field_number says after an APPLY that was refused. A number is "
        "never given to another field.",
        "",
        "| number | field |",
        "|---|---|",
        *(f"| {number} | {name.lower()} |" for name, number in fields),
        "",
    ]


def made() -> dict[Path, str]:
    """Every file's content, fresh."""
    registers = read_map()
    makers = {
        "enums": enums,
        "header": header,
        "block": block,
        "access": access,
        "python": python,
        "table": table,
    }
    return {OUTPUTS[name]: make(registers) for name, make in makers.items()}


def main() -> int:
    """Write the files, or with --check say which are stale."""
    stale = 0
    for path, text in made().items():
        if "--check" in sys.argv:
            old = path.read_text(encoding="utf-8") if path.exists() else ""
            if old != text:
                sys.stderr.write(f"{path.name}: stale; run {Path(__file__).name}\n")
                stale = 1
        else:
            path.write_text(text, encoding="utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main())
