"""Budgets: exact counts and sums, days, batteries, tissue, wishes, refusals."""

from __future__ import annotations

import copy
import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from console import Done, call
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeferro.budget.budget import Budget
from edgeferro.budget.counts import RunFigures
from edgeferro.budget.figures import ledger_aj
from edgeferro.budget.solve import Wish, solve
from edgeferro.energy.report import EnergyReport, Quantity
from edgeferro.training.options import TrainOptions, make_plan
from edgeferro.training.run import run_plan


@cache
def run() -> RunFigures:
    """One person's watch task, calibrated.

    Its reads are short: a battery is empty before a day is full.
    """
    options = TrainOptions(
        task="watch",
        chip="ideal-watch-hzo-200ns",
        settings={},
        rule=None,
        passes=1,
        subjects=(0,),
        seeds=(0,),
        order="interleaved",
        mnist_folder=None,
        calibrate=True,
    )
    return RunFigures.of(run_plan(make_plan(options)))


def budget(**usage: Any) -> Budget:
    """A budget of that run's chip alone with other rates."""
    chosen = {"product": "none", **usage}
    return Budget(run(), run().chip.usage.model_copy(update=chosen), draws=1000)


@settings(max_examples=25)
@given(updates=st.floats(0, 1e6), duty=st.floats(0, 1), setups=st.floats(0, 100))
def test_sums_agree_exactly(updates: float, duty: float, setups: float) -> None:
    """Parts, phases and total of a day are the same whole attojoules."""
    day = budget(
        updates_per_day=updates, duty_cycle=duty, calibrations_per_year=setups
    ).day
    parts, phases = day.by_part().values(), day.by_phase().values()
    assert day.total == sum(parts, Quantity(0, 0, 0))
    assert day.total == sum(phases, Quantity(0, 0, 0))
    table = ledger_aj(day.entries, day.run.energy.parts)
    total = sum(sum(row.values()) for row in table.values())
    assert 0 <= day.total.value // 10**12 - total <= len(day.entries)


def test_a_day_is_rates_times_energies() -> None:
    """Inferences, updates and set-ups of a day cost so many times one of each."""
    rates = {"sample_period_s": 2.0, "duty_cycle": 0.5, "updates_per_day": 100.0}
    day = budget(**rates, calibrations_per_year=1.0).day
    assert 21_600 == day.rates["inference"]
    phases = day.by_phase()
    inference, update = day.operation("inference"), day.operation("update cycle")
    near = pytest.approx
    assert near(21_600 * inference.energy.value) == phases["infer"].value
    learning = phases["backward"].value + phases["update"].value
    assert near(100 * update.energy.value) == learning
    spent = day.operation("calibration").energy.value
    assert near(spent / 365.25) == phases["calibrate"].value
    bits = sum(day.run.energy.retained_bits.values())
    # 0.1 uW and 2.1 pW a bit, all day long: at work, too
    assert near(86_400 * (10**23 + bits * 2.1 * 10**18)) == phases["idle"].value
    assert near(day.total.value * 1e-30 / 86_400) == day.average_w[1]


def test_prices_scale_results() -> None:
    """Every price times three: every energy times three, exactly."""
    one = run().energy
    parts = (one.prices, one.device, one.chip)
    three = EnergyReport(one.tally, *parts, 3, sizes=one.sizes)
    day, dear = budget().day, budget().day
    object.__setattr__(dear, "run", copy.copy(run()))
    dear.run.__dict__["energy"] = three
    for event in ("leak_bit", "leak_base"):
        once, thrice = day.lines["idle", event], dear.lines["idle", event]
        assert 3 * once.value == thrice.value
    for key, quantity in day.lines.items():
        assert 0 <= dear.lines[key].value - 3 * quantity.value <= 2
    for key, quantity in one.lines.items():
        assert 3 * quantity.value == three.lines[key].value
    assert 3 * one.total.high == three.total.high


def test_verdicts() -> None:
    """Slow chips, weak harvesters and hot packages fail; the default fits."""
    assert all(v.fits for v in budget().verdicts)
    slow = budget(sample_period_s=1e-5)
    assert slow.day.too_slow
    assert not slow.verdicts[0].fits
    weak = budget(battery="glucose-fuel-cell", updates_per_day=1e8)
    assert ["burst", "harvest"] == [v.name for v in weak.verdicts if not v.fits]
    full = budget(updates_per_day=1e10, sample_period_s=1.0)
    assert ["day"] == [v.name for v in full.verdicts if not v.fits]
    near = budget(battery="glucose-fuel-cell", sample_period_s=0.004)
    assert "fits at typical prices only" in {v.word for v in near.verdicts}
    hot = budget(implant="cortex-array", updates_per_day=1e9)
    names = [v.name for v in hot.verdicts]
    assert ["temperature", "power density"] == names[-2:]
    assert hot.rise_c[0] < hot.rise_c[1] < hot.rise_c[2]


