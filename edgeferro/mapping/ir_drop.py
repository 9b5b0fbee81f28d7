"""The largest IR drop of a chip's arrays: what its lines' ohms take from a code.

The core reads as if lines had no resistance, so a chip on which they take more than
half a code is refused. What is worked out is the worst read that a converter can hold,
all inputs at their largest code, of the row that is last from the drivers:

- without a reference cell all cells stand at G_max, but for the row's own nearest ones:
  so many at G_min that its weights add up to no more than the converter's range;
- with one, the row's far cells stand at its highest weight, its near ones at its
  lowest; the other rows' cells, both of a pair, at G_max on the far lines and at G_min
  on the near ones. What driven lines lose alike is no difference of a pair.

A backward read is the same with rows and columns exchanged. There the two cells of a
pair hang on driven lines of their own, driven opposite ways: the others' main ones
stand at G_max, those against them at G_min. What driven lines take is most where the
line's own cells are all at G_max, what its own wire takes where they are split as
above: the sum of both is said. A verify read drives the farthest column alone. Of small
arrays the tests try all changes of one cell and of two: none that the range allows is
worse.

An integrator's own resistance is not in it: it takes the same part of everything that a
line carries, which is a gain (``converters.adc_gain_error``).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import numpy as np

from edgeferro.chip.wires import line_ohm
from edgeferro.errors import ConfigError
from edgeferro.mapping.ladder import fall, kept_back

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.chip.chip import Chip
    from edgeferro.chip.device import Device
    from edgeferro.mapping.configuration import LayerRegisters

__all__ = ["IrDrop", "Pattern", "Read", "ir_drops", "nominal_drop", "worst_reads"]

KINDS: Final = ("forward", "backward", "verify")
LIMIT: Final = 0.5  # codes
_WINDOW: Final = 65536  # weight codes from G_min to G_max (SPEC 4.2)
_NOMINAL: Final = 128  # rows and columns of the array that `nominal_drop` looks at


class Pattern(NamedTuple):
    """What a read of an array depends on.

    Attributes:
        kind: 'forward', 'backward' or 'verify'.
        rows: of the array.
        columns: of the array, the bias column included.
        planes: cells of a weight, 1 or 2.
        low: G_min, siemens.
        high: G_max, siemens.
        far: cells of the line that stand at their highest weight.
    """

    kind: str
    rows: int
    columns: int
    planes: int
    low: float
    high: float
    far: int


class Read(NamedTuple):
    """Cells and drives of a read.

    Attributes:
        siemens: of the cells, (sensed lines, driven lines).
        volts: of the driven lines, in parts of the read voltage.
        counts: of each sensed line in the row's current.
    """

    siemens: np.ndarray
    volts: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True)
class IrDrop:
    """The largest IR drop of a layer's reads.

    Attributes:
        layer: its index.
        read: 'forward', 'backward' or 'verify'.
        codes: that it takes, of the converter of that read.
        rows: of the array.
        columns: of the array, the bias column included.
        line_ohm: of the wire from cell to cell.
        driver_ohm: of what drives a line.
    """

    layer: int
    read: str
    codes: float
    rows: int
    columns: int
    line_ohm: float
    driver_ohm: float

    def to_dict(self) -> dict[str, Any]:
        """Return the figures of ``--json``."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Take what :meth:`to_dict` gave.

        Raises:
            ValueError: a figure of another type or out of range, by name.
        """
        found = cls(**data)
        if found.read not in KINDS:
            message = f"ir_drop.read: {found.read!r} is not one of {', '.join(KINDS)}"
            raise ValueError(message)
        for name, value in asdict(found).items():
            if name == "read":
                continue
            whole = name in {"layer", "rows", "columns"}
            if type(value) not in ({int} if whole else {int, float}):
                kind = "whole number" if whole else "number"
                message = f"ir_drop.{name}: {value!r} is not a {kind}"
                raise ValueError(message)
            least = int(name in {"rows", "columns"})
            if not (math.isfinite(value) and value >= least):
                message = f"ir_drop.{name}: {value!r} is not finite and {least} or more"
                raise ValueError(message)
        return found

    def __str__(self) -> str:
        """Say it in one line."""
        return (
            f"IR drop of layer {self.layer}: up to {self.codes:.2g} codes in a "
            f"{self.read} read ({self.rows} x {self.columns} weights, "
            f"{self.line_ohm:g} ohm a cell, drivers of {self.driver_ohm:g} ohm)"
        )


def worst_reads(what: Pattern) -> tuple[Read, ...]:
    """Cells and drives of the reads that lose most; together, where there are two."""
    kind, rows, columns, planes, low, high, far = what
    across = kind == "backward"
    sensed, driven = (columns, rows) if across else (rows, columns)
    near = driven - far
    # (sensed, driven, planes), the last line's own cells at the end
    siemens = np.full((sensed, driven, planes), high)
    if kind == "verify":
        siemens[-1, -1, 1:] = low
        return (_read(what, siemens),)
    if planes == 1:
        siemens[-1, :near] = low
        return (_read(what, siemens),)
    if across:
        siemens[:-1, :, 1] = low
        even = siemens.copy()  # its own cells all at G_max: no weight, nor any current
    else:
        siemens[:, :near] = low
    siemens[-1, :near], siemens[-1, near:] = (low, high), (high, low)
    split = _read(what, siemens)
    return (split, _read(what, even)) if across else (split,)


def _read(what: Pattern, siemens: np.ndarray) -> Read:
    """Lay out cells by lines, (sensed, driven, planes) before, with their drives."""
    sensed, driven, planes = siemens.shape
    volts, counts = np.ones(driven), np.zeros(sensed)
    counts[-1] = 1.0
    if what.kind == "verify":
        volts[:-1] = 0.0
    signs = np.array([1.0, -1.0][:planes])
    if what.kind == "backward":  # the two cells of a pair hang on two driven lines
        cells = siemens.reshape(sensed, driven * planes)
        return Read(cells, np.multiply.outer(volts, signs).ravel(), counts)
    cells = siemens.transpose(0, 2, 1).reshape(sensed * planes, driven)
    return Read(cells, volts, np.multiply.outer(counts, signs).ravel())


@lru_cache(maxsize=64)
def _lost(what: Pattern, wire: float, driver: float) -> float:
    """Part of the window's current that the row lacks."""
    lost = sum(
        kept_back(read.siemens, read.volts, wire, driver) @ read.counts
        for read in worst_reads(what)
    )
    return abs(float(lost)) / (what.high - what.low)


