"""Cores and counted instructions: what budgets read is what was measured."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from edgeferro.energy.mcu import Counts, McuCore, counted
from edgeferro.errors import ConfigError, DataError
from edgeferro.files.read import load, parse, validate
from edgeferro.firmware.cost import cost_table
from edgeferro.firmware.counting import CORES, counts_text, measure_counts
from edgeferro.firmware.targets import TARGETS

COST = Path(__file__).parents[2] / "firmware_models" / "COST.md"
TOOLS = {word for c in CORES for word in (TARGETS[c].compiler[0], TARGETS[c].qemu[0])}
HAS_TOOLS = all(shutil.which(tool) for tool in TOOLS)


def test_every_core_is_counted() -> None:
    """A shipped core has counts under its own name, and no count is of another."""
    assert sorted(CORES) == McuCore.shipped()
    assert set(CORES) == {count.core for count in counted().counts}
    for name in CORES:
        core = McuCore.load(name)
        assert name == core.name
        expected = core.cycle_pj.value * core.cycles_an_instruction.value
        assert expected == core.instruction_pj()
        assert core.instruction_pj("low") < expected < core.instruction_pj("high")


def test_the_file_reads_back() -> None:
    """What is written is what is read, count by count."""
    text = counts_text(counted())
    assert counted() == validate(Counts, parse(text, "counts"), "counts")


def test_table_and_file_are_of_one_measurement() -> None:
    """Each row of the committed table has the numbers that budgets read."""
    rows = re.findall(
        r"^\| ([\w-]+) \| ([\d-]+) \| ([\w-]+) \| (\d+) \| (\d+) \|$",
        COST.read_text(encoding="utf-8"),
        re.M,
    )
    seen = set()
    for program, shape, core, *numbers in rows:
        sizes = tuple(map(int, shape.split("-")))
        for command, number in zip(("infer", "learn"), numbers, strict=True):
            count = counted().find(core, f"{program}/{command}", sizes)
            assert f"{count.instructions:.0f}" == number
            seen.add(count)
    assert set(counted().counts) == seen


@pytest.mark.slow
@pytest.mark.skipif(not HAS_TOOLS, reason="needs the cross compilers and QEMU")
def test_measured_again() -> None:
    """What this machine's compilers make takes what is written, within a tenth.

    Of one core, for the time that all three take; its compiler may be another's.
    """
    again = measure_counts(["rv32"])
    assert len([c for c in counted().counts if c.core == "rv32"]) == len(again.counts)
    for count in again.counts:
        runs = f"{count.program}/{count.command}"
        known = counted().find(count.core, runs, count.shape)
        assert known.instructions == pytest.approx(count.instructions, rel=0.1)
    assert "| watch_personalise | 30-32-7 | rv32 |" in cost_table(again)


@pytest.mark.parametrize(
    ("core", "runs", "shape", "said"),
    [
        ("cortex-m3", "watch/infer", None, "^'watch/infer' was not counted; .*learn"),
        ("cortex-m4", "watch_personalise/infer", None, "on 'cortex-m4'; cortex-m3, "),
        ("rv32", "watch_personalise/infer", (3, 2), ": 3-2 was not .*; 30-32-7 were$"),
    ],
)
def test_what_was_not_counted_is_refused(
    core: str, runs: str, shape: tuple[int, ...] | None, said: str
) -> None:
    """One line says what was asked for, and what passes."""
    with pytest.raises(DataError, match=said):
        counted().find(core, runs, shape)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('unit = "pJ"', 'unit = "nJ"', "cycle_pj.unit: 'nJ' is not 'pJ'"),
        ("low = 132.0", "low = -1.0", "cycle_pj.value: -1.0 is not above 0"),
        ("wake_nj", "wake_uj", "wake_uj"),
    ],
)
def test_a_faulty_core_is_refused(old: str, new: str, said: str) -> None:
    """Another unit, a negative energy or an unknown key, in one line."""
    text, _ = load("cortex-m3", McuCore.FOLDER)
    with pytest.raises(ConfigError, match=re.escape(said)) as caught:
        McuCore.loads(text.replace(old, new), "mine.toml")
    assert "\n" not in str(caught.value)


def test_files_of_other_kinds_are_told_apart() -> None:
    """A battery in the place of a core is called one."""
    text, _ = load("cr2032", "batteries")
    said = "^mine.toml is a battery file, not a core file$"
    with pytest.raises(ConfigError, match=said):
        McuCore.loads(text, "mine.toml")
