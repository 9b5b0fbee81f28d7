"""What firmware costs: instructions, code, RAM and stack, from compiler and QEMU."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgeferro.errors import DataError
from edgeferro.firmware.machines import run_image, source_folder
from edgeferro.firmware.programs import make_package

__all__ = ["Size", "cost_table", "driver_sizes"]

_M3: Final = "-mcpu=cortex-m3 -mthumb -Os -std=c11 -ffreestanding -fstack-usage".split()
_TARGETS: Final = ("cortex-m3", "cortex-m33", "rv32")


@dataclass(frozen=True)
class Size:
    """One source, compiled for Cortex-M3 at -Os.

    Attributes:
        name: of the file.
        text: bytes of code and constants.
        data: bytes of initialised RAM.
        bss: bytes of other static RAM.
        stack: bytes by function, its own frame.
        undefined: names that it needs from elsewhere.
    """

    name: str
    text: int
    data: int
    bss: int
    stack: dict[str, int]
    undefined: list[str]


def _run(*line: str, cwd: Path) -> str:
    done = subprocess.run(
        line, capture_output=True, encoding="utf-8", check=True, cwd=cwd
    )
    return done.stdout


def _size(source: Path, includes: list[str], folder: Path) -> Size:
    name = source.stem
    out = f"{name}.o"
    _run("arm-none-eabi-gcc", *_M3, *includes, "-c", str(source), "-o", out, cwd=folder)
    numbers = _run("arm-none-eabi-size", out, cwd=folder).splitlines()[1].split()
    usage = (folder / f"{name}.su").read_text(encoding="utf-8")
    found = re.findall(r":([a-z_0-9]+)\t(\d+)\t", usage)
    undefined = _run("arm-none-eabi-nm", "-u", out, cwd=folder).split()[1::2]
    text, data, bss = (int(n) for n in numbers[:3])
    stack = {function: int(size) for function, size in found}
    return Size(source.name, text, data, bss, stack, undefined)


def driver_sizes() -> list[Size]:
    """Driver and programs, file by file.

    Raises:
        DataError: the cross compiler is not installed.
    """
    if shutil.which("arm-none-eabi-gcc") is None:
        message = (
            "arm-none-eabi-gcc is not installed: apt-get install gcc-arm-none-eabi"
        )
        raise DataError(message)
    root = source_folder()
    firmware = root / "firmware_models"
    includes = [f"-I{firmware / part}" for part in ("driver", "common", "port")]
    includes.append(f"-I{root / 'csrc' / 'include'}")
    sources = [firmware / "driver" / "ef_driver.c"]
    sources += [
        *(root / "csrc" / "core" / name for name in ("features.c", "symmetry.c")),
        *sorted((firmware / "common").glob("*.c")),
    ]
    sources += sorted((firmware / "programs").glob("*.c"))
    with tempfile.TemporaryDirectory() as folder:
        return [_size(source, includes, Path(folder)) for source in sources]


def cost_table() -> str:
    """Everything as a page of Markdown."""
    lines = [
        "# What firmware costs",
        "",
        "Made by `edgeferro firmware cost`. Sizes: arm-none-eabi-gcc, Cortex-M3, -Os, "
        "bytes; stack: the largest frame of one function.",
        "",
        "| file | text | data | bss | stack | function |",
        "|---|---|---|---|---|---|",
    ]
    sizes = driver_sizes()
    for size in sizes:
        worst = max(size.stack, key=lambda name: size.stack[name])
        lines.append(
            f"| {size.name} | {size.text} | {size.data} | {size.bss} | "
            f"{size.stack[worst]} | {worst} |"
        )
    lines += ["", "Stack of each function, bytes of its own frame:", ""]
    for size in sizes:
        frames = ", ".join(f"{name} {frame}" for name, frame in size.stack.items())
        lines.append(f"- {size.name}: {frames}")
    lines += [
        "",
        "Instructions (not cycles) of `watch_personalise` a command, with what leads "
        "to it: features of a window, scaling, register accesses, waiting; at -O2, "
        "counted under QEMU, the emulator's own left out.",
        "",
        "| machine | inference | update |",
        "|---|---|---|",
    ]
    package = make_package("watch_personalise", passes=1)
    for target in _TARGETS:
        costs = run_image(package, target).costs
        counts = [f"{costs[name][1]:.0f}" for name in ("infer", "learn")]
        lines.append(f"| {target} | {counts[0]} | {counts[1]} |")
    return "\n".join([*lines, ""])
