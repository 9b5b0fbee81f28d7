"""``edgeferro firmware run``: build, run, write, show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from edgeferro.chip.chip import Chip
from edgeferro.core.port import NVM_WORDS
from edgeferro.energy.report import BOUNDS, EnergyReport, Quantity
from edgeferro.errors import DataError, StateError
from edgeferro.files.packages import need
from edgeferro.files.write import (
    check_apart,
    check_folder,
    check_place,
    write_json,
    write_whole,
)
from edgeferro.firmware.build import need_machine
from edgeferro.firmware.images import Running, keep_files, run_image
from edgeferro.firmware.own import find_own
from edgeferro.firmware.package import Package
from edgeferro.firmware.programs import PROGRAMS, check_program, make_package
from edgeferro.firmware.session import CUT, STATUS, Result, Session, own_package
from edgeferro.firmware.trace import Recorder, write_json_lines, write_vcd
from edgeferro.mapping.read_quality import ReadQuality, bits_text
from edgeferro.mapping.remarks import run_remarks
from edgeferro.terminal import hint, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.core.bus import BusEvent
    from edgeferro.firmware.build import Own

__all__ = ["Asked", "run_firmware"]

_SECONDS: Final = 600.0
_SECONDS_MAX: Final = 1e6
_CUTS: Final = {
    "": "cut",
    "access": "cut",
    "cycle": "cut_cycle",
    "step": "cut_step",
}

_BUS_UNKNOWN: Final = "accesses are counted with --on host alone"


@dataclass(frozen=True)
class Asked:
    """How a program is run, beyond its data.

    Attributes:
        machine: 'host' (in this process) or a target of images.
        data: samples of one's own.
        nvm: file that the non-volatile memory is read from and written to.
        cuts: losses of power, one after the other, as in 500, cycle:9000 or step:40.
        timeout_s: seconds after which it is ended.
        keep: folder for what it is compiled to.
        gdb: wait for a debugger.
        polling: run once more with a driver that polls, to see both.
    """

    machine: str = "host"
    data: Path | None = None
    nvm: Path | None = None
    cuts: tuple[str, ...] = ()
    timeout_s: float | None = None
    keep: Path | None = None
    gdb: bool = False
    polling: bool = False


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


def _beside(name: str, polled: dict[str, Any], energy: EnergyReport) -> str:
    """What a row says of the driver that polls; the chip's own work is the same."""
    accesses, bus = polled["bus_accesses"], _bus(polled["bus_accesses"], energy)
    texts: dict[str, str] = {"signature of the chip": polled["signature"]}
    if bus is not None:
        texts["bus"] = f"{accesses} accesses, {bus}"
    for command, cost in polled["instructions"].items():
        text = f"{cost['mean']:.0f} (mean of {cost['times']})"
        texts[f"instructions a {command}"] = text
    return texts.get(name, "")


def _show(figures: dict[str, Any], energy: EnergyReport) -> None:
    accesses = figures["bus_accesses"]
    bus = _bus(accesses, energy)
    reads = [ReadQuality.from_dict(read) for read in figures["reads"]]
    title = f"{figures['program']} on {figures['on']}: {figures['status']}"
    heads = "polling" in figures
    table = Table(title=title, title_justify="left", show_header=heads)
    for head in ("", "interrupts", "polling") if heads else ():
        table.add_column(head)
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
        "signature of the chip": figures["signature"],
    }
    for name, cost in figures["instructions"].items():
        text = f"{cost['mean']:.0f} (mean of {cost['times']})"
        rows[f"instructions a {name}"] = text
    polled = figures.get("polling")
    for name, text in rows.items():
        beside = [] if polled is None else [_beside(name, polled, energy)]
        table.add_row(name, text, *beside)
    Console(markup=False).print(table)
    for remark in figures["remarks"]:
        hint(remark["text"])


def _check_machine(name: str, own: Own | None, asked: Asked) -> None:
    """Refuse options that this machine, or a shipped program, would not listen to."""
    machine, here = asked.machine, asked.machine == "host"
    told = {
        "--data": (asked.data, own is not None, "a program of your own"),
        "--nvm": (asked.nvm, here, "--on host"),
        "--cut": (asked.cuts, here, "--on host"),
        "--gdb": (asked.gdb or None, not here, "an image; --on host-image passes"),
        "--keep": (asked.keep, own is not None or not here, "what is compiled"),
        "--timeout": (
            asked.timeout_s,
            own is not None or not here,
            "an image or a program of your own",
        ),
    }
    for option, (value, fits, what) in told.items():
        if value not in {None, ()} and not fits:
            message = f"{option}: {name} on {machine}: it is for {what}"
            raise DataError(message)
    if asked.timeout_s is not None and not 0 < asked.timeout_s <= _SECONDS_MAX:
        message = f"--timeout: {asked.timeout_s:g} is not in 0..{_SECONDS_MAX:g} s"
        raise DataError(message)


def _check(
    name: str,
    places: dict[str, Path | None],
    inputs: Sequence[Path],
    own: Own | None,
    asked: Asked,
) -> None:
    """Refuse what can be refused before anything is compiled or trained."""
    _check_machine(name, own, asked)
    for place, path in places.items():
        check_place(f"--{place}", path)
        if path is not None and place != "json" and asked.machine != "host":
            message = f"--{place}: only with --on host"
            raise DataError(message)
    written = {f"--{place}": path for place, path in places.items()}
    check_place("--nvm", asked.nvm, read_again=True)
    if asked.nvm is not None:
        written["--nvm"] = asked.nvm
    if asked.keep is not None:
        check_folder("--keep", asked.keep)
    sources = () if own is None else own.sources
    check_apart(written, (*inputs, *sources))
    if places["vcd"] is not None:
        need("vcd", "--vcd")
    need_machine(asked.machine, own=own is not None)


