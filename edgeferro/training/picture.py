"""A run drawn: its accuracy, pass by pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeferro.intervals.words import count

if TYPE_CHECKING:
    from pathlib import Path

    from edgeferro.training.outcome import Outcome

__all__ = ["plot_outcomes"]


def plot_outcomes(
    outcomes: list[Outcome], path: Path, labels: tuple[str, ...] = ()
) -> None:
    """Draw accuracy over passes, mean and 95 % interval over seeds, into a file.

    Args:
        outcomes: of one task.
        path: a PNG or SVG file.
        labels: what the outcomes differ by; rule and reference by default.

    Raises:
        DataError: matplotlib is not installed, or the file's ending is unknown to it.
    """
    from edgeferro.files.pictures import new_figure, save_figure

    figure, axes = new_figure(width=6.4, height=4.0)
    for index, result in enumerate(outcomes):
        found = result.curve()
        passes = range(len(found))
        chip, seeds = result.plan.chip, len(result.plan.seeds)
        label = f"{chip.controller.rule}, reference {chip.array.reference}"
        label = f"{labels[index] if labels else label}, n = {count(seeds, 'seed')}"
        means = [100 * one.mean for one in found]
        (line,) = axes.plot(passes, means, "o-", label=label)
        if seeds > 1:
            ends = [[100 * one.low for one in found], [100 * one.high for one in found]]
            axes.fill_between(passes, *ends, alpha=0.2, color=line.get_color())
    plan = outcomes[0].plan
    axes.set_xlabel("passes over the samples to learn")
    axes.set_ylabel("accuracy on held-out samples (%)")
    band = "mean, 95 % over seeds" if len(plan.seeds) > 1 else "one seed, no interval"
    axes.set_title(f"{plan.task.name} on {plan.chip.chip.name} ({band})")
    axes.grid(alpha=0.3)
    axes.legend()
    save_figure(figure, path)
