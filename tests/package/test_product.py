"""Products: what loads take by hand, through regulator and pump; what is refused."""

from __future__ import annotations

import copy
import math
import tomllib
from fractions import Fraction
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from edgeferro import files
from edgeferro.energy.factors import Factor
from edgeferro.energy.factors import Product as Term
from edgeferro.energy.mcu import McuCore
from edgeferro.energy.mcu import counted as mcu_counts
from edgeferro.energy.report import Quantity
from edgeferro.errors import ConfigError, DataError
from edgeferro.product.implant import Implant
from edgeferro.product.powers import ChipDay, Powers
from edgeferro.product.product import Product
from edgeferro.product.rows import load_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RATES = {
    "inference": Fraction(1000),
    "update": Fraction(100),
    "calibration": Fraction(2),
    "programming": Fraction(3),
    "wake": Fraction(1000),
    "day": Fraction(1),
}
QJ = 10**30


def figure(value: float, unit: str, **ends: float) -> dict[str, Any]:
    return {"value": value, **ends, "unit": unit, "kind": "assumed", "source": "test"}


def made(**tables: Any) -> Product:
    """A product of a test: a supply, and what is said."""
    supply = {"voltage": figure(1.2, "V"), "droop": figure(0.1, "V")}
    warm = figure(25.0, "C")
    data = {"name": "t", "description": "t", "temperature_c": warm, "supply": supply}
    return files.validate(Product, {**data, **tables}, "t")


def regulator(**changes: Any) -> dict[str, Any]:
    return {
        "quiescent": figure(2.0, "uW", low=1.0, high=4.0),
        "most_uw": figure(1e4, "uW"),
        "least_v": figure(2.2, "V"),
        "efficiency": [
            {"load_uw": 1.0, **figure(0.5, "1", low=0.4, high=0.6)},
            {"load_uw": 100.0, **figure(0.9, "1", low=0.8, high=1.0)},
        ],
        **changes,
    }


def chip_day(pulses: int = 0) -> ChipDay:
    """A chip that takes 4, 8 or 16 J a day for its cycles, and pulses beside them."""
    lines = {
        ("infer", "cycle"): Quantity(4 * QJ, 8 * QJ, 16 * QJ),
        ("update", "pulse_charge"): Quantity(pulses, 2 * pulses, 4 * pulses),
    }
    terms = [
        Term("cycle", 1.0, (Factor("cycle", 4.0 * QJ, 8.0 * QJ, 16.0 * QJ),)),
        Term("pulse_charge", pulses, (Factor("area", 1.0, 2.0, 4.0),)),
    ]
    return ChipDay(lines, terms, RATES)


def day(load: dict[str, Any], core: str = "none") -> tuple[float, float, float]:
    """Joules a day of one load."""
    found = made(loads={"x": {"what": "x", **load}}, core=core)
    mcu = None if core == "none" else McuCore.load(core)
    return load_row("x", found.parts["x"], RATES, mcu).joules


def test_a_load_of_power_by_hand() -> None:
    """Watts times a day's seconds times the part of them that it is on."""
    power, duty = figure(10.0, "uW", low=5.0, high=40.0), figure(0.5, "1", high=1.0)
    assert (0.432, 0.864, 3.456) == pytest.approx(day({"power": power}))
    on = day({"power": power, "duty": duty})
    assert (0.216, 0.432, 3.456) == pytest.approx(on)
    assert on == pytest.approx(
        day({"power": power, "duty": figure(50.0, "%", high=100.0)})
    )
    off = figure(0.0, "1", high=0.5)
    assert (0.0, 0.0, 1.728) == pytest.approx(day({"power": power, "duty": off}))


@pytest.mark.parametrize(
    ("often", "count"),
    [
        *(({"per": name}, int(number)) for name, number in RATES.items()),
        ({"every_s": 60.0}, 1440),
    ],
)
def test_a_load_of_energy_by_hand(often: dict[str, Any], count: int) -> None:
    """So many events a day times the energy of one."""
    energy = figure(3.0, "mJ", low=1.0, high=9.0)
    expected = tuple(count * joules for joules in (1e-3, 3e-3, 9e-3))
    assert expected == pytest.approx(day({"energy": energy, **often}))


