"""A chip's state as text, for a save file."""

from __future__ import annotations

import base64
import zlib

from edgeferro.errors import SnapshotError

__all__ = ["pack", "unpack"]


def pack(data: bytes) -> str:
    """Write bytes as text, compressed."""
    return base64.b64encode(zlib.compress(data, 1)).decode()


def unpack(text: str) -> bytes:
    """Read what :func:`pack` wrote.

    Raises:
        SnapshotError: it is something else.
    """
    try:
        return zlib.decompress(base64.b64decode(text))
    except (ValueError, TypeError, zlib.error):
        message = "a state in the save file is damaged"
        raise SnapshotError(message) from None
