"""The command line: train, calibrate, ranges, fit, sweep, paper, budget, ...

Exit codes: 0 done, 1 stopped or failed, 2 bad input (one line on stderr says what).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edgeferro._version import __version__
from edgeferro.cli.arguments import (
    given,
    grid_axes,
    overrides,
    power_settings,
    refuse_with,
    seeds_asked,
    texts,
)
from edgeferro.cli.budget import budget
from edgeferro.cli.data import (
    DataOption,
    GroupOption,
    HalfOption,
    LabelOption,
    TaskOption,
    task_options,
)
from edgeferro.cli.firmware import firmware_app
from edgeferro.cli.info import info_app
from edgeferro.cli.options import (
    AutoSeedsOption,
    ChipOption,
    JsonOption,
    MnistOption,
    PassesOption,
    PowerOption,
    QuietOption,
    ResolveOption,
    RuleOption,
    SeedsMostOption,
    SetOption,
    SubjectsOption,
    WorkersOption,
)
from edgeferro.cli.paper import paper
from edgeferro.cli.ranges import ranges
from edgeferro.cli.reproduce import reproduce
from edgeferro.errors import DataError

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(info_app, name="info")
app.add_typer(firmware_app, name="firmware")


def _version(asked: bool) -> None:
    """Print the version and stop."""
    if asked:
        typer.echo(f"edgeferro {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Bit-accurate emulator of a learning controller on a ferroelectric crossbar."""


@app.command()
def train(
    context: typer.Context,
    chip: ChipOption = None,
    task: TaskOption = None,
    rule: RuleOption = None,
    passes: PassesOption = None,
    data: DataOption = None,
    label: LabelOption = None,
    group: GroupOption = None,
    half: HalfOption = None,
    subjects: SubjectsOption = None,
    seeds: AutoSeedsOption = "0-2",
    resolve: ResolveOption = None,
    seeds_most: SeedsMostOption = None,
    order: Annotated[
        str, typer.Option(help="interleaved or recording.")
    ] = "interleaved",
    power_off_every: PowerOption = None,
    calibrate: Annotated[
        bool,
        typer.Option("--calibrate", help="Look for each cell's symmetry point first."),
    ] = False,
    settings: SetOption = None,
    compare: Annotated[
        list[str] | None,
        typer.Option(
            "--compare", help="Run a second chip with this path=value; show both."
        ),
    ] = None,
    mnist_folder: MnistOption = None,
    json_file: JsonOption = None,
    plot_file: Annotated[
        Path | None, typer.Option("--plot", help="Draw the accuracy here (PNG, SVG).")
    ] = None,
    trace_file: Annotated[
        Path | None, typer.Option("--trace", help="Write the pulse trace here (CSV).")
    ] = None,
    save_file: Annotated[
        Path | None, typer.Option("--save", help="Keep how far the run got here.")
    ] = None,
    resume_file: Annotated[
        Path | None, typer.Option("--resume", help="Go on from a saved run.")
    ] = None,
    image_file: Annotated[
        Path | None,
        typer.Option(
            "--image", help="Start from a saved run's chips: no pre-training."
        ),
    ] = None,
    save_image: Annotated[
        Path | None,
        typer.Option(
            "--save-image", help="Keep the chips here, as laid out and taught."
        ),
    ] = None,
    workers: WorkersOption = 2,
    quiet: QuietOption = False,
) -> None:
    """Learn a task on an emulated chip; print accuracy, pulses and energy.

    Without options: personalise a smartwatch exercise recogniser for each of ten
    people, from real recordings.
    """
    from edgeferro.training import job
    from edgeferro.training.options import Outputs, TrainOptions, default_chip

    if resume_file is not None:
        own = ("--resume", "--json", "--plot", "--save", "--workers", "--quiet")
        others = given(context, *own, "--save-image")
        refuse_with("--resume", others, ": it goes on as it was begun")
    chosen = task_options(
        task, mnist_folder, subjects, data=data, label=label, group=group, half=half
    )
    numbers, asked = seeds_asked(seeds, resolve, seeds_most)
    options = TrainOptions(
        **chosen,
        chip=default_chip(chosen["task"]) if chip is None else chip,
        settings=power_settings(overrides(settings or [], "--set"), power_off_every),
        rule=rule,
        passes=passes,
        seeds=numbers,
        order=order,
        calibrate=calibrate,
        image=None if image_file is None else str(image_file.absolute()),
    )
    outputs = Outputs(
        json_file, plot_file, trace_file, save_file, resume_file, save_image
    )
    second = overrides(compare or [], "--compare")
    job.train(options, outputs, second, asked, workers=workers, quiet=quiet)


@app.command()
def fit(
    file: Annotated[Path, typer.Argument(help="Table of pulses and readings.")],
    kernel: Annotated[
        str,
        typer.Option(
            help="auto, constant, soft-bounds, linear, exponential, power or beta; "
            "two with a comma for up and down."
        ),
    ] = "auto",
    column: Annotated[
        str | None, typer.Option(help="Name of the column of readings to use.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the device file here.")
    ] = None,
    json_file: JsonOption = None,
    plot_file: Annotated[
        Path | None, typer.Option("--plot", help="Draw points and fit here.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the device.")] = None,
    width_ns: Annotated[int | None, typer.Option(help="Width of the pulse.")] = None,
    amplitude_v: Annotated[
        float | None, typer.Option(help="Amplitude of the pulse.")
    ] = None,
    area_um2: Annotated[float | None, typer.Option(help="Area of the cell.")] = None,
) -> None:
    """Fit a device to a measured potentiation and depression curve."""
    from edgeferro.fitting import job

    options = job.FitOptions(
        kernel=kernel,
        column=column,
        out=out,
        json=json_file,
        plot=plot_file,
        name=name,
        width_ns=width_ns,
        amplitude_v=amplitude_v,
        area_um2=area_um2,
    )
    job.run(file, options)


