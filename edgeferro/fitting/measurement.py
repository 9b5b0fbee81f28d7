"""Measured potentiation and depression: which columns, in which order and scale.

A file is a table of readings, one after each pulse: a pulse number, a polarity or a
write voltage, and a conductance, resistance or read current.
``branches.find_steps`` finds the branches.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from edgeferro.fitting.table import (
    KINDS,
    UNITS,
    Column,
    Table,
    column_of,
    match_number,
    read_table,
    refuse,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Measurement", "from_arrays"]

_UNIT_JUMP: Final = 500.0  # between readings: no pulse does it, another unit does


@dataclass(frozen=True)
class Measurement:
    """Readings in the order they were taken.

    Attributes:
        name: of the file.
        conductance: nanosiemens if ``absolute``, else in the file's own scale; NaN is
            a missing reading.
        signs: of the pulse before each reading, -1, 0 (none) or 1, or None.
        line: of the file, or index into the arrays, of each reading.
        number: of each pulse; a gap where pulses have no reading.
        voltage: write voltages, volts, or None.
        column: which column was used and how, in words.
        absolute: whether the scale is known.
        preamble: lines above the table; sha256: of the file.
        notes: what the reader of a report should know.
        where: line or index.
    """

    name: str
    conductance: np.ndarray
    signs: np.ndarray | None
    line: np.ndarray
    number: np.ndarray
    voltage: np.ndarray | None
    column: str
    absolute: bool
    sha256: str = ""
    preamble: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    where: str = "line"

    @classmethod
    def load(cls, path: Path | str, column: str | None = None) -> Measurement:
        """Read a file; ``column`` names the response to use instead of the best known.

        Raises:
            DataError: one line with file, line and what is wrong.
            OSError: the file can't be read.
        """
        raw = Path(path).read_bytes()
        table = read_table(raw, str(path))
        return _from_table(table, column, hashlib.sha256(raw).hexdigest())

    def place(self, index: int) -> str:
        """Write file and line of a reading."""
        return f"{self.name}: {self.where} {self.line[index]}"


def from_arrays(
    conductance: Sequence[float] | np.ndarray,
    polarity: Sequence[float] | np.ndarray | None = None,
) -> Measurement:
    """Take readings, nanosiemens, and the sign of the pulse before each.

    Raises:
        DataError: unequal lengths, or a value out of range, with its index.
    """
    g = np.asarray(conductance, dtype=float).ravel()
    signs = None if polarity is None else np.asarray(polarity, dtype=float).ravel()
    if signs is not None and len(signs) != len(g):
        count = f"{len(signs)} pulses and {len(g)} responses"
        refuse(
            "arrays", None, f"index {min(len(signs), len(g))}: unequal lengths, {count}"
        )
    checks = (("conductance", g, 0.0), ("polarity", signs, -math.inf))
    for what, values, least in checks:
        good = True if values is None else np.isfinite(values) & (values > least)
        for bad in np.flatnonzero(~np.atleast_1d(good))[:1]:
            refuse(
                "arrays", None, f"index {bad}: {what} is not finite and above {least:g}"
            )
    at = np.arange(len(g))
    signs = None if signs is None else np.sign(signs)
    return Measurement(
        "arrays", g, signs, at, at + 1, None, "conductance (nS)", True, where="index"
    )


def _from_table(table: Table, wanted: str | None, sha256: str) -> Measurement:
    """Choose the columns and bring the readings into order and scale."""
    notes: list[str] = []
    pair = [*table.of("up")[:1], *table.of("down")[:1]]
    signs: np.ndarray | None = None
    rows = np.arange(len(table.rows))
    if len(pair) == 2 and wanted is None:
        used = " and ".join(repr(column.name) for column in pair)
        if pair[0].unit != pair[1].unit:
            refuse(table.name, table.header, f"mixed units, {used}")
        both = [table.numbers(column) for column in pair]
        kept = [int(np.flatnonzero(np.isfinite(v)).max(initial=-1)) + 1 for v in both]
        rows = np.concatenate([np.arange(k) for k in kept])
        values = np.concatenate([v[:k] for v, k in zip(both, kept, strict=True)])
        signs = np.repeat([1.0, -1.0], kept)
        kind = UNITS.get(pair[0].unit, ("conductance",))[0]
        chosen = replace(pair[0], name=used, role=kind)
    else:
        chosen = _response(table, wanted, notes)
        values = table.numbers(chosen)
    voltage = None
    for column in table.of("voltage")[:1]:
        voltage = table.numbers(column)[rows]
        if np.isnan(voltage).any():
            line = table.lines[rows[np.isnan(voltage).argmax()]]
            refuse(table.name, line, "no write voltage")
        if signs is None and len(set(np.sign(voltage))) > 1:
            signs = np.sign(voltage)
    for column in table.of("polarity")[:1]:
        signs = np.sign(table.numbers(column)[rows])
        signs = 2.0 * signs - 1.0 if {0.0, 1.0} == set(signs.tolist()) else signs
    g, absolute = _convert(table, chosen, values, table.lines[rows], notes)
    return Measurement(
        name=table.name,
        conductance=g,
        signs=signs,
        line=table.lines[rows],
        number=_pulse_numbers(table, rows),
        voltage=voltage,
        column=f"{chosen.name} ({chosen.role}, {chosen.unit or 'no unit'})",
        absolute=absolute,
        sha256=sha256,
        preamble=table.preamble,
        notes=tuple(notes),
    )


def _response(table: Table, wanted: str | None, notes: list[str]) -> Column:
    """Choose by name, else conductance before resistance before current."""
    every = table.of(*KINDS)
    found = [c for c in every if wanted in {None, c.name}]
    names = ", ".join(repr(c.name) for c in every) or "none"
    if not found:
        text = (
            f"no column {wanted or 'of conductance, resistance or current'} ({names})"
        )
        refuse(table.name, None, text)
    same = [c for c in found if c.role == found[0].role]
    best = min(same, key=lambda c: "neg" in c.name.lower())
    if len(every) > 1:
        notes.append(f"column {best.name!r} chosen of {names}")
    return best


def _pulse_numbers(table: Table, rows: np.ndarray) -> np.ndarray:
    """Pulse numbers, or a count where the file has none."""
    for column in table.of("pulse", "cycle"):
        values = table.numbers(column)[rows]
        gaps = np.diff(values)
        if column.role == "cycle" and not (gaps == 1).all():
            continue  # it counts cycles, not pulses
        bad = np.flatnonzero(values != np.rint(values))  # NaN too
        if len(bad):
            refuse(table.name, table.lines[rows[bad[0]]], "no whole pulse number")
        if len(gaps) > 2 and np.median(gaps) > 1:
            text = f"readings are {np.median(gaps):g} pulses apart, 1 is needed"
            refuse(table.name, None, text)
        return np.asarray(values.astype(int))
    return np.arange(1, len(rows) + 1)


def _convert(
    table: Table,
    column: Column,
    values: np.ndarray,
    lines: np.ndarray,
    notes: list[str],
) -> tuple[np.ndarray, bool]:
    """Turn readings into nanosiemens where unit and read voltage are known."""
    absolute = column.scale is not None
    if column.role == "current" and (values[np.isfinite(values)] < 0.0).all():
        values = -values  # read at a negative voltage
    bad = np.flatnonzero(values <= 0.0)
    if len(bad) and (absolute or column.role != "conductance"):
        text = f"{column.role} {values[bad[0]]:g} is not above 0"
        refuse(table.name, lines[bad[0]], text)
    known = np.flatnonzero(values > 0.0)
    ratio = np.exp(np.abs(np.diff(np.log(values[known]))))
    for k in np.flatnonzero(ratio > _UNIT_JUMP)[:1]:
        text = f"mixed units? A factor of {ratio[k]:.0f} to the reading before"
        refuse(table.name, lines[known[k + 1]], text)
    if column.role == "resistance":
        values = 1.0 / values
    if column.role == "current" and absolute:
        volts = {v for c in table.of("read") for v in table.numbers(c).tolist()}
        above = [(column_of(k, "", 0), v) for k, v in table.preamble.items()]
        found = [match_number(v, True) for c, v in above if c.role == "read"]
        volts |= {float(match[1]) for match in found if match}
        absolute = len(volts) == 1 and 0.0 not in volts
        values = values / abs(volts.pop()) if absolute else values
    if not absolute:
        what = "read voltage" if column.scale else "unit"
        notes.append(f"{column.name!r}: no {what}, so conductances are relative")
    return (values * 1e9 if absolute else values), absolute
