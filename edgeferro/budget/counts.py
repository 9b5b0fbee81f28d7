"""What a budget starts from: the counts of a run, fresh or read from its JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeferro.chip.chip import Chip
from edgeferro.core.tally import Tally
from edgeferro.energy.report import EnergyReport
from edgeferro.errors import DataError

if TYPE_CHECKING:
    from edgeferro.training.outcome import Outcome

__all__ = ["RunFigures"]


@dataclass(frozen=True)
class RunFigures:
    """Counts and marks of a run over one or more chips.

    Attributes:
        chip: the chip file.
        task: its name.
        tally: of all chips.
        chips: how many.
        passes: over the samples.
        accuracy: after learning, 0..1.
        worn_setup: most pulses of a cell in programming and calibration.
        worn_learning: most pulses of a cell in learning.
        signature: of the run.
    """

    chip: Chip
    task: str
    tally: Tally
    chips: int
    passes: int
    accuracy: float
    worn_setup: int
    worn_learning: int
    signature: str

    @classmethod
    def of(cls, outcome: Outcome) -> RunFigures:
        """Take a run that was just made."""
        return cls.from_dict(outcome.to_dict())

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RunFigures:
        """Take the figures of ``edgeferro train --json``."""
        numbers = ("chips", "passes", "worn_setup", "worn_learning")
        for name in numbers:
            least = 1 if name == "chips" else 0
            if type(data[name]) is not int or data[name] < least:
                message = f"{name}: {data[name]!r} is not a whole number >= {least}"
                raise ValueError(message)
        if not all(type(word) is int for word in data["tally"]):
            message = "tally: a count is not a whole number"
            raise ValueError(message)
        return cls(
            chip=Chip.loads(data["chip_file"], data["chip"]),
            task=data["task"],
            tally=Tally.from_words(np.array(data["tally"], np.uint64)),
            chips=data["chips"],
            passes=data["passes"],
            accuracy=data["accuracy"]["after"],
            worn_setup=data["worn_setup"],
            worn_learning=data["worn_learning"],
            signature=data["signature"],
        )

    @classmethod
    def read(cls, path: Path) -> RunFigures:
        """Read what ``edgeferro train --json`` wrote.

        Raises:
            DataError: not such a file.
        """
        try:
            return cls.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            message = f"{path}: not the figures of a run (edgeferro train --json)"
            raise DataError(message) from error

    @cached_property
    def energy(self) -> EnergyReport:
        """The counts, priced."""
        return EnergyReport.of_chip(self.tally, self.chip)

    def seconds(self, phase: str) -> float:
        """Time of one phase over all chips."""
        return self.tally.seconds(phase, self.chip.controller.clock_mhz)
