"""Programs of one's own: found, judged before any work, and where they died."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from edgeferro.errors import DataError
from edgeferro.firmware.build import Own

if TYPE_CHECKING:
    from collections.abc import Callable

    from edgeferro.core.port import Crash

__all__ = ["crash_text", "find_own"]

_NULL = 4096  # bytes behind a null pointer that nobody may touch


def find_own(name: Path | str, warn: Callable[[str], None] | None = None) -> Own | None:
    """A C file, or a folder of some, as a program; None where it is neither.

    Args:
        name: as it was given.
        warn: is told what the compiler says of it.

    Raises:
        DataError: a folder without a C file, or a file that is no C.
    """
    place = Path(name)
    if place.is_dir():
        sources = tuple(sorted(place.resolve().glob("*.c")))
        if not sources:
            message = f"firmware: folder {name} has no program: no file that ends in .c"
            raise DataError(message)
        return Own(place.resolve().name, sources, place.resolve(), warn)
    if place.suffix == ".c" or place.is_file():
        if not place.is_file():
            message = f"firmware: {name} is not there"
            raise DataError(message)
        if place.suffix != ".c":
            message = f"firmware: {name} is no program: it doesn't end in .c"
            raise DataError(message)
        return Own(place.stem, (place.resolve(),), place.resolve().parent, warn)
    return None


def _tool(*line: str) -> str:
    try:
        done = subprocess.run(
            line, capture_output=True, encoding="utf-8", errors="replace", check=False
        )
    except FileNotFoundError:  # compiled before, and gone since
        return ""
    return done.stdout


def _place(library: Path, offset: int) -> str:
    """' in learn (own.c:12)', or nothing where that is not in the library."""
    found = re.search(r"^([0-9a-f]+) \w fw_guest_run$", _tool("nm", str(library)), re.M)
    if found is None:
        return ""
    at = int(found[1], 16) + offset
    if at < 0:
        return ""
    text = _tool("addr2line", "-f", "-s", "-e", str(library), hex(at))
    function, _, line = text.strip().partition("\n")
    if not function or function == "??":
        return ""
    return f" in {function}" + ("" if "?" in line else f" ({line.split(' ')[0]})")


def crash_text(library: Path, crash: Crash, *, late: bool) -> str:
    """Where and why a program died, or where it was when it was ended."""
    where = _place(library, crash.offset)
    if late:
        return f"it is still running{where}"
    try:
        name = signal.Signals(crash.signal).name
    except ValueError:
        name = "unknown"
    if crash.stack:
        return f"stack overflow{where}"
    text = f"signal {crash.signal} ({name}){where}"
    if name in {"SIGSEGV", "SIGBUS"}:
        null = ", through a null pointer" if crash.address < _NULL else ""
        text += f": address {crash.address:#x}{null}"
    return text
