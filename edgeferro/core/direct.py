"""The core's commands of one layer, and learning steps with targets (SPEC 6.5 to 9.10).

What :class:`~edgeferro.core.emulator.Core` has of them, in a file of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeferro._core import ffi, lib
from edgeferro.core.binding import check, pointer
from edgeferro.errors import DataError, StateError

__all__ = ["DirectCommands"]


class DirectCommands:
    """Methods that a chip's core has beside those of whole passes."""

    _chip: Any
    inputs: Any  # of the first layer
    outputs: Any  # rows of the last layer

    def shape(self, layer: int) -> tuple[int, int]:
        """Rows and columns of a layer's array."""
        raise NotImplementedError

    def learn_targets(
        self,
        inputs: np.ndarray,
        targets: np.ndarray,
        trace: Any = None,
    ) -> tuple[np.ndarray, int]:
        """Learn targets sample by sample (SPEC 9.9).

        Args:
            inputs: int16 (n, inputs), C-contiguous input codes.
            targets: int16 (n, outputs), C-contiguous activation codes.
            trace: a TraceBuffer; learning stops early when it is full.

        Returns:
            the last layer's ADC codes before each update, int16 (n, outputs), and how
            many samples were learned.

        Raises:
            StateError: the chip's error is softmax.
            DataError: a target beyond the activation's codes.
        """
        count = len(inputs)
        source = pointer("int16_t[]", inputs, "inputs", np.int16, (count, self.inputs))
        wanted = pointer(
            "int16_t[]", targets, "targets", np.int16, (count, self.outputs)
        )
        codes = np.zeros((count, self.outputs), np.int16)
        done = ffi.new("uint64_t *")
        status = lib.ef_learn_targets(
            self._chip,
            done,
            ffi.from_buffer("int16_t[]", codes),
            ffi.NULL if trace is None else trace.record,
            source,
            wanted,
            count,
        )
        if status == lib.EF_ERROR_INDEX:
            message = "targets: controller.error is not 'squared'"
            raise StateError(message)
        if status == lib.EF_ERROR_RANGE:
            message = "targets: a code is beyond those of converters.activation_bits"
            raise DataError(message)
        check(status, "learn")
        return codes, int(done[0])

    def activate(self, layer: int, codes: np.ndarray) -> np.ndarray:
        """Look (rows,) ADC codes up in a layer's table (SPEC 6.5): int16 (rows,)."""
        rows, _ = self.shape(layer)
        source = pointer("int16_t[]", codes, "codes", np.int16, (rows,))
        outputs = np.empty(rows, np.int16)
        target = ffi.from_buffer("int16_t[]", outputs)
        status = lib.ef_array_activate(self._chip, target, layer, source)
        self._judge_table(status, layer)
        return outputs

    def slopes(self, layer: int, codes: np.ndarray, back: np.ndarray) -> np.ndarray:
        """Multiply by the slope at a layer's ADC codes (SPEC 8.5): int32 (rows,).

        Args:
            layer: index of the layer.
            codes: int16 (rows,), its ADC codes of the forward read.
            back: int16 (rows,), the codes of the backward read of the layer above.
        """
        rows, _ = self.shape(layer)
        own = pointer("int16_t[]", codes, "codes", np.int16, (rows,))
        came = pointer("int16_t[]", back, "back", np.int16, (rows,))
        wide = np.empty(rows, np.int32)
        target = ffi.from_buffer("int32_t[]", wide)
        status = lib.ef_array_slopes(self._chip, target, layer, own, came)
        self._judge_table(status, layer)
        return wide

    def _judge_table(self, status: int, layer: int) -> None:
        if status == lib.EF_ERROR_INDEX:
            message = f"layer {layer} has no activation table (controller.error?)"
            raise StateError(message)
        check(status, "codes (converters.adc_bits)")

    def error_codes(
        self, layer: int, wide: np.ndarray, above: int = 0
    ) -> tuple[np.ndarray, int]:
        """Make error codes with one exponent of wide errors (SPEC 8.6).

        Args:
            layer: index of the layer.
            wide: int32 (rows,).
            above: exponent of the layer above, -512..511; 0 for the last layer.

        Returns:
            int16 (rows,) codes, and the exponent.
        """
        rows, _ = self.shape(layer)
        source = pointer("int32_t[]", wide, "errors", np.int32, (rows,))
        codes, exponent = np.empty(rows, np.int16), ffi.new("int32_t *")
        target = ffi.from_buffer("int16_t[]", codes)
        status = lib.ef_array_errors(self._chip, target, exponent, layer, source, above)
        check(status, f"exponent {above} (-512..511)")
        return codes, int(exponent[0])

    def update(
        self,
        layer: int,
        inputs: np.ndarray,
        errors: np.ndarray,
        exponent: int,
        *,
        trace: Any = None,
    ) -> None:
        """Update one layer by its rule (SPEC 9.10).

        Args:
            layer: index of the layer.
            inputs: int16 (columns,), -511..511, the bias column last.
            errors: int16 (rows,) error codes.
            exponent: of the error codes, -1024..1023.
            trace: a TraceBuffer with room for all pulses, if anywhere.

        Raises:
            DataError: a code or the exponent is out of its range.
            StateError: the layer has no rule.
        """
        rows, columns = self.shape(layer)
        driven = pointer("int16_t[]", inputs, "inputs", np.int16, (columns,))
        wanted = pointer("int16_t[]", errors, "errors", np.int16, (rows,))
        record = ffi.NULL if trace is None else trace.record
        status = lib.ef_update_layer(
            self._chip, record, layer, driven, wanted, exponent
        )
        if status == lib.EF_ERROR_INDEX:
            message = f"layer {layer} has no rule"
            raise StateError(message)
        if status == lib.EF_ERROR_TRACE:
            check(status, "trace")
        check(
            status,
            f"inputs (-511..511), errors (converters.error_bits) or exponent "
            f"{exponent} (-1024..1023)",
        )
