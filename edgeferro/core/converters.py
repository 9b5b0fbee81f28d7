"""Converters that err, and their trim: what the controller does, what it leaves.

The errors themselves are known to the emulator alone; a controller sees codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.core.tally import Tally

if TYPE_CHECKING:
    from edgeferro.core.emulator import Core
    from edgeferro.core.structs import Trim

__all__ = ["SIDES", "Trimming", "converter_errors", "trim_all", "trimmed"]

SIDES: Final = ("forward", "backward")  # by enum ef_side, whose converters they are
_GAIN: Final = 2.0**-16  # of one (SPEC 5.11: v >> 8, the product >> 8)
_OFFSET: Final = 2.0**-12  # codes


@dataclass(frozen=True)
class Trimming:
    """What trimming a chip came to.

    Attributes:
        tally: what it took.
        registers: of all converters.
        ends: those that stand at their end: their converter errs beyond their range,
            or its readings were too noisy.
    """

    tally: Tally
    registers: int
    ends: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that :meth:`from_dict` takes back."""
        words = self.tally.to_words().tolist()
        return {"registers": self.registers, "ends": self.ends, "tally": words}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Trimming:
        """Rebuild it from :meth:`to_dict`."""
        tally = Tally.from_words(np.array(data["tally"], np.uint64))
        return cls(tally, int(data["registers"]), int(data["ends"]))


def _used(core: Core, *, whole: bool) -> list[tuple[int, int]]:
    """Layers and sides whose converters are read: nothing is read back to layer 0."""
    sides = [(layer, side) for layer in range(core.layers) for side in (0, 1)]
    return [(layer, side) for layer, side in sides if whole or layer or not side]


def trim_all(core: Core, how: Trim, *, whole: bool = False) -> Trimming:
    """Trim every converter that a chip uses (SPEC 5.12).

    Args:
        core: the chip.
        how: reads and code.
        whole: those of the first layer's inputs too, which no learning rule reads.
    """
    before = Tally.from_words(core.tally_words())
    ends = registers = 0
    for layer, side in _used(core, whole=whole):
        ends += core.trim(layer, side, how.reads, how.code)
        info = core.info(layer)
        lines = info.inputs if side else info.rows
        registers += int(lines) * how.registers
    return Trimming(Tally.from_words(core.tally_words()) - before, registers, ends)


def trimmed(core: Core) -> bool:
    """Whether any trim register is off its power-up value."""
    return any(bool(core.peek("trim", layer).any()) for layer in range(core.layers))


def converter_errors(core: Core) -> list[dict[str, Any]]:
    """Offset (codes) and gain (parts of 1) that converters are off by, rms by side.

    Trims are in them, the nonlinearity that all share is not.
    """
    found: list[dict[str, Any]] = []
    for layer, side in _used(core, whole=False):
        errors = core.peek("converter", layer)
        rows = int(core.info(layer).rows)
        gains, offsets = (errors[rows:] if side else errors[:rows]).T
        found.append(
            {
                "layer": layer,
                "side": SIDES[side],
                "offset_codes": _rms(offsets * _OFFSET),
                "gain": _rms(gains * _GAIN),
            }
        )
    return found


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))
