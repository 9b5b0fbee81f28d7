"""Float pre-training of small networks: the weights a chip is programmed with.

Plain NumPy, one core, seeded. This is set-up, not chip: floats are allowed. The same
call gives the same bits on one machine; another BLAS may round differently.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np

from edgeferro.errors import ConfigError, DataError
from edgeferro.mapping.activations import find_activation

__all__ = ["PRETRAIN_VERSION", "forward", "predict", "pretrain"]

PRETRAIN_VERSION: Final = 1  # of the routine; rises when the same call gives others
_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8


def _softmax(scores: np.ndarray) -> np.ndarray:
    """Return probabilities along the last axis."""
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    shares: np.ndarray = powers / powers.sum(-1, keepdims=True)
    return shares


def forward(weights: Sequence[np.ndarray], x: Any, activation: str) -> list[np.ndarray]:
    """Return what each layer receives, then the output scores before the softmax.

    Args:
        weights: one float (out, in + 1) per layer, the bias in the last column.
        x: float (n, d).
        activation: of the hidden layers (:mod:`edgeferro.mapping.activations`).

    Returns:
        One (n, in + 1) array per layer, its last column 1, then the scores, (n,
        classes).
    """
    squash = find_activation(activation).function
    signal = np.asarray(x, np.float64)
    seen = []
    for index, matrix in enumerate(weights):
        padded = np.ones((len(signal), signal.shape[1] + 1))
        padded[:, :-1] = signal
        seen.append(padded)
        signal = padded @ matrix.T
        if index < len(weights) - 1:
            signal = squash(signal)
    return [*seen, signal]


def predict(weights: Sequence[np.ndarray], x: Any, activation: str) -> np.ndarray:
    """Return the class of each row, int64 (n,); ties go to the lower class.

    Args:
        weights: as :func:`pretrain` returns them.
        x: float (n, d), scaled as in training.
        activation: of the hidden layers.
    """
    best: np.ndarray = forward(weights, x, activation)[-1].argmax(-1)
    return best.astype(np.int64)


class _Optimiser:
    """Adam or plain SGD over all layers at once, as one flat vector."""

    def __init__(
        self, sizes: Sequence[int], rng: np.random.Generator, *, relu: bool
    ) -> None:
        """Draw initial weights: He's rule before relu, Glorot's otherwise; bias 0."""
        shapes = [(o, i + 1) for i, o in pairwise(sizes)]
        count = sum(o * i for o, i in shapes)
        self.flat, self.slope = np.zeros(count), np.zeros(count)
        self.weights = self._views(self.flat, shapes)
        self.slopes = self._views(self.slope, shapes)
        self.first, self.second = np.zeros(count), np.zeros(count)
        self.step_count = 0
        for layer, matrix in enumerate(self.weights):
            fan_out, fan_in = matrix.shape[0], matrix.shape[1] - 1
            he = relu and layer < len(shapes) - 1
            sigma = np.sqrt(2.0 / (fan_in if he else fan_in + fan_out))
            matrix[:, :-1] = rng.normal(0.0, sigma, (fan_out, fan_in))

    @staticmethod
    def _views(flat: np.ndarray, shapes: Sequence[tuple[int, int]]) -> list[np.ndarray]:
        """Return one matrix per layer that shares memory with the vector."""
        views, start = [], 0
        for rows, columns in shapes:
            views.append(flat[start : start + rows * columns].reshape(rows, columns))
            start += rows * columns
        return views

    def step(self, rate: float, *, adam: bool) -> None:
        """Move the weights down the slopes."""
        if not adam:
            self.flat -= rate * self.slope
            return
        self.step_count += 1
        self.first *= _BETA1
        self.first += (1.0 - _BETA1) * self.slope
        self.second *= _BETA2
        self.second += (1.0 - _BETA2) * self.slope * self.slope
        # Both bias corrections as one factor on the rate.
        correction = np.sqrt(1.0 - _BETA2**self.step_count)
        rate *= correction / (1.0 - _BETA1**self.step_count)
        self.flat -= rate * self.first / (np.sqrt(self.second) + _EPSILON)


def _check(x: Any, y: Any, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Take finite inputs and labels in range."""
    inputs, labels = np.asarray(x, np.float64), np.asarray(y)
    if inputs.ndim != 2 or not len(inputs) or not np.isfinite(inputs).all():
        message = f"x: shape {inputs.shape}, expected finite (n, d) with n >= 1"
        raise DataError(message)
    if labels.dtype.kind not in "iu" or labels.shape != (len(inputs),):
        message = (
            f"y: {labels.dtype} {labels.shape}, expected integers ({len(inputs)},)"
        )
        raise DataError(message)
    if labels.min() < 0 or labels.max() >= classes:
        message = f"y: labels {labels.min()}..{labels.max()}, not in 0..{classes - 1}"
        raise DataError(message)
    return inputs, labels.astype(np.int64)


