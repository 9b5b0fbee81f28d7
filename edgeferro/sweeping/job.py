"""``edgeferro sweep``: check the grid, run what is missing, write the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edgeferro.errors import DataError, StateError
from edgeferro.sweeping.engine import Engine
from edgeferro.sweeping.journal import journal_path, open_journal, read_journal
from edgeferro.sweeping.row import COLUMNS, Row, axis_columns
from edgeferro.sweeping.show import say_remarks, summary
from edgeferro.sweeping.table_file import cast_row, check_table, read_table, write_table
from edgeferro.terminal import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.sweeping.grid import Point

__all__ = ["SweepRun", "run_sweep", "sweep"]


@dataclass(frozen=True)
class SweepRun:
    """How a sweep is run.

    Attributes:
        out: the table, .csv or .parquet.
        engine: where points run.
        quiet: no progress bar.
    """

    out: Path
    engine: Engine = field(default_factory=Engine)
    quiet: bool = False


def _finished(
    run: SweepRun, points: Sequence[Point], columns: dict[str, type]
) -> dict[str, Row]:
    """Rows of an earlier table and of a stopped sweep, by key.

    Raises:
        DataError: a row that is none of this sweep's.
    """
    rows: dict[str, Row] = {}
    if run.out.exists():
        rows |= {row["key"]: row for row in read_table(run.out, columns)}
    part = journal_path(run.out)
    rows |= {row["key"]: row for row in read_journal(part)}
    foreign = set(rows) - {point.key for point in points}
    if foreign:
        where = part if part.exists() else run.out
        message = (
            f"--out: {where} holds {len(foreign)} runs of another sweep (or of another "
            f"version of edgeferro); choose another file or move it away"
        )
        raise DataError(message)
    return rows


def run_sweep(points: Sequence[Point], run: SweepRun) -> list[Row]:
    """Run the points that no earlier sweep has left, and write the table.

    Finished runs are kept beside the table as they come; a sweep that was stopped in
    any way goes on from there, and its table is the same to the last byte.

    Returns:
        the rows, in the order of the points.

    Raises:
        DataError: a place or rows that don't fit, before any run.
        StateError: a worker died, or runs were refused; finished ones are kept.
    """
    check_table(run.out)
    columns = {**COLUMNS, **axis_columns(points)}
    rows = _finished(run, points, columns)
    missing = [point for point in points if point.key not in rows]
    part = journal_path(run.out)
    refused: dict[str, str] = {}
    with (
        open_journal(part) as keep,
        progress("runs", len(points), len(rows), quiet=run.quiet) as reached,
    ):
        try:
            for key, row in run.engine.run(missing):
                if isinstance(row, str):
                    refused[key] = row
                else:
                    rows[key] = cast_row(row, columns)
                    keep(rows[key])
                reached(len(rows) + len(refused))
        except StateError as error:
            message = f"{error}; the others are kept in {part}: run it again"
            raise StateError(message) from error
    if refused:
        first = next(point for point in points if point.key in refused)
        message = (
            f"{len(refused)} of {len(points)} runs were refused, the first at "
            f"{first.name}: {refused[first.key]}; the others are kept in {part}"
        )
        raise StateError(message)
    ordered = [rows[point.key] for point in points]
    write_table(run.out, columns, ordered)
    part.unlink()
    return ordered


def sweep(points: Sequence[Point], run: SweepRun) -> None:
    """Run a grid, write its table and show it."""
    rows = run_sweep(points, run)
    names = list(points[0].values) or ["device"]
    summary(rows, names)
    print(f"{len(rows)} runs in {run.out}")  # noqa: T201
    say_remarks(rows, points)
