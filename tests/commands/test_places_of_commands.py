"""Where commands write to: each option of each refuses a bad place before any work."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from console import call

from edgeferro.core import emulator

ONE = ("--subjects", "0", "--seeds", "0", "--passes", "1", "--quiet")
PAGE = (*ONE, "--no-html")
TRAIN, SWEEP = ("train", *ONE), ("sweep", "--rule", "sgd-counted", *ONE)
FIT, RUN = ("fit", "curve.csv"), ("firmware", "run", "watch_personalise")
# Each command with an option that names a file, and the ending that it asks for.
OPTIONS = [
    (TRAIN, "--json", ".json"),
    (TRAIN, "--plot", ".png"),
    (TRAIN, "--trace", ".csv"),
    (TRAIN, "--save", ".json"),
    (TRAIN, "--save-image", ".npz"),
    (SWEEP, "--json", ".json"),
    (SWEEP, "--out", ".csv"),
    (("calibrate", *ONE), "--json", ".json"),
    (("calibrate", *ONE), "--plot", ".png"),
    (("ranges", *ONE), "--json", ".json"),
    (("budget", *PAGE), "--json", ".json"),
    (("budget", *PAGE), "--csv", ".csv"),
    (("budget", *ONE), "--html", ".html"),
    (("paper", "--quiet"), "--out", ".csv"),
    (("reproduce", "run.json", "--quiet"), "--json", ".json"),
    (FIT, "--json", ".json"),
    (FIT, "--plot", ".png"),
    (FIT, "--out", ".toml"),
    (RUN, "--json", ".json"),
    (RUN, "--trace", ".jsonl"),
    (RUN, "--vcd", ".vcd"),
]
BAD = {
    "a folder": "folder",
    "a folder that is not there": "nowhere/x",
    "a folder that takes no file": "/proc/x",
    "a link to itself": "loop",
    "a link to nowhere": "lost",
    "a name that is too long": "x" * 300,
    "no name": "",
    "a disk": "disk",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With what stands in the way, in a process that can bring no chip up."""

    def refuse(_registers: object) -> None:
        message = "a chip was brought up before the places were judged"
        raise AssertionError(message)

    monkeypatch.setattr(emulator, "allocate", refuse)
    (tmp_path / "curve.csv").write_text("1,2\n3,4\n", encoding="utf-8")
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    for ending in {ending for _, _, ending in OPTIONS}:
        (tmp_path / f"folder{ending}").mkdir()
        (tmp_path / f"loop{ending}").symlink_to(f"loop{ending}")
        (tmp_path / f"lost{ending}").symlink_to(f"nowhere/x{ending}")
    return tmp_path


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize(("words", "option", "ending"), OPTIONS)
def test_a_bad_place_is_refused(
    words: tuple[str, ...], option: str, ending: str, bad: str, folder: Path
) -> None:
    """One line that names the option, exit code 2; nothing ran, nothing was made."""
    place = f"{BAD[bad]}{ending}" if BAD[bad] else ""
    if bad == "a disk":
        try:
            os.mknod(folder / place, stat.S_IFBLK | 0o600, os.makedev(7, 200))
        except PermissionError:
            pytest.skip("making a device node is not permitted here")
    before = sorted(folder.iterdir())
    done = call(*words, option, place, cwd=folder)
    assert 2 == done.returncode, done.stderr
    assert done.stderr.startswith(f"edgeferro: {option}: "), done.stderr
    assert 1 == done.stderr.count("\n"), done.stderr
    assert before == sorted(folder.iterdir())
