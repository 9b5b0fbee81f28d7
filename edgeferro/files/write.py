"""Places to write to: refused before any work, written whole or not at all.

What stands at a place stays what it is: a link is followed and the file that it leads
to is replaced, a pipe or a device is written into, and nothing else is touched.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NoReturn

from edgeferro.errors import DataError
from edgeferro.files.packages import need

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "PICTURES",
    "TABLES",
    "check_apart",
    "check_folder",
    "check_place",
    "toml_value",
    "write_json",
    "write_whole",
    "writing",
]

PICTURES: Final = (".png", ".svg", ".pdf")
TABLES: Final = (".csv", ".parquet")
_PACKAGES: Final = dict.fromkeys(PICTURES, "matplotlib") | {".parquet": "pyarrow"}


def _refuse(text: str) -> NoReturn:
    raise DataError(text)


def _status(path: Path) -> os.stat_result | None:
    """What stands at a path, links followed; None where nothing does."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _own_stream(status: os.stat_result) -> int | None:
    """Descriptor of this process' output that a path leads to, as /dev/stdout does."""
    for descriptor in (1, 2):
        with contextlib.suppress(OSError):
            if os.path.samestat(status, os.fstat(descriptor)):
                return descriptor
    return None


def _is_descriptor(path: Path) -> bool:
    """Whether a path names an open file, whose holder would miss a replacement."""
    folder = os.path.realpath(path.parent)
    return folder == "/dev/fd" or (folder[:6] == "/proc/" and folder[-3:] == "/fd")


def check_folder(option: str, folder: Path) -> None:
    """Refuse a folder that no file can be made in, by making one.

    Raises:
        DataError: names the option: not there, or not to be written to.
    """
    if not folder.is_dir():
        _refuse(f"{option}: folder {folder} is not there")
    trial = folder / f".{secrets.token_hex(6)}.part"
    try:
        with trial.open("xb"):
            pass
        trial.unlink()
    except OSError as error:
        _refuse(f"{option}: folder {folder} can't be written to: {error.strerror}")


def check_place(
    option: str,
    path: Path | None,
    endings: tuple[str, ...] = (),
    *,
    read_again: bool = False,
) -> None:
    """Refuse a place that no file can be written to; None is no place at all.

    Args:
        option: how the user wrote it.
        path: of the file.
        endings: allowed ones, in small letters; none allows all.
        read_again: the file is read later, so a pipe or a device won't do.

    Raises:
        DataError: names the option: an ending, a folder that is not there or can't be
            written to, or something that is no file.
        PackageError: what writes this ending is not installed.
    """
    if path is None:
        return
    if endings and path.suffix.lower() not in endings:
        _refuse(f"{option}: {path.name!r} does not end in {', '.join(endings)}")
    if endings and path.suffix.lower() in _PACKAGES:
        need(_PACKAGES[path.suffix.lower()], option)
    try:
        _check_target(option, path, read_again=read_again)
    except OSError as error:
        _refuse(f"{option}: {path}: {error.strerror}")


def _check_target(option: str, path: Path, *, read_again: bool) -> None:
    status = _status(path)
    if status is not None and stat.S_ISDIR(status.st_mode):
        _refuse(f"{option}: {path} is a folder")
    if status is not None and not stat.S_ISREG(status.st_mode):
        stream = stat.S_ISFIFO(status.st_mode) or stat.S_ISCHR(status.st_mode)
        if read_again or not stream:
            _refuse(f"{option}: {path} is no file, and won't be replaced by one")
    if status is not None and not os.access(path, os.W_OK):
        _refuse(f"{option}: {path} is write-protected")
    if status is None or stat.S_ISREG(status.st_mode):
        if status is not None and (_own_stream(status) or _is_descriptor(path)):
            return
        folder = Path(os.path.realpath(path)).parent
        if not folder.is_dir():
            _refuse(
                f"{option}: folder {folder if path.is_symlink() else path.parent} is "
                f"not there; {path.name} can't be written"
            )
        check_folder(option, folder)


def check_apart(places: Mapping[str, Path | None], sources: tuple[Path, ...]) -> None:
    """Refuse one file for two outputs, or an output in place of a source.

    Args:
        places: by option; pipes and devices may be shared.
        sources: files that the command reads.

    Raises:
        DataError: names the options.
    """
    taken = {os.path.realpath(path): "" for path in sources}
    for option, path in places.items():
        if path is None or (path.exists() and not path.is_file()):
            continue
        real = os.path.realpath(path)
        if real in taken:
            other = taken[real]
            why = f"{other} writes it too" if other else "it is read"
            _refuse(f"{option}: {path}: {why}")
        taken[real] = option


@contextlib.contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Open a place to write to; a file is put in place when all went well.

    The one way of this package to write: beside the file first, with the rights that a
    new file has or the old one had, then in its place. Pipes, devices and this
    process' own output are written into.
    """
    path = Path(path)
    status = _status(path)
    own = None if status is None else _own_stream(status)
    try:
        if own is not None:
            (sys.stdout if own == 1 else sys.stderr).flush()
            with os.fdopen(os.dup(own), "wb") as stream:
                yield stream
        elif status is None or _is_replaced(path, status):
            with _replacing(Path(os.path.realpath(path)), status) as stream:
                yield stream
        else:
            with path.open("wb") as stream:
                yield stream
    except OSError as error:
        # not the name of the part, nor none where a stream broke
        error.filename = str(path)
        raise


def _is_replaced(path: Path, status: os.stat_result) -> bool:
    """Whether a file takes the place of what is there, instead of going into it.

    Raises:
        DataError: neither: a disk.
    """
    if stat.S_ISBLK(status.st_mode):
        _refuse(f"{path}: is no file, and won't be replaced by one")
    return stat.S_ISREG(status.st_mode) and not _is_descriptor(path)


@contextlib.contextmanager
def _replacing(target: Path, old: os.stat_result | None) -> Iterator[BinaryIO]:
    part = target.with_name(f".{secrets.token_hex(6)}.part")
    try:
        with part.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if old is not None:
            part.chmod(stat.S_IMODE(old.st_mode))
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    with writing(path) as stream:
        stream.write(data)


def toml_value(value: Any) -> str:
    """Text, a number, a flag or a list of them as TOML, in one line.

    TOML writes these as JSON does, but escapes one character more. tomli-w would break
    lists into lines and figures into tables of their own; ours stay as shipped ones.
    """
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write figures as JSON for people and programs, whole or not at all."""
    write_whole(path, (json.dumps(content, indent=2) + "\n").encode())