def test_a_load_of_instructions_by_hand() -> None:
    """Instructions times cycles times the energy of one; counted ones are whole."""
    each = {"instructions": figure(1000.0, "1"), "per": "update"}
    core = McuCore.load("cortex-m3")
    cycle, cycles = core.cycle_pj, core.cycles_an_instruction
    ends = tuple(
        100 * 1000 * cycle.bound(b) * cycles.bound(b) * 1e-12
        for b in ("low", "value", "high")
    )
    assert ends == pytest.approx(day(each, "cortex-m3"))
    counted = {"runs": "watch_personalise/infer", "per": "inference"}
    found = made(loads={"x": {"what": "x", **counted}}, core="cortex-m3")
    row = load_row("x", found.parts["x"], RATES, core)
    assert "instructions" == row.unit
    whole = mcu_counts().find("cortex-m3", counted["runs"]).instructions
    assert 1000 * whole == pytest.approx(row.count)
    assert row.joules[1] == row.count * row.price_j[1]


def test_a_core_asleep_and_woken() -> None:
    """What the core's own file says, all day long and for each wake."""
    core = McuCore.load("cortex-m33")
    asleep = day({"of_core": "asleep"}, "cortex-m33")[1]
    assert core.asleep_uw.value * 1e-6 * 86_400 == pytest.approx(asleep)
    waking = day({"of_core": "wake", "per": "wake"}, "cortex-m33")[1]
    assert 1000 * core.wake_nj.value * 1e-9 == pytest.approx(waking)


def test_through_a_regulator_by_hand() -> None:
    """Loads behind it over its efficiency, those past it, and its quiescent power.

    8 J of the chip and 0.64 J of a load are 100 uW of the rail: 90 % efficient.
    """
    load = {"what": "x", "power": figure(0.64 / 0.0864, "uW")}
    past = {"what": "y", "power": figure(10.0, "uW"), "rail": "battery"}
    product = made(regulator=regulator(), loads={"x": load, "y": past})
    powers = Powers(product, chip_day())
    assert 8.64 == pytest.approx(powers.rail[1])
    assert (0.8, 0.9, 1.0) == pytest.approx(powers.efficiency)
    quiet = 2e-6 * 86_400
    assert 8.64 / 0.9 + 0.864 + quiet == pytest.approx(powers.joules[1])
    assert 4.64 + 0.864 + quiet / 2 == pytest.approx(powers.joules[0])
    assert 16.64 / 0.8 + 0.864 + 2 * quiet == pytest.approx(powers.joules[2])
    assert 8.0 / powers.joules[1] == pytest.approx(powers.chip_share)
    rows = sum(row.joules[1] for row in powers.rows)
    assert powers.joules[1] == pytest.approx(8.0 + rows)


def test_efficiency_between_points() -> None:
    """Halfway in the logarithm of the load it is halfway; beyond the ends it stays."""
    powers = Powers(made(regulator=regulator()), chip_day())
    assert 8 / 0.0864 == pytest.approx(powers.rail[1] / 0.0864)
    for watts, expected in [(10e-6, 0.7), (1e-9, 0.5), (1.0, 0.9)]:
        joules = round(watts * 86_400 * QJ)
        lines = {("infer", "cycle"): Quantity(joules, joules, joules)}
        found = Powers(made(regulator=regulator()), ChipDay(lines, [], RATES))
        assert expected == pytest.approx(found.efficiency[1])


def test_a_charge_pump_by_hand() -> None:
    """Pulses over its efficiency; a start an update, calibration and programming."""
    pump = {
        "efficiency": figure(0.5, "1", low=0.25, high=0.8),
        "start": figure(1.0, "mJ"),
    }
    powers = Powers(made(charge_pump=pump), chip_day(pulses=QJ))
    starts = 105 * 1e-3
    assert 8 + 2 / 0.5 + starts + 0 == pytest.approx(powers.joules[1])
    assert 4 + 1 / 0.8 + starts == pytest.approx(powers.joules[0])
    assert 16 + 4 / 0.25 + starts == pytest.approx(powers.joules[2])


def test_an_implants_other_parts_come_from_the_battery() -> None:
    """Their power is a load past the regulator."""
    data = tomllib.loads(files.load("cortex-array", "implants")[0])
    data["other_mw"] |= {"value": 5.0}
    implant = files.validate(Implant, data, "i")
    alone = Powers(made(regulator=regulator()), chip_day())
    both = Powers(made(regulator=regulator()), chip_day(), implant=implant)
    assert 5e-3 * 86_400 == pytest.approx(both.joules[1] - alone.joules[1])
    assert alone.rail == both.rail


