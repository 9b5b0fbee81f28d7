"""Digests of what a run is made of, so that two machines can be held side by side."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from edgeferro.core.binding import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edgeferro.mapping.network import Image

__all__ = ["arrays_digest", "image_digest", "targets_digest"]


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


def targets_digest(image: Image) -> str:
    """16 hex digits of the weights that are to be programmed, Q0.15."""
    return arrays_digest(image.targets)


def image_digest(image: Image) -> str:
    """16 hex digits of everything that a chip is brought up with.

    Registers and tables, weights, references, and how to calibrate and to trim.
    """
    words, digest = words_of(image.registers)  # which has tables, but no rates
    plain = [
        digest,
        [asdict(how) for how in image.calibrations or ()],
        None if image.trim is None else asdict(image.trim),
        image.references is None,
    ]
    arrays = [words, *image.targets, *(image.references or ())]
    return arrays_digest(arrays, repr(plain))
