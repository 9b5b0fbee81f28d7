"""Chip images of whole networks: of one that was trained before, and of a new one."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from edgeferro.chip.chip import Chip
from edgeferro.chip.converters import each_layer
from edgeferro.core.arguments import (
    finite_array,
    layer_sizes,
    need_kind,
    whole_number,
)
from edgeferro.errors import DataError
from edgeferro.mapping.activations import find_activation
from edgeferro.mapping.network import Image, compile_network

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "initial_weights",
    "layer_signals",
    "new_image",
    "trained_image",
]

_LEAST: Final = 1e-3  # of a full scale, where no signal is seen


def initial_weights(sizes: Sequence[int], bias: bool, seed: int) -> list[np.ndarray]:
    """Draw Glorot-uniform weights for a network that starts from nothing.

    Args:
        sizes: inputs, hidden sizes, classes.
        bias: append a bias column of zeros.
        seed: of numpy's generator.

    Returns:
        one (outputs, inputs + bias) float array a layer.
    """
    rng = np.random.default_rng(seed)
    weights = []
    for fan_in, fan_out in pairwise(sizes):
        limit = math.sqrt(6.0 / (fan_in + fan_out))
        matrix = rng.uniform(-limit, limit, (fan_out, fan_in))
        if bias:
            matrix = np.hstack([matrix, np.zeros((fan_out, 1))])
        weights.append(matrix)
    return weights


def layer_signals(
    weights: Sequence[np.ndarray],
    samples: np.ndarray,
    activation: str,
    offsets: Sequence[float] | None = None,
    percentile: float = 100.0,
) -> list[float]:
    """A percentile of each layer's |line signals|, for choosing ADC gains.

    Args:
        weights: float (outputs, inputs + 1), the bias column last.
        samples: float (n, inputs).
        activation: of the hidden layers.
        offsets: a constant added to every weight of a layer, as an ADC sees it when
            the reference is subtracted only after it.
        percentile: over all samples and lines, 0..100; 100 is the largest.
    """
    squash = find_activation(activation).function
    signal = samples
    found = []
    for index, matrix in enumerate(weights):
        padded = np.hstack([signal, np.ones((len(signal), 1))])
        padded = padded[:, : matrix.shape[1]]
        total = padded @ matrix.T
        offset = 0.0 if offsets is None else offsets[index]
        seen = total + offset * padded.sum(axis=1, keepdims=True)
        each = [float(np.percentile(np.abs(s), percentile)) for s in (seen, total)]
        found.append(max(each))
        signal = squash(total)
    return found


def trained_image(
    chip: Chip, weights: Sequence[np.ndarray], samples: np.ndarray, seed: int
) -> Image:
    """Lay out a network trained in float; its largest weight uses the chip's span.

    Args:
        chip: the chip file.
        weights: float (outputs, inputs + bias) a layer, the bias column last.
        samples: float (n, inputs) as in training, for the ADC's range.
        seed: of everything random on the chip.
    """
    span = chip.array.weight_span
    scales = [float(np.abs(matrix).max()) / span for matrix in weights]
    return _image(chip, weights, samples, scales, least=_LEAST, seed=seed)


def new_image(
    chip: Chip, sizes: Sequence[int], samples: np.ndarray, seed: int
) -> Image:
    """Lay out a network of random weights; limits are the chip file's.

    Args:
        chip: the chip file.
        sizes: inputs, hidden sizes, classes; 1..4096 each.
        samples: float (n, inputs), for the ADC's range; 1.0 is the largest code.
        seed: of the weights and of everything random on the chip; 0 or more.

    Raises:
        ConfigError: no chip, a size or the seed is out of range.
        DataError: samples of another shape, or beyond what a code can say.
    """
    need_kind(chip, Chip, "chip", "Chip.load(name or file)")
    sizes = layer_sizes(sizes)
    samples = finite_array(samples, "samples", sizes[0])
    _refuse_codes(samples, chip)
    seed = whole_number(seed, "seed", 0)
    limit = chip.network.weight_limit
    drawn = initial_weights(sizes, chip.network.bias, seed)
    weights = [np.clip(m, -limit, limit) for m in drawn]  # few lines draw larger ones
    scales = [limit] * len(weights)
    least = chip.network.signal_limit
    return _image(chip, weights, samples, scales, least=least, seed=seed)


def _refuse_codes(samples: np.ndarray, chip: Chip) -> None:
    """Refuse codes where their values are wanted: no converter would ever be filled."""
    top = chip.converters.input_top
    largest = np.abs(samples).max()
    if largest > (top + 1) / top:  # two's complement reaches one code further down
        message = (
            f"samples: {largest:g} is not in -1..1, where 1 is the largest code; "
            f"divide codes by {top}"
        )
        raise DataError(message)


def _image(
    chip: Chip,
    weights: Sequence[np.ndarray],
    samples: np.ndarray,
    scales: Sequence[float],
    *,
    least: float | tuple[float, ...],
    seed: int,
) -> Image:
    hidden = [len(matrix) for matrix in weights[:-1]]
    if hidden != list(chip.network.hidden):  # the DACs' steps are of what is laid out
        chip = chip.with_(**{"network.hidden": hidden})
    device = chip.load_device()
    offsets = [scale * chip.adc_offset(device) for scale in scales]
    limits = chip.converters.adc_range
    if limits is None:
        limits = _limits(chip, weights, samples, offsets, least)
    return compile_network(
        chip,
        device,
        weights,
        weight_scales=scales,
        signal_limits=each_layer(limits, len(weights)),
        seed=seed,
    )


def _limits(
    chip: Chip,
    weights: Sequence[np.ndarray],
    samples: np.ndarray,
    offsets: Sequence[float],
    least: float | tuple[float, ...],
) -> tuple[float, ...]:
    """The ADC's full scales by the signals that the layers have before learning."""
    converters, activation = chip.converters, chip.network.activation
    signals = layer_signals(
        weights, samples, activation, offsets, converters.adc_percentile
    )
    room = converters.adc_headroom
    floors = each_layer(least, len(weights))
    pairs = zip(signals, floors, strict=True)
    return tuple(max(room * signal, floor) for signal, floor in pairs)
