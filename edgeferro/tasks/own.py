"""People's own features as a task: a table with a column of labels.

The chip takes integers; what stands in front of it makes them. For own data that is a
front end with an offset and a power of two for each column, chosen from the rows a
unit learns from and from no other (:func:`fixed_point`). The chip's own normaliser
(:mod:`edgeferro.tasks.features`) follows, as for every task.
"""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.errors import DataError
from edgeferro.tasks.base import Task
from edgeferro.tasks.columns import Columns, read_columns, refuse
from edgeferro.tasks.features import FEATURES_MAX

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DataFile", "OwnTask", "find_groups", "fixed_point", "load"]

CLASSES_MAX: Final = 4096  # rows of the last array
_RANGE_BITS: Final = 13  # learned values span +-2^13, so that others have 4 times that
_INT16_MAX: Final = 32767


@dataclass(frozen=True)
class DataFile:
    """Which file is meant, down to its bytes, and which columns are no features.

    Attributes:
        file: path, from the root.
        digest: SHA-256 of its bytes, in hex digits.
        label: column of the labels.
        group: column of the people, animals or machines to personalise for, or None.
        half: column that says what is learned and what is for tests, or None.
    """

    file: str
    digest: str
    label: str
    group: str | None = None
    half: str | None = None

    @classmethod
    def of(
        cls,
        file: Path | str,
        label: str,
        group: str | None = None,
        half: str | None = None,
    ) -> DataFile:
        """Take a file as it is now.

        Raises:
            DataError: it can't be read, or one column is named twice.
        """
        named = {"--label": label, "--group": group, "--half": half}
        used: dict[str, str] = {}
        for option, column in named.items():
            if column is None:
                continue
            if column in used:
                message = f"{used[column]}, {option}: both name column {column!r}"
                raise DataError(message)
            used[column] = option
        path = Path(file).absolute()
        digest = hashlib.sha256(_content(path)).hexdigest()
        return cls(str(path), digest, label, group, half)

    def read(self) -> bytes:
        """Return the file's bytes, if they are still the same.

        Raises:
            DataError: the file was moved, or has changed.
        """
        raw = _content(Path(self.file))
        digest = hashlib.sha256(raw).hexdigest()
        if digest != self.digest:
            refuse(
                self.file,
                f"has changed: sha256 {digest[:16]}..., and {self.digest[:16]}... when "
                "the run was begun",
            )
        return raw

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return Path(self.file).name


