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
    Choice,
    first_chip,
    make_choice,
)
from edgeferro.calibrating.truth import map_line, map_residual, true_points
from edgeferro.controller import Controller
from edgeferro.core.enums import VERDICTS
from edgeferro.errors import DataError
from edgeferro.files.write import write_json
from edgeferro.terminal import hint
from edgeferro.training.asked import Asked
from edgeferro.training.compare import Comparison
from edgeferro.training.job import say_more
from edgeferro.training.more_seeds import run_until_decided
from edgeferro.training.options import Outputs, TrainOptions, make_plan
from edgeferro.training.outcome import Outcome
from edgeferro.training.plan import Plan
from edgeferro.training.record import run_record
from edgeferro.training.run import check_workers, run_plan
from edgeferro.training.show import progress

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


def _against(choices: list[Choice], asked: Asked) -> dict[str, Comparison]:
    """Each choice beside mid-level, the first, with the seeds that both have."""
    first, *others = choices
    found = {}
    for choice in others:
        seeds = len(choice.outcome.plan.seeds)
        both = first.outcome.of_seeds(seeds), choice.outcome
        found[choice.name] = Comparison(*both, asked)
    return found


def calibrate(
    options: TrainOptions,
    outputs: Outputs,
    asked: Asked,
    *,
    workers: int,
    quiet: bool,
) -> None:
    """Calibrate, shift each way, learn, write, show.

    Args:
        options: what is run.
        outputs: files.
        asked: what the seeds are to decide: how each choice differs from mid-level.
        workers: threads.
        quiet: no progress bar.

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
    mapped = first_chip(plans[_MAPPED])

    def run(plan: Plan) -> Outcome:
        with progress(plan, quiet=quiet) as on_progress:
            return run_plan(plan, workers=workers, on_progress=on_progress)

    if asked.auto:
        outcomes = run_until_decided([*plans.values()], asked, run, say_more)
    else:
        outcomes = [run(plan) for plan in plans.values()]
    choices = [make_choice(*pair) for pair in zip(plans, outcomes, strict=True)]
    against = _against(choices, asked)
    figures = _map_figures(mapped)
    if outputs.json is not None:
        rows = [c.to_dict() for c in choices]
        for row in rows:
            found = against.get(row["choice"])
            row["difference"] = None if found is None else found.to_dict()
        for row, outcome in zip(rows, outcomes, strict=True):
            row["record"] = run_record(options, outcome.plan)
        content = {"map": figures, "choices": rows}
        write_json(outputs.json, content)
    if outputs.plot is not None:
        plot(mapped, choices, Path(outputs.plot))
    show.report(figures, choices, against)
    for text in few_cells(figures):
        hint(text)
