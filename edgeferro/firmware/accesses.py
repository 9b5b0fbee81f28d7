"""Accesses of the bus for each thing that a driver does, counted by doing it.

The core counts no accesses (``EF_EVENT_REGISTER``): they are the driver's. Here the
shipped driver is run on the bus of this process, on a chip of the same settings and
sizes: it programs, classifies, learns and looks for symmetry points, and what it reads
and writes is counted. It sleeps until a command has ended; what its interrupt handler
reads and writes is among them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.core.bus import Bus
from edgeferro.core.enums import MARKS
from edgeferro.core.port import Port
from edgeferro.errors import ConfigError, StateError
from edgeferro.firmware.blob import target_section
from edgeferro.firmware.package import Package
from edgeferro.firmware.session import STATUS
from edgeferro.mapping.images import initial_weights, new_image, trained_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.chip.chip import Chip
    from edgeferro.mapping.image import Image

__all__ = ["bus_accesses", "drill_package"]

_SAMPLES: Final = 16  # inferences, and as many learning steps
_COLUMNS: Final = 4  # of a layer, whose symmetry points are looked for


def drill_package(chip: Chip, sizes: Sequence[int], samples: int = _SAMPLES) -> Package:
    """Data of ``driver_costs``: random weights, codes and labels.

    Args:
        chip: the chip file.
        sizes: inputs, hidden neurons and outputs.
        samples: to classify, and to learn.
    """
    rng = np.random.default_rng(0)
    top = chip.converters.input_top
    low = -top if chip.converters.input_signed else 0
    codes = rng.integers(low, top + 1, (samples, sizes[0])).astype(np.int16)
    image = _image(chip, sizes, codes / top)
    parameters = [0, samples]
    sections: dict[str, Any] = {
        "TARG": target_section(image),
        "CODE": codes,
        "LABL": rng.integers(0, sizes[-1], samples).astype(np.uint8),
    }
    if image.calibrations is not None:
        how = image.calibrations[0]
        parameters += [how.pulse_class, how.reads, how.quads, how.windows]
        parameters += [how.tolerance, how.probe, how.limit, _COLUMNS]
        gains = [(each.mantissa, each.shift) for each in image.calibrations]
        sections["GAIN"] = np.array(gains, np.uint32)
    sections["PARM"] = np.array(parameters, np.uint32)
    return Package("driver_costs", image, chip, sections)


def _image(chip: Chip, sizes: Sequence[int], samples: np.ndarray) -> Image:
    """Random weights as a network has them that starts from nothing.

    A chip that is meant for trained ones, and refuses those, gets the same weights as
    if they had been trained: their range decides what its converters are set to.
    """
    try:
        return new_image(chip, sizes, samples, 0)
    except ConfigError:
        weights = initial_weights(sizes, chip.network.bias, 0)
        return trained_image(chip, weights, samples, 0)


def bus_accesses(chip: Chip, sizes: Sequence[int]) -> dict[str, float]:
    """Accesses of the bus by what they are for.

    Args:
        chip: the chip file.
        sizes: inputs, hidden neurons and outputs.

    Returns:
        ``infer`` and ``learn`` (a learning step with its forward pass), means of one;
        ``program`` of the whole chip, converters trimmed where they are; ``calibrate``,
        the search for all symmetry points (of four columns a layer, times columns),
        where the chip looks for them.

    Raises:
        StateError: the driver doesn't come to its end on this chip.
    """
    return dict(_counted(chip, tuple(sizes)))


@lru_cache(maxsize=64)
def _counted(chip: Chip, sizes: tuple[int, ...]) -> dict[str, float]:
    package = drill_package(chip, sizes)
    bus = Bus(package.image.registers, chip.controller.clock_mhz)
    port = Port(bus, package.blob(), np.zeros(64, np.uint32))
    status, _, _ = port.run(package.name)
    if status:
        text = STATUS.get(status, str(status))
        message = f"driver on {chip.chip.name}: {text}"
        raise StateError(message)
    programmed, inferred, learned = (
        int(port.marked[MARKS[name]]) for name in ("program", "infer", "learn")
    )
    counts = {
        "infer": inferred / _SAMPLES,
        "learn": learned / _SAMPLES,
        "program": float(programmed),
    }
    if package.image.calibrations is not None:
        searched = port.marked[MARKS["calibrate"] :]
        counts["calibrate"] = sum(
            int(searched[index]) * shape[1] / min(shape[1], _COLUMNS)
            for index, shape in enumerate(t.shape for t in package.image.targets)
        )
    return counts
