"""Firmware in this process: run it, step it, look at the chip, cut its power."""

from __future__ import annotations

import tempfile
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.chip.chip import Chip
from edgeferro.core.bus import Bus
from edgeferro.core.port import NVM_WORDS, Port, check_nvm
from edgeferro.core.sites import site_rows
from edgeferro.core.tally import Tally
from edgeferro.errors import DataError, StateError
from edgeferro.firmware.build import Own, build_guest
from edgeferro.firmware.own import crash_text, find_own
from edgeferro.firmware.package import Package
from edgeferro.firmware.programs import PROGRAMS, check_program, make_package
from edgeferro.firmware.samples import sample_package

if TYPE_CHECKING:
    from collections.abc import Callable

    from edgeferro.core.port import Access

__all__ = ["STATUS", "Firmware", "Result", "Session", "own_package"]

CUT: Final = 101
_DIED, _LATE = 120, 121  # enum fw_host_status
_SECONDS_MAX: Final = 1e6

STATUS: Final = {
    0: "ok",
    -1: "no controller found",
    -2: "a driver call's argument is wrong",
    -3: "the controller refused something",
    -4: "a command took too long",
    100: "the data are missing or wrong",
    101: "power was cut",
    102: "a section of the image is unknown, there twice, or cut short",
    103: "section CONF is missing, of another length, or a value doesn't fit",
    104: "section KNOT is missing or of another length",
    105: "section EXPT is missing or of another length",
    106: "section TABS is of another length, or lacks a layer",
    107: "the chip's digest is not the one that was packed",
    108: "the chip's configuration is refused, or has no room",
    109: "section INL_ is of another length",
    110: "its interrupt handler leaves the line high",
    111: "it sleeps, and nothing is under way that could wake it",
}


@dataclass(frozen=True)
class Result:
    """What a program came to.

    Attributes:
        status: text of its status; 'ok' if it ran to its end.
        right: samples that it classified right, test after test.
        of: samples of each test.
        values: what else it said, see the program.
        tally: the chip's counters.
        signature: of the chip in its last state.
        cycles: controller cycles that went by.
        awake: instructions of an image's processor, where they were counted.
        asleep: periods of its clock that it waited for interrupts.
        costs: instructions by command, where they were counted: (times, mean).
        marked: the same by ``enum fw_mark_of`` (common/fw.h).
        sites: counters of the quantizer sites, where somebody could look at them.
    """

    status: str
    right: list[int]
    of: list[int]
    values: list[int]
    tally: Tally
    signature: str
    cycles: int | None = None
    awake: int | None = None
    asleep: int | None = None
    costs: dict[str, tuple[int, float]] = field(default_factory=dict)
    marked: dict[int, tuple[int, float]] = field(default_factory=dict)
    sites: tuple[dict[str, Any], ...] = ()

    @property
    def accuracy(self) -> list[float]:
        """Of each test, 0..1."""
        return [r / n if n else 0.0 for r, n in zip(self.right, self.of, strict=True)]


def _number(value: Any, name: str) -> int:
    """Take a whole number of 0 or more, as Python or NumPy keep it."""
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or value < 0:
        message = f"{name}: {value!r} is not a whole number of 0 or more"
        raise DataError(message)
    return int(value)


def own_package(
    own: Own,
    chip: Chip | str | None,
    data: Path | str | Mapping[str, Any] | None = None,
    **options: Any,
) -> Package:
    """Data of a program of one's own: its own samples, or those of the watch task.

    Raises:
        DataError: data, or an option, that don't fit.
    """
    if data is None:
        package = make_package("watch_personalise", chip, **options)
        package.name = own.name
        return package
    deaf = [name for name in options if name not in {"seed", "passes"}]
    if deaf:
        message = f"{deaf[0]}: has no effect on data of one's own"
        raise DataError(message)
    found = chip if isinstance(chip, Chip) else Chip.load(chip or "watch-hzo-200ns")
    return sample_package(own.name, data, found, **options)


