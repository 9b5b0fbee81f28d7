"""Where firmware of this process meets its chip: every access is seen, or the last."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from edgeferro._core import ffi, lib
from edgeferro.core.enums import ACCESSES, MARKS
from edgeferro.core.guest import loaded
from edgeferro.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edgeferro.core.bus import Bus

__all__ = [
    "NVM_WORDS",
    "Access",
    "BusView",
    "Crash",
    "Port",
    "bus_view",
    "check_nvm",
]

NVM_WORDS: Final = 64  # firmware_models/common/fw.h


class Access(NamedTuple):
    """What a firmware is about to do: 'read', 'write', 'nvm read' or 'nvm write'."""

    kind: str
    address: int
    value: int


@ffi.def_extern(error=1)  # type: ignore[untyped-decorator]
def fw_access(context: Any, kind: int, address: int, value: int) -> int:
    """Ask whoever watches whether an access may be made."""
    return int(ffi.from_handle(context)(Access(ACCESSES[kind], address, value)))


class BusView(NamedTuple):
    """What a bus holds at a moment, as a waveform shows it; looking takes no time.

    ``label`` is the one that the command under way learns, ``result`` the class that
    was found last, -1 before any.
    """

    busy: int
    queue: int
    fill: int
    label: int
    result: int


def bus_view(bus: Bus) -> BusView:
    """Look at a bus without an access."""
    found = bus.pointer
    count = int(found.result_count)
    return BusView(
        busy=int(found.running.opcode != 0),
        queue=int(found.queued),
        fill=int(found.fifo_level),
        label=int(found.running.label),
        result=int(found.results[count - 1].label) if count else -1,
    )


class Crash(NamedTuple):
    """Where a program of one's own died, or was when it was ended.

    ``offset`` is the program counter's, from its library's ``fw_guest_run``; ``stack``
    is whether it went beyond its stack; ``signal`` and ``address`` are the system's.
    """

    signal: int
    stack: bool
    offset: int
    address: int


def check_nvm(words: Any) -> np.ndarray:
    """Take a non-volatile memory: an array that firmware may write to.

    Raises:
        DataError: no uint32 array of 64 words, or one that can't be written to.
    """
    if not isinstance(words, np.ndarray) or words.dtype != np.uint32:
        found = getattr(words, "dtype", type(words).__name__)
        message = f"nvm: {found} is not an array of uint32"
        raise DataError(message)
    if words.shape != (NVM_WORDS,):
        message = f"nvm: shape {words.shape} is not ({NVM_WORDS},)"
        raise DataError(message)
    if not words.flags.writeable or not words.flags.c_contiguous:
        message = "nvm: the array is read-only, or not in one piece; a copy() passes"
        raise DataError(message)
    return words


class Port:
    """Where a firmware of this process meets its chip.

    Args:
        bus: the chip.
        blob: the program's data.
        nvm: its non-volatile memory, uint32 (64,).
        library: of a program of one's own; None for those that are built in.

    Attributes:
        marked: accesses of the bus by mark (:data:`MARKS`), uint64, of all runs.
        crash: where the last run of a library died or was ended; None if it didn't.

    Raises:
        DataError: a memory that is none.
    """

    def __init__(
        self, bus: Bus, blob: bytes, nvm: np.ndarray, library: Path | None = None
    ) -> None:
        """Keep all of them alive for as long as the firmware may use them."""
        self._keep = (bus, check_nvm(nvm))
        self._library = library
        words = np.zeros(-(-len(blob) // 8), np.uint64)  # for its alignment
        words.view(np.uint8)[: len(blob)] = np.frombuffer(blob, np.uint8)
        self._data = words
        self._run = ffi.new("struct fw_run *")
        self._run.bus = bus.pointer
        self._run.blob = ffi.cast("uint8_t *", ffi.from_buffer(words))
        self._run.blob_size = len(blob)
        self._run.nvm = ffi.cast("uint32_t *", ffi.from_buffer(nvm))
        self._marked = np.zeros(MARKS["marks"], np.uint64)
        self._run.marked = ffi.cast("uint64_t *", ffi.from_buffer(self._marked))
        self._crash = ffi.new("struct fw_crash *")
        self._run.crash = self._crash
        self.crash: Crash | None = None

    @property
    def marked(self) -> np.ndarray:
        """Accesses by mark, so far."""
        return self._marked[:]

    def run(
        self,
        program: str,
        on_access: Callable[[Access], bool] | None = None,
        cut: int = 0,
        cut_cycle: int = 0,
        timeout_s: float | None = None,
    ) -> tuple[int, list[tuple[int, int]], list[int]]:
        """Run a program from reset.

        Args:
            program: its name.
            on_access: asked before each access; True cuts the power there.
            cut: accesses after which the power is lost; 0: never.
            cut_cycle: period of the bus's clock at which it is; 0: never.
            timeout_s: seconds after which a library's program is ended.

        Returns:
            its status; for each test samples right and samples; its other values.
        """
        raised: list[BaseException] = []

        def ask(access: Access) -> bool:
            try:
                return bool(on_access is not None and on_access(access))
            except BaseException as error:  # must not be lost in the C code below
                raised.append(error)
                return True

        handle = None if on_access is None else ffi.new_handle(ask)
        self._run.context = handle or ffi.NULL
        self._run.cut = cut
        self._run.cut_cycle = cut_cycle
        self._run.access = ffi.NULL if handle is None else lib.fw_access
        report = ffi.new("struct fw_report *")
        status = self._enter(program, report, timeout_s)
        if raised:
            raise raised[0]
        tests = [(report.right[i], report.of[i]) for i in range(report.tests)]
        return int(status), tests, [report.value[i] for i in range(report.values)]

    def _enter(self, program: str, report: Any, timeout_s: float | None) -> int:
        name = program.encode()
        self.crash = None
        if self._library is None:
            return int(lib.fw_host_run(name, self._run, report))
        with loaded(self._library) as address, _ended_after(timeout_s):
            self._run.guest = ffi.cast("fw_guest", address)
            status = int(lib.fw_host_run(name, self._run, report))
        if status in {lib.FW_DIED, lib.FW_LATE}:
            told = self._crash
            offset = int(told.counter) - address
            found = Crash(told.signal, bool(told.stack), offset, told.address)
            self.crash = found
        return status


@contextlib.contextmanager
def _ended_after(seconds: float | None) -> Iterator[None]:
    """End the program that this thread runs meanwhile, if it takes too long."""
    number = int(lib.fw_host_stop_signal())
    if seconds is None or not number:
        yield
        return
    thread = threading.get_ident()
    timer = threading.Timer(seconds, lambda: signal.pthread_kill(thread, number))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
