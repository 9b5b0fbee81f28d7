"""``edgeferro firmware``: programs on the emulated chip, here and under QEMU."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from edgeferro.cli.arguments import given, number_list
from edgeferro.errors import ConfigError, DataError

__all__ = ["firmware_app"]

firmware_app = typer.Typer(
    no_args_is_help=True, help="Programs on the emulated chip, here and under QEMU."
)


# Options that not all programs listen to, and the programs that do not. A program of
# one's own gets the data of watch_personalise.
_OF_WATCH: Final = ("watch_personalise", "calibrate_and_shift", "power_cut")
_DEAF: Final = {
    "--trials": (*_OF_WATCH, "energy_governor", "duty_cycle"),
    "--how": (*_OF_WATCH, "energy_governor", "duty_cycle"),
    "--allowance-pj": (*_OF_WATCH, "neural_decoder", "duty_cycle"),
    "--passes": ("calibrate_and_shift", "energy_governor", "power_cut"),
    "--accumulators": (*_OF_WATCH, "neural_decoder", "energy_governor"),
    "--subject": ("neural_decoder",),
    "--image": ("calibrate_and_shift", "power_cut", "duty_cycle", "neural_decoder"),
}


@firmware_app.command("list")
def list_programs() -> None:
    """List the programs and the machines they run on."""
    from edgeferro.firmware.programs import PROGRAMS
    from edgeferro.firmware.targets import TARGETS

    for name, text in PROGRAMS.items():
        typer.echo(f"{name:24} {text}")
    typer.echo(f"\n--on host, {', '.join(TARGETS)}")


@firmware_app.command("run")
def run_program(  # noqa: PLR0917 - a command has as many options as it needs
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(help="A program; or a C file of yours, or a folder.")
    ],
    machine: Annotated[
        str, typer.Option("--on", help="host, host-image, cortex-m3, cortex-m33, rv32.")
    ] = "host",
    chip: Annotated[str | None, typer.Option(help="Chip profile or file.")] = None,
    subject: Annotated[int, typer.Option(help="Of the watch task, 0..9.")] = 0,
    seed: Annotated[int, typer.Option(help="Of pre-training and chip.")] = 0,
    passes: Annotated[int | None, typer.Option(help="Over the samples.")] = None,
    trials: Annotated[str, typer.Option(help="neural_decoder: kdd or scp1.")] = "kdd",
    how: Annotated[
        str, typer.Option(help="neural_decoder: labels, confident or frozen.")
    ] = "labels",
    allowance_pj: Annotated[
        int, typer.Option(help="energy_governor: picojoules a day.")
    ] = 150_000,
    accumulators: Annotated[
        str | None,
        typer.Option(help="duty_cycle: retained, saved or lost; on: never off."),
    ] = None,
    image_file: Annotated[
        Path | None,
        typer.Option("--image", help="Start from a saved run's chip: no pre-training."),
    ] = None,
    data_file: Annotated[
        Path | None,
        typer.Option("--data", help="Your program's samples: X, y, ... in a .npz."),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures here.")
    ] = None,
    trace_file: Annotated[
        Path | None, typer.Option("--trace", help="host: every access, JSON lines.")
    ] = None,
    vcd_file: Annotated[
        Path | None, typer.Option("--vcd", help="host: for GTKWave.")
    ] = None,
    nvm_file: Annotated[
        Path | None,
        typer.Option("--nvm", help="host: non-volatile memory, read and written."),
    ] = None,
    cuts: Annotated[
        list[str] | None,
        typer.Option(
            "--cut",
            help="host: lose power after so many accesses, at cycle:N or after step:N,"
            " and start again; as often as it is given.",
        ),
    ] = None,
    timeout_s: Annotated[
        float | None, typer.Option("--timeout", help="Seconds; else 600.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Folder for image, map and data.")
    ] = None,
    polling: Annotated[
        bool, typer.Option("--polling", help="Once more, polling: both in one table.")
    ] = False,
    gdb: Annotated[
        bool, typer.Option("--gdb", help="Images: wait for a debugger.")
    ] = False,
) -> None:
    """Run a program to its end; show accuracy, pulses, energy and signature."""
    from edgeferro.firmware.job import Asked, run_firmware
    from edgeferro.firmware.programs import PROGRAMS

    source = name if name in PROGRAMS else "watch_personalise"
    said = given(context)
    for option in said:
        if source in _DEAF.get(option, ()):
            message = f"{option}: has no effect on {name}"
            raise ConfigError(message)
    options: dict[str, Any] = {}
    if passes is not None:
        options["passes"] = passes
    if name == "neural_decoder":
        options |= {"trials": trials, "how": how}
    if name == "energy_governor":
        options["allowance_pj"] = allowance_pj
    if accumulators is not None:
        options["keep"] = accumulators
    if image_file is not None:
        options["image"] = image_file
    places = {"json": json_file, "trace": trace_file, "vcd": vcd_file}
    choice: dict[str, Any] = {"chip": chip, "seed": seed}
    if "--subject" in said:
        choice["subject"] = subject
    lost = tuple(cuts or ())
    asked = Asked(machine, data_file, nvm_file, lost, timeout_s, keep, gdb, polling)
    run_firmware(name, choice, options, places, asked)


@firmware_app.command("new")
def new_program(
    name: str,
    into: Annotated[Path, typer.Option(help="Folder to make it in.")] = Path(),
) -> None:
    """Make a folder with a program of your own that builds and learns."""
    from edgeferro.firmware.skeleton import make_skeleton

    place = make_skeleton(name, into)
    typer.echo(f"made {place}; now: cd {place} && make")


@firmware_app.command("sources")
def sources() -> None:
    """Print the folder of headers and sources that the package brings."""
    from edgeferro.firmware.build import source_folder

    typer.echo(source_folder())


@firmware_app.command("cost")
def cost(
    into: Annotated[
        Path | None,
        typer.Option(help="Write COST.md and instructions.toml into this folder."),
    ] = None,
) -> None:
    """Print what firmware costs: instructions, code, RAM and stack."""
    from edgeferro.firmware.cost import cost_table, write_costs
    from edgeferro.firmware.counting import measure_counts

    if into is None:
        typer.echo(cost_table(measure_counts()))
        return
    for path in write_costs(into):
        typer.echo(path)


@firmware_app.command("registers")
def registers(
    folder: Annotated[Path, typer.Argument(help="Where to write them.")],
    base: Annotated[
        str, typer.Option(help="The block's address, for the SVD.")
    ] = "0x5F000000",
    interrupt: Annotated[int, typer.Option(help="Its line's number.")] = 31,
    cpu: Annotated[str, typer.Option(help="As CMSIS-SVD calls it, or other.")] = "CM3",
) -> None:
    """Write the register map as SVD, HTML, IP-XACT and SystemVerilog."""
    from edgeferro.firmware.register_exports import export_registers
    from edgeferro.firmware.svd import Place

    try:
        address = int(base, 0)
    except ValueError:
        message = f"--base: {base!r} is not a number like 0x5F000000"
        raise DataError(message) from None
    for path in export_registers(folder, Place(address, interrupt, cpu)):
        typer.echo(path)


@firmware_app.command("matrix")
def matrix(  # noqa: PLR0917 - a command has as many options as it needs
    programs: Annotated[
        str, typer.Option(help="Programs, with commas; all by default.")
    ] = "",
    chips: Annotated[
        str, typer.Option(help="Of the shipped watch chips; all three.")
    ] = "",
    references: Annotated[
        str, typer.Option(help="none, cell, stored, offset; all by default.")
    ] = "",
    levels: Annotated[
        str, typer.Option(help="middle, symmetry-point, calibrated; all by default.")
    ] = "",
    machines: Annotated[
        str, typer.Option(help="host, host-image, cortex-m3, ...; all by default.")
    ] = "",
    subject: Annotated[int, typer.Option(help="Of the watch task, 0..9.")] = 0,
    seed: Annotated[int, typer.Option(help="Of pre-training and chip.")] = 0,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures here.")
    ] = None,
) -> None:
    """Run programs on chips and machines: one table of signatures, as in training.

    All of it takes hours; choose a part. Ends with 1 where any differs.
    """
    from edgeferro.files.write import check_place
    from edgeferro.firmware.matrix import Matrix, run_matrix

    check_place("--json", json_file)
    asked = {
        "programs": programs,
        "chips": chips,
        "references": references,
        "levels": levels,
        "machines": machines,
    }
    chosen: dict[str, Any] = {
        name: tuple(part.strip() for part in text.split(","))
        for name, text in asked.items()
        if text
    }
    run_matrix(Matrix(**chosen, subject=subject, seed=seed), json_file)


@firmware_app.command("duty")
def duty(
    chip: Annotated[str, typer.Option(help="Chip profile or file.")] = (
        "watch-hzo-200ns"
    ),
    subjects: Annotated[str, typer.Option(help="People, as in 0-9.")] = "0-9",
    seeds: Annotated[str, typer.Option(help="Seeds, as in 0-4.")] = "0",
    passes: Annotated[int | None, typer.Option(help="Over the samples.")] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures here.")
    ] = None,
) -> None:
    """Compare a chip that is off between windows with one that is always on."""
    from edgeferro.budget.duty import run_duty
    from edgeferro.chip.chip import Chip
    from edgeferro.files.write import check_place

    check_place("--json", json_file)
    people = number_list(subjects, "--subjects")
    run_duty(Chip.load(chip), people, number_list(seeds, "--seeds"), passes, json_file)
