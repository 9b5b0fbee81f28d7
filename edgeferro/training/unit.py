"""The main job: a chip learns a task, sample by sample, and is measured.

A *unit* of work is one subject and one seed. Each unit has its own chip; units do not
influence one another, so they run in threads (the core releases the interpreter lock)
and can be stopped and resumed at any chunk without changing a bit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.controller import Controller
from edgeferro.core.converters import Trimming
from edgeferro.core.symmetry import verdict_counts
from edgeferro.core.tally import Tally
from edgeferro.mapping.ir_drop import IrDrop
from edgeferro.training.ageing import stuck_cells
from edgeferro.training.lesson import Lesson, make_lesson
from edgeferro.training.packed import pack, unpack
from edgeferro.training.plan import Plan, Unit, pass_order
from edgeferro.training.power import learn_between_losses
from edgeferro.training.saved import SavedStart
from edgeferro.training.trail import Trail

if TYPE_CHECKING:
    from collections.abc import Callable


__all__ = ["CHUNK", "UnitResult", "run_unit"]

CHUNK: Final = 250  # samples between two checkpoints


def _tally(words: list[int]) -> Tally:
    return Tally.from_words(np.array(words, np.uint64))


def _trimming(data: dict[str, Any] | None) -> Trimming | None:
    return None if data is None else Trimming.from_dict(data)


@dataclass(frozen=True)
class UnitResult:
    """What one unit came to.

    Attributes:
        unit: which one.
        before: accuracy on the test samples before learning, 0..1.
        after: the same after it.
        online: accuracy of the predictions made while learning, each before its
            sample was learned; NaN without passes.
        curve: accuracy on the test samples after each pass.
        missed: weights' cells that write-and-verify left outside the tolerance.
        verdicts: of calibration, cells of each; empty where the chip doesn't calibrate.
        stuck: cells that no pulse moves.
        cells: cells of all arrays.
        worn: most pulses that one cell has taken.
        worn_setup: the same, of calibration and programming alone.
        worn_learning: the same, of learning alone.
        tally: everything counted, programming and tests included.
        history: the tally as it stood after each pass and its test.
        signature: of the chip in its last state.
        rows: lines of each layer.
        gains: mantissa and shift of each layer's converter (SPEC 5.2).
        drops: the largest IR drop of each layer.
        sites: rows of :meth:`Controller.site_report`.
        trimming: what the trim of its converters came to; None without.
        drawn: rows of :meth:`Controller.converter_report` as the chip was made.
        converters: the same at the end, trimmed where the chip trims.
        reference_missed: the same of reference cells.
        trail: digests of what went in, and signatures on the way.
        forgotten: what accumulators held whenever power went, in pulses.
    """

    unit: Unit
    before: float
    after: float
    online: float
    curve: tuple[float, ...]
    missed: int
    verdicts: dict[str, int]
    stuck: int
    cells: int
    worn: int
    worn_setup: int
    worn_learning: int
    tally: Tally
    history: tuple[Tally, ...]
    signature: str
    rows: tuple[int, ...] = ()
    gains: tuple[tuple[int, int], ...] = ()
    drops: tuple[IrDrop, ...] = ()
    sites: tuple[dict[str, Any], ...] = ()
    trimming: Trimming | None = None
    drawn: tuple[dict[str, Any], ...] = ()
    converters: tuple[dict[str, Any], ...] = ()
    reference_missed: int = 0
    trail: Trail | None = None
    forgotten: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that :meth:`from_dict` takes back."""
        return {
            "subject": self.unit.subject,
            "seed": self.unit.seed,
            "before": self.before,
            "after": self.after,
            "online": self.online,
            "curve": list(self.curve),
            "missed": self.missed,
            "reference_missed": self.reference_missed,
            "verdicts": self.verdicts,
            "stuck": self.stuck,
            "cells": self.cells,
            "worn": self.worn,
            "worn_setup": self.worn_setup,
            "worn_learning": self.worn_learning,
            "tally": self.tally.to_words().tolist(),
            "history": [tally.to_words().tolist() for tally in self.history],
            "signature": self.signature,
            "rows": list(self.rows),
            "gains": [list(gain) for gain in self.gains],
            "drops": [drop.to_dict() for drop in self.drops],
            "sites": list(self.sites),
            "trimming": None if self.trimming is None else self.trimming.to_dict(),
            "drawn": list(self.drawn),
            "converters": list(self.converters),
            "trail": None if self.trail is None else self.trail.to_dict(),
            "forgotten": self.forgotten,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> UnitResult:
        """Rebuild a result from :meth:`to_dict`."""
        return cls(
            unit=Unit(data["subject"], data["seed"]),
            before=data["before"],
            after=data["after"],
            online=data["online"],
            curve=tuple(data["curve"]),
            missed=data["missed"],
            reference_missed=data["reference_missed"],
            verdicts=data["verdicts"],
            stuck=data["stuck"],
            cells=data["cells"],
            worn=data["worn"],
            worn_setup=data["worn_setup"],
            worn_learning=data["worn_learning"],
            tally=_tally(data["tally"]),
            history=tuple(map(_tally, data["history"])),
            signature=data["signature"],
            rows=tuple(data["rows"]),
            gains=tuple((int(m), int(s)) for m, s in data["gains"]),
            drops=tuple(IrDrop.from_dict(drop) for drop in data["drops"]),
            sites=tuple(data["sites"]),
            trimming=_trimming(data["trimming"]),
            drawn=tuple(data["drawn"]),
            converters=tuple(data["converters"]),
            trail=None if data["trail"] is None else Trail.from_dict(data["trail"]),
            forgotten=data.get("forgotten", 0.0),
        )


@dataclass
class _Progress:
    """Where a unit stands; with the chip's snapshot, all that resuming needs."""

    learned: int = 0
    correct: int = 0
    before: float = 0.0
    missed: int = 0
    reference_missed: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    curve: list[float] = field(default_factory=list)
    history: list[list[int]] = field(default_factory=list)
    setup_wear: list[str] = field(default_factory=list)
    trimming: dict[str, Any] | None = None
    programmed: str = ""
    signatures: list[str] = field(default_factory=list)
    forgotten: float = 0.0

    def to_dict(self, controller: Controller) -> dict[str, Any]:
        return {**self.__dict__, "snapshot": pack(controller.snapshot())}

    @classmethod
    def from_dict(cls, data: dict[str, Any], controller: Controller) -> _Progress:
        values = dict(data)
        controller.restore(unpack(values.pop("snapshot")))
        return cls(**values)


def _wear(controller: Controller) -> list[np.ndarray]:
    """Pulses that each weight's cell has taken, by array."""
    layers = range(controller.core.layers)
    return [controller.peek("wear", layer).astype(np.uint32) for layer in layers]


def _setup_wear(setup: list[str]) -> list[np.ndarray]:
    """Wear of each array as it was after set-up."""
    return [np.frombuffer(unpack(text), np.uint32) for text in setup]


def _worn_learning(controller: Controller, setup: list[str]) -> int:
    """Most pulses of one cell since its array was set up."""
    before = _setup_wear(setup)
    after = [wear.ravel() for wear in _wear(controller)]
    return max(int((a - b).max()) for a, b in zip(after, before, strict=True))


def _accuracy(controller: Controller, lesson: Lesson) -> float:
    found = controller.predict(lesson.test_codes)
    return float(np.mean(found == lesson.test_labels))


def _learn_pass(
    plan: Plan,
    unit: Unit,
    lesson: Lesson,
    controller: Controller,
    progress: _Progress,
    *,
    checkpoint: Callable[[], bool],
) -> bool:
    """Learn what is left of the current pass; False if asked to stop."""
    count = len(lesson.learn_labels)
    index = progress.learned // count
    order = pass_order(plan, unit, lesson, index)
    while progress.learned < (index + 1) * count:
        start = progress.learned - index * count
        picked = order[start : start + CHUNK]
        labels = lesson.learn_labels[picked]
        found, lost = learn_between_losses(
            controller,
            lesson.learn_codes[picked],
            labels,
            done=progress.learned,
            every=plan.chip.task.power_off_every,
        )
        progress.forgotten += lost
        progress.correct += int(np.sum(found == labels))
        progress.learned += len(picked)
        if start + len(picked) == count:
            if plan.chip.task.rest_s:
                controller.rest(plan.chip.task.rest_s)
            progress.curve.append(_accuracy(controller, lesson))
            progress.history.append(controller.tally.to_words().tolist())
            progress.signatures.append(controller.signature)
        if not checkpoint():
            return False
    return True


def run_unit(
    plan: Plan,
    unit: Unit,
    *,
    resume: dict[str, Any] | None = None,
    on_checkpoint: Callable[[dict[str, Any] | None, float], bool] | None = None,
    keep_state: bool = False,
    on_pulses: Callable[[np.ndarray], None] | None = None,
    on_end: Callable[[SavedStart, Controller], None] | None = None,
) -> UnitResult | None:
    """Run one unit from its start or from a checkpoint.

    Args:
        plan: the run.
        unit: one of ``plan.units``.
        resume: what ``on_checkpoint`` was given before the run stopped.
        on_checkpoint: called after each chunk with the state (None without
            ``keep_state``) and the part of the unit done, 0..1; returns False to stop.
        keep_state: whether checkpoints carry the state.
        on_pulses: where the pulse trace goes.
        on_end: called with what the unit started from, and its chip at the end.

    Returns:
        the result, or None if ``on_checkpoint`` asked to stop.
    """
    start = plan.start_of(unit)
    lesson = make_lesson(plan.chip, plan.task, unit.subject, unit.seed, start)
    controller = Controller(lesson.image, on_pulses=on_pulses)
    drawn = tuple(controller.converter_report())
    if resume is None:
        progress = _Progress(missed=sum(controller.program()))
        progress.reference_missed = sum(controller.reference_missed)
        progress.programmed = controller.signature
        progress.verdicts = verdict_counts(controller.maps or ())
        progress.setup_wear = [pack(wear.tobytes()) for wear in _wear(controller)]
        if controller.trimming is not None:
            progress.trimming = controller.trimming.to_dict()
        progress.before = _accuracy(controller, lesson)
    else:
        progress = _Progress.from_dict(resume, controller)

    total = plan.passes * len(lesson.learn_labels)

    def checkpoint() -> bool:
        if on_checkpoint is None:
            return True
        state = progress.to_dict(controller) if keep_state else None
        return on_checkpoint(state, progress.learned / total)

    while progress.learned < total:
        if not _learn_pass(
            plan, unit, lesson, controller, progress, checkpoint=checkpoint
        ):
            return None
    if on_end is not None:
        on_end(SavedStart(lesson.image, lesson.weights), controller)
    layers = range(controller.core.layers)
    shapes = [controller.core.shape(layer) for layer in layers]
    return UnitResult(
        unit=unit,
        before=progress.before,
        after=progress.curve[-1] if progress.curve else progress.before,
        online=progress.correct / total if total else float("nan"),
        curve=tuple(progress.curve),
        missed=progress.missed,
        reference_missed=progress.reference_missed,
        verdicts=progress.verdicts,
        stuck=sum(stuck_cells(controller.peek("spread", layer)) for layer in layers),
        cells=sum(rows * columns for rows, columns in shapes),
        worn=max(int(wear.max()) for wear in _wear(controller)),
        worn_setup=max(int(w.max()) for w in _setup_wear(progress.setup_wear)),
        worn_learning=_worn_learning(controller, progress.setup_wear),
        tally=controller.tally,
        history=tuple(map(_tally, progress.history)),
        signature=controller.signature,
        rows=tuple(rows for rows, _ in shapes),
        gains=tuple(
            (layer.gain_mantissa, layer.gain_shift)
            for layer in lesson.image.registers.layers
        ),
        drops=lesson.image.drops,
        sites=tuple(controller.site_report()),
        trimming=_trimming(progress.trimming),
        drawn=drawn,
        converters=tuple(controller.converter_report()),
        trail=Trail.of(lesson, progress.programmed, progress.signatures),
        forgotten=progress.forgotten,
    )
