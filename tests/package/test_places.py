"""Places to write to: what stands there stays what it is."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from edgeferro.errors import DataError
from edgeferro.files.pictures import new_figure, save_figure
from edgeferro.files.write import (
    PICTURES,
    TABLES,
    check_apart,
    check_folder,
    check_place,
    write_whole,
    writing,
)


def leftovers(folder: Path) -> list[str]:
    """Names of hidden files, as a part of one would be."""
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def make_device(path: Path) -> None:
    """Make a node of /dev/null's kind, where that is permitted."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("making a device node is not permitted here")


def test_link_is_followed(tmp_path: Path) -> None:
    """The file behind a chain of links is replaced; the links stay."""
    (tmp_path / "far").mkdir()
    real = tmp_path / "far" / "real.json"
    real.write_bytes(b"old")
    (tmp_path / "b").symlink_to(Path("far") / "real.json")
    (tmp_path / "a").symlink_to("b")
    check_place("--json", tmp_path / "a")
    write_whole(tmp_path / "a", b"new")
    assert b"new" == real.read_bytes()
    assert (tmp_path / "a").is_symlink()
    assert (tmp_path / "b").is_symlink()
    assert [] == leftovers(tmp_path) + leftovers(tmp_path / "far")


def test_link_to_nothing_yet(tmp_path: Path) -> None:
    """A link to a file that isn't there makes it, if its folder is."""
    (tmp_path / "a").symlink_to("new.json")
    (tmp_path / "b").symlink_to(Path("nowhere") / "new.json")
    (tmp_path / "loop").symlink_to("loop")
    check_place("--json", tmp_path / "a")
    write_whole(tmp_path / "a", b"new")
    assert b"new" == (tmp_path / "new.json").read_bytes()
    with pytest.raises(DataError, match=r"--json: folder .*nowhere is not there"):
        check_place("--json", tmp_path / "b")
    with pytest.raises(DataError, match=r"--json: .*loop: Too many levels"):
        check_place("--json", tmp_path / "loop")


def test_device_is_written_into(tmp_path: Path) -> None:
    """A device node swallows figures and pictures, and stays a node."""
    node = tmp_path / "node.png"
    make_device(node)
    check_place("--plot", node, PICTURES)
    save_figure(new_figure(2.0, 2.0)[0], node)
    write_whole(node, b"figures")
    assert stat.S_ISCHR(node.stat().st_mode)
    with pytest.raises(DataError, match="is no file, and won't be replaced"):
        check_place("--out", node, read_again=True)
    assert [] == leftovers(tmp_path)


def test_pipe_is_written_into(tmp_path: Path) -> None:
    """A reader of a named pipe gets what was written, and the pipe stays."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    check_place("--json", pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, b"figures")
    reader.join(60)
    assert [b"figures"] == found
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(DataError, match=r"--save: .*pipe is no file"):
        check_place("--save", pipe, read_again=True)


WRITE = (
    "import sys; from pathlib import Path; from edgeferro.files import write\n"
    "print('before'); write.check_place('--json', Path(sys.argv[1]))\n"
    "write.write_whole(Path(sys.argv[1]), b'figures\\n'); print('after')\n"
)


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_own_output(name: str, kind: str, tmp_path: Path) -> None:
    """What is written to /dev/stdout stands among what is printed, in its order."""
    command = [sys.executable, "-c", WRITE, name]
    if kind == "pipe":
        text = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    else:
        out = tmp_path / "out"
        with out.open("wb") as stream:
            subprocess.run(command, check=True, stdout=stream)
        text = out.read_bytes()
        assert [] == leftovers(tmp_path)
    assert b"before\nfigures\nafter\n" == text


def test_inherited_descriptor(tmp_path: Path) -> None:
    """A file that the shell holds open is written into, not replaced."""
    held = tmp_path / "held"
    with held.open("wb") as stream:
        name = f"/dev/fd/{stream.fileno()}"
        subprocess.run(
            [sys.executable, "-c", WRITE, name],
            check=True,
            pass_fds=[stream.fileno()],
            stdout=subprocess.DEVNULL,
        )
        assert held.stat().st_ino == os.fstat(stream.fileno()).st_ino
    assert b"figures\n" == held.read_bytes()


def test_rights_stay(tmp_path: Path) -> None:
    """A new file has the rights that new files have; an old one keeps its own."""
    old, new, like = (tmp_path / name for name in ("old", "new", "like"))
    old.write_bytes(b"")
    old.chmod(0o640)
    like.write_bytes(b"")
    write_whole(old, b"x")
    write_whole(new, b"x")
    assert 0o640 == stat.S_IMODE(old.stat().st_mode)
    assert like.stat().st_mode == new.stat().st_mode


def test_whole_or_not_at_all(tmp_path: Path) -> None:
    """What fails half way leaves the old file and nothing beside it."""
    place = tmp_path / "x.json"
    place.write_bytes(b"old")

    def stop_half_way() -> None:
        with writing(place) as stream:
            stream.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_half_way()
    assert b"old" == place.read_bytes()
    assert ["x.json"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no such folder here")
def test_folder_that_takes_no_file(tmp_path: Path) -> None:
    """A folder that can't be written to is refused, for whoever asks."""
    with pytest.raises(DataError, match=r"--json: folder /proc can't be written to: "):
        check_place("--json", Path("/proc/x.json"))
    with pytest.raises(DataError, match=r"--into: folder .*no is not there"):
        check_folder("--into", tmp_path / "no")
    check_folder("--into", tmp_path)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_write_protected(tmp_path: Path) -> None:
    """A protected file or folder is refused before the work."""
    place = tmp_path / "x.json"
    place.write_bytes(b"")
    place.chmod(0o444)
    with pytest.raises(DataError, match=r"--json: .* is write-protected"):
        check_place("--json", place)


def test_endings() -> None:
    """An ending that nothing writes is refused with those that are."""
    check_place("--plot", None, PICTURES)
    with pytest.raises(DataError, match=r"--plot: 'a\.xyz' does not end in \.png, "):
        check_place("--plot", Path("a.xyz"), PICTURES)
    with pytest.raises(DataError, match=r"--out: 'a' does not end in \.csv, \.parq"):
        check_place("--out", Path("a"), TABLES)


def test_missing_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A picture or table whose package is missing is refused with its extra."""
    for package, ending, extra in (
        ("matplotlib", ".png", "plot"),
        ("pyarrow", ".parquet", "parquet"),
    ):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(DataError, match=rf"--x: {package} .*edgeferro\[{extra}\]"):
            check_place("--x", tmp_path / f"a{ending}", (ending,))


def test_one_file_for_two(tmp_path: Path) -> None:
    """Two outputs in one file are refused, links seen through; so is a source."""
    a, link, source = (tmp_path / name for name in ("a.json", "link.json", "s.csv"))
    link.symlink_to("a.json")
    source.write_bytes(b"")
    with pytest.raises(DataError, match=r"--csv: .*link\.json: --json writes it too"):
        check_apart({"--json": a, "--csv": link}, ())
    with pytest.raises(DataError, match=r"--out: .*s\.csv: it is read"):
        check_apart({"--json": a, "--out": source}, (source,))
    null = Path(os.devnull)
    check_apart({"--json": null, "--csv": null, "--plot": None}, (source,))
