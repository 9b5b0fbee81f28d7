"""Faults planted in the Python layer: a changed line each, and who is to catch it."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Fault", "within"]


class Fault(NamedTuple):
    """One changed line.

    Attributes:
        file: within the package.
        before: as it stands, once.
        after: in its place.
        tests: that must turn red: a file below ``tests``, or a test in it.
    """

    file: str
    before: str
    after: str
    tests: str


def within(
    file: str, tests: str, changes: dict[str, tuple[str, str]]
) -> dict[str, Fault]:
    """Faults of one file that the same tests are to catch, by name."""
    return {name: Fault(file, *change, tests) for name, change in changes.items()}
