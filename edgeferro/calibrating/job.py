"""``edgeferro calibrate``: a map of symmetry points; what each shift costs and gives.

The same chip five times: read against mid-level, against cells at the device's level,
and with the controller's own map in cells, in stored codes and in offsets of columns.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgeferro.calibrating import show
from edgeferro.calibrating.picture import plot
from edgeferro.calibrating.references import (
    CHOICES,
    KIND,
    LEVEL,
    first_chip,
    run_choice,
)
from edgeferro.calibrating.truth import map_line, map_residual, true_points
from edgeferro.controller import Controller
from edgeferro.core.enums import VERDICTS
from edgeferro.errors import DataError
from edgeferro.files.write import write_json
from edgeferro.terminal import hint, progress
from edgeferro.training.options import Outputs, TrainOptions, make_plan
from edgeferro.training.run import check_workers

__all__ = ["calibrate", "few_cells"]

_MAPPED: Final = "cell, calibrated"  # whose map is shown; all maps are alike
_ENOUGH: Final = 64  # found cells of an array, for curves of all their terms


def _map_figures(controller: Controller) -> dict[str, Any]:
    """What the controller found, beside what is true."""
    layers = []
    for layer, found in enumerate(controller.maps or ()):
        truth = true_points(controller, layer)
        layers.append(
            {
                "rows": found.levels.shape[0],
                "columns": found.levels.shape[1],
                "verdicts": {name: found.count(name) for name in VERDICTS[1:]},
                "mean": float(found.levels.mean() / 32768),
                "deviation": float(found.levels.std() / 32768),
                "quads_mean": float(found.quads.mean()),
                "without_point": int(np.isnan(truth).sum()),
            }
        )
    return {
        "residual": asdict(map_residual(controller)),
        "line": asdict(map_line(controller)),
        "layers": layers,
    }


def few_cells(figures: dict[str, Any]) -> list[str]:
    """Arrays of so few found cells that their steps' curves are plainer."""
    counts = [layer["verdicts"]["found"] for layer in figures["layers"]]
    return [
        f"layer {index}: {count} cells found; how an array's steps bend along the "
        f"level is fitted in full from {_ENOUGH} on (SPEC 16.5.3)"
        for index, count in enumerate(counts)
        if count < _ENOUGH
    ]


def calibrate(
    options: TrainOptions, outputs: Outputs, *, workers: int, quiet: bool
) -> None:
    """Calibrate, shift each way, learn, write, show.

    Raises:
        ConfigError: the device has no symmetry point.
        DataError: a file that can't be written, or a setting that this job varies.
    """
    outputs.check(options.sources)
    check_workers(workers)
    for name in (KIND, LEVEL):
        if name in options.settings:
            message = f"--set {name}: calibrate compares all of them"
            raise DataError(message)
    plans = {name: make_plan(options, changes) for name, changes in CHOICES.items()}
    for text in plans[_MAPPED].task.notes():
        hint(text)
    choices, mapped = [], first_chip(plans[_MAPPED])
    with progress("choices of reference", len(plans), quiet=quiet) as reached:
        for name, plan in plans.items():
            choices.append(run_choice(name, plan, first_chip(plan), workers))
            reached(len(choices))
    figures = _map_figures(mapped)
    if outputs.json is not None:
        content = {"map": figures, "choices": [c.to_dict() for c in choices]}
        write_json(outputs.json, content)
    if outputs.plot is not None:
        plot(mapped, choices, Path(outputs.plot))
    show.report(figures, choices)
    for text in few_cells(figures):
        hint(text)