@app.command()
def calibrate(
    chip: Annotated[
        str, typer.Argument(help="Shipped profile or path of a chip file.")
    ] = "watch-hzo-200ns",
    task: TaskOption = None,
    rule: RuleOption = None,
    passes: PassesOption = None,
    data: DataOption = None,
    label: LabelOption = None,
    group: GroupOption = None,
    half: HalfOption = None,
    subjects: SubjectsOption = None,
    seeds: AutoSeedsOption = "0-2",
    resolve: ResolveOption = None,
    seeds_most: SeedsMostOption = None,
    settings: SetOption = None,
    json_file: JsonOption = None,
    plot_file: Annotated[
        Path | None, typer.Option("--plot", help="Draw map and residuals here.")
    ] = None,
    workers: WorkersOption = 2,
    quiet: QuietOption = False,
) -> None:
    """Map the cells' symmetry points; show what each way to shift gives and costs."""
    from edgeferro.calibrating import job as calibrating
    from edgeferro.training.options import Outputs, TrainOptions

    chosen = task_options(
        task, None, subjects, data=data, label=label, group=group, half=half
    )
    numbers, asked = seeds_asked(seeds, resolve, seeds_most)
    options = TrainOptions(
        **chosen,
        chip=chip,
        settings=overrides(settings or [], "--set"),
        rule=rule,
        passes=passes,
        seeds=numbers,
        order="interleaved",
    )
    outputs = Outputs(json_file, plot_file)
    calibrating.calibrate(options, outputs, asked, workers=workers, quiet=quiet)


@app.command()
def sweep(
    chips: Annotated[
        str | None, typer.Option("--chip", help="Profiles or chip files: a,b.")
    ] = None,
    devices: Annotated[
        str | None, typer.Option("--device", help="Devices: hzo-20ns,hzo-200ns.")
    ] = None,
    rules: Annotated[
        str | None,
        typer.Option("--rule", help="Rules, each with a rate if wished: a@0.02,b."),
    ] = None,
    references: Annotated[
        str | None, typer.Option("--reference", help="Of none,cell,stored,offset.")
    ] = None,
    grid: Annotated[
        list[str] | None,
        typer.Option(
            "--grid",
            help="Any chip setting: path=v1,v2; together: a,b=1:2,3:4; repeatable.",
        ),
    ] = None,
    task: TaskOption = None,
    passes: PassesOption = None,
    data: DataOption = None,
    label: LabelOption = None,
    group: GroupOption = None,
    half: HalfOption = None,
    subjects: SubjectsOption = None,
    seeds: AutoSeedsOption = "0-2",
    resolve: ResolveOption = None,
    seeds_most: SeedsMostOption = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            "--against", help="Point to compare with, path=value; else the first."
        ),
    ] = None,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Calibrate each chip that is shifted.")
    ] = False,
    settings: SetOption = None,
    mnist_folder: MnistOption = None,
    moved: Annotated[
        bool,
        typer.Option("--paper", hidden=True, help="Moved: edgeferro paper."),
    ] = False,
    frontier: Annotated[
        bool,
        typer.Option(
            "--frontier",
            help="Accuracy against energy of a chip's reads (time, volts, bits): "
            "table, knee and picture.",
        ),
    ] = False,
    out: Annotated[Path, typer.Option(help="The table: .csv or .parquet.")] = Path(
        "sweep.csv"
    ),
    json_file: JsonOption = None,
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
    """Run a grid of chips side by side, into one table; goes on where it stopped."""
    from edgeferro.sweeping import options as sweeping
    from edgeferro.sweeping.engine import Engine
    from edgeferro.sweeping.job import SweepRun
    from edgeferro.sweeping.question import Question
    from edgeferro.sweeping.reading import sweep_frontier

    if moved:
        message = "--paper: is a command of its own now: edgeferro paper"
        raise DataError(message)
    numbers, asked = seeds_asked(seeds, resolve, seeds_most)
    chosen = task_options(
        task,
        mnist_folder,
        subjects,
        data=data,
        label=label,
        group=group,
        half=half,
        default=None,
    )
    options = sweeping.GridOptions(
        **chosen,
        chips=texts(chips),
        devices=texts(devices),
        rules=texts(rules),
        references=texts(references),
        grid=grid_axes(grid or [], "--grid"),
        settings=overrides(settings or [], "--set"),
        passes=passes,
        seeds=numbers,
        calibrate=calibrate,
        question=Question(asked, overrides(against or [], "--against")),
    )
    run = SweepRun(out, Engine(backend, workers, address), quiet, json_file)
    if frontier:
        sweep_frontier(options, run)
    else:
        sweeping.sweep(options, run)


app.command()(paper)
app.command()(budget)
app.command()(ranges)
app.command()(reproduce)
