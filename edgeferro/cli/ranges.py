"""``edgeferro ranges``: its options."""

from __future__ import annotations

from typing import Annotated

import typer

from edgeferro.cli.arguments import number_list, overrides
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
    QuietOption,
    RuleOption,
    SeedsOption,
    SetOption,
    SubjectsOption,
)

__all__ = ["ranges"]


def ranges(
    chip: Annotated[
        str, typer.Argument(help="Shipped profile or path of a chip file.")
    ] = "watch-hzo-200ns",
    task: TaskOption = None,
    rule: RuleOption = None,
    passes: Annotated[
        int | None,
        typer.Option(
            "--passes", help="Passes learned before; 0 of what was trained before."
        ),
    ] = None,
    headroom: Annotated[
        float,
        typer.Option("--headroom", help="Full scale over the largest signal."),
    ] = 1.0,
    data: DataOption = None,
    label: LabelOption = None,
    group: GroupOption = None,
    half: HalfOption = None,
    mnist: MnistOption = None,
    subjects: SubjectsOption = None,
    seeds: SeedsOption = "0-2",
    settings: SetOption = None,
    json_file: JsonOption = None,
    quiet: QuietOption = False,
) -> None:
    """Find each layer's ADC range by the codes of programmed chips; what that costs."""
    from edgeferro.calibrating import ranges_job
    from edgeferro.training.options import Outputs, TrainOptions

    chosen = task_options(
        task, mnist, subjects, data=data, label=label, group=group, half=half
    )
    options = TrainOptions(
        **chosen,
        chip=chip,
        settings=overrides(settings or [], "--set"),
        rule=rule,
        passes=passes,
        seeds=number_list(seeds, "--seeds"),
        order="interleaved",
    )
    ranges_job.ranges(options, Outputs(json_file), headroom, quiet=quiet)
