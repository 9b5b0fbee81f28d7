"""A run drawn: its accuracy, pass by pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeferro.intervals.estimate import Estimate
from edgeferro.intervals.words import count, over_text

if TYPE_CHECKING:
    from pathlib import Path

    from edgeferro.training.outcome import Outcome

__all__ = ["plot_outcomes"]

_APART = 5.0  # points between the bars of two runs


def plot_outcomes(
    outcomes: list[Outcome], path: Path, labels: tuple[str, ...] = ()
) -> None:
    """Draw mean accuracy over passes into a file, with its 95 % intervals.

    Thick bars are over seeds; thin ones over the subjects too, where there are any.

    Args:
        outcomes: of one task.
        path: a PNG or SVG file.
        labels: what the outcomes differ by; rule and reference by default.

    Raises:
        DataError: matplotlib is not installed, or the file's ending is unknown to it.
    """
    from edgeferro.files.look import (
        add_legend,
        bars_said,
        draw_estimates,
        look_of,
        percent_limits,
    )
    from edgeferro.files.pictures import new_figure, save_figure

    figure, axes = new_figure(width=6.4, height=4.4)
    drawn: list[Estimate] = []
    for index, result in enumerate(outcomes):
        found, both = result.curve(), result.curve(Estimate.over_both)
        chip, n = result.plan.chip, len(result.plan.seeds)
        label = f"{chip.controller.rule}, reference {chip.array.reference}"
        draw_estimates(
            axes,
            range(len(found)),
            found,
            look_of(index),
            f"{labels[index] if labels else label}, {count(n, 'seed')}",
            wide=both if both[0].subjects > 1 else (),
            shift=_APART * (index - (len(outcomes) - 1) / 2),
            scale=100.0,
        )
        drawn += [*found, *both]
    seeds = outcomes[0].curve()[0]
    people = outcomes[0].curve(Estimate.over_both)[0]
    thick = over_text(seeds) if seeds.seeds > 1 else ""
    more = bars_said(thick, over_text(people) if people.subjects > 1 else "")
    plan = outcomes[0].plan
    nothing = "" if more else " (one seed, no interval)"
    axes.set_title(f"{plan.task.name} on {plan.chip.chip.name}{nothing}")
    axes.set_xlabel("passes over the samples to learn")
    axes.set_ylabel("accuracy on held-out samples (%)")
    axes.xaxis.get_major_locator().set_params(integer=True)
    percent_limits(axes, drawn)
    axes.grid(alpha=0.3)
    add_legend(figure, [axes], more)
    save_figure(figure, path)
