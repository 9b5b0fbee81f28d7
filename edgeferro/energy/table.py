"""Energy as a table for the terminal."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from rich.table import Table

from edgeferro.energy.quantity import Quantity
from edgeferro.energy.rows import count_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edgeferro.energy.report import EnergyReport

__all__ = ["asleep_line", "asleep_text", "counted_lines", "energy_table"]

_COLUMNS = {
    "per inference": ("infer",),
    "per update cycle": ("backward", "update"),
    "programming, in all": ("program",),
}

# Figures of a device that no energy takes.
_NO_ENERGY = (
    "spread.",
    "endurance",
    "g_density",
    "pulse_energy",
    "read_v_max",
    "contradiction",
)

_PERS = {"per inference": "inferences", "per update cycle": "updates"}


def energy_table(
    report: EnergyReport,
    columns: Mapping[str, tuple[str, ...]] = _COLUMNS,
    chips: int = 1,
) -> Table:
    """Return energy by part, a column for what a group of phases takes.

    Args:
        report: the energy of everything.
        columns: phases by title; the default is an inference, an update cycle, and
            programming.
        chips: what columns other than an inference and an update are divided by.
    """
    assumed = [e for e, p in report.prices.events.items() if p.kind == "assumed"]
    assumed += [
        line.partition(" = ")[0].rpartition(".")[2]
        for line in report.device.assumed()
        if not line.startswith(_NO_ENERGY)
    ]
    table = Table(
        title=f"energy, prices of {report.prices.name}",
        caption=f"low..high from the price file; assumed: {', '.join(assumed)}",
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("part")
    counts = _counted(report)
    for name in columns:
        table.add_column(name, justify="right")
    for part in report.parts:
        cells = []
        for name, phases in columns.items():
            term = report.of(phases[0], part)
            for phase in phases[1:]:
                term += report.of(phase, part)
            cells.append(str(term.share(counts.get(name, chips))))
        table.add_row(part, *cells)
    table.add_section()
    whole = []
    for name, phases in columns.items():
        term = report.by_phase[phases[0]]
        for phase in phases[1:]:
            term += report.by_phase[phase]
        whole.append(str(term.share(counts.get(name, chips))))
    table.add_row("all", *whole)
    return table


def _counted(report: EnergyReport) -> dict[str, int]:
    """What columns that are means are divided by."""
    return {name: getattr(report.tally, field) for name, field in _PERS.items()}


def counted_lines(
    report: EnergyReport,
    columns: Mapping[str, tuple[str, ...]] = _COLUMNS,
    chips: int = 1,
) -> list[str]:
    """Say what stands behind the columns of :func:`energy_table`: counts by name."""
    lines = []
    for name, phases in columns.items():
        whole = _counted(report).get(name, chips)
        found: dict[str, Fraction] = {}
        for (phase, counted), count in report.counts.items():
            if phase in phases and whole:
                found[counted] = found.get(counted, Fraction(0)) + Fraction(count)
        if found:
            each = ", ".join(f"{k} {count_text(n / whole)}" for k, n in found.items())
            lines.append(f"counted {name}: {each}")
    return lines


def asleep_text(report: EnergyReport) -> str:
    """Power asleep at 25 C, as it is written."""
    second = sum(report.asleep(1).values(), Quantity(0, 0, 0))
    return str(second).replace("J", "W")


def asleep_line(report: EnergyReport) -> str:
    """Say what a chip takes asleep, and which bits it keeps for that."""
    bits = report.retained_bits
    kept = ", ".join(f"{name} {number}" for name, number in bits.items())
    return (
        f"asleep at 25 C: {asleep_text(report)}, {sum(bits.values())} bits kept: {kept}"
    )
