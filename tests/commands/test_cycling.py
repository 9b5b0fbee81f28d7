"""Power off between samples, priced: by hand, and against a report of its own."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from by_hand import tally
from console import call

from edgeferro.budget import cycling
from edgeferro.budget.cycling import Cycling, Learned, cycling_lines
from edgeferro.chip.chip import Chip
from edgeferro.core.enums import COMMANDS
from edgeferro.energy.ends import Ends
from edgeferro.energy.mcu import McuCore
from edgeferro.energy.quantity import Quantity
from edgeferro.energy.report import EnergyReport

NJ = 10**21  # quectojoules
BITS = {
    "accumulators": 6400,
    "activation tables": 330,
    "shift registers": 64,
    "configuration": 96,
}
# Of a wake-up, and of an access of the bus: low, typical and high.
PRICES = {"wake": (10 * NJ, 20 * NJ, 40 * NJ), "register": (1 * NJ, 2 * NJ, 4 * NJ)}
INSTRUCTION = {"low": 250.0, "value": 500.0, "high": 1000.0}
CORE: Any = SimpleNamespace(name="a core", instruction_pj=INSTRUCTION.__getitem__)


def count(core: str, command: str, accesses: float | None, instructions: float) -> Any:
    """One of the file of counts."""
    return SimpleNamespace(
        core=core, command=command, accesses=accesses, instructions=instructions
    )


# 50 accesses more take 200 instructions more on one core, 300 on the other.
COUNTED = (
    count("a core", "infer", 100.0, 900.0),
    count("a core", "infer", 70.0, 750.0),
    count("a core", "infer", 50.0, 700.0),
    count("a core", "learn", 10.0, 9000.0),
    count("a core", "infer", None, 1.0),
    count("another", "infer", 50.0, 500.0),
    count("another", "infer", 100.0, 800.0),
)


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts of round numbers in place of those that ship."""
    found = SimpleNamespace(counts=COUNTED)
    monkeypatch.setattr(cycling, "counted", lambda: found)


def test_instructions_of_a_word() -> None:
    """(900 - 700) / (100 - 50) = 4; of a core that was not counted the most, 6."""
    assert 4.0 == cycling.instructions_a_word("a core", COUNTED)
    assert [6.0, 6.0] == [
        cycling.instructions_a_word(name, COUNTED) for name in ("another", "a third")
    ]


def report(scale: int = 1) -> Any:
    """Keeps 6890 bits for 50 nW (10 .. 100), twice that where it is warm."""

    def asleep(seconds: int, celsius: Ends = (25.0, 25.0, 25.0)) -> dict[str, Quantity]:
        twice = [2 if degrees > 30 else 1 for degrees in celsius]
        parts = ((4, 20, 40), (6, 30, 60))
        found = (
            Quantity(*(p * t * seconds * NJ for p, t in zip(part, twice, strict=True)))
            for part in parts
        )
        return dict(zip(("leak_bit", "leak_base"), found, strict=True))

    bounds = ("low", "value", "high")
    return SimpleNamespace(
        retained_bits=BITS,
        scale=scale,
        asleep=asleep,
        each=lambda event, bound: PRICES[event][bounds.index(bound)],
    )


def test_a_wake_up_by_hand() -> None:
    """330 and 96 bits are 11 and 3 words of 2 nJ: 20 + 28 = 48 nJ a wake-up.

    One every 10 s, awake 1 s of them, 100 nW kept: 90 % of a day's leakage is saved for
    4.8 nW; it pays from 1 s + 48 nJ / 50 nW = 1.96 s on.
    """
    found = Cycling(report(), 8640.0, 8640.0)
    assert {"activation tables": 11, "configuration": 3} == found.words
    assert ["activation tables"] == found.without_register
    nj, nw = 1e-9, 1e-9
    assert [24 * nj, 48 * nj, 96 * nj] == pytest.approx(found.wake_j)
    assert [10 * nw, 50 * nw, 100 * nw] == pytest.approx(found.retained_w)
    # prices against it, all of them: 96 nJ for 10 nW; for it: 24 nJ for 100 nW
    assert [1.24, 1.96, 10.6] == pytest.approx(found.wins_from_s)
    assert [3.4 * nw, 9.8 * nw, 19.6 * nw] == pytest.approx(found.cycled_w)
    assert "pays at typical prices" == found.verdict
    # 6400 bits are 200 words, out and in
    assert [400, 800 * nj] == [found.saving_words, pytest.approx(found.saving_j[1])]


def test_where_it_pays_it_takes_less() -> None:
    """At the time that it pays from, both ways take the same; beside it they don't."""
    for awake in (0.0, 0.3):
        there = Cycling(report(), 1.0, awake).wins_from_s[1]
        for seconds, less in ((there, 0), (1.5 * there, -1), (0.9 * there, 1)):
            wakes = 86400 / seconds
            found = Cycling(report(), wakes, awake * wakes)
            gap = found.cycled_w[1] - found.retained_w[1]
            assert less == (0 if abs(gap) < 1e-15 else math.copysign(1, gap))


def test_verdicts() -> None:
    """Beyond all prices it pays, below all it doesn't; without a wake-up it does."""
    said = {0.0: "pays", 8640.0: "pays", 17280.0: "pays at typical prices"}
    said |= {172_800.0: "does not pay at typical prices", 864_000.0: "does not pay"}
    assert said == {wakes: Cycling(report(), wakes, 0.0).verdict for wakes in said}


