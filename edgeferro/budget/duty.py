"""``edgeferro firmware duty``: off between windows, beside a chip that is on.

Accuracies are of the controller, which does what the program ``duty_cycle`` does, to
the bit (the matrix says so); energies of sleep are those of power cycling.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from edgeferro.budget.cycling import Cycling
from edgeferro.energy.ends import Ends, summed, times
from edgeferro.energy.report import EnergyReport
from edgeferro.energy.units import DAY_S
from edgeferro.files.write import write_json
from edgeferro.firmware.expected import accuracy_after
from edgeferro.firmware.programs import KEEP, make_package
from edgeferro.intervals.estimate import Estimate
from edgeferro.intervals.paired import Paired
from edgeferro.product.words import ranged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edgeferro.chip.chip import Chip

__all__ = ["Way", "compare_ways", "run_duty"]

_MIXED: Final = "mixed-precision"


@dataclass(frozen=True)
class Way:
    """One way to spend the time between windows.

    Attributes:
        keep: of :data:`edgeferro.firmware.programs.KEEP`.
        accuracy: after learning, over people and seeds.
        against: minus a chip that is always on; None for that one.
        between_w: what goes between windows, and into waking up, watts.
    """

    keep: str
    accuracy: Estimate
    against: Paired | None
    between_w: Ends

    def to_dict(self) -> dict[str, Any]:
        """Return the figures of ``--json``."""
        return {
            "keep": self.keep,
            "accuracy": self.accuracy.to_dict(),
            "minus_on": None
            if self.against is None
            else self.against.over_both.to_dict(),
            "between_w": list(self.between_w),
        }


def _between(cycling: Cycling, keep: str) -> Ends:
    """Watts of sleep and wake-ups; what accumulators leak goes by their bits."""
    kept = cycling.report.retained_bits
    if keep == "on":
        return cycling.retained_w
    found = cycling.cycled_w
    if keep == "saved":
        found = summed(found, times(cycling.saving_j, cycling.wakes / DAY_S))
    if keep == "retained":
        share = kept.get("accumulators", 0) / sum(kept.values())
        found = summed(found, times(cycling.retained_w, share))
    return found


def compare_ways(
    chip: Chip, subjects: Sequence[int], seeds: Sequence[int], passes: int | None
) -> list[Way]:
    """Learn each person's samples with each way of each seed's chip.

    Args:
        chip: of mixed precision for all ways, else on and lost.
        subjects: people.
        seeds: of pre-training and chip.
        passes: over the samples; None for the chip's.
    """
    ways = list(KEEP) if chip.controller.rule == _MIXED else ["on", "lost"]
    found = {keep: np.zeros((len(seeds), len(subjects))) for keep in ways}
    report = None
    for row, seed in enumerate(seeds):
        for column, subject in enumerate(subjects):
            package = make_package(
                "duty_cycle", chip, subject=subject, seed=seed, passes=passes, keep="on"
            )
            for keep in ways:
                right, tally = accuracy_after(package, keep)
                found[keep][row, column] = right
                if report is None:
                    report = EnergyReport.of_chip(tally, chip, package.image.sizes)
    if report is None:
        return []
    wakes = DAY_S / chip.usage.sample_period_s
    cycling = Cycling(report, wakes, 0.0)
    return [
        Way(
            keep,
            Estimate.over_both(found[keep]),
            None if keep == "on" else Paired.of(found[keep], found["on"]),
            _between(cycling, keep),
        )
        for keep in ways
    ]


def _points(found: Estimate) -> str:
    half = "" if np.isinf(found.half) else f" ± {100 * found.half:.2f}"
    return f"{100 * found.mean:.2f}{half}"


def run_duty(
    chip: Chip,
    subjects: Sequence[int],
    seeds: Sequence[int],
    passes: int | None,
    json_file: Path | None,
) -> None:
    """Compare, show, write; arguments as of :func:`compare_ways`."""
    ways = compare_ways(chip, subjects, seeds, passes)
    people, chips = len(subjects), len(seeds)
    title = f"{chip.chip.name}: off between windows, {people} people, {chips} seeds"
    table = Table(title=title, title_justify="left")
    for head in ("accumulators", "accuracy, %", "minus on, points", "between windows"):
        table.add_column(head)
    for way in ways:
        minus = "" if way.against is None else _points(way.against.over_both)
        watts = ranged(way.between_w, "W")
        table.add_row(way.keep, _points(way.accuracy), minus, watts)
    Console(markup=False).print(table)
    if json_file is not None:
        write_json(json_file, {"ways": [way.to_dict() for way in ways]})
