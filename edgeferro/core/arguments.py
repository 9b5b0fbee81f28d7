"""What the public doors take: objects of one class, whole numbers, finite arrays.

A door judges its arguments before anything is built, so that a mistake is told in the
caller's words and not by whatever stumbles over it further down.
"""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "LINES_MOST",
    "finite_array",
    "given_number",
    "judge_layers",
    "layer_sizes",
    "need_call",
    "need_kind",
    "positive_number",
    "whole_number",
]

LINES_MOST: Final = 4096  # of one array


def need_kind(value: Any, kind: type, name: str, origin: str) -> None:
    """Refuse what is no ``kind``; ``origin`` says where one comes from."""
    if not isinstance(value, kind):
        word = kind.__name__
        article = "an" if word[0] in "AEIO" else "a"
        message = f"{name}: {article} {word} ({origin}), not {type(value).__name__}"
        raise ConfigError(message)


def need_call(value: Any, name: str, given: str) -> None:
    """Refuse what is neither None nor can be called with what is ``given``."""
    if value is not None and not callable(value):
        message = f"{name}: {value!r} can't be called with {given}"
        raise ConfigError(message)


def whole_number(
    value: Any, name: str, low: int | None = None, high: int | None = None
) -> int:
    """Take a whole number, as Python or NumPy keep it, of low..high."""
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    fits = whole and (low is None or value >= low) and (high is None or value <= high)
    if fits:
        return int(value)
    if low is None:
        message = f"{name}: {value!r} is not a whole number"
    else:
        upper = "" if high is None else high
        message = f"{name}: {value} is not in {low}..{upper}"
        if not whole:
            message = f"{name}: {value!r} is not a whole number in {low}..{upper}"
    raise ConfigError(message)


def given_number(value: Any, name: str, low: int, high: int) -> int:
    """Take a whole number of low..high that a call gives, not a file.

    Raises:
        DataError: it is none; names it and the range.
    """
    try:
        return whole_number(value, name, low, high)
    except ConfigError as error:
        raise DataError(str(error)) from None


def positive_number(value: Any, name: str) -> float:
    """Take a finite number above 0."""
    real = isinstance(value, Real) and not isinstance(value, bool)
    if not (real and 0 < value < math.inf):
        message = f"{name}: {value!r} is not a number above 0"
        raise ConfigError(message)
    return float(value)


def layer_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Take inputs, hidden sizes and classes; at least the first and the last."""
    if np.ndim(sizes) != 1 or len(sizes) < 2:
        message = f"sizes: {sizes!r} is not (inputs, hidden sizes, classes)"
        raise ConfigError(message)
    return tuple(
        whole_number(size, f"sizes[{index}]", 1, LINES_MOST)
        for index, size in enumerate(sizes)
    )


def finite_array(values: Any, name: str, columns: int | None = None) -> np.ndarray:
    """Take finite numbers of (n, columns), n at least 1, as float64."""
    try:
        found = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        message = f"{name}: not an array of numbers"
        raise DataError(message) from None
    wanted = "columns" if columns is None else columns
    fits = found.ndim == 2 and columns in (None, found.shape[1])
    if not fits or not found.size:
        message = f"{name}: shape {found.shape} is not (n, {wanted}), n at least 1"
        raise DataError(message)
    if not np.isfinite(found).all():
        row, column = np.argwhere(~np.isfinite(found))[0].tolist()
        message = f"{name}[{row}, {column}]: NaN or infinity is not a finite number"
        raise DataError(message)
    return found


def judge_layers(
    weights: Sequence[np.ndarray], bias: bool, one_each: Mapping[str, Sequence[float]]
) -> None:
    """Refuse layers that do not follow on each other, and lists of another length.

    Args:
        weights: (outputs, inputs + bias) a layer.
        bias: whether each layer has a bias column.
        one_each: lists of one number above 0 a layer, by name.
    """
    if not len(weights):
        message = "weights: no layers; at least 1 is needed"
        raise DataError(message)
    for name, values in one_each.items():
        if np.shape(values) != (len(weights),):
            message = f"{name}: not one number for each of {len(weights)} layers"
            raise DataError(message)
        for index, value in enumerate(values):
            positive_number(value, f"{name}[{index}]")
    columns = None
    for index, matrix in enumerate(weights):
        outputs, _ = finite_array(matrix, f"weights[{index}]", columns).shape
        columns = outputs + int(bias)
