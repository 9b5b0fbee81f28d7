"""``edgeferro ranges``: ADC ranges by what the lines of programmed chips carry."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from functools import reduce
from operator import add
from statistics import median
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from edgeferro.calibrating.ranges import SIXTEENTHS, find_ranges
from edgeferro.energy.report import EnergyReport
from edgeferro.errors import ConfigError
from edgeferro.files.write import write_json
from edgeferro.terminal import show_table
from edgeferro.training.options import make_plan
from edgeferro.training.show import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.calibrating.ranges import FoundRange
    from edgeferro.training.options import Outputs, TrainOptions

__all__ = ["ranges"]

_LEAST, _MOST = 1 / SIXTEENTHS, 16.0  # of headroom


def _sixteenths(headroom: float) -> int:
    found = round(headroom * SIXTEENTHS) if math.isfinite(headroom) else 0
    if not _LEAST <= headroom <= _MOST or found != headroom * SIXTEENTHS:
        message = (
            f"--headroom: {headroom:g} is not in {_LEAST:g}..{_MOST:g} in steps of "
            f"{_LEAST:g}; {min(max(found, 1), 256) / SIXTEENTHS:g} is"
        )
        raise ConfigError(message)
    return found


def _three(value: float) -> float:
    """Three digits, as a chip file would have it."""
    return float(f"{value:.3g}")


def ranges(
    options: TrainOptions, outputs: Outputs, headroom: float, *, quiet: bool
) -> None:
    """Measure, write, show.

    Args:
        options: chips, and the passes that they learn before.
        outputs: a place for the figures.
        headroom: full scale over the largest signal, 1/16..16.
        quiet: no progress bar.

    Raises:
        ConfigError, DataError: an option out of range, or lines that no range holds.
    """
    outputs.check(options.sources)
    sixteenths = _sixteenths(headroom)
    plan = make_plan(options)
    if options.passes is None:  # what starts from nothing carries little before
        plan = replace(plan, passes=0 if plan.subjects[0] >= 0 else plan.passes)
    chips = []
    with progress(plan, quiet=quiet) as on_progress:
        for unit in plan.units:
            chips.append(find_ranges(plan, unit, sixteenths))
            on_progress(unit, 1.0)
    layers = list(zip(*(found for found, _ in chips), strict=True))
    chosen = [_three(median(one.after for one in layer)) for layer in layers]
    tally = reduce(add, (spent for _, spent in chips))
    spent = EnergyReport.of_chip(tally, plan.chip).by_phase["infer"].share(len(chips))
    mhz = plan.chip.controller.clock_mhz
    figures = {
        "headroom": headroom,
        "passes": plan.passes,
        "adc_range": chosen,
        "chips": [
            {"unit": unit.name, "layers": [asdict(one) for one in found]}
            for unit, (found, _) in zip(plan.units, chips, strict=True)
        ],
        "inferences": tally.inferences / len(chips),
        "seconds": tally.seconds("infer", mhz) / len(chips),
        "energy_fj": spent.fj,
    }
    if outputs.json is not None:
        write_json(outputs.json, figures)
    console = Console(markup=False)
    show_table(_table(layers), console)
    console.print(
        f"measured after {plan.passes} passes; a chip (mean): "
        f"{figures['inferences']:.0f} inferences, {figures['seconds']:.3g} s, {spent!s}"
    )
    text = ", ".join(f"{value:g}" for value in chosen)
    console.print(
        f"{headroom:g} of the largest signal (median of {len(chips)} chips): "
        f"--set converters.adc_range=[{text}]",
        soft_wrap=True,
    )


def _table(layers: Sequence[Sequence[FoundRange]]) -> Table:
    """A line a layer: ranges before, peaks, what was cut off, and the ranges found."""
    table = Table(title="ADC ranges, as pre-activations", title_justify="left")
    for name in ("layer", "chip file", "at its end", "peak", "found", "gain"):
        table.add_column(name, justify="right")
    for index, layer in enumerate(layers):
        count = sum(one.conversions for one in layer)
        cut = 100 * sum(one.saturated for one in layer) / count
        table.add_row(
            str(index),
            _spread([one.before for one in layer]),
            f"{cut:.2f} %",
            _spread([one.peak for one in layer]),
            _spread([one.after for one in layer]),
            f"{layer[0].mantissa} x 2^-{layer[0].shift}",
        )
    return table


def _spread(values: list[float]) -> str:
    """A median, and how far chips are apart."""
    low, high = min(values), max(values)
    ends = "" if f"{low:.3g}" == f"{high:.3g}" else f" ({low:.3g}..{high:.3g})"
    return f"{median(values):.3g}{ends}"
