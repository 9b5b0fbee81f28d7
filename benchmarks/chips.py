"""Chips and samples of the benchmarks: realistic scales, nothing read from disk."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.core.binding import setting_fields
from edgeferro.core.emulator import TALLY_WORDS, Core

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "ARRAYS",
    "NETWORKS",
    "RULES",
    "build_array",
    "build_network",
    "cells",
    "name",
    "pulses_issued",
    "registers",
    "samples",
]

_ZEROS = vars(setting_fields("Settings", "struct ef_settings")())
_LAYER_ZEROS = vars(setting_fields("LayerSettings", "struct ef_layer_config")())

NETWORKS: Final = ((30, 32, 7), (784, 128, 10), (784, 256, 128, 10))
ARRAYS: Final = (128, 256, 512, 1024, 2048)
RULES: Final = {"sgd-stochastic": 1, "sgd-counted": 2, "mixed-precision": 3}

_SEED: Final = 20
_TOP: Final = 127  # of input, activation and error codes
_ADC_BITS: Final = 9
_HALF: Final = 1 << (_ADC_BITS - 1)
_FULL_SCALE: Final = 8.0  # pre-activation at the end of the ADC's range
_SPAN: Final = 0.4  # largest weight that is programmed
_STEP: Final = 1 / 512  # change of a weight by one pulse
_THRESHOLD: Final = 4096  # accumulator units a pulse
_IMAGE_PIXELS: Final = 784
_INK: Final = 0.19  # of the pixels of an MNIST digit
_SQUARED: Final = 1
# about 1.5 cells in a thousand take a pulse a step, as in edgeferro train --task mnist
_ARRAY_RATES: Final = {
    "sgd-stochastic": 0.00004,
    "sgd-counted": 0.0025,
    "mixed-precision": 0.0004,
}
_UPDATE: Final = 2  # phase
# struct ef_tally ends with six accounts of six words; issued is the second
_ISSUED: Final = TALLY_WORDS - 36 + 6 * _UPDATE + 1


def name(sizes: tuple[int, ...]) -> str:
    """Write 784-128-10 for (784, 128, 10)."""
    return "-".join(str(size) for size in sizes)


def cells(core: Core) -> int:
    """Count the cells of all arrays of a chip."""
    return sum(math.prod(core.shape(layer)) for layer in range(core.layers))


def pulses_issued(core: Core) -> int:
    """Read from the tally how many update pulses went out so far."""
    return int(core.tally_words()[_ISSUED])


def _site(bits: int, shift: int = 0) -> SimpleNamespace:
    return SimpleNamespace(bits=bits, rounding=3, overflow=0, shift=shift)


def _mantissa(value: float) -> tuple[int, int]:
    """Write value as mantissa 128..255 x 2^-shift."""
    shift = 7 - math.floor(math.log2(value))
    mantissa = round(value * 2.0**shift)
    return (mantissa, shift) if mantissa < 256 else (128, shift - 1)


def _layer(rows: int, inputs: int, rule: int, *, bias: bool) -> SimpleNamespace:
    """Set up the registers of one layer but rate and backward gain."""
    gain = _mantissa(1 / (_TOP * 32768) * _HALF / _FULL_SCALE)
    verify = _mantissa(_HALF / (_SPAN * 32768 * _TOP))
    fields: dict[str, Any] = {
        **_LAYER_ZEROS,
        "rows": rows,
        "inputs": inputs,
        "bias": int(bias),
        "rule": rule,
        "bias_code": _TOP if bias else 0,
        "verify_code": _TOP,
        "gain_mantissa": gain[0],
        "gain_shift": gain[1],
        "back_mantissa": 128,
        "back_shift": 20,
        "verify_mantissa": verify[0],
        "verify_shift": verify[1],
        "rate_mantissa": 128,
        "rate_shift": 20,
        "threshold": _THRESHOLD,
        "activation": None,
        "slope": None,
    }
    return SimpleNamespace(**fields)


def _add_activation(layer: SimpleNamespace) -> None:
    """Give a layer the tables of tanh, slope 256 at 0."""
    value = np.tanh(np.arange(-_HALF, _HALF) * (_FULL_SCALE / _HALF))
    layer.activation = np.rint(_TOP * value).astype(np.int16)
    layer.slope = np.rint(256 * (1 - value * value)).astype(np.int16)


def _set_rates(layers: list[SimpleNamespace], learning_rate: float) -> None:
    """Set backward gains and rates from the last layer down (see network.py)."""
    unit = 1 / 32768  # of an error code at exponent 0
    for index in reversed(range(len(layers))):
        layer = layers[index]
        spread = 2.0 if index == len(layers) - 1 else math.sqrt(layer.rows)
        back = _mantissa(_HALF / (32768 * _SPAN * _TOP * spread))
        pulses = learning_rate * unit / (_TOP * _STEP)
        scale = _THRESHOLD if layer.rule == RULES["mixed-precision"] else 1
        layer.back_mantissa, layer.back_shift = back
        layer.rate_mantissa, layer.rate_shift = _mantissa(pulses * scale)
        unit = unit / 32768 / (back[0] * 2.0 ** -back[1]) / 256


def _one(value: int) -> list[int]:
    """Give the first pulse class a value, the others 0."""
    return [value] + [0] * 15


def registers(layers: list[SimpleNamespace], **changes: Any) -> SimpleNamespace:
    """Set up a chip with one soft-bound pulse class, spread and cycle noise.

    Args:
        layers: registers of the layers.
        **changes: registers that differ.
    """
    knots = np.empty((1, 2, 65), np.int32)
    place = np.linspace(-1, 1, 65)
    knots[0, 0] = np.rint(_STEP * 2**31 * (1 - 0.5 * place))
    knots[0, 1] = np.rint(_STEP * 2**31 * (1 + 0.5 * place))
    codes = np.arange(256) * (_FULL_SCALE / _HALF)
    program = _mantissa(_SPAN / _HALF / _STEP)
    fields: dict[str, Any] = {
        **_ZEROS,
        "seed": _SEED,
        "layer_count": len(layers),
        "input_signed": 1,
        "target_low": -100,
        "target_high": 100,
        "sites": [_site(b) for b in (8, _ADC_BITS, 8, 8, 32, 16, 8, 16)],
        "train_length": 31,
        "train_bits": 12,
        "pulse_limit": 31,
        "class_count": 1,
        "transfer_every": 1,
        "lines_per_row_lfsr": 16,
        "lines_per_column_lfsr": 16,
        "lanes": 16,
        "program_tolerance": 1,
        "program_iterations": 20,
        "program_limit": 127,
        "program_reads": 1,
        "program_mantissa": program[0],
        "program_shift": program[1],
        "bound_low": -(2**31) * 9 // 10,
        "bound_high": 2**31 * 9 // 10,
        "bound_spread": 2**31 // 20 // 32,  # 5 %
        "d2d_common": 13172,  # 10 %
        "d2d_asymmetry": 6586,  # 5 %
        "read_ns": 100,
        "gap_ns": 20,
        "c2c": _one(2007),  # 10 %
        "width_ns": _one(200),
        "knots": knots,
        "adc_inl": None,
        "exp_table": np.rint(65535 * np.exp(-codes)).astype(np.uint16),
        "layers": layers,
    }
    return SimpleNamespace(**{**fields, **changes})


def _program(core: Any, limits: list[float]) -> None:
    """Write uniform random weights, a limit a layer, into a chip."""
    rng = np.random.default_rng(_SEED)
    for layer, limit in enumerate(limits):
        rows, columns = core.shape(layer)
        weights = rng.uniform(-limit, limit, (columns, rows))
        targets = np.rint(weights * 32768).astype(np.int16)
        for column in range(columns):
            core.program_column(layer, 0, column, targets[column])


def build_network(
    sizes: tuple[int, ...], rule: str, *, make: Any = Core, **changes: Any
) -> tuple[Any, SimpleNamespace]:
    """Build a classifier with Glorot weights and softmax output.

    Args:
        sizes: inputs, hidden sizes, classes.
        rule: a key of :data:`RULES`.
        make: brings a chip up from its registers.
        **changes: registers that differ.

    Returns:
        the chip with its weights programmed, and its registers.
    """
    pairs = list(zip(sizes[1:], sizes[:-1], strict=True))
    layers = [_layer(rows, inputs, RULES[rule], bias=True) for rows, inputs in pairs]
    for layer in layers[:-1]:
        _add_activation(layer)
    # rounding to whole pulses loses all small products: only a high rate moves weights
    _set_rates(layers, 0.02 if rule == "sgd-counted" else 0.002)
    chip = registers(layers, **changes)
    core = make(chip)
    limits = [min(math.sqrt(6 / (rows + inputs)), 0.3) for rows, inputs in pairs]
    _program(core, limits)
    return core, chip


def build_array(size: int, rule: str) -> Core:
    """Build one square array, no bias, squared error: every row has an error.

    Softmax over so many rows would leave one or two rows to update, and a step would
    look cheaper than it is.
    """
    layer = _layer(size, size, RULES[rule], bias=False)
    _add_activation(layer)
    _set_rates([layer], _ARRAY_RATES[rule])
    chip = registers([layer], error_kind=_SQUARED, target_low=0, exp_table=None)
    core = Core(chip)
    _program(core, [min(3 / math.sqrt(size), 0.3)])
    return core


def samples(
    inputs: int, classes: int, count: int, seed: int = _SEED
) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
    """Draw samples round class prototypes, so that there is something to learn.

    Args:
        inputs: 784 gives images with 19 % of the pixels above 0 (0..127), any other
            number dense codes -127..127.
        classes: labels are below.
        count: of samples.
        seed: of numpy's generator.
    """
    rng = np.random.default_rng(seed)
    kinds = min(classes, 64)
    labels = rng.integers(0, kinds, count)
    if inputs == _IMAGE_PIXELS:
        ink = rng.random((kinds, inputs)) < _INK
        swap = rng.random((count, inputs)) < 0.3  # each image has its own pixels
        other = rng.random((count, inputs)) < _INK
        strength = rng.integers(20, _TOP + 1, (count, inputs))
        codes = np.where(swap, other, ink[labels]) * strength
    else:
        centre = rng.integers(-_TOP, _TOP + 1, (kinds, inputs))
        own = rng.integers(-_TOP, _TOP + 1, (count, inputs))
        codes = (centre[labels] + own) // 2
    return codes.astype(np.int16), labels.astype(np.int32)
