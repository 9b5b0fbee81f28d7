"""Imports go one way; a step backwards fails."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "edgeferro"
MODULES = (
    ("errors", "_version", "notebook", "records", "arguments"),
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
        if name in FREE or name in {"shipped"}:
            continue
        for other in imports(path):
            if other == "_core":
                assert name in BINDING, f"{path.name} imports _core"
                continue
            assert order[other] <= order[name], f"{path.name} imports {other}"
