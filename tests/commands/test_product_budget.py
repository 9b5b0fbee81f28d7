"""Budgets of whole products: what limits them, what fails, what is refused."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from console import Done, call

from edgeferro import files
from edgeferro.budget.budget import Budget, find_battery, find_product
from edgeferro.budget.counts import RunFigures
from edgeferro.budget.turners import turners
from edgeferro.chip.chip import Chip

SHORT = ("--subjects", "0", "--seeds", "0", "--passes", "1", "--quiet")


@cache
def figures(path: Path) -> str:
    """A short run of the shipped watch, as JSON text."""
    done = call("train", *SHORT, "--json", path)
    assert 0 == done.returncode, done.stderr
    return path.read_text(encoding="utf-8")


@pytest.fixture
def run(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run for every test, in a folder of its own."""
    shared = tmp_path_factory.getbasetemp() / "a-run-of-the-watch.json"
    path = tmp_path / "run.json"
    path.write_text(figures(shared), encoding="utf-8")
    return path


def command(run: Path, *arguments: str) -> Done:
    """Run `edgeferro budget` of that run."""
    return call("budget", run, *arguments, cwd=run.parent)


def told(run: Path, *arguments: str) -> dict[str, Any]:
    """Its JSON."""
    done = command(run, "--no-html", "--json", "b.json", *arguments)
    assert 0 == done.returncode, done.stderr
    found: dict[str, Any] = json.loads((run.parent / "b.json").read_text())
    return found


def test_a_watch_lives_for_weeks_because_of_its_sensor(run: Path) -> None:
    """The default: 15 to 40 days, the sensor most of them, the chip next to nothing."""
    found = told(run)
    assert "watch" == found["product"]["name"]
    assert 15 < found["battery_days"]["value"] < 40
    assert "load" == found["limits"]["binding"]
    assert "6-axis inertial sensor" in found["verdict"]["limit"]
    shares = {load["name"]: load["share"] for load in found["product"]["loads"]}
    assert "sensor" == max(shares, key=lambda name: shares[name])
    assert shares["sensor"] > 0.8
    assert 0 < found["verdict"]["chip_share"] < 1e-3
    assert found["verdict"]["fits"]


def test_other_products(run: Path) -> None:
    """A lean watch lives for about two years; electrodes warm the cortex by 0.056 K."""
    lean = told(run, "--product", "watch-lean")
    assert 1.5 < lean["battery_days"]["value"] / 365.25 < 3
    assert lean["verdict"]["chip_share"] > told(run)["verdict"]["chip_share"]
    implant = told(run, "--product", "ecog-implant")
    assert 0.05 < implant["temperature_rise_k"]["value"] < 0.062
    assert "implant-li-ion-200" in implant["verdict"]["text"]
    (warm,) = [v for v in implant["verdicts"] if v["name"] == "temperature"]
    assert "a milliwatt (a Utah array in brain: 29 mK, Kim 2007)" in warm["text"]
    alone = told(run, "--product", "none")
    assert "shelf" == alone["limits"]["binding"]
    assert "shelf, not load: the load takes" in alone["verdict"]["limit"]
    assert 1.0 == pytest.approx(alone["verdict"]["chip_share"])
    assert alone["limits"]["share_a_year"]["value"] < 0.05


@pytest.mark.parametrize("product", ["watch", "watch-lean", "ecog-implant", "none"])
def test_a_stranger_recounts_the_day(run: Path, product: str) -> None:
    """Counts times prices alone come to the chip's day and the product's."""
    found = told(run, "--product", product)
    rows = found["rows"]
    day = {"chip": [], "product": []}
    for row in rows:
        which = "product" if row["phase"] == "product" else "chip"
        day[which].append(row["per_day"] * row["price_j"]["value"])
    chip, beside = (math.fsum(day[which]) for which in ("chip", "product"))
    near = pytest.approx
    assert found["day_fj"]["value"] * 1e-15 == near(chip, rel=1e-9)
    assert found["product"]["day_j"]["value"] == near(chip + beside, rel=1e-9)
    watts = found["product"]["total_uw"]["value"] * 1e-6
    assert found["product"]["day_j"]["value"] == near(watts * 86_400, rel=1e-9)


