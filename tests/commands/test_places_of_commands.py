"""Where commands write to: bad places are refused before any work, others kept."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
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


# What writes, and where a run, a curve and a folder of its own are.
WRITING = [
    (TRAIN, "--json", ".json"),
    (TRAIN, "--trace", ".csv"),
    (("ranges", *ONE), "--json", ".json"),
    (("budget", "run.json", "--quiet", "--no-html"), "--json", ".json"),
    (("budget", "run.json", "--quiet", "--no-html"), "--csv", ".csv"),
    (("budget", "run.json", "--quiet"), "--html", ".html"),
    (("reproduce", "run.json", "--quiet"), "--json", ".json"),
    (RUN, "--json", ".json"),
    (FIT, "--json", ".json"),
]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run and a curve."""
    folder = tmp_path_factory.mktemp("started")
    done = call(*TRAIN, "--json", "run.json", cwd=folder)
    assert 0 == done.returncode, done.stderr
    steps = [*range(21), *range(19, -1, -1)]
    lines = ["pulse,reading", *(f"{i},{step}" for i, step in enumerate(steps))]
    (folder / "curve.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("words", "option", "ending"), WRITING)
def test_what_stands_there_stays(
    words: tuple[str, ...], option: str, ending: str, started: Path, tmp_path: Path
) -> None:
    """A pipe's reader and the file behind a link get the same; both stay what they are.

    So does a device, where one can be made.
    """
    link, real, pipe = (tmp_path / f"{n}{ending}" for n in ("link", "real", "pipe"))
    node = tmp_path / f"node{ending}"
    real.write_bytes(b"old")
    link.symlink_to(real)
    os.mkfifo(pipe)
    with contextlib.suppress(PermissionError):
        os.mknod(node, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    for place in (link, pipe, *([node] if node.exists() else [])):
        done = call(*words, option, place, cwd=started)
        assert 0 == done.returncode, done.stderr
    reader.join(60)
    assert link.is_symlink()
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert not node.exists() or stat.S_ISCHR(node.stat().st_mode)
    assert [len(real.read_bytes())] == [len(text) for text in found]
    assert len(b"old") < len(real.read_bytes())
    assert sorted(p.name for p in (link, real, pipe, node) if p.exists()) == sorted(
        p.name for p in tmp_path.iterdir()
    )
