"""What ``edgeferro paper`` prints: a line a scheme and width, then what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from rich.table import Table

from edgeferro.energy.report import Quantity
from edgeferro.intervals.estimate import Estimate
from edgeferro.intervals.words import count, spread_text
from edgeferro.paper.comparison import ENERGIES, Result, width_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.paper.findings import Finding

__all__ = ["NOTE", "explosions", "finding_table", "result_table"]

EXPLODED: Final = 10.0  # times the pulses of the same rule's quietest reference
NOTE: Final = (
    "± is half of a 95 % interval over seeds; a finding's intervals hold together at "
    "95 %. Pulses and energies are a chip's: cells (what pulses leave in them), array "
    "(their lines and half-selected neighbours too), chip (backward pass and update). "
    "A trend over width is judged by the slopes of single seeds, at the measured "
    "widths. 2 us and 200 us are inter- and extrapolated in log width; nothing was "
    "tuned at them. Ours and not the paper's: these two widths, the tasks and their "
    "sizes, and what a shift is: weight zero at the symmetry point, by a second cell, "
    "as the device's model has it or as pulses found it on each chip."
)


def _mean(values: np.ndarray) -> str:
    """Mean and interval of a quantity, or of those that have one and how many."""
    known = values[np.isfinite(values)]
    if not known.size:
        return f"0 of {values.size}"
    found = Estimate.over_seeds(known)
    half = f" ±{found.half:.2f}" if np.isfinite(found.half) else ""
    some = "" if known.size == values.size else f" ({known.size} of {values.size})"
    return f"{found.mean:.2f}{half}{some}"


def _energy(values: np.ndarray) -> str:
    known = values[np.isfinite(values)]
    return str(Quantity.of_fj(float(known.mean()))) if known.size else "-"


def result_table(task: str, found: Sequence[Result], goal: float) -> Table:
    """A line a scheme, width and kind of rate."""
    title = (
        f"{task}: {count(len(found[0].curve), 'seed')}; epochs and energies are those "
        f"to {100 * goal:g} %, of the seeds that reached it"
    )
    table = Table(title=title, title_justify="left")
    for name in ("scheme", "rates"):
        table.add_column(name)
    names = ("width", "rate", "after, %", "pulses", "epochs", *ENERGIES)
    for name in names:
        table.add_column(name, justify="right")
    for r in found:
        table.add_row(
            r.scheme.name,
            r.rates,
            width_text(r.width_ns),
            f"{r.rate:g}",
            spread_text(Estimate.over_seeds(r.after)),
            f"{r.pulses.mean():.3g}",
            _mean(r.epochs_to(goal)),
            *(_energy(r.energy_to(goal, name)) for name in ENERGIES),
        )
    return table


def finding_table(task: str, findings: Sequence[Finding]) -> Table:
    """A line a finding."""
    title = f"{task}: the paper's findings in our runs"
    table = Table(title=title, title_justify="left", show_lines=True)
    for name in ("finding", "rates", "verdict", "numbers"):
        table.add_column(name)
    for finding in findings:
        table.add_row(finding.claim, finding.rates, finding.verdict, finding.numbers)
    return table


def explosions(found: Sequence[Result]) -> list[str]:
    """Say where a scheme takes many times the pulses that its rule needs elsewhere.

    Weights that don't hold what they learn are pulsed over and over.
    """
    lines = []
    for r in found:
        others = [
            o.pulses.mean()
            for o in found
            if (o.rates, o.scheme.rule, o.device) == (r.rates, r.scheme.rule, r.device)
        ]
        least = min(others)
        times = r.pulses.mean() / least if least > 0 else 0.0
        if times >= EXPLODED:
            lines.append(
                f"{r.scheme.name}, {r.rates}, {width_text(r.width_ns)}: {times:.0f} "
                "times the pulses of the same rule at another reference"
            )
    return lines