def _backward(
    optimiser: _Optimiser,
    x: np.ndarray,
    target: np.ndarray,
    squash: Callable[[np.ndarray], np.ndarray],
    slope: Callable[[np.ndarray], np.ndarray],
) -> None:
    """Fill the mean slopes of the softmax cross-entropy over one batch.

    Args:
        optimiser: its weights are read, its slopes written.
        x: (batch, d + 1), the last column 1.
        target: one-hot (batch, classes).
        squash: the hidden activation.
        slope: its slope from its own value.
    """
    seen = [x]
    for matrix in optimiser.weights[:-1]:
        padded = np.ones((len(x), len(matrix) + 1))
        padded[:, :-1] = squash(seen[-1] @ matrix.T)
        seen.append(padded)
    error = (_softmax(seen[-1] @ optimiser.weights[-1].T) - target) / len(x)
    for layer in range(len(seen) - 1, -1, -1):
        np.matmul(error.T, seen[layer], out=optimiser.slopes[layer])
        if layer:
            back = error @ optimiser.weights[layer][:, :-1]
            error = back * slope(seen[layer][:, :-1])


def pretrain(
    x: Any,
    y: Any,
    hidden: Sequence[int] = (32,),
    *,
    classes: int,
    epochs: int = 20,
    learning_rate: float = 0.01,
    seed: int = 0,
    activation: str = "relu",
    weight_clip: float | None = None,
    batch: int = 16,
    optimiser: str = "adam",
    initial: Sequence[np.ndarray] | None = None,
) -> list[np.ndarray]:
    """Train a softmax network on a data set, or train one further.

    Args:
        x: float (n, d), input code / largest input code, -1..1.
        y: int (n,), 0..classes - 1.
        hidden: width of each hidden layer; () for none.
        classes: number of outputs, at least 2.
        epochs: passes over the data, each in a new random order; at least 0.
        learning_rate: step of the optimiser, above 0.
        seed: of the initial weights and of the order, at least 0.
        activation: of the hidden layers (:mod:`edgeferro.mapping.activations`).
        weight_clip: largest |weight| in any layer, biases too, held after every step:
            the span the crossbar's largest conductance difference stands for.
        batch: rows per step, at least 1; 1 is online learning.
        optimiser: "adam" or "sgd".
        initial: weights to start from, not changed; None to draw them.

    Returns:
        One float64 (out, in + 1) per layer, the bias in the last column.

    Raises:
        ConfigError: a setting is out of range.
        DataError: x or y is.
    """
    found = find_activation(activation)
    squash, slope = found.function, found.slope
    settings = {
        "hidden": (hidden, all(width >= 1 for width in hidden), "widths >= 1"),
        "classes": (classes, classes >= 2, ">= 2"),
        "epochs": (epochs, epochs >= 0, ">= 0"),
        "learning_rate": (learning_rate, 0.0 < learning_rate < np.inf, "above 0"),
        "seed": (seed, seed >= 0, ">= 0"),
        "weight_clip": (
            weight_clip,
            weight_clip is None or 0.0 < weight_clip < np.inf,
            "None or above 0",
        ),
        "batch": (batch, batch >= 1, ">= 1"),
        "optimiser": (optimiser, optimiser in {"adam", "sgd"}, "'adam' or 'sgd'"),
    }
    for name, (value, valid, expected) in settings.items():
        if not valid:
            message = f"{name}: {value!r}, expected {expected}"
            raise ConfigError(message)
    inputs, labels = _check(x, y, classes)
    rng = np.random.default_rng(seed)
    sizes = [inputs.shape[1], *hidden, classes]
    state = _Optimiser(sizes, rng, relu=activation == "relu")
    if initial is not None:
        _start_from(state, initial)
    padded = np.hstack([inputs, np.ones((len(inputs), 1))])
    target = np.eye(classes)[labels]
    for _ in range(epochs):
        order = rng.permutation(len(inputs))
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            _backward(state, padded[rows], target[rows], squash, slope)
            state.step(learning_rate, adam=optimiser == "adam")
            if weight_clip is not None:
                np.clip(state.flat, -weight_clip, weight_clip, out=state.flat)
    return [matrix.copy() for matrix in state.weights]


def _start_from(state: _Optimiser, initial: Sequence[np.ndarray]) -> None:
    """Copy given weights into the state after a check of their shapes."""
    expected = [matrix.shape for matrix in state.weights]
    found = [np.shape(matrix) for matrix in initial]
    if found != expected:
        message = f"initial: shapes {found}, expected {expected}"
        raise ConfigError(message)
    for matrix, values in zip(state.weights, initial, strict=True):
        matrix[:] = values
