"""One map, many forms: C, Python and table name and number the same things."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from edgeferro._core import ffi

from edgeferro.core.register_map import ENUMS, REGISTERS

ROOT = Path(__file__).resolve().parents[2]
CSRC = ROOT / "csrc"
INCLUDE = CSRC / "include"
FORMS = ("ef_enums.h", "ef_registers.h", "ef_block.h")


def maker() -> Any:
    """The script that makes the forms."""
    pytest.importorskip("systemrdl")
    path = CSRC / "bus" / "make_registers.py"
    spec = importlib.util.spec_from_file_location("make_registers", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_registers"] = module
    spec.loader.exec_module(module)
    return module


def top() -> Any:
    """The map as SystemRDL's own compiler reads it."""
    systemrdl = pytest.importorskip("systemrdl")
    compiler = systemrdl.RDLCompiler()
    compiler.compile_file(str(CSRC / "bus" / "edgeferro.rdl"))
    return compiler.elaborate().top


def encoded() -> dict[str, dict[str, int]]:
    """Enumerations of the map's fields."""
    found = {}
    for node in top().registers():
        for field in node.fields():
            if enum := field.get_property("encode"):
                members = {one.name.lower(): one.value for one in enum}
                found[enum.type_name.removesuffix("_e")] = members
    return found


def macros(name: str) -> dict[str, int]:
    """Numbers that a header of the map defines."""
    text = (INCLUDE / name).read_text()
    found = re.findall(r"^#define (\w+) (0x[0-9A-F]+|\d+)u?\b", text, re.M)
    assert len(found) == len(dict(found)), "a name twice"
    return {name: int(number, 0) for name, number in found}


def test_what_is_made_is_fresh() -> None:
    """Headers, Python names and table are those of the map."""
    for place, text in maker().made().items():
        assert text == place.read_text(), place.name


def test_stale_files_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """``--check`` names each file that isn't what the map makes, and writes none."""
    module = maker()
    stale = {tmp_path / path.name: text for path, text in module.made().items()}
    for path, text in stale.items():
        path.write_text(text)
    monkeypatch.setattr(module, "made", lambda: stale)
    monkeypatch.setattr(sys, "argv", ["make_registers.py", "--check"])
    assert 0 == module.main()
    for path, text in stale.items():
        path.write_text(text.replace("1", "2", 1))
        assert 1 == module.main()
        assert f"{path.name}: stale; run make_registers.py\n" == capsys.readouterr().err
        assert text != path.read_text()
        path.write_text(text)


def test_enumerations_are_those_of_the_map() -> None:
    """Python's, C's (as the library has them) and the table's are the map's."""
    expected = encoded()
    assert {"command", "verdict", "event", "phase", "rule", "cause"} < set(expected)
    assert expected == ENUMS
    table = (CSRC / "REGISTERS.md").read_text()
    for name, members in expected.items():
        place = f"EF_{name.upper()}_"
        elements = ffi.typeof(f"enum ef_{name}").elements
        in_c = {n.removeprefix(place).lower(): int(v) for v, n in elements.items()}
        assert members == in_c, name
        rows = table.partition(f"### {name}\n")[2].partition("\n#")[0]
        listed = re.findall(r"^\| (\d+) \| (\w+) \| \S", rows, re.M)
        assert members == {n.lower(): int(v) for v, n in listed}, name
        if (count := macros("ef_enums.h").get(f"{place}COUNT")) is not None:
            assert list(range(count)) == list(members.values())
    assert {"command"} == {
        name for name in expected if f"EF_{name.upper()}_COUNT" not in macros(FORMS[0])
    }


def test_fields_are_those_of_the_map() -> None:
    """Addresses, masks, positions, values after reset: C and Python as in the map."""
    header, names = macros("ef_registers.h"), set()
    for node in top().registers():
        name, python = node.inst_name, REGISTERS[node.inst_name]
        assert node.absolute_address == header[f"EF_REG_{name}"] == python.address
        in_c = node.get_property("fields_in_c") or name
        reset = 0
        for field in node.fields():
            place = f"EF_{in_c}_{field.inst_name.upper()}"
            mask = (2 << field.high) - (1 << field.low)
            assert (mask, field.low) == (
                header[f"{place}_MASK"],
                header[f"{place}_SHIFT"],
            )
            assert (field.high, field.low) == python.fields[field.inst_name]
            reset |= (field.get_property("reset") or 0) << field.low
            enum = field.get_property("encode")
            expected = enum.type_name.removesuffix("_e") if enum else None
            assert expected == python.enums.get(field.inst_name)
            names |= {f"{place}_MASK", f"{place}_SHIFT"}
        names.add(f"EF_REG_{name}")
        assert reset == python.reset
        if python.read and not python.of_the_chip:
            assert reset == header[f"EF_RESET_{name}"]
            names.add(f"EF_RESET_{name}")
    assert names == set(header)


def test_names_of_fields_begin_no_other_register() -> None:
    """EF_ERROR_ADDRESS_MASK could be a bit of ERROR or all of ERROR_ADDRESS."""
    prefixes = {
        node.get_property("fields_in_c") or node.inst_name: node
        for node in top().registers()
    }
    registers = set(REGISTERS)
    for prefix, node in prefixes.items():
        for field in node.fields():
            assert f"{prefix}_{field.inst_name.upper()}" not in registers
    status = set(ffi.typeof("enum ef_status").elements.values())
    words = {name.removesuffix("_MASK") for name in macros("ef_registers.h")}
    assert set() == status & words


LAYOUT = """
#include <stddef.h>
#include "ef_block.h"
#include "ef_registers.h"
{asserts}
uint32_t status(uintptr_t base) {{ return EF_BLOCK(base)->STATUS; }}
"""


@pytest.mark.parametrize("language", ["c", "c++"])
def test_a_driver_needs_no_header_of_the_emulator(language: str) -> None:
    """Block and registers compile alone, in C and C++, and lie where the map says."""
    word = "_Static_assert" if language == "c" else "static_assert"
    asserts = "\n".join(
        f'{word}(offsetof(struct ef_block, {name}) == EF_REG_{name}, "{name}");'
        for name in REGISTERS
    )
    standard = "-std=c11" if language == "c" else "-std=c++11"
    flags = [standard, "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
    done = subprocess.run(
        ["gcc", "-x", language, *flags, "-ffreestanding", "-M", "-I", INCLUDE, "-"],
        input=LAYOUT.format(asserts=asserts),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert "" == done.stderr
    included = set(re.findall(r"include/(ef_\w+\.h|edgeferro\.h)", done.stdout))
    assert set(FORMS) == included
    done = subprocess.run(
        ["gcc", "-x", language, *flags, "-fsyntax-only", "-I", INCLUDE, "-"],
        input=LAYOUT.format(asserts=asserts),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert "" == done.stderr