def _shares(what: Pattern) -> tuple[float, float]:
    """The same at first order, for an ohm of wire a cell, and for one of the driver.

    Lines that lose more lose less than in proportion: currents fall.
    """

    def part(wire: float, driver: float) -> float:
        lost = 0.0
        for cells, volts, counts in worst_reads(what):
            lost += float((cells * fall(cells * volts, wire, driver)).sum(1) @ counts)
        return abs(lost) / (what.high - what.low)

    return part(1.0, 0.0), part(0.0, 1.0)


def _far(lines: int, planes: int, window_codes: float, half: float) -> int:
    """Cells of a line that can stand at the highest weight, the others at the lowest.

    Args:
        lines: cells of the line.
        planes: of a weight; it reaches half a window for each, up and down.
        window_codes: codes of a current of a window.
        half: codes of the converter's range, one side.
    """
    more = int(half / (window_codes * planes / 2))
    return min(lines, (lines + more + 1) // 2)


def _patterns(
    chip: Chip, device: Device, layers: Sequence[LayerRegisters], index: int
) -> list[tuple[Pattern, float]]:
    """A layer's reads, and the codes that a window's current comes to in each."""
    converters, layer = chip.converters, layers[index]
    half = 2.0 ** (converters.adc_bits - 1)
    top = converters.input_top
    table = layers[index - 1].activation if index else None
    codes = {
        "forward": (top if table is None else int(np.abs(table).max())),
        "verify": layer.verify_code,
    }
    gains = {
        "forward": (layer.gain_mantissa, layer.gain_shift),
        "verify": (layer.verify_mantissa, layer.verify_shift),
    }
    if index:  # errors go back from a layer to the one below it
        codes["backward"] = converters.error_top
        gains["backward"] = (layer.back_mantissa, layer.back_shift)
    planes = 2 if chip.array.reference == "cell" else 1
    rows, columns = layer.rows, layer.inputs + layer.bias
    low, high = device.g_min_ns.value * 1e-9, device.g_max_ns.value * 1e-9
    found = []
    for kind, (mantissa, shift) in gains.items():
        each = _WINDOW * codes[kind] * mantissa / 2.0**shift
        lines = rows if kind == "backward" else columns
        far = _far(lines, planes, each, half)
        found.append((Pattern(kind, rows, columns, planes, low, high, far), each))
    return found


def ir_drops(
    chip: Chip, device: Device, layers: Sequence[LayerRegisters]
) -> tuple[IrDrop, ...]:
    """Work out the largest IR drop of each layer.

    Args:
        chip: lines, drivers, converters.
        device: conductances and electrode.
        layers: with their gains.

    Raises:
        ConfigError: one above half a code; names the resistance that would pass.
    """
    wire, driver = line_ohm(chip, device).value, chip.array.driver_ohm
    layered = [_patterns(chip, device, layers, index) for index in range(len(layers))]
    found = []
    for index, reads in enumerate(layered):
        codes = [each * _lost(what, wire, driver) for what, each in reads]
        most = max(codes)
        what, _ = reads[codes.index(most)]
        drop = IrDrop(index, what.kind, most, what.rows, what.columns, wire, driver)
        found.append(drop)
    worst = max(found, key=lambda drop: drop.codes)
    if worst.codes > LIMIT:
        reads = [read for layer in layered for read in layer]
        name, passing = _passing(reads, wire, driver)
        message = (
            f"array.{name}: {worst}, above {LIMIT:g}, which the core doesn't model; "
            f"at most {passing} passes"
        )
        raise ConfigError(message)
    return tuple(found)


def _floor(value: float) -> str:
    """Two digits, rounded down."""
    size = 10.0 ** (math.floor(math.log10(value)) - 1)
    return f"{math.floor(value / size) * size:.2g}"


def _passing(
    reads: Sequence[tuple[Pattern, float]], wire: float, driver: float
) -> tuple[str, str]:
    """Which of the two resistances takes more, and what takes half a code.

    That one alone, where the other one leaves room for it, else both.
    """
    codes = []  # of an ohm of the wire, and of one of the driver
    for what, each in reads:
        of_wire, of_driver = _shares(what)
        codes.append((each * of_wire, each * of_driver))
    w, d = max(codes, key=lambda code: code[0] * wire + code[1] * driver)
    if w * wire >= d * driver:
        name = "line_ohm"
        most = min((LIMIT - d * driver) / w for w, d in codes)
    else:
        name = "driver_ohm"
        most = min((LIMIT - w * wire) / d for w, d in codes)
    if most > 0.0:
        return name, f"{name} = {_floor(most)}"
    part = min(LIMIT / (w * wire + d * driver) for w, d in codes)
    both = f"line_ohm = {_floor(wire * part)} with driver_ohm = {_floor(driver * part)}"
    return name, both


def nominal_drop(chip: Chip) -> str:
    """Say what an array of 128 x 128 loses in a forward read.

    A chip file names no task, and so no array; its network section gives the ADC's
    range of networks that start from nothing.
    """
    device = chip.load_device()
    wire, driver = line_ohm(chip, device).value, chip.array.driver_ohm
    half = 2.0 ** (chip.converters.adc_bits - 1)
    each = 2.0 * half * chip.network.weight_limit / chip.output_signal
    planes = 2 if chip.array.reference == "cell" else 1
    far = _far(_NOMINAL, planes, each, half)
    low, high = device.g_min_ns.value * 1e-9, device.g_max_ns.value * 1e-9
    what = Pattern("forward", _NOMINAL, _NOMINAL, planes, low, high, far)
    codes = each * _lost(what, wire, driver)
    return (
        f"IR drop: up to {codes:.2g} codes in a forward read of {_NOMINAL} x "
        f"{_NOMINAL} weights (ADC range of the chip file)"
    )