def test_wear() -> None:
    """Endurance over the most pulsed cell's pulses a day."""
    figures = run()
    found = budget(updates_per_day=1000.0, calibrations_per_year=0.0).wear_years
    each = figures.worn_learning / figures.tally.updates
    assert 1e9 / (1000 * each) / 365.25 == pytest.approx(found)
    assert budget(updates_per_day=0.0, calibrations_per_year=0.0).wear_years >= 1e6


@pytest.mark.parametrize(
    ("wish", "path"),
    [
        ("battery_days>=1000", "usage.updates_per_day"),
        ("average_uw<=5", "usage.updates_per_day"),
        ("average_uw<=5", "usage.sample_period_s"),
        ("day_mj<=20", "usage.duty_cycle"),
    ],
)
def test_solve(wish: str, path: str) -> None:
    """The answer fulfils the wish, and just beyond it the wish fails."""
    asked = Wish.parse(wish)
    start = budget(sample_period_s=1e-3)
    answer = solve(start, asked, path)
    assert answer.low is not None
    assert answer.high is not None
    name = path.removeprefix("usage.")
    edge, sign = (answer.high, 1) if answer.low == 0 else (answer.low, -1)
    usage = start.usage.model_dump()
    for factor, holds in ((1 - 1e-6 * sign, True), (1 + 1e-6 * sign, False)):
        moved = {**usage, name: edge * factor}
        assert holds == asked.holds(budget(**moved))
    assert asked.number == pytest.approx(answer.reached, rel=1e-6)


def test_solve_stays_with_what_the_chip_can_do() -> None:
    """No answer lies where a sample isn't done in time, or the day is too short."""
    start = budget()
    answer = solve(start, Wish.parse("battery_days>=365"), "usage.sample_period_s")
    assert answer.low is not None
    assert answer.low >= start.day.sample_s * (1 - 1e-9)
    more = solve(start, Wish.parse("day_mj>=0"), "usage.updates_per_day")
    assert more.high is not None
    assert budget(updates_per_day=more.high).day.busy_s <= 86_400 * (1 + 1e-9)


def test_peak_is_of_a_phase() -> None:
    """The busiest phase alone, not the mean of an operation of several."""
    day = budget().day
    name, (low, value, high) = day.peak_w
    assert "update" == name
    assert low < value < high
    energy = run().energy.by_phase["update"].value * 1e-30
    assert energy / run().seconds("update") == pytest.approx(value)


def test_updates_bring_their_inference() -> None:
    """Each update begins with a forward pass, however few other samples come."""
    day = budget(duty_cycle=0.0, updates_per_day=5000.0).day
    assert 5000 == day.rates["inference"]


def test_wishes_that_need_no_solving() -> None:
    """Always and never are said in words."""
    always = solve(budget(), Wish.parse("day_mj>=0"), "usage.updates_per_day")
    assert "any usage.updates_per_day that the chip keeps up with" in always.text
    never = solve(budget(), Wish.parse("day_mj<=0.001"), "usage.updates_per_day")
    assert never.text.startswith("no usage.updates_per_day gives day_mj <= 0.001")


def command(*arguments: str, cwd: Path | None = None) -> Done:
    """Run `edgeferro budget`."""
    return call("budget", *arguments, cwd=cwd)


SHORT = ("--subjects", "0", "--passes", "1", "--quiet")


def test_outputs_agree(tmp_path: Path) -> None:
    """JSON, CSV and page hold the same attojoules; parts, phases and total agree."""
    places = [str(tmp_path / f"b.{kind}") for kind in ("json", "csv", "html")]
    options = ["--json", places[0], "--csv", places[1], "--html", places[2]]
    done = command(*SHORT, *options, "--implant", "cortex-array")
    assert 0 == done.returncode, done.stderr
    found = json.loads(Path(places[0]).read_text())
    for name in ("energy_aj", "day_aj"):
        table = found[name]
        assert isinstance(table["total"], int)
        assert table["total"] == sum(table["by_part"].values())
        assert table["total"] == sum(table["by_phase"].values())
    with Path(places[1]).open() as stream:
        rows = list(csv.DictReader(stream))
    assert found["day_aj"]["total"] == sum(
        int(row["day_aj"]) for row in rows if row["phase"] != "product"
    )
    assert found["energy_aj"]["total"] == sum(int(row["run_aj"]) for row in rows)
    page = Path(places[2]).read_text()
    microjoules = found["day_aj"]["total"] / 10**12  # three digits of them
    assert f'id="day-aj">{float(f"{microjoules:.3g}"):,.0f}<' in page
    assert found["signature"] in page
    assert "None of this is medical advice." in page
    assert "None of this is medical advice." in done.stdout


