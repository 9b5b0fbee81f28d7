"""A fit drawn: readings, steps, kernels, symmetry point."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgeferro.files.look import GREY, add_legend, look_of
from edgeferro.files.pictures import new_figure, save_figure
from edgeferro.fitting.evaluate import symmetry_point
from edgeferro.fitting.result import FitResult

__all__ = ["plot"]

_SIDES: Final = ("up", "down")
_LINES: Final = ("-", "--")  # a fit's, the same in both panels


def _draw_curve(axes: Any, fit: FitResult) -> None:
    """Readings over their number, and the fit run from each branch's first one."""
    data, steps = fit.data, fit.steps
    scale, unit = (steps.g_high - steps.g_low), "nS" if data.absolute else "relative"
    at = np.arange(len(data.conductance))
    axes.plot(at, data.conductance, ".", ms=3, color=GREY, label="measured")
    model = fit.curve() * scale + steps.g_low
    for run in np.unique(steps.run):
        part = steps.run == run
        index = 0 if steps.up[part][0] else 1
        look = {"color": look_of(index).colour, "linestyle": _LINES[index], "lw": 1.2}
        label = f"fit, pulses {_SIDES[index]}"
        axes.plot(steps.after[part], model[part], label=label, **look)
    axes.set_xlabel("reading")
    axes.set_ylabel(f"conductance ({unit})")


def _draw_steps(axes: Any, fit: FitResult) -> None:
    """Steps over the state, the kernels, and where they cross."""
    low, high = fit.values[-2:]
    w, wide = (fit.steps.u - low) / (high - low), high - low
    grid = np.linspace(0.0, 1.0, 201)
    sides = (("up", fit.steps.up), ("down", ~fit.steps.up))
    for index, (side, branch) in enumerate(sides):
        size, look = np.abs(fit.steps.du[branch]) / wide, look_of(index)
        dots = {"ms": 3, "color": look.colour, "alpha": 0.5, "mew": 0}
        label = f"measured steps {side}"
        axes.plot(w[branch], size, look.mark, label=label, **dots)
        label = f"kernel {side}: {fit.kinds[index]}, R2 {fit.r2[side][1]:.3f}"
        kernel = fit.kernels()[index].step(grid, index)
        axes.plot(grid, kernel, color=look.colour, ls=_LINES[index], label=label)
    point = symmetry_point(fit)
    if not math.isnan(point):
        axes.axvline(point, color="k", lw=0.8, label=f"symmetry point W = {point:.3f}")
    axes.set_xlabel("W before the pulse (0 = lowest, 1 = highest conductance)")
    axes.set_ylabel("step of one pulse, in W (magnitude)")
    axes.set_ylim(bottom=0.0)


def plot(fit: FitResult, path: Path) -> None:
    """Draw points and fit over the readings, and steps over the state."""
    figure, panels = new_figure(width=9.6, height=4.6, panels=2)
    _draw_curve(panels[0], fit)
    _draw_steps(panels[1], fit)
    panels[0].set_title("readings, and the fit from each branch's first")
    panels[1].set_title("steps")
    figure.suptitle(Path(fit.data.name).name)
    for axes in panels:
        axes.grid(alpha=0.3)
    add_legend(figure, panels)
    save_figure(figure, path)
