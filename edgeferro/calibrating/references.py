"""The ways to make a weight's zero, and what one of them came to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from edgeferro.calibrating.truth import Residual, zero_residual
from edgeferro.controller import Controller
from edgeferro.intervals.estimate import Estimate
from edgeferro.training.lesson import make_lesson

if TYPE_CHECKING:
    from edgeferro.training.outcome import Outcome
    from edgeferro.training.plan import Plan

__all__ = ["CHOICES", "KIND", "LEVEL", "Choice", "first_chip", "make_choice"]

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
        residuals: of the weights' zeros, the first subject's chip of each seed, as
            programmed.
        memory_bytes: of digital references.
        extra_cells: second cells.
    """

    name: str
    outcome: Outcome
    residuals: tuple[Residual, ...]
    memory_bytes: int
    extra_cells: int

    @property
    def residual(self) -> Residual:
        """That of the first seed's chip."""
        return self.residuals[0]

    def zero(self, name: str) -> Estimate:
        """A residual's 'rms' or 'p95' over the seeds' chips, in parts of one."""
        return Estimate.over_seeds([getattr(r, name) for r in self.residuals])

    def to_dict(self) -> dict[str, Any]:
        """Return the figures of ``--json``."""
        return {
            "choice": self.name,
            "residual": asdict(self.residual),
            "residual_over_seeds": {n: self.zero(n).to_dict() for n in ("rms", "p95")},
            "memory_bytes": self.memory_bytes,
            "extra_cells": self.extra_cells,
            **self.outcome.to_dict(),
        }


def first_chip(plan: Plan, seed: int | None = None) -> Controller:
    """Return the first subject's chip of a seed, calibrated and programmed.

    Args:
        plan: whose chip it is.
        seed: the plan's first by default.
    """
    unit = plan.units[0]
    seed = unit.seed if seed is None else seed
    lesson = make_lesson(plan.chip, plan.task, unit.subject, seed)
    controller = Controller(lesson.image)
    controller.program()
    return controller


def make_choice(name: str, outcome: Outcome) -> Choice:
    """Look into a choice's chips; ``outcome`` is what they learned."""
    plan = outcome.plan
    cells = columns = 0
    residuals = []
    for seed in plan.seeds:
        controller = first_chip(plan, seed)
        residuals.append(zero_residual(controller))
    for layer in range(controller.core.layers):
        rows, count = controller.core.shape(layer)
        cells, columns = cells + rows * count, columns + count
    memory = {"stored": 2 * cells, "offset": 2 * columns}
    kind = plan.chip.array.reference
    return Choice(
        name=name,
        outcome=outcome,
        residuals=tuple(residuals),
        memory_bytes=memory.get(kind, 0),
        extra_cells=cells if kind == "cell" else 0,
    )
