"""``edgeferro sweep``: check the grid, run what is missing, write the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edgeferro.errors import DataError, StateError
from edgeferro.sweeping.engine import Engine
from edgeferro.sweeping.journal import journal_path, open_journal, read_journal
from edgeferro.sweeping.row import COLUMNS, Row, axis_columns
from edgeferro.sweeping.table_file import cast_row, check_table, read_table, write_table
from edgeferro.terminal import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.sweeping.grid import Point

__all__ = ["Ran", "SweepRun", "run_points", "run_sweep"]


@dataclass(frozen=True)
class SweepRun:
    """How a sweep is run.

    Attributes:
        out: the table, .csv or .parquet.
        engine: where points run.
        quiet: no progress bar.
        json: where the figures of the points go, if anywhere.
    """

    out: Path
    engine: Engine = field(default_factory=Engine)
    quiet: bool = False
    json: Path | None = None


@dataclass(frozen=True)
class Ran:
    """What runs came to.

    Attributes:
        points: those that ran, in order.
        rows: theirs.
        refused: those whose chip refused at bring-up, and why.
    """

    points: tuple[Point, ...]
    rows: tuple[Row, ...]
    refused: tuple[tuple[Point, str], ...]


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


def run_points(
    points: Sequence[Point], run: SweepRun, known: Sequence[Point] | None = None
) -> Ran:
    """Run the points that no earlier sweep has left, and write the table.

    Finished runs are kept beside the table as they come; a sweep that was stopped in
    any way goes on from there, and its table is the same to the last byte. A run that
    its chip refuses at bring-up leaves no row.

    Args:
        points: to run.
        run: how.
        known: all that may stand in the table already; None: the points.

    Raises:
        DataError: a place or rows that don't fit, before any run.
        StateError: a worker died, or every run was refused; finished ones are kept.
    """
    check_table(run.out)
    known = points if known is None else known
    columns = {**COLUMNS, **axis_columns(known)}
    rows = _finished(run, known, columns)
    missing = [point for point in points if point.key not in rows]
    done = len(points) - len(missing)
    part = journal_path(run.out)
    refused: dict[str, str] = {}
    with (
        open_journal(part) as keep,
        progress("runs", len(points), done, quiet=run.quiet) as reached,
    ):
        try:
            for key, row in run.engine.run(missing):
                if isinstance(row, str):
                    refused[key] = row
                else:
                    rows[key] = cast_row(row, columns)
                    keep(rows[key])
                done += 1
                reached(done)
        except StateError as error:
            message = f"{error}; the others are kept in {part}: run it again"
            raise StateError(message) from error
    if not rows:
        part.unlink()
        first = next(point for point in points if point.key in refused)
        message = f"all {len(refused)} runs were refused, {_first(first, refused)}"
        raise StateError(message)
    write_table(run.out, columns, [rows[p.key] for p in known if p.key in rows])
    part.unlink()
    ran = tuple(point for point in points if point.key in rows)
    return Ran(
        points=ran,
        rows=tuple(rows[point.key] for point in ran),
        refused=tuple((p, refused[p.key]) for p in points if p.key in refused),
    )


def _first(point: Point, refused: dict[str, str]) -> str:
    return f"the first at {point.name}: {refused[point.key]}"


def run_sweep(points: Sequence[Point], run: SweepRun) -> list[Row]:
    """Run points of which each has to run.

    Returns:
        the rows, in the order of the points.

    Raises:
        DataError: a place or rows that don't fit, before any run.
        StateError: a worker died, or runs were refused; finished ones are in the table.
    """
    ran = run_points(points, run)
    if ran.refused:
        first, why = ran.refused[0]
        message = (
            f"{len(ran.refused)} of {len(points)} runs were refused, "
            f"{_first(first, {first.key: why})}; the others are in {run.out}"
        )
        raise StateError(message)
    return list(ran.rows)
