"""A golden bus that misreads one clause is told from the bus by the lockstep.

A tier of its own: ``make misread``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from faults_bus import FAULTS

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
RDL = Path("csrc") / "bus" / "edgeferro.rdl"
CLAUSES = {"11.3", "18.3"} | {f"19.{i}" for i in range(1, 15)}
pytestmark = pytest.mark.misread


def lockstep(folder: Path, test: str) -> subprocess.CompletedProcess[str]:
    """Run a test with the golden model that is in a folder, up to the first failure."""
    places = " ".join(map(str, (folder / "tests", TESTS, TESTS / "support")))
    command = [sys.executable, "-P", "-m", "pytest", "-x", "-p", "no:cacheprovider"]
    # Without conftest.py, whose folder would come first, and with it the true golden.
    command += ["--noconftest", "--assert=plain", "--rootdir", str(ROOT)]
    command += ["-c", str(ROOT / "pyproject.toml"), "-o", f"pythonpath={places}"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([*command, str(TESTS / test)], capture_output=True, text=True,
                          check=False, env=env)  # fmt: skip


def changed(folder: Path, name: str) -> None:
    """Copy the golden model into a folder, with one clause misread."""
    shutil.copytree(TESTS / "golden", folder / "tests" / "golden")
    (folder / RDL).parent.mkdir(parents=True)
    shutil.copy(ROOT / RDL, folder / RDL)
    fault = FAULTS[name]
    place = folder / "tests" / "golden" / fault.file
    text = place.read_text(encoding="utf-8")
    count = text.count(fault.before)
    assert 1 == count, f"{fault.file}: {fault.before!r} stands {count} x"
    place.write_text(text.replace(fault.before, fault.after), encoding="utf-8")


@pytest.mark.parametrize("name", FAULTS)
def test_caught(name: str, tmp_path: Path) -> None:
    """One clause misread turns its test red by an assertion."""
    changed(tmp_path, name)
    done = lockstep(tmp_path, FAULTS[name].test)
    assert 1 == done.returncode, done.stdout[-2000:]
    assert "AssertionError" in done.stdout


def test_every_clause_has_a_row() -> None:
    """Steps, kept accumulators and each clause of the bus are misread at least once."""
    assert CLAUSES == {fault.clause for fault in FAULTS.values()}
