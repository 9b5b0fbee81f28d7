"""Installing: how light the base is, how old what it asks for may be."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest

from edgeferro.files.packages import EXTRAS

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]
OF_COMMANDS = sorted(set(EXTRAS.values()) - {"ray"})  # no cluster to try it on
TOOLS = {"pip", "setuptools", "pkg_resources", "_distutils_hack"}
SHORT = ("--subjects", "0", "--seeds", "0", "--passes", "1", "--quiet")


def run(*command: object, cwd: Path) -> str:
    """Run a command, without the checkout on its path; return what it prints."""
    line = [str(part) for part in command]
    own = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        line, cwd=cwd, capture_output=True, text=True, check=False, env=own
    )
    assert 0 == done.returncode, f"{line}: {done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-P", "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*command, str(ROOT), "-w", str(folder)], check=True)
    return next(folder.glob("*.whl"))


def environment(folder: Path, *requirements: object) -> Path:
    """A new virtual environment with some requirements; return its interpreter."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, *requirements, cwd=folder)
    return python


def floors() -> list[str]:
    """The oldest version of each package that the commands may find."""
    extras = PROJECT["optional-dependencies"]
    asked = [*PROJECT["dependencies"], *(one for e in OF_COMMANDS for one in extras[e])]
    return [re.sub(r">=([\d.]+)$", r"==\1", one) for one in asked]


def imported(python: Path) -> set[str]:
    """Modules that the package brings in beyond numpy, in a new interpreter."""
    line = (
        "import sys, numpy; before = set(sys.modules); import edgeferro;"
        "print(*sorted(set(sys.modules) - before))"
    )
    return set(run(python, "-c", line, cwd=python.parent).split())


@pytest.mark.install
def test_base_is_light(wheel: Path, tmp_path: Path) -> None:
    """The base takes at most 120 MB, imports a handful of modules, and trains.

    How long the import takes is measured in benchmarks/test_calls.py.
    """
    python = environment(tmp_path / "base", wheel)
    place = Path(run(python, "-c", "import numpy; print(numpy.__file__)", cwd=tmp_path))
    packages = place.parents[1]
    size = sum(
        path.stat().st_size
        for path in packages.rglob("*")
        if path.is_file()
        and path.relative_to(packages).parts[0].partition("-")[0] not in TOOLS
    )
    assert size <= 120e6
    assert not [name for name in EXTRAS if (packages / name).exists()]
    found = imported(python)
    assert len(found) <= 10, found
    assert not {"cffi", "pydantic", "rich", "typer"} & found
    command = python.with_name("edgeferro")
    run(command, "train", *SHORT, "--json", "run.json", cwd=tmp_path)
    assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["signature"]
    run(command, "firmware", "run", "energy_governor", cwd=tmp_path)


@pytest.mark.install
def test_floors(wheel: Path, tmp_path: Path) -> None:
    """With every package as old as allowed, each command has help and one works."""
    oldest = floors()
    assert not [one for one in oldest if "==" not in one]
    target = f"{wheel}[{','.join(OF_COMMANDS)}]"
    python = environment(tmp_path / "floors", target, *oldest)
    command = python.with_name("edgeferro")
    for name in ("train", "fit", "calibrate", "sweep", "budget", "firmware", "info"):
        assert f"edgeferro {name}" in run(command, name, "--help", cwd=tmp_path)
    run(command, "train", *SHORT, "--json", "run.json", "--plot", "a.png", cwd=tmp_path)
    run(command, "budget", "run.json", cwd=tmp_path)
    table = ("--seeds", "0", "--subjects", "0", "--passes", "1", "--out", "a.parquet")
    run(command, "sweep", *table, "--quiet", cwd=tmp_path)
    made = {path.name for path in tmp_path.glob("*.*")}
    assert {"run.json", "a.png", "budget.html", "a.parquet"} <= made
    code = (
        "import edgeferro as ef; from edgeferro.tasks import digits, mnist;"
        "task = digits.load(); mnist.load(); clf = ef.FerroClassifier(passes=1);"
        "print(clf.fit(task.features[:99], task.labels[:99]).signature_)"
    )
    assert 16 == len(run(python, "-c", code, cwd=tmp_path).strip())


def test_free_threaded_python_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python without stable ABI is refused in a line before anything is compiled."""
    script = str(ROOT / "edgeferro" / "_ffi_build.py")
    monkeypatch.setattr(sys, "argv", [script, "--check"])
    runpy.run_path(script, run_name="__main__")
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: name)
    with pytest.raises(SystemExit, match=r"3\.\d+t \(free-threaded\) is not supp"):
        runpy.run_path(script, run_name="__main__")
