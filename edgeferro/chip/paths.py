"""Dotted paths of a chip file's settings, and what is said of one that there isn't."""

from __future__ import annotations

import difflib
from functools import cache
from typing import TYPE_CHECKING, Any

from edgeferro.errors import ConfigError

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["check_path", "setting_paths"]


@cache
def setting_paths(model: type[BaseModel]) -> tuple[str, ...]:
    """Paths of the settings in all parts of a chip file, in its order."""
    return tuple(
        f"{part}.{name}"
        for part, field in model.model_fields.items()
        for name in field.annotation.model_fields  # type: ignore[union-attr]
    )


def check_path(path: Any, paths: tuple[str, ...]) -> None:
    """Refuse what is none of the paths; name those near it.

    Raises:
        ConfigError: no such path.
    """
    if path not in paths:
        near = ", ".join(difflib.get_close_matches(str(path), paths, 3, 0.4))
        message = f"{path}: no such setting (near: {near or 'none'})"
        raise ConfigError(message)
