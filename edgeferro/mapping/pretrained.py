"""Float pre-training done once a process, however many chips ask for its weights."""

from __future__ import annotations

import hashlib
import inspect
import threading
from collections import OrderedDict
from typing import Any, Final

import numpy as np

from edgeferro.mapping.pretrain import PRETRAIN_VERSION, pretrain

__all__ = ["Weights", "WeightsCache", "asked_digest", "pretrained"]

Weights = tuple[np.ndarray, ...]
BYTES_MOST: Final = 64 << 20  # kept a process: 6000 networks of the watch's size
_ARGUMENTS: Final = inspect.signature(pretrain)


def _floats(value: Any) -> np.ndarray:
    """An array as pre-training takes it, so that its bytes are its values."""
    return np.ascontiguousarray(value, np.float64)


def asked_digest(*args: Any, **settings: Any) -> str:
    """SHA-256, in hex digits, of everything that pre-trained weights follow from.

    Samples, labels, every setting and the version of the routine: an argument that the
    routine gains is in it without a line here.

    Args:
        args: of :func:`~edgeferro.mapping.pretrain.pretrain`.
        settings: the same by name.
    """
    bound = _ARGUMENTS.bind(*args, **settings)
    bound.apply_defaults()
    found = hashlib.sha256(f"pre-training {PRETRAIN_VERSION}".encode())
    for name, value in bound.arguments.items():
        arrays: list[np.ndarray] = []
        if name == "x":
            arrays = [_floats(value)]
        elif name == "y":
            arrays = [np.ascontiguousarray(value)]
        elif name == "initial" and value is not None:
            arrays = [_floats(matrix) for matrix in value]
        text = [(a.dtype.str, a.shape) for a in arrays] or value
        found.update(f"\n{name}={text!r}\n".encode())
        for array in arrays:
            found.update(array.tobytes())
    return found.hexdigest()


class WeightsCache:
    """Pre-trained weights by what they follow from; the longest unused go first.

    Threads that ask for the same weights wait for one computation.
    """

    def __init__(self, bytes_most: int = BYTES_MOST) -> None:
        """Keep nothing yet.

        Args:
            bytes_most: of weights that are kept; a larger network is not.
        """
        self._most = bytes_most
        self._bytes = 0
        self._kept: OrderedDict[str, Weights] = OrderedDict()
        self._busy: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, *args: Any, **settings: Any) -> Weights:
        """Return :func:`~edgeferro.mapping.pretrain.pretrain`'s weights, read-only.

        Bit for bit what the call gives. If it fails or is stopped, whoever waits for
        it makes the call in its turn.
        """
        key = asked_digest(*args, **settings)
        with self._lock:
            busy = self._busy.setdefault(key, threading.Lock())
        try:
            with busy:
                found = self._look(key)
                if found is None:
                    found = tuple(pretrain(*args, **settings))
                    for matrix in found:
                        matrix.flags.writeable = False
                    self._keep(key, found)
        finally:
            with self._lock:
                self._busy.pop(key, None)
        return found

    @property
    def held(self) -> int:
        """Bytes of the weights that are kept."""
        return self._bytes

    def _look(self, key: str) -> Weights | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: str, weights: Weights) -> None:
        size = sum(matrix.nbytes for matrix in weights)
        if size > self._most:
            return
        with self._lock:
            self._kept[key] = weights
            self._bytes += size
            while self._bytes > self._most:
                _, old = self._kept.popitem(last=False)
                self._bytes -= sum(matrix.nbytes for matrix in old)


_cache: Final = WeightsCache()
pretrained: Final = _cache.get
