"""The paper's three pictures, from our own runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeferro.files.pictures import new_figure, save_figure
from edgeferro.paper.comparison import MIXED, SCHEMES, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["draw_pictures", "picture_places"]

_J = 1e-15  # joules a femtojoule
_GAP = float("nan")  # where there is no number
_LINES = ("-", "--", ":")


def _widths(axes: Any, found: Sequence[Result]) -> None:
    axes.set_xscale("log")
    ends = [r.width_ns for r in found]
    if ends:  # a panel without a line would choose a scale of its own
        axes.set_xlim(min(ends) / 2, max(ends) * 2)
    axes.set_xticks([r.width_ns for r in found], [r.width for r in found])
    axes.minorticks_off()
    axes.set_xlabel("pulse width")


def _accuracy(found: Sequence[Result], path: Path, task: str) -> None:
    """Accuracy over epochs, a line a width."""
    figure, panels = new_figure(width=12.0, height=4.0, panels=len(SCHEMES))
    for axes, scheme in zip(panels, SCHEMES, strict=True):
        for r in (r for r in found if r.scheme == scheme):
            percent = [100 * a for a in r.curve]
            axes.plot(range(len(percent)), percent, ".-", label=r.width)
        axes.set_title(f"{task}: {scheme}")
        axes.set_xlabel("epochs")
        axes.set_ylim(0, 100)
    panels[0].set_ylabel("test accuracy (%)")
    panels[-1].legend(title="pulse width")
    save_figure(figure, path)


def _not_reached(axes: Any) -> None:
    """Say so in place of a line, and of a scale that nothing stands on."""
    place = {"transform": axes.transAxes, "ha": "center", "va": "center"}
    axes.text(0.5, 0.5, "not reached", **place)
    axes.set_yticks([])


def _joules(axes: Any) -> None:
    """A logarithmic scale of energy, and a legend."""
    from matplotlib.ticker import EngFormatter

    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(EngFormatter("J"))
    axes.legend()


def _energy(found: Sequence[Result], path: Path, task: str, goal: float) -> None:
    """Energy an update, epochs and total energy to a goal, over width.

    A width that does not reach the goal leaves a gap in its line.
    """
    figure, panels = new_figure(width=12.0, height=4.0, panels=3)
    update, needed, spent = panels
    mixed = [r for r in found if r.scheme == MIXED]
    width = [r.width_ns for r in mixed]
    for name, line, label in (
        ("update_fj", "o-", "update cycle, chip"),
        ("cell_fj", "s--", "a pulse, its cell"),
    ):
        update.plot(width, [_J * getattr(r, name) for r in mixed], line, label=label)
    update.set_ylabel("energy")
    _joules(update)
    epochs = [r.epochs_to(goal) for r in mixed]
    if all(e is None for e in epochs):
        _not_reached(needed)
        _not_reached(spent)
    else:
        needed.plot(width, [_GAP if e is None else e for e in epochs], "o-")
        needed.set_ylim(bottom=0)
        for name, line, label in (
            ("learning_fj", "o-", "learning, chip"),
            ("cells_fj", "s--", "in the cells"),
        ):
            ends = [r.energy_to(goal, getattr(r, name)) for r in mixed]
            drawn = [_GAP if e is None else _J * e for e in ends]
            spent.plot(width, drawn, line, label=label)
        _joules(spent)
    needed.set_ylabel(f"epochs to {100 * goal:g} %")
    spent.set_ylabel(f"energy to {100 * goal:g} %")
    for axes in panels:
        _widths(axes, mixed)
        axes.set_title(f"{task}: {MIXED}")
    save_figure(figure, path)


def _schemes(found: Sequence[Result], path: Path, task: str) -> None:
    """Accuracy after the last pass, scheme beside scheme."""
    figure, axes = new_figure(width=6.4, height=4.0)
    for scheme, line in zip(SCHEMES, _LINES, strict=True):
        mine = [r for r in found if r.scheme == scheme]
        axes.errorbar(
            [r.width_ns for r in mine],
            [100 * r.accuracy for r in mine],
            [100 * r.spread for r in mine],
            fmt=f"o{line}",
            capsize=3,
            label=scheme,
        )
    _widths(axes, [r for r in found if r.scheme == MIXED])
    axes.set_ylabel("accuracy after the last epoch (%)")
    axes.set_title(f"{task}: update rules")
    axes.legend()
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
        DataError: matplotlib is not installed.
    """
    paths = picture_places(table, task)
    _accuracy(found, paths[0], task)
    _energy(found, paths[1], task, goal)
    _schemes(found, paths[2], task)
    return paths
