"""Machines that images run on: compiler, platform and emulator of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["TARGETS", "Target"]


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
