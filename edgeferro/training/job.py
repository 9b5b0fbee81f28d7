"""``edgeferro train``: run, write, show."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeferro.errors import DataError, SnapshotError
from edgeferro.files.write import write_json, writing
from edgeferro.terminal import hint
from edgeferro.training import show
from edgeferro.training.options import Outputs, TrainOptions, make_plan
from edgeferro.training.outcome import Outcome
from edgeferro.training.plan import Plan, Unit
from edgeferro.training.record import run_record
from edgeferro.training.run import check_workers, run_plan
from edgeferro.training.save_file import SaveFile

if TYPE_CHECKING:
    from collections.abc import Callable


__all__ = ["train"]

_TRACE_FIELDS = ("cycle", "layer", "plane", "row", "column", "pulse_class", "count")


def _rate_hint(options: TrainOptions, plan: Plan) -> str:
    """Say so when a learning rate was chosen for another rule than what runs."""
    meant = options.base.controller
    found = plan.chip.controller
    if found.rule == meant.rule or "controller.learning_rate" in options.settings:
        return ""
    return (
        f"learning rate {found.learning_rate:g} is the chip file's, for {meant.rule}; "
        f"{found.rule} may want another: --set controller.learning_rate=..."
    )


def train(
    options: TrainOptions,
    outputs: Outputs,
    compare: dict[str, Any],
    *,
    workers: int,
    quiet: bool,
) -> None:
    """Run, write, show. With ``compare``, a second chip beside the first."""
    outputs.check(options.sources)
    check_workers(workers)
    if compare and (outputs.save or outputs.resume or outputs.trace):
        message = "--compare: not together with --save, --resume or --trace"
        raise DataError(message)
    if outputs.trace and outputs.resume:
        message = "--trace: not together with --resume (it would lack the beginning)"
        raise DataError(message)
    save = None
    if outputs.resume is not None:
        save = SaveFile.read(outputs.resume)
        try:
            options = TrainOptions.from_dict(save.options)
        except (KeyError, TypeError):
            message = f"{outputs.resume}: options are missing or damaged"
            raise SnapshotError(message) from None
        save.path = outputs.save or outputs.resume
        outputs.check(options.sources)
    plan = make_plan(options)
    for text in (*plan.task.notes(), _rate_hint(options, plan)):
        hint(text)
    plans = [plan, make_plan(options, compare)] if compare else [plan]
    if save is None and outputs.save is not None:
        save = SaveFile(outputs.save, plan.fingerprint(), asdict(options))
        save.write()
    outcomes = [_run(p, save, outputs.trace, workers, quiet=quiet) for p in plans]
    if outputs.json is not None:
        records = [{"record": run_record(options, p)} for p in plans]
        content = outcomes[0].to_dict() | records[0]
        if compare:
            second = outcomes[1].to_dict() | records[1]
            content["compare"] = {"set": compare, **second}
        write_json(outputs.json, content)
    if outputs.plot is not None:
        show.plot_outcomes(outcomes, outputs.plot)
    show.outcome(outcomes[0])
    if compare:
        show.comparison(outcomes[0], outcomes[1], compare)


def _run(
    plan: Plan, save: SaveFile | None, trace: Path | None, workers: int, *, quiet: bool
) -> Outcome:
    """Run one plan with a progress bar and, if asked, a trace file."""
    with show.progress(plan, quiet=quiet) as on_progress:
        if trace is None:
            return run_plan(plan, save=save, workers=workers, on_progress=on_progress)
        return _run_traced(plan, save, trace, on_progress)


def _run_traced(
    plan: Plan,
    save: SaveFile | None,
    trace: Path,
    on_progress: Callable[[Unit, float], None],
) -> Outcome:
    """Stream pulses to their file as they come.

    One worker, so that the lines stand in the order of the units.
    """
    with writing(trace) as stream:
        header = ",".join(("subject", "seed", *_TRACE_FIELDS))
        stream.write(f"{header}\n".encode())

        def on_pulses(unit: Unit, pulses: np.ndarray) -> None:
            for pulse in pulses[list(_TRACE_FIELDS)].tolist():
                numbers = (unit.subject, unit.seed, *pulse)
                stream.write((",".join(map(str, numbers)) + "\n").encode())

        return run_plan(
            plan, save=save, workers=1, on_progress=on_progress, on_pulses=on_pulses
        )
