"""Runs of the bus's lockstep: a case is a seed; what fails is shrunk and printed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from drawn_bus import AT, Drawer, small_chip
from golden.bus import GoldenBus
from golden.bus_map import the_map
from lockstep_bus import BusPair, fails, golden_does, shrunk

if TYPE_CHECKING:
    from lockstep_bus import Action

NAMES: Final = {address: name for name, address in AT.items()}
OPCODES: Final = {opcode: name for name, opcode in the_map().opcodes.items()}
STOPS: Final = {0: "ended", 1: "aborted", 2: "reset", 3: "power lost"}


def random_case(seed: int, accesses: int, each: bool = False) -> int:
    """One chip for so many accesses and its snapshot at the end; accesses made.

    With `each` there is a snapshot behind each action.

    Raises:
        AssertionError: the buses differ; with the actions that show it.
    """
    registers, clock_hz = small_chip(seed)
    pair = BusPair(registers, clock_hz)
    drawer, done = Drawer(seed, pair.golden), []
    try:
        while pair.accesses < accesses:
            for action in drawer.draw():
                for one in [action, ("look",)] if each else [action]:
                    done.append(one)
                    pair.do(one)
        done.append(("look",))
        pair.do(("look",))
    except AssertionError as error:
        raise AssertionError(report(seed, done, str(error))) from None
    return pair.accesses


def report(seed: int, actions: list[Action], error: str) -> str:
    """What to paste into a test: the chip's seed, and the fewest actions that fail."""
    registers, clock_hz = small_chip(seed)
    actions = shrunk(registers, clock_hz, actions)
    error = fails(registers, clock_hz, actions) or error
    named = [
        (a[0], NAMES.get(a[1], hex(a[1])), *map(hex, a[2:]))
        if a[0] in {"r", "w"}
        else a
        for a in actions
    ]
    return f"{error}\nnamed: {named}\nreplay({seed}, {actions})"


def replay(seed: int, actions: list[Action]) -> None:
    """Run a printed case again."""
    registers, clock_hz = small_chip(seed)
    found = fails(registers, clock_hz, actions)
    assert not found, found


class WatchedBus(GoldenBus):
    """A golden bus that counts what commands come to and which errors are set."""

    def __init__(self, config: Any, clock_hz: int) -> None:
        self.seen: Counter[tuple[str, str]] = Counter()
        super().__init__(config, clock_hz)

    def end(self, running: Any) -> None:
        """A command's own end."""
        how = "refused" if running.refused else "ended"
        self.seen[OPCODES[running.entry.opcode], how] += 1
        super().end(running)

    def note_cut(self, running: Any, cause: int) -> None:
        """An end before its time."""
        self.seen[OPCODES[running.entry.opcode], STOPS[cause]] += 1
        super().note_cut(running, cause)

    def error(self, name: str, address: int, word: int) -> None:
        """A refusal."""
        self.seen["error", name] += 1
        super().error(name, address, word)


def watched(seed: int, actions: int) -> Counter[tuple[str, str]]:
    """What the golden bus alone sees in a case."""
    registers, clock_hz = small_chip(seed)
    golden = WatchedBus(registers, clock_hz)
    drawer = Drawer(seed, golden)
    for _ in range(actions):
        for action in drawer.draw():
            golden_does(golden, action)
    return golden.seen
