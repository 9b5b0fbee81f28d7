"""Runs a plan's units side by side, saves how far they got, and sums them up."""

from __future__ import annotations

import hashlib
import json
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.errors import SnapshotError
from edgeferro.files.write import write_whole
from edgeferro.training.ageing import reliability_lines
from edgeferro.training.unit import Plan, Unit, UnitResult, run_unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from edgeferro.core.tally import Tally
    from edgeferro.energy.report import EnergyReport

__all__ = ["Outcome", "SaveFile", "run_plan"]

SAVE_VERSION: Final = 2
_COUNTS: Final = ("tally", "history")  # of a result, too long for --json


@dataclass
class SaveFile:
    """How far a run got: finished results, and the state of units under way.

    Attributes:
        path: of the file, or None to keep it in memory.
        fingerprint: of the plan it belongs to.
        options: what the command line needs to go on without being told again.
        done: results of finished units.
        open: checkpoints of units under way, by unit name.
    """

    path: Path | None
    fingerprint: str
    options: dict[str, Any] = field(default_factory=dict)
    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    open: dict[str, dict[str, Any]] = field(default_factory=dict)

    def write(self) -> None:
        """Write the file whole or not at all."""
        if self.path is None:
            return
        content = {
            "edgeferro_save": SAVE_VERSION,
            "fingerprint": self.fingerprint,
            "options": self.options,
            "done": self.done,
            "open": self.open,
        }
        write_whole(self.path, json.dumps(content).encode())

    @classmethod
    def read(cls, path: Path) -> SaveFile:
        """Read a file that :meth:`write` made.

        Raises:
            SnapshotError: not such a file, cut short, or of another version.
        """
        try:
            content = json.loads(Path(path).read_bytes())
            version = content["edgeferro_save"]
            if version != SAVE_VERSION:
                message = f"{path}: save version {version} is not {SAVE_VERSION}"
                raise SnapshotError(message)
            fields = (content[k] for k in ("fingerprint", "options", "done", "open"))
            return cls(Path(path), *fields)
        except OSError as error:
            message = f"{path}: {error.strerror}"
            raise SnapshotError(message) from None
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, SnapshotError):
                raise
            message = f"{path}: not an edgeferro save file, or cut short"
            raise SnapshotError(message) from None

    def check(self, plan: Plan) -> None:
        """Refuse to resume another run.

        Raises:
            SnapshotError: the file belongs to another chip, task or options.
        """
        if self.fingerprint != plan.fingerprint():
            message = (
                f"{self.path}: saved by a run with fingerprint {self.fingerprint}; "
                f"this one is {plan.fingerprint()} (other chip, task or options)"
            )
            raise SnapshotError(message)


