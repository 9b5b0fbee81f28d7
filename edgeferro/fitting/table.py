"""Tables as instruments and papers write them: columns with roles and units, rows.

Lines above the table (``key: value``) are kept. Empty fields are missing readings;
anything else that isn't a number is refused with its line.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Final, NoReturn

import numpy as np

from edgeferro.errors import DataError

__all__ = [
    "KINDS",
    "UNITS",
    "Column",
    "Table",
    "column_of",
    "match_number",
    "read_table",
    "refuse",
]

_POWERS: Final = (
    *(("p", -12), ("n", -9), ("u", -6), ("\u00b5", -6), ("\u03bc", -6)),
    *(("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9)),
)
_NAMES: Final = (
    *(("conductance", "S"), ("current", "A"), ("voltage", "V")),
    *(("resistance", sign) for sign in ("ohm", "Ohm", "\u03a9", "\u2126")),
)
UNITS: Final = {p + u: (kind, 10.0**e) for kind, u in _NAMES for p, e in _POWERS}
_ROLES: Final = (  # words of a column's name, and what it is then
    ("limit compliance sd std err error rsd time", "other"),
    ("polarity pol sign direction branch", "polarity"),
    ("ltp potentiation pot", "up"),
    ("ltd depression dep", "down"),
    ("g cond conductance weight", "conductance"),
    ("r res resistance", "resistance"),
    ("i current iread", "current"),
    ("v voltage vwrite vpulse amplitude bias", "voltage"),
    ("cycle cycles", "cycle"),
    ("pulse pulses n nr no number index step count", "pulse"),
)
KINDS: Final = ("conductance", "resistance", "current")
_WORDS: Final = {
    **dict.fromkeys("up p pot potentiation ltp set +".split(), 1.0),
    **dict.fromkeys("down d dep depression ltd reset -".split(), -1.0),
}
_NUMBER: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\D*)")


def refuse(name: str, line: int | None, text: str) -> NoReturn:
    """Raise :class:`DataError` with file, line and what is wrong."""
    place = "" if line is None else f"line {line}: "
    message = f"{name}: {place}{text}"
    raise DataError(message)


@dataclass(frozen=True)
class Column:
    """A column: its name, what it is, and the unit's scale if there is a unit."""

    name: str
    role: str
    unit: str = ""
    scale: float | None = None


@dataclass(frozen=True)
class Table:
    """Cells under names, with the file's line of each row."""

    name: str
    header: int
    columns: tuple[Column, ...]
    rows: list[list[str]]
    lines: np.ndarray
    preamble: dict[str, str]
    commas: bool  # decimal commas are possible

    def numbers(self, column: Column) -> np.ndarray:
        """Values of a column in base units; an empty field is NaN."""
        place = self.columns.index(column)
        values = np.full(len(self.rows), math.nan)
        words = _WORDS if column.role == "polarity" else {}
        for k, cells in enumerate(self.rows):
            cell = cells[place]
            if not cell:
                continue
            if cell.lower() in words:
                values[k] = words[cell.lower()]
                continue
            match = match_number(cell, self.commas)
            if match is None or not math.isfinite(float(match[1])):
                text = f"{column.name!r} is {cell!r}, not a number"
                refuse(self.name, self.lines[k], text)
            if match[2] and match[2] != column.unit:
                text = f"mixed units, {cell!r} in column {column.name!r}"
                refuse(self.name, self.lines[k], text)
            values[k] = float(match[1]) * (column.scale or 1.0)
        return values

    def of(self, *roles: str) -> list[Column]:
        """Columns of these roles, in the order of the roles."""
        return [c for role in roles for c in self.columns if c.role == role]


def match_number(cell: str, commas: bool) -> re.Match[str] | None:
    """Take a number and what follows it apart."""
    dotted = cell.replace(",", ".") if commas and cell.count(",") == 1 else cell
    return _NUMBER.fullmatch(dotted)


def column_of(name: str, file: str, line: int) -> Column:
    """Say what a column is from its name and its unit."""
    match = (
        re.fullmatch(r"(.*?)\s*[(\[]\s*(.*?)\s*[)\]]", name)
        or re.fullmatch(r"(.+?)\s*/\s*(\S+)", name)
        or re.fullmatch(r"(.+)[_ ](\S+)", name)
    )
    unit = match[2] if match and match[2] in UNITS else ""
    base = (match[1] if match and unit else name).lower()
    kind, scale = UNITS.get(unit, ("", None))
    words = set(re.split(r"[\s_.\-]+", base))
    role = next((role for known, role in _ROLES if words & set(known.split())), "other")
    if kind == "voltage" and (words & {"read", "min", "max"} or "read" in base):
        role = "read"
    if kind in KINDS and role in KINDS and kind != role:
        refuse(file, line, f"mixed units, {name!r} is a {role} in {unit}")
    return Column(name, role, unit, scale)


