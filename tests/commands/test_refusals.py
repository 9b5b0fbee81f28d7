"""What the command line refuses: one line that names the option, exit code 2."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from console import call

from edgeferro.files.read import shipped_file

LINES = {
    "fit": "FILE: missing; see ",
    "info chip": "NAME: missing; see ",
    "train --workers two": "--workers: 'two' is not a whole number",
    "train --workers 1.5": "--workers: '1.5' is not a whole number",
    "budget --draws 1e4": "--draws: '1e4' is not a whole number",
    "fit a.csv --amplitude-v x": "--amplitude-v: 'x' is not a number",
    "train --seeds": "Option '--seeds' requires an argument.",
    "budget --quiet=3": "Option '--quiet' does not take a value.",
    "train --subject 1": "No such option: --subject",
    "trian": "No such command 'trian'. Did you mean 'train'?",
    "fit nowhere.csv": "nowhere.csv: No such file or directory",
}


@pytest.mark.parametrize("line", LINES)
def test_one_line_names_the_option(line: str, tmp_path: Path) -> None:
    """A wrong or missing argument is told in one line, with its name and its value."""
    done = call(*line.split(), cwd=tmp_path)
    assert 2 == done.returncode
    assert "" == done.stdout
    assert 1 == done.stderr.count("\n")
    assert done.stderr.startswith(f"edgeferro: {LINES[line]}")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("line", ["", "info", "firmware"])
def test_no_command_shows_the_help(line: str) -> None:
    """Without a command there is help, and no empty line after it."""
    done = call(*line.split())
    assert 2 == done.returncode
    assert "Usage" in done.stdout + done.stderr
    assert "edgeferro: \n" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_console(encoding: str, tmp_path: Path) -> None:
    """A name that the console can't show is escaped, printed or refused alike."""
    device = shipped_file("devices", "hzo-200ns.toml").read_text(encoding="utf-8")
    place = tmp_path / "gerät Ω.toml"
    place.write_text(device.replace("hzo-200ns", "gerät Ω"), encoding="utf-8")
    shown = "gerät Ω".encode(encoding, "backslashreplace")
    for name, code in ((place.name, 0), ("gerät Ω", 2)):
        done = subprocess.run(
            [sys.executable, "-m", "edgeferro", "info", "device", name],
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=False,
        )
        assert code == done.returncode
        if encoding != "ascii":  # which click takes for a mistake, and writes UTF-8
            assert shown in (done.stderr if code else done.stdout)
        assert b"Traceback" not in done.stderr