class Session:
    """A chip with its firmware, between power-up and power-down.

    Args:
        package: program and data.
        own: a program of one's own, compiled here; None for a shipped one.

    Attributes:
        bus: the chip's registers; ``bus.core`` looks inside.
        library: what one's own was compiled to, there as long as the session.
    """

    def __init__(self, package: Package, own: Own | None = None) -> None:
        """Bring the chip up, unprogrammed."""
        self.package = package
        self.bus = Bus(package.image.registers, package.chip.controller.clock_mhz)
        self._nvm = np.zeros(NVM_WORDS, np.uint32)
        self._blob = package.blob()
        self._steps: Queue[bool] | None = None
        self._running = False
        self._here: Access | Result | None = None
        self._seen: Queue[Access | Result | BaseException] = Queue()
        self.library: Path | None = None
        if own is not None:
            self._folder = tempfile.TemporaryDirectory()
            self.library = build_guest(own, Path(self._folder.name))

    @property
    def nvm(self) -> np.ndarray:
        """The firmware's non-volatile memory, uint32 (64,); what is set is copied.

        Raises:
            DataError: set to anything but a uint32 array of 64 words.
        """
        return self._nvm[:]

    @nvm.setter
    def nvm(self, words: np.ndarray) -> None:
        self._nvm[:] = check_nvm(words)

    @property
    def here(self) -> Access | Result:
        """Where a started program is: before an access, or at its result.

        Raises:
            StateError: none was started.
        """
        if self._here is None:
            message = "session: no program was started; start() or step() does it"
            raise StateError(message)
        return self._here

    def run(
        self,
        on_access: Callable[[Access], bool] | None = None,
        cut: int = 0,
        *,
        cut_cycle: int = 0,
        cut_step: int = 0,
        timeout_s: float | None = None,
    ) -> Result:
        """Run the program from reset to its end, or to a loss of power.

        Args:
            on_access: called before each access; True cuts the power there. A read
                has not happened yet and carries no value, 0 stands in its place;
                ``bus.observe`` hears of reads with theirs.
            cut: accesses after which the power is lost; 0: never.
            cut_cycle: period of the bus's clock (``bus.now``) at which it is lost, in
                the middle of whatever is under way; 0: never.
            cut_step: steps of commands (SPEC 11.3) that begin before it is lost; 0:
                never.
            timeout_s: seconds after which a program of one's own is ended; None: never.

        Raises:
            DataError: a number that is none, or a cycle that has gone by.
            StateError: a program is under way; or one's own has died, or was ended:
                where, and why. The chip loses its power then.
        """
        cut, cut_step = _number(cut, "cut"), _number(cut_step, "cut_step")
        cut_cycle = _number(cut_cycle, "cut_cycle")
        if 0 < cut_cycle < self.bus.now:
            message = f"cut_cycle: {cut_cycle} has gone by; {self.bus.now} is now"
            raise DataError(message)
        if timeout_s is not None and not (
            isinstance(timeout_s, Real) and 0 < timeout_s <= _SECONDS_MAX
        ):
            message = f"timeout_s: {timeout_s!r} is not in 0..{_SECONDS_MAX:g}"
            raise DataError(message)
        if self._running:
            message = "session: a program is under way; step or stop it first"
            raise StateError(message)
        self._running = True
        try:
            self.bus.cut_after(cut_step)
            return self._run(on_access, cut, cut_cycle, timeout_s)
        finally:
            self.bus.cut_after(0)
            self._running = False

    def _run(
        self,
        on_access: Callable[[Access], bool] | None,
        cut: int,
        cut_cycle: int,
        timeout_s: float | None,
    ) -> Result:
        port = Port(self.bus, self._blob, self._nvm, self.library)
        losses = self.bus.losses
        name = self.package.name
        status, tests, values = port.run(name, on_access, cut, cut_cycle, timeout_s)
        if status in {CUT, _DIED, _LATE} and self.bus.losses == losses:
            self.bus.power_cycle()
        if port.crash is not None and self.library is not None:
            late = status == _LATE
            text = crash_text(self.library, port.crash, late=late)
            begun = f"didn't end within {timeout_s:g} s" if late else "died"
            message = f"{name} {begun}: {text}"
            raise StateError(message)
        core = self.bus.core
        return Result(
            status=STATUS.get(status, str(status)),
            right=[right for right, _ in tests],
            of=[of for _, of in tests],
            values=values,
            tally=Tally.from_words(core.tally_words()),
            signature=core.signature(),
            cycles=self.bus.now,
            sites=tuple(site_rows(core)),
        )

    def start(self) -> None:
        """Start the program in the background, stopped before its first access.

        After its end, or a cut, this is the next start.
        """
        if self._running:
            message = "session: started already"
            raise StateError(message)
        steps: Queue[bool] = Queue()
        self._steps = steps

        def hook(access: Access) -> bool:
            self._seen.put(access)
            return not steps.get()

        def work() -> None:
            try:
                self._seen.put(self.run(hook))
            except BaseException as error:
                self._seen.put(error)

        threading.Thread(target=work, daemon=True).start()
        self._here = self._next()

    def _next(self) -> Access | Result:
        seen = self._seen.get()
        if isinstance(seen, BaseException):
            raise seen
        return seen

    def step(self, count: int = 1) -> Access | Result:
        """Let the firmware do some accesses; returns the next one, or the result.

        Args:
            count: how many, 0 or more.

        Raises:
            DataError: no such number; nothing was done.
        """
        count = _number(count, "count")
        if self._steps is None:
            self.start()
        for _ in range(count):
            if isinstance(self.here, Result) or self._steps is None:
                break
            self._steps.put(True)
            self._here = self._next()
        return self.here

    def stop(self) -> None:
        """Cut the power of a program that is being stepped."""
        if self._steps is not None and not isinstance(self.here, Result):
            self._steps.put(False)
            self._here = self._next()


