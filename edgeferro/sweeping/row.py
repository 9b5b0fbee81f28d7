"""One run as one row: which columns a sweep's table has, and how they are filled."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from edgeferro.energy.blocks import shapes_of
from edgeferro.energy.hardware import Hardware
from edgeferro.energy.quantity import Quantity
from edgeferro.energy.report import part_of
from edgeferro.errors import EdgeferroError
from edgeferro.mapping.read_quality import worst_read
from edgeferro.mapping.remarks import Remark
from edgeferro.training.options import make_plan
from edgeferro.training.outcome import Outcome
from edgeferro.training.run import run_plan
from edgeferro.training.trail import digest_over

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.energy.report import EnergyReport
    from edgeferro.sweeping.grid import Point
    from edgeferro.training.plan import Plan

__all__ = [
    "COLUMNS",
    "Row",
    "axis_columns",
    "hardware_of",
    "outcome_row",
    "row_remarks",
    "run_point",
]

Row = dict[str, Any]

# Energies are femtojoules of one run (all its subjects), means of the price ranges.
# Bits are those of the layer that has the fewest, with the larger noise of what its
# charge allows and of what its reads carry.
COLUMNS: Final[dict[str, type]] = {
    "key": str,
    "task": str,
    "chip": str,
    "rule": str,
    "device": str,
    "width_ns": int,
    "reference": str,
    "level": str,
    "learning_rate": float,
    "passes": int,
    "seed": int,
    "before": float,
    "after": float,
    "after_by_subject": list,
    "worst": float,
    "online": float,
    "accuracy_curve": list,
    "pulses": int,
    "updates": int,
    "inferences": int,
    "cells_missed": int,
    "reference_cells_missed": int,
    "effective_bits": float,
    "read_noise_codes": float,
    "cell_energy_fj": float,
    "update_energy_fj": float,
    "update_low_fj": float,
    "update_high_fj": float,
    "inference_energy_fj": float,
    "setup_energy_fj": float,
    "retained_bits": int,
    "asleep_uw": float,
    "asleep_low_uw": float,
    "asleep_high_uw": float,
    "area_um2": float,
    "area_low_um2": float,
    "area_high_um2": float,
    "sram_bits": int,
    "dacs": int,
    "adcs": int,
    "lfsrs": int,
    "multipliers": int,
    "gates": float,
    "learning_energy_curve_fj": list,
    "cell_energy_curve_fj": list,
    "array_energy_curve_fj": list,
    "data_digest": str,
    "weights_digest": str,
    "image_digest": str,
    "signature": str,
    "remarks": str,
}
_QJ_PER_UJ: Final = 10**24
_BETWEEN: Final = " | "  # remarks of a run


def axis_columns(points: Sequence[Point]) -> dict[str, type]:
    """Type of the columns of the axes: numbers where all values are."""
    columns: dict[str, type] = {}
    for name in points[0].values:
        if name in COLUMNS:
            continue
        kinds = {type(point.values[name]) for point in points}
        if kinds == {int}:
            columns[name] = int
        elif kinds <= {int, float}:
            columns[name] = float
        else:
            columns[name] = str
    return columns


def _learning(report: EnergyReport) -> Quantity:
    return report.by_phase["backward"] + report.by_phase["update"]


def hardware_of(plan: Plan) -> Hardware:
    """Estimate the chip of a plan, with arrays as its task asks for."""
    inputs, outputs = plan.task.features.shape[1], len(plan.task.class_names)
    return Hardware.of_chip(plan.chip, shapes_of(plan.chip, inputs, outputs))


def _hardware(found: Hardware) -> Row:
    """Columns of the estimate; areas and gates are no number without an area file."""
    blocks, area = found.blocks, found.total
    return {
        "area_um2": math.nan if area is None else area.value,
        "area_low_um2": math.nan if area is None else area.low,
        "area_high_um2": math.nan if area is None else area.high,
        "sram_bits": blocks.sram_bits,
        "dacs": blocks.dacs,
        "adcs": blocks.adcs,
        "lfsrs": blocks.lfsrs,
        "multipliers": blocks.multipliers,
        "gates": sum(found.gates.values()) if found.gates else math.nan,
    }


def _asleep(report: EnergyReport) -> Row:
    """Columns of what a chip keeps asleep, and takes for that at 25 C."""
    second = sum(report.asleep(1).values(), Quantity(0, 0, 0))
    low, value, high = (end / _QJ_PER_UJ for end in second.ends)
    return {
        "retained_bits": sum(report.retained_bits.values()),
        "asleep_uw": value,
        "asleep_low_uw": low,
        "asleep_high_uw": high,
    }


def _pulses(report: EnergyReport) -> float:
    """What an update's pulses take: cells, their lines, half-selected neighbours."""
    spent = report.lines.items()
    return sum(
        energy.fj
        for (phase, event), energy in spent
        if phase == "update" and part_of(event) == "array pulses"
    )


