"""The core needs four memory functions and no floating point."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "c" / "check_symbols.py"
CSRC = SCRIPT.parent.parent.parent / "csrc"


def run(csrc: Path) -> subprocess.CompletedProcess[str]:
    """Run the check on a folder of sources."""
    command = [sys.executable, str(SCRIPT), str(csrc)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_core_is_clean() -> None:
    """Every compiler finds nothing undefined that may not be."""
    done = run(CSRC)
    assert 0 == done.returncode, done.stdout + done.stderr
    assert 3 == done.stdout.count("needs")


@pytest.mark.slow
def test_a_float_is_caught(tmp_path: Path) -> None:
    """A source that multiplies floats fails the check."""
    shutil.copytree(CSRC, tmp_path / "csrc")
    text = "float ef_bad(float a);\nfloat ef_bad(float a)\n{\n    return a * a;\n}\n"
    (tmp_path / "csrc" / "core" / "bad.c").write_text(text)
    assert 0 != run(tmp_path / "csrc").returncode
