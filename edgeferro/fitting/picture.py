"""A fit drawn: readings, steps, kernels, symmetry point."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from edgeferro.files.pictures import new_figure, save_figure
from edgeferro.fitting.evaluate import symmetry_point
from edgeferro.fitting.result import FitResult

__all__ = ["plot"]


def _draw_curve(axes: Any, fit: FitResult) -> None:
    """Readings over their number, and the fit run from each branch's first one."""
    data, steps = fit.data, fit.steps
    scale, unit = (steps.g_high - steps.g_low), "nS" if data.absolute else "relative"
    at = np.arange(len(data.conductance))
    axes.plot(at, data.conductance, ".", ms=3, color="0.5", label="measured")
    model = fit.curve() * scale + steps.g_low
    for run in np.unique(steps.run):
        part = steps.run == run
        color = "C0" if steps.up[part][0] else "C1"
        axes.plot(steps.after[part], model[part], "-", color=color, lw=1.0)
    axes.set_xlabel("reading")
    axes.set_ylabel(f"conductance ({unit})")
    axes.legend()


def _draw_steps(axes: Any, fit: FitResult) -> None:
    """Steps over the state, the kernels, and where they cross."""
    low, high = fit.values[-2:]
    w, wide = (fit.steps.u - low) / (high - low), high - low
    grid = np.linspace(0.0, 1.0, 201)
    sides = (("up", fit.steps.up, "C0"), ("down", ~fit.steps.up, "C1"))
    for index, (side, branch, color) in enumerate(sides):
        size = np.abs(fit.steps.du[branch]) / wide
        axes.plot(w[branch], size, ".", ms=4, color=color, alpha=0.5)
        label = f"{side}, {fit.kinds[index]}, R2 {fit.r2[side][1]:.3f}"
        kernel = fit.kernels()[index]
        axes.plot(grid, kernel.step(grid, index), color=color, label=label)
    point = symmetry_point(fit)
    if not math.isnan(point):
        axes.axvline(point, color="k", lw=0.8, label=f"symmetry point W = {point:.3f}")
    axes.set_xlabel("W before the pulse (0 = lowest, 1 = highest conductance)")
    axes.set_ylabel("step of one pulse, in W (magnitude)")
    axes.set_ylim(bottom=0.0)
    axes.legend()


def plot(fit: FitResult, path: Path) -> None:
    """Draw points and fit over the readings, and steps over the state."""
    figure, panels = new_figure(width=9.6, height=4.0, panels=2)
    _draw_curve(panels[0], fit)
    _draw_steps(panels[1], fit)
    panels[0].set_title(Path(fit.data.name).name)
    for axes in panels:
        axes.grid(alpha=0.3)
    save_figure(figure, path)
