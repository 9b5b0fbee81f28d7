"""What firmware costs: instructions, code, RAM and stack, from compiler and QEMU."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edgeferro.errors import DataError
from edgeferro.files.write import check_place, write_whole
from edgeferro.firmware.build import source_folder
from edgeferro.firmware.counting import counts_text, measure_counts

if TYPE_CHECKING:
    from edgeferro.energy.mcu import Counts

__all__ = ["Size", "cost_table", "driver_sizes", "write_costs"]

_M3: Final = "-mcpu=cortex-m3 -mthumb -Os -std=c11 -ffreestanding -fstack-usage".split()


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
    parts = ("driver", "common", "port", "alternative")
    includes = [f"-I{firmware / part}" for part in parts]
    includes.append(f"-I{root / 'csrc' / 'include'}")
    sources = sorted((firmware / "driver").glob("*.c"))
    sources += [
        *(root / "csrc" / "core" / name for name in ("features.c", "symmetry.c")),
        *sorted((firmware / "common").glob("*.c")),
    ]
    sources += sorted((firmware / "programs").glob("*.c"))
    sources.append(firmware / "alternative" / "alternative.c")
    with tempfile.TemporaryDirectory() as folder:
        return [_size(source, includes, Path(folder)) for source in sources]


def cost_table(counts: Counts) -> str:
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
        "Instructions (not cycles) of a command, at -O2, counted under QEMU, the "
        "emulator's own left out. Of a program with what leads to it: features of a "
        "window, scaling, register accesses, waiting. `driver` is the driver alone, "
        "from codes that are there. `alternative` is the same network on the "
        "microcontroller alone, on random samples; `alternative-watch` while it learns "
        "the watch task. An update counts its forward pass.",
        "",
        "| program | shape | machine | inference | update |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *_count_rows(counts), ""])


def _count_rows(counts: Counts) -> list[str]:
    """Inferences and updates side by side."""
    rows = []
    for count in counts.counts:
        if count.command == "infer":
            runs = f"{count.program}/learn"
            update = counts.find(count.core, runs, count.shape)
            shape = "-".join(map(str, count.shape))
            rows.append(
                f"| {count.program} | {shape} | {count.core} | "
                f"{count.instructions:.0f} | {update.instructions:.0f} |"
            )
    return rows


def write_costs(folder: Path) -> list[Path]:
    """Measure once; write the table and the counts that budgets read.

    Args:
        folder: for ``COST.md`` and ``instructions.toml``.

    Raises:
        DataError: the place is no folder to write in, or a tool is not installed.
    """
    places = {"COST.md": folder / "COST.md", "toml": folder / "instructions.toml"}
    for place in places.values():
        check_place("--into", place)
    counts = measure_counts()
    write_whole(places["COST.md"], cost_table(counts).encode())
    write_whole(places["toml"], counts_text(counts).encode())
    return list(places.values())
