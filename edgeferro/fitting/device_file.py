"""A fit as a device file; what is not in the data is marked assumed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import numpy as np

from edgeferro import files
from edgeferro._version import __version__
from edgeferro.chip.device import Device
from edgeferro.errors import ConfigError, DataError
from edgeferro.files.write import toml_value
from edgeferro.fitting.evaluate import conductance_ends, date, setting, spread
from edgeferro.fitting.result import KERNELS, FitResult

if TYPE_CHECKING:
    from edgeferro.fitting.measurement import Measurement

__all__ = ["to_device_toml"]

_WIDTHS: Final = {"s": 1e9, "ms": 1e6, "us": 1e3, "ns": 1.0}
_LEAST_BOUND = 0.98  # of the state, for kernels that rest at the rails
_SPREAD_LIMITS: Final = {"c2c": 3.0, "c2c_additive": 0.05}  # as in device.Spread
_SUPERLATTICE = "not in the data: another group's HfO2-ZrO2 superlattice (2509.07045)"
_FILM = "not in the data: as the shipped devices"
_BELOW_10 = "not in the data: D2D below 10 %, WOx/HfZrO4 (2309.12061); halves apart"


def _bad(text: str) -> NoReturn:
    raise DataError(text)


def _figure(value: float, unit: str, kind: str, source: str, *ends: float) -> str:
    """Write a figure of a device file."""
    span = f", low = {min(ends)!r}, high = {max(ends)!r}" if ends else ""
    head = f'value = {value!r}{span}, unit = "{unit}", kind = "{kind}"'
    return f"{{ {head}, source = {toml_value(source)} }}"


def _width(data: Measurement, given: int | None) -> tuple[int, str]:
    """Pulse width in ns, and where it comes from."""
    if given is not None:
        return given, "as given"
    found = setting(data, r"pulse.*(width|duration).*_(s|ms|us|ns)$")
    if found:
        scale = _WIDTHS[found[0].rpartition("_")[2].lower()]
        try:
            width = round(float(found[1].replace(",", ".")) * scale)
        except (ValueError, OverflowError):
            width = 0
        if 1 <= width <= 10**9:
            return width, f"{found[0]} of the file"
    return 200, "assumed: not in the data"


def _conductances(fit: FitResult, origin: str) -> tuple[str, str]:
    """Conductance at both rails; assumed where the data have no scale."""
    low, high = conductance_ends(fit)
    kind, source = ("fitted" if fit.fitted_window else "measured"), origin
    if not fit.data.absolute:
        low, high, kind = 0.4, 0.91, "assumed"
        source = "the data have no scale: as the 20 ns device of arXiv 2601.01186"
    return _figure(low, "nS", kind, source), _figure(high, "nS", kind, source)


def _area(data: Measurement, given: float | None) -> str:
    """Area of the cell: as given, from a line above the table, or assumed."""
    if given is not None:
        return _figure(given, "um2", "measured", "as given")
    for key, value in data.preamble.items():
        match = re.fullmatch(r"(\d*\.?\d+)\s*(um2|um\^2|µm2|µm²)?", value)
        if match and re.fullmatch(r"area(.um2)?", key, re.IGNORECASE):
            sure = bool(match[2]) or key.lower() != "area"
            note = f"{key} of the file" + "; no unit there" * (not sure)
            kind = "measured" if sure else "assumed"
            return _figure(float(match[1]), "um2", kind, note)
    return _figure(10.0, "um2", "assumed", _FILM, 3.0, 20.0)


def _amplitude(fit: FitResult, given: float | None, origin: str) -> str:
    """Write voltage: as given, the largest of each branch, or assumed."""
    if given is not None:
        return _figure(given, "V", "measured", "as given")
    volts, steps = fit.data.voltage, fit.steps
    if volts is None:
        return _figure(3.0, "V", "assumed", "not in the data", 2.0, 3.0)
    branches = (steps.after[steps.up], steps.after[~steps.up])
    tops = [float(np.abs(volts[after]).max()) for after in branches]
    return _figure(max(tops), "V", "measured", f"largest; {origin}", *tops)


def _bounds(fit: FitResult) -> tuple[float, float]:
    """States that the readings reach, -1..1 over the window."""
    low, high = fit.values[-2:]
    rails = 2.0 * (np.array([0.0, 1.0]) - low) / (high - low) - 1.0
    if "beta" in fit.kinds:  # a state at a rail would never leave it
        rails = np.clip(rails, -_LEAST_BOUND, _LEAST_BOUND)
    return float(rails[0]), float(rails[1])


def _spread_lines(fit: FitResult, origin: str) -> list[str]:
    noises = spread(fit)
    for what, size in noises.items():
        if size > _SPREAD_LIMITS[what]:
            _bad(f"{fit.data.name}: {what} {size:.3g} is above {_SPREAD_LIMITS[what]}")
    half = _figure(0.070711, "1", "assumed", _BELOW_10)
    return [
        f"d2d_common = {half}",
        f"d2d_asymmetry = {half}",
        *(f"{k} = {_figure(v, '1', 'fitted', origin)}" for k, v in noises.items()),
        f"bound = {_figure(0.0, '1', 'assumed', 'not in the data')}",
    ]


def _kernel_lines(fit: FitResult) -> list[str]:
    lines = []
    for side, kernel in zip(("up", "down"), fit.kernels(), strict=True):
        values = [f"{n} = {getattr(kernel, n)!r}" for n in KERNELS[kernel.kind]]
        lines.append(f'{side} = {{ kind = "{kernel.kind}", {", ".join(values)} }}')
    return lines


def to_device_toml(
    fit: FitResult,
    name: str,
    width_ns: int | None = None,
    amplitude_v: float | None = None,
    area_um2: float | None = None,
) -> str:
    """Write a device file; what is not in the data is marked assumed.

    Raises:
        DataError: the fit is no device: its spread or its steps are too large.
    """
    data, file = fit.data, Path(fit.data.name).name
    width, width_source = _width(data, width_ns)
    pulses = "a step is a staircase's increment" if fit.steps.staircase else "equal"
    origin = f"fitted by edgeferro {__version__} to {file}"
    r2 = ", ".join(f"R2 {side} {max(pair):.3f}" for side, pair in fit.r2.items())
    day = (
        f"measured {date(data)}" if date(data) else "day of measurement not in the file"
    )
    source = f"{origin}, sha256 {data.sha256 or 'none'}, {day}; {r2}"
    about = f"Fit to {file}, pulses {pulses}; {width} ns ({width_source})"
    low, high = _conductances(fit, origin)
    bounds = _bounds(fit)
    lines = [
        f"name = {toml_value(name)}",
        f"description = {toml_value(about)}",
        f"source = {toml_value(source)}",
        'kind = "fitted"',
        f"g_min_ns = {low}",
        f"g_max_ns = {high}",
        f"area_um2 = {_area(data, area_um2)}",
        f"thickness_nm = {_figure(12.5, 'nm', 'assumed', _FILM, 10.0, 15.0)}",
        f"permittivity = {_figure(30.0, '1', 'assumed', _FILM, 25.0, 35.0)}",
        f"polarization_uc_cm2 = {_figure(76.0, 'uC/cm2', 'assumed', _SUPERLATTICE)}",
        f"endurance = {_figure(1e9, 'pulses', 'assumed', _SUPERLATTICE)}",
        f"bound_low = {bounds[0]!r}",
        f"bound_high = {bounds[1]!r}",
        "\n[spread]",
        *_spread_lines(fit, origin),
        "\n[[classes]]",
        f"width_ns = {width}",
        f"amplitude_v = {_amplitude(fit, amplitude_v, origin)}",
        *_kernel_lines(fit),
    ]
    text = "\n".join(lines) + "\n"
    try:
        files.validate(Device, files.parse(text, data.name), data.name)
    except ConfigError as error:
        _bad(f"{error} (the fit makes no device)")
    return text
