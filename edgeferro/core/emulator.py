"""The C core behind numpy: one method a C function, status in, exception out.

Arrays cross without a copy; their
dtype, shape and layout are checked here because cffi does not. The interpreter lock is
released while the core works.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from edgeferro._core import ffi, lib
from edgeferro.core.arguments import given_number
from edgeferro.core.binding import allocate, check, pointer
from edgeferro.core.direct import DirectCommands
from edgeferro.core.structs import POINT_DTYPE, PULSE_DTYPE
from edgeferro.core.views import VIEWS, shaped
from edgeferro.errors import DataError, SnapshotError

if TYPE_CHECKING:
    from edgeferro.core.structs import Calibration

__all__ = ["TALLY_WORDS", "Core", "TraceBuffer"]

TALLY_WORDS: Final[int] = ffi.sizeof("struct ef_tally") // 8


class TraceBuffer:
    """Room for pulses on their way out of the core; drained by :meth:`take`."""

    def __init__(self, capacity: int) -> None:
        """Make room for ``capacity`` entries of :data:`PULSE_DTYPE`."""
        self.entries = np.zeros(capacity, PULSE_DTYPE)
        self.record = ffi.new("struct ef_trace *")
        self.record.entries = ffi.from_buffer("struct ef_pulse[]", self.entries)
        self.record.capacity = capacity

    def take(self) -> np.ndarray:
        """Return the entries so far (a copy) and empty the buffer."""
        count, self.record.count = int(self.record.count), 0
        return self.entries[:count].copy()


class Core(DirectCommands):
    """One emulated chip in a block of memory that Python owns.

    Args:
        registers: an object with the fields of ``struct ef_config`` (see
            :mod:`edgeferro.mapping.configuration`); its ``layers`` may be
            shorter than 16.

    Raises:
        ConfigError: a register is out of range; names it, the value and the range.
    """

    def __init__(self, registers: Any) -> None:
        """Check the registers, allocate the block and bring the chip up."""
        self._block, config, _keep = allocate(registers)
        chip = ffi.new("struct ef_chip **")
        fault = ffi.new("struct ef_fault *")
        memory = ffi.from_buffer("uint8_t[]", self._block)
        check(lib.ef_init(chip, memory, self._block.size, fault, config), "chip")
        self._adopt(chip[0], registers)

    @classmethod
    def of_block(cls, block: np.ndarray, chip: Any, registers: Any) -> Self:
        """Look at a chip that was brought up in a block by someone else."""
        core = cls.__new__(cls)
        core._block = block
        core._adopt(chip, registers)
        return core

    def _adopt(self, chip: Any, registers: Any) -> None:
        self._chip = chip
        self.layers = len(registers.layers)
        self._offset = int(registers.reference) == lib.EF_REFERENCE_OFFSET
        self._info = [self.info(i) for i in range(self.layers)]

    @property
    def size(self) -> int:
        """Bytes of the chip's block, everything included."""
        return int(self._block.nbytes)

    @property
    def inputs(self) -> int:
        """Inputs of the first layer, without the bias."""
        return int(self._info[0].inputs)

    @property
    def outputs(self) -> int:
        """Rows of the last layer."""
        return int(self._info[-1].rows)

    def info(self, layer: int) -> Any:
        """Return ``struct ef_layer_info`` of a layer, as it is now."""
        info = ffi.new("struct ef_layer_info *")
        check(lib.ef_layer_info(self._chip, info, layer), f"layer {layer}")
        return info

    def shape(self, layer: int) -> tuple[int, int]:
        """Rows and columns of a layer's array, the bias column included."""
        self._find(layer)
        return int(self._info[layer].rows), int(self._info[layer].columns)

    def _find(self, layer: int) -> None:
        given_number(layer, "layer", 0, self.layers - 1)

    def infer(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Run forward passes.

        Args:
            inputs: int16 (n, inputs), C-contiguous input codes.

        Returns:
            classes int32 (n,) and the last layer's ADC codes int16 (n, outputs).
        """
        count = len(inputs)
        source = pointer("int16_t[]", inputs, "inputs", np.int16, (count, self.inputs))
        classes = np.empty(count, np.int32)
        codes = np.empty((count, self.outputs), np.int16)
        status = lib.ef_infer(
            self._chip,
            ffi.from_buffer("int32_t[]", classes),
            ffi.from_buffer("int16_t[]", codes),
            source,
            count,
        )
        check(status, "infer")
        return classes, codes

    def learn(
        self,
        inputs: np.ndarray,
        labels: np.ndarray,
        trace: TraceBuffer | None = None,
    ) -> tuple[np.ndarray, int]:
        """Learn sample by sample; each is predicted before it is learned.

        Args:
            inputs: int16 (n, inputs), C-contiguous input codes.
            labels: int32 (n,), 0..outputs-1.
            trace: where the pulses go; learning stops early when it is full.

        Returns:
            classes int32 (n,) predicted before each update, and how many samples
            were learned.
        """
        count = len(inputs)
        source = pointer("int16_t[]", inputs, "inputs", np.int16, (count, self.inputs))
        targets = pointer("int32_t[]", labels, "labels", np.int32, (count,))
        classes = np.zeros(count, np.int32)
        done = ffi.new("uint64_t *")
        status = lib.ef_learn(
            self._chip,
            done,
            ffi.from_buffer("int32_t[]", classes),
            ffi.NULL if trace is None else trace.record,
            source,
            targets,
            count,
        )
        if status == lib.EF_ERROR_RANGE:
            message = f"labels: a label is not in 0..{self.outputs - 1}"
            raise DataError(message)
        check(status, "learn")
        return classes, int(done[0])

    def set_rate(self, layer: int, mantissa: int, shift: int) -> None:
        """Set a layer's learning rate: mantissa 1..255, shift 0..62."""
        if not 1 <= mantissa <= 255 or not 0 <= shift <= 62:
            message = f"rate: {mantissa} x 2^-{shift} is not in 1..255 x 2^-(0..62)"
            raise DataError(message)
        status = lib.ef_set_rate(self._chip, layer, mantissa, shift)
        check(status, f"rate of layer {layer}")

    def program_column(
        self,
        layer: int,
        plane: int,
        column: int,
        targets: np.ndarray,
        trace: TraceBuffer | None = None,
    ) -> int:
        """Write and verify one column; returns how many rows missed.

        Args:
            layer: index of the layer.
            plane: 0 main (weights), 1 reference (states).
            column: index, the bias column last.
            targets: int16 (rows,), Q0.15.
            trace: where the pulses go, if anywhere.
        """
        rows, columns = self.shape(layer)
        given_number(plane, "plane", 0, 1)
        given_number(column, "column", 0, columns - 1)
        source = pointer("int16_t[]", targets, "targets", np.int16, (rows,))
        missed = ffi.new("uint32_t *")
        record = ffi.NULL if trace is None else trace.record
        status = lib.ef_program_column(
            self._chip, missed, record, layer, plane, column, source
        )
        check(status, f"program layer {layer} plane {plane} column {column}")
        return int(missed[0])

    def read_column(
        self, layer: int, plane: int, column: int, reads: int
    ) -> np.ndarray:
        """Verify-read one column; returns int32 (rows,) sums of ``reads`` codes."""
        rows, columns = self.shape(layer)
        given_number(plane, "plane", 0, 1)
        given_number(column, "column", 0, columns - 1)
        given_number(reads, "reads", 1, 64)
        sums = np.empty(rows, np.int32)
        target = ffi.from_buffer("int32_t[]", sums)
        status = lib.ef_read_column(self._chip, target, layer, plane, column, reads)
        check(status, f"read layer {layer} plane {plane} column {column}")
        return sums

    def store_reference(self, layer: int, codes: np.ndarray) -> None:
        """Write the digital reference, int16 (rows, columns), Q0.15."""
        source = pointer("int16_t[]", codes, "reference", np.int16, self.shape(layer))
        status = lib.ef_store_reference(self._chip, layer, source)
        check(status, f"reference of layer {layer} (array.reference = 'stored'?)")

    def store_reference_column(
        self, layer: int, column: int, codes: np.ndarray
    ) -> None:
        """Store one column of the reference codes, int16 (rows,), Q0.15."""
        rows, _ = self.shape(layer)
        source = pointer("int16_t[]", codes, "codes", np.int16, (rows,))
        status = lib.ef_store_reference_column(self._chip, layer, column, source)
        check(status, f"reference of layer {layer}, column {column}")

    def store_offset(self, layer: int, codes: np.ndarray) -> None:
        """Write the digital offsets of columns, int16 (columns,), Q0.15."""
        _, columns = self.shape(layer)
        source = pointer("int16_t[]", codes, "offsets", np.int16, (columns,))
        status = lib.ef_store_offset(self._chip, layer, source)
        check(status, f"offsets of layer {layer} (array.reference = 'offset'?)")

    def calibrate_column(
        self,
        layer: int,
        plane: int,
        column: int,
        points: np.ndarray,
        how: Calibration,
        *,
        trace: TraceBuffer | None = None,
    ) -> None:
        """Run one window of the search for symmetry points (SPEC 16).

        Args:
            layer: index of the layer.
            plane: 0 main, 1 reference.
            column: index, the bias column last.
            points: (rows,) of ``structs.POINT_DTYPE``, zeros before the first window;
                changed in place. Rows whose verdict is not 0 take no part.
            how: settings.
            trace: where the pulses go, if anywhere.
        """
        rows, _ = self.shape(layer)
        target = pointer("struct ef_point[]", points, "points", POINT_DTYPE, (rows,))
        record = ffi.NULL if trace is None else trace.record
        settings = ffi.new("struct ef_calibration *", asdict(how))
        status = lib.ef_calibrate_column(
            self._chip, target, record, layer, plane, column, settings
        )
        check(status, f"calibrate layer {layer} plane {plane} column {column}")

    def trim(self, layer: int, side: int, reads: int, code: int) -> int:
        """Take offset and gain of a side's converters back (SPEC 5.12).

        Args:
            layer: index of the layer.
            side: 0 the rows' converters, 1 the inputs'.
            reads: averaged a reading, 1..64.
            code: that the reference charge of the gain stands for, from an eighth of
                the converter's codes to three eighths less one.

        Returns:
            how many registers ended at -127 or 127.

        Raises:
            DataError: one of these is out of its range, or the chip has no trim.
        """
        self._find(layer)
        ends = ffi.new("uint32_t *")
        status = lib.ef_trim(self._chip, ends, layer, side, reads, code)
        what = f"trim layer {layer} side {side} with {reads} reads of code {code}"
        check(status, f"{what} (converters.trim?)")
        return int(ends[0])

    def rest(self, seconds: int) -> None:
        """Let time go by, 1..2^32-1 seconds: retention and drift (SPEC 17.3)."""
        seconds = given_number(seconds, "seconds", 1, (1 << 32) - 1)
        check(lib.ef_rest(self._chip, seconds), "rest")

    def forward(self, layer: int, inputs: np.ndarray) -> np.ndarray:
        """Read one array forward: int16 (columns,) codes in, (rows,) ADC codes out."""
        rows, columns = self.shape(layer)
        source = pointer("int16_t[]", inputs, "inputs", np.int16, (columns,))
        codes = np.empty(rows, np.int16)
        target = ffi.from_buffer("int16_t[]", codes)
        status = lib.ef_array_forward(self._chip, target, layer, source)
        check(status, "inputs (-511..511)")
        return codes

    def backward(self, layer: int, errors: np.ndarray) -> np.ndarray:
        """Read one array transposed: (rows,) error codes in, (inputs,) codes out."""
        rows, _ = self.shape(layer)
        source = pointer("int16_t[]", errors, "errors", np.int16, (rows,))
        codes = np.empty(int(self._info[layer].inputs), np.int16)
        target = ffi.from_buffer("int16_t[]", codes)
        status = lib.ef_array_backward(self._chip, target, layer, source)
        check(status, "errors (converters.error_bits)")
        return codes

    def pulse(
        self,
        layer: int,
        plane: int,
        pulse_class: int,
        counts: np.ndarray,
        trace: TraceBuffer | None = None,
    ) -> None:
        """Send signed pulses, int8 (rows, columns), -127..127, straight to cells."""
        sent = pointer("int8_t[]", counts, "counts", np.int8, self.shape(layer))
        record = ffi.NULL if trace is None else trace.record
        status = lib.ef_array_pulse(self._chip, record, layer, plane, pulse_class, sent)
        check(status, "counts (-127..127)")

    def power_cycle(self, *, keep_accumulators: bool = False) -> None:
        """Lose power and get it back: what stands in registers is lost (SPEC 18).

        Args:
            keep_accumulators: they stand in a supply of their own (SPEC 18.3).
        """
        keep = lib.EF_KEEP_ACCUMULATORS if keep_accumulators else 0
        lib.ef_power_cycle_keeping(self._chip, keep)

    def peek(self, view: str, layer: int, plane: int = 0) -> np.ndarray:
        """Look at the chip's memory without a copy; the view is read-only.

        Args:
            view: a key of :data:`VIEWS`.
            layer: index of the layer.
            plane: 0 main, 1 reference; for state, spread and wear.

        Returns:
            (rows, columns) for cells, (rows, columns, 4) for spread, (rows + inputs, 2)
            for trim and converter, gain before offset, else (lines,).

        Raises:
            DataError: the chip has no such view.
        """
        self._find(layer)
        given_number(plane, "plane", 0, 1)
        if not isinstance(view, str) or view not in VIEWS:
            message = f"{view}: no such view; there are {', '.join(VIEWS)}"
            raise DataError(message)
        number, dtype = VIEWS[view]
        size = ffi.new("uint64_t *")
        pointer = lib.ef_peek(self._chip, size, layer, plane, number)
        if pointer == ffi.NULL:
            message = f"{view}: layer {layer}, plane {plane} has none on this chip"
            raise DataError(message)
        start = int(ffi.cast("uintptr_t", pointer)) - self._block.ctypes.data
        flat = self._block[start : start + int(size[0])].view(dtype)
        flat.flags.writeable = False
        rows, columns = self.shape(layer)
        stride = int(self._info[layer].stride)
        if view == "stored" and self._offset:
            return flat
        return shaped(flat, view, rows, columns, stride)

    def poke_state(
        self, layer: int, plane: int, row: int, column: int, state: int
    ) -> None:
        """Set one cell's state, Q0.31 within its bounds, behind the chip's back."""
        status = lib.ef_poke_state(self._chip, layer, plane, row, column, state)
        check(status, f"state {state} of cell ({row}, {column})")

    def tally_words(self) -> np.ndarray:
        """Return ``struct ef_tally`` as uint64 (:data:`TALLY_WORDS`,), a copy."""
        raw = ffi.buffer(lib.ef_tally(self._chip), TALLY_WORDS * 8)
        return np.frombuffer(raw, np.uint64).copy()

    @property
    def cycle(self) -> int:
        """Controller cycles since reset."""
        return int(lib.ef_cycle(self._chip))

    def snapshot(self) -> bytes:
        """Return the whole state as bytes that any machine can restore (SPEC 13)."""
        data = np.empty(int(lib.ef_snapshot_size(self._chip)), np.uint8)
        target = ffi.from_buffer("uint8_t[]", data)
        check(lib.ef_snapshot(self._chip, target, data.size), "snapshot")
        return data.tobytes()

    def restore(self, data: bytes) -> None:
        """Take the state from a snapshot of the same chip; all or nothing.

        Raises:
            SnapshotError: cut short, damaged, of another chip or version.
        """
        if not isinstance(data, bytes | bytearray | memoryview):
            message = f"snapshot: {type(data).__name__} is no bytes"
            raise SnapshotError(message)
        source = ffi.from_buffer("uint8_t[]", data)
        check(lib.ef_restore(self._chip, source, len(data)), "snapshot")

    def signature(self) -> str:
        """Return 16 hex digits that stand for the whole state (SPEC 13.3)."""
        return f"{lib.ef_signature(self._chip):016x}"
