"""Images run, under QEMU or on this machine, and what they print."""

from __future__ import annotations

import re
import shutil
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from edgeferro.core.bus import COMMANDS
from edgeferro.core.tally import Tally
from edgeferro.errors import DataError, StateError
from edgeferro.firmware.build import build_image, need_machine
from edgeferro.firmware.running import SECONDS, run_elf
from edgeferro.firmware.session import STATUS, Result
from edgeferro.firmware.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from edgeferro.firmware.build import Own
    from edgeferro.firmware.package import Package

__all__ = ["Running", "keep_files", "parse_result", "run_elf", "run_image"]

_WORDS: Final = len(Tally.zero().words)
_GDB_PORT: Final = 1234


def debug_line(name: str, image: Path) -> tuple[tuple[str, ...], str]:
    """What to start an image with so that it waits for a debugger.

    Returns:
        words before the image's other ones; the line that a person types.

    Raises:
        DataError: no gdbserver for an image of this machine.
    """
    port = _free_port()
    gdb = "gdb-multiarch" if TARGETS[name].qemu else "gdb"
    asked = f"{gdb} {image} -ex 'target remote :{port}'"
    if TARGETS[name].qemu:
        return ("-S", "-gdb", f"tcp:127.0.0.1:{port}"), asked
    if shutil.which("gdbserver") is None:
        message = (
            "--gdb: gdbserver is not installed: apt-get install gdbserver; "
            "without it, --keep DIR and gdb DIR/PROGRAM.elf"
        )
        raise DataError(message)
    return ("gdbserver", f"127.0.0.1:{port}"), asked


def _free_port() -> int:
    """The port that debuggers look at first, or another one that nobody listens on."""
    for port in (_GDB_PORT, 0):
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(trial.getsockname()[1])
    message = "--gdb: no port is free on this machine"
    raise DataError(message)


def _numbers(text: str, key: str, base: int = 10) -> list[int]:
    return [int(n, base) for n in re.findall(rf"^{key}=([0-9a-f]+)\r?$", text, re.M)]


def _costs(text: str, which: str) -> dict[int, tuple[int, float]]:
    """Instructions of the firmware by command or by mark: how often, and the mean."""
    row = rf"^{which}=(\d+)\r?\ntimes=(\d+)\r?\ninstructions=(\d+)\r?$"
    found = {}
    for groups in re.findall(row, text, re.M):
        index, times, instructions = map(int, groups)
        found[index] = (times, instructions / times)
    return found


def parse_result(text: str) -> Result:
    """Read what an image printed.

    Raises:
        StateError: it didn't come to its end.
    """
    signature = re.search(r"^signature=([0-9a-f]{1,16})\r?$", text, re.M)
    status = _numbers(text, "status")
    code = status[0] - (1 << 32) if status and status[0] >> 31 else sum(status[:1])
    if signature is None and code:
        message = f"the image doesn't start: {STATUS.get(code, str(code))}"
        raise StateError(message)
    if signature is None or not status:
        message = f"the image didn't come to its end: {text.strip()[-300:]!r}"
        raise StateError(message)
    names = {number: name for name, number in COMMANDS.items()}
    words = np.zeros(_WORDS, np.uint64)
    pairs = zip(_numbers(text, "word"), _numbers(text, "count"), strict=True)
    for index, count in pairs:
        words[index] = count
    return Result(
        status=STATUS.get(code, str(code)),
        right=_numbers(text, "right"),
        of=_numbers(text, "of"),
        values=_numbers(text, "value"),
        tally=Tally(words),
        signature=signature[1].zfill(16),
        cycles=next(iter(_numbers(text, "cycles")), None),
        awake=next(iter(_numbers(text, "awake")), None),
        asleep=next(iter(_numbers(text, "asleep")), None),
        costs={names[n]: cost for n, cost in _costs(text, "command").items()},
        marked=_costs(text, "mark"),
    )


@dataclass(frozen=True)
class Running:
    """How an image is run.

    Attributes:
        timeout_s: seconds after which it is ended; None: 600, or never in a debugger.
        keep: folder for image, map and data; None: they go away.
        debugger: is told the debugger's line, and the image waits; None: it runs.
    """

    timeout_s: float | None = None
    keep: Path | None = None
    debugger: Callable[[str], None] | None = None


def keep_files(found: Path, data: bytes, keep: Path, name: str) -> Path:
    """Copy what was built, its map and its data to a folder; the copy."""
    place = keep / f"{name}{found.suffix}"
    shutil.copy(found, place)
    shutil.copyfile(found.with_suffix(".map"), keep / f"{name}.map")
    (keep / f"{name}.bin").write_bytes(data)
    return place


def run_image(
    package: Package,
    name: str,
    level: str = "-O2",
    own: Own | None = None,
    how: Running | None = None,
) -> Result:
    """Build an image and run it to its end; arguments as of :func:`build_image`.

    Args:
        package: program and data.
        name: of :data:`TARGETS`.
        level: of optimisation.
        own: a program of one's own, in place of the shipped ones.
        how: it is run.

    Raises:
        DataError: a compiler or emulator that is not installed, by package name.
        StateError: it can't be built, or doesn't come to its end.
    """
    how = how or Running()
    need_machine(name, own=own is not None)
    with tempfile.TemporaryDirectory() as folder:
        image = build_image(package, name, Path(folder), level, own)
        if how.keep is not None:
            stem = f"{package.name}-{name}"
            image = keep_files(image, package.blob(), how.keep, stem)
        if how.debugger is None:
            text = run_elf(name, image, how.timeout_s or SECONDS)
        else:
            line, asked = debug_line(name, image)
            how.debugger(asked)
            text = run_elf(name, image, how.timeout_s, line)
        return parse_result(text)
