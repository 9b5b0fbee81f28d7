"""What a person sees of a sweep: a line for each point, and what it decides."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from rich.console import Console

from edgeferro.energy.report import Quantity
from edgeferro.intervals.paired import NOT_DECIDED
from edgeferro.intervals.words import gap_text, points, spread_text
from edgeferro.mapping.remarks import gathered
from edgeferro.sweeping.layout import Sheet, point_words, print_sheets
from edgeferro.sweeping.row import row_remarks
from edgeferro.terminal import hint, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.intervals.estimate import Estimate
    from edgeferro.sweeping.choice import Choice
    from edgeferro.sweeping.grid import Point, Refused
    from edgeferro.sweeping.question import Question
    from edgeferro.sweeping.row import Row

__all__ = [
    "accuracy_cells",
    "say_refused",
    "say_remarks",
    "summary",
]

ACCURACY: Final = ("after", "both", "worst", "difference", "verdict", "seeds")


def half_text(found: Estimate) -> str:
    """How far off a mean may be; nothing where nobody knows."""
    return f"±{100.0 * found.half:.1f}" if math.isfinite(found.half) else ""


def accuracy_cells(choice: Choice) -> list[str]:
    """Figures of a point's accuracy, in the order of ACCURACY."""
    paired, needed = choice.paired, choice.needed
    open_ = choice.verdict == NOT_DECIDED and needed is not None
    return [
        spread_text(choice.after),
        half_text(choice.both),
        f"{100.0 * choice.worst:.1f}",
        "" if paired is None else _gap(paired.over_seeds),
        choice.verdict,
        f"{choice.seeds} of {needed}" if open_ else f"{choice.seeds}",
    ]


def _gap(found: Estimate) -> str:
    """A difference with its interval, in points."""
    return f"{gap_text(found)} {half_text(found)}".rstrip()


def _cost_cells(choice: Choice) -> list[str]:
    energies = [choice.energy_fj, choice.mean("update_energy_fj")]
    return [
        f"{choice.bits:.1f}",
        f"{choice.mean('pulses'):.4g}",
        *(str(Quantity.of_fj(energy)) for energy in energies),
        choice.mark,
    ]


HARDWARE: Final = ("area, mm2", "SRAM bits", "ADCs", "DACs", "LFSRs", "mults", "gates")


def hardware_cells(choice: Choice) -> list[str]:
    """Figures of what a point's chip is made of, in the order of HARDWARE."""
    area, gates = choice.mean("area_um2"), choice.mean("gates")
    counts = ("sram_bits", "adcs", "dacs", "lfsrs", "multipliers")
    return [
        f"{area / 1e6:.3g}" if math.isfinite(area) else "-",
        *(f"{choice.mean(name):.0f}" for name in counts),
        f"{gates:.0f}" if math.isfinite(gates) else "-",
    ]


def _note(found: Sequence[Choice], question: Question) -> str:
    """What the columns are, and what the verdicts are worth."""
    base = next(choice for choice in found if not choice.verdict)
    people = (
        f"both: ± over seeds and the {found[0].after.subjects} subjects; worst: the "
        f"subject whose mean is lowest; "
        if found[0].after.subjects > 1
        else ""
    )
    if len(found) == 1:
        against = ""
    else:
        against = (
            f"difference: to {point_words(base.values)}, seed by seed, each "
            f"wrong in 5 %; no difference: below {points(question.asked.resolve)}; "
            f"seeds: that ran, of those that would decide; "
        )
    single = (
        "one seed tells no interval: --seeds 0-9, or auto; "
        if any(choice.seeds < 2 for choice in found)
        else ""
    )
    return (
        f"after: accuracy, %, with its 95 % interval over seeds; {people}{against}"
        f"{single}bits: effective, of a read; pulses: of learning; energy of an "
        f"inference and of an update cycle; *: no cheaper inference is as accurate, as "
        f"far as the seeds show; hardware: estimated by the price file's areas, whose "
        f"ranges --json has; gates: equivalents of a NAND of two inputs"
    )


def summary(found: Sequence[Choice], question: Question) -> None:
    """Print accuracies and what they decide, then what each point costs."""
    console = Console(markup=False, highlight=False)
    sheets = [
        Sheet("accuracy", ACCURACY, [accuracy_cells(choice) for choice in found]),
        Sheet(
            "cost",
            ("bits", "pulses", "inference", "update", "mark"),
            [_cost_cells(choice) for choice in found],
        ),
        Sheet("hardware", HARDWARE, [hardware_cells(choice) for choice in found]),
    ]
    print_sheets(console, [choice.values for choice in found], sheets)
    console.print(_note(found, question))


def say_refused(refused: Sequence[Refused]) -> None:
    """Print a line for each point, or run, that a chip refused."""
    console = Console(markup=False, highlight=False)
    for one in refused:
        console.print(plain(f"refused: {one}"), soft_wrap=True)


def say_remarks(rows: Sequence[Row], points: Sequence[Point]) -> None:
    """Print a line for each kind of remark; each run's own are in the table."""
    runs = zip(points, rows, strict=True)
    for text in gathered((point.name, row_remarks(row)) for point, row in runs):
        hint(text)
