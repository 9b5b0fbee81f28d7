"""What a cell costs in one square array, and whether that depends on its size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from chips import ARRAYS, RULES, build_array, cells, pulses_issued, samples

if TYPE_CHECKING:
    from collections.abc import Callable

_WARM = 400  # steps before: accumulators must have filled


@pytest.mark.parametrize("size", ARRAYS)
@pytest.mark.parametrize("rule", RULES)
def test_array(
    rule: str,
    size: int,
    benchmark: Any,
    figures: dict[str, float],
    note: Callable[..., None],
    median: Callable[[], float],
) -> None:
    """Time steps with dense inputs and an error in every row; fit the growth."""
    benchmark.group = f"array, {rule}"
    core = build_array(size, rule)
    steps = max(4, min(200, 2**24 // size**2))
    inputs, labels = samples(size, size, _WARM + steps)
    core.learn(inputs[:_WARM], labels[:_WARM])
    inputs, labels = inputs[_WARM:].copy(), labels[_WARM:].copy()
    start = core.snapshot()
    before = pulses_issued(core)
    core.learn(inputs, labels)
    pulses = (pulses_issued(core) - before) / steps
    benchmark.pedantic(
        core.learn, (inputs, labels), setup=lambda: core.restore(start), rounds=10
    )
    step = median() / steps
    figures[f"array {rule} {size}"] = step
    values = {
        "us": step * 1e6,
        "ns_per_cell": step * 1e9 / cells(core),
        "pulses_per_cell": pulses / cells(core),
    }
    times = [figures.get(f"array {rule} {n}", float("nan")) for n in ARRAYS]
    if size == ARRAYS[-1] and not np.isnan(times).any():
        area = [float(n) ** 2 for n in ARRAYS]
        values["slope"] = float(np.polyfit(np.log(area), np.log(times), 1)[0])
    note(f"array {size} x {size} {rule}", **values)
