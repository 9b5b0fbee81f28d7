"""What all units of a run came to, summed up."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.intervals.estimate import Estimate, worst_subject
from edgeferro.mapping.read_quality import ReadQuality, read_quality
from edgeferro.mapping.remarks import Remark, run_remarks
from edgeferro.training.ageing import reliability_lines
from edgeferro.training.plan import Plan
from edgeferro.training.power import losses, power_lines
from edgeferro.training.trims import (
    ConverterFigures,
    TrimFigures,
    converter_figures,
    trim_figures,
    trim_tally,
)
from edgeferro.training.unit import UnitResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from edgeferro.core.tally import Tally
    from edgeferro.energy.report import EnergyReport, Quantity
    from edgeferro.mapping.ir_drop import IrDrop

__all__ = ["Outcome"]

# Of a result, too long for --json.
_LONG: Final = ("tally", "history", "sites", "drops", "trimming", "drawn", "converters")


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

    def of_seeds(self, count: int) -> Outcome:
        """Return the part of the first seeds."""
        plan = replace(self.plan, seeds=self.plan.seeds[:count])
        return Outcome(plan, self.results[: count * len(self.plan.subjects)])

    def mean(self, name: str) -> float:
        """Mean over units of 'before', 'after' or 'online'."""
        return float(np.mean([getattr(result, name) for result in self.results]))

    def accuracies(self, name: str) -> np.ndarray:
        """All units' 'before', 'after' or 'online', of shape (seeds, subjects)."""
        values = [getattr(result, name) for result in self.results]
        return np.reshape(values, (len(self.plan.seeds), -1))

    def over_seeds(self, name: str) -> Estimate:
        """Mean of an accuracy and its interval over other chips, with these people."""
        return Estimate.over_seeds(self.accuracies(name))

    def over_both(self, name: str) -> Estimate:
        """The same over other people too."""
        return Estimate.over_both(self.accuracies(name))

    def curve(
        self, over: Callable[[np.ndarray], Estimate] = Estimate.over_seeds
    ) -> list[Estimate]:
        """Accuracy before learning and after each pass, over seeds or as told."""
        curves = [[r.before, *r.curve] for r in self.results]
        table = np.reshape(curves, (len(self.plan.seeds), -1, len(curves[0])))
        return [over(table[..., i]) for i in range(len(curves[0]))]

    def worst(self) -> tuple[int, Estimate]:
        """Subject with the lowest accuracy after learning (mean over seeds).

        Of equals it is the one of the lowest index.
        """
        table = self.accuracies("after")
        subjects = [r.unit.subject for r in self.results[: table.shape[1]]]
        order = np.argsort(subjects)
        place, found = worst_subject(table[:, order])
        return subjects[order[place]], found

    def worst_subject(self) -> tuple[int, float]:
        """That subject and the mean alone."""
        subject, found = self.worst()
        return subject, found.mean

    def intervals(self) -> dict[str, Any]:
        """Return the intervals of ``--json``, in parts of one."""
        names = (
            ("before", "after", "online") if self.plan.passes else ("before", "after")
        )
        found = {
            name: {
                "over_seeds": self.over_seeds(name).to_dict(),
                "over_both": self.over_both(name).to_dict(),
            }
            for name in names
        }
        return {**found, "worst": {"over_seeds": self.worst()[1].to_dict()}}

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

    @property
    def losses(self) -> int:
        """How often power went, over all units."""
        every = self.plan.chip.task.power_off_every
        return sum(losses(result.tally.updates, every) for result in self.results)

    def power(self) -> list[str]:
        """How often power went, and what that took, in words."""
        count = len(self.results)
        held = sum(result.forgotten for result in self.results)
        means = (self.losses / count, held / count, self.update_pulses / count)
        return power_lines(self.plan.chip, *means)

    def energy(self) -> EnergyReport:
        """Energy of all units by the chip file's prices."""
        return self._report(self.tally)

    def _report(self, tally: Tally) -> EnergyReport:
        from edgeferro.energy.report import EnergyReport

        return EnergyReport.of_chip(tally, self.plan.chip, self.plan.sizes)

    @property
    def sites(self) -> list[dict[str, Any]]:
        """Counters of each layer's quantizer sites: sums over units, largest peak."""
        found: dict[tuple[int, str], dict[str, Any]] = {}
        for result in self.results:
            for row in result.sites:
                key = row["layer"], row["site"]
                whole = found.setdefault(
                    key, {**row, "saturated": 0, "underflowed": 0, "peak": 0}
                )
                whole["saturated"] += row["saturated"]
                whole["underflowed"] += row["underflowed"]
                whole["peak"] = max(whole["peak"], row["peak"])
        return list(found.values())

    def reads(self) -> list[ReadQuality]:
        """What the electrons of a forward read allow, layer by layer."""
        chip, first = self.plan.chip, self.results[0]
        device = chip.load_device()
        return read_quality(chip, device, self.tally, first.rows, first.gains)

    def remarks(self) -> list[Remark]:
        """What the run says without being asked."""
        trim = self.trim()
        found = run_remarks(
            self.plan.chip,
            self.tally,
            self.results[0].rows,
            self.sites,
            self.reads(),
            trained=self.plan.subjects[0] >= 0,
        )
        return found if trim is None else [*found, *trim.remarks()]

    def converters(self) -> list[ConverterFigures]:
        """How far converters were off, and how far they still are."""
        return converter_figures(self.results)

    def trim(self) -> TrimFigures | None:
        """What the trim of the converters took."""
        return trim_figures(self.plan.chip, self.results)

    def drops(self) -> tuple[IrDrop, ...]:
        """The largest IR drop of each layer, over all units."""
        layers = zip(*(result.drops for result in self.results), strict=True)
        return tuple(max(found, key=lambda drop: drop.codes) for found in layers)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures of ``--json``."""
        figures, trim = self._figures(), self.trim()
        task, origin = self.plan.task, self.plan.task.origin()
        subjects = [
            {
                "subject": s,
                **({"name": task.subject_name(s)} if origin and s >= 0 else {}),
                **self.of_subject(s)._figures(),
            }
            for s in self.plan.subjects
        ]
        return {
            "task": task.name,
            **origin,
            "chip": self.plan.chip.chip.name,
            "chip_fingerprint": self.plan.chip.fingerprint(),
            "rule": self.plan.chip.controller.rule,
            "sizes": list(self.plan.sizes),
            "passes": self.plan.passes,
            "order": self.plan.order,
            "seeds": list(self.plan.seeds),
            **figures,
            "reads": [read.to_dict() for read in self.reads()],
            "remarks": [remark.to_dict() for remark in self.remarks()],
            "ir_drop": [drop.to_dict() for drop in self.drops()],
            "converters": [figure.to_dict() for figure in self.converters()],
            "trim": None if trim is None else trim.to_dict(),
            "sites": self.sites,
            "chips": len(self.results),
            "chip_file": self.plan.chip.to_toml(),
            "counts": self.energy().named_counts(),
            "retained_bits": self.energy().retained_bits,
            "tally": self.tally.to_words().tolist(),
            "subjects": subjects,
            "units": [
                {k: v for k, v in r.to_dict().items() if k not in _LONG}
                for r in self.results
            ],
        }

    def _calibration(self) -> dict[str, Any] | None:
        """Verdicts, pulses, time and energy of a chip's calibration (mean), no trim."""
        verdicts = self.verdicts
        if not verdicts:
            return None
        count, spent = len(self.results), self.calibration_energy()
        update = self.energy().per_update.value if self.plan.passes else 0
        mhz = self.plan.chip.controller.clock_mhz
        return {
            "verdicts": verdicts,
            "pulses": self.tally.phase_pulses("calibrate") / count,
            "seconds": self._calibrating.seconds("calibrate", mhz) / count,
            "energy_fj": {
                "low": spent.low_fj,
                "value": spent.fj,
                "high": spent.high_fj,
            },
            "update_cycles": spent.value / update if update else None,
        }

    @property
    def _calibrating(self) -> Tally:
        """Everything but the trims, which are of the same phase."""
        return self.tally - trim_tally(self.results)

    def calibration_energy(self) -> Quantity:
        """What looking for symmetry points took, a chip (mean)."""
        spent = self._report(self._calibrating).by_phase["calibrate"]
        return spent.share(len(self.results))

    def energy_after(self, index: int) -> EnergyReport:
        """Energy of all units as it stood after one pass, counted from 0."""
        tally = reduce(add, (result.history[index] for result in self.results))
        return self._report(tally)

    def phase_seconds(self, phase: str) -> float:
        """Time of one phase over all units."""
        return self.tally.seconds(phase, self.plan.chip.controller.clock_mhz)

    def _figures(self) -> dict[str, Any]:
        worst, accuracy = self.worst_subject()
        energy = self.energy()
        return {
            "accuracy": {
                "before": self.mean("before"),
                "after": self.mean("after"),
                "online": None if not self.plan.passes else self.mean("online"),
                "worst_subject": accuracy,
                "worst_subject_index": worst,
            },
            "intervals": self.intervals(),
            "pulses": self.update_pulses,
            "pulses_programming": self.tally.phase_pulses("program"),
            "updates": self.tally.updates,
            "inferences": self.tally.inferences,
            "power_losses": self.losses,
            "cells_missed": sum(r.missed for r in self.results),
            "reference_cells_missed": sum(r.reference_missed for r in self.results),
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
