"""Options of own data, for the commands that learn a task."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edgeferro.cli.arguments import subject_list, texts
from edgeferro.errors import DataError

if TYPE_CHECKING:
    from edgeferro.tasks.own import DataFile

__all__ = [
    "DataOption",
    "GroupOption",
    "HalfOption",
    "LabelOption",
    "TaskOption",
    "task_options",
]

TaskOption = Annotated[
    str | None, typer.Option("--task", help="watch (default), digits or mnist.")
]
DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Own features instead of a task: .csv, .parquet or .npz. Each column is a "
        "feature, but for --label, --group and --half. In an npz file an array X of "
        "(n, k) is k columns, X[0] and so on, and an array y of (n,) the column y.",
    ),
]
LabelOption = Annotated[
    str | None, typer.Option("--label", help="Column of the classes, for --data.")
]
GroupOption = Annotated[
    str | None,
    typer.Option(
        "--group",
        help="Column of the people (or machines): each has a chip that was pre-trained "
        "on the others.",
    ),
]
HalfOption = Annotated[
    str | None,
    typer.Option(
        "--half",
        help="Column of 0 or learn, 1 or test; without it a fifth is tested, by seed.",
    ),
]


def task_options(
    task: str | None,
    mnist: Path | None,
    subjects: str | None,
    *,
    data: Path | None,
    label: str | None,
    group: str | None,
    half: str | None,
    default: str | None = "watch",
) -> dict[str, Any]:
    """Fields of ``TrainOptions`` that say what is learned, and for whom.

    The arguments are as on the command line; where no task is named, it is the default.

    Raises:
        DataError: options that have no effect together, or a file that can't be read.
    """
    columns = {"--label": label, "--group": group, "--half": half}
    if data is None:
        for option, value in columns.items():
            if value is not None:
                message = f"{option}: has an effect with --data only"
                raise DataError(message)
        return {
            "task": default if task is None else task,
            "subjects": subject_list(subjects),
            "mnist_folder": None if mnist is None else str(mnist),
        }
    for option, given in {"--task": task, "--mnist": mnist}.items():
        if given is not None:
            message = f"{option}: not together with --data, which is a task of its own"
            raise DataError(message)
    if label is None:
        message = f"--label: which column of {data.name} has the classes?"
        raise DataError(message)
    return {
        "task": "own",
        "subjects": texts(subjects) or None,
        "mnist_folder": None,
        "data": _file(data, label, group, half),
    }


def _file(data: Path, label: str, group: str | None, half: str | None) -> DataFile:
    from edgeferro.tasks.own import DataFile

    return DataFile.of(data, label, group, half)
