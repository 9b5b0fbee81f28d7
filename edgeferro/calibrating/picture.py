"""A calibration drawn: found against true points, their difference, each choice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.calibrating.truth import Line, map_line, map_states
from edgeferro.files.look import COLOURS, add_legend, look_of
from edgeferro.intervals.words import count

if TYPE_CHECKING:
    from pathlib import Path

    from edgeferro.calibrating.references import Choice
    from edgeferro.controller import Controller

__all__ = ["plot"]

_NEAR: Final = 100 / 64  # percent of full scale, as a report counts cells
_TRUE: Final = "true symmetry point (state, -1..1)"
_LEANS: Final = 0.005  # of a slope; nearer to 1 it is written as 1


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

    figure, (left, middle, right) = new_figure(width=13.5, height=4.8, panels=3)
    states = [map_states(mapped, layer) for layer in range(mapped.core.layers)]
    known = np.concatenate([truth for truth, _ in states])
    ends = np.array([known.min() - 0.1, known.max() + 0.1]) if len(known) else [-1, 1]
    for layer, (truth, found) in enumerate(states):
        rows, columns = mapped.core.shape(layer)
        look: dict[str, Any] = {
            "marker": look_of(layer).mark,
            "ms": 3,
            "linestyle": "none",
            "mew": 0,
            "color": look_of(layer).colour,
            "label": f"cells of layer {layer}, {rows} x {columns}",
        }
        left.plot(truth, found, **look)
        middle.plot(truth, 50 * (found - truth), **look)
    left.plot(ends, ends, "k-", lw=0.8, label="found = true")
    middle.plot(ends, [0, 0], "k-", lw=0.8, label="found = true")
    for side, name in ((-_NEAR, "_"), (_NEAR, "1/64 of full scale")):
        middle.plot(ends, [side, side], "k:", lw=0.8, label=name)
    line = map_line(mapped)
    _draw_line(left, middle, np.asarray(ends, float), line)
    every = np.concatenate([ends, *(found for _, found in states)])
    tall = (every.min(), every.max())
    left.set(xlim=ends, ylim=tall, xlabel=_TRUE, ylabel="found by the controller")
    left.set_title(f"each cell, one chip\n{lean_text(line)}")
    middle.set(xlim=ends, xlabel=_TRUE, ylabel="found - true (% of full scale)")
    middle.set_title("what is left")
    _draw_choices(right, choices)
    add_legend(figure, [left, middle])
    save_figure(figure, path)


def lean_text(line: Line) -> str:
    """Say whether points lie along the diagonal, or steeper, or less steep."""
    if line.slope is None:
        return "no line through them"
    if abs(line.slope - 1.0) < _LEANS:
        return "along the diagonal"
    way = "steeper" if line.slope > 1.0 else "less steep"
    return f"{100 * abs(line.slope - 1.0):.1f} % {way} than the diagonal"


def _draw_line(left: Any, middle: Any, ends: np.ndarray, line: Line) -> None:
    """The fitted line over the points, and how far it is from what is true."""
    if line.slope is None:
        return
    found = line.slope * ends + line.offset
    look = {"color": COLOURS[-1], "lw": 1.6, "label": f"line: {line.text()}"}
    left.plot(ends, found, "--", **look)
    middle.plot(ends, 50 * (found - ends), "--", **look)


def _draw_choices(axes: Any, choices: list[Choice]) -> None:
    """How near each choice brings a weight's zero, with intervals over the seeds."""
    names = [choice.name.replace(", ", "\n") for choice in choices]
    found = [choice.zero("p95") for choice in choices]
    seeds = max((one.seeds for one in found), default=1)
    heights = [100 * one.mean for one in found]
    halves = [100 * one.half if math.isfinite(one.half) else 0.0 for one in found]
    ends = {"yerr": halves, "capsize": 4} if any(halves) else {}
    axes.bar(names, heights, color=COLOURS[2], edgecolor="black", lw=0.8, **ends)
    for place, (height, half) in enumerate(zip(heights, halves, strict=True)):
        axes.annotate(
            f"{height:.2f}" + (f"\n±{half:.2f}" if half else ""),
            (place, height + half),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            fontsize=8,
        )
    tops = [height + half for height, half in zip(heights, halves, strict=True)]
    axes.set_ylim(0.0, 1.2 * max(tops, default=1.0) or 1.0)
    axes.set_ylabel("95 % of the cells are below (% of full scale)")
    over = "one seed, no interval"
    if seeds > 1:
        over = f"mean of {count(seeds, 'seed')}, bars: 95 % over them"
    axes.set_title(f"residual of a weight's zero\n{over}")
    axes.tick_params(axis="x", labelsize=8)