@pytest.mark.usefixtures("rounds")
def test_a_core_writes_each_word() -> None:
    """Four instructions of 500 pJ beside each access of 2 nJ: 4 nJ a word, 14 words."""
    found = Cycling(report(), 8640.0, 0.0, core=CORE)
    assert 4e-9 == pytest.approx(found.word_j[1])
    assert [20e-9 + 56e-9, 10e-9 + 28e-9] == pytest.approx(found.wake_j[1::-1])
    assert 2 * 200 * 4e-9 == pytest.approx(found.saving_j[1])


def test_warmth_and_scale_are_heard() -> None:
    """Twice the leakage at 37 C; twice all prices leaves the time that it pays from."""
    warm = Cycling(report(), 8640.0, 0.0, (37.0, 37.0, 37.0))
    assert 100e-9 == pytest.approx(warm.retained_w[1])
    assert 40e-9 == pytest.approx(Cycling(report(2), 1.0, 0.0)._each("wake")[1])


def test_a_chip_of_the_shelf() -> None:
    """The watch chip keeps what its report says, and writes all but accumulators."""
    sizes = (30, 32, 7)
    priced = EnergyReport.of_chip(tally(), Chip.load("watch-hzo-200ns"), sizes)
    core = McuCore.load("cortex-m33")
    found = Cycling(priced, 43200.0, 400.0, core=core)
    bits = priced.retained_bits
    assert 32 * 31 * 16 + 33 * 7 * 16 == bits["accumulators"]
    assert sum(bits.values()) - bits["accumulators"] == 32 * sum(found.words.values())
    spent = priced.asleep(1)
    assert found.retained_w[1] == pytest.approx(
        sum(q.fj for q in spent.values()) / 1e15
    )
    figures = found.to_dict()
    recount = figures["wake_j"]["value"] + sum(figures["words"].values()) * (
        priced.each("register") * 1e-30
        + figures["instructions_a_word"] * core.instruction_pj() * 1e-12
    )
    assert 8.0 < figures["instructions_a_word"] < 24.0  # a word is two codes
    assert recount == pytest.approx(figures["cycled_j_per_wake"]["value"], rel=1e-9)


def test_commands_reach_an_accumulator() -> None:
    """What is said of the map is so: a column of them is read, and written, at once."""
    assert {"read_accumulators", "write_accumulators"} <= set(COMMANDS)


@pytest.mark.usefixtures("rounds")
def test_lines() -> None:
    """Numbers, the time that it pays from, what is lost, and what a run showed."""
    found = Cycling(report(), 8640.0, 8640.0, core=CORE)
    first, second, third = cycling_lines(found, Learned(None, None, 1, 1))
    assert (
        "76.0 nJ (38.0..152) a wake-up, 14 words written again (bus and a co" in first
    )
    assert "50.0 nW (10.0..100)" in first
    assert "less from 2.52 s (1.38..16.2) between wake-ups on; here, 10.0 s" in first
    assert "apart, 12.6 nW (4.80..25.2) in its place: it pays at typical" in first
    assert "6,400 bits of accumulators are lost each time" in second
    assert second.endswith("; no register for activation tables: priced as if one was")
    assert "--cycled" in third
    both = Learned(0.944, 0.895, 1, 10)
    assert both.line() == (
        "learned with power off after each learning step: 89.5 % after learning, "
        "94.4 % with power kept (-4.9 points, means of 10 chips)"
    )
    alone = Learned(None, 0.895, 10, 1).line()
    assert alone == (
        "learned with power off after 10 steps: 89.5 % (mean of one chip); this run is "
        "one of these"
    )
    assert Learned(0.9, None, 1, 1).to_dict() is None


SHORT = ("budget", "--no-html", "--subjects", "0", "--quiet")


def test_a_budget_says_it(tmp_path: Path) -> None:
    """In JSON and in the terminal; --cycled makes the run that a setting makes."""
    file = tmp_path / "budget.json"
    done = call(*SHORT, "--cycled", "--json", file)
    assert 0 == done.returncode, done.stderr
    found = json.loads(file.read_text())
    said = found["cycling"]
    text = " ".join(done.stdout.split())
    assert all(" ".join(line.split()) in text for line in said["text"])
    assert found["accuracy_after"] == said["accuracy"]["kept"]
    assert said["accuracy"]["lost"] < said["accuracy"]["kept"]
    assert said["core"] == "cortex-m3"
    assert [43200, 2.0] == [said["wakes_per_day"], said["between_wakes_s"]]
    # 100 pF to 3 V
    assert 0.9e-9 == pytest.approx(said["charge_pump_start_j"]["value"])
    again = call(*SHORT, "--power-off-every", "1", "--json", file)
    assert 0 == again.returncode, again.stderr
    lost = json.loads(file.read_text())
    assert lost["accuracy_after"] == said["accuracy"]["lost"]
    alone = {"kept": None, "power_off_every": 1, "chips": 1}
    assert {**said["accuracy"], **alone} == lost["cycling"]["accuracy"]
    assert said["wins_from_s"] == pytest.approx(lost["cycling"]["wins_from_s"], rel=0.1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--power-off-every", "9"], "--cycled: not together with task.power"),
        (["--set", "task.power_off_every=9"], "--cycled: not together with task.power"),
        (["--passes", "0", "--set", "usage.updates_per_day=0"],
         "task.power_off_every: 1 has no effect in a run of 0 passes"),
    ],
)  # fmt: skip
def test_a_second_run_in_vain_is_refused(words: list[str], said: str) -> None:
    """One line before anything is run."""
    done = call(*SHORT[:4], *words, "--cycled")
    assert (2, "") == (done.returncode, done.stdout)
    assert said in done.stderr
    assert 1 == done.stderr.count("\n")
