"""What a person sees of a run: a bar while it works, tables, remarks."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from edgeferro.energy.table import asleep_line, counted_lines, energy_table
from edgeferro.intervals.words import (
    count,
    numbers_text,
    over_text,
    points,
    spread_text,
)
from edgeferro.mapping.read_quality import ReadQuality
from edgeferro.terminal import hint, show_table
from edgeferro.terminal import progress as bar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from edgeferro.mapping.ir_drop import IrDrop
    from edgeferro.training.asked import Asked
    from edgeferro.training.outcome import Outcome
    from edgeferro.training.plan import Plan, Unit

__all__ = [
    "calibration_lines",
    "converter_lines",
    "drop_line",
    "named",
    "outcome",
    "progress",
    "read_lines",
    "written_line",
]


@contextmanager
def progress(plan: Plan, *, quiet: bool) -> Iterator[Callable[[Unit, float], None]]:
    """Show a plan's bar; yields what is to be called with each unit's progress."""
    title = f"{plan.chip.chip.name}: {plan.chip.controller.rule}"
    with bar(title, len(plan.units), unit="chips", quiet=quiet) as reached:
        fractions: dict[str, float] = {}

        def on_progress(unit: Unit, fraction: float) -> None:
            fractions[unit.name] = fraction
            reached(sum(fractions.values()))

        yield on_progress


def outcome(result: Outcome, asked: Asked) -> None:
    """Print accuracies, what stands behind them, and the energy table."""
    console = Console(markup=False)
    plan = result.plan
    show_table(_accuracies(result), console)
    for line in interval_lines(result, asked):
        console.print(line, highlight=False)
    if plan.task.origin():
        names = ", ".join(plan.task.class_names)
        console.print(f"classes: {names}", highlight=False)
    console.print(written_line(result))
    report = result.energy()
    for line in [*calibration_lines(result), *result.reliability(), *result.power()]:
        console.print(line)
    read_lines(result.reads(), console)
    drop_line(result.drops(), console)
    for line in converter_lines(result):
        console.print(line, highlight=False)
    for remark in result.remarks():
        hint(remark.text)
    show_table(energy_table(report), console)
    for line in [*counted_lines(report), asleep_line(report)]:
        console.print(line, highlight=False)
    console.print(f"energy per inference:    {report.per_inference!s}")
    rest = report.by_phase["idle"]
    if rest.high:
        console.print(f"energy at rest, in all:  {rest!s}")
    if result.tally.updates:
        console.print(f"energy per update cycle: {report.per_update!s}")
    console.print(f"signature: {result.signature}")
    if len(result.results) == 1:  # what edgeferro firmware run shows of the same chip
        chip = result.results[0].signature
        console.print(f"signature of the chip: {chip}", highlight=False)


def written_line(result: Outcome) -> str:
    """Cells that were not written as asked, of either plane, and what writing took."""
    cells = sum(r.cells for r in result.results)
    missed = sum(r.missed for r in result.results)
    text = f"write-and-verify: {missed} of {cells} cells missed their target"
    if result.plan.chip.array.reference == "cell":
        missed = sum(r.reference_missed for r in result.results)
        text += f", and {missed} of {cells} reference cells"
    return (
        f"{text}, {result.tally.phase_pulses('program')} pulses; "
        f"most pulses on one cell: {max(r.worn for r in result.results)}"
    )


def _accuracies(result: Outcome) -> Table:
    """A line for each subject, and one for all, in percent."""
    plan, chip = result.plan, result.plan.chip
    table = Table(
        title=(
            f"{plan.task.name} on {chip.chip.name}: {chip.controller.rule}, "
            f"reference {chip.array.reference}, {plan.passes} passes, {plan.order}, "
            f"seeds {numbers_text(plan.seeds)}; accuracies in %"
        ),
        title_justify="left",
    )
    table.add_column("subject")
    for name in ("before", "after", "while learning", "pulses", "signature"):
        table.add_column(name, justify="right", no_wrap=name != "while learning")
    many = len(plan.subjects) > 1
    for subject in plan.subjects if many else ():
        part = result.of_subject(subject)
        table.add_row(plan.task.subject_name(subject), *_cells(part))
    if many:
        table.add_section()
    table.add_row("all", *_cells(result))
    return table


def interval_lines(result: Outcome, asked: Asked) -> list[str]:
    """What the figures' intervals are, and those over subjects too."""
    plan, seeds = result.plan, len(result.plan.seeds)
    many = len(plan.subjects) > 1
    lines = [f"±: half the 95 % interval over {count(seeds, 'seed')}, other chips"]
    if seeds == 1:
        lines = ["one seed is one chip: its accuracies have no interval (--seeds 0-9)"]
    if many:
        names = named(plan.passes)
        found = {text: result.over_both(name) for name, text in names.items()}
        parts = [f"{text} {spread_text(one)}" for text, one in found.items()]
        what = over_text(result.over_both("after"))
        lines.append(f"over {what}, other people too: {', '.join(parts)} %")
        worst, accuracy = result.worst()
        name = plan.task.subject_name(worst)
        lines.append(f"worst subject after learning: {name}, {spread_text(accuracy)} %")
    if asked.named or asked.auto:
        lines.append(_reached(result, asked))
    return lines