def test_a_run_is_read(tmp_path: Path) -> None:
    """A budget of a run's JSON is that of the run; rates change without a new run."""
    path = tmp_path / "run.json"
    trained = call("train", *SHORT, "--seeds", "0", "--json", path)
    assert 0 == trained.returncode, trained.stderr
    out = tmp_path / "b.json"
    fresh = command(*SHORT, "--no-html", "--json", str(out))
    assert 0 == fresh.returncode, fresh.stderr
    expected = json.loads(out.read_text())
    del expected["command"]
    done = command(str(path), "--no-html", "--json", str(out), "--quiet")
    assert 0 == done.returncode, done.stderr
    found = json.loads(out.read_text())
    assert str(path) in found.pop("command")
    assert expected == found
    ignored = command(str(path), "--no-html", "--rule", "sgd-counted", "--passes", "9")
    assert 2 == ignored.returncode
    assert "--rule, --passes: " in ignored.stderr
    other = ["--set", "controller.learning_rate=0.1"]
    refused = command(str(path), "--no-html", *other)
    assert 2 == refused.returncode
    assert "needs another run" in refused.stderr
    (tmp_path / "no.json").write_text("{}")
    assert 2 == command(str(tmp_path / "no.json"), "--no-html").returncode


def test_what_if(tmp_path: Path) -> None:
    """Two prices side by side; a solved wish; both in the JSON."""
    out = tmp_path / "b.json"
    asked = ["--solve", "battery_days>=1000", "--vary", "usage.updates_per_day"]
    asked += ["--product", "none"]
    compare = ["--compare", "energy.prices=cmos-28nm"]
    done = command(*SHORT, "--no-html", "--json", str(out), *asked, *compare)
    assert 0 == done.returncode, done.stderr
    beside = done.stdout.partition("side by side")[2]
    assert "programming" in beside
    assert "calibration" not in beside  # of which the run has none
    found = json.loads(out.read_text())
    assert "cmos-28nm" == found["compare"]["prices"]
    assert found["solve"]["high"] > 100
    assert found["signature"] == found["compare"]["signature"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("--set usage.duty_cycle=1.5", 2, "usage.duty_cycle: 1.5 is not in 0"),
        ("--set usage.sample_period_s=1e-5", 1, "FAILS: speed, day, burst; speed: a"),
        ("--battery cr2023", 2, "not shipped in batteries (cr2032)"),
        ("--implant brain", 2, "not shipped in implants"),
        ("--prices none", 2, "not shipped in prices"),
        ("--solve battery_days>=9", 2, "one needs the other"),
        ("--solve days>=9 --vary usage.duty_cycle", 2, "'days' is not one of battery"),
        ("--solve day_mj>=9 --vary controller.rule", 2, "is not one of usage.updates"),
        ("--passes 0", 2, "the run has no update cycle to price"),
        ("--solve temperature_k<=1 --vary usage.duty_cycle", 2, "needs an implant"),
        (
            "--solve day_mj<=9 --vary usage.calibrations_per_year",
            2,
            "the run has no calibration to price",
        ),
        ("--json a --csv a", 2, "--csv: a: --json writes it too"),
        ("--workers 0", 2, "--workers: 0 is not in 1..4096"),
        (
            "--compare usage.sample_period_s=1e-5",
            1,
            "FAILS: usage.sample_period_s=1e-5: speed",
        ),
        ("--draws 5", 2, "--draws: 5 is not in 100..1000000"),
        ("--explain adc", 2, "--explain: not together with --passes, --subjects"),
        ("--json no/b.json", 2, "can't be written"),
    ],
)
def test_refusals(tmp_path: Path, arguments: str, code: int, said: str) -> None:
    """One line that names the option, remarks aside; nothing is left behind."""
    line = [*SHORT, "--no-html", *arguments.split()]  # the last of two counts
    done = command(*line, cwd=tmp_path)
    assert code == done.returncode, done.stderr
    assert said in done.stderr
    said_of = [s for s in done.stderr.splitlines() if not s.startswith("note: ")]
    assert 1 == len(said_of)
    assert [] == list(tmp_path.iterdir())
