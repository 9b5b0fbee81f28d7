"""Runs a plan's units side by side, saves how far they got, and sums them up."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeferro.controller import Controller
from edgeferro.errors import DataError, SnapshotError
from edgeferro.training.lesson import make_lesson
from edgeferro.training.outcome import Outcome
from edgeferro.training.packed import pack, unpack
from edgeferro.training.plan import Plan, Unit
from edgeferro.training.save_file import SaveFile
from edgeferro.training.saved import ImageKeeper, SavedStart
from edgeferro.training.unit import UnitResult, run_unit

if TYPE_CHECKING:
    from collections.abc import Callable


__all__ = ["check_workers", "run_plan"]


def check_workers(workers: int) -> None:
    """Refuse a number of threads that no pool has, before any work is done.

    Raises:
        DataError: names the option and the range.
    """
    if not 1 <= workers <= 4096:
        message = f"--workers: {workers} is not in 1..4096"
        raise DataError(message)


def run_plan(
    plan: Plan,
    *,
    save: SaveFile | None = None,
    workers: int = 2,
    on_progress: Callable[[Unit, float], None] | None = None,
    on_pulses: Callable[[Unit, np.ndarray], None] | None = None,
    images: ImageKeeper | None = None,
) -> Outcome:
    """Run all units of a plan.

    Args:
        plan: what to do.
        save: where to keep how far it got; may hold the start of an earlier run.
        workers: threads; results do not depend on it.
        on_progress: called from a worker with a unit and the part of it done, 0..1.
        on_pulses: called from a worker with a unit's pulses.
        images: keeps what units start from and come to.

    Raises:
        KeyboardInterrupt: stopped; the save file holds how far it got.
        SnapshotError: of another run, or without the end of a unit that is to be kept.
    """
    keep = save is not None and save.path is not None
    state = save or SaveFile(None, plan.fingerprint())
    state.check(plan)
    ended = [] if images is None else [u for u in plan.units if u.name in state.done]
    for unit in ended:
        if "end" not in state.done[unit.name]:
            message = f"--save-image: {unit.name} ended in {state.path} without it"
            raise SnapshotError(message)
    lock = threading.Lock()
    stop = threading.Event()

    def work(unit: Unit) -> None:
        def checkpoint(snapshot: dict[str, Any] | None, part: float) -> bool:
            if snapshot is not None:
                with lock:
                    state.open[unit.name] = snapshot
                    state.write()
            if on_progress is not None:
                on_progress(unit, part)
            return not stop.is_set()

        result = run_unit(
            plan,
            unit,
            resume=state.open.get(unit.name),
            on_checkpoint=checkpoint,
            keep_state=keep,
            on_pulses=None if on_pulses is None else lambda p: on_pulses(unit, p),
            on_end=None if images is None else partial(images.keep, unit.key),
        )
        if result is not None:
            with lock:
                state.done[unit.name] = result.to_dict()
                if keep and images is not None:
                    state.done[unit.name]["end"] = pack(images.state(unit.key))
                state.open.pop(unit.name, None)
                state.write()

    _run_all(work, [u for u in plan.units if u.name not in state.done], workers, stop)
    for unit in ended:
        _keep_ended(plan, unit, state.done[unit.name]["end"], images)
    results = (UnitResult.from_dict(state.done[u.name]) for u in plan.units)
    return Outcome(plan, tuple(results))


def _keep_ended(plan: Plan, unit: Unit, end: str, images: ImageKeeper | None) -> None:
    """Keep a unit that had ended before this run went on: its start is made anew."""
    start = plan.start_of(unit)
    lesson = make_lesson(plan.chip, plan.task, unit.subject, unit.seed, start)
    controller = Controller(lesson.image)
    controller.restore(unpack(end))
    if images is not None:
        images.keep(unit.key, SavedStart(lesson.image, lesson.weights), controller)


def _run_all(
    work: Callable[[Unit], None], units: list[Unit], workers: int, stop: threading.Event
) -> None:
    """Run units in threads; the first failure or an interrupt stops the rest."""
    with ThreadPoolExecutor(max_workers=workers) as pool:
        waiting = {pool.submit(work, unit) for unit in units}
        try:
            while waiting:
                ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in ready:
                    future.result()
        except BaseException:
            stop.set()
            for future in waiting:
                future.cancel()
            raise
