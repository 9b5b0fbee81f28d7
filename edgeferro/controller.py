"""The level at which a designer works: a chip that learns, one sample at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from edgeferro.core.arguments import need_call, need_kind
from edgeferro.core.converters import Trimming, converter_errors, trim_all, trimmed
from edgeferro.core.copies import Snapshotted
from edgeferro.core.emulator import Core, TraceBuffer
from edgeferro.core.enums import REFERENCES
from edgeferro.core.formats import WEIGHT_FORMAT, Format, as_codes
from edgeferro.core.layers import LayerDoor
from edgeferro.core.sites import SiteReport, site_rows
from edgeferro.core.structs import PULSE_DTYPE, Calibration
from edgeferro.core.symmetry import LayerMap, calibrate_layer
from edgeferro.core.tally import Tally
from edgeferro.errors import DataError, StateError
from edgeferro.mapping.image import Image, read_chip, write_chip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Controller"]

_WINDOW_ENTRIES = 4 * 64 + 4  # of a row in a calibration window
_TRACE_ROOM = 1 << 16  # entries at least, so that small chips are drained rarely


class Controller(Snapshotted, LayerDoor):
    """A controller with its arrays, brought up from a chip image.

    Args:
        image: registers, scales and weight targets of a network on a chip (see
            :func:`edgeferro.mapping.network.compile_network`).
        trace: keep the pulse trace; read it from :attr:`trace`.
        on_pulses: called with each batch of pulses (:data:`PULSE_DTYPE`) instead of
            keeping them, for traces longer than memory.

    Raises:
        ConfigError: a register is out of range.
    """

    def __init__(
        self,
        image: Image,
        *,
        trace: bool = False,
        on_pulses: Callable[[np.ndarray], None] | None = None,
    ) -> None:
        """Bring the chip up; its cells are at their initial state, not programmed."""
        need_kind(image, Image, "image", "new_image or compile_network")
        need_call(on_pulses, "on_pulses", "a batch of pulses")
        self.image: Image = image
        self.core: Core = Core(image.registers)
        self.maps: tuple[LayerMap, ...] | None = None
        self.trimming: Trimming | None = None
        self._pulses: list[np.ndarray] | None = [] if trace else None
        self._on_pulses = on_pulses
        self._buffer: TraceBuffer | None = None
        self.reference_missed: list[int] = []  # a layer, of the last program()
        if trace or on_pulses is not None:
            self._buffer = TraceBuffer(self._trace_room())

    def _trace_room(self) -> int:
        registers, cells = self.image.registers, 0
        for layer in range(self.core.layers):
            rows, columns = self.core.shape(layer)
            cells += 4 * rows * columns  # both sides, coarse and fine
            cells = max(cells, rows * int(registers.program_iterations))
            cells = max(cells, rows * _WINDOW_ENTRIES)
        return max(cells, _TRACE_ROOM)

    @property
    def input_format(self) -> Format:
        """Format of the raw input codes."""
        site = self.image.registers.sites[0]
        signed = bool(self.image.registers.input_signed)
        bits = int(site.bits)
        return Format(bits + int(site.shift), bits - int(signed), signed)

    @property
    def input_count(self) -> int:
        """Number of inputs of the first layer."""
        return self.core.inputs

    @property
    def class_count(self) -> int:
        """Number of outputs of the last layer."""
        return self.core.outputs

    def _inputs(self, samples: Any) -> np.ndarray:
        codes = as_codes(samples, self.input_format, "inputs")
        if codes.ndim != 2 or codes.shape[1] != self.input_count:
            message = f"inputs: shape {codes.shape} is not (n, {self.input_count})"
            raise DataError(message)
        if len(codes) == 0:
            message = "inputs: no samples; at least 1 is needed"
            raise DataError(message)
        return codes

    def _labels(self, labels: Any, count: int) -> np.ndarray:
        wide = Format(32, 0)
        codes = as_codes(labels, wide, "labels", np.int32)
        if codes.shape != (count,):
            message = f"labels: shape {codes.shape} is not ({count},)"
            raise DataError(message)
        bad = np.flatnonzero((codes < 0) | (codes >= self.class_count))
        if len(bad):
            message = (
                f"labels[{bad[0]}]: {codes[bad[0]]} is not in 0..{self.class_count - 1}"
            )
            raise DataError(message)
        return codes

    def predict(self, samples: Any) -> np.ndarray:
        """Classify samples.

        Args:
            samples: (n, inputs) integers of :attr:`input_format`, or an ``Fxp``.

        Returns:
            classes, int32 (n,).
        """
        return self.core.infer(self._inputs(samples))[0]

    def output_codes(self, samples: Any) -> np.ndarray:
        """Return the last layer's ADC codes, int16 (n, classes)."""
        return self.core.infer(self._inputs(samples))[1]

    def predict_one(self, sample: Any) -> int:
        """Classify one sample of shape (inputs,)."""
        return int(self.predict(_one(sample))[0])

    def learn(self, samples: Any, labels: Any) -> np.ndarray:
        """Learn samples one after another, each predicted before it is learned.

        Args:
            samples: (n, inputs) integers of :attr:`input_format`, or an ``Fxp``.
            labels: (n,) integers, 0..classes-1.

        Returns:
            classes predicted before each update, int32 (n,).

        Raises:
            DataError: wrong type, shape, format or label; nothing was learned.
        """
        codes = self._inputs(samples)
        targets = self._labels(labels, len(codes))
        predicted = []
        while len(codes):
            classes, done = self.core.learn(codes, targets, self._buffer)
            self._drain()
            predicted.append(classes[:done])
            codes, targets = codes[done:], targets[done:]
        return np.concatenate(predicted)

    def learn_one(self, sample: Any, label: int) -> int:
        """Learn one sample; returns the class predicted before the update."""
        return int(self.learn(_one(sample), np.asarray([label]))[0])

    def trim(self) -> Trimming:
        """Measure the converters and take their errors back, as the hardware can.

        What it took is kept in :attr:`trimming`.

        Raises:
            StateError: the chip file doesn't ask for it.
        """
        if self.image.trim is None:
            message = "trim: converters.trim is not true"
            raise StateError(message)
        self.trimming = trim_all(self.core, self.image.trim)
        return self.trimming

    def _trim_once(self) -> None:
        """Trim a chip that asks for it and was not trimmed, before anything is read."""
        if self.image.trim is not None and not trimmed(self.core):
            self.trim()

    def calibrate(self) -> tuple[LayerMap, ...]:
        """Look for the symmetry point of every weight's cell; weights are lost.

        Hardware's means only: alternating pulses, reads through the ADC. The map is
        kept in :attr:`maps`, and :meth:`program` shifts to it. A chip with a trim is
        trimmed before, once.

        Raises:
            StateError: the chip file doesn't ask for it.
        """
        settings = self.image.calibrations
        if settings is None:
            message = "calibrate: array.reference_level is not 'calibrated'"
            raise StateError(message)
        self._trim_once()
        maps = []
        for layer, how in enumerate(settings):

            def window(
                column: int,
                points: np.ndarray,
                layer: int = layer,
                how: Calibration = how,
            ) -> None:
                self.core.calibrate_column(
                    layer, 0, column, points, how, trace=self._buffer
                )
                self._drain()

            code = int(self.image.registers.layers[layer].verify_code)
            maps.append(calibrate_layer(self.core, layer, how, code, window))
        self.maps = tuple(maps)
        return self.maps

    def program(self) -> list[int]:
        """Write the image's weights onto the chip by write-and-verify.

        Where the chip file asks for it, converters are trimmed (once) and symmetry
        points are looked for first. The reference is written before the weights: cells
        are programmed, codes stored.

        Returns:
            for each layer, how many cells missed their target by more than the
            tolerance at last; reference cells are in :attr:`reference_missed`.
        """
        self._trim_once()
        if self.image.calibrations is not None:
            self.calibrate()
        missed, self.reference_missed = [], []
        for layer, targets in enumerate(self.image.targets):
            self.reference_missed.append(self._shift(layer))
            missed.append(self.program_plane(layer, 0, targets))
        return missed

    def _shift(self, layer: int) -> int:
        """Make a level, or the map's, the weight of zero; cells that missed it."""
        if self.image.references is None:
            return 0
        levels, kind = self.image.references[layer], self.image.registers.reference
        if self.maps is not None:
            found = self.maps[layer]
            levels = found.offsets() if kind == REFERENCES["offset"] else found.levels
        if kind == REFERENCES["cell"]:
            return self.program_plane(layer, 1, levels)
        if kind == REFERENCES["offset"]:
            self.core.store_offset(layer, levels)
        else:
            self.core.store_reference(layer, np.ascontiguousarray(levels))
        return 0

    def program_plane(self, layer: int, plane: int, targets: Any) -> int:
        """Write and verify one plane; returns how many cells missed.

        Args:
            layer: index of the layer.
            plane: 0 main (weights), 1 reference (states).
            targets: (rows, columns) integers, Q0.15, the bias column last.
        """
        codes = as_codes(targets, WEIGHT_FORMAT, "targets")
        shape = self.core.shape(layer)
        if codes.shape != shape:
            message = f"targets: shape {codes.shape} is not {shape}"
            raise DataError(message)
        missed = 0
        for column in range(shape[1]):
            wanted = np.ascontiguousarray(codes[:, column])
            missed += self.core.program_column(
                layer, plane, column, wanted, self._buffer
            )
            self._drain()
        return missed

    def read_back(self, layer: int, *, plane: int = 0, reads: int = 1) -> np.ndarray:
        """Read weights as the hardware can: through the ADC, column by column.

        Args:
            layer: index of the layer.
            plane: 0 main (weights), 1 reference (states).
            reads: reads averaged, 1..64.

        Returns:
            int16 (rows, columns), Q0.15, in steps of one ADC code.
        """
        rows, columns = self.core.shape(layer)
        registers = self.image.registers.layers[layer]
        gain = registers.verify_code * registers.verify_mantissa
        lsb = 2.0**registers.verify_shift / gain
        values = np.empty((rows, columns))
        for column in range(columns):
            sums = self.core.read_column(layer, plane, column, reads)
            values[:, column] = sums * (lsb / reads)
        return np.clip(np.rint(values), -32768, 32767).astype(np.int16)

    def peek(self, view: str, layer: int, plane: int = 0) -> np.ndarray:
        """Look at what no controller can see (see :meth:`Core.peek`); read-only."""
        return self.core.peek(view, layer, plane)

    def rest(self, seconds: int) -> None:
        """Let time go by, 1..2^32-1 seconds: retention and drift (SPEC 17.3)."""
        self.core.rest(seconds)

    def power_cycle(self) -> None:
        """Lose power: accumulators, codes, shift registers; no cell (SPEC 18)."""
        self.core.power_cycle()

    @property
    def tally(self) -> Tally:
        """Everything counted since reset."""
        return Tally.from_words(self.core.tally_words())

    @property
    def signature(self) -> str:
        """16 hex digits that stand for chip and state, the same on every machine."""
        return self.core.signature()

    def snapshot(self) -> bytes:
        """Return the state; :meth:`restore` continues from it bit for bit."""
        return self.core.snapshot()

    def restore(self, data: bytes) -> None:
        """Take the state from a snapshot of the same chip; all or nothing."""
        self.core.restore(data)

    def save(self, path: Path | str) -> None:
        """Write image and state to a file, whole or not at all, for :meth:`load`."""
        write_chip(path, self.image, self.snapshot(), self.signature)

    @classmethod
    def load(
        cls,
        path: Path | str,
        *,
        subject: int | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> Self:
        """Bring up a chip as :meth:`save` or ``edgeferro train`` left it, bit for bit.

        Args:
            path: of the file.
            subject: where the file holds several: whose chip.
            seed: the same.
            options: of the controller: ``trace`` or ``on_pulses``.

        Raises:
            SnapshotError: no such file, damaged, of another version, or without state.
            DataError: no such chip, or several.
        """
        image, state = read_chip(path, subject, seed)
        controller = cls(image, **options)
        controller.restore(state)
        return controller

    def _drain(self) -> None:
        if self._buffer is None:
            return
        pulses = self._buffer.take()
        if len(pulses) and self._on_pulses is not None:
            self._on_pulses(pulses)
        if len(pulses) and self._pulses is not None:
            self._pulses.append(pulses)

    @property
    def trace(self) -> np.ndarray:
        """The pulse trace so far: a structured array, one entry a cell and command.

        Fields: cycle, row, column, layer, plane, pulse_class, count (signed).

        Raises:
            StateError: the controller was made without ``trace=True``.
        """
        if self._pulses is None:
            message = "trace: not kept; make the controller with trace=True"
            raise StateError(message)
        self._pulses = [np.concatenate([np.empty(0, PULSE_DTYPE), *self._pulses])]
        return self._pulses[0]

    def converter_report(self) -> list[dict[str, Any]]:
        """How far converters are off, as no controller knows: rms by layer and side.

        Empty where the chip file gives them no errors.
        """
        registers = self.image.registers
        if not (registers.adc_gain or registers.adc_offset):
            return []
        return converter_errors(self.core)

    def site_report(self) -> SiteReport:
        """Where bits are short or wasted: a row for each layer and quantizer site."""
        return site_rows(self.core)


def _one(sample: Any) -> Any:
    """Make a batch of one, whatever kind of array it is."""
    if hasattr(sample, "n_word"):
        return sample.reshape((1, -1)) if sample.ndim == 1 else sample
    return np.asarray(sample)[np.newaxis]
