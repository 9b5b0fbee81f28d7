"""Makes the C header, the Python names and the table from the register map.

Without options it writes them; with --check it says which are stale.

PeakRDL's exporters were tried for each (c-header 1.1, markdown 1.0): the first gives
structures and static_assert from a libc header, under other names than firmware knows,
and no table of access for the bus to go by; the second doesn't tell what may be written
while busy. There is none that writes SVD. HTML, IP-XACT and SystemVerilog are theirs.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
RDL = ROOT / "csrc" / "bus" / "edgeferro.rdl"
NUMBERS = ROOT / "csrc" / "include" / "ef_fields.h"
OUTPUTS = {
    "header": ROOT / "csrc" / "include" / "ef_registers.h",
    "python": ROOT / "edgeferro" / "core" / "register_map.py",
    "table": ROOT / "csrc" / "REGISTERS.md",
}


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
            tuple(_field(field) for field in node.fields()),
        )
        for node in top.children()
        if isinstance(node, RegNode)
    ]


def _field(node: Any) -> Field:
    return Field(
        node.inst_name,
        node.low,
        node.high,
        node.get_property("sw").name,
        node.get_property("onwrite") is not None,
        node.get_property("reset") or 0,
        node.get_property("desc"),
    )


def header(registers: list[Register]) -> str:
    """Addresses, fields, and the table that the bus goes by."""
    lines = [
        "// Made from edgeferro.rdl by csrc/bus/make_registers.py; don't edit.",
        "// SPDX-License-Identifier: Apache-2.0",
        "#ifndef EF_REGISTERS_H",
        "#define EF_REGISTERS_H",
        "",
        "#include <stdint.h>",
        "",
    ]
    for r in registers:
        lines.append(f"#define EF_REG_{r.name} 0x{r.address:03X}u")
    lines.append("")
    for r in registers:
        for f in r.fields:
            name = f"EF_{r.name}_{f.name.upper()}"
            lines.append(f"#define {name}_SHIFT {f.low}u")
            lines.append(f"#define {name}_MASK 0x{f.mask:08X}u")
    lines += [
        "",
        "struct ef_register {",
        "    uint32_t address;",
        "    uint32_t read;     // bits that can be read",
        "    uint32_t write;    // bits that can be written",
        "    uint32_t clear;    // of them, bits that a 1 clears",
        "    uint32_t reset;",
        "    uint32_t busy;     // 1: may be written while a command is under way",
        "    uint32_t waits;    // 1: of results, refused while a command is under way",
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
    return "\n".join([*lines, "", "#endif", ""])


def python(registers: list[Register]) -> str:
    """Names for tests and tools."""
    lines = [
        '"""Made from edgeferro.rdl by csrc/bus/make_registers.py; don\'t edit."""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Final, NamedTuple",
        "",
        '__all__ = ["REGISTERS", "Register"]',
        "",
        "",
        "class Register(NamedTuple):",
        '    """One word of the map: masks of what can be read, written, cleared."""',
        "",
        "    address: int",
        "    access: str",
        "    read: int",
        "    write: int",
        "    clear: int",
        "    reset: int",
        "    busy: bool",
        "    waits: bool",
        "    fields: dict[str, tuple[int, int]]",
        "",
        "",
        "# name address access read write clear reset busy waits; below it fields, high low",
        '_MAP: Final = """',
    ]
    for r in registers:
        masks = (r.mask("r rw"), r.mask("w rw"), r.clears, r.reset)
        numbers = " ".join(f"{mask:08X}" for mask in masks)
        flags = f"{int(r.busy)} {int(r.waits)}"
        lines.append(f"{r.name} {r.address:03X} {r.access} {numbers} {flags}")
        lines += [f"  {f.name} {f.high} {f.low}" for f in r.fields]
    lines += [
        '"""',
        "",
        "",
        "def _registers() -> dict[str, Register]:",
        "    found: dict[str, Register] = {}",
        "    for line in _MAP.strip().splitlines():",
        "        name, *rest = line.split()",
        '        if line.startswith(" "):',
        "            high, low = map(int, rest)",
        "            next(reversed(found.values())).fields[name] = (high, low)",
        "            continue",
        "        address, access, *masks, busy, waits = rest",
        "        read, write, clear, reset = (int(mask, 16) for mask in masks)",
        "        found[name] = Register(",
        "            int(address, 16),",
        "            access,",
        "            read,",
        "            write,",
        "            clear,",
        "            reset,",
        '            busy == "1",',
        '            waits == "1",',
        "            {},",
        "        )",
        "    return found",
        "",
        "",
        "REGISTERS: Final = _registers()",
        "",
    ]
    return "\n".join(lines)


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
        lines += ["", f"{r.title}. {r.text} Reset 0x{r.reset:08X}.", ""]
        lines += ["| bits | field | |", "|---|---|---|"]
        for f in r.fields:
            bits = str(f.low) if f.low == f.high else f"{f.high}:{f.low}"
            lines.append(f"| {bits} | {f.name} | {f.text} |")
        lines.append("")
    return "\n".join([*lines, *numbers_of_fields()])


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
    makers = {"header": header, "python": python, "table": table}
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
