"""The activation functions, in float: one definition for tables and pre-training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from edgeferro.errors import ConfigError

__all__ = ["ACTIVATIONS", "Activation", "find_activation"]

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Activation:
    """An activation function.

    Attributes:
        function: of the pre-activation.
        slope: of the function's own value.
        signed: whether values can be negative.
        limit: largest |value|; None where it follows the pre-activation.
    """

    function: Function
    slope: Function
    signed: bool
    limit: float | None


ACTIVATIONS: Final[dict[str, Activation]] = {
    "identity": Activation(np.asarray, np.ones_like, signed=True, limit=None),
    "relu": Activation(
        lambda a: np.maximum(a, 0.0),
        lambda h: (h > 0.0) * 1.0,
        signed=False,
        limit=None,
    ),
    "tanh": Activation(np.tanh, lambda h: 1.0 - h * h, signed=True, limit=1.0),
    "sigmoid": Activation(
        lambda a: 0.5 + 0.5 * np.tanh(0.5 * a),  # never overflows
        lambda h: h * (1.0 - h),
        signed=False,
        limit=1.0,
    ),
    "hard-sigmoid": Activation(
        lambda a: np.clip(0.25 * a + 0.5, 0.0, 1.0),
        lambda h: 0.25 * ((h > 0.0) & (h < 1.0)),
        signed=False,
        limit=1.0,
    ),
}


def find_activation(name: str) -> Activation:
    """Return an activation by name; ``hardsigmoid`` is taken for hard-sigmoid.

    Raises:
        ConfigError: no such activation.
    """
    key = "hard-sigmoid" if name == "hardsigmoid" else name
    if key not in ACTIVATIONS:
        message = f"activation: {name!r} is not one of {', '.join(ACTIVATIONS)}"
        raise ConfigError(message)
    return ACTIVATIONS[key]
