"""Accesses of the bus: counted by the driver at work, as an observer hears them."""

from __future__ import annotations

import pytest

import edgeferro as ef
from edgeferro.core.bus import BusEvent
from edgeferro.core.enums import MARKS
from edgeferro.core.port import Access
from edgeferro.core.register_map import REGISTERS
from edgeferro.errors import StateError
from edgeferro.firmware import accesses
from edgeferro.firmware.accesses import bus_accesses, drill_package
from edgeferro.firmware.session import Session

RESULT = REGISTERS["RESULT"].address
COMMAND = REGISTERS["COMMAND"].address
SIZES = (30, 32, 7)


def heard(package: object) -> dict[int, list[int]]:
    """Accesses from one result to the next, by the command that was given."""
    session = Session(package)  # type: ignore[arg-type]
    found: dict[int, list[int]] = {}
    since, command = 0, 0

    def observer(event: BusEvent) -> None:
        nonlocal since, command
        if event.kind in {"read", "write", "refused"}:
            since += 1
            if event.address == COMMAND and event.kind == "write":
                command = event.value
            if event.address == RESULT and event.kind == "read":
                found.setdefault(command, []).append(since)
                since = 0

    session.bus.observe(observer)
    assert "ok" == session.run().status
    return found


@pytest.mark.parametrize("name", ["watch-hzo-200ns", "ideal-watch-hzo-20ns"])
def test_counts_are_what_an_observer_hears(name: str) -> None:
    """Inference by inference and step by step, from result to result."""
    chip = ef.Chip.load(name)
    counts = bus_accesses(chip, SIZES)
    found = heard(drill_package(chip, SIZES))
    assert {counts["infer"]} == set(found[2][1:])
    assert counts["learn"] == pytest.approx(sum(found[3]) / len(found[3]))
    # all that came before the first result are it, the opening and the programming
    assert found[2][0] - counts["infer"] - counts["program"] < 30


def test_programs_take_as_many_accesses() -> None:
    """A program's inference is the driver's: the watch reads and writes the same."""
    package = ef.Firmware("watch_personalise").session(passes=1).package
    expected = bus_accesses(package.chip, SIZES)["infer"]
    assert {expected} == set(heard(package)[2][1:])


def test_sizes_decide() -> None:
    """Two inputs more are a write more; a plane fewer is programmed by half as many."""
    chip = ef.Chip.load("watch-hzo-200ns")
    few, many = (bus_accesses(chip, (n, 32, 7)) for n in (30, 50))
    assert few["infer"] + 10 == many["infer"]
    assert "calibrate" not in few
    single = bus_accesses(chip.with_(**{"array.reference": "none"}), SIZES)
    assert 0.3 * few["program"] < single["program"] < 0.7 * few["program"]


@pytest.mark.parametrize("name", ef.Chip.shipped())
def test_every_shipped_chip_is_counted(name: str) -> None:
    """A learning step takes more than an inference, and programming most."""
    chip = ef.Chip.load(name)
    counts = bus_accesses(chip, (12, *chip.network.hidden, 3))
    assert 12 < counts["infer"] < counts["learn"] < counts["program"]


def test_a_chip_for_trained_weights_is_counted() -> None:
    """Weights that start from nothing may be refused where trained ones pass."""
    chip = ef.Chip.load("watch-hzo-200ns").with_(**{"network.weight_limit": 0.01})
    assert bus_accesses(chip, SIZES)["infer"] == 30 / 2 + 8


def test_a_search_counts_where_a_chip_searches() -> None:
    """Symmetry points take windows, columns and verdicts, more than writing does."""
    chip = ef.Chip.load("watch-hzo-200ns")
    chip = chip.with_(**{"array.reference_level": "calibrated"})
    counts, wide = (bus_accesses(chip, (n, 32, 7)) for n in (30, 60))
    assert counts["calibrate"] > 10 * counts["program"]
    cells, more = 31 * 32 + 33 * 7, 61 * 32 + 33 * 7
    found = wide["calibrate"] / counts["calibrate"]
    assert more / cells == pytest.approx(found, rel=0.1)


def test_a_wide_network_is_counted_too() -> None:
    """784 inputs are more than a lesson's buffers hold; the driver has none."""
    counts = bus_accesses(ef.Chip.load("digits-symmetric"), (784, 16, 10))
    assert 784 / 2 < counts["infer"] < 784 / 2 + 20 < counts["program"]


def test_a_driver_that_fails_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A status is no count."""

    def short(*arguments: object) -> object:
        package = drill_package(*arguments)  # type: ignore[arg-type]
        package.sections["CODE"] = package.sections["CODE"][:2]
        return package

    monkeypatch.setattr(accesses, "drill_package", short)
    chip = ef.Chip.load("watch-hzo-200ns")
    with pytest.raises(StateError, match=r"^driver on watch.*: the data are missing"):
        bus_accesses(chip, (29, 32, 7))


def test_marks_are_no_accesses() -> None:
    """A program without marks counts under none; its run is the same as before."""
    assert {"other", "program", "infer", "learn", "calibrate", "marks"} == set(MARKS)
    package = ef.Firmware("power_cut").session().package
    first, second = Session(package), Session(package)
    kinds: set[str] = set()

    def hook(access: Access) -> bool:
        kinds.add(access.kind)
        return False

    assert first.run(hook).signature == second.run().signature
    assert {"read", "write", "nvm read", "nvm write"} == kinds
