"""SPEC 19: the golden chip behind its bus: time, queue, errors, stops, losses of power.

What single registers do stands in ``bus_registers.py``, what commands do in
``bus_commands.py``.
"""

from __future__ import annotations

from typing import Any

from golden import bus_commands, bus_registers
from golden import bus_parts as b
from golden.bus_descriptors import Descriptors, own_config
from golden.bus_map import HARNESS
from golden.calibrating import Point
from golden.chip import GoldenChip


class GoldenBus:
    """A chip, and all that stands between it and its driver."""

    def __init__(self, config: Any, clock_hz: int) -> None:
        self.config, self.clock_hz = own_config(config), clock_hz
        self.chip = GoldenChip(self.config)
        self.has_accumulators = [layer.rule == 3 for layer in self.config.layers]
        self.applied = Descriptors.of(self.config)
        self.wake = -(-b.SETTLE_NS * clock_hz // 10**9)
        self.now = self.cycle = self.steps = self.losses = 0
        self.base = self.chip.tally.words()
        self.digests: dict[bytes, int] = {}  # by descriptors: the chip's are the same
        self.v = dict(b.PLAIN)
        self.clear()

    def clear(self) -> None:
        """SPEC 19.12, 19.13: what a reset and a loss of power have in common."""
        kept = {name: self.v[name] for name in ("LOCK", "CUT")}
        self.v = dict(b.PLAIN) | kept
        self.latched_tally = self.latched_cycle = 0
        self.running: b.Running | None = None
        self.queue: list[b.Entry] = []
        self.results: list[tuple[int, int]] = []
        self.fifo: list[int] = []
        self.output: list[int] = []
        self.window = [0] * b.LINES
        self.points = [Point() for _ in range(self.widest())]
        self.accepted = self.ended = 0
        self.unlocked = self.open = False
        self.descriptors = self.applied.copy()
        for layer, numbers in zip(self.chip.layers, self.applied.layers, strict=True):
            layer.rate = [numbers["rate_mantissa"], numbers["rate_shift"]]

    def widest(self) -> int:
        """Rows of the chip's largest layer: records that can be used."""
        return max(layer.rows for layer in self.chip.layers)

    # -- what others look at

    @property
    def busy(self) -> bool:
        """SPEC 19.2."""
        return self.running is not None or bool(self.queue)

    @property
    def halted(self) -> bool:
        """SPEC 19.6: whether no command may start."""
        return bool(self.v["CONTROL"] & 2 and self.v["ERROR"])

    @property
    def interrupt(self) -> bool:
        """Level of the line."""
        return bool(self.v["IRQ_STATUS"] & self.v["IRQ_ENABLE"])

    @property
    def next_event(self) -> int:
        """Periods until something happens by itself."""
        return self.running.until - self.now if self.running else 0

    @property
    def unclaimed(self) -> int:
        """SPEC 19.3: codes that no waiting command has claimed."""
        return len(self.fifo) - sum(entry.codes for entry in self.queue)

    # -- time

    def count(self, periods: int, access: bool) -> None:
        """SPEC 19.10: periods go by; CYCLE counts some of them."""
        self.now += periods
        if access or self.busy or self.v["POWER"] & 3 == b.RUN:
            self.cycle += periods

    def let_pass(self, periods: int, access: bool = False) -> None:
        """Periods go by, and what is due in them happens."""
        until = self.now + periods
        while self.running is not None and self.running.until <= until:
            self.count(self.running.until - self.now, access)
            self.happen(self.running)
        self.count(until - self.now, access)

    def advance(self, periods: int) -> None:
        """Periods without an access."""
        self.let_pass(periods)

    def happen(self, running: b.Running) -> None:
        """SPEC 19.4: a step or a command ends."""
        if running.over:
            self.end(running)
        elif running.stopping:
            self.stop(running.stopping)
        else:
            self.begin_step(running)

    # -- commands

    def start_next(self) -> None:
        """SPEC 19.4: the next command starts where it may."""
        if self.running is not None or not self.queue or self.halted:
            return
        tally = self.chip.tally
        spent = tally.cycle, tally.analog_ns, tally.issued
        running = b.Running(self.queue.pop(0), self.now, spent)
        entry, self.running = running.entry, running
        codes = self.fifo[: entry.codes]
        self.drop(0, entry.codes)
        running.work = bus_commands.work(self, entry, codes)
        try:
            self.begin_step(running)
        except b.RefusedError as refused:
            running.refused = True
            self.over(running)
            word = entry.number | entry.opcode << 16
            self.error(refused.error, b.COMMAND, word)

    def over(self, running: b.Running) -> None:
        """No step is left; the command ends a period later."""
        running.over, running.until = True, self.now + 1

    def begin_step(self, running: b.Running) -> None:
        """SPEC 19.4: steps begin until one takes time, or none is left."""
        tally, work = self.chip.tally, running.work
        assert work is not None
        while self.running is running:
            try:
                next(work)
            except StopIteration as end:
                running.leave = end.value
                self.over(running)
                return
            self.steps += 1
            running.steps += 1
            cycles = tally.cycle - running.spent[0]
            ns = tally.analog_ns - running.spent[1]
            waits = -(-ns * self.clock_hz // 10**9)
            running.until = running.started + cycles + waits
            if self.v["CUT_AFTER"]:
                self.v["CUT_AFTER"] -= 1
                if self.v["CUT_AFTER"] == 0:
                    self.lose_power()
                    return
            if running.until > self.now:
                return

    def end(self, running: b.Running) -> None:
        """SPEC 19.4, 19.5: a command's end; its results move."""
        if not running.refused:
            if running.leave is not None:
                running.leave()
            if bus_commands.learns(running.entry.opcode):
                self.chip.tally.updates += 1
        self.ended_now(running)
        self.start_next()

    def ended_now(self, running: b.Running) -> None:
        """What each end has, also one before its time."""
        self.chip.finish()
        self.chip.trace.clear()
        self.running, self.ended = None, running.entry.number
        self.v["IRQ_STATUS"] |= b.DONE if self.queue else b.DONE | b.IDLE

    def stop(self, cause: int) -> None:
        """SPEC 19.12: the command under way ends here, without results."""
        assert self.running is not None
        self.note_cut(self.running, cause)
        self.ended_now(self.running)
        if cause == b.RESET:
            self.reset()
        else:
            self.start_next()

    def note_cut(self, running: b.Running, cause: int) -> None:
        """SPEC 19.14."""
        entry, pulses = running.entry, self.chip.tally.issued > running.spent[2]
        word = entry.opcode | cause << 8 | pulses << 10 | entry.layer << 12
        self.v["CUT"] = word | min(running.steps, 65535) << 16

    # -- stops, resets, power

    def ask_to_stop(self, cause: int) -> None:
        """SPEC 19.12: abort, or the first half of a reset."""
        self.queue.clear()
        self.drop(0, len(self.fifo))
        running = self.running
        if running is None:
            if cause == b.RESET:
                self.reset()
        elif running.over:
            self.stop(max(cause, running.stopping))
        else:
            running.stopping = max(cause, running.stopping)

    def reset(self) -> None:
        """SPEC 19.12."""
        self.clear()

    def lose_power(self) -> None:
        """SPEC 19.13."""
        keep = bool(self.v["POWER"] >> 8)
        if self.running is not None:
            self.note_cut(self.running, b.POWER)
        self.chip.finish()
        self.chip.trace.clear()
        self.chip.power_cycle(keep)
        self.clear()
        self.v["LOCK"] = b.MAP.by_name["LOCK"].reset
        self.cycle = 0
        self.base = self.chip.tally.words()
        self.losses += 1

    # -- numbers and errors

    def drop(self, first: int, after: int) -> None:
        """Codes leave the FIFO; IRQ_STATUS.watermark (19.6)."""
        before, mark = len(self.fifo), self.v["WATERMARK"]
        del self.fifo[first:after]
        if before > mark >= len(self.fifo):
            self.v["IRQ_STATUS"] |= b.WATERMARK

    def error(self, name: str, address: int, word: int) -> None:
        """SPEC 19.2, 19.6."""
        v = self.v
        if v["ERROR"] == 0:
            v["ERROR_ADDRESS"], v["ERROR_COMMAND"] = address, word
        v["ERROR"] |= b.E[name]
        v["IRQ_STATUS"] |= b.ERROR

    def put_result(self, entry: b.Entry, found: int) -> None:
        """SPEC 19.5."""
        self.output = list(self.chip.layers[-1].y)
        if len(self.results) < b.RESULTS:
            self.results.append((found, entry.number))
            self.v["IRQ_STATUS"] |= b.RESULT
        else:
            self.error("overrun", b.RESULT_AT, entry.number | entry.opcode << 16)

    # -- accesses

    def enter(self) -> None:
        """SPEC 19.1, 19.10: the time of an access, what wakes the controller in it."""
        mode, periods = self.v["POWER"] & 3, b.ACCESS
        if mode and not self.busy:
            periods += b.GATED_WAKE if mode == b.GATED else self.wake
            if mode == b.RETAINED:
                self.v["POWER"] &= ~3
        self.let_pass(periods, True)

    def read(self, address: int) -> tuple[bool, int]:
        """A read of a word: whether it was taken, and its value."""
        self.enter()
        try:
            return True, self.look(address)
        except b.RefusedError as refused:
            self.error(refused.error, address, self.accepted)
            return False, 0

    def look(self, address: int) -> int:
        """SPEC 19.2, of a read."""
        if address % 4:
            b.refuse("unaligned")
        register = b.MAP.at.get(address)
        if register is None:
            b.refuse("address")
        if not register.read:
            b.refuse("write_only")
        if address >= HARNESS and not self.open:
            b.refuse("locked")
        if register.waits and self.busy:
            b.refuse("stale")
        found = bus_registers.READS.get(register.name)
        return self.v[register.name] if found is None else found(self)

    def write(self, address: int, value: int) -> bool:
        """A write of a word; whether it was taken."""
        self.enter()
        try:
            self.take(address, value)
        except b.RefusedError as refused:
            opcode = value & 0xFF if address == b.COMMAND else 0
            self.error(refused.error, address, self.accepted | opcode << 16)
            return False
        self.start_next()
        return True

    def take(self, address: int, value: int) -> None:
        """SPEC 19.2, of a write."""
        if address % 4:
            b.refuse("unaligned")
        register = b.MAP.at.get(address)
        if register is None:
            b.refuse("address")
        if not register.write:
            b.refuse("read_only")
        if address >= HARNESS and not self.open:
            b.refuse("locked")
        if value & ~register.write:
            b.refuse("reserved_bits")
        if self.busy and not register.while_busy:
            b.refuse("busy")
        does = bus_registers.WRITES.get(register.name)
        if does is None:
            self.v[register.name] = value
        else:
            does(self, value)
