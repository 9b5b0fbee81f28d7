"""Tables of people's own data: columns by name, from CSV, npz or Parquet.

Nothing in a file is trusted: each refusal is one line with file, column, place and
what is wanted. A place is a line of a CSV file (the names stand in line 1), or an
index, counted from 0, into the arrays of the other two.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np

from edgeferro.errors import DataError
from edgeferro.files.packages import need

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ENDINGS", "Columns", "read_columns", "refuse"]

ENDINGS: Final = (".npz", ".csv", ".parquet")
_DELIMITERS: Final = (";", "\t", ",")  # with the first two, decimal commas may stand
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_INTEGER: Final = re.compile(r"[+-]?(?:0|[1-9]\d*)", re.ASCII)  # 007 is a text
_HALVES: Final = {"0": 0, "0.0": 0, "learn": 0, "1": 1, "1.0": 1, "test": 1}
_DAMAGE: Final = (  # what readers of archives raise where bytes are not as they should
    *(ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error, struct.error),
    *(NotImplementedError, RuntimeError, MemoryError, LookupError, TypeError),
)
_KINDS: Final = "iufbU"  # of arrays: numbers, truth values and texts


def refuse(file: str, text: str) -> NoReturn:
    """Raise :class:`DataError` with the file and what is wrong."""
    message = f"{file}: {text}"
    raise DataError(message)


def _short(value: Any) -> str:
    """A value as a message shows it: on one line, and not for ever."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:36]}...'"


@dataclass(frozen=True, eq=False)
class Columns:
    """A table as it stands in its file.

    Attributes:
        file: name of the file, for messages.
        cells: one array a column, in the file's order, all of one length: numbers, or
            objects that are all texts.
        lines: of a CSV file, where each row stands; None for arrays.
        commas: decimal commas are possible.
    """

    file: str
    cells: dict[str, np.ndarray]
    lines: np.ndarray | None = None
    commas: bool = False

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(next(iter(self.cells.values()), ()))

    def at(self, row: int) -> str:
        """Say where a row stands."""
        return f"index {row}" if self.lines is None else f"line {self.lines[row]}"

    def refuse(self, name: str, row: int, text: str) -> NoReturn:
        """Raise :class:`DataError` with file, column and row."""
        refuse(self.file, f"column {name!r}, {self.at(row)}: {text}")

    def require(self, name: str, option: str) -> None:
        """Refuse a column that is not there, with the names that are like it."""
        if name in self.cells:
            return
        near = difflib.get_close_matches(name, self.cells, 3, 0.5)
        shown = near or list(self.cells)[:8]
        more = "" if near or len(self.cells) <= 8 else ", ..."
        listed = f"{', '.join(shown)}{more}"
        hint = f"did you mean {listed}?" if near else f"there are {listed}"
        refuse(self.file, f"no column {name!r} ({option}); {hint}")

    def numbers(self, name: str) -> np.ndarray:
        """Return a column as float64, all finite.

        Raises:
            DataError: a cell that is empty, no number, or not finite.
        """
        cells = self.cells[name]
        if cells.dtype == object:
            plain = _plain_numbers(cells)
            return self._parsed(name, cells) if plain is None else plain
        values = cells.astype(np.float64)
        for row in np.flatnonzero(~np.isfinite(values))[:1]:
            self.refuse(name, row, f"{values[row]} is not a finite number")
        return values

    def _parsed(self, name: str, cells: np.ndarray) -> np.ndarray:
        """Read texts as numbers, with decimal points or with decimal commas."""
        values = np.empty(len(cells))
        signs: set[str] = set()
        for row, cell in enumerate(cells):
            text = cell.strip()
            if self.commas and "," in text:
                signs.add(",")
                text = text.replace(",", ".")
            elif "." in text:
                signs.add(".")
            if not _NUMBER.fullmatch(text):
                found = _short(cell) if cell.strip() else "an empty field"
                hint = "; a column for --label or --group?" * (row == 0)
                self.refuse(name, row, f"{found} is not a finite number{hint}")
            if len(signs) == 2:
                self.refuse(
                    name,
                    row,
                    f"{_short(cell)}: decimal points and commas in one column",
                )
            values[row] = float(text)
            if not np.isfinite(values[row]):
                self.refuse(name, row, f"{_short(cell)} is not within +-1.8e308")
        return values

    def keys(self, name: str, what: str) -> tuple[tuple[str, ...], np.ndarray]:
        """Return a column of names: the different ones in order, and each row's index.

        Integers are in the order of numbers, texts in that of their code points.

        Args:
            name: of the column.
            what: 'labels' or 'groups', for messages.

        Raises:
            DataError: a cell that is empty, or a number that is not an integer.
        """
        cells = self.cells[name]
        if cells.dtype.kind == "f":
            refuse(
                self.file,
                f"column {name!r} is {cells.dtype}; {what} are texts or integers",
            )
        if cells.dtype == object:
            cells = self._names(name, cells, what)
        found, codes = np.unique(cells, return_inverse=True)
        return tuple(str(value) for value in found.tolist()), codes.astype(np.int64)

    def _names(self, name: str, cells: np.ndarray, what: str) -> np.ndarray:
        """Texts as names; integers where all of them are."""
        texts = [cell.strip() for cell in cells]
        for row, text in enumerate(texts):
            if not text:
                self.refuse(name, row, f"an empty field; {what} are texts or integers")
            if not text.isprintable():
                self.refuse(name, row, f"{_short(text)} has signs that can't be shown")
        if all(_INTEGER.fullmatch(text) and len(text) < 19 for text in texts):
            return np.array([int(text) for text in texts], np.int64)
        dotted = [t.replace(",", ".") if self.commas else t for t in texts]
        if all(_NUMBER.fullmatch(text) for text in dotted):
            for row, text in enumerate(dotted):
                if not text.lstrip("+-").isdecimal():
                    self.refuse(
                        name, row, f"{texts[row]} is a float; {what} are texts or "
                        "integers",
                    )  # fmt: skip
        return np.array(texts, dtype=object)

    def halves(self, name: str) -> np.ndarray:
        """Return a column of 0/1 or learn/test as int8.

        Raises:
            DataError: a cell that is neither.
        """
        cells = self.cells[name]
        if cells.dtype.kind == "b":
            return cells.astype(np.int8)
        halves = np.empty(len(cells), np.int8)
        for row, cell in enumerate(cells.tolist()):
            half = _HALVES.get(str(cell).strip().lower())
            if half is None:
                self.refuse(name, row, f"{_short(cell)} is not 0, 1, learn or test")
            halves[row] = half
        return halves


