"""Images run, under QEMU or on this machine, and what they print."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from edgeferro.core.bus import COMMANDS
from edgeferro.core.tally import Tally
from edgeferro.errors import StateError
from edgeferro.firmware.build import build_image, need_tool
from edgeferro.firmware.session import STATUS, Result
from edgeferro.firmware.targets import TARGETS, Target

if TYPE_CHECKING:
    from edgeferro.firmware.package import Package

__all__ = ["parse_result", "run_elf", "run_image"]

_WORDS: Final = len(Tally.zero().words)
_SECONDS: Final = 600
_PORT_TIMES: Final = 1000  # port/image_main.c


def run_elf(name: str, image: Path) -> str:
    """Run an image to its end; what it prints.

    Raises:
        DataError: an emulator that is not installed, by package name.
        StateError: it doesn't come to its end.
    """
    target = TARGETS[name]
    if target.qemu:
        need_tool(target.qemu[0], target.package)
    try:
        done = subprocess.run(
            [*target.qemu, str(image)],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        message = f"the image didn't end within {_SECONDS} s"
        raise StateError(message) from None
    return done.stdout + done.stderr


def _numbers(text: str, key: str, base: int = 10) -> list[int]:
    return [int(n, base) for n in re.findall(rf"^{key}=([0-9a-f]+)\r?$", text, re.M)]


def _costs(text: str, target: Target, which: str) -> dict[int, tuple[int, float]]:
    """Instructions of the firmware by command or by mark: how often, and the mean.

    What the port to the emulator takes beyond a volatile access is taken off.
    """
    if not target.per_instruction:
        return {}
    excess = sum(_numbers(text, "port")) / _PORT_TIMES
    row = rf"^{which}=(\d+)\r?\ntimes=(\d+)\r?\nticks=(\d+)\r?\naccesses=(\d+)\r?$"
    found = {}
    for groups in re.findall(row, text, re.M):
        index, times, ticks, accesses = map(int, groups)
        own = (ticks - accesses * excess) / target.per_instruction
        found[index] = (times, own / times)
    return found


def parse_result(text: str, target: Target) -> Result:
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
        costs={names[n]: cost for n, cost in _costs(text, target, "command").items()},
        marked=_costs(text, target, "mark"),
    )


def run_image(
    package: Package, name: str, level: str = "-O2", own: Path | None = None
) -> Result:
    """Build an image and run it to its end; arguments as of :func:`build_image`.

    Raises:
        DataError: a compiler or emulator that is not installed, by package name.
        StateError: it can't be built, or doesn't come to its end.
    """
    with tempfile.TemporaryDirectory() as folder:
        image = build_image(package, name, Path(folder), level, own)
        return parse_result(run_elf(name, image), TARGETS[name])
