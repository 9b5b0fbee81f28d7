"""A calibration drawn: found against true points, their difference, each choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.calibrating.truth import Line, map_line, map_states

if TYPE_CHECKING:
    from pathlib import Path

    from edgeferro.calibrating.references import Choice
    from edgeferro.controller import Controller

__all__ = ["plot"]

_NEAR: Final = 100 / 64  # percent of full scale, as a report counts cells
_TRUE: Final = "true symmetry point (state, -1..1)"


def plot(mapped: Controller, choices: list[Choice], path: Path) -> None:
    """Draw found against true symmetry points, their difference, and each choice.

    Args:
        mapped: a chip that has been calibrated.
        choices: ways to make a weight's zero, with their residuals.
        path: where the picture goes.

    Raises:
        DataError: matplotlib is not installed, or the file's ending is unknown to it.
    """
    from edgeferro.files.pictures import new_figure, save_figure

    figure, (left, middle, right) = new_figure(width=13.5, height=4.2, panels=3)
    states = [map_states(mapped, layer) for layer in range(mapped.core.layers)]
    known = np.concatenate([truth for truth, _ in states])
    ends = np.array([known.min() - 0.1, known.max() + 0.1]) if len(known) else [-1, 1]
    for layer, (truth, found) in enumerate(states):
        rows, columns = mapped.core.shape(layer)
        look = {
            "ms": 2,
            "color": f"C{layer}",
            "label": f"layer {layer}, {rows} x {columns}",
        }
        left.plot(truth, found, ".", **look)
        middle.plot(truth, 50 * (found - truth), ".", **look)
    left.plot(ends, ends, "k-", lw=0.8, label="found = true")
    middle.plot(ends, [0, 0], "k-", lw=0.8, label="found = true")
    for side, name in ((-_NEAR, "_"), (_NEAR, "1/64 of full scale")):
        middle.plot(ends, [side, side], "k:", lw=0.8, label=name)
    _draw_line(left, middle, np.asarray(ends, float), map_line(mapped))
    left.set(xlim=ends, ylim=ends, xlabel=_TRUE, ylabel="found by the controller")
    left.set_title("each cell, one chip")
    middle.set(xlim=ends, xlabel=_TRUE, ylabel="found - true (% of full scale)")
    middle.set_title("what is left")
    low, high = middle.get_ylim()
    middle.set_ylim(low, high + 0.4 * (high - low))  # room for the legend
    for axes in (left, middle):
        axes.legend(fontsize=7, loc="upper left")
    _draw_choices(right, choices)
    save_figure(figure, path)


def _draw_line(left: Any, middle: Any, ends: np.ndarray, line: Line) -> None:
    """The fitted line over the points, and how far it is from what is true."""
    if line.slope is None:
        return
    found = line.slope * ends + line.offset
    look = {"color": "C3", "lw": 1.2, "label": line.text()}
    left.plot(ends, found, "--", **look)
    middle.plot(ends, 50 * (found - ends), "--", **look)


def _draw_choices(axes: Any, choices: list[Choice]) -> None:
    """How near each choice brings a weight's zero, with intervals over the seeds."""
    names = [choice.name.replace(", ", "\n") for choice in choices]
    found = [choice.zero("p95") for choice in choices]
    seeds = max((one.seeds for one in found), default=1)
    ends = {"yerr": [100 * one.half for one in found], "capsize": 4}
    label = f"mean of {seeds} seeds, 95 % interval" if seeds > 1 else "one seed"
    heights = [100 * one.mean for one in found]
    axes.bar(names, heights, color="C2", label=label, **(ends if seeds > 1 else {}))
    axes.set_ylabel("95 % of the cells below (% of full scale)")
    axes.set_title("residual of a weight's zero")
    axes.tick_params(axis="x", labelsize=7)
    axes.legend(fontsize=7, loc="upper right")
