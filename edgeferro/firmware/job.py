"""``edgeferro firmware run``: build, run, write, show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.table import Table

from edgeferro.chip.chip import Chip
from edgeferro.energy.report import BOUNDS, EnergyReport, Quantity
from edgeferro.errors import DataError, StateError
from edgeferro.files.packages import need
from edgeferro.files.write import check_apart, check_place, write_json
from edgeferro.firmware.images import run_image
from edgeferro.firmware.package import Package
from edgeferro.firmware.programs import PROGRAMS, make_package
from edgeferro.firmware.session import Result, Session
from edgeferro.firmware.trace import Recorder, write_json_lines, write_vcd
from edgeferro.mapping.read_quality import ReadQuality, bits_text
from edgeferro.mapping.remarks import run_remarks
from edgeferro.terminal import hint

if TYPE_CHECKING:
    from edgeferro.core.bus import BusEvent

__all__ = ["run_firmware"]

_BUS_UNKNOWN: Final = "accesses are counted with --on host alone"


class _Counter:
    """Counts accesses of a bus: ``bus.observe(counter)``."""

    def __init__(self, pass_on: Recorder | None) -> None:
        """Begin with none; tell each event to a recorder too."""
        self.accesses = 0
        self._pass_on = pass_on

    def __call__(self, event: BusEvent) -> None:
        """Take one event."""
        self.accesses += event.kind in {"read", "write", "refused"}
        if self._pass_on is not None:
            self._pass_on(event)


def _bus(accesses: int | None, energy: EnergyReport) -> Quantity | None:
    """Energy of the bus: what the core's counts, and so the energies, leave out."""
    if accesses is None:
        return None
    return Quantity(*(accesses * energy.each("register", b) for b in BOUNDS))


def _figures(
    package: Package,
    machine: str,
    result: Result,
    energy: EnergyReport,
    accesses: int | None,
) -> dict[str, Any]:
    bus = _bus(accesses, energy)
    reads = package.reads(result.tally)
    sites = result.sites  # an image doesn't tell of them
    trained = package.name != "neural_decoder"
    remarks = run_remarks(
        package.chip, result.tally, package.rows, sites, reads, trained=trained
    )
    return {
        "program": package.name,
        "on": machine,
        "chip": package.chip.chip.name,
        "status": result.status,
        "accuracy": result.accuracy,
        "values": result.values,
        "pulses": result.tally.phase_pulses("update"),
        "energy_fj": {
            "per_inference": energy.per_inference.fj,
            "per_update": energy.per_update.fj,
            "total": energy.total.fj,
            "bus": None if bus is None else bus.fj,
        },
        "bus_accesses": accesses,
        "instructions": {
            name: {"times": times, "mean": mean}
            for name, (times, mean) in result.costs.items()
        },
        "reads": [read.to_dict() for read in reads],
        "remarks": [remark.to_dict() for remark in remarks],
        "signature": result.signature,
    }


def _show(figures: dict[str, Any], energy: EnergyReport) -> None:
    accesses = figures["bus_accesses"]
    bus = _bus(accesses, energy)
    reads = [ReadQuality.from_dict(read) for read in figures["reads"]]
    title = f"{figures['program']} on {figures['on']}: {figures['status']}"
    table = Table(title=title, title_justify="left", show_header=False)
    tests = ", ".join(f"{100 * a:.1f} %" for a in figures["accuracy"])
    rows = {
        "accuracy of one chip, test by test": tests or "-",
        "other values": ", ".join(map(str, figures["values"])) or "-",
        "pulses of learning": str(figures["pulses"]),
        "an inference": str(energy.per_inference),
        "an update cycle": str(energy.per_update),
        "all, but for the bus": str(energy.total),
        "bus": _BUS_UNKNOWN if bus is None else f"{accesses} accesses, {bus}",
        "effective bits of a read": bits_text(reads),
        "signature": figures["signature"],
    }
    for name, cost in figures["instructions"].items():
        text = f"{cost['mean']:.0f} (mean of {cost['times']})"
        rows[f"instructions a {name}"] = text
    for name, text in rows.items():
        table.add_row(name, text)
    Console(markup=False).print(table)
    for remark in figures["remarks"]:
        hint(remark["text"])


def _check(
    machine: str,
    places: dict[str, Path | None],
    chip: str | None,
    image: Path | None,
) -> None:
    for name, path in places.items():
        check_place(f"--{name}", path)
        if path is not None and name != "json" and machine != "host":
            message = f"--{name}: only with a shipped program and --on host"
            raise DataError(message)
    found = () if chip is None else (Path(chip), *Chip.load(chip).files())
    found += () if image is None else (image,)
    check_apart({f"--{name}": path for name, path in places.items()}, found)
    if places["vcd"] is not None:
        need("vcd", "--vcd")


def run_firmware(
    name: str,
    machine: str,
    choice: dict[str, Any],
    options: dict[str, Any],
    places: dict[str, Path | None],
) -> None:
    """Run a program, show it and write its files.

    Args:
        name: of a program, or a folder with one.
        machine: 'host' (in this process) or a target of images.
        choice: chip, subject and seed.
        options: of the program's data.
        places: of 'json', 'trace' and 'vcd'.

    Raises:
        DataError: a name, place or tool that isn't there.
        StateError: the program didn't end well.
    """
    own = Path(name) if name not in PROGRAMS and Path(name).is_dir() else None
    if own is not None and machine == "host":
        machine = "host-image"
    if own is not None and not any(own.glob("*.c")):
        message = f"firmware: folder {own} has no program: no file that ends in .c"
        raise DataError(message)
    _check(machine, places, choice["chip"], options.get("image"))
    package = make_package(
        "watch_personalise" if own else name,
        choice["chip"],
        subject=choice["subject"],
        seed=choice["seed"],
        **options,
    )
    if own is not None:
        package.name = own.resolve().name
    accesses = None
    if machine == "host":
        session, recorder = Session(package), Recorder()
        counter = _Counter(recorder if places["trace"] or places["vcd"] else None)
        session.bus.observe(counter)
        result = session.run()
        accesses = counter.accesses
        if places["trace"] is not None:
            write_json_lines(recorder.events, places["trace"])
        if places["vcd"] is not None:
            clock = package.chip.controller.clock_mhz
            write_vcd(recorder.events, places["vcd"], clock)
    else:
        result = run_image(package, machine, own=own)
    energy = EnergyReport.of_chip(result.tally, package.chip, package.image.sizes)
    figures = _figures(package, machine, result, energy, accesses)
    if places["json"] is not None:
        write_json(places["json"], figures)
    _show(figures, energy)
    if result.status != "ok":
        message = f"{package.name}: {result.status}"
        raise StateError(message)
