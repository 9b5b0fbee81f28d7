"""``edgeferro info``: what is shipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeferro.errors import ConfigError

if TYPE_CHECKING:
    from edgeferro.chip.device import Device
    from edgeferro.energy.mcu import McuCore
    from edgeferro.product.battery import Battery
    from edgeferro.product.implant import Implant
    from edgeferro.product.product import Product

__all__ = ["info_app"]

info_app = typer.Typer(no_args_is_help=True, help="What is shipped, and its schema.")


def _list(model: type[Device | Battery | Implant | Product | McuCore]) -> None:
    """Print name and description of each shipped file of a kind."""
    from edgeferro.terminal import show_list

    show_list((name, model.load(name).description) for name in model.shipped())


def _show_device(found: Device) -> None:
    """Print steps, states and symmetry point of each pulse, and what is assumed."""
    from rich.console import Console
    from rich.table import Table

    from edgeferro.chip.device_text import width_text
    from edgeferro.terminal import show_table

    console = Console(markup=False)
    console.print(f"{found.name}: {found.description}")
    console.print(f"response: {found.kind}, {found.source}")
    table = Table()
    for name in ("width", "step up", "step down", "states", "symmetry point"):
        table.add_column(name, justify="right")
    for index, pulses in enumerate(found.classes):
        try:
            point = found.symmetry_point(index)
            up, down = found.step_at(point, index)
            cells = [f"{up:.4g}", f"{down:.4g}", f"{found.states(index):.0f}"]
            cells.append(f"{point:+.4f}")
        except ConfigError:
            cells = ["-", "-", "-", "none"]
        table.add_row(width_text(pulses.width_ns), *cells)
    show_table(table, console)
    console.print("steps and states at the symmetry point; the state runs from -1 to 1")
    for line in found.geometry_lines():
        console.print(line, highlight=False)
    for line in found.assumed():
        console.print(f"assumed: {line}", highlight=False)


@info_app.command("chips")
def info_chips() -> None:
    """List the shipped chip profiles."""
    from edgeferro.chip.chip import Chip
    from edgeferro.terminal import show_list

    show_list((name, Chip.load(name).chip.description) for name in Chip.shipped())


@info_app.command("chip")
def info_chip(
    name: str,
    inputs: Annotated[
        int, typer.Option(min=1, max=4095, help="Of the task, for its hardware.")
    ] = 32,
    outputs: Annotated[
        int, typer.Option(min=1, max=4096, help="Of the task, for its hardware.")
    ] = 8,
) -> None:
    """Print a chip file with every default written out, and what it is made of."""
    from edgeferro.chip.chip import Chip
    from edgeferro.core.tally import Tally
    from edgeferro.energy.blocks import shapes_of
    from edgeferro.energy.cells import cell_lines
    from edgeferro.energy.hardware import Hardware
    from edgeferro.mapping.ir_drop import nominal_drop
    from edgeferro.mapping.read_quality import nominal_read
    from edgeferro.mapping.remarks import run_remarks
    from edgeferro.terminal import hint

    found = Chip.load(name)
    read, driven = nominal_read(found)
    typer.echo(found.to_toml())
    for line in (*cell_lines(found), nominal_drop(found)):
        typer.echo(f"# {line}")
    typer.echo(
        f"# {read}; {driven} inputs a line at half the largest code, cells at the "
        f"middle of their window"
    )
    hardware = Hardware.of_chip(found, shapes_of(found, inputs, outputs))
    typer.echo(f"# hardware, estimated for {inputs} inputs and {outputs} outputs:")
    for line in hardware.lines():
        typer.echo(f"# {line}")
    for remark in run_remarks(found, Tally.zero(), (), (), [read]):
        hint(remark.text)


@info_app.command("schema")
def info_schema() -> None:
    """Print the JSON schema of chip files, for editors."""
    from edgeferro.chip.chip import Chip

    typer.echo(json.dumps(Chip.json_schema(), indent=2))


@info_app.command("devices")
def info_devices() -> None:
    """List the shipped devices."""
    from edgeferro.chip.device import Device

    _list(Device)


@info_app.command("device")
def info_device(
    name: str,
    plot_file: Annotated[
        Path | None, typer.Option("--plot", help="Draw its response here.")
    ] = None,
) -> None:
    """Print a device: steps, states, symmetry point, and what is assumed."""
    from edgeferro.chip.device import Device
    from edgeferro.files.write import PICTURES, check_apart, check_place

    check_place("--plot", plot_file, PICTURES)
    check_apart({"--plot": plot_file}, (Path(name),))
    device = Device.load(name)
    if plot_file is not None:
        device.plot(plot_file)
    _show_device(device)


@info_app.command("batteries")
def info_batteries() -> None:
    """List the shipped batteries and harvesters."""
    from edgeferro.product.battery import Battery

    _list(Battery)


@info_app.command("implants")
def info_implants() -> None:
    """List the shipped implants."""
    from edgeferro.product.implant import Implant

    _list(Implant)


@info_app.command("products")
def info_products() -> None:
    """List the shipped products."""
    from edgeferro.product.product import Product

    _list(Product)


@info_app.command("cores")
def info_cores() -> None:
    """List the shipped cores of a microcontroller."""
    from edgeferro.energy.mcu import McuCore

    _list(McuCore)


@info_app.command("prices")
def info_prices(name: str = "cmos-130nm-mixed") -> None:
    """Print a price file: every event with value, range, kind and source."""
    from edgeferro.energy.prices import Prices
    from edgeferro.terminal import hint, show_below

    prices = Prices.load(name)
    for text in prices.remarks():
        hint(text)
    show_below(prices.table(), "sources")


@info_app.command("areas")
def info_areas(name: str = "cmos-130nm") -> None:
    """Print an area file: every part with value, range, kind and source."""
    from edgeferro.energy.areas import Areas
    from edgeferro.terminal import show_below

    show_below(Areas.load(name).table(), "sources")
