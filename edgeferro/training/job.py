"""``edgeferro train``: run, write, show."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeferro.errors import DataError, SnapshotError
from edgeferro.files.write import write_json, writing
from edgeferro.terminal import hint
from edgeferro.training import show
from edgeferro.training.asked import Asked
from edgeferro.training.compare import Comparison
from edgeferro.training.more_seeds import run_until_decided
from edgeferro.training.options import Outputs, TrainOptions, make_plan
from edgeferro.training.outcome import Outcome
from edgeferro.training.picture import plot_outcomes
from edgeferro.training.plan import Plan, Unit
from edgeferro.training.record import run_record
from edgeferro.training.run import check_workers, run_plan
from edgeferro.training.save_file import SaveFile
from edgeferro.training.saved import ImageKeeper
from edgeferro.training.side_by_side import change_text, comparison

if TYPE_CHECKING:
    from collections.abc import Callable


__all__ = ["say_more", "train"]

_TRACE_FIELDS = ("cycle", "layer", "plane", "row", "column", "pulse_class", "count")


def _rate_hint(options: TrainOptions, plan: Plan) -> str:
    """Say so when a learning rate was chosen for another rule than what runs."""
    meant = options.base.controller
    found = plan.chip.controller
    if found.rule == meant.rule or "controller.learning_rate" in options.settings:
        return ""
    return (
        f"learning rate {found.learning_rate:g} is the one that {found.rule} has where "
        f"none is given; the chip file's {meant.learning_rate:g} is for {meant.rule}: "
        f"--set controller.learning_rate=..."
    )


def train(
    options: TrainOptions,
    outputs: Outputs,
    compare: dict[str, Any],
    asked: Asked,
    *,
    workers: int,
    quiet: bool,
) -> None:
    """Run, write, show.

    Args:
        options: what is run.
        outputs: files.
        compare: what a second chip beside the first has otherwise; empty for none.
        asked: what the seeds are to decide.
        workers: threads.
        quiet: no progress bar.
    """
    outputs.check(options.sources)
    check_workers(workers)
    _check_together(options, outputs, compare, asked)
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
    plans = [plan, make_plan(options, compare)] if compare else [plan]
    if compare and plan.chip.fingerprint() == plans[1].chip.fingerprint():
        message = f"--compare: {change_text(compare)} leaves the runs as they are"
        raise DataError(message)
    for text in (*plan.task.notes(), _rate_hint(options, plan)):
        hint(text)
    if save is None and outputs.save is not None:
        save = SaveFile(outputs.save, plan.fingerprint(), asdict(options))
        save.write()
    images = ImageKeeper() if outputs.save_image else None

    def run(plan: Plan) -> Outcome:
        return _run(plan, save, outputs.trace, workers, quiet=quiet, images=images)

    if asked.auto:
        outcomes = run_until_decided(plans, asked, run, say_more)
        options = replace(options, seeds=outcomes[0].plan.seeds)
    else:
        outcomes = [run(p) for p in plans]
    if images is not None and outputs.save_image is not None:
        images.write(outputs.save_image, outcomes[0].plan)
    found = Comparison(outcomes[0], outcomes[1], asked) if compare else None
    if outputs.json is not None:
        write_json(outputs.json, _figures(options, outcomes, found, compare))
    if outputs.plot is not None:
        labels = ("as given", change_text(compare)) if compare else ()
        plot_outcomes(outcomes, outputs.plot, labels)
    show.outcome(outcomes[0], Asked() if compare else asked)
    if found is not None:
        comparison(found, compare)


def _check_together(
    options: TrainOptions, outputs: Outputs, compare: dict[str, Any], asked: Asked
) -> None:
    """Refuse options of which one leaves another without effect.

    Raises:
        DataError: names them.
    """
    if compare and (outputs.save or outputs.resume or outputs.trace):
        message = "--compare: not together with --save, --resume or --trace"
        raise DataError(message)
    if asked.auto and (outputs.save or outputs.trace):
        message = (
            "--seeds auto: not together with --save or --trace, which are of seeds "
            "that are known before"
        )
        raise DataError(message)
    if asked.auto and options.image:
        message = (
            "--seeds auto: not together with --image, which has chips of its seeds"
        )
        raise DataError(message)
    if outputs.save_image and compare:
        message = "--save-image: not together with --compare, which has two chips each"
        raise DataError(message)
    if outputs.trace and outputs.resume:
        message = "--trace: not together with --resume (it would lack the beginning)"
        raise DataError(message)


def say_more(have: int, wanted: int) -> None:
    """Say that seeds are added."""
    hint(f"{have} seeds are too few; going on to {wanted}")


def _figures(
    options: TrainOptions,
    outcomes: list[Outcome],
    found: Comparison | None,
    compare: dict[str, Any],
) -> dict[str, Any]:
    """What ``--json`` writes."""
    first, *others = [
        outcome.to_dict() | {"record": run_record(options, outcome.plan)}
        for outcome in outcomes
    ]
    if found is None:
        return first
    difference = {"difference": found.to_dict()}
    return first | {"compare": {"set": compare, **others[0], **difference}}


def _run(
    plan: Plan,
    save: SaveFile | None,
    trace: Path | None,
    workers: int,
    *,
    quiet: bool,
    images: ImageKeeper | None,
) -> Outcome:
    """Run one plan with a progress bar and, if asked, a trace file."""
    with show.progress(plan, quiet=quiet) as on_progress:
        if trace is None:
            return run_plan(
                plan,
                save=save,
                workers=workers,
                on_progress=on_progress,
                images=images,
            )
        return _run_traced(plan, save, trace, on_progress, images)


def _run_traced(
    plan: Plan,
    save: SaveFile | None,
    trace: Path,
    on_progress: Callable[[Unit, float], None],
    images: ImageKeeper | None,
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
            plan,
            save=save,
            workers=1,
            on_progress=on_progress,
            on_pulses=on_pulses,
            images=images,
        )
