"""Machines that images run on: their compilers, flags, start-up code and emulators."""

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
        port: files below ``port/``, what stands between the firmware and the bus.
        qemu: the emulator's command line, the image last; empty for this machine.
        package: of the emulator.
        per_instruction: ticks of the platform's counter, 0 where nothing counts.
        registers: the emulator's names of program counter, link register and stack
            pointer.
    """

    compiler: tuple[str, str]
    flags: tuple[str, ...]
    platform: tuple[str, ...]
    port: tuple[str, ...]
    qemu: tuple[str, ...] = ()
    package: str = ""
    per_instruction: float = 0.0
    registers: tuple[str, str, str] = ("", "", "")

    def tool(self, name: str) -> str:
        """Command of a tool that comes with the compiler: 'nm', 'addr2line'."""
        return self.compiler[0].removesuffix("gcc") + name


_ARM: Final = ("arm-none-eabi-gcc", "gcc-arm-none-eabi")
_BARE: Final = ("-ffreestanding", "-nostdlib", "-Wl,--gc-sections")
_TRAPS: Final = ("port_image.c", "image_nvm.c", "trap.c")
_CORTEX: Final = (
    *(f"cortex-m3/{name}.c" for name in ("startup", "trap", "decode", "machine")),
    *("crash.c", "minilib.c"),
)
_RISCV: Final = ("start.S", "platform.c", "trap.c", "decode.c", "machine.c")
_ARM_NAMES: Final = ("R15", "R14", "R13")
# An instruction is 128 ns of the machine's time. Asleep it doesn't wait for ours.
_COUNT: Final = ("-icount", "shift=7,sleep=off")
_SEMIHOST: Final = (
    *"-display none -monitor none -serial none -chardev stdio,id=c".split(),
    *"-semihosting-config enable=on,target=native,chardev=c".split(),
    *_COUNT,
)
TARGETS: Final = {
    "host-image": Target(
        ("gcc", "gcc"),
        ("-no-pie", "-fno-pie"),  # addresses are those of the file
        ("host/platform.c", "host/signals.c", "crash.c"),
        ("port_call.c", "image_nvm.c", "host_line.c"),
    ),
    "cortex-m3": Target(
        _ARM,
        (
            *"-mcpu=cortex-m3 -mthumb -DEF_BASE=0x5F000000u -DMANY_TICKS=80u".split(),
            *_BARE,
        ),
        (*_CORTEX, "cortex-m3/link.ld"),
        _TRAPS,
        ("qemu-system-arm", "-M", "mps2-an385", *_SEMIHOST, "-kernel"),
        "qemu-system-arm",
        128 / 40,  # ns of an instruction over ns of a tick at 25 MHz
        _ARM_NAMES,
    ),
    "cortex-m33": Target(
        _ARM,
        (
            *"-mcpu=cortex-m33 -mthumb -DEF_BASE=0x5F000000u".split(),
            *"-DTIMER_BASE=0x50000000u -DALARM_IRQ=5u -DMANY_TICKS=64u".split(),
            *_BARE,
        ),
        (*_CORTEX, "cortex-m33/link.ld"),
        _TRAPS,
        ("qemu-system-arm", "-M", "mps2-an505", *_SEMIHOST, "-kernel"),
        "qemu-system-arm",
        128 / 50,
        _ARM_NAMES,
    ),
    "rv32": Target(
        ("riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf"),
        (
            *"-march=rv32imac -mabi=ilp32 -misa-spec=2.2 -mcmodel=medany".split(),
            "-DEF_BASE=0x1F000000u",
            *_BARE,
            "-Wl,--no-warn-rwx-segments",
        ),
        (
            *(f"rv32imac/{name}" for name in _RISCV),
            *("crash.c", "minilib.c", "rv32imac/link.ld"),
        ),
        _TRAPS,
        (
            *"qemu-system-riscv32 -M virt -bios none -nographic -monitor none".split(),
            *("-serial", "stdio", *_COUNT, "-rtc", "clock=vm", "-kernel"),
        ),
        "qemu-system-misc",
        1.0,  # counts instructions
        ("pc", "x1/ra", "x2/sp"),
    ),
}
