"""Programs compiled: images with data and emulator, libraries for this process."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edgeferro.core.emulator import Core
from edgeferro.errors import DataError, StateError
from edgeferro.firmware.objects import compile_source
from edgeferro.firmware.targets import TARGETS, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edgeferro.firmware.package import Package

__all__ = [
    "Own",
    "build_guest",
    "build_image",
    "compile_image",
    "need_machine",
    "need_tool",
    "source_folder",
]

_BLOCK_BYTES: Final = 1 << 20  # port/image_main.c
_HOST_COMPILER: Final = ("gcc", "gcc")
# What a program may call beside the driver: files of the core that stand alone.
_ALONE: Final = ("features.c", "symmetry.c")
_SAID: Final = re.compile(
    r": (?:fatal )?error: |undefined reference|multiple definition"
)


@dataclass(frozen=True)
class Own:
    """A program of one's own.

    Attributes:
        name: of its file or folder.
        sources: its C files.
        folder: that they lie in.
        warn: is told what the compiler says of them.
    """

    name: str
    sources: tuple[Path, ...]
    folder: Path
    warn: Callable[[str], None] | None = None

    def short(self, text: str) -> str:
        """What a compiler said, files as seen from the program's folder."""
        return text.replace(f"{self.folder.resolve()}{os.sep}", "")


def source_folder() -> Path:
    """Folder of ``csrc`` and ``firmware_models``: the package's, or the checkout's."""
    inside = Path(str(files("edgeferro"))) / "sources"
    return inside if inside.is_dir() else inside.parent.parent


def need_tool(command: str, package: str) -> None:
    """Refuse in one line where a tool is missing.

    Raises:
        DataError: it is not installed; says which package brings it.
    """
    if shutil.which(command) is None:
        message = f"{command} is not installed: apt-get install {package}"
        raise DataError(message)


def need_machine(name: str, *, own: bool) -> None:
    """Refuse a machine that lacks its compiler or emulator, before any work.

    Args:
        name: 'host' or one of :data:`TARGETS`.
        own: whether a program of one's own is to be compiled for it.

    Raises:
        DataError: no such machine, or what is not installed.
    """
    if name == "host":
        if own:
            need_tool(*_HOST_COMPILER)
        return
    target = _target(name)
    need_tool(*target.compiler)
    if target.qemu:
        need_tool(target.qemu[0], target.package)


def _target(name: str) -> Target:
    if name not in TARGETS:
        message = f"--on: {name!r} is not one of host, {', '.join(TARGETS)}"
        raise DataError(message)
    return TARGETS[name]


def _folders() -> list[Path]:
    """Folders of headers that a program may include, and those of the emulator."""
    root = source_folder()
    found = [root / "csrc" / part for part in ("include", "core", "bus")]
    firmware = root / "firmware_models"
    return [*found, *(firmware / part for part in ("driver", "common", "port"))]


def _first_error(text: str, own: Own | None) -> str:
    """The first of what a compiler or linker refused, and how many more there are."""
    lines = [line.strip() for line in text.splitlines() if _SAID.search(line)]
    lines = lines or text.strip().splitlines()[-1:] or ["no reason given"]
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    first = lines[0] if own is None else own.short(lines[0])
    return f"{first}{more}"


def _objects(
    line: Sequence[str],
    sources: Sequence[Path],
    folders: Sequence[Path],
    into: Path,
    own: Own | None,
) -> list[str]:
    """Compile what has changed, one's own first; the objects' names."""
    mine = () if own is None else own.sources
    if own is not None:
        folders = [own.folder, *folders]

    def one(job: tuple[int, Path]) -> str:
        index, source = job
        target = into / f"{index}_{source.stem}.o"
        extra = ["-Wall", "-Wextra"] if source in mine else []
        done = compile_source([*line, *extra], source, target, folders)
        if done.refused:
            message = f"{line[0]}: {_first_error(done.text, own)}"
            raise StateError(message)
        if source in mine and done.text and own is not None and own.warn is not None:
            own.warn(own.short(done.text.strip()))
        return str(target)

    jobs = list(enumerate(sources))
    found = [one(job) for job in jobs if job[1] in mine]
    rest = [job for job in jobs if job[1] not in mine]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return found + list(pool.map(one, rest))


