"""One crossbar by itself, for who designs or measures cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edgeferro.chip.chip import Chip
from edgeferro.core.arguments import (
    LINES_MOST,
    given_number,
    need_kind,
    positive_number,
    whole_number,
)
from edgeferro.core.converters import trim_all
from edgeferro.core.copies import Snapshotted
from edgeferro.core.emulator import Core
from edgeferro.core.enums import ERROR_KINDS, REFERENCES, RULES
from edgeferro.core.formats import Format, as_codes
from edgeferro.core.tally import Tally
from edgeferro.errors import DataError
from edgeferro.mapping.configuration import build_registers, write_gain
from edgeferro.mapping.lookup_tables import exp_table
from edgeferro.mapping.trim import trim_of

if TYPE_CHECKING:
    from edgeferro.mapping.configuration import Registers

__all__ = ["Array"]


class Array(Snapshotted):
    """A crossbar of rows x columns cells with its converters, and no learning rule.

    Reads are scaled so that one weight of 1.0 driven with the largest code fills the
    ADC's range; larger line sums saturate, as they do on a chip.

    Args:
        chip: device, reference, converters (see :class:`edgeferro.chip.Chip`).
        rows: output lines, 1..4096.
        columns: input lines, 1..4096.
        seed: of spread and noise.
        full_scale: line sum at the ADC's full scale, in weights of 1.0 driven with the
            largest code.

    Raises:
        ConfigError: a size or setting is out of range.
    """

    def __init__(
        self,
        chip: Chip,
        rows: int,
        columns: int,
        *,
        seed: int = 0,
        full_scale: float = 1.0,
    ) -> None:
        """Bring the array up at the chip's initial state, its converters trimmed."""
        need_kind(chip, Chip, "chip", "Chip.load(name or file)")
        size = (
            whole_number(rows, "rows", 1, LINES_MOST),
            whole_number(columns, "columns", 1, LINES_MOST),
        )
        seed = whole_number(seed, "seed")
        full_scale = positive_number(full_scale, "full_scale")
        converters = chip.converters
        top = converters.input_top
        half = 2.0 ** (converters.adc_bits - 1)
        errors = converters.error_top
        forward = write_gain(half / (32768 * top * full_scale), "forward gain")
        backward = write_gain(half / (32768 * errors * full_scale), "backward gain")
        verify = write_gain(half / (32768 * top), "verify gain")
        registers = build_registers(chip, chip.load_device(), [size], seed, bias=False)
        layer = registers.layers[0].with_(
            rule=RULES["none"],
            verify_code=top,
            gain_mantissa=forward[0],
            gain_shift=forward[1],
            back_mantissa=backward[0],
            back_shift=backward[1],
            verify_mantissa=verify[0],
            verify_shift=verify[1],
        )
        table, _ = exp_table(1.0, converters.adc_bits)  # nothing learns; never used
        self.registers = registers.with_(
            layers=(layer,),
            error_kind=ERROR_KINDS["softmax"],
            exp_table=table,
        )
        self.core = Core(self.registers)
        how = trim_of(chip, registers.trim_gain, registers.trim_offset)
        if how is not None:
            trim_all(self.core, how, whole=True)
        self.error_format = Format(converters.error_bits, converters.error_bits - 1)

    def _core_registers(self) -> Registers:
        return self.registers

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.core.shape(0)

    def forward(self, codes: Any) -> np.ndarray:
        """Drive columns with (columns,) codes -511..511; int16 (rows,) ADC codes."""
        return self.core.forward(0, as_codes(codes, Format(10, 0), "codes"))

    def backward(self, codes: Any) -> np.ndarray:
        """Drive the rows with (rows,) error codes; int16 (columns,) ADC codes."""
        return self.core.backward(0, as_codes(codes, self.error_format, "codes"))

    def pulse(self, counts: Any, *, plane: int = 0, pulse_class: int = 0) -> None:
        """Send signed pulses, (rows, columns) integers -127..127, to every cell.

        A single number means the same for all cells.
        """
        given = np.asarray(counts)
        try:
            wanted = np.broadcast_to(given, self.shape)
        except ValueError:
            message = f"counts: shape {given.shape} is not {self.shape}"
            raise DataError(message) from None
        codes = as_codes(wanted, Format(8, 0), "counts", np.int8)
        plane = self._plane(plane)
        classes = int(self.registers.class_count)
        pulse_class = given_number(pulse_class, "pulse_class", 0, classes - 1)
        self.core.pulse(0, plane, pulse_class, codes)

    def _plane(self, plane: int) -> int:
        """Take the number of a plane: there is a second one for reference cells."""
        planes = 1 + (int(self.registers.reference) == REFERENCES["cell"])
        return given_number(plane, "plane", 0, planes - 1)

    def states(self, plane: int = 0) -> np.ndarray:
        """Peek at the cells' states, -1..1 for G_min..G_max, float (rows, columns)."""
        return self.core.peek("state", 0, self._plane(plane)) / 2.0**31

    def weights(self) -> np.ndarray:
        """Peek at the readable weights, int16 (rows, columns), Q0.15."""
        return self.core.peek("weight", 0)

    def wear(self, plane: int = 0) -> np.ndarray:
        """Pulses each cell has taken, uint32 (rows, columns)."""
        return self.core.peek("wear", 0, self._plane(plane))

    @property
    def tally(self) -> Tally:
        """Everything counted since reset."""
        return Tally.from_words(self.core.tally_words())
