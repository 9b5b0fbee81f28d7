"""What a chip is made of, counted from its settings and the shapes of its arrays.

Cells, converters, memories, shift registers, multipliers: counts that follow from the
contract (SPEC 2.5, 4, 5.11, 5.12, 6, 8, 9) and hold for any technology.

- A read goes through a converter for each row and, of layers that a backward read
  reaches, one for each input (SPEC 5.11; nothing is read back to layer 0). A DAC drives
  each column, and backward each row of the layers above the first.
- Accumulators: rows x columns x ``accumulator_bits``, of mixed precision alone.
- Stored references: 16 bits a weight; offsets: 16 bits a column.
- Tables: an activation has 2^min(adc_bits, 12) codes of ``activation_bits``, its slope
  as many of 16 bits; the softmax 256 of 16.
- Buffers: input codes, ADC codes and error codes of every layer, which a learning step
  needs again.
- Calibration keeps 44 bytes for each row of the column that it works on.
- Shift registers of 32 bits: one a group of lines with stochastic trains, and one where
  a rounding is stochastic.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from edgeferro.chip.effects import lost_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.chip.chip import Chip

__all__ = ["Blocks", "Shape", "count_blocks", "shapes_from", "shapes_of"]

_WORD: Final = 16  # bits of a stored reference, a slope, a table entry of the softmax
_SOFTMAX: Final = 256  # entries (SPEC 7.1)
_TABLE_BITS: Final = 12  # of an ADC code that an activation looks at (SPEC 6.2)
_CALIBRATION: Final = 8 * 44  # bits of a row that is calibrated (SPEC 12.1)
_TRIM: Final = 16  # bits of a converter's two registers (SPEC 5.12)
_ROUNDINGS: Final = (
    "converters.adc_rounding",
    "controller.gradient_rounding",
    "controller.pulse_rounding",
)


class Shape(NamedTuple):
    """An array.

    Attributes:
        rows: output lines.
        columns: input lines, the bias column included.
        inputs: without it.
    """

    rows: int
    columns: int
    inputs: int


@dataclass(frozen=True)
class Blocks:
    """What a chip is made of.

    Attributes:
        cells: of all arrays and planes.
        lines: rows and columns that can be brought to the write voltage.
        dacs: their number, and the bits of all of them.
        dac_bits: the same, summed.
        adcs: their number.
        memories: bits by what is kept in them; memories that the chip lacks are 0.
        registers: bits of flip-flops that go with lines and converters.
        lfsrs: shift registers of 32 bits.
        multipliers: their number.
    """

    cells: int
    lines: int
    dacs: int
    dac_bits: int
    adcs: int
    memories: dict[str, int]
    registers: dict[str, int]
    lfsrs: int
    multipliers: int

    @property
    def sram_bits(self) -> int:
        """Bits of all memories."""
        return sum(self.memories.values())


def shapes_of(chip: Chip, inputs: int, outputs: int) -> tuple[Shape, ...]:
    """Arrays of a network with the chip file's hidden layers."""
    sizes = (inputs, *chip.network.hidden, outputs)
    return shapes_from(sizes, bias=chip.network.bias)


def shapes_from(sizes: Sequence[int], *, bias: bool) -> tuple[Shape, ...]:
    """Arrays of a network by its inputs, hidden neurons and outputs."""
    found = pairwise(sizes)
    return tuple(Shape(rows, before + bias, before) for before, rows in found)


def uses_lanes(chip: Chip) -> bool:
    """Whether products of inputs and errors, or of references, go through lanes."""
    counted = chip.controller.rule in {"sgd-counted", "mixed-precision"}
    return counted or chip.array.reference in {"stored", "offset"}


def _memories(chip: Chip, shapes: Sequence[Shape]) -> dict[str, int]:
    c, k, array = chip.converters, chip.controller, chip.array
    weights = sum(shape.rows * shape.columns for shape in shapes)
    columns = sum(shape.columns for shape in shapes)
    codes = [c.input_bits, *(c.activation_bits for _ in shapes[1:])]
    tables = len(shapes) - int(k.error == "softmax")
    entries = 1 << min(c.adc_bits, _TABLE_BITS)
    references = {"stored": weights, "offset": columns}.get(array.reference, 0)
    return {
        "accumulators": weights * k.accumulator_bits * (k.rule == "mixed-precision"),
        "references": references * _WORD,
        "activation tables": tables * entries * (c.activation_bits + _WORD),
        "softmax table": _SOFTMAX * _WORD * (k.error == "softmax"),
        "input codes": sum(
            s.columns * bits for s, bits in zip(shapes, codes, strict=True)
        ),
        "ADC codes": sum(shape.rows for shape in shapes) * c.adc_bits,
        "error codes": sum(shape.rows for shape in shapes) * c.error_bits,
        "calibration": max(s.rows for s in shapes) * _CALIBRATION * chip.calibrates,
    }


def _groups(lines: int, shared: int) -> int:
    return -(-lines // shared)


def _lfsrs(chip: Chip, shapes: Sequence[Shape]) -> tuple[int, int]:
    """Shift registers of trains, and of rounding."""
    k = chip.controller
    lost = lost_settings(_ROUNDINGS, chip.value)
    rounding = any(
        chip.value(path) == "stochastic" and path not in lost for path in _ROUNDINGS
    )
    trains = sum(
        _groups(s.rows, k.lines_per_row_lfsr)
        + _groups(s.columns, k.lines_per_column_lfsr)
        for s in shapes
    )
    return trains * (k.rule == "sgd-stochastic"), int(rounding)


def count_blocks(chip: Chip, shapes: Sequence[Shape]) -> Blocks:
    """Count what a chip with such arrays is made of."""
    c, k = chip.converters, chip.controller
    planes = 2 if chip.array.reference == "cell" else 1
    above = shapes[1:]
    input_bits = [c.input_bits, *(c.activation_bits for _ in above)]
    forward = sum(s.columns for s in shapes)
    backward = sum(s.rows for s in above)
    adcs = sum(s.rows for s in shapes) + sum(s.inputs for s in above)
    trains, rounding = _lfsrs(chip, shapes)
    stochastic = k.rule == "sgd-stochastic"
    widest = max(s.rows + s.columns for s in shapes)
    slopes = bool(above) or k.error == "squared"
    return Blocks(
        cells=planes * sum(s.rows * s.columns for s in shapes),
        lines=sum(s.rows + s.columns for s in shapes),
        dacs=forward + backward,
        dac_bits=sum(s.columns * b for s, b in zip(shapes, input_bits, strict=True))
        + backward * c.error_bits,
        adcs=adcs,
        memories=_memories(chip, shapes),
        registers={
            "trims": adcs * _TRIM * c.trim,
            "trains": widest * k.train_length * stochastic,
        },
        lfsrs=trains + rounding,
        multipliers=k.lanes * uses_lanes(chip) + int(slopes) + int(stochastic),
    )
