"""What is public is marked."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import edgeferro as ef

PACKAGE = Path(__file__).resolve().parents[2] / "edgeferro"
# A script of the build, and scripts that made shipped files: nothing imports them.
SCRIPTS = {PACKAGE / "_ffi_build.py", *PACKAGE.glob("shipped/*/make_*.py")}
# Its names stand in its stub.
FRONT = PACKAGE / "__init__.py"
MODULES = sorted(set(PACKAGE.rglob("*.py")) - SCRIPTS - {FRONT})


def bound(tree: ast.Module) -> set[str]:
    """Names that a module binds at its top level."""
    names = set()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        else:
            stored = (n for n in ast.walk(node) if isinstance(n, ast.Name))
            names |= {n.id for n in stored if isinstance(n.ctx, ast.Store)}
    return names


def handed_out(tree: ast.Module) -> list[str] | None:
    """What a module lists in ``__all__``; None without one."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if [t.id for t in targets if isinstance(t, ast.Name)] == ["__all__"]:
                return list(ast.literal_eval(node.value))
    return None


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_each_module_says_what_it_hands_out(path: Path) -> None:
    """Every module has ``__all__``, of names that it binds, each once."""
    tree = ast.parse(path.read_text())
    listed = handed_out(tree)
    assert listed is not None
    assert len(listed) == len(set(listed))
    assert set() == set(listed) - bound(tree)


def test_names_of_the_front_door() -> None:
    """What the stub names is handed out, imported on first use, and nothing else."""
    tree = ast.parse(FRONT.with_suffix(".pyi").read_text())
    named = {
        a.name for n in tree.body if isinstance(n, ast.ImportFrom) for a in n.names
    }
    assert named == set(ef.__all__) == set(dir(ef))
    for name in ef.__all__:
        assert getattr(ef, name).__doc__, name
    with pytest.raises(AttributeError, match="Fero"):
        _ = ef.Fero


def test_where_things_stand() -> None:
    """The table of rooms in CONTRIBUTING names every room, once, and none besides."""
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text[text.index("## Where things stand") : text.index("## A command's")]
    cells = [line.split("|")[2] for line in section.splitlines() if line[:2] == "| "]
    named = [name for cell in cells[1:] for name in re.findall(r"`(\w+)`", cell)]
    parts = {path.relative_to(PACKAGE).parts[0] for path in PACKAGE.rglob("*.py")}
    rooms = {part.removesuffix(".py") for part in parts}
    assert sorted(rooms - {"__init__", "__main__", "_ffi_build"}) == sorted(named)
