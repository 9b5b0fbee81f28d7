"""Published energies beside ours, with what each counts."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from edgeferro.files.read import shipped_file

__all__ = ["Point", "reference_points"]


@dataclass(frozen=True)
class Point:
    """A published energy.

    Attributes:
        name: of the chip and paper.
        energy_nj: as stated.
        node: process and supply.
        per: of what.
        task: what is classified.
        counts: what is in the number.
        measured: on silicon, or derived.
        source: where it stands.
    """

    name: str
    energy_nj: float
    node: str
    per: str
    task: str
    counts: str
    measured: bool
    source: str


def reference_points() -> list[Point]:
    """Return the shipped points."""
    text = shipped_file("data", "reference_points.toml").read_text(encoding="utf-8")
    return [Point(**point) for point in tomllib.loads(text)["points"]]
