"""A chip file and its device, checked."""

from edgeferro.chip.chip import Chip
from edgeferro.chip.device import Device

__all__ = ["Chip", "Device"]
