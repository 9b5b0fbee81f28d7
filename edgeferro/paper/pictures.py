"""The paper's three pictures, from our own tuned runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.files.look import (
    add_legend,
    bars_said,
    below_said,
    draw_estimates,
    energy_unit,
    logarithmic_limits,
    look_of,
    percent_limits,
)
from edgeferro.files.pictures import new_figure, save_figure
from edgeferro.intervals.estimate import Estimate
from edgeferro.intervals.words import count
from edgeferro.paper.comparison import Result, width_text
from edgeferro.paper.schemes import REFERENCES, RULES, Scheme

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["draw_pictures", "picture_places"]

_J: Final = 1e-15  # joules a femtojoule
_APART: Final = 4.0  # points between the bars of two series
_HOLLOW: Final = "hollow and *: width not measured (inter- or extrapolated)"
# What an energy is of: the same look wherever it is drawn.
_PARTS: Final = {"chip": 0, "array": 1, "cells": 2}


def _means(rows: Sequence[np.ndarray]) -> list[Estimate]:
    return [Estimate.over_seeds(row) for row in rows]


def _over(found: Sequence[Result]) -> list[Any]:
    """Entries of a legend: what bars are over, and what is hollow."""
    from matplotlib.lines import Line2D

    seeds = len(found[0].curve)
    more = bars_said(count(seeds, "seed") if seeds > 1 else "")
    if all(r.measured for r in found):
        return more
    look: dict[str, Any] = {"color": "black", "fillstyle": "none", "linestyle": "none"}
    return [*more, Line2D([], [], marker="o", label=_HOLLOW, **look)]


def _series(
    axes: Any,
    found: Sequence[Result],
    rows: Sequence[np.ndarray],
    index: int,
    label: str,
    *,
    shift: float = 0.0,
    scale: float = 1.0,
) -> list[Estimate]:
    """Means over width: those of measured widths joined, the others by themselves."""
    known = _means(rows)
    for real in (True, False):
        mine = [(r, one) for r, one in zip(found, known, strict=True)]
        mine = [(r, one) for r, one in mine if r.measured is real]
        if mine:
            draw_estimates(
                axes,
                [r.width_ns for r, _ in mine],
                [one for _, one in mine],
                look_of(index),
                label if real else f"_{label}, not measured",
                shift=shift,
                scale=scale,
                measured=real,
                joined=real,
            )
    return known


def _widths(axes: Any, found: Sequence[Result]) -> None:
    """A logarithmic scale of widths; those that were not measured have a star."""
    axes.set_xscale("log")
    order = sorted({(r.width_ns, r.measured) for r in found})
    ticks = [width for width, _ in order]
    names = [width_text(w) + ("" if real else "*") for w, real in order]
    low, high = min(ticks) / 2, max(ticks) * 2
    axes.set_xlim(low, high)
    gaps = np.diff(np.log(ticks)) / np.log(high / low)
    near = len(gaps) > 0 and min(gaps) < 0.12
    axes.set_xticks(ticks, names, rotation=90 if near else 0)
    axes.minorticks_off()
    axes.set_xlabel("pulse width")
    axes.grid(alpha=0.3)


def _accuracy(found: Sequence[Result], path: Path, task: str) -> None:
    """Accuracy over epochs at mid-level: a panel a rule, a line a width."""
    figure, panels = new_figure(width=12.0, height=4.6, panels=len(RULES))
    widths = sorted({r.width_ns for r in found})
    shown = [r for r in found if r.scheme.reference == REFERENCES[0]]
    drawn = []
    for axes, rule in zip(panels, RULES, strict=True):
        scheme = Scheme(rule, REFERENCES[0])
        for r in (r for r in shown if r.scheme == scheme):
            known = _means(list(r.curve.T))
            index = widths.index(r.width_ns)
            draw_estimates(
                axes,
                range(len(known)),
                known,
                look_of(index),
                width_text(r.width_ns) + ("" if r.measured else "*"),
                shift=_APART * (index - (len(widths) - 1) / 2),
                scale=100.0,
                measured=r.measured,
            )
            drawn += known
        axes.set_title(scheme.name)
        axes.set_xlabel("epochs")
        axes.margins(x=0.08)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
    for axes in panels:
        percent_limits(axes, drawn)
    panels[0].set_ylabel("test accuracy (%)")
    figure.suptitle(f"{task}: learning by pulse width, weight zero at {REFERENCES[0]}")
    add_legend(figure, panels, _over(shown))
    save_figure(figure, path)


def _schemes(found: Sequence[Result], path: Path, task: str) -> None:
    """Accuracy after the last pass over width: a panel a reference, a line a rule."""
    figure, panels = new_figure(width=12.0, height=4.6, panels=len(REFERENCES))
    drawn = []
    for axes, reference in zip(panels, REFERENCES, strict=True):
        for index, rule in enumerate(RULES):
            mine = [r for r in found if r.scheme == Scheme(rule, reference)]
            mine.sort(key=lambda r: r.width_ns)
            rows = [r.after for r in mine]
            shift = _APART * (index - 1)
            drawn += _series(axes, mine, rows, index, rule, shift=shift, scale=100.0)
        _widths(axes, found)
        axes.set_title(f"weight zero: {reference}")
    for axes in panels:
        percent_limits(axes, drawn)
    panels[0].set_ylabel("accuracy after the last epoch (%)")
    figure.suptitle(f"{task}: rules and references by pulse width")
    add_legend(figure, panels, _over(found))
    save_figure(figure, path)


def _not_reached(axes: Any) -> None:
    """Say so in place of a line, and of a scale that nothing stands on."""
    place = {"transform": axes.transAxes, "ha": "center", "va": "center"}
    axes.text(0.5, 0.5, "not reached by all\nseeds at any width", **place)
    axes.set_yticks([])


def _say_gaps(axes: Any, found: Sequence[Result], rows: Sequence[np.ndarray]) -> None:
    """Write at a width how many seeds reached the goal, where not all did."""
    for r, row in zip(found, rows, strict=True):
        reached = int(np.isfinite(row).sum())
        if reached < len(row):
            axes.text(
                r.width_ns,
                0.5,
                f"not reached ({reached} of {count(len(row), 'seed')})",
                transform=axes.get_xaxis_transform(),
                rotation=90,
                ha="center",
                va="center",
                fontsize=8,
            )


def _energy(found: Sequence[Result], path: Path, task: str, goal: float) -> None:
    """Energy an update, epochs and energies to a goal, over width.

    A width that a seed does not reach the goal at leaves a gap in its line. All
    energies are in one unit.
    """
    figure, panels = new_figure(width=12.0, height=4.6, panels=3)
    update, needed, spent = panels
    scheme = Scheme(RULES[-1], REFERENCES[0])
    mixed = sorted((r for r in found if r.scheme == scheme), key=lambda r: r.width_ns)
    once = {"chip": [r.update_fj for r in mixed], "cells": [r.cell_fj for r in mixed]}
    learnt = {part: [r.energy_to(goal, part) for r in mixed] for part in _PARTS}
    every = [*once.values(), *learnt.values()]
    scale, unit = energy_unit(_J * one for rows in every for r in rows for one in r)
    more = _over(mixed)
    more += _energies(update, mixed, once, scale)
    update.set_ylabel(f"energy ({unit})")
    epochs = [r.epochs_to(goal) for r in mixed]
    if all(np.isnan(e).any() for e in epochs):
        _not_reached(needed)
        _not_reached(spent)
    else:
        passes = _series(needed, mixed, epochs, 3, "epochs")
        needed.set_ylim(0.0, 1.08 * _top(passes))
        more += below_said(passes)
        more += _energies(spent, mixed, learnt, scale)
        for axes in (needed, spent):
            _say_gaps(axes, mixed, epochs)
    reach = f"{100 * goal:g} %"
    needed.set_ylabel(f"epochs to {reach}")
    spent.set_ylabel(f"energy ({unit})")
    titles = (
        "an update (chip), a pulse (cells)",
        f"epochs to {reach}",
        f"learning to {reach}",
    )
    for axes, title in zip(panels, titles, strict=True):
        _widths(axes, mixed)
        axes.set_title(title)
    figure.suptitle(f"{task}: {scheme.name}")
    add_legend(figure, panels, more)
    save_figure(figure, path)


def _top(found: Sequence[Estimate]) -> float:
    """Highest end of the intervals; 1 where all are at 0."""
    ends = [one.high if np.isfinite(one.half) else one.mean for one in found]
    return max([end for end in ends if np.isfinite(end)] or [1.0]) or 1.0


def _energies(
    axes: Any,
    found: Sequence[Result],
    rows: dict[str, list[np.ndarray]],
    scale: float,
) -> list[Any]:
    """Energies by part on a logarithmic scale; what its legend has to say besides."""
    drawn = []
    for place, (part, values) in enumerate(rows.items()):
        shift = _APART * (place - (len(rows) - 1) / 2)
        joules = [_J * row for row in values]
        drawn += _series(
            axes, found, joules, _PARTS[part], part, shift=shift, scale=scale
        )
    return logarithmic_limits(axes, drawn, scale)


def picture_places(table: Path, task: str) -> list[Path]:
    """Where the three pictures of a task go: beside the table."""
    stem = f"{table.stem}-{task}"
    kinds = ("accuracy", "energy", "schemes")
    return [table.with_name(f"{stem}-{kind}.png") for kind in kinds]


def draw_pictures(
    found: Sequence[Result], table: Path, task: str, goal: float
) -> list[Path]:
    """Draw all three beside the table; returns where they are.

    Raises:
        PackageError: matplotlib is not installed.
    """
    paths = picture_places(table, task)
    tuned = [r for r in found if r.rates == "tuned"]
    _accuracy(tuned, paths[0], task)
    _energy(tuned, paths[1], task, goal)
    _schemes(tuned, paths[2], task)
    return paths
