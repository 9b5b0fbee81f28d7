"""Plain values and arrays in one file that is checked before any of it is believed.

Little-endian: eight bytes that name the kind; u32 version; u32 bytes of the header; u64
bytes of the file; the header, JSON in UTF-8; the arrays; SHA-256 of all before. Header
and arrays each begin at a multiple of 8, zeros between. The header is ``content``, any
JSON in which ``{"block": i}`` stands for an array, and ``blocks``, type and shape of
each array in order. No value is ever run, and none leads out of the file.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgeferro.errors import SnapshotError
from edgeferro.files.write import write_whole

__all__ = ["BlockFile"]

_TYPES: Final = ("|u1", "<u2", "<i2", "<i4", "<f8")
_HEAD: Final = struct.Struct("<8sIIQ")
_SUM: Final = 32  # bytes of SHA-256
_DIMENSION_MOST: Final = 1 << 40


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 8)


class BlockFile:
    """One kind of such files.

    Args:
        magic: eight bytes at their beginning.
        version: that this edgeferro writes, and reads.
        kind: what to call it in messages, 'image file'.
    """

    def __init__(self, magic: bytes, version: int, kind: str) -> None:
        """Keep what tells this kind from others."""
        self.magic, self.version, self.kind = magic, version, kind

    def write(self, path: Path, content: dict[str, Any]) -> None:
        """Write a file whole or not at all.

        Args:
            path: of the file.
            content: dictionaries, lists, texts, numbers and arrays.
        """
        arrays: list[np.ndarray] = []
        text = json.dumps(
            {
                "content": _without(content, arrays),
                "blocks": [_named(a) for a in arrays],
            },
            allow_nan=False,
            separators=(",", ":"),
        ).encode()
        body = _padded(text) + b"".join(_padded(a.tobytes()) for a in arrays)
        size = _HEAD.size + len(body) + _SUM
        head = _HEAD.pack(self.magic, self.version, len(text), size)
        data = head + body
        write_whole(path, data + hashlib.sha256(data).digest())

    def read(self, path: Path) -> dict[str, Any]:
        """Read what :meth:`write` wrote; arrays are read-only.

        Raises:
            SnapshotError: not such a file, cut short, damaged or of another version.
        """
        path = Path(path)
        try:
            data = self._bytes(path)
            return self._content(data, _HEAD.unpack_from(data)[2])
        except OSError as error:
            message = f"{path}: {error.strerror}"
            raise SnapshotError(message) from None
        except SnapshotError as error:
            message = f"{path}: {error}"
            raise SnapshotError(message) from None

    def _bytes(self, path: Path) -> bytes:
        """The whole file, once its head, length and sum have been judged."""
        if path.exists() and not path.is_file():
            message = f"is no {self.kind}"
            raise SnapshotError(message)
        with path.open("rb") as stream:
            head = stream.read(_HEAD.size)
            found = path.stat().st_size
            if head[:8] != self.magic or len(head) < _HEAD.size:
                message = f"is no {self.kind}, or cut short"
                raise SnapshotError(message)
            _, version, _, size = _HEAD.unpack(head)
            if version != self.version:
                message = f"{self.kind} of version {version}; this is {self.version}"
                raise SnapshotError(message)
            if size != found:
                message = f"{self.kind} of {size} bytes, but {found} are there"
                raise SnapshotError(message)
            data = head + stream.read()
        if hashlib.sha256(data[:-_SUM]).digest() != data[-_SUM:]:
            message = f"{self.kind} is damaged: its SHA-256 is another"
            raise SnapshotError(message)
        return data

    def _content(self, data: bytes, length: int) -> dict[str, Any]:
        start = _HEAD.size
        try:
            header = json.loads(data[start : start + length].decode("utf-8"))
            arrays = _arrays(
                data[start + length + -length % 8 : -_SUM], header["blocks"]
            )
            found = _with(header["content"], arrays)
        except (ValueError, KeyError, TypeError, IndexError, RecursionError):
            found = None
        if not isinstance(found, dict):
            message = f"{self.kind} has a header that says nothing"
            raise SnapshotError(message)
        return found


def _without(value: Any, arrays: list[np.ndarray]) -> Any:
    """The same with a number for each array, which is put into the list."""
    if isinstance(value, np.ndarray):
        small = value.astype(value.dtype.newbyteorder("<"), copy=False)
        if small.dtype.str not in _TYPES:
            message = f"arrays of {small.dtype} have no place in a file"
            raise TypeError(message)
        arrays.append(np.ascontiguousarray(small))
        return {"block": len(arrays) - 1}
    if isinstance(value, dict):
        return {name: _without(inner, arrays) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without(inner, arrays) for inner in value]
    return value


def _named(array: np.ndarray) -> dict[str, Any]:
    return {"type": array.dtype.str, "shape": list(array.shape)}


def _arrays(data: bytes, blocks: list[dict[str, Any]]) -> list[np.ndarray]:
    """Take arrays from their bytes, which they have to fill exactly.

    Raises:
        ValueError: they don't, or one is of another type or no shape.
    """
    arrays, at = [], 0
    for block in blocks:
        shape, kind = block["shape"], block["type"]
        if kind not in _TYPES or not all(
            type(n) is int and 0 <= n <= _DIMENSION_MOST for n in shape
        ):
            message = "no array"
            raise ValueError(message)
        count = math.prod(shape)
        if at + count * np.dtype(kind).itemsize > len(data):
            message = "more than is there"
            raise ValueError(message)
        array = np.frombuffer(data, kind, count, at).reshape(shape)
        arrays.append(array)
        at += array.nbytes + -array.nbytes % 8
    if at != len(data):
        message = "less than is there"
        raise ValueError(message)
    return arrays


def _with(value: Any, arrays: list[np.ndarray]) -> Any:
    """The same with its arrays in place of their numbers."""
    if isinstance(value, dict):
        if set(value) == {"block"}:
            index = value["block"]
            if type(index) is not int or index < 0:
                message = "no block"
                raise ValueError(message)
            return arrays[index]
        return {name: _with(inner, arrays) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with(inner, arrays) for inner in value]
    return value
