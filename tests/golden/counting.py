"""SPEC 12: the tally's names and its order in memory."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

PHASES = ["infer", "backward", "update", "calibrate", "program", "idle"]
EVENTS = (
    "dac_input dac_error adc line_cells read_charge pulse_line_cells half_selected mac "
    "add divide compare lookup lfsr_step sram_read sram_write register cycle "
    "analog_ns read_codes rest_s"
).split()
ACCOUNTS = "requested issued deferred dropped applied saturated".split()
Found = TypeVar("Found")
# SPEC 11.3: a command; each step changes the chip and then yields. What it found is
# what it returns, and nothing changes behind its last step.
Steps = Generator[None, None, Found]


def through(steps: Steps[Found]) -> Found:
    """All steps of a command; what it found."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Found = end.value
            return found


class Tally:
    """Counters by phase; all start at zero."""

    def __init__(self) -> None:
        self.inferences = 0
        self.updates = 0
        self.events = {p: dict.fromkeys(EVENTS, 0) for p in PHASES}
        self.pulses = {
            p: [[[0, 0, 0], [0, 0, 0]] for _ in range(16)] for p in PHASES
        }  # class, polarity, (pulses, conduction, switched)
        self.account = {p: dict.fromkeys(ACCOUNTS, 0) for p in PHASES}

    def add(self, phase: str, **amounts: int) -> None:
        """Count events of a phase."""
        for event, amount in amounts.items():
            self.events[phase][event] += amount

    def words(self) -> list[int]:
        """Every counter in the order of struct ef_tally."""
        found = [self.inferences, self.updates]
        for phase in PHASES:
            found += [self.events[phase][e] for e in EVENTS]
        for phase in PHASES:
            for by_class in self.pulses[phase]:
                for by_polarity in by_class:
                    found += by_polarity
        for phase in PHASES:
            found += [self.account[phase][a] for a in ACCOUNTS]
        return found

    def names(self) -> list[str]:
        """A name for each of :meth:`words`."""
        found = ["inferences", "updates"]
        found += [f"events.{p}.{e}" for p in PHASES for e in EVENTS]
        found += [
            f"pulses.{p}.{k}.{way}.{what}"
            for p in PHASES
            for k in range(16)
            for way in ("up", "down")
            for what in ("pulses", "conduction", "switched")
        ]
        return found + [f"account.{p}.{a}" for p in PHASES for a in ACCOUNTS]

    @property
    def cycle(self) -> int:
        """SPEC 11: the clock is the sum over phases."""
        return sum(self.events[p]["cycle"] for p in PHASES)

    @property
    def analog_ns(self) -> int:
        """SPEC 11: the analog time, all phases."""
        return sum(self.events[p]["analog_ns"] for p in PHASES)

    @property
    def issued(self) -> int:
        """Pulses that went out, all phases."""
        return sum(self.account[p]["issued"] for p in PHASES)
