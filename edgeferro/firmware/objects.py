"""Compiled sources, kept between runs: only what has changed is compiled again.

An object is found by everything that it is made of: the compiler's bytes, the flags,
the source, every file that the compiler said it had read, and the names of the headers
that it might have read instead. What is found is checked against its digest before it
is used; entries are written whole, so that runs side by side may share the folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Compiled", "cache_folder", "compile_source"]

_JUST_NOW_NS: Final = 20_000_000  # coarser than any file system's clock here
_KEPT_SECONDS: Final = 30 * 86_400
_SOURCES: Final = frozenset({".c", ".def", ".h", ".hpp", ".inc"})
# What a compiler listens to beside its flags.
_HEARD: Final = (
    *("CPATH", "C_INCLUDE_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX"),
    "SOURCE_DATE_EPOCH",
)
# A source with one of these is made of more than the compiler says it has read.
_UNTOLD: Final = (b"incbin", b"__DATE__", b"__TIME__", b"__TIMESTAMP__")


class Compiled:
    """What a compiler made of a source: its warnings, and errors if it refused."""

    def __init__(self, text: str, *, refused: bool, cached: bool) -> None:
        """Keep what it said."""
        self.text = text
        self.refused = refused
        self.cached = cached


def cache_folder() -> Path:
    """Folder of this user's compiled sources; it need not be there."""
    if sys.platform == "win32":
        root = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches"
    else:
        root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "edgeferro" / "objects"


def _digest(*parts: bytes) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "little"))
        total.update(part)
    return total.hexdigest()


@lru_cache(maxsize=8)
def _compiler(command: str) -> str:
    """Digest of a compiler: its bytes, and what it says that it is."""
    path = shutil.which(command) or command
    told = subprocess.run([path, "-v"], capture_output=True, check=False).stderr
    return _digest(Path(path).resolve().read_bytes(), told)


def _names(folders: Sequence[Path]) -> bytes:
    """Sources in some folders: a header that is new may come before another."""
    found = [
        str(path)
        for folder in folders
        for pattern in ("*", "*/*")
        for path in sorted(folder.glob(pattern))
        if path.suffix in _SOURCES
    ]
    return "\n".join(found).encode()


def _read_by(rule: Path) -> list[str]:
    """Files of a rule that ``-MD`` wrote."""
    text = rule.read_text(encoding="utf-8").replace("\\\n", " ")
    names = text.partition(": ")[2].replace("\\ ", "\0").split()
    return [name.replace("\0", " ").replace("$$", "$") for name in names]


def _entry(place: Path, target: Path) -> str | None:
    """Take an object from the folder; what was said of it, None where it is stale."""
    try:
        entry: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
        for name, digest in entry["read"].items():
            if _digest(Path(name).read_bytes()) != digest:
                return None
        data = (place.parent / f"{entry['object']}.o").read_bytes()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if _digest(data) != entry["object"] or not isinstance(entry.get("text"), str):
        return None
    target.write_bytes(data)
    return str(entry["text"])


def _put(path: Path, data: bytes) -> None:
    part = path.with_name(f".{secrets.token_hex(6)}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _keep(place: Path, target: Path, began: int, text: str) -> None:
    """Keep an object, unless something that it is made of has just been changed."""
    rule = target.with_suffix(".d")
    try:
        read = {}
        for name in _read_by(rule):
            if Path(name).stat().st_mtime_ns >= began - _JUST_NOW_NS:
                return
            content = Path(name).read_bytes()
            if any(word in content for word in _UNTOLD):
                return
            read[name] = _digest(content)
        data = target.read_bytes()
        place.parent.mkdir(parents=True, exist_ok=True)
        _forget(place.parent)
        entry = {"read": read, "object": _digest(data), "text": text}
        _put(place.parent / f"{entry['object']}.o", data)
        _put(place, json.dumps(entry).encode())
    except OSError:  # it is only slower without
        return


def _forget(folder: Path) -> None:
    """Remove what nobody has made again for a month, at most once a day."""
    stamp = folder / "looked"
    now = time.time()
    if stamp.exists() and now - stamp.stat().st_mtime < 86_400:
        return
    _put(stamp, b"")
    for path in folder.iterdir():
        if now - path.stat().st_mtime > _KEPT_SECONDS:
            path.unlink(missing_ok=True)


def compile_source(
    line: Sequence[str], source: Path, target: Path, folders: Sequence[Path]
) -> Compiled:
    """Compile a source to an object, or take the one that is there.

    Args:
        line: compiler and flags.
        source: the C file.
        target: the object to write.
        folders: that headers are looked for in, after the source's own.
    """
    # beside the source as its path: the debugger and warnings name it
    key = _digest(
        _compiler(line[0]).encode(),
        "\0".join(line).encode(),
        str([os.environ.get(name) for name in _HEARD]).encode(),
        str(Path.cwd()).encode(),
        str(source).encode(),
        source.read_bytes(),
        _names([source.parent, *folders]),
    )
    place = cache_folder() / f"{key}.json"
    found = _entry(place, target)
    if found is not None:
        return Compiled(found, refused=False, cached=True)
    began = time.time_ns()
    more = [f"-I{folder}" for folder in folders]
    more += ["-MD", "-MF", str(target.with_suffix(".d")), "-c", str(source)]
    done = subprocess.run(
        [*line, *more, "-o", str(target)],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode == 0:
        _keep(place, target, began, done.stderr)
    return Compiled(done.stderr, refused=done.returncode != 0, cached=False)
