"""How far a sweep got: a line for each finished run, safe against a kill."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from edgeferro.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edgeferro.sweeping.row import Row

__all__ = ["journal_path", "open_journal", "read_journal"]


def journal_path(table: Path) -> Path:
    """Where a table's finished runs are kept until all are there."""
    return table.with_name(f"{table.name}.part")


def read_journal(path: Path) -> list[Row]:
    """Read the finished runs; a last line that a kill cut short is cut off.

    Raises:
        DataError: the file is not a sweep's.
    """
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.truncate(path, len(whole))
    try:
        rows: list[Row] = [json.loads(line) for line in whole.splitlines()]
        keys = [row["key"] for row in rows]
    except (ValueError, KeyError, TypeError, RecursionError):
        message = f"{path}: not the finished runs of a sweep; move it away"
        raise DataError(message) from None
    if len(set(keys)) != len(keys):
        message = f"{path}: a run stands in it twice; move it away"
        raise DataError(message)
    return rows


def _lock(stream: BinaryIO, path: Path) -> None:
    """Refuse a second sweep into the same table, where the system has such locks."""
    try:
        import fcntl
    except ImportError:  # not on Windows
        return
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        message = f"{path}: another sweep is at work on it"
        raise DataError(message) from None


@contextmanager
def open_journal(path: Path) -> Iterator[Callable[[Row], None]]:
    """Append runs; each is on the disk when the call returns."""
    with path.open("ab") as stream:
        _lock(stream, path)

        def keep(row: Row) -> None:
            stream.write(json.dumps(row).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())

        yield keep
