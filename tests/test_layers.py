"""Includes and imports go one way; a step backwards fails."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CSRC, PACKAGE = ROOT / "csrc", ROOT / "edgeferro"
# A file may include those of its own rank and of lower ones.
HEADERS = (
    ("ef_assume.h", "edgeferro.h", "ef_features.h", "hash.h"),
    ("fixed.h", "random.h"),
    ("state.h", "config.h"),
    ("cell.h",),
    ("array.h", "accumulate.h"),
    ("convert.h",),
    ("learn.h", "pulses.h", "rest.h"),
    ("update.h",),
    ("program.h",),
    ("calibrate.h",),
    ("ef_bus.h", "ef_registers.h"),
    ("bus.h",),
)
SOURCES = {
    "cell.c": "cell.h",
    "array.c": "array.h",
    "convert.c": "convert.h",
    "learn.c": "learn.h",
    "pulses.c": "pulses.h",
    "update.c": "update.h",
    "update_mixed.c": "update.h",
    "update_stochastic.c": "update.h",
    "program.c": "program.h",
    "calibrate.c": "calibrate.h",
    "rest.c": "rest.h",
    "control.c": "calibrate.h",
    "peek.c": "array.h",
    "snapshot.c": "array.h",
    "chip.c": "array.h",
    "config.c": "config.h",
    "digest.c": "config.h",
    "features.c": "ef_features.h",
    "bus.c": "bus.h",
    "bus_commands.c": "bus.h",
    "bus_write.c": "bus.h",
    "bus_snapshot.c": "bus.h",
}
MODULES = (
    ("errors", "_version", "records", "arguments"),
    ("binding", "register_map", "units"),
    ("activations", "features", "files", "fixed", "places", "plotting"),
    ("core", "tally"),
    ("bus",),
    ("device", "prices", "pretrain", "tables", "tasks"),
    ("chip", "chip_parts"),
    ("energy", "registers"),
    ("network", "report", "calibration", "reliability"),
    ("array", "controller", "images"),
    ("residual",),
    ("classifier", "lessons"),
    ("train",),
    ("runner",),
    ("show", "choices"),
    ("jobs", "fitting"),
    ("show_calibration", "sweeping", "budget", "firmware"),
    ("cli_info", "cli_firmware"),
    ("calibrate_job",),
    ("cli",),
    ("__main__",),
)
BINDING = {"binding", "core", "bus"}  # what touches the extension
FREE = {"__init__", "_ffi_build"}  # lazy names of everything; not installed


def ranks(groups: tuple[tuple[str, ...], ...]) -> dict[str, int]:
    """Rank of each name."""
    return {name: rank for rank, group in enumerate(groups) for name in group}


def test_every_c_file_has_a_place() -> None:
    """Each header and source of the core is in the order above."""
    headers = {p.name for p in CSRC.glob("*.h")}
    assert set(ranks(HEADERS)) == headers
    assert set(SOURCES) == {p.name for p in CSRC.glob("*.c")}


def test_includes_go_one_way() -> None:
    """No file includes one that stands above it, nor a library beyond three headers."""
    order = ranks(HEADERS)
    allowed = {"stdbool.h", "stddef.h", "stdint.h"}
    for path in [*CSRC.glob("*.h"), *CSRC.glob("*.c")]:
        text = path.read_text()
        assert set(re.findall(r"#include <(.+?)>", text)) <= allowed, path.name
        own = order[SOURCES.get(path.name, path.name)]
        for name in re.findall(r'#include "(.+?)"', text):
            assert order[name] <= own, f"{path.name} includes {name}"


def imports(path: Path) -> set[str]:
    """Modules of the package that a file imports, for types and in functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            parts = node.module.split(".")
            if parts[0] == "edgeferro":
                names = parts[1:2] or [alias.name for alias in node.names]
                found |= set(names)
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            found |= {n[1] for n in names if n[0] == "edgeferro" and len(n) > 1}
    return found


def test_imports_go_one_way() -> None:
    """No module imports one that stands above it; only core touches the extension."""
    order = ranks(MODULES)
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if name in FREE or name in {"data", "devices"}:
            continue
        for other in imports(path):
            if other == "_core":
                assert name in BINDING, f"{path.name} imports _core"
                continue
            assert order[other] <= order[name], f"{path.name} imports {other}"
