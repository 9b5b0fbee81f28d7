"""The points of a sweep as figures: a table of one row each, and JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from edgeferro.files.write import TABLES, check_apart, check_place, write_json
from edgeferro.sweeping.row import hardware_of
from edgeferro.sweeping.table_file import write_table
from edgeferro.training.options import make_plan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edgeferro.intervals.estimate import Estimate
    from edgeferro.sweeping.choice import Choice
    from edgeferro.sweeping.grid import Point, Refused
    from edgeferro.sweeping.job import SweepRun
    from edgeferro.sweeping.question import Question

__all__ = ["check_points_file", "points_place", "write_points"]

# Means of a run's columns, beside the accuracies.
_MEANS = (
    "pulses",
    "effective_bits",
    "read_noise_codes",
    "cells_missed",
    "reference_cells_missed",
    "inference_energy_fj",
    "update_energy_fj",
    "setup_energy_fj",
    "retained_bits",
    "asleep_uw",
    "asleep_low_uw",
    "asleep_high_uw",
    "area_um2",
    "area_low_um2",
    "area_high_um2",
    "sram_bits",
    "dacs",
    "adcs",
    "lfsrs",
    "multipliers",
    "gates",
)


def points_place(table: Path) -> Path:
    """Where the table of points goes: beside that of runs."""
    return table.with_name(f"{table.stem}-points{table.suffix}")


def check_points_file(run: SweepRun, sources: tuple[Path, ...]) -> None:
    """Refuse places that the figures can't be written to, before any work.

    Raises:
        DataError: such a place, or one that is another file of the sweep.
    """
    check_place("--out", run.out, TABLES, read_again=True)
    check_place("--out", points_place(run.out))
    check_place("--json", run.json)
    places = {"--out": run.out, "--out, points": points_place(run.out)}
    check_apart({**places, "--json": run.json}, sources)


def _ends(name: str, found: Estimate | None) -> dict[str, float]:
    known = found is not None and math.isfinite(found.half)
    low, high = (found.low, found.high) if found and known else (math.nan, math.nan)
    return {f"{name}_low": low, f"{name}_high": high}


def _row(choice: Choice) -> dict[str, Any]:
    """One point's row; not a number where nothing is known."""
    paired = choice.paired
    over_seeds = None if paired is None else paired.over_seeds
    over_both = None if paired is None else paired.over_both
    return {
        **{name: str(value) for name, value in choice.values.items()},
        "seeds": choice.seeds,
        "after": choice.after.mean,
        **_ends("after", choice.after),
        **_ends("after_both", choice.both),
        "worst": choice.worst,
        "difference": math.nan if over_seeds is None else over_seeds.mean,
        **_ends("difference", over_seeds),
        **_ends("difference_both", over_both),
        "verdict": choice.verdict,
        "seeds_needed": choice.needed or 0,
        **{name: choice.mean(name) for name in _MEANS},
        "mark": choice.mark,
    }


def _columns(row: dict[str, Any]) -> dict[str, type]:
    return {name: type(value) for name, value in row.items()}


def _figures(choice: Choice, points: Sequence[Point]) -> dict[str, Any]:
    key = choice.rows[0]["key"]
    chip = next(point for point in points if point.key == key)
    paired = choice.paired
    return {
        "values": dict(choice.values),
        "seeds": [row["seed"] for row in choice.rows],
        "after": choice.after.to_dict(),
        "after_both": choice.both.to_dict(),
        "after_by_seed_and_subject": [row["after_by_subject"] for row in choice.rows],
        "worst": choice.worst,
        "difference": None if paired is None else paired.over_seeds.to_dict(),
        "difference_both": None if paired is None else paired.over_both.to_dict(),
        "verdict": choice.verdict or None,
        "seeds_needed": choice.needed,
        **{name: choice.mean(name) for name in _MEANS if not name.startswith("area")},
        "hardware": hardware_of(make_plan(chip.options)).to_dict(),
        "mark": choice.mark,
    }


def write_points(
    found: Sequence[Choice],
    points: Sequence[Point],
    refused: Sequence[Refused],
    question: Question,
    run: SweepRun,
) -> None:
    """Write the table of points, and the JSON file if one was asked for."""
    rows = [_row(choice) for choice in found]
    write_table(points_place(run.out), _columns(rows[0]), rows)
    if run.json is None:
        return
    base = next(choice for choice in found if not choice.verdict)
    content = {
        "resolve_points": question.asked.resolve,
        "against": dict(base.values),
        "seeds_auto": question.asked.auto,
        "points": [_figures(choice, points) for choice in found],
        "refused": [{"values": one.values, "why": one.why} for one in refused],
    }
    write_json(run.json, content)
