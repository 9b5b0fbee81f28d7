"""A file that stands on another one of its kind, and changes some of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgeferro.errors import ConfigError
from edgeferro.files.read import load, parse, shipped

__all__ = ["with_base"]


def with_base(
    data: dict[str, Any], label: str, folder: str, part: str
) -> dict[str, Any]:
    """Put a file's table over that of the file that it names as ``base``.

    Args:
        data: the file's, as it was read.
        label: its path, for messages; its base is shipped or lies beside it.
        folder: of files of its kind.
        part: table of which single entries are changed; others are taken whole.

    Raises:
        ConfigError: no such base, one with a base itself, or a part that is no table.
    """
    if "base" not in data:
        return data
    own = {key: value for key, value in data.items() if key != "base"}
    base = str(data["base"])
    place = base if base in shipped(folder) else Path(label).parent / base
    below = parse(*load(place, folder))
    if "base" in below:
        message = f"{label}: base: {data['base']!r} has a base itself"
        raise ConfigError(message)
    parts = [found.get(part, {}) for found in (below, own)]
    if not all(isinstance(found, dict) for found in parts):
        message = f"{label}: {part}: not a table"
        raise ConfigError(message)
    return {**below, **own, part: {**parts[0], **parts[1]}}
