"""What edgeferro raises; every message says what, where, and what is allowed."""

from __future__ import annotations

import math

__all__ = [
    "ChipWarning",
    "ConfigError",
    "DataError",
    "EdgeferroError",
    "PackageError",
    "SnapshotError",
    "StateError",
    "least_text",
    "most_text",
]


class EdgeferroError(Exception):
    """The root of all; never raised itself.

    Attributes:
        status: the core's ``enum ef_status`` where the error was born there, else 0.
    """

    status: int = 0


class ConfigError(EdgeferroError, ValueError):
    """A chip, device or price file, or a register, is out of range."""


class DataError(EdgeferroError, ValueError):
    """Samples, labels, codes or files that the chip can't take."""


class PackageError(DataError, ImportError):
    """A package is missing that only some commands need; the message names it."""


class SnapshotError(EdgeferroError, ValueError):
    """A snapshot that is damaged, of another chip or of another version."""


class ChipWarning(UserWarning):
    """What a chip's run says unasked, where there is no terminal to say it on."""


class StateError(EdgeferroError, RuntimeError):
    """A call that the object's state does not allow, or a bug in the core."""


def least_text(value: float) -> str:
    """What a message names as the least, above 0: three digits, rounded up to pass."""
    step = 10.0 ** (math.floor(math.log10(value)) - 2)
    return f"{math.ceil(value / step) * step:.6g}"


def most_text(value: float) -> str:
    """What a message names as the most, above 0: three digits, rounded down to pass."""
    step = 10.0 ** (math.floor(math.log10(value)) - 2)
    return f"{math.floor(value / step) * step:.6g}"
