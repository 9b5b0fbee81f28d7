"""Bursts and lives by hand: capacitors, droops, what ends a battery; words for them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from edgeferro import files
from edgeferro.errors import ConfigError
from edgeferro.product.battery import Battery
from edgeferro.product.burst import Burst, Stretch, capacitor_f, droop_v
from edgeferro.product.limits import Lives
from edgeferro.product.parts import Supply
from edgeferro.product.words import (
    amount,
    count_text,
    days_span,
    days_text,
    percent,
    ranged,
    ranged_days,
)

ENDS = ("low", "value", "high")
YEAR_S = 365.25 * 86_400


def figure(value: float, unit: str, **ends: float) -> dict[str, Any]:
    return {"value": value, **ends, "unit": unit, "kind": "assumed", "source": "test"}


def cell(**changes: Any) -> Battery:
    """100 J: 10 mAh at 2.778 V; no loss, ten years on the shelf."""
    data = {
        "name": "cell",
        "description": "of a test",
        "kind": "primary",
        "capacity_mah": figure(10.0, "mAh"),
        "voltage_v": figure(100.0 / 36.0, "V"),
        "cutoff_v": figure(2.0, "V"),
        "self_discharge": figure(0.0, "1/year"),
        "shelf_years": figure(10.0, "year"),
        "peak_current_ma": figure(5.0, "mA"),
    }
    return files.validate(Battery, {**data, **changes}, "cell")


def source(power_uw: float, low: float) -> Battery:
    power = figure(power_uw, "uW", low=low)
    data = {"name": "s", "description": "s", "kind": "harvester", "power_uw": power}
    return files.validate(Battery, data, "s")


def burst(battery: Battery, *stretches: tuple[float, float], **changes: Any) -> Burst:
    """A burst of energies and times, twice as much at the high end, every 2 s."""
    given = {
        "supply": Supply(
            voltage=files.Figure(**figure(1.2, "V")),
            droop=files.Figure(**figure(0.1, "V")),
        ),
        "mean_w": dict.fromkeys(ENDS, 1e-6),
        "loads_ma": dict.fromkeys(ENDS, 0.0),
        **changes,
    }
    rows = (
        Stretch({"low": joules / 2, "value": joules, "high": 2 * joules}, seconds)
        for joules, seconds in stretches
    )
    return Burst("a burst", tuple(rows), 2.0, battery, **given)


def test_a_capacitor_by_hand() -> None:
    """C (V^2 - (V - d)^2) / 2; 13.6 nJ pull 100 nF at 1.2 V down by a tenth of it."""
    assert 2e-6 / (1.44 - 1.21) == pytest.approx(capacitor_f(1e-6, 1.2, 0.1))
    assert 0.1 == pytest.approx(droop_v(1e-6, 1.2, capacitor_f(1e-6, 1.2, 0.1)))
    assert 0.119 == pytest.approx(droop_v(13.6e-9, 1.2, 100e-9), abs=5e-4)
    assert 1.2 == droop_v(1.0, 1.2, 1e-6)


def test_what_a_harvester_cannot_give() -> None:
    """The part of each stretch above its power, filled again by what it has over."""
    found = burst(source(11.0, 6.0), (5e-6, 1.0), (2e-6, 1e-3))
    # 5 uW for a second lie below 11 uW; 2 uJ in 1 ms do not
    assert 2e-6 - 11e-9 == pytest.approx(found.excess_j())
    assert (2e-6 - 11e-9) / 10e-6 == pytest.approx(found.recharge_s())
    assert capacitor_f(2e-6 - 11e-9, 1.2, 0.1) == pytest.approx(found.need_f())
    assert 2e-3 == pytest.approx(found.peak_w())
    assert 7e-6 == pytest.approx(found.joules())
    assert 1.001 == pytest.approx(found.seconds)
    assert found.fits()
    # at the other ends: 10 uW beside 6 uW for a second, 4 uJ, and 5 uW over
    assert 4e-6 + 4e-6 - 6e-9 == pytest.approx(found.excess_j("high"))
    assert found.fits("high") == (8e-6 / 5e-6 <= 2.0)
    poor = burst(source(11.0, 1.0), (5e-6, 1.0))
    assert math.inf == poor.recharge_s("high")
    assert not poor.fits("high")


def test_a_cell_is_pulled_down() -> None:
    """By all the current times its resistance, to above its cut-off or not."""
    battery = cell(internal_ohm=figure(20.0, "Ohm", low=10.0, high=40.0))
    volts = 100.0 / 36.0
    found = burst(battery, (1e-6, 1e-3), loads_ma=dict.fromkeys(ENDS, 6.0))
    current = (1e-3 + 1e-6) / volts + 6e-3
    assert current * 1e3 == pytest.approx(found.milliamperes())
    assert 20.0 * current == pytest.approx(found.cell_droop_v())
    assert volts - 20.0 * current == pytest.approx(found.cell_v())
    worst = (2e-3 + 1e-6) / volts + 6e-3
    assert volts - 40.0 * worst == pytest.approx(found.cell_v("high"))
    assert found.fits()
    assert not burst(battery, (1e-6, 1e-3), loads_ma=dict.fromkeys(ENDS, 60.0)).fits()
    assert 0.0 == found.need_f()  # 1 mW of the 10 mW that it gives
    assert 0.0 == found.recharge_s()
    more = burst(battery, (1e-4, 1e-3))
    assert 1e-4 - 10e-3 * 1e-3 == pytest.approx(more.excess_j())


def test_a_cell_of_unknown_resistance() -> None:
    """It may give its peak current for moments, and no more."""
    for current, fits in ((4.6, True), (4.7, False)):  # of 5 mA; 0.36 mA of the burst
        loads = dict.fromkeys(ENDS, current)
        assert fits == burst(cell(), (1e-6, 1e-3), loads_ma=loads).fits()


def test_a_capacitor_that_is_there() -> None:
    """Too small a one fails, though another would do."""
    need = burst(source(11.0, 6.0), (2e-6, 1e-3)).need_f() * 1e6
    for size, fits in ((0.99 * need, False), (1.01 * need, True)):
        supply = Supply(
            voltage=files.Figure(**figure(1.2, "V")),
            droop=files.Figure(**figure(0.1, "V")),
            capacitor=files.Figure(**figure(size, "uF")),
        )
        assert fits == burst(source(11.0, 6.0), (2e-6, 1e-3), supply=supply).fits()


def lives(battery: Battery, watts: float, pulse_ma: float = 0.0) -> Lives:
    return Lives(battery, (watts, watts, watts), (pulse_ma,) * 3)


def test_what_ends_a_primary_cell() -> None:
    """Its load, its own loss, or the shelf, by name."""
    assert "load" == lives(cell(), 1e-6).binding.name
    assert 100e6 / 86_400 == pytest.approx(lives(cell(), 1e-6).days[1])
    assert "shelf" == lives(cell(), 1e-9).binding.name
    assert 3652.5 == lives(cell(), 1e-9).days[1]
    leaky = cell(self_discharge=figure(1.0, "1/year"))
    watts = 100.0 / YEAR_S
    assert watts == pytest.approx(leaky.loss_w())
    assert "self-discharge" == lives(leaky, 0.9 * watts).binding.name
    assert "load" == lives(leaky, 1.1 * watts).binding.name
    # load and loss alike: ln(1 + 1) years
    assert math.log(2) * 365.25 == pytest.approx(lives(leaky, watts).days[1])


def test_a_share_a_year_that_no_shelf_cuts_off() -> None:
    """Load and loss of a year over what it holds, far below where the shelf ends it."""
    slow = cell(self_discharge=figure(0.01, "1/year"))
    for watts in (1e-12, 1e-9, 1e-6):
        share = lives(slow, watts).share_a_year()[1]
        assert watts * YEAR_S / 100.0 + 0.01 == pytest.approx(share)


def test_pulses_cost_capacity() -> None:
    """All of it below the first current, then by line, then as at the last."""
    points = [
        {"current_ma": 10.0, **figure(1.0, "1")},
        {"current_ma": 30.0, **figure(0.8, "1")},
    ]
    battery = cell(under_pulses=points)
    for current, part in ((1.0, 1.0), (10.0, 1.0), (20.0, 0.9), (30.0, 0.8), (99, 0.8)):
        assert part == pytest.approx(battery.usable(current))
        days = part * 100e6 / 86_400
        assert days == pytest.approx(lives(battery, 1e-6, current).days[1])


def test_what_ends_a_rechargeable_cell() -> None:
    """From charge to charge its load; to the end its charges, or the shelf."""
    battery = cell(kind="rechargeable", cycles=figure(100.0, "1"))
    heavy = lives(battery, 1e-3)  # 100,000 s a charge
    assert ("load", "charge cycles") == (heavy.binding.name, heavy.limits[1].name)
    assert heavy.service is not None
    assert 100 * 1e5 / 86_400 == pytest.approx(heavy.service.days[1])
    light = lives(battery, 1e-5).service
    assert light is not None
    assert "shelf" == light.name
    assert lives(cell(), 1e-3).service is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cycles": figure(9.0, "1")}, "cycles: has no effect on a primary"),
        ({"voltage_v": figure(3.0, "V", low=1.9)}, "cutoff_v.value: 2.0 is not below"),
        ({"internal_ohm": figure(0.0, "Ohm")}, "internal_ohm.value: 0.0 is not above"),
        ({"internal_ohm": figure(5.0, "V")}, "'V' can't be written in Ohm"),
        (
            {"under_pulses": [{"current_ma": 5.0, **figure(1.5, "1")}]},
            "1.5..1.5 1 is not above 0 and at most 1",
        ),
        (
            {"under_pulses": [{"current_ma": 5.0, **figure(1.0, "1")}] * 2},
            "current_ma does not rise",
        ),
    ],
)
def test_cells_that_cannot_be(changes: dict[str, Any], said: str) -> None:
    """One line with the field, the range and what would pass."""
    with pytest.raises(ConfigError, match=said):
        cell(**changes)


def test_numbers_in_words() -> None:
    """Three digits, a fitting prefix, no exponent; a range keeps its unit."""
    assert "4.28 mW" == amount(0.00428, "W")
    assert "5.00 uK" == amount(5e-6, "K")
    assert "1.00 mW" == amount(999.6e-6, "W")
    assert "999 uW" == amount(999.4e-6, "W")
    assert "0 W" == amount(0.0, "W")
    assert "93.9 uJ (15.2..542)" == ranged((15.2e-6, 93.9e-6, 542e-6), "J")
    assert "1.00 mJ (0.000350..2,500)" == ranged((0.35e-6, 1e-3, 2.5), "J")
    assert "5.00 W" == ranged((5.0, 5.0, 5.0), "W")
    assert "43,200" == count_text(43_200.0)
    assert "0.00274" == count_text(1 / 365.25)
    assert ["87 %", "0.01 %", "< 0.001 %", "0 %"] == [
        percent(share) for share in (0.868, 1e-4, 9.9e-6, 0.0)
    ]
    assert "24.1 days (8.70..29.0)" == ranged_days((8.7, 24.1, 29.0))
    assert "10.0 years" == ranged_days((3652.5, 3652.5, 3652.5))
    assert "for ever" == days_text(1e6)
    assert "12.0 hours" == days_text(0.5)
    assert "1,450 .. 475 days" == days_span(1450.0, 475.0)
    assert "3.00 .. 4.00 years" == days_span(3 * 365.25, 4 * 365.25)
