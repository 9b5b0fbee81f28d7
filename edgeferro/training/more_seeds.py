"""Runs of a plan, or of two, to which seeds are added until a question is decided."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edgeferro.intervals.auto import ask_difference, ask_mean, until_decided
from edgeferro.training.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

    from edgeferro.training.asked import Asked
    from edgeferro.training.plan import Plan

__all__ = ["joined", "run_until_decided"]


def joined(first: Outcome | None, more: Outcome) -> Outcome:
    """Return one outcome of both runs' seeds, as if they had been run at once."""
    if first is None:
        return more
    plan = replace(more.plan, seeds=(*first.plan.seeds, *more.plan.seeds))
    return Outcome(plan, (*first.results, *more.results))


def run_until_decided(
    plans: Sequence[Plan],
    asked: Asked,
    run: Callable[[Plan], Outcome],
    on_more: Callable[[int, int], None] = lambda _have, _wanted: None,
) -> list[Outcome]:
    """Run plans with seeds 0, 1, ... until what is asked for is decided.

    Args:
        plans: one, whose mean is to be narrow; or more, each of which is to be told
            from the first. Their own seeds are not looked at.
        asked: how narrow, how fine, and how many seeds at most.
        run: runs a plan.
        on_more: told when seeds are added, how many there are, and how many will be.

    Returns:
        an outcome for each plan.
    """
    found: dict[int, Outcome] = {}
    resolve = asked.resolve / 100.0

    def more(seeds: Mapping[int, range]) -> None:
        fresh = max(seeds.values(), key=len)
        if fresh.start:
            on_more(fresh.start, fresh.stop)
        for index, wanted in seeds.items():
            outcome = run(replace(plans[index], seeds=tuple(wanted)))
            found[index] = joined(found.get(index), outcome)

    def wanted(index: int) -> int:
        own = found[0].accuracies("after")
        if len(plans) == 1:
            return ask_mean(own, resolve)
        rivals = [index] if index else range(1, len(plans))
        return max(_asked(found[rival], own, resolve) for rival in rivals)

    until_decided(range(len(plans)), more, wanted, asked.most)
    return [found[index] for index in range(len(plans))]


def _asked(outcome: Outcome, first: np.ndarray, resolve: float) -> int:
    """Seeds that one wants for itself; the first may have more than it has."""
    own = outcome.accuracies("after")
    return ask_difference(own, first[: len(own)], resolve)
