"""Firmware in this process: run it, step it, look at the chip, cut its power."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from numbers import Integral
from queue import Queue
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.core.bus import Bus, Port
from edgeferro.core.sites import site_rows
from edgeferro.core.tally import Tally
from edgeferro.errors import DataError, StateError
from edgeferro.firmware.package import Package
from edgeferro.firmware.programs import check_program, make_package

if TYPE_CHECKING:
    from collections.abc import Callable

    from edgeferro.chip.chip import Chip
    from edgeferro.core.bus import Access

__all__ = ["Firmware", "Result", "Session"]

CUT: Final = 101

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


class Session:
    """A chip with its firmware, between power-up and power-down.

    Args:
        package: program and data.

    Attributes:
        bus: the chip's registers; ``bus.core`` looks inside.
        nvm: the firmware's non-volatile memory, uint32 (64,).
    """

    def __init__(self, package: Package) -> None:
        """Bring the chip up, unprogrammed."""
        self.package = package
        self.bus = Bus(package.image.registers, package.chip.controller.clock_mhz)
        self.nvm = np.zeros(64, np.uint32)
        self._blob = package.blob()
        self._steps: Queue[bool] | None = None
        self._running = False
        self._seen: Queue[Access | Result | BaseException] = Queue()

    def run(
        self,
        on_access: Callable[[Access], bool] | None = None,
        cut: int = 0,
        *,
        cut_step: int = 0,
    ) -> Result:
        """Run the program from reset to its end, or to a loss of power.

        Args:
            on_access: called before each access; True cuts the power there. A read
                has not happened yet and carries no value, 0 stands in its place;
                ``bus.observe`` hears of reads with theirs.
            cut: accesses after which the power is lost; 0: never.
            cut_step: steps of commands (SPEC 11.3) that begin before it is lost; 0:
                never.

        Raises:
            DataError: a cut that is no whole number of 0 or more.
            StateError: a program is under way.
        """
        cut = _number(cut, "cut")
        if self._running:
            message = "session: a program is under way; step or stop it first"
            raise StateError(message)
        self._running = True
        try:
            self.bus.cut_after(cut_step)
            return self._run(on_access, cut)
        finally:
            self.bus.cut_after(0)
            self._running = False

    def _run(self, on_access: Callable[[Access], bool] | None, cut: int) -> Result:
        port = Port(self.bus, self._blob, self.nvm)
        losses = self.bus.losses
        status, tests, values = port.run(self.package.name, on_access, cut)
        if status == CUT and self.bus.losses == losses:
            self.bus.power_cycle()
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
        self.here: Access | Result = self._next()

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
            self.here = self._next()
        return self.here

    def stop(self) -> None:
        """Cut the power of a program that is being stepped."""
        if self._steps is not None and not isinstance(self.here, Result):
            self._steps.put(False)
            self.here = self._next()


class Firmware:
    """A program of ``firmware_models``.

    Args:
        name: one of ``edgeferro firmware list``.

    Raises:
        DataError: no such program.
    """

    def __init__(self, name: str) -> None:
        """Check the name."""
        check_program(name)
        self.name = name

    def session(
        self,
        samples: dict[str, Any] | None = None,
        chip: Chip | str | None = None,
        **options: Any,
    ) -> Session:
        """A chip with this firmware, not yet started.

        Args:
            samples: sections to put in place of the program's own data, see
                ``firmware_models/common/lesson.h``.
            chip: a chip or its name.
            options: of :func:`edgeferro.firmware.programs.make_package`.
        """
        package = make_package(self.name, chip, **options)
        package.replace(samples or {})
        return Session(package)

    def run(
        self,
        samples: dict[str, Any] | None = None,
        chip: Chip | str | None = None,
        **options: Any,
    ) -> Result:
        """Run it from reset to its end; arguments as of :meth:`session`."""
        return self.session(samples, chip, **options).run()
