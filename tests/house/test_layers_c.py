"""The core's files stand one above the other; a step upwards or in a circle fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSRC = Path(__file__).resolve().parents[2] / "csrc"
# From the ground up; a name is a header, a source, or both. A file includes, and uses
# what is defined in, files of lower floors only; within a floor nobody knows another.
FLOORS = (
    "include/ef_enums include/ef_fields include/ef_features include/ef_symmetry "
    "include/ef_block bus/access",
    "include/ef_registers",
    "include/edgeferro",
    "include/ef_job",
    "include/ef_bus core/stages core/ef_assume core/hash core/random core/settings "
    "core/features core/symmetry",
    "core/fixed core/state core/accumulate",
    "core/cell core/config core/products core/rules",
    "core/array core/digest core/line",
    "core/chip core/convert core/peek core/pulses core/rest core/snapshot",
    "core/command core/learn core/program core/trim",
    "core/update_counted core/update_mixed core/update_stochastic",
    "core/update core/calibrate",
    "core/control core/direct core/reconfigure core/window",
    "core/job",
    "core/job_check",
    "bus/bus",
    "bus/registers",
    "bus/one_layer",
    "bus/commands",
    "bus/power",
    "bus/time",
    "bus/read bus/write",
    "bus/snapshot",
)
LIBRARY = {"stdbool.h", "stddef.h", "stdint.h"}
# Function bodies and objects that other files can see; both begin a line.
_FUNCTION = re.compile(r"^(?!static|typedef)\w[\w *]*[ *](\w+)\([^;{}]*\)\n\{", re.M)
_OBJECT = re.compile(
    r"^(?!static|extern|typedef)\w[\w *]*[ *](\w+)(?:\[\w+\])* =", re.M
)
_PROTOTYPE = re.compile(r"^(?!static|typedef)\w[\w *]*[ *](\w+)\([^;{}]*\);", re.M)


def sources() -> dict[str, str]:
    """Text of each file of the core by folder and name, without comments."""
    paths = [*CSRC.glob("*/*.h"), *CSRC.glob("*/*.c")]
    return {
        path.relative_to(CSRC).as_posix(): re.sub(r"//.*", "", path.read_text())
        for path in paths
    }


def definitions(texts: dict[str, str]) -> dict[str, str]:
    """The file that defines each name which others can see."""
    found = {}
    for file, text in texts.items():
        names = [*_FUNCTION.findall(text), *_OBJECT.findall(text)]
        found |= dict.fromkeys(names, file)
    return found


def steps(texts: dict[str, str]) -> set[tuple[str, str, str]]:
    """Who needs whom, and for what: an include, or a name that the other defines."""
    folders = {file.rpartition("/")[2]: file for file in texts if file.endswith(".h")}
    homes = definitions(texts)
    found = set()
    for file, text in texts.items():
        for name in re.findall(r'#include "(.+?)"', text):
            found.add((file, folders[name], f"includes {name}"))
        if file.endswith(".c"):
            for name in re.findall(r"(?<!struct )(?<!enum )\b\w+\b", text):
                if homes.get(name, file) != file:
                    found.add((file, homes[name], f"uses {name}"))
    return found


def upward(texts: dict[str, str], floors: tuple[str, ...]) -> list[str]:
    """Steps that do not go to a lower floor; a source and its own header are one."""
    floor = {
        name: level for level, names in enumerate(floors) for name in names.split()
    }
    found = []
    for file, other, why in sorted(steps(texts)):
        own, its = file.rpartition(".")[0], other.rpartition(".")[0]
        if own != its and floor[own] <= floor[its]:
            found.append(f"{file} {why} of {other}")
    return found


def test_every_file_has_a_floor() -> None:
    """Each header and source of the core stands in the list, once."""
    names = " ".join(FLOORS).split()
    assert sorted(set(names)) == sorted(names)
    assert {file.rpartition(".")[0] for file in sources()} == set(names)


def test_every_promise_is_found() -> None:
    """What a header declares, one source defines: else calls would go unseen."""
    texts = sources()
    homes = definitions(texts)
    headers = [text for file, text in texts.items() if file.endswith(".h")]
    promised = {name for text in headers for name in _PROTOTYPE.findall(text)}
    assert promised - set(homes) == set()
    assert {"ef_init", "ef_update", "ef_bus_read32", "ef_features_window"} <= promised
    assert "bus/registers.c" == homes["ef_bus_map"]


def test_includes_and_calls_go_down() -> None:
    """No file includes, calls or reads what stands beside or above it."""
    assert [] == upward(sources(), FLOORS)


def test_libraries() -> None:
    """No library beyond three headers; what is public includes only what is public."""
    for file, text in sources().items():
        assert set(re.findall(r"#include <(.+?)>", text)) <= LIBRARY, file
        for name in re.findall(r'#include "(.+?)"', text):
            assert not file.startswith("include/") or (CSRC / "include" / name).exists()


@pytest.mark.parametrize(
    ("file", "line", "complaint"),
    [
        ("core/cell.c", "ef_age(0, 1u);", "uses ef_age of core/rest.c"),
        ("core/pulses.c", "ef_age(0, 1u);", "uses ef_age of core/rest.c"),
        ("bus/registers.c", "ef_bus_step(0);", "uses ef_bus_step of bus/com"),
        ("bus/time.c", "call = ef_bus_read32;", "uses ef_bus_read32 of bus/read.c"),
        ("core/hash.h", '#include "fixed.h"', "includes fixed.h of core/fixed.h"),
    ],
)
def test_a_step_up_is_caught(file: str, line: str, complaint: str) -> None:
    """One call or include more, up, sideways or by a pointer, is named."""
    texts = sources()
    texts[file] += f"{line}\n"
    (found,) = upward(texts, FLOORS)
    assert found.startswith(f"{file} {complaint}")
