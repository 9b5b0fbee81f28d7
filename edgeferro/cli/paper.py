"""``edgeferro paper``: the reference paper's comparison on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edgeferro.cli.arguments import number_list, texts
from edgeferro.cli.options import (
    MnistOption,
    PassesOption,
    QuietOption,
    SeedsOption,
)
from edgeferro.errors import DataError

__all__ = ["paper"]


def paper(
    context: typer.Context,
    task: Annotated[
        str | None, typer.Option("--task", help="mnist or watch; without it, both.")
    ] = None,
    widths: Annotated[
        str | None, typer.Option("--width", help="Devices: hzo-20ns,hzo-200ns.")
    ] = None,
    passes: PassesOption = None,
    seeds: SeedsOption = "0-9",
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="Measured widths, tuned rates, and three seeds alone."
        ),
    ] = False,
    tune: Annotated[
        bool, typer.Option("--tune", help="Tune all schemes anew instead.")
    ] = False,
    tuning: Annotated[
        Path | None,
        typer.Option("--tuning", help="What --tune writes, and a comparison reads."),
    ] = None,
    resolve: Annotated[
        float,
        typer.Option("--resolve", help="Points below which a difference is none."),
    ] = 1.0,
    mnist_folder: MnistOption = None,
    out: Annotated[Path, typer.Option(help="The table: .csv or .parquet.")] = Path(
        "paper.csv"
    ),
    backend: Annotated[
        str, typer.Option(help="loky (processes), threading, dask or ray.")
    ] = "loky",
    address: Annotated[
        str | None, typer.Option(help="Of a dask or ray cluster's scheduler.")
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", help="Processes; -1 for all cores.")
    ] = -1,
    quiet: QuietOption = False,
) -> None:
    """Compare rules, references and pulse widths as the reference paper does."""
    from edgeferro.paper.job import PaperOptions, run_paper, run_tuning
    from edgeferro.paper.schemes import TASKS, WIDTHS
    from edgeferro.sweeping.engine import Engine
    from edgeferro.sweeping.job import SweepRun

    engine = Engine(backend, workers, address)
    tasks = tuple(TASKS) if task is None else (task,)
    if tune:
        for name in ("widths", "passes", "seeds", "quick", "resolve", "mnist_folder"):
            source = context.get_parameter_source(name)
            if source is not None and source.name == "COMMANDLINE":
                option = {"widths": "width", "mnist_folder": "mnist"}.get(name, name)
                message = f"--{option}: has no effect with --tune"
                raise DataError(message)
        run_tuning(tasks, tuning or Path("tuning.json"), engine, quiet=quiet)
        return
    options = PaperOptions(
        tasks=tasks,
        seeds=number_list(seeds, "--seeds"),
        passes=passes,
        widths=texts(widths) or WIDTHS,
        quick=quick,
        resolve=resolve,
        tuning=tuning,
        mnist_folder=None if mnist_folder is None else str(mnist_folder),
    )
    run_paper(options, SweepRun(out, engine, quiet))
