"""A budget's figures as plain values: for JSON and CSV, and what a page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from edgeferro._version import __version__
from edgeferro.budget.cycling import cycling_figures
from edgeferro.budget.pays import alternative
from edgeferro.budget.product_figures import product_figures
from edgeferro.budget.published import reference_points
from edgeferro.budget.rows import budget_rows
from edgeferro.budget.uncertain import Uncertain
from edgeferro.core.tally import PHASES
from edgeferro.energy.ends import named
from edgeferro.energy.report import part_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edgeferro.budget.budget import Budget
    from edgeferro.energy.entry import Entry
    from edgeferro.energy.report import Quantity
    from edgeferro.files.read import Figure

__all__ = ["DISCLAIMER", "assumptions", "budget_figures", "ledger_aj"]

DISCLAIMER: Final = "None of this is medical advice."
_QJ_PER_AJ: Final = 10**12
_Table = dict[str, dict[str, int]]


def ledger_aj(entries: Iterable[Entry], parts: list[str]) -> _Table:
    """Attojoules by phase and part, whole numbers: each entry rounded down once.

    All sums are made from these, so that rows, parts, phases and total agree exactly.
    """
    table = {phase: dict.fromkeys(parts, 0) for phase in PHASES}
    for entry in entries:
        table[entry.phase][part_of(entry.event)] += entry.energy.value // _QJ_PER_AJ
    return table


def _sums(table: _Table) -> dict[str, Any]:
    by_phase = {phase: sum(row.values()) for phase, row in table.items()}
    parts = next(iter(table.values()))
    by_part = {part: sum(row[part] for row in table.values()) for part in parts}
    return {
        "total": sum(by_phase.values()),
        "by_part": by_part,
        "by_phase": by_phase,
        "by_phase_and_part": table,
    }


def _range(quantity: Quantity) -> dict[str, float]:
    return {"low": quantity.low_fj, "value": quantity.fj, "high": quantity.high_fj}


def assumptions(budget: Budget) -> list[dict[str, str]]:
    """Every number that went in, with its range, kind and source."""
    report = budget.run.energy
    found = [
        {
            "name": event,
            "value": str(price),
            "kind": price.kind,
            "source": f"{price.source} ({price.node})",
        }
        for event, price in report.prices.events.items()
    ]
    if report.prices.pulse is not None:
        price = report.prices.pulse
        found.append(
            {
                "name": "pulse (in place of area, polarization and conduction)",
                "value": str(price),
                "kind": price.kind,
                "source": f"{price.source} ({price.node})",
            }
        )
    chip = budget.run.chip
    for name, value in {
        "clock": f"{chip.controller.clock_mhz:g} MHz",
        "read": f"{chip.array.read_v:g} V, {chip.array.read_ns:g} ns",
        "ADC, DAC": f"{chip.converters.adc_bits}, {chip.converters.input_bits} bits",
    }.items():
        found.append(
            {"name": name, "value": value, "kind": "chosen", "source": "the chip file"}
        )
    device = budget.run.chip.load_device()
    pulse = device.classes[budget.run.chip.device.pulse_class]
    groups: list[tuple[str, list[tuple[str, Figure]]]] = [
        (
            device.name,
            [
                *device.figures(),
                ("capacitance_ff", device.capacitance_ff),
                ("amplitude_v", pulse.amplitude_v),
            ],
        )
    ]
    for holder in (budget.product, budget.battery, budget.implant):
        if holder is not None:
            groups.append((holder.name, holder.figures()))
    for group, figures in groups:
        for name, figure in figures:
            ends = f"{figure.bound('low'):g} .. {figure.bound('high'):g}"
            found.append(
                {
                    "name": f"{group}: {name}",
                    "value": f"{figure.value:g} {figure.unit} ({ends})",
                    "kind": figure.kind,
                    "source": figure.source,
                }
            )
    return found


def budget_figures(budget: Budget, command: str = "") -> dict[str, Any]:
    """Return everything of a budget, energies of ranges in femtojoules.

    Args:
        budget: the budget.
        command: that made it.
    """
    run, day, usage = budget.run, budget.day, budget.usage
    parts = run.energy.parts
    life, still = budget.life_days(), budget.life_days(learning=False)
    uncertainty = Uncertain.of(budget).to_dict()
    return {
        "version": __version__,
        "command": command,
        "chip": run.chip.chip.name,
        "chip_fingerprint": run.chip.fingerprint(),
        "chip_file": run.chip.to_toml(),
        "task": run.task,
        "data_sha256": run.data_sha256,
        "signature": run.signature,
        "accuracy_after": run.accuracy,
        "reads": [read.to_dict() for read in run.reads],
        "remarks": [remark.to_dict() for remark in run.remarks],
        "prices": run.energy.prices.name,
        "usage": usage.model_dump(mode="json"),
        "energy_aj": _sums(ledger_aj(run.energy.entries, parts)),
        "day_aj": _sums(ledger_aj(day.entries, parts)),
        "rows": budget_rows(budget),
        "retained_bits": run.energy.retained_bits,
        "operations": {
            o.name: {
                "counted": day.counted[o.name],
                "energy_fj": _range(o.energy) if day.counted[o.name] else None,
                "seconds": o.seconds,
                "per_day": float(o.per_day),
                "power_uw": o.power_w * 1e6,
            }
            for o in day.operations
        },
        "day_fj": _range(day.total),
        "uncertainty": uncertainty,
        "average_uw": named(day.average_w, 1e6),
        **product_figures(budget, uncertainty),
        "alternative": alternative(budget),
        "peak_uw": {"phase": day.peak_w[0], **named(day.peak_w[1], 1e6)},
        "sample_seconds": day.sample_s,
        "too_slow": day.too_slow,
        "battery_days": named(life) if budget.battery else None,
        "battery_days_without_learning": named(still) if budget.battery else None,
        "temperature_rise_k": named(budget.rise_c) if budget.implant else None,
        "wear_years": budget.wear_years,
        "cycling": cycling_figures(budget.cycling, budget.learned),
        "ir_drop": [drop.to_dict() for drop in run.drops],
        "verdicts": [
            {
                "name": v.name,
                "fits": v.fits,
                "surely": v.surely,
                "word": v.word,
                "text": v.text,
            }
            for v in budget.verdicts
        ],
        "reference_points": [point.__dict__ for point in reference_points()],
        "assumptions": assumptions(budget),
        "note": DISCLAIMER,
    }