class Firmware:
    """A program of ``firmware_models``, or one of your own.

    Args:
        name: one of ``edgeferro firmware list``; or a C file, or a folder of some, with
            an ``fw_find`` (``edgeferro firmware new`` makes one).

    Raises:
        DataError: no such program.
    """

    def __init__(self, name: Path | str) -> None:
        """Check the name."""
        text = str(name)
        self._own = None if text in PROGRAMS else find_own(text, _say)
        if self._own is None:
            check_program(text)
        self.name = text if self._own is None else self._own.name

    def session(
        self,
        samples: Mapping[str, Any] | int | None = None,
        chip: Chip | str | None = None,
        *,
        data: Path | str | Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Session:
        """A chip with this firmware, not yet started.

        Args:
            samples: sections to put in place of the program's own data, see
                ``firmware_models/common/lesson.h``; or power_cut's number of samples.
            chip: a chip or its name.
            data: samples for a program of your own, an ``.npz`` file or arrays by name
                (:func:`edgeferro.firmware.samples.sample_package`); None for the watch
                task's.
            options: of :func:`edgeferro.firmware.programs.make_package`; with data
                ``seed`` and ``passes`` alone.

        Raises:
            DataError: data or options that it doesn't listen to.
            StateError: the compiler refuses a program of your own.
        """
        if isinstance(samples, int):
            options["samples"], samples = samples, None
        if self._own is None:
            if data is not None:
                message = f"data: has no effect on {self.name}; samples replaces some"
                raise DataError(message)
            package = make_package(self.name, chip, **options)
        else:
            package = own_package(self._own, chip, data, **options)
        if samples is not None:
            package.replace(samples)
        return Session(package, self._own)

    def run(
        self,
        samples: Mapping[str, Any] | int | None = None,
        chip: Chip | str | None = None,
        *,
        data: Path | str | Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Result:
        """Run it from reset to its end; arguments as of :meth:`session`."""
        return self.session(samples, chip, data=data, **options).run()


def _say(text: str) -> None:
    """Show what the compiler says of a program of one's own, and go on."""
    warnings.warn(text, stacklevel=2)
