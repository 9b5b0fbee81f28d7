"""What a person reads of a calibration: the map, and the choices side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from edgeferro.calibrating.truth import Line
from edgeferro.energy.table import asleep_text, counted_lines, energy_table
from edgeferro.intervals.estimate import SEEDS_LEAST
from edgeferro.intervals.words import count, spread_text
from edgeferro.mapping.remarks import IDLE, gathered
from edgeferro.terminal import hint, show_table
from edgeferro.training.show import (
    calibration_lines,
    converter_lines,
    drop_line,
    read_lines,
    written_line,
)
from edgeferro.training.side_by_side import difference_table, too_few_text

if TYPE_CHECKING:
    from edgeferro.calibrating.references import Choice
    from edgeferro.training.compare import Comparison

__all__ = ["map_table", "report"]


def map_table(figures: dict[str, Any]) -> Table:
    """Verdicts, mean and spread of each array's points."""
    title = "symmetry points, one chip"
    table = Table(title=title, title_justify="left")
    names = list(figures["layers"][0]["verdicts"])
    for name in ("layer", "cells", *names, "mean", "sd", "pulses"):
        table.add_column(name, justify="right")
    for index, layer in enumerate(figures["layers"]):
        cells = str(layer["rows"] * layer["columns"])
        counts = [str(layer["verdicts"][name]) for name in names]
        level = [f"{layer['mean']:+.3f}", f"{layer['deviation']:.3f}"]
        pulses = f"{4 * layer['quads_mean']:.0f}"
        table.add_row(str(index), cells, *counts, *level, pulses)
    return table


def _parts(value: float) -> str:
    return f"{100 * value:.2f} %"


def _zeros(choices: list[Choice]) -> Table:
    """How near each choice brings a weight's zero."""
    title = "a weight's zero from its cell's symmetry point, in % of full scale"
    table = Table(title=title, title_justify="left")
    table.add_column("reference")
    for name in ("rms", "95 % of cells below"):
        table.add_column(name, justify="right")
    for choice in choices:
        figures = [f"{100 * choice.zero(name).mean:.2f}" for name in ("rms", "p95")]
        halves = [100 * choice.zero(name).half for name in ("rms", "p95")]
        if len(choice.residuals) > 1:
            pairs = zip(figures, halves, strict=True)
            figures = [f"{mean} ±{half:.2f}" for mean, half in pairs]
        table.add_row(choice.name, *figures)
    return table


def _benefits(choices: list[Choice]) -> Table:
    """What each choice gives: accuracy."""
    title = "what each reference gives, accuracies in %"
    table = Table(title=title, title_justify="left")
    table.add_column("reference")
    for name in ("before", "after", "worst", "pulses"):
        table.add_column(name, justify="right", no_wrap=True)
    for choice in choices:
        outcome = choice.outcome
        found = (
            *(outcome.over_seeds(n) for n in ("before", "after")),
            outcome.worst()[1],
        )
        pulses = str(outcome.update_pulses)
        table.add_row(choice.name, *map(spread_text, found), pulses)
    return table


def _costs(choices: list[Choice]) -> Table:
    """What each choice takes: energy, and room on the chip."""
    table = Table(title="what each reference takes", title_justify="left")
    table.add_column("reference")
    for name in ("an inference", "an update cycle", "set-up of a chip", "room"):
        table.add_column(name, justify="right")
    for choice in choices:
        energy = choice.outcome.energy()
        once = energy.by_phase["calibrate"] + energy.by_phase["program"]
        room = f"{choice.memory_bytes} B" if choice.memory_bytes else "-"
        if choice.extra_cells:
            room = f"{choice.extra_cells} cells"
        takes = (energy.per_inference, energy.per_update)
        setup = once.share(len(choice.outcome.results))
        table.add_row(choice.name, *map(str, (*takes, setup)), room)
    return table


def report(
    figures: dict[str, Any], choices: list[Choice], against: dict[str, Comparison]
) -> None:
    """Print the map, what it cost, and the choices side by side.

    Args:
        figures: of the map.
        choices: all of them, mid-level first.
        against: each of the others beside mid-level, by name.
    """
    console = Console(markup=False)
    show_table(map_table(figures), console)
    r = figures["residual"]
    through = Line(**figures["line"])
    console.print(
        f"against the model's truth: slope {through.slope_text()}, bias "
        f"{_parts(r['bias'])}, rms {_parts(r['rms'])} of full scale "
        f"({_parts(through.scatter)} around the line); {100 * r['within']:.1f} % of "
        f"{r['cells']} cells within 1/64"
    )
    mapped = next(c.outcome for c in choices if c.outcome.plan.chip.calibrates)
    for line in calibration_lines(mapped):
        console.print(line)
    console.print(written_line(mapped))
    read_lines(mapped.reads(), console)
    drop_line(mapped.drops(), console)
    for line in converter_lines(mapped):
        console.print(line, highlight=False)
    once = {"calibrating a chip": ("calibrate",), "programming a chip": ("program",)}
    spent, chips = mapped.energy(), len(mapped.results)
    show_table(energy_table(spent, once, chips), console)
    for line in counted_lines(spent, once, chips):
        console.print(line, highlight=False)
    show_table(_zeros(choices), console)
    show_table(_benefits(choices), console)
    seeds = len(choices[0].outcome.plan.seeds)
    about = f"±: half the 95 % interval over {count(seeds, 'seed')}, other chips"
    if seeds == 1:
        about = "one seed is one chip: its figures have no interval (--seeds 0-9)"
    console.print(
        f"{about}; before and after learning, worst: of the people; zeros are of the "
        f"first one's chips",
        highlight=False,
    )
    if seeds < SEEDS_LEAST:
        console.print(f"against none: {too_few_text(seeds)}", highlight=False)
    else:
        title = "after learning, minus none (mid-level), seed by seed, in points"
        rows = {name: (found, "after") for name, found in against.items()}
        show_table(difference_table(title, "reference", rows), console)
    show_table(_costs(choices), console)
    console.print("set-up: calibrating and programming")
    asleep = [f"{c.name} {asleep_text(c.outcome.energy())}" for c in choices]
    console.print(f"asleep at 25 C: {', '.join(asleep)}", highlight=False)
    console.print(f"signature: {choices[-1].outcome.signature} (offset)")
    for text in _remarks(choices):
        hint(text)


def _remarks(choices: list[Choice]) -> list[str]:
    """What the choices say unasked; settings in vain are so in all of them."""
    found = {choice.name: choice.outcome.remarks() for choice in choices}
    vain = [{r.text for r in remarks if r.kind == IDLE} for remarks in found.values()]
    always = set.intersection(*vain)
    return gathered(
        (name, [r for r in remarks if r.kind != IDLE or r.text in always])
        for name, remarks in found.items()
    )
