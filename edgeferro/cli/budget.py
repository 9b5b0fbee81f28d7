"""``edgeferro budget``: its options."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from edgeferro.cli.arguments import (
    given,
    number_list,
    overrides,
    power_settings,
    refuse_with,
)
from edgeferro.cli.data import (
    DataOption,
    GroupOption,
    HalfOption,
    LabelOption,
    TaskOption,
    task_options,
)
from edgeferro.cli.options import (
    JsonOption,
    MnistOption,
    PassesOption,
    PowerOption,
    QuietOption,
    RuleOption,
    SeedsOption,
    SetOption,
    SubjectsOption,
    WorkersOption,
)

__all__ = ["budget"]


# Options that a budget of a run, once it is made, has no use for.
_OF_A_RUN: Final = {
    "--task",
    "--data",
    "--label",
    "--group",
    "--half",
    "--mnist",
    "--rule",
    "--passes",
    "--subjects",
    "--seeds",
    "--calibrate",
    "--power-off-every",
    "--cycled",
    "--workers",
}
# What an explanation looks at.
_EXPLAINED: Final = {
    "--explain",
    "--set",
    "--prices",
    "--product",
    "--battery",
    "--implant",
    "--no-html",
    "--quiet",
}


def budget(
    context: typer.Context,
    source: Annotated[
        str, typer.Argument(help="Chip profile or file, or the JSON of a run.")
    ] = "watch-hzo-200ns",
    task: TaskOption = None,
    rule: RuleOption = None,
    passes: PassesOption = None,
    data: DataOption = None,
    label: LabelOption = None,
    group: GroupOption = None,
    half: HalfOption = None,
    subjects: SubjectsOption = None,
    seeds: SeedsOption = "0",
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Calibrate each chip first.")
    ] = False,
    settings: SetOption = None,
    power_off_every: PowerOption = None,
    cycled: Annotated[
        bool,
        typer.Option(
            "--cycled", help="Run it with power off after each learning step too."
        ),
    ] = False,
    product: Annotated[
        str | None, typer.Option(help="Shipped product or file; none: chip alone.")
    ] = None,
    battery: Annotated[
        str | None, typer.Option(help="Battery or file; product: its own; none.")
    ] = None,
    implant: Annotated[
        str | None, typer.Option(help="Implant or file; product: its own; none.")
    ] = None,
    prices: Annotated[
        str | None, typer.Option(help="Shipped price file or path.")
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(help="Beside it: a chip, a run's JSON, or path=value."),
    ] = None,
    wish: Annotated[
        str | None, typer.Option("--solve", help="Like battery_days>=365.")
    ] = None,
    vary: Annotated[
        str | None, typer.Option(help="What to solve for: usage.updates_per_day, ...")
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(help="Explain a name of any table: adc, inference, product, ..."),
    ] = None,
    draws: Annotated[int, typer.Option(help="Draws of all prices.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Of the draws.")] = 0,
    mnist_folder: MnistOption = None,
    json_file: JsonOption = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Write phases and parts here.")
    ] = None,
    html_file: Annotated[
        Path, typer.Option("--html", help="Write the page here.")
    ] = Path("budget.html"),
    no_html: Annotated[bool, typer.Option("--no-html", help="No page.")] = False,
    workers: WorkersOption = 2,
    quiet: QuietOption = False,
) -> None:
    """From counted events to battery days and tissue degrees, with every source.

    Without options: a run of the watch task, and a page for a review, budget.html.
    """
    from edgeferro.budget.job import run_budget
    from edgeferro.budget.options import BudgetOptions
    from edgeferro.training.options import TrainOptions

    asked = given(context)
    if explain is not None:
        refuse_with("--explain", [name for name in asked if name not in _EXPLAINED])
    if no_html and "--html" in asked:
        refuse_with("--no-html", ["--html"])
    chosen = power_settings(overrides(settings or [], "--set"), power_off_every)
    named = {"usage.battery": battery, "usage.implant": implant}
    named |= {"energy.prices": prices, "usage.product": product}
    for path, value in named.items():
        if value is not None and path in chosen:
            refuse_with(f"--{path.partition('.')[2]}", [f"--set {path}"])
    chosen |= {path: value for path, value in named.items() if value is not None}
    run = TrainOptions(
        **task_options(
            task, mnist_folder, subjects, data=data, label=label, group=group, half=half
        ),
        chip=source,
        settings=chosen,
        rule=rule,
        passes=passes,
        seeds=number_list(seeds, "--seeds"),
        order="interleaved",
        calibrate=calibrate,
    )
    options = BudgetOptions(
        source=source,
        run=run,
        explain=explain,
        compare=compare,
        wish=wish,
        vary=vary,
        draws=draws,
        seed=seed,
        json=json_file,
        csv=csv_file,
        html=None if no_html else html_file,
        workers=workers,
        quiet=quiet,
        changes=overrides([compare], "--compare") if compare and "=" in compare else {},
        command=shlex.join(["edgeferro", *sys.argv[1:]]),
        cycled=cycled,
        run_options=tuple(name for name in asked if name in _OF_A_RUN),
    )
    run_budget(options)
