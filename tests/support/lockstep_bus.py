"""The bus and its golden model side by side: each access, and every so often all else.

A case is a chip's number, a clock, and a list of actions that can be replayed:
('r', address), ('w', address, value), ('a', periods), ('cut', steps), ('power',),
('look',) compares snapshots, ('move',) goes on in a fresh bus from the snapshot.
"""

from __future__ import annotations

from typing import Any, Final

from edgeferro._core import ffi, lib
from golden.bus import GoldenBus
from golden.bus_snapshot import difference

from edgeferro.core.bus import Bus

Action = tuple[Any, ...]
OK: Final = lib.EF_OK
REPLAYS: Final = 2000  # of a failing case, to make it small


def golden_does(golden: GoldenBus, action: Action) -> None:
    """One action on the golden bus alone."""
    match action[0]:
        case "r":
            golden.read(action[1])
        case "w":
            golden.write(action[1], action[2])
        case "a":
            golden.advance(action[1])
        case "cut":
            golden.v["CUT_AFTER"] = action[1]
        case "power":
            golden.lose_power()


def bus_does(pointer: Any, action: Action) -> None:
    """One action on the bus alone."""
    match action[0]:
        case "r":
            lib.ef_bus_read32(pointer, action[1], ffi.new("uint32_t *"))
        case "w":
            lib.ef_bus_write32(pointer, action[1], action[2])
        case "a":
            lib.ef_bus_advance(pointer, action[1])
        case "cut":
            lib.ef_bus_cut(pointer, action[1])
        case "power":
            lib.ef_bus_power_cycle(pointer)


class BusPair:
    """Both buses; actions go to both, and everything must agree."""

    def __init__(self, registers: Any, clock_hz: int) -> None:
        self.registers, self.clock_hz = registers, clock_hz
        self.golden = GoldenBus(registers, clock_hz)
        self.take(Bus(registers, clock_hz / 1e6))
        self.word = ffi.new("uint32_t *")
        self.accesses = 0

    def take(self, bus: Bus) -> None:
        """Go on with this one."""
        self.bus, self.pointer = bus, bus.pointer

    def run(self, actions: list[Action]) -> None:
        """All of them, up to the first that differs."""
        for action in actions:
            self.do(action)

    def do(self, action: Action) -> None:
        """One action on both.

        Raises:
            AssertionError: they differ.
        """
        golden, pointer, what = self.golden, self.pointer, action[0]
        if what == "r":
            self.accesses += 1
            done, expected = golden.read(action[1])
            taken = lib.ef_bus_read32(pointer, action[1], self.word) == OK
            self.agree("value", expected, self.word[0])
            self.agree("taken", done, taken)
        elif what == "w":
            self.accesses += 1
            done = golden.write(action[1], action[2])
            taken = lib.ef_bus_write32(pointer, action[1], action[2]) == OK
            self.agree("taken", done, taken)
        elif what in {"look", "move"}:
            self.compare(what == "move")
        else:
            golden_does(golden, action)
            bus_does(pointer, action)
        self.agree("interrupt", golden.interrupt, lib.ef_bus_interrupt(pointer))
        self.agree("next event", golden.next_event, lib.ef_bus_next_event(pointer))
        self.agree("now", golden.now, pointer.now)

    def agree(self, name: str, expected: int, found: int) -> None:
        """Fail with a name where they differ."""
        if expected != found:
            message = f"{name}: expected {expected:#x}, found {found:#x}"
            raise AssertionError(message)

    def compare(self, move: bool) -> None:
        """Everything: snapshots byte by byte; and on in another bus, if asked to."""
        self.agree("losses", self.golden.losses, self.bus.losses)
        data = self.bus.snapshot()
        found = difference(self.golden, data)
        assert not found, found
        if move:
            bus = Bus(self.registers, self.clock_hz / 1e6)
            bus.restore(data)
            self.take(bus)
            self.golden.losses = 0
            assert data == bus.snapshot()


def fails(registers: Any, clock_hz: int, actions: list[Action]) -> str:
    """What goes wrong when a case is replayed, and where; or nothing."""
    pair = BusPair(registers, clock_hz)
    for index, action in enumerate(actions):
        try:
            pair.do(action)
        except AssertionError as error:
            return f"action {index}, {action}: {error}"
    return ""


def shrunk(registers: Any, clock_hz: int, actions: list[Action]) -> list[Action]:
    """A failing case with most left out that isn't needed for it to fail."""
    size, replays = len(actions) // 2, 0
    while size and replays < REPLAYS:
        at = 0
        while at < len(actions) and replays < REPLAYS:
            fewer = actions[:at] + actions[at + size :]
            replays += 1
            if fails(registers, clock_hz, fewer):
                actions = fewer
            else:
                at += size
        size //= 2
    return actions
