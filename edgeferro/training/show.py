"""What a person sees: tables, progress bar, pictures."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from edgeferro.energy.table import energy_table
from edgeferro.mapping.read_quality import ReadQuality, bits_text
from edgeferro.terminal import hint, percent
from edgeferro.terminal import progress as bar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from edgeferro.mapping.ir_drop import IrDrop
    from edgeferro.training.outcome import Outcome
    from edgeferro.training.plan import Plan, Unit

__all__ = [
    "calibration_lines",
    "comparison",
    "converter_lines",
    "drop_line",
    "outcome",
    "plot_outcomes",
    "progress",
    "read_lines",
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


def outcome(result: Outcome) -> None:
    """Print the table per subject and in all, and the energy table."""
    console = Console(markup=False)
    plan = result.plan
    chip = plan.chip
    title = (
        f"{plan.task.name} on {chip.chip.name}: {chip.controller.rule}, "
        f"reference {chip.array.reference}, {plan.passes} passes, {plan.order}, "
        f"seeds {', '.join(map(str, plan.seeds))}"
    )
    table = Table(title=title, title_justify="left")
    for name in ("subject", "before", "after", "while learning", "pulses", "signature"):
        table.add_column(name, justify="left" if name == "subject" else "right")
    many = len(plan.subjects) > 1
    for subject in plan.subjects if many else ():
        part = result.of_subject(subject)
        table.add_row(plan.task.subject_name(subject), *_cells(part))
    if many:
        table.add_section()
    table.add_row("all", *_cells(result))
    console.print(table)
    worst, accuracy = result.worst_subject()
    if many:
        name = plan.task.subject_name(worst)
        console.print(f"worst subject after learning: {name}, {percent(accuracy)}")
    if plan.task.origin():
        names = ", ".join(plan.task.class_names)
        console.print(f"classes: {names}", highlight=False)
    missed = sum(r.missed for r in result.results)
    cells = sum(r.cells for r in result.results)
    console.print(
        f"write-and-verify: {missed} of {cells} cells missed their target, "
        f"{result.tally.phase_pulses('program')} pulses; "
        f"most pulses on one cell: {max(r.worn for r in result.results)}"
    )
    report = result.energy()
    for line in [*calibration_lines(result), *result.reliability()]:
        console.print(line)
    read_lines(result.reads(), console)
    drop_line(result.drops(), console)
    for line in converter_lines(result):
        console.print(line, highlight=False)
    for remark in result.remarks():
        hint(remark.text)
    console.print(energy_table(report))
    console.print(f"energy per inference:    {report.per_inference!s}")
    rest = report.by_phase["idle"]
    if rest.high:
        console.print(f"energy at rest, in all:  {rest!s}")
    if result.tally.updates:
        console.print(f"energy per update cycle: {report.per_update!s}")
    console.print(f"signature: {result.signature}")


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
    online = percent(result.mean("online")) if result.plan.passes else "-"
    return [
        percent(result.mean("before")),
        percent(result.mean("after")),
        online,
        str(result.update_pulses),
        result.signature,
    ]


def comparison(first: Outcome, second: Outcome, changes: dict[str, Any]) -> None:
    """Print two runs side by side."""
    label = ", ".join(f"{path}={value}" for path, value in changes.items())
    table = Table(title=f"side by side: as given, and with {label}")
    table.add_column("")
    table.add_column("as given", justify="right")
    table.add_column(label, justify="right")
    rows: list[tuple[str, Callable[[Outcome], str]]] = [
        ("accuracy before", lambda o: percent(o.mean("before"))),
        ("accuracy after", lambda o: percent(o.mean("after"))),
        ("worst subject", lambda o: percent(o.worst_subject()[1])),
        ("pulses of learning", lambda o: str(o.update_pulses)),
        ("energy per inference", lambda o: str(o.energy().per_inference)),
        ("energy per update cycle", lambda o: str(o.energy().per_update)),
        ("effective bits of a read", lambda o: bits_text(o.reads())),
        ("signature", lambda o: o.signature),
    ]
    for name, text in rows:
        table.add_row(name, text(first), text(second))
    Console(markup=False).print(table)
    for remark in second.remarks():
        hint(f"with {label}: {remark.text}")


def plot_outcomes(outcomes: list[Outcome], path: Path) -> None:
    """Draw accuracy over passes, mean and range of subjects, into a PNG or SVG file.

    Raises:
        DataError: matplotlib is not installed, or the file's ending is unknown to it.
    """
    import numpy as np

    from edgeferro.files.pictures import new_figure, save_figure

    figure, axes = new_figure(width=6.4, height=4.0)
    for result in outcomes:
        curves = np.array([[r.before, *r.curve] for r in result.results])
        passes = np.arange(curves.shape[1])
        chip = result.plan.chip
        label = f"{chip.controller.rule}, reference {chip.array.reference}"
        (line,) = axes.plot(passes, 100 * curves.mean(axis=0), "o-", label=label)
        low, high = 100 * curves.min(axis=0), 100 * curves.max(axis=0)
        axes.fill_between(passes, low, high, alpha=0.15, color=line.get_color())
    plan = outcomes[0].plan
    axes.set_xlabel("passes over the samples to learn")
    axes.set_ylabel("accuracy on held-out samples (%)")
    axes.set_title(f"{plan.task.name} on {plan.chip.chip.name} (mean, lowest, highest)")
    axes.grid(alpha=0.3)
    axes.legend()
    save_figure(figure, path)
