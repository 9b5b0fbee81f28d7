"""Places to write to: refused before any work, written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from edgeferro.errors import DataError

__all__ = ["check_place", "write_json", "write_whole"]


def check_place(option: str, path: Path | None) -> None:
    """Refuse a place that no file can be written to; None is no place at all.

    Raises:
        DataError: names the option: a folder that is not there, or one in the file's
            place.
    """
    if path is None:
        return
    if not path.parent.is_dir():
        message = (
            f"{option}: folder {path.parent} is not there; {path.name} can't be written"
        )
        raise DataError(message)
    if path.is_dir():
        message = f"{option}: {path} is a folder"
        raise DataError(message)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: beside it first, then in its place."""
    path = Path(path)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write figures as JSON for people and programs, whole or not at all."""
    write_whole(path, (json.dumps(content, indent=2) + "\n").encode())
