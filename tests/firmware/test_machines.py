"""Cores that address the block: accesses trap, the line interrupts, waiting sleeps."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edgeferro.errors import StateError
from edgeferro.firmware.build import Own, build_image, compile_image, source_folder
from edgeferro.firmware.images import parse_result
from edgeferro.firmware.programs import make_package
from edgeferro.firmware.running import run_elf
from edgeferro.firmware.session import Result
from edgeferro.firmware.targets import TARGETS

GUESTS = Path(__file__).parent / "guests"
CORES = [name for name, target in TARGETS.items() if target.qemu]
UNALIGNED = 0x02 | 0x20  # as the driver reads it: and the access was refused
# LEARN three times and INFER once: class and number of each command, from bit 16 up.
NUMBERS = [1, 2, 3, 4]
# A loop of 1000 turns of two instructions and the load itself, and the four cycles that
# every access takes.
TIME = 2 * 1000 + 1 + 4


def missing(machine: str) -> bool:
    """Whether a machine's tools are not here."""
    target = TARGETS[machine]
    tools = [target.compiler[0], *target.qemu[:1]]
    return any(shutil.which(tool) is None for tool in tools)


def built(machine: str, folder: Path, name: str, mhz: float | None = None) -> Path:
    """The guest's image, with one of its programs: 'scenes', 'sleeps' or 'storms'."""
    if missing(machine):
        pytest.skip("no cross compiler or QEMU")
    package = make_package("watch_personalise", passes=1)
    package.name, package.processor_mhz = name, mhz
    place = GUESTS / "machine"
    own = Own("machine", tuple(sorted(place.glob("*.c"))), place)
    return build_image(package, machine, folder, own=own)


def seen(machine: str, folder: Path, mhz: float | None = None) -> Result:
    """What the guest said of each of its scenes."""
    image = built(machine, folder, "scenes", mhz)
    result = parse_result(run_elf(machine, image, 60.0))
    assert "ok" == result.status
    return result


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where images of this machine are built: what has not changed is compiled once."""
    return tmp_path_factory.mktemp("here")


@pytest.fixture(scope="module")
def here(place: Path) -> Result:
    """What the guest says where its handler is called like a signal's."""
    return seen("host-image", place)


@pytest.mark.parametrize("machine", CORES)
def test_a_core_interrupts_sleeps_and_counts(
    machine: str, here: Result, tmp_path: Path
) -> None:
    """One source, one signature; time and refusals by hand."""
    found = seen(machine, tmp_path)
    values = found.values
    assert (here.signature, here.values) == (found.signature, values[:6])
    assert here.tally == found.tally
    assert found.awake is not None
    assert found.asleep is not None
    # 51 loops and what is beside them; three samples slept through, of 5.1 ms (3.57 of
    # an inference's reads, 1.53 of those backward) at 10 MHz
    assert 100_000 < found.awake < 200_000
    assert 3 * 51_000 < found.asleep < found.cycles
    results, handled = values[:3], values[3]
    assert NUMBERS[:3] == [word >> 16 for word in results]
    assert 3 == handled, "one interrupt a command, asleep"
    assert NUMBERS[3:] == [values[4] >> 16]
    assert 4 == values[5], "and one that came between two instructions"
    time, wrong, moved, *refusals, rang = values[6:]
    assert TIME == time
    assert (0, 0) == (wrong, moved), "every form of load, and write-back"
    narrow, unaligned = [0, UNALIGNED] * 2, [0, UNALIGNED]
    assert [*narrow, *unaligned, UNALIGNED, 0] == refusals
    # 51 times that loop, with a period of 10,000 instructions
    assert 51 * 2 * 1000 // 10_000 == rang


def test_a_faster_processor_takes_less_time(tmp_path: Path) -> None:
    """At 40 MHz beside a controller of 10 MHz four instructions take a cycle."""
    values = seen("rv32", tmp_path, 40.0).values
    assert values[6] in {(2 * 1000 + 1) // 4 + 4, (2 * 1000 + 1) // 4 + 5}


@pytest.mark.parametrize("machine", ["host-image", "rv32"])
def test_a_sleep_without_end_is_told_at_once(
    machine: str, place: Path, tmp_path: Path
) -> None:
    """Where nothing is under way, and no other interrupt is enabled, nobody waits."""
    image = built(machine, place if machine == "host-image" else tmp_path, "sleeps")
    said = "nothing is under way that could wake it$"
    with pytest.raises(StateError, match=said):
        run_elf(machine, image, 30.0)


def test_a_line_that_nobody_takes_back_is_told(here: Result, place: Path) -> None:
    """On silicon the handler would be called for ever."""
    assert here.values
    image = built("host-image", place, "storms")
    with pytest.raises(StateError, match="interrupt handler leaves the line high"):
        run_elf("host-image", image, 30.0)


def died(machine: str, how: str, folder: Path, seconds: float = 20.0) -> str:
    """What is said of a guest that dies so."""
    if missing(machine):
        pytest.skip("no cross compiler or QEMU")
    parts = (
        [GUESTS / "crash" / "crash.c"],
        [source_folder() / "firmware_models/targets"],
    )
    image = compile_image(machine, parts, how.encode(), folder)
    with pytest.raises(StateError) as caught:
        run_elf(machine, image, seconds)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("machine", CORES)
def test_a_dead_core_says_where(machine: str, tmp_path: Path) -> None:
    """Bad pointers, a jump to nowhere, a stack that is full: cause and place."""
    null = died(machine, "n", tmp_path)
    assert " in write_there (crash.c:" in null
    assert "called from 0x" in null
    assert "address 0x00000004, through a null pointer" in null
    bad = died(machine, "p", tmp_path)
    assert "where nothing answers: address 0xf0000000 [" in bad
    nowhere = died(machine, "j", tmp_path)
    assert "it died at 0x00000000, called from 0x" in nowhere
    assert " in jump_there (crash.c:" in nowhere
    assert "stack overflow in " in (full := died(machine, "s", tmp_path))
    assert " in dig (crash.c:" in full


def test_a_dead_image_of_this_machine_says_where(tmp_path: Path) -> None:
    """The signal by its name, the address, the function."""
    null = died("host-image", "n", tmp_path)
    assert "signal 11 (SIGSEGV): address 0x4, through a null pointer at 0x" in null
    assert " in write_there (crash.c:" in null
    assert "stack overflow in dig at 0x" in died("host-image", "s", tmp_path)


@pytest.mark.parametrize("machine", TARGETS)
def test_an_endless_loop_is_ended_where_it_spins(machine: str, tmp_path: Path) -> None:
    """The time that was allowed, the program counter, its function."""
    said = died(machine, "l", tmp_path, 0.5)
    assert "the image didn't end within 0.5 s: it is still running at 0x" in said
    assert " in spin_for_ever (crash.c:" in said
