"""Builds a wheel for each platform on one Linux machine, with zig as cross compiler.

The Python part is the same everywhere and comes from the ordinary build; the extension
is compiled again for each platform and put in its place. It keeps to Python's stable
ABI, so one wheel a platform serves every Python from 3.11 on.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from wheel.wheelfile import WheelFile

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware_models"
SOURCES = [
    *sorted((ROOT / "csrc").glob("*/*.c")),
    *sorted(FIRMWARE.glob("driver/*.c")),
    *sorted(FIRMWARE.glob("common/*.c")),
    *sorted(FIRMWARE.glob("programs/*.c")),
    FIRMWARE / "port" / "emulator.c",
    FIRMWARE / "port" / "port_host.c",
]
FOLDERS = [
    *(ROOT / "csrc" / name for name in ("include", "core", "bus")),
    *(FIRMWARE / name for name in ("driver", "common", "port")),
]
ZIG = (sys.executable, "-m", "ziglang")
BEHIND_MACROS = "_Py_Dealloc _Py_NoneStruct PyEval_SaveThread PyEval_RestoreThread"
# What Python's own pyconfig.h of Windows says and limited headers ask.
WINDOWS = """
#define Py_PYCONFIG_H
#define MS_WINDOWS
#define MS_WIN32
#define MS_WIN64
#define HAVE_DECLSPEC_DLL
#define Py_ENABLE_SHARED
#define HAVE_SSIZE_T 1
#define SIZEOF_SHORT 2
#define SIZEOF_INT 4
#define SIZEOF_LONG 4
#define SIZEOF_LONG_LONG 8
#define SIZEOF_VOID_P 8
#define SIZEOF_SIZE_T 8
#define SIZEOF_TIME_T 8
#define SIZEOF_WCHAR_T 2
#define SIZEOF_FLOAT 4
#define SIZEOF_DOUBLE 8
#define STDC_HEADERS 1
#define HAVE_WCHAR_H 1
"""


@dataclass(frozen=True)
class Platform:
    """Where a wheel is for.

    Attributes:
        target: zig's name of it.
        tag: pip's name of it.
        flags: of the compiler.
        file: name of the extension.
    """

    target: str
    tag: str
    flags: tuple[str, ...]
    file: str = "_core.abi3.so"


_MAC = ("-undefined", "dynamic_lookup")  # Python's names come with the interpreter
PLATFORMS = {
    # glibc 2.17 is manylinux2014; SSE4 is what numpy's own wheels ask of x86
    "linux-x86_64": Platform(
        "x86_64-linux-gnu.2.17",
        "manylinux_2_17_x86_64.manylinux2014_x86_64",
        ("-fPIC", "-mcpu=x86_64_v2"),
    ),
    "linux-aarch64": Platform(
        "aarch64-linux-gnu.2.17",
        "manylinux_2_17_aarch64.manylinux2014_aarch64",
        ("-fPIC",),
    ),
    "macos-arm64": Platform("aarch64-macos.11.0", "macosx_11_0_arm64", _MAC),
    "macos-x86_64": Platform(
        "x86_64-macos.11.0", "macosx_11_0_x86_64", (*_MAC, "-mcpu=x86_64_v2")
    ),
    "windows-amd64": Platform(
        "x86_64-windows-gnu", "win_amd64", ("-mcpu=x86_64_v2",), "_core.pyd"
    ),
}


def run(*command: object) -> None:
    """Run a command; its own words are enough if it fails."""
    subprocess.run([str(part) for part in command], check=True)


def python_library(source: Path, folder: Path) -> tuple[str, ...]:
    """What linking for Windows needs: python3.dll's names that the extension uses."""
    text = source.read_text(encoding="utf-8")
    used = set(re.findall(r"\b_?Py[A-Z_]\w+", text)) | set(BEHIND_MACROS.split())
    from abi3info import DATAS, FUNCTIONS
    from abi3info.models import Symbol

    names = sorted(
        name for name in used if Symbol(name) in FUNCTIONS or Symbol(name) in DATAS
    )
    lines = [f"{n} DATA" if Symbol(n) in DATAS else n for n in names]
    listing, library = folder / "python3.def", folder / "libpython3.a"
    listing.write_text("LIBRARY python3.dll\nEXPORTS\n" + "\n".join(lines) + "\n")
    run(*ZIG, "dlltool", "-m", "i386:x86-64", "-d", listing, "-l", library)
    header = folder / "windows.h"
    header.write_text(WINDOWS)
    return "-include", str(header), str(library)


def compile_extension(platform: Platform, folder: Path) -> Path:
    """Compile core, bus, firmware and binding for a platform."""
    source = folder / "_core.c"
    run(sys.executable, ROOT / "edgeferro" / "_ffi_build.py", source)
    out = folder / platform.file
    flags = platform.flags
    if platform.file.endswith(".pyd"):
        flags += python_library(source, folder)
    run(
        *(*ZIG, "cc", "-target", platform.target, "-shared", "-o", out),
        *("-std=c11", "-O3", "-DNDEBUG", "-s", "-fvisibility=hidden"),
        *("-fno-sanitize=undefined", "-DPy_LIMITED_API=0x030B0000"),
        "-DFW_STATIC=static _Thread_local",
        *(f"-I{place}" for place in FOLDERS),
        f"-I{sysconfig.get_path('include')}",
        *(source, *SOURCES, *flags),
    )
    return out


def write_wheel(native: Path, platform: Platform, extension: Path, out: Path) -> Path:
    """Put an extension into a copy of the native wheel, with its platform's name."""
    stem = "-".join(native.name.split("-")[:2])
    path = out / f"{stem}-cp311-abi3-{platform.tag}.whl"
    record = f"{stem}.dist-info/RECORD"
    with ZipFile(native) as source, WheelFile(path, "w") as wheel:
        for entry in source.infolist():
            name, data = entry.filename, source.read(entry)
            if name == record:
                continue
            if re.fullmatch(r"edgeferro/_core.*\.so", name):
                name, data = f"edgeferro/{platform.file}", extension.read_bytes()
            if name == f"{stem}.dist-info/WHEEL":
                kept = [li for li in data.decode().splitlines() if li[:4] != "Tag:"]
                tags = [f"Tag: cp311-abi3-{tag}" for tag in platform.tag.split(".")]
                data = "\n".join([*filter(None, kept), *tags, ""]).encode()
            wheel.writestr(name, data)
    return path


def main() -> None:
    """Build the wheels asked for into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("names", nargs="*", default=[], metavar="|".join(PLATFORMS))
    options = parser.parse_args()
    unknown = set(options.names) - set(PLATFORMS)
    if unknown:
        parser.error(f"{unknown.pop()!r} is not one of {', '.join(PLATFORMS)}")
    options.out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("SOURCE_DATE_EPOCH", "946684800")  # the same bytes each time
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps")
        run(*pip, ROOT, "-w", folder)
        native = next(folder.glob("*.whl"))
        for name in options.names or PLATFORMS:
            platform = PLATFORMS[name]
            extension = compile_extension(platform, folder)
            path = write_wheel(native, platform, extension, options.out)
            print(f"{name:14} {path.stat().st_size / 2**20:.2f} MB  {path.name}")


if __name__ == "__main__":
    main()
