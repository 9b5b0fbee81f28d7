"""``edgeferro sweep --frontier``: what accuracy the energy of a chip's reads buys.

Three settings decide what a read costs and how far it can be believed: how long it
takes, at which voltage, and how many bits its converter has. The grid of all three
around a chip's own choice shows which of them nothing beats, and where the knee is.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edgeferro.errors import ConfigError, DataError
from edgeferro.files.packages import need
from edgeferro.files.write import PICTURES, check_place
from edgeferro.sweeping.choice import fold
from edgeferro.sweeping.options import (
    base_options,
    check_all_ran,
    grid_points,
    run_grid,
)
from edgeferro.sweeping.points_file import points_place, write_points
from edgeferro.sweeping.show import say_refused, say_remarks
from edgeferro.sweeping.table_file import check_table
from edgeferro.sweeping.trade import draw, show
from edgeferro.training.options import make_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.chip.chip import Chip
    from edgeferro.sweeping.grid import Point
    from edgeferro.sweeping.job import SweepRun
    from edgeferro.sweeping.options import GridOptions
    from edgeferro.sweeping.question import Question

__all__ = ["picture_place", "read_axes", "sweep_frontier", "with_axes"]

_TIME: Final = "array.read_ns"
_VOLTS: Final = "array.read_v"
_BITS: Final = "converters.adc_bits"
_NOISE: Final = "array.noise"
# Clocks a step of the DAC: from what few electrons allow to more than pays.
_CLOCKS: Final = (10, 20, 40, 70, 140)
_NOISY: Final = (
    f"--frontier: --grid {_NOISE} would set reads with the noise of their charge "
    f"beside reads without; leave it out, all have it"
)
_NOT_ITS: Final = ("devices", "rules", "references")


def picture_place(table: Path) -> Path:
    """Where the picture goes: beside the table."""
    return table.with_name(f"{table.stem}-frontier.png")


def read_axes(chip: Chip) -> dict[str, tuple[Any, ...]]:
    """Times of whole clocks a DAC step, the chip's volts and half of them, its bits.

    More volts are not tried: a chip file's are what its cells bear without switching.
    """
    converters = chip.converters
    clock = chip.dac_steps * 1000.0 / chip.controller.clock_mhz  # one clock a step, ns
    times = {min(max(round(clock * count), 1), 10**9) for count in _CLOCKS}
    bits = range(max(converters.adc_bits - 1, 4), min(converters.adc_bits + 1, 14) + 1)
    volts = {chip.array.read_v, max(chip.array.read_v / 2, 0.01)}
    return {
        _TIME: tuple(sorted(times)),
        _VOLTS: tuple(sorted(volts)),
        _BITS: tuple(bits),
    }


def with_axes(options: GridOptions, chip: Chip) -> GridOptions:
    """Put the axes in that neither ``--grid`` nor ``--set`` names.

    Raises:
        ConfigError: reads without the noise of their charge.
        DataError: an option whose runs would not be of one chip, or no axis.
    """
    for name in _NOT_ITS:
        if getattr(options, name):
            message = f"--frontier: of one chip; --{name[:-1]} would make several"
            raise DataError(message)
    if len(options.chips) > 1:
        message = f"--frontier: of one chip, not of {', '.join(options.chips)}"
        raise DataError(message)
    if chip.array.noise != "charge":
        message = (
            f"--frontier: {chip.chip.name} reads without the noise of its charge, so "
            f"that shorter reads would be free; --set array.noise=charge"
        )
        raise ConfigError(message)
    own = read_axes(chip)
    named = {name for names in options.grid for name in names.split(",")}
    if _NOISE in named:
        raise ConfigError(_NOISY)
    taken = {*options.settings, *(named - options.grid.keys())}
    axes = {n: v for n, v in own.items() if n not in taken}
    if not axes and not options.grid:
        message = (
            f"--frontier: --set fixes {', '.join(own)}, so that nothing varies; leave "
            f"one of them out, or name values with --grid"
        )
        raise DataError(message)
    return replace(options, grid={**axes, **options.grid})


def check_picture(table: Path) -> None:
    """Refuse a place that table or picture can't be written to, before any work.

    Raises:
        DataError: such a place.
        PackageError: matplotlib is not installed.
    """
    need("matplotlib", "--frontier")
    check_table(table)
    check_place("--out", picture_place(table), PICTURES)


def sweep_frontier(options: GridOptions, run: SweepRun) -> None:
    """Run the grid, write table and picture, and say where the knee is.

    Raises:
        ConfigError, DataError: an option, value or place that doesn't fit.
        StateError: a worker died, or runs were refused; finished ones are kept.
    """
    base = base_options(options)
    named = options.chips[0] if options.chips else base.chip
    chip = make_plan(replace(base, chip=named, seeds=options.seeds)).chip
    options = with_axes(options, chip)
    check_picture(run.out)
    points, before = grid_points(options, run)
    names = [name for name in points[0].values if name != "chip"]
    own = tuple(chip.value(name) for name in names)
    question = _against_own(options.question, names, own, points)
    ran, refused = run_grid(points, before, question, run)
    found = fold(ran.rows, names, question)
    found.sort(key=lambda choice: (choice.energy_fj, -choice.after.mean))
    write_points(found, ran.points, refused, question, run)
    draw(found, own, picture_place(run.out), chip.chip.name)
    show(found, own, chip.chip.name)
    say_refused(refused)
    print(  # noqa: T201
        f"{len(ran.rows)} runs in {run.out}; points: {points_place(run.out)}; picture: "
        f"{picture_place(run.out)}"
    )
    say_remarks(ran.rows, ran.points)
    check_all_ran(refused, run)


def _against_own(
    question: Question, names: list[str], own: tuple[Any, ...], points: Sequence[Point]
) -> Question:
    """Hold choices against the chip's own one, where that is among them."""
    values = dict(zip(names, own, strict=True))
    there = any(
        all(str(point.values[n]) == str(v) for n, v in values.items())
        for point in points
    )
    if question.against or not there:
        return question
    return replace(question, against=values)
