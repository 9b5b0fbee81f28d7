"""The paper's three pictures, from our own tuned runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edgeferro.files.pictures import new_figure, save_figure
from edgeferro.intervals.estimate import Estimate
from edgeferro.intervals.words import count
from edgeferro.paper.comparison import Result, width_text
from edgeferro.paper.schemes import REFERENCES, RULES, Scheme

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["draw_pictures", "picture_places"]

_J = 1e-15  # joules a femtojoule
_LINES = {"sgd-stochastic": ":", "sgd-counted": "--", "mixed-precision": "-"}


def _ends(values: np.ndarray) -> tuple[float, float, float]:
    """Mean and ends of the interval; without one, the mean three times."""
    known = Estimate.over_seeds(values)
    half = known.half if np.isfinite(known.half) else 0.0
    return known.mean, known.mean - half, known.mean + half


def _band(
    axes: Any,
    across: Sequence[float],
    rows: Sequence[np.ndarray],
    label: str,
    line: str,
) -> None:
    """A line of means with the band of their 95 % intervals; nan leaves a gap."""
    ends = np.array([_ends(row) for row in rows])
    (drawn,) = axes.plot(across, ends[:, 0], line, label=label)
    axes.fill_between(
        across, ends[:, 1], ends[:, 2], alpha=0.2, color=drawn.get_color(), lw=0
    )


def _widths(axes: Any, found: Sequence[Result]) -> None:
    """A logarithmic scale of widths; those that were not measured have a star."""
    axes.set_xscale("log")
    order = sorted({(r.width_ns, r.measured) for r in found})
    ticks = [width for width, _ in order]
    names = [width_text(w) + ("" if real else "*") for w, real in order]
    axes.set_xlim(min(ticks) / 2, max(ticks) * 2)
    axes.set_xticks(ticks, names)
    axes.minorticks_off()
    axes.set_xlabel("pulse width (*: inter- or extrapolated)")


def _seeds(found: Sequence[Result]) -> str:
    return f"n = {count(len(found[0].curve), 'seed')}, bands 95 %"


def _accuracy(found: Sequence[Result], path: Path, task: str) -> None:
    """Accuracy over epochs at mid-level: a panel a rule, a line a width."""
    figure, panels = new_figure(width=12.0, height=4.2, panels=len(RULES))
    for axes, rule in zip(panels, RULES, strict=True):
        scheme = Scheme(rule, REFERENCES[0])
        for r in (r for r in found if r.scheme == scheme):
            rows = [100 * column for column in r.curve.T]
            label = width_text(r.width_ns) + ("" if r.measured else "*")
            _band(axes, range(len(rows)), rows, label, ".-")
        axes.set_title(f"{task}: {scheme.name}")
        axes.set_xlabel("epochs")
        axes.set_ylim(0, 100)
    panels[0].set_ylabel(f"test accuracy (%), {_seeds(found)}")
    panels[-1].legend(title="pulse width", loc="lower right")
    save_figure(figure, path)


def _schemes(found: Sequence[Result], path: Path, task: str) -> None:
    """Accuracy after the last pass over width: a panel a reference, a line a rule."""
    figure, panels = new_figure(width=12.0, height=4.2, panels=len(REFERENCES))
    for axes, reference in zip(panels, REFERENCES, strict=True):
        for rule in RULES:
            mine = [r for r in found if r.scheme == Scheme(rule, reference)]
            mine.sort(key=lambda r: r.width_ns)
            if mine:
                rows = [100 * r.after for r in mine]
                width = [r.width_ns for r in mine]
                _band(axes, width, rows, rule, f"o{_LINES[rule]}")
        _widths(axes, found)
        axes.set_ylim(0, 100)
        axes.set_title(f"{task}: {reference}")
    panels[0].set_ylabel(f"accuracy after the last epoch (%), {_seeds(found)}")
    panels[0].legend(loc="lower right")
    save_figure(figure, path)


def _joules(axes: Any) -> None:
    """A logarithmic scale of energy, and a legend."""
    from matplotlib.ticker import EngFormatter

    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(EngFormatter("J"))
    axes.legend()


def _not_reached(axes: Any) -> None:
    """Say so in place of a line, and of a scale that nothing stands on."""
    place = {"transform": axes.transAxes, "ha": "center", "va": "center"}
    axes.text(0.5, 0.5, "not reached", **place)
    axes.set_yticks([])


def _energy(found: Sequence[Result], path: Path, task: str, goal: float) -> None:
    """Energy an update, epochs and energies to a goal, over width.

    A width that a seed does not reach the goal at leaves a gap in its line.
    """
    figure, panels = new_figure(width=12.0, height=4.2, panels=3)
    update, needed, spent = panels
    scheme = Scheme(RULES[-1], REFERENCES[0])
    mixed = sorted((r for r in found if r.scheme == scheme), key=lambda r: r.width_ns)
    width = [r.width_ns for r in mixed]
    for name, line, label in (
        ("update_fj", "o-", "an update, chip"),
        ("cell_fj", "s--", "a pulse, its cell"),
    ):
        _band(update, width, [_J * getattr(r, name) for r in mixed], label, line)
    update.set_ylabel("energy")
    _joules(update)
    epochs = [r.epochs_to(goal) for r in mixed]
    if all(np.isnan(e).any() for e in epochs):
        _not_reached(needed)
        _not_reached(spent)
    else:
        _band(needed, width, epochs, "epochs", "o-")
        needed.set_ylim(bottom=0)
        for name, line in (("chip", "o-"), ("array", "^:"), ("cells", "s--")):
            ends = [_J * r.energy_to(goal, name) for r in mixed]
            _band(spent, width, ends, f"learning, {name}", line)
        _joules(spent)
    needed.set_ylabel(f"epochs to {100 * goal:g} %")
    spent.set_ylabel(f"energy to {100 * goal:g} %")
    for axes in panels:
        _widths(axes, mixed)
        axes.set_title(f"{task}: {scheme.name}, {_seeds(mixed)}", fontsize=9)
    save_figure(figure, path)


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