@pytest.mark.parametrize("columns", [80, 120])
def test_it_fits_a_terminal(
    run: Path, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line is longer than the terminal; the verdict stands on top; no exponents."""
    monkeypatch.setenv("COLUMNS", str(columns))
    done = command(run, "--no-html")
    assert 0 == done.returncode, done.stderr
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= columns
    assert lines[1].startswith("fits: ")
    assert "43,200" in done.stdout
    tables = [line for line in lines if line.startswith("│")]
    assert not [line for line in tables if "e+" in line or "e-0" in line]


def test_what_fails_ends_with_one(run: Path) -> None:
    """After all was written and printed, with the names of all that fail."""
    cell = ("--battery", "glucose-fuel-cell", "--json", "b.json", "--no-html")
    done = command(run, *cell)
    assert 1 == done.returncode
    assert "FAILS: burst, harvest; burst: a sample with its update" in done.stderr
    assert "which never fills again" in done.stdout
    found = json.loads((run.parent / "b.json").read_text())
    assert not found["verdict"]["fits"]
    assert {"burst", "harvest"} == {
        verdict["name"] for verdict in found["verdicts"] if not verdict["fits"]
    }


def test_a_life_that_is_wanted(run: Path) -> None:
    """A product may ask for days: fewer fail, more than enough fit."""
    text = files.load("watch", "products")[0]
    for days, code in ((20.0, 0), (30.0, 1)):
        wanted = text.replace('battery = "', f'wanted_days = {days}\nbattery = "', 1)
        (run.parent / "p.toml").write_text(wanted)
        done = command(run, "--no-html", "--product", "p.toml")
        assert code == done.returncode, done.stderr
        assert f"of {days} days that are wanted" in done.stdout.replace("\n", " ")


def test_numbers_that_could_turn_it(run: Path) -> None:
    """What a cell holds by vendor, and the sensor, with the life at both ends."""
    chip = RunFigures.read(run)
    budget = Budget(chip, chip.chip.usage)
    found = turners(budget)
    assert 3 == len(found)
    assert ["cr2032: capacity_mah", "sensor: power"] == [t.name for t in found[:2]]
    assert budget.lives is not None
    half = budget.lives.days[1] * 110 / 220
    assert half == pytest.approx(found[0].low, rel=2e-3)
    assert found[1].low > found[1].high
    assert [t.to_dict() for t in found] == told(run)["verdict"]["turners"]


def test_a_product_beside_its_chip_file(tmp_path: Path) -> None:
    """A chip file's product is looked for in its folder, and its battery beside it."""
    text = files.load("watch-hzo-200ns", "profiles")[0]
    text = text.replace('product = "watch"', 'product = "p.toml"')
    (tmp_path / "chip.toml").write_text(text)
    product = files.load("watch", "products")[0]
    product = product.replace('battery = "cr2032"', 'battery = "cell.toml"')
    (tmp_path / "p.toml").write_text(product.replace('"watch"', '"mine"', 1))
    cell = files.load("cr2032", "batteries")[0].replace('"cr2032"', '"own"', 1)
    (tmp_path / "cell.toml").write_text(cell)
    chip = Chip.load(tmp_path / "chip.toml")
    assert "mine" == find_product(chip, chip.usage).name
    battery = find_battery(chip, chip.usage)
    assert battery is not None
    assert "own" == battery.name


LOADS = """
[loads.more]
what = "more"
power = { value = 1.0, unit = "uW", kind = "assumed", source = "test" }
"""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("", 'duty = { value = 1.5, unit = "1", kind = "assumed", source = "t" }'),
         "loads.more.duty.value: 1.5 is not in 0..1"),
        ((', source = "test"', ""), "loads.more.power.source: missing"),
        ((', unit = "uW"', ""), "loads.more.power.unit: missing"),
        (("value = 1.0", "value = -1.0"), "loads.more.power.value: -1.0 is not 0 or"),
        (("value = 1.0", "value = 1e6"), "regulator.most_uw: 540000 uW do not feed"),
        (("power =", "energy ="), "loads.more.energy.unit: 'uW' can't be written"),
    ],
)  # fmt: skip
def test_products_that_cannot_be(run: Path, change: tuple[str, str], said: str) -> None:
    """One line with file, field and range, and nothing written."""
    before, after = change
    load = LOADS.replace(before, after, 1) if before else LOADS + after + "\n"
    (run.parent / "p.toml").write_text(files.load("watch", "products")[0] + load)
    done = command(run, "--product", "p.toml", "--json", "b.json")
    assert 2 == done.returncode
    assert f"edgeferro: p.toml: {said}" in done.stderr
    assert 1 == len(done.stderr.splitlines())
    assert {"run.json", "p.toml"} == {path.name for path in run.parent.iterdir()}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--set usage.calibrations_per_year=5", "the run has no calibration to price"),
        ("--battery zinc-air-675", "regulator.least_v: battery zinc-air-675 gives 1.2"),
        ("--product none --set usage.product=watch", "--product: not together with"),
        ("--product wach", "not shipped in products (watch"),
        ("--product cr2032.toml", "cr2032.toml is a battery file, not a product file"),
        ("--compare usage.battery=zinc-air-675", "regulator.least_v"),
        ("--battery none --solve battery_share_a_year<=1 --vary usage.duty_cycle",
         "battery_share_a_year needs a battery"),
    ],
)  # fmt: skip
def test_what_is_refused(run: Path, arguments: str, said: str) -> None:
    """One line, and nothing written."""
    cell = run.parent / "cr2032.toml"
    cell.write_text(files.load("cr2032", "batteries")[0])
    done = command(run, *arguments.split(), "--json", "b.json")
    assert 2 == done.returncode
    assert said in done.stderr
    assert {"run.json", "cr2032.toml"} == {path.name for path in run.parent.iterdir()}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--compare", "usage.battery=zinc-air-675"), "regulator.least_v"),
        (("--compare", "usage.calibrations_per_year=3"), "give it --calibrate"),
        (("--set", "usage.calibrations_per_year=3"), "give it --calibrate"),
    ],
)
def test_refused_before_any_run(
    tmp_path: Path, arguments: tuple[str, str], said: str
) -> None:
    """The other one of a comparison too: no progress is shown."""
    done = call("budget", *SHORT[:-1], "--no-html", *arguments, cwd=tmp_path)
    assert 2 == done.returncode
    assert 1 == len(done.stderr.splitlines())
    assert said in done.stderr
