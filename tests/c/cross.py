"""Builds and runs the scenario on every target; all must print one signature."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TARGETS = ROOT / "firmware_models" / "targets"
PACKAGES = {
    "gcc": "gcc",
    "clang": "clang",
    "arm-none-eabi-gcc": "gcc-arm-none-eabi",
    "qemu-system-arm": "qemu-system-arm",
    "riscv64-unknown-elf-gcc": "gcc-riscv64-unknown-elf",
    "qemu-system-riscv32": "qemu-system-misc",
    "s390x-linux-gnu-gcc": "gcc-s390x-linux-gnu libc6-dev-s390x-cross",
    "qemu-s390x": "qemu-user",
}


@dataclass(frozen=True)
class Target:
    """One compiler, optimisation and machine."""

    name: str
    tools: tuple[str, ...]
    options: tuple[str, ...]


def host(compiler: str, level: str) -> Target:
    """Return a target that runs here."""
    options = (f"-DCMAKE_C_COMPILER={compiler}", f"-DCMAKE_C_FLAGS={level}")
    return Target(f"{compiler}{level}", (compiler,), options)


def cross(name: str, compiler: str, emulator: str) -> Target:
    """Return a target that runs under QEMU."""
    toolchain = TARGETS / name / "toolchain.cmake"
    options = (f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", "-DCMAKE_BUILD_TYPE=Release")
    return Target(name, (compiler, emulator), options)


ALL = (
    host("gcc", "-O0"),
    host("gcc", "-O3"),
    host("clang", "-O0"),
    host("clang", "-O3"),
    cross("s390x", "s390x-linux-gnu-gcc", "qemu-s390x"),
    cross("cortex-m3", "arm-none-eabi-gcc", "qemu-system-arm"),
    cross("rv32imac", "riscv64-unknown-elf-gcc", "qemu-system-riscv32"),
)


def run(*command: str | Path) -> str:
    """Run a command and return what it prints; its output is shown if it fails."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        print(done.stdout, done.stderr, sep="\n")
        message = f"{' '.join(map(str, command))}: exit code {done.returncode}"
        raise RuntimeError(message)
    return done.stdout + done.stderr


def signature_of(target: Target) -> str:
    """Configure, build, run under ctest; return the signature."""
    folder = ROOT / "build" / "cross" / target.name
    run("cmake", "-S", ROOT, "-B", folder, *target.options)
    run("cmake", "--build", folder, "--target", "ef_image")
    text = run(
        "ctest", "--test-dir", folder, "-R", "scenario", "-V", "--timeout", "300"
    )
    found = re.search(r"signature=([0-9a-f]{16})", text)
    if found is None:
        message = f"{target.name}: no signature in the output"
        raise RuntimeError(message)
    return found[1]


def main() -> int:
    """Print a line a target; 0 if all ran and agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--allow-missing", action="store_true")
    allow_missing = parser.parse_args().allow_missing
    found: dict[str, str] = {}
    failed = False
    for target in ALL:
        missing = [tool for tool in target.tools if shutil.which(tool) is None]
        if missing:
            names = " ".join(PACKAGES[tool] for tool in missing)
            print(f"{target.name:12} missing; install {names}")
            failed = failed or not allow_missing
            continue
        start = time.monotonic()
        try:
            found[target.name] = signature_of(target)
        except RuntimeError as error:
            print(f"{target.name:12} failed: {error}")
            failed = True
            continue
        seconds = time.monotonic() - start
        print(f"{target.name:12} signature={found[target.name]} {seconds:.1f} s")
    if len(set(found.values())) > 1:
        print("signatures differ")
        failed = True
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
