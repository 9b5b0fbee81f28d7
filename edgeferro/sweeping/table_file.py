"""A sweep's table as a CSV or Parquet file, written whole or not at all."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeferro.errors import DataError
from edgeferro.files.packages import need
from edgeferro.files.write import TABLES, check_place, write_whole
from edgeferro.sweeping.journal import journal_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.sweeping.row import Row

__all__ = ["cast_row", "check_table", "read_table", "write_table"]


def _arrow() -> Any:
    """Import pyarrow.

    Raises:
        PackageError: it is not installed.
    """
    need("pyarrow", "--out")
    import pyarrow as arrow
    import pyarrow.parquet

    return arrow


def check_table(path: Path) -> None:
    """Refuse a place that the table can't be written to, before any work.

    Raises:
        DataError: an ending of neither format, no folder, or no pyarrow.
    """
    check_place("--out", path, TABLES, read_again=True)
    check_place("--out", journal_path(path), read_again=True)
    if journal_path(path).is_symlink():
        message = f"--out: {journal_path(path)} is a link; it is removed at the end"
        raise DataError(message)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(repr(item) for item in value)
    return repr(value) if isinstance(value, float) else str(value)


def _value(text: str, kind: type) -> Any:
    if kind is list:
        return [float(item) for item in text.split()]
    return kind(text)


def write_table(path: Path, columns: dict[str, type], rows: Sequence[Row]) -> None:
    """Write the rows; numbers are written so that they read back the same.

    Args:
        path: ending in .csv or .parquet.
        columns: name and type of each.
        rows: with a value for each column.
    """
    stream = io.BytesIO()
    if path.suffix.lower() == ".parquet":
        arrow = _arrow()
        types = {
            str: arrow.string(),
            int: arrow.int64(),
            float: arrow.float64(),
            list: arrow.list_(arrow.float64()),
        }
        schema = arrow.schema([(name, types[kind]) for name, kind in columns.items()])
        arrow.parquet.write_table(arrow.Table.from_pylist(list(rows), schema), stream)
    else:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_text(row[name]) for name in columns])
        stream.write(text.getvalue().encode())
    write_whole(path, stream.getvalue())


def cast_row(row: Row, columns: dict[str, type]) -> Row:
    """A row with each value of its column's type, as it will be read back."""
    return {name: _plain(row[name], kind) for name, kind in columns.items()}


def _plain(value: Any, kind: type) -> Any:
    return str(value) if kind is str else kind(value)


def read_table(path: Path, columns: dict[str, type]) -> list[Row]:
    """Read what :func:`write_table` wrote.

    Raises:
        DataError: not a table of these columns.
    """
    message = f"--out: {path} is there already, and not a table of this sweep"
    try:
        if path.suffix.lower() == ".parquet":
            rows: list[Row] = _arrow().parquet.read_table(path).to_pylist()
            if rows and list(rows[0]) != list(columns):
                raise DataError(message)
            return rows
        lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        if not lines or lines[0] != list(columns):
            raise DataError(message)
        return [
            {n: _value(t, columns[n]) for n, t in zip(columns, line, strict=True)}
            for line in lines[1:]
        ]
    except ValueError:  # arrow's own errors are ValueErrors too
        raise DataError(message) from None
