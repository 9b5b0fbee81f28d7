"""Bare-metal images compiled: a program, its data and the emulator in one."""

from __future__ import annotations

import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edgeferro.core.emulator import Core
from edgeferro.errors import DataError, StateError
from edgeferro.firmware.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.firmware.package import Package

__all__ = ["build_image", "compile_image", "need_tool", "source_folder"]

_BLOCK_BYTES: Final = 1 << 20  # port/image_main.c


def source_folder() -> Path:
    """Folder of ``csrc`` and ``firmware_models``: the package's, or the checkout's."""
    inside = Path(str(files("edgeferro"))) / "sources"
    return inside if inside.is_dir() else inside.parent.parent


def need_tool(command: str, package: str) -> None:
    """Refuse where a compiler or emulator is not installed."""
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
    need_tool(*target.compiler)
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