def outcome_row(outcome: Outcome) -> Row:
    """Return the columns that a run fills; those of its point are not among them."""
    plan, energy = outcome.plan, outcome.energy()
    device = plan.chip.load_device()
    passes = range(plan.passes)
    setup = energy.by_phase["calibrate"] + energy.by_phase["program"]
    updates = outcome.tally.updates
    curves = [r.curve for r in outcome.results]
    update = energy.per_update if plan.passes else None
    read = worst_read(outcome.reads())
    reports = [outcome.energy_after(i) for i in passes]
    digest = partial(digest_over, [result.trail for result in outcome.results])
    return {
        "task": plan.task.name,
        "chip": plan.chip.chip.name,
        "rule": plan.chip.controller.rule,
        "device": device.name,
        "width_ns": int(device.classes[plan.chip.device.pulse_class].width_ns),
        "reference": plan.chip.array.reference,
        "level": str(plan.chip.array.reference_level),
        "learning_rate": plan.chip.controller.learning_rate,
        "passes": plan.passes,
        "seed": plan.seeds[0],
        "before": outcome.mean("before"),
        "after": outcome.mean("after"),
        "after_by_subject": outcome.accuracies("after")[0].tolist(),
        "worst": outcome.worst_subject()[1],
        "online": outcome.mean("online"),
        "accuracy_curve": [sum(c[i] for c in curves) / len(curves) for i in passes],
        "pulses": outcome.update_pulses,
        "updates": updates,
        "inferences": outcome.tally.inferences,
        "cells_missed": sum(r.missed for r in outcome.results),
        "reference_cells_missed": sum(r.reference_missed for r in outcome.results),
        "effective_bits": read.bits if read else 0.0,
        "read_noise_codes": max(read.noise_codes, read.stated_codes) if read else 0.0,
        "cell_energy_fj": energy.in_cells("update").share(outcome.update_pulses).fj,
        "update_energy_fj": update.fj if update else 0.0,
        "update_low_fj": update.low_fj if update else 0.0,
        "update_high_fj": update.high_fj if update else 0.0,
        "inference_energy_fj": energy.per_inference.fj,
        "setup_energy_fj": setup.fj,
        **_asleep(energy),
        **_hardware(hardware_of(plan)),
        "learning_energy_curve_fj": [_learning(r).fj for r in reports],
        "cell_energy_curve_fj": [r.in_cells("update").fj for r in reports],
        **{f"{n}_digest": digest(n) for n in ("data", "weights", "image")},
        "array_energy_curve_fj": [_pulses(r) for r in reports],
        "signature": outcome.signature,
        "remarks": _BETWEEN.join(": ".join(remark) for remark in outcome.remarks()),
    }


def row_remarks(row: Row) -> list[Remark]:
    """Take a row's remarks apart again."""
    texts = row["remarks"].split(_BETWEEN) if row["remarks"] else []
    return [Remark(kind, text) for kind, _, text in (t.partition(": ") for t in texts)]


def run_point(point: Point) -> tuple[str, Row | str]:
    """Run one point in one thread.

    Returns:
        its key, and the row; or the message of what the run refused.
    """
    try:
        outcome = run_plan(make_plan(point.options), workers=1)
        return point.key, {"key": point.key, **outcome_row(outcome), **point.values}
    except EdgeferroError as error:
        return point.key, str(error)
