"""``edgeferro reproduce``: its options as values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edgeferro.cli.options import JsonOption, MnistOption, QuietOption, WorkersOption

__all__ = ["reproduce"]


def reproduce(
    file: Annotated[Path, typer.Argument(help="JSON of edgeferro train or calibrate.")],
    image_file: Annotated[
        Path | None,
        typer.Option("--image", help="Start from these chips: no pre-training."),
    ] = None,
    data_file: Annotated[
        Path | None, typer.Option("--data", help="Where the own data lie now.")
    ] = None,
    mnist_folder: MnistOption = None,
    json_file: JsonOption = None,
    workers: WorkersOption = 2,
    quiet: QuietOption = False,
) -> None:
    """Run a run's figures again; say "the same", or where it left first.

    Exit code 0: the same; 1: not. The chip is the file's own, wherever its files are.
    """
    from edgeferro.reproducing import job
    from edgeferro.reproducing.recorded import Places

    folder = None if mnist_folder is None else str(mnist_folder)
    places = Places(image_file, data_file, folder)
    if not job.reproduce(file, places, json_file, workers=workers, quiet=quiet):
        raise SystemExit(1)
