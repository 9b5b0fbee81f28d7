"""Reads TOML strictly, writes whole files or none, draws pictures."""

from edgeferro.files.kinds import check_kind
from edgeferro.files.read import (
    Figure,
    Flag,
    Kind,
    Level,
    Real,
    Shipped,
    Strict,
    Text,
    Whole,
    find,
    load,
    parse,
    shipped,
    shipped_file,
    validate,
)

__all__ = [
    "Figure",
    "Flag",
    "Kind",
    "Level",
    "Real",
    "Shipped",
    "Strict",
    "Text",
    "Whole",
    "check_kind",
    "find",
    "load",
    "parse",
    "shipped",
    "shipped_file",
    "validate",
]
