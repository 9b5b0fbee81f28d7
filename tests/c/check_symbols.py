"""The core needs nothing but four memory functions, and no floating point.

Compiles every source, links the objects into one relocatable, and lists what stays
undefined. On x86 the floating-point registers are taken away from the compiler.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CSRC = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "csrc"
MEMORY = {"memcpy", "memmove", "memset", "memcmp"}
# 64-bit integer arithmetic that 32-bit machines take from the compiler's own library.
ARM_INTEGERS = {
    "__aeabi_idivmod",
    "__aeabi_lasr",
    "__aeabi_ldivmod",
    "__aeabi_llsl",
    "__aeabi_llsr",
    "__aeabi_lmul",
    "__aeabi_uldivmod",
    "__aeabi_uidivmod",
    "__aeabi_memcpy",
    "__aeabi_memset",
}
RISCV_INTEGERS = {
    "__ashldi3",
    "__ashrdi3",
    "__divdi3",
    "__lshrdi3",
    "__moddi3",
    "__muldi3",
    "__udivdi3",
    "__umoddi3",
}
COMPILERS = {
    "x86-64, no float registers": (
        ["gcc", "-mgeneral-regs-only", "-O1"],
        ["ld", "nm"],
        MEMORY,
    ),
    "cortex-m3": (
        ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-O2"],
        ["arm-none-eabi-ld", "arm-none-eabi-nm"],
        MEMORY | ARM_INTEGERS,
    ),
    "rv32imac": (
        ["riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32", "-O2"],
        ["riscv64-unknown-elf-ld", "riscv64-unknown-elf-nm"],
        MEMORY | RISCV_INTEGERS,
    ),
}
WARNINGS = (
    "-std=c11 -ffreestanding -pedantic -Wall -Wextra -Werror -Wconversion "
    "-Wsign-conversion -Wshadow -Wundef -Wstrict-prototypes -Wmissing-prototypes -Wvla"
).split()


def undefined(compiler: list[str], binutils: list[str], folder: Path) -> set[str]:
    """Compile all of the core and return what it still needs."""
    includes = [f"-I{CSRC / part}" for part in ("include", "core", "bus")]
    objects = []
    for source in sorted(CSRC.glob("*/*.c")):
        target = folder / f"{source.parent.name}_{source.stem}.o"
        command = [*compiler, *WARNINGS, *includes, "-c", str(source)]
        subprocess.run([*command, "-o", str(target)], check=True)
        objects.append(str(target))
    linker, lister = binutils
    whole = folder / "core.o"
    emulation = ["-m", "elf32lriscv"] if "riscv" in linker else []
    subprocess.run([linker, *emulation, "-r", *objects, "-o", str(whole)], check=True)
    text = subprocess.run(
        [lister, "-u", str(whole)], check=True, capture_output=True, text=True
    ).stdout
    return {line.split()[-1] for line in text.splitlines() if line.strip()}


def main() -> int:
    """Print a line a machine; 0 if nothing is needed that may not be."""
    bad = False
    for name, (compiler, binutils, allowed) in COMPILERS.items():
        if shutil.which(compiler[0]) is None:
            print(f"{name}: {compiler[0]} is missing")
            bad = True
            continue
        with tempfile.TemporaryDirectory() as folder:
            needed = undefined(compiler, binutils, Path(folder))
        extra = needed - allowed
        print(f"{name}: needs {', '.join(sorted(needed)) or 'nothing'}")
        if extra:
            print(f"{name}: not allowed: {', '.join(sorted(extra))}")
            bad = True
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