@pytest.mark.parametrize("name", Product.shipped())
def test_terms_are_the_day(name: str) -> None:
    """Products of factors come to the same day as rows and efficiencies do."""
    product = Product.load(name)
    core = None if product.core == "none" else McuCore.load(product.core)
    powers = Powers(product, chip_day(pulses=QJ), core)
    typical = sum(
        term.scale * math.prod(f.value**f.power for f in term.factors)
        for term in powers.terms
    )
    assert powers.joules[1] == pytest.approx(typical / QJ)
    rows = sum(row.joules[1] for row in powers.rows) + powers.chip.joules()[1]
    assert powers.joules[1] == pytest.approx(rows)
    groups = {f.group for term in powers.terms[2:] for f in term.factors}
    assert "" not in groups


def numbers(data: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """Paths of all tables with a value."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from numbers(value, *path, key)
    if isinstance(data, dict) and "value" in data:
        yield path


def answers(product: Product) -> list[float]:
    """All that a budget asks of a product."""
    core = None if product.core == "none" else McuCore.load(product.core)
    found = []
    for joules in np.geomspace(1e-3, 1e5, 60):
        each = round(joules * QJ)
        lines = {("update", "pulse_charge"): Quantity(each, each, each)}
        powers = Powers(product, ChipDay(lines, [], RATES), core)
        found += [*powers.joules, *powers.efficiency]
    supply, warm = product.supply, product.temperature_c
    held = [supply.voltage, supply.droop, warm]
    held += [
        one
        for part in product.parts.values()
        if part.burst
        for one in (part.burst.current, part.burst.time)
    ]
    if product.regulator is not None:
        held += [product.regulator.most_uw, product.regulator.least_v]
    return [*found, *(f.bound(b) for f in held for b in ("low", "value", "high"))]


@pytest.mark.parametrize("name", Product.shipped())
def test_every_number_of_a_product_counts(name: str) -> None:
    """Moving a typical value moves an answer."""
    data = tomllib.loads(files.load(name, "products")[0])
    before = answers(files.validate(Product, data, name))
    paths = list(numbers(data))
    assert len(paths) == len(Product.load(name).figures())
    for path in paths:
        moved = copy.deepcopy(data)
        table = reduce(getitem, path, moved)
        low, high = (table.pop(end, table["value"]) for end in ("low", "high"))
        middle = (low + high) / 2
        table["value"] = middle if middle != table["value"] else 0.97 * middle
        assert before != answers(files.validate(Product, moved, name)), path


BAD = [
    (
        {"power": figure(1.0, "uW"), "duty": figure(-0.1, "1")},
        "duty.value: -0.1 is not",
    ),
    ({"power": figure(1.0, "uW"), "duty": figure(1.5, "1")}, "1.5 is not in 0..1"),
    (
        {"power": {"value": 1.0, "unit": "uW", "kind": "assumed"}},
        "power.source: missing",
    ),
    (
        {"power": {"value": 1.0, "source": "x", "kind": "assumed"}},
        "power.unit: missing",
    ),
    ({"power": figure(1.0, "uJ")}, "'uJ' can't be written in uW"),
    ({"power": figure(-1.0, "uW")}, "-1.0 is not 0 or above 0"),
    ({}, "no power: a load says one of power, energy"),
    ({"power": figure(1.0, "uW"), "energy": figure(1.0, "uJ")}, "power and energy: a"),
    ({"power": figure(1.0, "uW"), "per": "day"}, "per: has no effect on a load of"),
    ({"energy": figure(1.0, "uJ")}, "per: a load with energy says one of per, every_s"),
    ({"energy": figure(1.0, "uJ"), "per": "day", "every_s": 1.0}, "per and every_s"),
    (
        {"energy": figure(1.0, "uJ"), "per": "day", "duty": figure(1.0, "1")},
        "duty: has",
    ),
    ({"energy": figure(1.0, "uJ"), "per": "hour"}, "'hour' is not one of"),
    ({"energy": figure(1.0, "uJ"), "every_s": 0.0}, "every_s: 0.0"),
    ({"instructions": figure(5.0, "1"), "per": "day"}, "core: 'none', but loads.x"),
    ({"of_core": "asleep"}, "core: 'none', but loads.x needs one"),
    ({"power": figure(1.0, "uW"), "rail": "usb"}, "'usb' is not one of"),
    ({"power": figure(1.0, "uW"), "colour": 1}, "colour: unknown key"),
]


@pytest.mark.parametrize(("load", "said"), BAD)
def test_bad_loads(load: dict[str, Any], said: str) -> None:
    """One line that names the load, the field and what would pass."""
    with pytest.raises(ConfigError, match=said.replace("(", r"\(")) as refused:
        made(loads={"x": {"what": "x", **load}})
    assert "\n" not in str(refused.value)
    assert "loads.x" in str(refused.value)


def test_a_regulator_that_cannot_feed() -> None:
    """Its most below what its loads take at once, its efficiency beyond 1, no order."""
    loads = {"x": {"what": "x", "power": figure(900.0, "uW", high=2e4)}}
    said = r"regulator.most_uw: 10000 uW do not feed its loads, 20000 uW .*x 20000"
    with pytest.raises(ConfigError, match=said):
        made(regulator=regulator(), loads=loads)
    loads["x"]["rail"] = "battery"
    made(regulator=regulator(), loads=loads)
    point = {"load_uw": 1.0, **figure(1.2, "1")}
    with pytest.raises(ConfigError, match=r"efficiency\[0\]: 1.2..1.2 1 is not above"):
        made(regulator=regulator(efficiency=[point]))
    points = regulator()["efficiency"][::-1]
    with pytest.raises(ConfigError, match="load_uw does not rise"):
        made(regulator=regulator(efficiency=points))


def test_a_battery_below_what_the_regulator_takes() -> None:
    """Named, with both voltages, before any run."""
    volts = files.Figure.model_validate(figure(1.3, "V", low=1.2))
    product = made(regulator=regulator())
    with pytest.raises(ConfigError, match=r"gives 1.2 V .* below the 2.2 V"):
        product.check_battery("zinc", volts)
    product.check_battery("none", None)
    made().check_battery("zinc", volts)


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"temperature_c": figure(300.0, "K")}, "'K' is not 'C'"),
        ({"temperature_c": figure(300.0, "C")}, "300..300 C is not in -55..150"),
        ({"wanted_days": 0.0}, "wanted_days: 0.0"),
        ({"supply": {"voltage": figure(1.2, "V"), "droop": figure(1.2, "V")}}, "droop"),
        ({"charge_pump": {"efficiency": figure(1.1, "1"), "start": figure(1.0, "nJ")}},
         "1.1 is not in 0..1"),
        ({"loads": {"x": 5}}, "loads.x"),
    ],
)  # fmt: skip
def test_bad_products(tables: dict[str, Any], said: str) -> None:
    """One line with the field."""
    with pytest.raises(ConfigError, match=said):
        made(**tables)


def test_a_program_that_was_not_counted() -> None:
    """Named, with what was."""
    load = {"what": "x", "runs": "chess/move", "per": "day"}
    product = made(core="cortex-m3", loads={"x": load})
    said = r"'chess/move' was not counted; .*neural_decoder/infer"
    with pytest.raises(DataError, match=said):
        load_row("x", product.parts["x"], RATES, McuCore.load("cortex-m3"))


def test_what_another_load_has_is_taken_off() -> None:
    """A learning step beside its inference: the difference of both counts."""
    core = McuCore.load("cortex-m3")
    counts = [
        mcu_counts().find("cortex-m3", f"watch_personalise/{name}").instructions
        for name in ("learn", "infer")
    ]
    load = {"what": "x", "runs": "watch_personalise/learn", "per": "update"}
    shared = {**load, "beside": "watch_personalise/infer"}
    product = made(core="cortex-m3", loads={"x": load, "y": shared})
    whole, rest = (
        load_row(name, product.parts[name], RATES, core).count for name in "xy"
    )
    assert counts[0] - counts[1] == pytest.approx(rest / whole * counts[0])
    twice = {**shared, "runs": load["runs"].replace("learn", "infer")}
    turned = made(
        core="cortex-m3",
        loads={"x": {**twice, "beside": "watch_personalise/learn"}},
    )
    with pytest.raises(
        DataError, match=r"fewer than the .* of watch_personalise/learn"
    ):
        load_row("x", turned.parts["x"], RATES, core)
    with pytest.raises(ConfigError, match="beside: has no effect on a load without"):
        made(
            loads={"x": {"what": "x", "beside": "a/b", "of_core": "wake", "per": "day"}}
        )


def test_what_a_product_names_lies_beside_it(tmp_path: Path) -> None:
    """A battery of one's own is looked for in the product file's folder."""
    text = files.load("watch", "products")[0]
    text = text.replace('battery = "cr2032"', 'battery = "own.toml"')
    (tmp_path / "p.toml").write_text(text)
    (tmp_path / "own.toml").write_text(files.load("cr2032", "batteries")[0])
    found = Product.load(tmp_path / "p.toml")
    assert str(tmp_path / "own.toml") == found.battery
    assert (tmp_path / "own.toml",) == found.files()
    assert () == Product.load("watch").files()
