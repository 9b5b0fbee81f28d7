"""Bare-metal images: a program, its data and the emulator, built and run under QEMU."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from edgeferro.core.bus import COMMANDS
from edgeferro.core.emulator import Core
from edgeferro.core.tally import Tally
from edgeferro.errors import DataError, StateError
from edgeferro.firmware.session import STATUS, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.firmware.package import Package

__all__ = [
    "TARGETS",
    "Target",
    "build_image",
    "compile_image",
    "run_elf",
    "run_image",
    "source_folder",
]

_WORDS: Final = len(Tally.zero().words)
_SECONDS: Final = 600
_BLOCK_BYTES: Final = 1 << 20  # port/image_main.c
_PORT_TIMES: Final = 1000  # the same


@dataclass(frozen=True)
class Target:
    """A machine that images run on.

    Attributes:
        compiler: its command, and the Debian package it is in.
        flags: of compiler and linker.
        platform: files below ``targets/``.
        qemu: the emulator's command line, the image last; empty for this machine.
        package: of the emulator.
        per_instruction: ticks of the platform's counter, 0 where nothing counts.
    """

    compiler: tuple[str, str]
    flags: tuple[str, ...]
    platform: tuple[str, ...]
    qemu: tuple[str, ...] = ()
    package: str = ""
    per_instruction: float = 0.0


_ARM: Final = ("arm-none-eabi-gcc", "gcc-arm-none-eabi")
_BARE: Final = ("-ffreestanding", "-nostdlib", "-Wl,--gc-sections")
_SEMIHOST: Final = (
    "-display none -monitor none -serial none -chardev stdio,id=c "
    "-semihosting-config enable=on,target=native,chardev=c -icount shift=7"
).split()
TARGETS: Final = {
    "host-image": Target(("gcc", "gcc"), (), ("host/platform.c",)),
    "cortex-m3": Target(
        _ARM,
        ("-mcpu=cortex-m3", "-mthumb", *_BARE),
        ("cortex-m3/startup.c", "minilib.c", "cortex-m3/link.ld"),
        ("qemu-system-arm", "-M", "mps2-an385", *_SEMIHOST, "-kernel"),
        "qemu-system-arm",
        128 / 40,  # ns of an instruction under -icount over ns of a tick at 25 MHz
    ),
    "cortex-m33": Target(
        _ARM,
        ("-mcpu=cortex-m33", "-mthumb", "-DTIMER_BASE=0x50000000u", *_BARE),
        ("cortex-m3/startup.c", "minilib.c", "cortex-m33/link.ld"),
        ("qemu-system-arm", "-M", "mps2-an505", *_SEMIHOST, "-kernel"),
        "qemu-system-arm",
        128 / 50,
    ),
    "rv32": Target(
        ("riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf"),
        (
            *"-march=rv32imac -mabi=ilp32 -misa-spec=2.2 -mcmodel=medany".split(),
            *_BARE,
            "-Wl,--no-warn-rwx-segments",
        ),
        (
            "rv32imac/start.S",
            "rv32imac/platform.c",
            "minilib.c",
            "rv32imac/link.ld",
        ),
        (
            *"qemu-system-riscv32 -M virt -bios none -nographic -monitor none".split(),
            *"-serial stdio -icount shift=7 -kernel".split(),
        ),
        "qemu-system-misc",
        128.0,  # minstret is virtual nanoseconds under -icount
    ),
}


def source_folder() -> Path:
    """Folder of ``csrc`` and ``firmware_models``: the package's, or the checkout's."""
    inside = Path(str(files("edgeferro"))) / "sources"
    return inside if inside.is_dir() else inside.parent.parent


def _need(command: str, package: str) -> None:
    if shutil.which(command) is None:
        message = f"{command} is not installed: apt-get install {package}"
        raise DataError(message)


def build_image(
    package: Package,
    name: str,
    folder: Path,
    level: str = "-O2",
    own: Path | None = None,
) -> Path:
    """Compile and link one image.

    Args:
        package: program and data.
        name: of :data:`TARGETS`.
        folder: for the data and the image.
        level: of optimisation.
        own: folder of a program of one's own, in place of the shipped ones.

    Raises:
        DataError: no such target, or its compiler is not installed.
        StateError: the compiler refuses.
    """
    size = Core(package.image.registers).size
    if size > _BLOCK_BYTES:
        message = f"the chip needs {size} bytes, an image has {_BLOCK_BYTES}"
        raise DataError(message)
    root = source_folder()
    firmware = root / "firmware_models"
    sources = [*sorted((root / "csrc").glob("*/*.c"))]
    for part in (
        firmware / "driver",
        firmware / "common",
        own or firmware / "programs",
    ):
        sources += sorted(part.glob("*.c"))
    port = firmware / "port"
    sources += [port / "emulator.c", port / "port_image.c", port / "image_main.c"]
    includes = [root / "csrc" / part for part in ("include", "core", "bus")]
    includes.append(firmware / "targets")
    includes += [firmware / part for part in ("driver", "common", "port")]
    return compile_image(name, (sources, includes), package.blob(), folder, level)


def compile_image(
    name: str,
    parts: tuple[Sequence[Path], Sequence[Path]],
    blob: bytes,
    folder: Path,
    level: str = "-O2",
) -> Path:
    """Compile sources for a machine, its start-up code and a blob with them.

    Args:
        name: of :data:`TARGETS`.
        parts: sources, with a ``main``, and folders of headers.
        blob: what ``fw_blob`` begins.
        folder: for the blob and the image.
        level: of optimisation.

    Raises:
        DataError: no such target, or its compiler is not installed.
        StateError: the compiler refuses.
    """
    if name not in TARGETS:
        message = f"--on: {name!r} is not one of host, {', '.join(TARGETS)}"
        raise DataError(message)
    target, firmware = TARGETS[name], source_folder() / "firmware_models"
    _need(*target.compiler)
    data = folder / "blob.bin"
    data.write_bytes(blob)
    places = [firmware / "targets" / file for file in target.platform]
    line: list[str] = [target.compiler[0], "-std=c11", level, *target.flags]
    line += ["-ffunction-sections", "-fdata-sections", f'-DFW_BLOB_FILE="{data}"']
    sources, headers = parts
    line += [f"-I{place}" for place in headers]
    line += [*map(str, sources), str(firmware / "port" / "blob.S")]
    for place in places:
        line += ["-T", str(place)] if place.suffix == ".ld" else [str(place)]
    image = folder / "image.elf"
    line += ["-lgcc"] if target.qemu else ["-Wl,-z,noexecstack"]
    done = subprocess.run(
        [*line, "-o", str(image)],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        message = f"{target.compiler[0]}: {done.stderr.strip()[-2000:]}"
        raise StateError(message)
    return image


def run_elf(name: str, image: Path) -> str:
    """Run an image to its end; what it prints.

    Raises:
        DataError: an emulator that is not installed, by package name.
        StateError: it doesn't come to its end.
    """
    target = TARGETS[name]
    if target.qemu:
        _need(target.qemu[0], target.package)
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
