"""One time: what the bus takes, what the tally counts, what a budget says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edgeferro.budget.counts import RunFigures
from edgeferro.chip.chip import Chip
from edgeferro.core.bus import Bus
from edgeferro.core.enums import COMMANDS, PHASES
from edgeferro.core.tally import Tally
from edgeferro.firmware.accesses import drill_package
from edgeferro.firmware.package import Package

CHIPS = ["watch-hzo-20ns", "watch-hzo-200ns", "watch-hzo-20us"]
SIZES = (30, 32, 7)


@pytest.fixture(params=CHIPS)
def package(request: pytest.FixtureRequest) -> Package:
    """A watch chip's image and its data."""
    return drill_package(Chip.load(request.param), SIZES)


def open_bus(package: Package) -> Bus:
    """The chip behind its bus, at its own clock."""
    bus = Bus(package.image.registers, package.chip.controller.clock_mhz)
    bus.write("CONTROL", 1)
    return bus


def do(bus: Bus, name: str) -> int:
    """A command from its start to its end, without a poll; the periods it took."""
    start = bus.now + 4
    bus.write("COMMAND", COMMANDS[name])
    while bus.next_event:
        bus.advance(bus.next_event)
    assert [] == bus.errors()
    return bus.now - 4 - start


def seconds(tally: Tally, clock_mhz: float) -> float:
    """Time of all phases together."""
    return sum(tally.seconds(phase, clock_mhz) for phase in PHASES)


def test_commands_take_what_the_tally_says(package: Package) -> None:
    """INFER, LEARN and PROGRAM COLUMN: within the period that each rounds up to."""
    bus, clock = open_bus(package), package.chip.controller.clock_mhz
    codes = package.sections["CODE"][0]
    for name in ("program_column", "infer", "learn", "program_column", "learn"):
        if name == "program_column":
            for target in package.image.targets[0][:, 0]:
                bus.write("WINDOW", int(target) & 0xFFFFFFFF)
            bus.write("ROW", 0)
        else:
            for code in codes:
                bus.write("SAMPLE", int(code) & 0xFFFFFFFF)
        before = Tally.from_words(bus.core.tally_words())
        periods = do(bus, name)
        spent = Tally.from_words(bus.core.tally_words()) - before
        exact = seconds(spent, clock) * clock * 1e6
        assert periods - 1 == math.ceil(exact - 1e-6), name


def test_a_budget_says_the_bus_time(package: Package) -> None:
    """An inference of a budget's run is as long as INFER on the bus."""
    bus, chip = open_bus(package), package.chip
    for code in package.sections["CODE"][0]:
        bus.write("SAMPLE", int(code) & 0xFFFFFFFF)
    periods = do(bus, "infer")
    tally = Tally.from_words(bus.core.tally_words())
    run = RunFigures(chip, "watch", tally, 1, 1, 0.5, 0, 0, SIZES, "0" * 16)
    said = run.seconds("infer") * chip.controller.clock_mhz * 1e6
    assert periods - 1 == math.ceil(said - 1e-6)


def test_programming_is_mostly_pulses() -> None:
    """At 20 us a pulse a column is a hundred times its digital cycles."""
    package = drill_package(Chip.load("watch-hzo-20us"), SIZES)
    bus = open_bus(package)
    for target in np.full(32, 20000):
        bus.write("WINDOW", int(target))
    before = Tally.from_words(bus.core.tally_words())
    periods = do(bus, "program_column")
    spent = Tally.from_words(bus.core.tally_words()) - before
    cycles = sum(spent.event(phase, "cycle") for phase in PHASES)
    assert periods > 10 * cycles
