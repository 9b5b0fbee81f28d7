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

__all__ = ["NOTE", "explosions", "finding_table", "heading", "result_tables"]

_RATES: Final = {"tuned": "tuned rates", "common": "one common rate"}
EXPLODED: Final = 10.0  # times the pulses of the same rule's quietest reference
NOTE: Final = (
    "± is half of a 95 % interval over seeds; a finding's intervals hold together at "
    "95 %. Pulses and energies are a chip's: cells (what pulses leave in them), array "
    "(their lines and half-selected neighbours too), chip (backward pass and update). "
    "A trend over width is judged by the slopes of single seeds, at the measured "
    "widths. 2 us and 200 us (*) are inter- and extrapolated in log width; nothing was "
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


def heading(task: str, found: Sequence[Result], goal: float) -> str:
    """What stands above the tables of results."""
    return (
        f"{task}: {count(len(found[0].curve), 'seed')}; after: accuracy; epochs and "
        f"energies are those to {100 * goal:g} %, of the seeds that reached it"
    )


def result_tables(task: str, found: Sequence[Result], goal: float) -> list[Table]:
    """A table a rule and kind of rate, a line a reference and width."""
    groups: dict[str, list[Result]] = {}
    for r in found:
        rule, _, _ = r.scheme.name.partition(", ")
        title = f"{task}: {rule}, {_RATES[r.rates]}"
        groups.setdefault(title, []).append(r)
    return [_result_table(title, its, goal) for title, its in groups.items()]


def _result_table(title: str, found: Sequence[Result], goal: float) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("zero at, rate")
    table.add_column("width", justify="right", no_wrap=True)
    for name in ("after, %", "pulses", "epochs", *ENERGIES):
        table.add_column(name, justify="right")
    for r in found:
        table.add_row(
            f"{r.scheme.reference}, {r.rate:g}",
            width_text(r.width_ns) + ("" if r.measured else "*"),
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