def _read_nvm(path: Path) -> np.ndarray:
    """Words of a non-volatile memory; zeros where there is no file yet."""
    if not path.exists():
        return np.zeros(NVM_WORDS, np.uint32)
    data = path.read_bytes()
    if len(data) != 4 * NVM_WORDS:
        message = f"--nvm: {path} has {len(data)} bytes, not {4 * NVM_WORDS}"
        raise DataError(message)
    return np.frombuffer(data, "<u4").astype(np.uint32)


def _cut(text: str) -> dict[str, int]:
    """One loss of power, as :meth:`Session.run` takes it."""
    kind, _, number = text.rpartition(":")
    if kind not in _CUTS or not re.fullmatch(r"[1-9][0-9]{0,18}", number):
        message = f"--cut: {text!r} is not like 500, cycle:9000 or step:40"
        raise DataError(message)
    return {_CUTS[kind]: int(number)}


def _run_here(session: Session, asked: Asked, recorder: Recorder | None) -> Result:
    """Run in this process, power lost and back as often as it is asked for."""
    watch = None if recorder is None else partial(recorder.watch, session)
    if asked.nvm is not None:
        session.nvm = _read_nvm(asked.nvm)
    try:
        for text in asked.cuts:
            lost = _cut(text)
            result = session.run(watch, **lost, timeout_s=asked.timeout_s)
            if result.status != STATUS[CUT]:
                message = f"--cut: {text} is beyond the program's end"
                raise DataError(message)
        return session.run(watch, timeout_s=asked.timeout_s or _SECONDS)
    finally:
        if asked.nvm is not None:
            write_whole(asked.nvm, session.nvm.astype("<u4").tobytes())


def _on_host(
    package: Package, own: Own | None, places: dict[str, Path | None], asked: Asked
) -> tuple[Result, int]:
    session = Session(package, own)
    if asked.keep is not None and session.library is not None:
        stem = f"{package.name}-host"
        keep_files(session.library, package.blob(), asked.keep, stem)
    traced = places["trace"] or places["vcd"]
    recorder = Recorder(session.bus) if traced else None
    counter = _Counter(recorder)
    session.bus.observe(counter)
    try:
        result = _run_here(session, asked, recorder)
    finally:  # what led to a program's death is what is wanted then
        moments = [] if recorder is None else recorder.moments
        if places["trace"] is not None:
            write_json_lines(moments, places["trace"])
        if places["vcd"] is not None:
            write_vcd(moments, places["vcd"], package.chip.controller.clock_mhz)
    return result, counter.accesses


def _polled(
    package: Package, own: Own | None, asked: Asked, energy: EnergyReport
) -> dict[str, Any]:
    """The same program once more, its driver polling: what that takes."""
    package.sections["PARM"][0] = 1
    accesses = None
    if asked.machine == "host":
        result, accesses = _on_host(package, own, {"trace": None, "vcd": None}, Asked())
    else:
        result = run_image(package, asked.machine, own=own)
    bus = _bus(accesses, energy)
    return {
        "signature": result.signature,
        "bus_accesses": accesses,
        "bus_fj": None if bus is None else bus.fj,
        "instructions": {
            name: {"times": times, "mean": mean}
            for name, (times, mean) in result.costs.items()
        },
    }


def run_firmware(
    name: str,
    choice: dict[str, Any],
    options: dict[str, Any],
    places: dict[str, Path | None],
    asked: Asked,
) -> None:
    """Run a program, show it and write its files.

    Args:
        name: of a program; or a C file, or a folder of some.
        choice: chip, and where they were given subject and seed.
        options: of the program's data.
        places: of 'json', 'trace' and 'vcd'.
        asked: how it is run.

    Raises:
        DataError: a name, place or tool that isn't there.
        StateError: the program didn't end well.
    """
    own = None if name in PROGRAMS else find_own(name, _warn)
    if own is None:
        check_program(name)
    chip = choice["chip"]
    inputs = [] if chip is None else [Path(chip), *Chip.load(chip).files()]
    inputs += [path for path in (options.get("image"), asked.data) if path is not None]
    for text in asked.cuts:
        _cut(text)
    if asked.nvm is not None:
        _read_nvm(asked.nvm)
    _check(name, places, inputs, own, asked)
    if own is None:
        package = make_package(name, **choice, **options)
    else:
        package = own_package(own, data=asked.data, **choice, **options)
    accesses, machine = None, asked.machine
    if machine == "host":
        result, accesses = _on_host(package, own, places, asked)
    else:
        how = Running(asked.timeout_s, asked.keep, _show_line if asked.gdb else None)
        result = run_image(package, machine, own=own, how=how)
    energy = EnergyReport.of_chip(result.tally, package.chip, package.image.sizes)
    figures = _figures(package, machine, result, energy, accesses)
    if asked.polling:
        figures["polling"] = _polled(package, own, asked, energy)
    if places["json"] is not None:
        write_json(places["json"], figures)
    _show(figures, energy)
    if result.status != "ok":
        message = f"{package.name}: {result.status}"
        raise StateError(message)


def _warn(text: str) -> None:
    """Show what the compiler says of a program of one's own."""
    _aside(plain(text))


def _show_line(line: str) -> None:
    """Show what a person types to drive an image that waits for it."""
    _aside(f"waiting for a debugger: {line}")


def _aside(text: str) -> None:
    console = Console(stderr=True, markup=False, highlight=False)
    console.print(text, soft_wrap=True)
