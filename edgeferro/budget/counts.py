"""What a budget starts from: the counts of a run, fresh or read from its JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.chip.chip import Chip
from edgeferro.core.tally import EVENTS, PHASES, Tally
from edgeferro.energy.report import EnergyReport
from edgeferro.errors import DataError
from edgeferro.firmware.accesses import bus_accesses
from edgeferro.mapping.ir_drop import IrDrop
from edgeferro.mapping.read_quality import ReadQuality
from edgeferro.mapping.remarks import Remark
from edgeferro.terminal import has_control

if TYPE_CHECKING:
    from edgeferro.training.outcome import Outcome

__all__ = ["RunFigures"]

_LINES_MOST: Final = 4096  # of an array, as the core allows


def _whole(name: str, value: Any, least: int) -> None:
    """Refuse what is no whole number, or one too small or too large for a count."""
    if type(value) is not int or not least <= value < 1 << 64:
        message = f"{name}: {value!r} is not a whole number >= {least}"
        raise ValueError(message)


def _check_counts(tally: Tally, chips: int) -> None:
    """Refuse events that belong to no inference, no update or no chip."""
    programming = tally.event("program", "cycle")
    if programming and programming < chips:
        message = f"chips: {chips}, but {programming} clocks of programming for all"
        raise ValueError(message)
    for phase, number in (("infer", tally.inferences), ("update", tally.updates)):
        events = sum(tally.event(phase, event) for event in EVENTS)
        if not number and events + tally.phase_pulses(phase):
            name = {"infer": "inferences", "update": "updates"}[phase]
            message = f"tally: events of phase {phase}, but 0 {name}"
            raise ValueError(message)


def _sizes(sizes: Any, chip: Chip) -> tuple[int, ...]:
    """Inputs, hidden neurons and outputs, of which the chip file says the middle."""
    hidden = chip.network.hidden
    if not isinstance(sizes, list) or len(sizes) != len(hidden) + 2:
        message = f"sizes: not a list of inputs, hidden neurons {list(hidden)}, outputs"
        raise ValueError(message)
    for size in sizes:
        if type(size) is not int or not 1 <= size <= _LINES_MOST:
            message = f"sizes: {size!r} is not a whole number in 1..{_LINES_MOST}"
            raise ValueError(message)
    if tuple(sizes[1:-1]) != hidden:
        message = f"sizes: {sizes}, but network.hidden {list(hidden)} in chip_file"
        raise ValueError(message)
    return tuple(sizes)


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
        sizes: inputs, hidden neurons and outputs.
        signature: of the run.
        data_sha256: of the file, where it was own data; else empty.
        drops: the largest IR drop of each layer; none of a run before it was said.
        reads: what the charge of each layer's read allows.
        remarks: what the run said unasked.
    """

    chip: Chip
    task: str
    tally: Tally
    chips: int
    passes: int
    accuracy: float
    worn_setup: int
    worn_learning: int
    sizes: tuple[int, ...]
    signature: str
    data_sha256: str = ""
    drops: tuple[IrDrop, ...] = ()
    reads: tuple[ReadQuality, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @classmethod
    def of(cls, outcome: Outcome) -> RunFigures:
        """Take a run that was just made."""
        results = outcome.results
        return cls(
            chip=outcome.plan.chip,
            task=outcome.plan.task.name,
            tally=outcome.tally,
            chips=len(results),
            passes=outcome.plan.passes,
            accuracy=outcome.mean("after"),
            worn_setup=max(result.worn_setup for result in results),
            worn_learning=max(result.worn_learning for result in results),
            sizes=outcome.plan.sizes,
            signature=outcome.signature,
            data_sha256=outcome.plan.task.origin().get("data", {}).get("sha256", ""),
            drops=outcome.drops(),
            reads=tuple(outcome.reads()),
            remarks=tuple(outcome.remarks()),
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RunFigures:
        """Take the figures of ``edgeferro train --json``.

        Raises:
            ValueError: a figure that no run has, by name; of another type or missing
                ones raise what comes of it.
        """
        for name in ("chips", "passes", "worn_setup", "worn_learning"):
            _whole(name, data[name], 1 if name == "chips" else 0)
        for name in ("task", "chip", "chip_file", "signature"):
            if not isinstance(data[name], str):
                message = f"{name}: {data[name]!r} is not a text"
                raise ValueError(message)
            if has_control(data[name], "\n" if name == "chip_file" else ""):
                message = f"{name}: holds a control character"
                raise ValueError(message)
        digest = data["data"]["sha256"] if "data" in data else ""
        if not isinstance(digest, str) or not re.fullmatch(r"([0-9a-f]{64})?", digest):
            message = f"data.sha256: {digest!r} is not 64 hex digits"
            raise ValueError(message)
        accuracy = data["accuracy"]["after"]
        if type(accuracy) not in {int, float} or not 0.0 <= accuracy <= 1.0:
            message = f"accuracy.after: {accuracy!r} is not a number in 0..1"
            raise ValueError(message)
        for name in ("tally", "reads", "remarks", "ir_drop"):
            if not isinstance(data.get(name, []), list):
                message = f"{name}: not a list"
                raise ValueError(message)
        for word in data["tally"]:
            _whole("tally", word, 0)
        remarks = [Remark(r["kind"], r["text"]) for r in data["remarks"]]
        if not all(isinstance(word, str) for remark in remarks for word in remark):
            message = "remarks: not texts"
            raise ValueError(message)
        if any(has_control(word) for remark in remarks for word in remark):
            message = "remarks: hold a control character"
            raise ValueError(message)
        tally = Tally.from_words(np.array(data["tally"], np.uint64))
        _check_counts(tally, data["chips"])
        chip = Chip.loads(data["chip_file"], data["chip"])
        return cls(
            chip=chip,
            task=data["task"],
            tally=tally,
            chips=data["chips"],
            passes=data["passes"],
            accuracy=float(accuracy),
            worn_setup=data["worn_setup"],
            worn_learning=data["worn_learning"],
            sizes=_sizes(data["sizes"], chip),
            signature=data["signature"],
            data_sha256=digest,
            drops=tuple(IrDrop.from_dict(drop) for drop in data.get("ir_drop", [])),
            reads=tuple(map(ReadQuality.from_dict, data["reads"])),
            remarks=tuple(remarks),
        )

    @classmethod
    def read(cls, path: Path) -> RunFigures:
        """Read what ``edgeferro train --json`` wrote.

        Raises:
            DataError: not such a file; says what of it, where that is known.
        """
        what = "not the figures of a run (edgeferro train --json)"
        try:  # a number of thousands of digits is no number to json either
            data = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            message = f"{path}: {what}"
            raise DataError(message) from error
        try:
            return cls.from_dict(data)
        except KeyError as error:
            message = f"{path}: {what}: {error.args[0]}: missing"
            raise DataError(message) from error
        except ValueError as error:
            message = f"{path}: {what}: {error}"
            raise DataError(message) from error
        except (TypeError, AttributeError, OverflowError, RecursionError) as error:
            message = f"{path}: {what}"
            raise DataError(message) from error

    @cached_property
    def energy(self) -> EnergyReport:
        """The counts, priced, with the driver's accesses of the bus among them."""
        return EnergyReport.of_chip(self.driven, self.chip, self.sizes)

    @cached_property
    def driven(self) -> Tally:
        """The tally with the accesses of the bus that a driver makes for the same work.

        The core sees none: what one inference, update, programming and calibration take
        is counted by running the shipped driver on a chip of these settings.

        Raises:
            StateError: the driver doesn't come to its end on this chip.
        """
        if any(self.tally.event(phase, "register") for phase in PHASES):
            return self.tally
        each = bus_accesses(self.chip, self.sizes)
        found, calibrated = self.tally, self.tally.event("calibrate", "cycle")
        for phase, accesses, times in (
            ("infer", each["infer"], self.tally.inferences),
            # a learning step of the driver begins with its forward pass
            ("update", each["learn"] - each["infer"], self.tally.updates),
            ("program", each["program"], self.chips),
            ("calibrate", each.get("calibrate", 0.0), self.chips if calibrated else 0),
        ):
            found = found.plus(phase, "register", round(accesses * times))
        return found

    def seconds(self, phase: str) -> float:
        """Time of one phase over all chips."""
        return self.tally.seconds(phase, self.chip.controller.clock_mhz)
