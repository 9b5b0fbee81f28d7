"""What a person reads of a calibration: the map, and the choices side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from edgeferro.calibrating.truth import Line
from edgeferro.energy.table import energy_table
from edgeferro.mapping.remarks import IDLE, gathered
from edgeferro.terminal import hint
from edgeferro.training.show import (
    calibration_lines,
    converter_lines,
    drop_line,
    read_lines,
)

if TYPE_CHECKING:
    from edgeferro.calibrating.references import Choice

__all__ = ["map_table", "report"]


def map_table(figures: dict[str, Any]) -> Table:
    """Verdicts, mean and spread of each array's points."""
    title = "symmetry points, one chip"  # without its edges' room it fits 80 columns
    table = Table(title=title, title_justify="left", pad_edge=False)
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


def _benefits(choices: list[Choice]) -> Table:
    """What each choice gives: a zero that is near, and accuracy."""
    table = Table(title="what each reference gives", title_justify="left")
    table.add_column("reference")
    for name in ("zero, rms", "95 % below", "before", "after", "worst", "pulses"):
        table.add_column(name, justify="right")
    for choice in choices:
        outcome, r = choice.outcome, choice.residual
        accuracy = (outcome.mean("before"), outcome.mean("after"))
        percent = [f"{100 * a:.1f} %" for a in (*accuracy, outcome.worst_subject()[1])]
        residual = (_parts(r.rms), _parts(r.p95))
        table.add_row(choice.name, *residual, *percent, str(outcome.update_pulses))
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


def report(figures: dict[str, Any], choices: list[Choice]) -> None:
    """Print the map, what it cost, and the choices side by side."""
    console = Console(markup=False)
    console.print(map_table(figures))
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
    read_lines(mapped.reads(), console)
    drop_line(mapped.drops(), console)
    for line in converter_lines(mapped):
        console.print(line, highlight=False)
    once = {"calibrating a chip": ("calibrate",), "programming a chip": ("program",)}
    console.print(energy_table(mapped.energy(), once, len(mapped.results)))
    console.print(_benefits(choices))
    console.print(
        "zero: distance of a weight's zero from its cell's symmetry point, "
        "one chip, parts of full scale"
    )
    console.print(_costs(choices))
    console.print(
        "set-up: calibrating and programming; accuracies are means over all "
        "chips, before and after learning"
    )
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
