"""Learning under a supply that comes and goes: what is lost, and what that comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edgeferro.core.enums import RULES
from edgeferro.errors import ConfigError
from edgeferro.tasks.base import learn_and_test

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip
    from edgeferro.controller import Controller
    from edgeferro.training.plan import Plan

__all__ = ["check_losses", "learn_between_losses", "losses", "power_lines"]

_PATH = "task.power_off_every"
_MIXED = RULES["mixed-precision"]


def losses(steps: int, every: int) -> int:
    """How often power goes in so many learning steps; 0 where it never does."""
    return steps // every if every else 0


def check_losses(plan: Plan) -> None:
    """Refuse a chip that would learn to its end before power goes.

    Raises:
        ConfigError: names the learning steps, which are the most that pass.
    """
    every = plan.chip.task.power_off_every
    if not every:
        return
    counts = [len(learn_and_test(plan.task, s, 0)[0]) for s in plan.subjects]
    steps = plan.passes * min(counts)
    if every <= steps:
        return
    if not steps:
        message = f"{_PATH}: {every} has no effect in a run of 0 passes, only 0"
        raise ConfigError(message)
    where = plan.task.subject_name(plan.subjects[int(np.argmin(counts))])
    who = "" if plan.subjects[0] < 0 else f" of subject {where}"
    message = f"{_PATH}: {every} is not in 1..{steps}, the learning steps{who}"
    raise ConfigError(message)


def power_lines(chip: Chip, times: float, held: float, sent: float) -> list[str]:
    """How often power went, and what that took; nothing where it stayed on.

    Args:
        chip: the chip file.
        times: losses of a chip (mean).
        held: pulses that its accumulators held at these (mean).
        sent: pulses of learning that it sent (mean).
    """
    every = chip.task.power_off_every
    if not every:
        return []
    what = "each learning step" if every == 1 else f"every {every} learning steps"
    text = f"power: off after {what}, {times:.0f} times a chip"
    if chip.controller.rule == "mixed-precision":
        text += f"; accumulators lost {held:.0f} pulses' worth, {sent:.0f} were sent"
    return [text]


def _held(controller: Controller) -> float:
    """Pulses that the accumulators are worth as they stand, in thresholds."""
    layers = enumerate(controller.image.registers.layers)
    return sum(
        int(np.abs(controller.peek("chi", index).astype(np.int64)).sum())
        / int(layer.threshold)
        for index, layer in layers
        if int(layer.rule) == _MIXED
    )


def learn_between_losses(
    controller: Controller,
    codes: np.ndarray,
    labels: np.ndarray,
    *,
    done: int,
    every: int,
) -> tuple[np.ndarray, float]:
    """Learn samples one after another; power goes after each so many of them.

    Args:
        controller: of the chip.
        codes: (n, inputs).
        labels: (n,).
        done: steps that it has learned before.
        every: steps from one loss of power to the next; 0: it never goes.

    Returns:
        classes predicted before each step; what was in accumulators when power went, in
        pulses.
    """
    if not every:
        return controller.learn(codes, labels), 0.0
    found, lost, start = [], 0.0, 0
    while start < len(codes):
        stop = start + every - (done + start) % every
        found.append(controller.learn(codes[start:stop], labels[start:stop]))
        start = stop
        if stop <= len(codes):
            lost += _held(controller)
            controller.power_cycle()
    return np.concatenate(found), lost