@dataclass(frozen=True)
class Outcome:
    """All results of a plan."""

    plan: Plan
    results: tuple[UnitResult, ...]

    @property
    def tally(self) -> Tally:
        """Sum over units."""
        return reduce(add, (result.tally for result in self.results))

    @property
    def signature(self) -> str:
        """16 hex digits over all units' signatures, in the plan's order."""
        text = "".join(result.signature for result in self.results)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def of_subject(self, subject: int) -> Outcome:
        """Return the part of one subject."""
        mine = tuple(r for r in self.results if r.unit.subject == subject)
        return Outcome(self.plan, mine)

    def mean(self, name: str) -> float:
        """Mean over units of 'before', 'after' or 'online'."""
        return float(np.mean([getattr(result, name) for result in self.results]))

    def worst_subject(self) -> tuple[int, float]:
        """Subject with the lowest accuracy after learning (mean over seeds)."""
        means = {s: self.of_subject(s).mean("after") for s in self.plan.subjects}
        worst = min(means, key=lambda subject: (means[subject], subject))
        return worst, means[worst]

    @property
    def update_pulses(self) -> int:
        """Pulses of learning, programming not counted."""
        return self.tally.phase_pulses("update")

    @property
    def verdicts(self) -> dict[str, int]:
        """Cells of each calibration verdict over all units; empty without."""
        names = self.results[0].verdicts
        return {n: sum(r.verdicts[n] for r in self.results) for n in names}

    def reliability(self) -> list[str]:
        """What failed and aged, in words."""
        return reliability_lines(
            self.plan.chip,
            self.tally,
            units=len(self.results),
            cells=sum(r.cells for r in self.results),
            stuck=sum(r.stuck for r in self.results),
            worn=max(r.worn for r in self.results),
        )

    def energy(self) -> EnergyReport:
        """Energy of all units by the chip file's prices."""
        return self._report(self.tally)

    def _report(self, tally: Tally) -> EnergyReport:
        from edgeferro.energy.report import EnergyReport

        return EnergyReport.of_chip(tally, self.plan.chip)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures of ``--json``."""
        figures = self._figures()
        subjects = [
            {"subject": s, **self.of_subject(s)._figures()} for s in self.plan.subjects
        ]
        return {
            "task": self.plan.task.name,
            "chip": self.plan.chip.chip.name,
            "chip_fingerprint": self.plan.chip.fingerprint(),
            "rule": self.plan.chip.controller.rule,
            "passes": self.plan.passes,
            "order": self.plan.order,
            "seeds": list(self.plan.seeds),
            **figures,
            "chips": len(self.results),
            "chip_file": self.plan.chip.to_toml(),
            "tally": self.tally.to_words().tolist(),
            "subjects": subjects,
            "units": [
                {k: v for k, v in r.to_dict().items() if k not in _COUNTS}
                for r in self.results
            ],
        }

    def _calibration(self) -> dict[str, Any] | None:
        """Verdicts, pulses, time and energy of a chip's calibration (mean)."""
        verdicts = self.verdicts
        if not verdicts:
            return None
        count, report = len(self.results), self.energy()
        spent = report.by_phase["calibrate"].share(count)
        update = report.per_update.value if self.plan.passes else 0
        return {
            "verdicts": verdicts,
            "pulses": self.tally.phase_pulses("calibrate") / count,
            "seconds": self.phase_seconds("calibrate") / count,
            "energy_fj": {
                "low": spent.low_fj,
                "value": spent.fj,
                "high": spent.high_fj,
            },
            "update_cycles": spent.value / update if update else None,
        }

    def energy_after(self, index: int) -> EnergyReport:
        """Energy of all units as it stood after one pass, counted from 0."""
        tally = reduce(add, (result.history[index] for result in self.results))
        return self._report(tally)

    def phase_seconds(self, phase: str) -> float:
        """Time of one phase over all units."""
        return self.tally.seconds(phase, self.plan.chip.controller.clock_mhz)

    def _figures(self) -> dict[str, Any]:
        worst, accuracy = (
            self.worst_subject()
            if {r.unit.subject for r in self.results} == set(self.plan.subjects)
            else (self.results[0].unit.subject, self.mean("after"))
        )
        energy = self.energy()
        return {
            "accuracy": {
                "before": self.mean("before"),
                "after": self.mean("after"),
                "online": None if not self.plan.passes else self.mean("online"),
                "worst_subject": accuracy,
                "worst_subject_index": worst,
            },
            "pulses": self.update_pulses,
            "pulses_programming": self.tally.phase_pulses("program"),
            "updates": self.tally.updates,
            "inferences": self.tally.inferences,
            "cells_missed": sum(r.missed for r in self.results),
            "worn_most": max(r.worn for r in self.results),
            "worn_setup": max(r.worn_setup for r in self.results),
            "worn_learning": max(r.worn_learning for r in self.results),
            "stuck": sum(r.stuck for r in self.results),
            "calibration": self._calibration(),
            "energy_fj": {
                "per_inference": energy.per_inference.fj,
                "per_inference_low": energy.per_inference.low_fj,
                "per_inference_high": energy.per_inference.high_fj,
                "per_update": energy.per_update.fj if self.plan.passes else 0.0,
                "per_update_low": energy.per_update.low_fj if self.plan.passes else 0.0,
                "per_update_high": (
                    energy.per_update.high_fj if self.plan.passes else 0.0
                ),
            },
            "signature": self.signature,
        }


def run_plan(
    plan: Plan,
    *,
    save: SaveFile | None = None,
    workers: int = 2,
    on_progress: Callable[[Unit, float], None] | None = None,
    on_pulses: Callable[[Unit, np.ndarray], None] | None = None,
) -> Outcome:
    """Run all units of a plan.

    Args:
        plan: what to do.
        save: where to keep how far it got; may hold the start of an earlier run.
        workers: threads; results do not depend on it.
        on_progress: called from a worker with a unit and the part of it done, 0..1.
        on_pulses: called from a worker with a unit's pulses.

    Raises:
        KeyboardInterrupt: stopped; the save file holds how far it got.
    """
    keep = save is not None and save.path is not None
    state = save or SaveFile(None, plan.fingerprint())
    state.check(plan)
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
        )
        if result is not None:
            with lock:
                state.done[unit.name] = result.to_dict()
                state.open.pop(unit.name, None)
                state.write()

    _run_all(work, [u for u in plan.units if u.name not in state.done], workers, stop)
    results = (UnitResult.from_dict(state.done[u.name]) for u in plan.units)
    return Outcome(plan, tuple(results))


def _run_all(
    work: Callable[[Unit], None], units: list[Unit], workers: int, stop: threading.Event
) -> None:
    """Run units in threads; the first failure or an interrupt stops the rest."""
    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
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
