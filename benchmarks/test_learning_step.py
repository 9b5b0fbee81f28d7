"""How fast a learning step is, in the core and in numpy, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from chips import NETWORKS, RULES, build_network, cells, name, pulses_issued, samples
from numpy_chip import NumpyChip

if TYPE_CHECKING:
    from collections.abc import Callable

_WARM = 400  # steps before, so that the chip trains and doesn't start
_STEPS = 200  # a round; each round starts from the same snapshot


@pytest.mark.parametrize("who", ["core", "numpy"])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("sizes", NETWORKS, ids=name)
def test_learning_step(
    sizes: tuple[int, ...],
    rule: str,
    who: str,
    benchmark: Any,
    figures: dict[str, float],
    note: Callable[..., None],
    median: Callable[[], float],
) -> None:
    """Time 200 steps in one call, from the same chip in training."""
    what = f"step {name(sizes)} {rule}"
    benchmark.group = f"200 steps, {name(sizes)}, {rule}"
    core, registers = build_network(sizes, rule)
    inputs, labels = samples(sizes[0], sizes[-1], _WARM + _STEPS)
    core.learn(inputs[:_WARM], labels[:_WARM])
    inputs, labels = inputs[_WARM:].copy(), labels[_WARM:].copy()
    start = core.snapshot()
    if who == "core":
        before = pulses_issued(core)
        core.learn(inputs, labels)
        pulses = (pulses_issued(core) - before) / _STEPS
        benchmark.pedantic(
            core.learn, (inputs, labels), setup=lambda: core.restore(start), rounds=30
        )
        step = median() / _STEPS
        figures[what] = step
        note(
            f"{what} core",
            us=step * 1e6,
            steps_per_s=1 / step,
            ns_per_cell=step * 1e9 / cells(core),
            pulses_per_step=pulses,
        )
        return
    twin = NumpyChip(registers)
    benchmark.pedantic(
        twin.learn, (inputs, labels), setup=lambda: twin.adopt(core), rounds=5
    )
    step = median() / _STEPS
    ratio = step / figures.get(what, float("nan"))
    note(f"{what} numpy", us=step * 1e6, steps_per_s=1 / step, ratio=ratio)
