"""Energy as a table for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edgeferro.energy.report import EnergyReport

__all__ = ["energy_table"]

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
    counts = {
        "per inference": report.tally.inferences,
        "per update cycle": report.tally.updates,
    }
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
