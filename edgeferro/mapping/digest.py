"""Digests of what a run is made of, so that two machines can be held side by side."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["arrays_digest"]


def arrays_digest(arrays: Iterable[np.ndarray], text: str = "") -> str:
    """16 hex digits of arrays: types, shapes and values, whatever the machine's order.

    Args:
        arrays: of numbers.
        text: what else is to tell two of them apart.
    """
    found = hashlib.sha256(text.encode())
    for array in arrays:
        small = np.asarray(array)
        small = np.ascontiguousarray(small, small.dtype.newbyteorder("<"))
        found.update(f"\n{small.dtype.str} {small.shape}\n".encode())
        found.update(small.tobytes())
    return found.hexdigest()[:16]
