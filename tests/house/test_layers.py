"""Imports go one way, between the rooms of the package and inside each of them."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "edgeferro"
# From the ground up. A room may import from the floors below its own, never from its
# own floor: what two rooms of a floor share belongs further down.
FLOORS = (
    ("errors", "_version", "intervals", "notebook", "terminal"),
    ("core", "files"),
    ("chip", "tasks"),
    ("energy", "fitting", "mapping"),
    ("array", "controller"),
    ("classifier", "product", "training"),
    ("calibrating", "firmware", "reproducing", "sweeping"),
    ("budget",),
    ("paper",),
    ("cli",),
    ("__main__",),
)
FLOORS_MOST = 12
FREE = {"__init__", "_ffi_build"}  # lazy names of everything; not installed
DATA = {"shipped"}  # no code that the package runs
EXTENSION = {
    f"core.{n}" for n in "binding direct emulator bus enums port symmetry views".split()
}


def modules() -> dict[str, Path]:
    """Files of the package by dotted name; a room's own name is its __init__."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if parts[0] not in FREE | DATA:
            found[name] = path
    return found


MODULES = modules()


@cache
def imports(name: str) -> frozenset[str]:
    """Modules of the package that one imports, for types and in functions too."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            parts = node.module.split(".")
            if parts[0] == "edgeferro":
                base = ".".join(parts[1:])
                inside = [f"{base}.{alias.name}".lstrip(".") for alias in node.names]
                known = {*MODULES, "_core"}
                found |= {n if n in known else base for n in inside}
        if isinstance(node, ast.Import):
            parts_of = [alias.name.split(".") for alias in node.names]
            found |= {
                ".".join(p[1:]) for p in parts_of if p[0] == "edgeferro" and p[1:]
            }
    return frozenset(found - {name, ""})


def room(name: str) -> str:
    """Room that a module is in."""
    return name.split(".", maxsplit=1)[0]


def test_every_room_has_a_floor() -> None:
    """Each room of the package stands on one floor, and there are few of them."""
    listed = [name for floor in FLOORS for name in floor]
    assert len(listed) == len(set(listed))
    assert set(listed) == {room(name) for name in MODULES}
    assert len(FLOORS) <= FLOORS_MOST


@pytest.mark.parametrize("name", sorted(MODULES))
def test_imports_go_down(name: str) -> None:
    """A module imports from its own room or from floors below, and nothing else."""
    order = {one: index for index, floor in enumerate(FLOORS) for one in floor}
    for other in imports(name) - {"_core"}:
        if room(other) != room(name):
            assert order[room(other)] < order[room(name)], f"{name} imports {other}"


def test_no_circles_inside_rooms() -> None:
    """No chain of imports comes back to where it began, inside a room neither."""
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path, name])
        if name in done:
            return
        for other in sorted(imports(name) - {"_core"}):
            visit(other, (*path, name))
        done.add(name)

    for name in MODULES:
        visit(name, ())
    assert set(MODULES) == done


def test_only_core_touches_the_extension() -> None:
    """Whatever else wants the C core asks the room core for it."""
    touching = {name for name in MODULES if "_core" in imports(name)}
    assert touching <= EXTENSION


@pytest.mark.parametrize(
    "command", ["training", "calibrating", "budget", "reproducing", "sweeping"]
)
def test_a_command_looks_alike(command: str) -> None:
    """One command, one room; what it does is in job, what a person sees in show."""
    assert {f"{command}.job", f"{command}.show"} <= set(MODULES)