def _split(line: str, delimiter: str | None) -> list[str]:
    return [cell.strip(' "\r') for cell in line.split(delimiter)]


def read_table(raw: bytes, name: str) -> Table:
    """Find delimiter, header and rows."""
    wide = raw[:2] in {b"\xff\xfe", b"\xfe\xff"}
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")  # the micro sign of older instruments
    if "\0" in text:
        refuse(name, None, "not a text file")
    lines = [line.strip(" \r") for line in text.split("\n" if "\n" in text else "\r")]

    def numeric(delimiter: str | None) -> int:
        rows = [_split(line, delimiter) for line in lines]
        full = [cell for row in rows if len(row) > 1 for cell in row]
        return sum(match_number(cell, delimiter != ",") is not None for cell in full)

    delimiter = max(("\t", ";", ",", None), key=numeric)
    start, columns, preamble = _header(lines, delimiter, name)
    rows: list[list[str]] = []
    places: list[int] = []
    for k, line in enumerate(lines[start:], start + 1):
        cells = _split(line, delimiter)
        if not any(cells) or line.startswith(("#", "%")):
            continue
        wanted = len(columns) or len((rows or [cells])[0])
        while len(cells) > wanted and not cells[-1]:
            cells.pop()
        if len(cells) != wanted:
            hint = " (decimal commas?)" if delimiter == "," else ""
            text = f"unequal lengths, {len(cells)} fields and not {wanted}{hint}"
            refuse(name, k, text)
        rows.append(cells)
        places.append(k)
    if not rows or len(rows[0]) < 2:
        refuse(name, None, "no table of pulses and readings")
    commas = delimiter != ","
    table = Table(name, start, columns, rows, np.array(places), preamble, commas)
    return _with_units(table if columns else _unnamed(table))


def _header(
    lines: list[str], delimiter: str | None, name: str
) -> tuple[int, tuple[Column, ...], dict[str, str]]:
    """Find where the rows start, the columns (none: no names), and what is above."""
    preamble: dict[str, str] = {}
    for k, line in enumerate(lines):
        bare = line.lstrip("#% ")
        cells = _split(bare, delimiter)
        full = [c for c in cells if c]
        numbers = sum(match_number(c, delimiter != ",") is not None for c in full)
        if len(full) > 1 and numbers == len(full) and bare == line:
            return k, (), preamble
        if len(full) > 1 and not numbers:
            units = _split(lines[k + 1], delimiter) if k + 1 < len(lines) else []
            units = [u.strip("()[]") for u in units]
            below = len(units) == len(cells) and any(u in UNITS for u in units)
            if below:  # a line of units
                cells = [f"{c} ({u})" for c, u in zip(cells, units, strict=True)]
            columns = tuple(column_of(c, name, k + 1) for c in cells)
            if {c.role for c in columns} & {*KINDS, "up", "down"}:
                return k + 1 + below, columns, preamble
        key, _, value = bare.partition(":" if ":" in bare else delimiter or "=")
        if key.strip():
            preamble[key.strip()] = value.strip()
    return len(lines), (), preamble


def _unnamed(table: Table) -> Table:
    """Name the columns of a bare table: pulse or voltage, polarity, reading."""
    width = len(table.rows[0])
    if width > 3:
        text = f"{width} columns without names (2 or 3 can be told apart)"
        refuse(table.name, int(table.lines[0]), text)
    bare = tuple(Column(f"column {k + 1}", "other") for k in range(width))
    draft = replace(table, columns=bare)
    named = []
    for column in bare[:-1]:
        values = draft.numbers(column)
        role = "voltage" if values.min() < 0.0 else "pulse"
        signs = set(values.tolist()) <= {-1.0, 0.0, 1.0}
        named.append(replace(column, role="polarity" if signs else role))
    named.append(replace(bare[-1], role="conductance"))
    return replace(table, columns=tuple(named))


def _with_units(table: Table) -> Table:
    """Take a column's unit from its first cell where its name has none."""
    columns = []
    for k, column in enumerate(table.columns):
        match = match_number(next((r[k] for r in table.rows if r[k]), ""), table.commas)
        kind, scale = UNITS.get(match[2] if match else "", ("", None))
        if match and kind and not column.unit:
            columns.append(replace(column, unit=match[2], scale=scale))
        else:
            columns.append(column)
    return replace(table, columns=tuple(columns))
