"""Firmware before silicon: programs on the emulated chip, here and under QEMU."""

from edgeferro.firmware.session import Firmware, Session

__all__ = ["Firmware", "Session"]