def _content(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        DataError: no such file, or it can't be read.
    """
    if not path.is_file():
        what = "not a file" if path.exists() else "no such file"
        refuse(str(path), f"{what}; --data takes an npz, CSV or Parquet file")
    try:
        return path.read_bytes()
    except OSError as error:
        refuse(str(path), f"can't be read: {error.strerror}")


@dataclass(frozen=True, eq=False)
class OwnTask(Task):
    """A task from a table; its features are float64, as they stand in the file.

    Attributes:
        data: file, digest and columns.
        feature_names: of the columns of features, in the file's order.
        group_names: of the groups; empty without.
    """

    data: DataFile
    feature_names: tuple[str, ...]
    group_names: tuple[str, ...]

    @property
    def _dtype(self) -> type:
        return np.float64

    @property
    def digest(self) -> str:
        """SHA-256 of file and columns, in hex digits."""
        data = self.data
        text = repr((data.digest, data.label, data.group, data.half))
        return hashlib.sha256(text.encode()).hexdigest()

    def integers(self, learned: np.ndarray) -> np.ndarray:
        """Features in fixed point, by the range of the rows that are learned."""
        return fixed_point(self.features, learned)

    def subject_name(self, subject: int) -> str:
        """Name of the group."""
        return self.group_names[subject] if subject >= 0 else str(subject)

    def origin(self) -> dict[str, Any]:
        """File, digest and columns."""
        return {
            "data": {
                "file": self.data.name,
                "sha256": self.data.digest,
                "label": self.data.label,
                "group": self.data.group,
                "half": self.data.half,
                "features": list(self.feature_names),
                "classes": list(self.class_names),
                "groups": list(self.group_names),
                "rows": len(self),
            }
        }

    def notes(self) -> tuple[str, ...]:
        """What is in the file, and which columns carry nothing."""
        groups = f", {len(self.group_names)} groups" if self.group_names else ""
        found = [
            f"{self.data.name}: {len(self)} rows, {len(self.feature_names)} features"
            f"{groups}; classes: {_listed(self.class_names)}"
        ]
        flat = self.features.min(axis=0) == self.features.max(axis=0)
        if flat.any():
            names = [self.feature_names[k] for k in np.flatnonzero(flat)]
            found.append(
                f"{self.data.name}: constant columns are kept, as inputs of code 0: "
                f"{_listed(names)}"
            )
        return tuple(found)


def _listed(names: Sequence[str], most: int = 12) -> str:
    """Names with commas; of many, the first."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def fixed_point(values: np.ndarray, learned: np.ndarray) -> np.ndarray:
    """Turn columns of numbers into the integers that a front end would deliver.

    feature = round((value - centre) x 2^shift), ties to even, saturated to +-32767.
    The centre is the middle of the learned rows' range, and the shift the largest that
    keeps them within +-2^13: others may lie four times as far out. A column that is
    constant where it is learned is 0 throughout.

    Each operation is one that IEEE 754 rounds correctly: every machine finds the same.

    Args:
        values: float64 (n, d), finite.
        learned: rows to take the range from, at least one: indices or a mask.

    Returns:
        int16 (n, d).
    """
    low, high = values[learned].min(axis=0), values[learned].max(axis=0)
    centre = low / 2 + high / 2
    reach = high / 2 - low / 2
    shift = _RANGE_BITS - np.frexp(reach)[1]
    with np.errstate(over="ignore"):  # what is far out saturates
        scaled = np.ldexp(values - centre, shift)
    scaled = np.clip(np.rint(scaled), -_INT16_MAX, _INT16_MAX)
    features: np.ndarray = scaled.astype(np.int16)
    features[:, reach == 0.0] = 0
    return features


def find_groups(task: OwnTask, names: Sequence[int | str]) -> tuple[int, ...]:
    """Find groups by name or, where names are no numbers, by index too.

    Args:
        task: whose groups are meant.
        names: each a name, an index, or a range of them like 0-3.

    Raises:
        DataError: none of the groups, or one twice.
    """
    known = task.group_names
    numbers = all(name.lstrip("-").isdecimal() for name in known)
    index = {name: k for k, name in enumerate(known)}
    if not numbers:
        index = {str(k): k for k in range(len(known))} | index
    found: list[int] = []
    for name in map(str, names):
        low, dash, high = name.partition("-")
        if name in index:
            found.append(index[name])
        elif dash and low.isdecimal() and high.isdecimal() and int(low) <= int(high):
            found += [index.get(str(k), -1) for k in range(int(low), int(high) + 1)]
        else:
            found.append(-1)
        if -1 in found:
            near = difflib.get_close_matches(name, known, 3, 0.5) or known
            place = "" if numbers else f", nor in 0..{len(known) - 1}"
            message = f"--subjects: {name!r} is no group ({_listed(near)}){place}"
            raise DataError(message)
    if len(set(found)) != len(found):
        message = f"--subjects: {','.join(map(str, names))!r} names a group twice"
        raise DataError(message)
    return tuple(found)


def load(data: DataFile) -> OwnTask:
    """Read a file as a task.

    Raises:
        DataError: the file is another than it was, or no table of finite numbers with
            at least two classes to learn.
    """
    table = read_columns(data.read(), data.name)
    roles = {"--label": data.label, "--group": data.group, "--half": data.half}
    for option, column in roles.items():
        if column is not None:
            table.require(column, option)
    names = tuple(name for name in table.cells if name not in roles.values())
    if not 1 <= len(names) <= FEATURES_MAX:
        refuse(data.name, f"{len(names)} columns of features; 1..{FEATURES_MAX} fit")
    classes, labels = table.keys(data.label, "labels")
    groups, members = _groups(table, data.group)
    count = len(table)
    task = OwnTask(
        name=data.name,
        features=np.column_stack([table.numbers(name) for name in names]),
        labels=labels,
        groups=members,
        recording=np.arange(count, dtype=np.int64),
        half=np.zeros(count, np.int8) if data.half is None else table.halves(data.half),
        class_names=classes,
        input_signed=True,
        description=f"Own data: {len(classes)} classes, {len(names)} features.",
        source=f"{data.name}, sha256 {data.digest}",
        licence="its owner's",
        data=data,
        feature_names=names,
        group_names=groups,
    )
    _check_classes(task, table)
    return task


def _groups(table: Columns, column: str | None) -> tuple[tuple[str, ...], np.ndarray]:
    """Names of the groups, and each row's; one group is none to learn from others."""
    if column is None:
        return (), np.zeros(len(table), np.int64)
    groups, members = table.keys(column, "groups")
    if len(groups) < 2:
        refuse(
            table.file,
            f"column {column!r} names 1 group, {groups[0]!r}; at least 2 are needed, "
            "to pre-train on the others",
        )
    return groups, members


def _check_classes(task: OwnTask, table: Columns) -> None:
    """Refuse what can't be learned, or not tested.

    Raises:
        DataError: one class, a class or a half that isn't learned, or no second half.
    """
    column, classes = task.data.label, task.class_names
    if not 2 <= len(classes) <= CLASSES_MAX:
        found = f"{len(classes)} class" + "es" * (len(classes) > 1)
        refuse(table.file, f"column {column!r} has {found}; 2..{CLASSES_MAX} fit")
    if task.data.half is not None:
        for half, word in enumerate(("learn from", "test on")):
            if not (task.half == half).any():
                refuse(
                    table.file,
                    f"column {task.data.half!r}: no row to {word} (half {half})",
                )
    learned = np.unique(task.labels[task.half == 0])
    for missing in np.setdiff1d(task.labels, learned)[:1]:
        row = int(np.flatnonzero(task.labels == missing)[0])
        table.refuse(
            column, row, f"class {classes[missing]!r} is never learned (half 0)"
        )
