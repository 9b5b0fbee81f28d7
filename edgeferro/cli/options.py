"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AutoSeedsOption",
    "ChipOption",
    "JsonOption",
    "MnistOption",
    "PassesOption",
    "PowerOption",
    "QuietOption",
    "ResolveOption",
    "RuleOption",
    "SeedsMostOption",
    "SeedsOption",
    "SetOption",
    "SubjectsOption",
    "WorkersOption",
]

ChipOption = Annotated[
    str | None, typer.Option("--chip", help="Shipped profile or path of a chip file.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="Override of the chip file: path=value, repeatable."),
]
RuleOption = Annotated[
    str | None,
    typer.Option("--rule", help="sgd-stochastic, sgd-counted or mixed-precision."),
]
PassesOption = Annotated[
    int | None, typer.Option("--passes", help="Passes over the samples to learn.")
]
PowerOption = Annotated[
    int | None,
    typer.Option(
        "--power-off-every", help="The chip loses power after each N-th learning step."
    ),
]
SubjectsOption = Annotated[
    str | None,
    typer.Option("--subjects", help="Subjects, like 0-9 or 1,4; or groups' names."),
]
SeedsOption = Annotated[str, typer.Option("--seeds", help="Seeds, like 0-2.")]
AutoSeedsOption = Annotated[
    str,
    typer.Option(
        "--seeds", help="Seeds, like 0-2; auto adds them until --resolve is reached."
    ),
]
ResolveOption = Annotated[
    float | None,
    typer.Option(
        "--resolve",
        help="Percent points that are to be told apart; 1 by default. Of a run alone "
        "half of its interval.",
    ),
]
SeedsMostOption = Annotated[
    int | None,
    typer.Option("--seeds-most", help="Where --seeds auto ends; 64 by default."),
]
JsonOption = Annotated[
    Path | None, typer.Option("--json", help="Write the figures here.")
]
WorkersOption = Annotated[int, typer.Option("--workers", help="Threads.")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="No progress bar.")]
MnistOption = Annotated[
    Path | None, typer.Option("--mnist", help="Folder of the four IDX files.")
]
