"""A controller's door to one layer, and to targets of one's own.

It is for networks that are put together outside the chip. Codes go in and out as the
hardware has them; scales of the image turn them into values. A batch is a row a sample,
and goes through one after another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.core.formats import Format, as_codes
from edgeferro.errors import DataError, StateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from edgeferro.core.emulator import Core

__all__ = ["LayerDoor"]

_CODE: Final = Format(10, 0)  # of inputs that an array is driven with
_WIDE: Final = Format(32, 0)
_ABOVE: Final = Format(10, 0)
_EXPONENT: Final = Format(11, 0)


class LayerDoor:
    """Methods of :class:`~edgeferro.controller.Controller` that look at one layer."""

    image: Any
    core: Core
    _buffer: Any
    _drain: Callable[[], None]
    _inputs: Callable[[Any], np.ndarray]

    # ---- targets

    def _output(self) -> Any:
        """The last layer's registers, which have a table with squared errors only."""
        layer = self.image.registers.layers[-1]
        if layer.activation is None:
            message = "targets and outputs: controller.error is not 'squared'"
            raise StateError(message)
        return layer

    @property
    def target_format(self) -> Format:
        """Format of targets: the activation's codes, a sign before them."""
        return Format(int(self.image.registers.sites[2].bits) + 1, 0)

    def target_codes(self, values: Any) -> np.ndarray:
        """Turn values of the network's output into target codes.

        Args:
            values: (n, outputs) finite numbers.

        Returns:
            int16 (n, outputs), nearest codes.

        Raises:
            DataError: a value beyond what the output's codes can say.
            StateError: the chip's error is softmax.
        """
        table = self._output().activation
        unit = float(self.image.scales[-1].output)
        registers = self.image.registers
        low = min(int(table.min()), int(registers.target_low)) * unit
        high = max(int(table.max()), int(registers.target_high)) * unit
        wanted = np.asarray(values, np.float64)
        bad = np.argwhere(~((wanted >= low - unit / 2) & (wanted <= high + unit / 2)))
        if len(bad):
            at = tuple(bad[0])
            message = f"targets{list(map(int, at))}: {wanted[at]:g} is not in "
            message += f"{low:g}..{high:g}, which the output's codes can say"
            raise DataError(message)
        return np.ascontiguousarray(np.rint(wanted / unit), np.int16)

    def target_values(self, codes: Any) -> np.ndarray:
        """Turn output or target codes into values, float of the same shape."""
        self._output()
        return np.asarray(codes, np.float64) * float(self.image.scales[-1].output)

    def learn_targets(self, samples: Any, targets: Any) -> np.ndarray:
        """Learn targets one sample after another, by squared errors.

        Args:
            samples: (n, inputs) integers of ``input_format``, or an ``Fxp``.
            targets: (n, outputs) integers, codes of the last layer's activation (see
                :meth:`target_codes`).

        Returns:
            int16 (n, outputs), the output codes before each update.

        Raises:
            DataError: wrong type, shape, or a target out of its range; nothing was
                learned.
            StateError: the chip's error is softmax.
        """
        table = self._output().activation
        codes = self._inputs(samples)
        wanted = as_codes(targets, self.target_format, "targets")
        bottom = -self.target_format.high
        shape = (len(codes), self.core.outputs)
        if wanted.shape != shape:
            message = f"targets: shape {wanted.shape} is not {shape}"
            raise DataError(message)
        if wanted.min() < bottom:
            index = np.argwhere(wanted < bottom)[0].tolist()
            message = f"targets{index}: {bottom - 1} is not in {bottom}..{-bottom}"
            raise DataError(message)
        found = []
        while len(codes):
            lines, done = self.core.learn_targets(codes, wanted, self._buffer)
            self._drain()
            found.append(lines[:done])
            codes, wanted = codes[done:], wanted[done:]
        return self._looked_up(table, np.concatenate(found))

    def outputs(self, samples: Any) -> np.ndarray:
        """Return the last layer's activation codes, int16 (n, outputs).

        Raises:
            StateError: the chip's error is softmax, which has no output activation.
        """
        table = self._output().activation
        return self._looked_up(table, self._infer(self._inputs(samples)))

    def _infer(self, codes: np.ndarray) -> np.ndarray:
        return self.core.infer(codes)[1]

    def _looked_up(self, table: np.ndarray, codes: np.ndarray) -> np.ndarray:
        bits = int(self.image.registers.sites[1].bits)
        index = (codes.astype(np.int64) + (1 << (bits - 1))) >> max(0, bits - 12)
        return np.asarray(table[index], np.int16)

    # ---- one layer

    def _driven(self, layer: int, inputs: Any) -> np.ndarray:
        """Input codes with the bias column's behind them, (n, columns)."""
        _, columns = self.core.shape(layer)
        registers = self.image.registers.layers[layer]
        codes = np.atleast_2d(as_codes(inputs, _CODE, "inputs"))
        wanted = columns - int(registers.bias)
        if codes.ndim != 2 or codes.shape[1] != wanted:
            message = (
                f"inputs: shape {np.shape(inputs)} is not ({wanted},) or (n, {wanted})"
            )
            raise DataError(message)
        if registers.bias:
            bias = np.full((len(codes), 1), registers.bias_code, np.int16)
            codes = np.ascontiguousarray(np.hstack([codes, bias]))
        return codes

    def _rows(self, layer: int, values: Any, name: str, site: int) -> np.ndarray:
        """Codes of a site, one a row of the layer: (n, rows)."""
        rows, _ = self.core.shape(layer)
        fmt = Format(int(self.image.registers.sites[site].bits), 0)
        codes = np.atleast_2d(as_codes(values, fmt, name))
        if codes.ndim != 2 or codes.shape[1] != rows:
            message = (
                f"{name}: shape {np.shape(values)} is not ({rows},) or (n, {rows})"
            )
            raise DataError(message)
        return codes

    def forward(self, layer: int, inputs: Any) -> np.ndarray:
        """Read one layer forward; its bias column is driven too.

        Args:
            layer: index of the layer.
            inputs: (inputs,) or (n, inputs) codes, -511..511.

        Returns:
            int16 (rows,) or (n, rows) ADC codes; :meth:`activate` looks them up.
        """
        found = [self.core.forward(layer, row) for row in self._driven(layer, inputs)]
        return _shaped(found, inputs)

    def activate(self, layer: int, codes: Any) -> np.ndarray:
        """Look a layer's ADC codes up in its activation table.

        Args:
            layer: index of a layer that has a table: below the last, or any with
                squared errors.
            codes: (rows,) or (n, rows) ADC codes.

        Returns:
            int16 activation codes of the same shape.
        """
        found = self._rows(layer, codes, "codes", 1)
        return _shaped([self.core.activate(layer, row) for row in found], codes)

    def backward(self, layer: int, errors: Any) -> np.ndarray:
        """Read one layer transposed.

        Args:
            layer: index of the layer.
            errors: (rows,) or (n, rows) error codes.

        Returns:
            int16 (inputs,) or (n, inputs) ADC codes, without the bias column;
            :meth:`slopes` of the layer below makes wide errors of them.
        """
        found = self._rows(layer, errors, "errors", 3)
        return _shaped([self.core.backward(layer, row) for row in found], errors)

    def back_unit(self, layer: int) -> float:
        """What one code of :meth:`backward` is worth at exponent 0.

        In float errors by the value of one input code: what the layer below, or
        whoever drove this one, multiplies by the slope of its own.
        """
        registers, scale = self.image.registers.layers[layer], self.image.scales[layer]
        gain = int(registers.back_mantissa) * 2.0 ** -int(registers.back_shift)
        return float(scale.error * scale.weight / (1 << 15) / gain)

    def slopes(self, layer: int, codes: Any, back: Any) -> np.ndarray:
        """Multiply codes of a backward read by the slope at a layer's own codes.

        Args:
            layer: index of the layer that the codes are for.
            codes: (rows,) or (n, rows) ADC codes that it gave forward.
            back: as many, what :meth:`backward` of the layer above gave.

        Returns:
            int32 wide errors of the same shape.
        """
        own = self._rows(layer, codes, "codes", 1)
        came = self._rows(layer, back, "back", 1)
        if own.shape != came.shape:
            message = f"back: shape {np.shape(back)} is not {np.shape(codes)}"
            raise DataError(message)
        pairs = zip(own, came, strict=True)
        return _shaped([self.core.slopes(layer, *pair) for pair in pairs], codes)

    def error_codes(
        self, layer: int, wide: Any, above: int = 0
    ) -> tuple[np.ndarray, int]:
        """Turn one sample's wide errors into error codes with one exponent.

        Args:
            layer: index of the layer.
            wide: (rows,) integers of 32 bits: target minus output; one unit is worth
                ``image.scales[layer].error`` where ``above`` is 0.
            above: exponent of the errors that they came from, -512..511.

        Returns:
            int16 (rows,) error codes, and their exponent.
        """
        rows, _ = self.core.shape(layer)
        codes = as_codes(wide, _WIDE, "errors", np.int32)
        if codes.shape != (rows,):
            message = f"errors: shape {codes.shape} is not ({rows},)"
            raise DataError(message)
        exponent = int(as_codes([above], _ABOVE, "above")[0])
        return self.core.error_codes(layer, codes, exponent)

    def update(self, layer: int, inputs: Any, errors: Any, exponent: int = 0) -> None:
        """Update one layer by the chip's rule, from outside.

        Args:
            layer: index of the layer.
            inputs: (inputs,) codes -511..511 that it was driven with; the bias column
                follows by itself.
            errors: (rows,) error codes.
            exponent: of the error codes, -1024..1023.

        Raises:
            DataError: a code or the exponent is out of its range; nothing happened.
        """
        driven = self._driven(layer, inputs)
        wanted = self._rows(layer, errors, "errors", 3)
        if len(driven) != 1 or len(wanted) != 1:
            message = f"inputs, errors: {len(driven)} and {len(wanted)} rows, not 1"
            raise DataError(message)
        scale = int(as_codes([exponent], _EXPONENT, "exponent")[0])
        self.core.update(layer, driven[0], wanted[0], scale, trace=self._buffer)
        self._drain()


def _shaped(found: list[np.ndarray], given: Any) -> np.ndarray:
    """Results of a batch as it came: one row for a vector."""
    if np.ndim(given) == 1:
        return found[0]
    return np.stack(found)