def _reached(result: Outcome, asked: Asked) -> str:
    """Whether the mean is as narrow as it was to be."""
    found = result.over_seeds("after")
    half, wanted = f"±{100 * found.half:.2f}", f"±{points(asked.resolve)}"
    if found.half <= asked.resolve / 100.0:
        return f"after learning: {half} is within {wanted}"
    more = count(found.seeds_needed(asked.resolve / 100.0), "seed")
    return f"after learning: {half} is not within {wanted}; about {more} would be"


def named(passes: int) -> dict[str, str]:
    """Accuracies by name, as they are called in a line."""
    names = {"before": "before", "after": "after", "online": "while learning"}
    return names if passes else {"before": "before", "after": "after"}


def read_lines(reads: Sequence[ReadQuality], console: Console) -> None:
    """Print each layer's effective bits."""
    for read in reads:
        console.print(str(read), highlight=False)


def drop_line(drops: Sequence[IrDrop], console: Console) -> None:
    """Print the largest IR drop of a chip's arrays."""
    if drops:
        worst = max(drops, key=lambda drop: drop.codes)
        console.print(str(worst), highlight=False)


def converter_lines(result: Outcome) -> list[str]:
    """How far converters are off, and what their trim took, a chip."""
    trim = result.trim()
    lines = [f.line(trims=trim is not None) for f in result.converters()]
    curve = result.plan.chip.converters.adc_inl
    if curve is not None:
        most = max(map(abs, curve))
        lines.append(f"converters: nonlinearity up to {most:.3g} codes")
    return lines if trim is None else [*lines, str(trim)]


def calibration_lines(result: Outcome) -> list[str]:
    """What calibration found and spent, a chip."""
    figures = result.to_dict()["calibration"]
    if figures is None:
        return []
    found = ", ".join(f"{n} {name}" for name, n in figures["verdicts"].items() if n)
    spent = result.calibration_energy()
    worth = figures["update_cycles"]
    return [
        f"calibration: {found}",
        f"calibration of a chip: {figures['pulses']:.0f} pulses, "
        f"{figures['seconds']:.3g} s, {spent!s}"
        + ("" if worth is None else f", worth {worth:.0f} update cycles"),
    ]


def _cells(result: Outcome) -> list[str]:
    online = spread_text(result.over_seeds("online")) if result.plan.passes else "-"
    return [
        spread_text(result.over_seeds("before")),
        spread_text(result.over_seeds("after")),
        online,
        str(result.update_pulses),
        result.signature,
    ]
