"""House rules that a machine can check."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("csrc", "edgeferro", "tests", "firmware_models", "benchmarks", "docs")
LIBC = {"features.h", "math.h", "time.h", "signal.h", "string.h", "errno.h", "assert.h"}


def files(*endings: str) -> list[Path]:
    """Source files with one of the endings."""
    found = [p for f in FOLDERS for p in (ROOT / f).rglob("*") if p.suffix in endings]
    return [p for p in found if "__pycache__" not in p.parts]


def name(path: Path) -> str:
    """Path within the repository."""
    return str(path.relative_to(ROOT))


PRODUCT = [path for path in files(".py") if "tests" not in path.parts]


@pytest.mark.parametrize("path", files(".py", ".c", ".h"), ids=name)
def test_text(path: Path) -> None:
    """Lines up to 88 columns, no tabs, no trailing space, no forgotten note."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        assert len(line) <= 88 or "http" in line or "noqa" in line, number
        assert "\t" not in line, number
        assert line == line.rstrip(), number
        assert not re.search(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b", line), number


@pytest.mark.parametrize("path", files(".c", ".h"), ids=name)
def test_c_files(path: Path) -> None:
    """Up to 500 lines, a licence line, functions up to 60 lines, no floats."""
    lines = path.read_text().splitlines()
    assert len(lines) <= 500
    assert "SPDX-License-Identifier: Apache-2.0" in "\n".join(lines[:12])
    start = None
    for number, line in enumerate(lines):
        if line == "{":
            start = number
        if line == "}" and start is not None:
            assert number - start <= 60, f"function that ends at line {number + 1}"
            start = None
        assert not re.search(r"\b(float|double)\b", line.partition("//")[0]), number + 1
    assert path.name not in LIBC


@pytest.mark.parametrize("path", files(".py"), ids=name)
def test_python_files(path: Path) -> None:
    """Up to 400 lines (tests and the binding up to 450)."""
    limit = 450 if "tests" in path.parts or path.name in {"emulator.py"} else 400
    assert len(path.read_text().splitlines()) <= limit


def test_files_of_tests_have_names_of_their_own() -> None:
    """Two of one name in two folders can't be collected in one run."""
    names = sorted(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert sorted(set(names)) == names


def unnamed(tree: ast.AST) -> list[int]:
    """Lines that read or write text without saying in which encoding."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        modes = [a.value for a in node.args if isinstance(a, ast.Constant)]
        binary = any("b" in str(mode) for mode in modes if len(str(mode)) <= 3)
        opens = name in {"read_text", "write_text"} or (name == "open" and not binary)
        texts = getattr(named.get("text"), "value", False) is True
        if (opens or texts) and "encoding" not in named:
            found.append(node.lineno)
    return found


@pytest.mark.parametrize("path", PRODUCT, ids=name)
def test_encodings_are_named(path: Path) -> None:
    """Text is read and written as UTF-8 by name, never as the locale has it."""
    assert [] == unnamed(ast.parse(path.read_text(encoding="utf-8")))


def test_commands_exist() -> None:
    """The README's commands are targets of the Makefile."""
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make (\w+)", (ROOT / "README.md").read_text()):
        assert f"\n{target}:" in makefile


def test_nothing_of_this_machine() -> None:
    """No file names a home, a work folder or a package host."""
    words = ["/" + "root/", "/" + "work/", "files." + "pythonhosted", "pypi" + ".org"]
    for path in files(".py", ".c", ".h", ".md", ".toml", ".txt", ".sh", ".cmake"):
        text = path.read_text(errors="replace")
        assert [] == [word for word in words if word in text], path
