"""A program, its data, and the chip image that they are for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeferro.core.bus import clock_hertz
from edgeferro.errors import DataError
from edgeferro.firmware.blob import bring_up_sections, chip_sections, pack
from edgeferro.mapping.read_quality import ReadQuality, read_quality

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip
    from edgeferro.core.tally import Tally
    from edgeferro.mapping.network import Image

__all__ = ["Package"]


class Package:
    """A program's name, its data, and the chip image that they are for.

    Attributes:
        processor_mhz: clock of an image's processor, which takes an instruction a
            period; None: the controller's.
    """

    processor_mhz: float | None = None

    def __init__(self, name: str, image: Image, chip: Chip, sections: dict[str, Any]):
        self.name = name
        self.image = image
        self.chip = chip
        self.sections = sections

    def reads(self, tally: Tally) -> list[ReadQuality]:
        """What the charge of a forward read allows, layer by layer, in a run of it."""
        layers = self.image.registers.layers
        gains = [(layer.gain_mantissa, layer.gain_shift) for layer in layers]
        device = self.chip.load_device()
        return read_quality(self.chip, device, tally, self.rows, gains)

    @property
    def rows(self) -> list[int]:
        """Lines of each layer."""
        return [layer.rows for layer in self.image.registers.layers]

    def replace(self, samples: Mapping[str, Any]) -> None:
        """Put other data in place of some sections.

        Raises:
            DataError: a section that the program doesn't have, or of another type.
        """
        if not isinstance(samples, Mapping):
            message = f"samples: {samples!r} is not arrays by the names of sections"
            raise DataError(message)
        for tag, value in samples.items():
            if tag not in self.sections:
                message = f"samples: {tag!r} is not one of {', '.join(self.sections)}"
                raise DataError(message)
            wanted = self.sections[tag].dtype
            if not isinstance(value, np.ndarray) or value.dtype != wanted:
                found = getattr(value, "dtype", type(value).__name__)
                message = f"samples: {tag} is {found}, not an array of {wanted}"
                raise DataError(message)
        self.sections.update(samples)

    def blob(self) -> bytes:
        """Everything as the bytes that an image carries."""
        start = {"NAME": self.name.encode() + b"\0"}
        clock = self.chip.controller.clock_mhz
        chip = chip_sections(self.image.registers, clock)
        made = {**chip, **bring_up_sections(self.image)}
        if self.processor_mhz is not None:
            hertz = clock_hertz(self.processor_mhz, "processor_mhz")
            start["PROC"] = hertz.to_bytes(8, "little")
        return pack({**start, **made, **self.sections})