def _link(line: Sequence[str], image: Path, own: Own | None) -> Path:
    done = subprocess.run(
        [*line, f"-Wl,-Map={image.with_suffix('.map')}", "-o", str(image)],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        message = f"{line[0]}: {_first_error(done.stderr, own)}"
        raise StateError(message)
    return image


def build_guest(own: Own, folder: Path, level: str = "-O2") -> Path:
    """Compile a program of one's own into a library that this process can load.

    Args:
        own: the program.
        folder: for the library and its map.
        level: of optimisation.

    Raises:
        DataError: no compiler.
        StateError: it refuses.
    """
    need_machine("host", own=True)
    root = source_folder()
    firmware = root / "firmware_models"
    sources = [*own.sources, *(root / "csrc" / "core" / part for part in _ALONE)]
    for part in ("driver", "common"):
        sources += sorted((firmware / part).glob("*.c"))
    sources.append(firmware / "port" / "guest.c")
    line = [_HOST_COMPILER[0], "-std=c11", level, "-g", "-fPIC", "-fvisibility=hidden"]
    line += ["-ffunction-sections", "-fdata-sections"]
    found = _objects(line, sources, _folders(), folder, own)
    line += ["-shared", "-Wl,--gc-sections", "-Wl,-z,noexecstack", "-Wl,-z,defs"]
    return _link([*line, *found], folder / "program.so", own)


def build_image(
    package: Package,
    name: str,
    folder: Path,
    level: str = "-O2",
    own: Own | None = None,
) -> Path:
    """Compile and link one image.

    Args:
        package: program and data.
        name: of :data:`TARGETS`.
        folder: for the data and the image.
        level: of optimisation.
        own: a program of one's own, in place of the shipped ones.

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
    sources = list(own.sources) if own is not None else []
    sources += sorted((root / "csrc").glob("*/*.c"))
    for part in ("driver", "common", *(() if own is not None else ("programs",))):
        sources += sorted((firmware / part).glob("*.c"))
    port = firmware / "port"
    sources += [port / "emulator.c", port / "image_main.c"]
    sources += [port / part for part in _target(name).port]
    includes = [*_folders(), firmware / "targets"]
    return compile_image(
        name, (sources, includes), package.blob(), folder, level, own=own
    )


def compile_image(
    name: str,
    parts: tuple[Sequence[Path], Sequence[Path]],
    blob: bytes,
    folder: Path,
    level: str = "-O2",
    *,
    own: Own | None = None,
) -> Path:
    """Compile sources for a machine, its start-up code and a blob with them.

    Args:
        name: of :data:`TARGETS`.
        parts: sources, with a ``main``, and folders of headers.
        blob: what ``fw_blob`` begins.
        folder: for the blob and the image.
        level: of optimisation.
        own: which of the sources are one's own.

    Raises:
        DataError: no such target, or its compiler is not installed.
        StateError: the compiler refuses.
    """
    target, firmware = _target(name), source_folder() / "firmware_models"
    need_tool(*target.compiler)
    data = folder / "blob.bin"
    data.write_bytes(blob)
    places = [firmware / "targets" / file for file in target.platform]
    sources, headers = parts
    compiled = [*sources, *(p for p in places if p.suffix != ".ld")]
    line: list[str] = [target.compiler[0], "-std=c11", level, "-g", *target.flags]
    line += ["-include", str(firmware / "targets" / "sleep.h")]
    line += ["-ffunction-sections", "-fdata-sections"]
    found = _objects(line, compiled, headers, folder, own)
    line += [f'-DFW_BLOB_FILE="{data}"', *found, str(firmware / "port" / "blob.S")]
    for place in places:
        line += ["-T", str(place)] if place.suffix == ".ld" else []
    line += ["-lgcc"] if target.qemu else ["-Wl,-z,noexecstack"]
    return _link(line, folder / "image.elf", own)
