"""The package with a changed copy of the core, built beside the real one."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import edgeferro

ROOT = Path(__file__).resolve().parents[2]


def build(csrc: Path, package: Path, optimise: str = "-O1") -> None:
    """Build the extension from a copy of the core into a copy of the package."""
    generated = csrc.parent / "_core.c"
    writer = [sys.executable, str(ROOT / "edgeferro" / "_ffi_build.py")]
    subprocess.run([*writer, str(generated)], check=True)
    shutil.copytree(
        Path(edgeferro.__file__).parent,
        package,
        ignore=shutil.ignore_patterns("_core*", "__pycache__", "data"),
    )
    command = ["gcc", optimise, "-shared", "-fPIC", "-DPy_LIMITED_API=0x030b0000"]
    firmware = ROOT / "firmware_models"
    places = [firmware / part for part in ("driver", "common", "port")]
    places += [csrc / part for part in ("include", "core", "bus")]
    command += [f"-I{sysconfig.get_path('include')}", str(generated)]
    command += [f"-I{place}" for place in places]
    sources = [*csrc.glob("*/*.c"), *firmware.glob("[dcp][ro]*/*.c")]
    images = {"image_main.c", "port_image.c"}
    command += sorted(str(s) for s in sources if s.name not in images)
    subprocess.run([*command, "-o", str(package / "_core.abi3.so")], check=True)
