"""A program in a library of its own, loaded afresh for each run."""

from __future__ import annotations

import contextlib
import ctypes
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["loaded"]


@contextlib.contextmanager
def loaded(library: Path) -> Iterator[int]:
    """Address of a library's ``fw_guest_run`` (firmware_models/port/guest.c).

    A copy is loaded, and closed at the end: a program's static memory begins as it is
    written at each start, as after a reset.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / library.name
        shutil.copyfile(library, copy)
        opened = ctypes.CDLL(str(copy))
        try:
            yield int(ctypes.cast(opened.fw_guest_run, ctypes.c_void_p).value or 0)
        finally:
            with contextlib.suppress(ImportError):  # where there is none, it stays open
                import _ctypes

                _ctypes.dlclose(opened._handle)