def _plain_numbers(cells: np.ndarray) -> np.ndarray | None:
    """Read texts that Python's own reader and this one take for the same; else None."""
    text = "".join(cells)
    if "_" in text or not text.isascii():
        return None
    try:
        values = np.array([float(cell) for cell in cells])
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


def read_columns(raw: bytes, file: str) -> Columns:
    """Read a table by its ending: .csv, .npz or .parquet.

    Raises:
        DataError: not such a table, empty, or unequal columns.
        PackageError: Parquet, and no pyarrow.
    """
    ending = PurePath(file).suffix.lower()
    readers = {".csv": _read_csv, ".npz": _read_npz, ".parquet": _read_parquet}
    if ending not in readers:
        refuse(file, f"ends in none of {', '.join(ENDINGS)}")
    if not raw:
        refuse(file, "the file is empty")
    table = readers[ending](raw, file)
    if not len(table):
        refuse(file, "no rows, at least 1 is needed")
    return table


def _check_names(names: Sequence[str], file: str) -> None:
    """Refuse columns without a name, or two of one name."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if not name:
            refuse(file, f"column {index + 1} of {len(names)} has no name")
        if not name.isprintable():
            refuse(file, f"column {index + 1}: name {_short(name)} can't be shown")
        if name in seen:
            refuse(file, f"two columns have the name {name!r}")
        seen.add(name)


def _read_csv(raw: bytes, file: str) -> Columns:
    """Read UTF-8 text with names in its first line; blank lines don't count."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        refuse(file, f"not UTF-8 text (byte {error.start})")
    if "\0" in text:
        refuse(file, "not a text file (it holds zero bytes)")
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=lambda sign: _fields(first, sign))
    rows: list[list[str]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if not any(cell.strip() for cell in row[:1]) and len(row) < 2:
                continue
            if rows and len(row) != len(rows[0]):
                hint = " (decimal commas want ; between fields)" * (delimiter == ",")
                refuse(
                    file,
                    f"line {reader.line_num}: {len(row)} fields, not the "
                    f"{len(rows[0])} of the names{hint}",
                )
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error as error:
        refuse(file, f"line {reader.line_num}: {error}")
    if not rows:
        refuse(file, "the file is empty")
    names = [cell.strip() for cell in rows[0]]
    if all(_NUMBER.fullmatch(name.replace(",", ".")) for name in names):
        refuse(file, f"line {lines[0]}: names of columns are wanted, not numbers")
    _check_names(names, file)
    columns = zip(*rows[1:], strict=True) if len(rows) > 1 else [()] * len(names)
    cells = {
        name: np.array(column, dtype=object)
        for name, column in zip(names, columns, strict=True)
    }
    return Columns(file, cells, np.array(lines[1:], np.int64), delimiter != ",")


def _fields(line: str, delimiter: str) -> int:
    """Number of a line's fields with a delimiter."""
    return len(next(csv.reader([line], delimiter=delimiter), ()))


def _read_npz(raw: bytes, file: str) -> Columns:
    """Read arrays: (n,) is a column, (n, k) under key X columns X[0] .. X[k-1]."""
    cells: dict[str, np.ndarray] = {}
    try:
        content = np.load(io.BytesIO(raw), allow_pickle=False)
    except _DAMAGE:
        refuse(file, "not an npz file, or a damaged one")
    if isinstance(content, np.ndarray):
        refuse(file, "one array, not arrays under names; numpy.savez makes an npz file")
    with content:
        for key in content.files:
            cells |= _npz_columns(_npz_array(content, key, file), key, file)
    _check_names(list(cells), file)
    sizes = {name: len(column) for name, column in cells.items()}
    for name, size in sizes.items():
        other = next(iter(sizes))
        if size != sizes[other]:
            refuse(file, f"{name!r} has {size} rows, but {other!r} {sizes[other]}")
    return Columns(file, cells)


def _npz_array(content: Any, key: str, file: str) -> np.ndarray:
    """Unpack one array; one of Python objects is refused, never unpickled."""
    try:
        array: np.ndarray = content[key]
    except _DAMAGE as error:
        objects = isinstance(error, ValueError) and "pickle" in str(error)
        what = "an array of Python objects" if objects else "damaged"
        refuse(file, f"key {key!r} is {what}; numbers or texts are wanted")
    if not isinstance(array, np.ndarray):  # a file in the archive that is none
        refuse(file, f"key {key!r} is no array")
    return array


def _npz_columns(array: np.ndarray, key: str, file: str) -> dict[str, np.ndarray]:
    """Columns of one array of one or two dimensions."""
    if array.ndim not in {1, 2}:
        refuse(
            file, f"key {key!r} has {array.ndim} dimensions; (n,) or (n, k) is wanted"
        )
    if array.dtype.kind not in _KINDS:
        refuse(file, f"key {key!r} is {array.dtype}; numbers or texts are wanted")
    if array.dtype.kind == "U":
        array = array.astype(object)
    if array.ndim == 1:
        return {key: array}
    return {f"{key}[{k}]": array[:, k] for k in range(array.shape[1])}


def _read_parquet(raw: bytes, file: str) -> Columns:
    """Read a Parquet file's columns; a null is a missing value, and refused."""
    need("pyarrow", file)
    import pyarrow as arrow
    import pyarrow.parquet

    damage = (arrow.ArrowException, *_DAMAGE)
    try:
        table = arrow.parquet.read_table(arrow.BufferReader(raw))
        names = table.column_names
    except damage:
        refuse(file, "not a Parquet file, or a damaged one")
    _check_names(names, file)
    cells = {}
    for name in names:
        column = _plain_column(table.column(name), name, file)
        try:
            cells[name] = _arrow_array(column)
        except damage:
            refuse(file, f"column {name!r} is damaged")
    return Columns(file, cells)


def _plain_column(column: Any, name: str, file: str) -> Any:
    """A column of numbers or of texts without nulls; dictionaries are looked up."""
    import pyarrow as arrow

    types, kind = arrow.types, column.type
    if types.is_dictionary(kind):
        kind = kind.value_type
        column = column.cast(kind)
    number = types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
    if not (number or types.is_string(kind) or types.is_large_string(kind)):
        refuse(file, f"column {name!r} is {kind}; numbers or texts are wanted")
    if column.null_count:
        row = column.is_null().to_pylist().index(True)
        refuse(file, f"column {name!r}, index {row}: no value (null)")
    return column


def _arrow_array(column: Any) -> np.ndarray:
    """A column without nulls as numbers, or as objects that are texts."""
    kind = str(column.type)
    if kind.endswith("string"):
        return np.array(column.to_pylist(), dtype=object)
    return np.asarray(column.to_numpy())
