"""The ways to make a weight's zero, and what one of them came to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from edgeferro.calibrating.truth import Residual, zero_residual
from edgeferro.controller import Controller
from edgeferro.training.lesson import make_lesson
from edgeferro.training.outcome import Outcome
from edgeferro.training.run import run_plan

if TYPE_CHECKING:
    from edgeferro.training.plan import Plan

__all__ = ["CHOICES", "KIND", "LEVEL", "Choice", "first_chip", "run_choice"]

LEVEL, KIND = "array.reference_level", "array.reference"
CHOICES: Final[dict[str, dict[str, Any]]] = {
    "none": {KIND: "none"},
    "cell, device's level": {KIND: "cell", LEVEL: "symmetry-point"},
    "cell, calibrated": {KIND: "cell", LEVEL: "calibrated"},
    "stored, calibrated": {KIND: "stored", LEVEL: "calibrated"},
    "offset, calibrated": {KIND: "offset", LEVEL: "calibrated"},
}


@dataclass(frozen=True, eq=False)
class Choice:
    """One way to make a weight's zero, run and looked into.

    Attributes:
        name: key of :data:`CHOICES`.
        outcome: of the task.
        residual: of the weights' zeros, the first unit's chip, as programmed.
        memory_bytes: of digital references.
        extra_cells: second cells.
    """

    name: str
    outcome: Outcome
    residual: Residual
    memory_bytes: int
    extra_cells: int

    def to_dict(self) -> dict[str, Any]:
        """Return the figures of ``--json``."""
        return {
            "choice": self.name,
            "residual": asdict(self.residual),
            "memory_bytes": self.memory_bytes,
            "extra_cells": self.extra_cells,
            **self.outcome.to_dict(),
        }


def first_chip(plan: Plan) -> Controller:
    """Return the first unit's chip, calibrated and programmed."""
    unit = plan.units[0]
    lesson = make_lesson(plan.chip, plan.task, unit.subject, unit.seed)
    controller = Controller(lesson.image)
    controller.program()
    return controller


def run_choice(name: str, plan: Plan, controller: Controller, workers: int) -> Choice:
    """Run a choice's plan; ``controller`` is its first chip, programmed."""
    cells = columns = 0
    for layer in range(controller.core.layers):
        rows, count = controller.core.shape(layer)
        cells, columns = cells + rows * count, columns + count
    memory = {"stored": 2 * cells, "offset": 2 * columns}
    kind = plan.chip.array.reference
    return Choice(
        name=name,
        outcome=run_plan(plan, workers=workers),
        residual=zero_residual(controller),
        memory_bytes=memory.get(kind, 0),
        extra_cells=cells if kind == "cell" else 0,
    )
