"""A core whose commands are taken step by step, in place of whole calls (SPEC 11.3)."""

from __future__ import annotations

import random
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from edgeferro._core import ffi, lib

from edgeferro.core.binding import check
from edgeferro.core.emulator import Core, TraceBuffer

if TYPE_CHECKING:
    from edgeferro.core.structs import Calibration

NULL = ffi.NULL


def spent(core: Core) -> tuple[int, int]:
    """CYCLE and ANALOG_NS of all phases, from the tally itself."""
    events = lib.ef_tally(core._chip).events
    phases = range(lib.EF_PHASE_COUNT)
    cycles = sum(events[p][lib.EF_EVENT_CYCLE] for p in phases)
    return cycles, sum(events[p][lib.EF_EVENT_ANALOG_NS] for p in phases)


def told(core: Core) -> tuple[int, int]:
    """The same, as the core says it."""
    cycles, analog = ffi.new("uint64_t *"), ffi.new("uint64_t *")
    lib.ef_spent(core._chip, cycles, analog)
    return cycles[0], analog[0]


def codes(values: Any) -> Any:
    """An array for the core."""
    return ffi.new("int16_t[]", [int(v) for v in np.ravel(values)])


class Job:
    """A command between its steps."""

    def __init__(self, core: Core, name: str, *arguments: Any) -> None:
        """Begin one; nothing of the chip but an update's codes has changed."""
        self.core = core
        self.record = ffi.new("struct ef_job *")
        self.points = NULL
        begin = getattr(lib, f"ef_job_{name}")
        self.status = begin(self.record, core._chip, *arguments)
        check(self.status, name)
        if name == "calibrate":
            self.points = arguments[0]
        self.durations: list[tuple[int, int]] = []

    @property
    def over(self) -> bool:
        """Whether no step is left."""
        return bool(self.record.over)

    def step(self, trace: TraceBuffer | None = None) -> tuple[int, int]:
        """The next step; returns its cycles and nanoseconds."""
        before = spent(self.core)
        record = NULL if trace is None else trace.record
        status = lib.ef_job_step(self.core._chip, self.record, self.points, record)
        check(status, "step")
        after = spent(self.core)
        assert after == told(self.core)
        self.durations.append((after[0] - before[0], after[1] - before[1]))
        return self.durations[-1]

    def run(self, steps: int = 1 << 30, trace: TraceBuffer | None = None) -> None:
        """So many steps, or all that are left."""
        while steps > 0 and not self.over:
            self.step(trace)
            steps -= 1

    def end(self) -> None:
        """The command's end, or its cut."""
        check(lib.ef_job_end(self.core._chip, self.record), "end")


class SteppedCore(Core):
    """A core that takes each command in steps, on a fresh chip now and then.

    Attributes:
        steps: of the last command.
        moves: draws of whether the chip is given up between two steps for a fresh one
            that is restored from its snapshot, and goes on with a copy of the job.
    """

    def __init__(self, registers: Any) -> None:
        """Bring the chip up."""
        super().__init__(registers)
        self.registers = registers
        self.moves = random.Random(int(registers.seed))
        self.steps = 0

    def _move(self, job: Job) -> None:
        kept = bytes(ffi.buffer(job.record))
        snapshot, fresh = self.snapshot(), Core(self.registers)
        fresh.restore(snapshot)
        self._block, self._chip = fresh._block, fresh._chip
        job.record = ffi.new("struct ef_job *")
        ffi.memmove(job.record, kept, len(kept))
        assert lib.EF_OK == lib.ef_job_check(self._chip, job.record)

    def _run(self, job: Job, trace: TraceBuffer | None) -> Job:
        """Take all steps; the cycle counter moves at the end alone."""
        cycle, before, updates = self.cycle, spent(self), self._updates()
        while not job.over:
            assert lib.EF_OK == lib.ef_job_check(self._chip, job.record)
            job.step(trace)
            if self.moves.random() < 0.1:
                self._move(job)
            assert (cycle, updates) == (self.cycle, self._updates())
        last = bytes(ffi.buffer(job.record))
        job.step(trace)
        assert (0, 0) == job.durations.pop()
        assert last == bytes(ffi.buffer(job.record))
        job.end()
        total = [sum(part) for part in zip((0, 0), *job.durations, strict=True)]
        assert total == [b - a for a, b in zip(before, spent(self), strict=True)]
        assert self.cycle == spent(self)[0]
        self.steps = len(job.durations)
        return job

    def _updates(self) -> int:
        return int(lib.ef_tally(self._chip).updates)

    def _seen(self) -> np.ndarray:
        return self.peek("code", self.layers - 1).copy()

    def infer(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Inferences."""
        classes, found = [], []
        for raw in inputs:
            job = self._run(Job(self, "infer", codes(raw)), None)
            classes.append(job.record.predicted)
            found.append(self._seen())
        return np.array(classes, np.int32), np.array(found, np.int16)

    def learn(
        self,
        inputs: np.ndarray,
        labels: np.ndarray,
        trace: TraceBuffer | None = None,
    ) -> tuple[np.ndarray, int]:
        """Learning steps."""
        classes = []
        for raw, label in zip(inputs, labels, strict=True):
            job = self._run(Job(self, "learn", codes(raw), int(label)), trace)
            classes.append(job.record.predicted)
        return np.array(classes, np.int32), len(inputs)

    def learn_targets(
        self,
        inputs: np.ndarray,
        targets: np.ndarray,
        trace: TraceBuffer | None = None,
    ) -> tuple[np.ndarray, int]:
        """Learning steps with a target a row."""
        found = []
        for raw, wanted in zip(inputs, targets, strict=True):
            job = Job(self, "learn_targets", codes(raw), codes(wanted))
            self._run(job, trace)
            found.append(self._seen())
        return np.array(found, np.int16), len(inputs)

    def update(
        self,
        layer: int,
        inputs: np.ndarray,
        errors: np.ndarray,
        exponent: int,
        *,
        trace: TraceBuffer | None = None,
    ) -> None:
        """One update of one layer."""
        arguments = layer, codes(inputs), codes(errors), exponent
        self._run(Job(self, "update", *arguments), trace)

    def program_column(
        self,
        layer: int,
        plane: int,
        column: int,
        targets: np.ndarray,
        trace: TraceBuffer | None = None,
    ) -> int:
        """Write and verify a column."""
        job = Job(self, "program", layer, plane, column, codes(targets))
        return int(self._run(job, trace).record.missed)

    def read_column(
        self, layer: int, plane: int, column: int, reads: int
    ) -> np.ndarray:
        """Read a column."""
        job = self._run(Job(self, "read", layer, plane, column, reads), None)
        rows, _ = self.shape(layer)
        return np.array(list(job.record.sums[0:rows]), np.int32)

    def calibrate_column(
        self,
        layer: int,
        plane: int,
        column: int,
        points: np.ndarray,
        how: Calibration,
        *,
        trace: TraceBuffer | None = None,
    ) -> None:
        """A window of calibration."""
        target = ffi.from_buffer("struct ef_point[]", points)
        settings = ffi.new("struct ef_calibration *", asdict(how))
        job = Job(self, "calibrate", target, layer, plane, column, settings)
        self._run(job, trace)

    def trim(self, layer: int, side: int, reads: int, code: int) -> int:
        """Trim a side's converters."""
        job = self._run(Job(self, "trim", layer, side, reads, code), None)
        return int(job.record.ends)
