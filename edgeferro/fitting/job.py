"""``edgeferro fit``: a measurement in; report, device file, JSON and picture out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from edgeferro.errors import DataError
from edgeferro.files.packages import need
from edgeferro.files.write import (
    PICTURES,
    check_apart,
    check_place,
    write_json,
    write_whole,
)
from edgeferro.fitting.device_file import to_device_toml
from edgeferro.fitting.evaluate import to_dict
from edgeferro.fitting.fit import fit_measurement
from edgeferro.fitting.measurement import Measurement
from edgeferro.fitting.picture import plot
from edgeferro.terminal import show_table

__all__ = ["FitOptions", "run", "show"]


def _bad(text: str) -> NoReturn:
    raise DataError(text)


@dataclass(frozen=True)
class FitOptions:
    """What ``edgeferro fit`` was asked; None is "as the file says, else assumed"."""

    kernel: str = "auto"
    column: str | None = None
    out: Path | None = None
    json: Path | None = None
    plot: Path | None = None
    name: str | None = None
    width_ns: int | None = None
    amplitude_v: float | None = None
    area_um2: float | None = None

    def check(self, source: Path) -> None:
        """Refuse what can't be done before any work is.

        Args:
            source: the measurement, which no output replaces.

        Raises:
            DataError: a number out of range, or a place that can't be written.
            PackageError: of scipy, or of matplotlib for a picture.
        """
        need("scipy", "edgeferro fit")
        if self.width_ns is not None and not 1 <= self.width_ns <= 10**9:
            _bad(f"--width-ns: {self.width_ns} is not in 1..{10**9}")
        area = self.area_um2
        if area is not None and not 1e-4 <= area <= 1e6:
            _bad(f"--area-um2: {area:g} is not in 0.0001..1e+06")
        volts = self.amplitude_v
        if volts is not None and not (math.isfinite(volts) and volts > 0.0):
            _bad(f"--amplitude-v: {volts:g} is not above 0")
        if self.name is not None and not self.name.strip():
            _bad("--name: empty")
        if self.out is None:
            for option in ("name", "width_ns", "amplitude_v", "area_um2"):
                if getattr(self, option) is not None:
                    _bad(f"--{option.replace('_', '-')}: only with --out, the device")
        check_place("--out", self.out)
        check_place("--json", self.json)
        check_place("--plot", self.plot, PICTURES)
        places = {"--out": self.out, "--json": self.json, "--plot": self.plot}
        check_apart(places, (source,))


def show(report: dict[str, Any]) -> None:
    """Print a fit's report."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False)
    console.print(f"{report['file']}: {report['column']}")
    for note in report["notes"]:
        console.print(f"note: {note}")
    steps = report["steps"]
    count = f"{steps['up']} steps up, {steps['down']} down, {report['cycles']} cycles"
    console.print(f"{count}, {report['scheme']}; window: {report['window']}")
    title = "kernel " + " / ".join(dict.fromkeys(report["kernel"].values()))
    table = Table(title=title, title_justify="left")
    table.add_column("parameter")
    for name in ("value", "error"):
        table.add_column(name, justify="right")
    for name, number in report["parameters"].items():
        table.add_row(name, f"{number['value']:.4f}", f"{number['error']:.4f}")
    show_table(table, console)
    for side, r2 in report["r2"].items():
        console.print(f"R2 {side}: steps {r2['steps']:.3f}, curve {r2['curve']:.3f}")
    ends = f"{report['g_min']:.4g} to {report['g_max']:.4g} {report['g_unit']}"
    point = report["symmetry_point"]
    where = "none, one polarity's step is the larger everywhere"
    if point is not None:
        error, w = report["symmetry_point_error"], (point + 1.0) / 2.0
        about = "" if error is None else f" +- {error:.4f}"
        where = f"{point:+.4f}{about} in -1..1 (W = {w:.4f})"
        where += f", {report['states']:.0f} states there"
    both = report["spread"]
    parts = f"{100 * both['c2c']:.1f} % of the step, {100 * both['c2c_additive']:.2f} %"
    console.print(f"conductance: {ends}\nsymmetry point: {where}")
    console.print(f"cycle to cycle: {parts} of the range")
    console.print(f"verdict: {report['verdict']}")


def run(path: Path, options: FitOptions) -> None:
    """Read, fit, write, show; files whole or not at all.

    Raises:
        DataError: bad options, a bad file, or data that determine no kernel.
    """
    options.check(path)
    data = Measurement.load(path, options.column)
    fit = fit_measurement(data, None if options.kernel == "auto" else options.kernel)
    name = options.name or path.stem
    report = to_dict(fit)
    device = ""
    if options.out is not None:
        device = to_device_toml(
            fit, name, options.width_ns, options.amplitude_v, options.area_um2
        )
    if options.out is not None:
        write_whole(options.out, device.encode())
    if options.json is not None:
        write_json(options.json, report)
    if options.plot is not None:
        plot(fit, options.plot)
    show(report)
