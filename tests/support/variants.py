"""The package with a changed copy of the core, built beside the real one."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import edgeferro

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("_core.c", "csrc/*/*.c")
PLACES += tuple(
    f"firmware_models/{part}/*.c" for part in ("driver", "common", "programs")
)
PORT = "emulator port_host host_guard host_line"  # of this process (CMakeLists.txt)
PLACES += tuple(f"firmware_models/port/{name}.c" for name in PORT.split())
INCLUDES = [f"csrc/{part}" for part in ("include", "core", "bus")]
INCLUDES += [f"firmware_models/{part}" for part in ("driver", "common", "port")]
COMPILE = "gcc -std=c11 -O1 -fPIC -DPy_LIMITED_API=0x030b0000 -MMD -c".split()


class Objects:
    """The extension's sources, compiled once; a change costs what it touches.

    The folder may be shared by several processes: the first one compiles.
    """

    def __init__(self, folder: Path) -> None:
        """Compile all, unless that is done."""
        self.folder = folder
        folder.mkdir(exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "done").exists():
                shutil.copytree(ROOT / "csrc", folder / "csrc")
                shutil.copytree(ROOT / "firmware_models", folder / "firmware_models")
                writer = [sys.executable, str(ROOT / "edgeferro" / "_ffi_build.py")]
                subprocess.run([*writer, str(folder / "_core.c")], check=True)
                for source in self._sources():
                    self._compile(source, folder)
                (folder / "done").touch()

    def package(self, folder: Path, changes: dict[str, str]) -> Path:
        """Make a package in a folder with other texts of files of the core."""
        shutil.copytree(self.folder / "csrc", folder / "csrc")
        for name, text in changes.items():
            (folder / "csrc" / name).write_text(text)
        touched = [s for s in self._sources() if self._needs(s, list(changes))]
        objects = {s: s.with_suffix(".o") for s in self._sources()}
        for source in touched:
            objects[source] = self._compile(source, folder)
        target = folder / "package" / "edgeferro"
        shutil.copytree(
            Path(edgeferro.__file__).parent,
            target,
            ignore=shutil.ignore_patterns("_core.*", "__pycache__", "data", "sources"),
        )
        link = ["gcc", "-shared", *map(str, objects.values())]
        subprocess.run([*link, "-o", str(target / "_core.abi3.so")], check=True)
        return target.parent

    def _sources(self) -> list[Path]:
        found = [path for place in PLACES for path in self.folder.glob(place)]
        return sorted(path for path in found)

    def _needs(self, source: Path, names: list[str]) -> bool:
        """Whether a file, or a header that it includes, is one of the names."""
        read = source.with_suffix(".d").read_text()
        return any(f"/csrc/{name}" in read for name in names)

    def _compile(self, source: Path, root: Path) -> Path:
        """Compile a file as it stands in a root, which may hold a changed core."""
        name = source.relative_to(self.folder)
        here = root / name if (root / name).exists() else source
        target = (root / name).with_suffix(".o")
        target.parent.mkdir(parents=True, exist_ok=True)
        places = [base / part for base in (root, self.folder) for part in INCLUDES]
        line = [*COMPILE, *(f"-I{place}" for place in places)]
        line += [f"-I{sysconfig.get_path('include')}", str(here), "-o", str(target)]
        subprocess.run(line, check=True)
        return target
