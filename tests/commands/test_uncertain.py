"""Budgets over draws: figures between their corners, shares, pairs, what turns them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from test_budget import SHORT, command, run

from edgeferro.budget.budget import Budget
from edgeferro.budget.uncertain import Uncertain, compared
from edgeferro.energy.units import DAY_S, YEAR_DAYS
from edgeferro.files.read import shipped_file

if TYPE_CHECKING:
    from collections.abc import Callable

QJ = 1e-30


@cache
def watch(**usage: Any) -> Budget:
    """A budget of the watch, of one person's run."""
    chosen = {"product": "watch", "calibrations_per_year": 0.0, **usage}
    return Budget(run(), run().chip.usage.model_copy(update=chosen), draws=4000)


def with_prices(name: str) -> Budget:
    """The same run by another price file."""
    chip = run().chip.with_(**{"energy.prices": name})
    return Budget(replace(run(), chip=chip), watch().usage, draws=4000)


@pytest.mark.parametrize("name", ["inference", "update", "day", "product"])
def test_draws_lie_within_the_corners(name: str) -> None:
    """Every draw of an energy is between all numbers' lows and all their highs."""
    budget = watch()
    values = Uncertain.of(budget).values(name)
    operations = {"inference": "inference", "update": "update cycle"}
    if name in operations:
        energy = budget.day.operation(operations[name]).energy
        ends = energy.low * QJ, energy.value * QJ, energy.high * QJ
    elif name == "day":
        total = budget.day.total
        ends = total.low * QJ, total.value * QJ, total.high * QJ
    else:
        ends = budget.powers.joules
    assert ends[0] * (1 - 1e-6) <= values.min() <= values.max() <= ends[2] * (1 + 1e-6)
    spread = Uncertain.of(budget).spread(name)
    assert ends[1] == pytest.approx(spread.typical, rel=1e-6)
    assert spread.p5 < spread.p50 < spread.p95
    assert 1.0 == pytest.approx(sum(s.part for s in spread.shares), abs=0.03)


@pytest.mark.parametrize("product", ["watch", "none"])
def test_a_life_is_worked_out_draw_by_draw(product: str) -> None:
    """ln(1 + s E / P) / s of each draw's own numbers, and at most its shelf.

    The watch empties its cell; the chip alone is outlived by no shelf.
    """
    found = Uncertain.of(watch(product=product))
    battery, draws = watch(product=product).battery, found.draws
    assert battery is not None
    lives, watts = found.values("battery"), found.values("product") / DAY_S
    parts = {
        name: np.asarray(found._cell(name))
        for name in ("capacity_mah", "voltage_v", "self_discharge", "shelf_years")
    }
    pulsed = np.asarray(draws.values(found._pulsed(battery)))
    for k in (0, 17, 3999):
        one = {name: float(v if v.ndim == 0 else v[k]) for name, v in parts.items()}
        left = float(pulsed if pulsed.ndim == 0 else pulsed[k])
        joules = 3.6 * one["capacity_mah"] * one["voltage_v"] * left
        rate = one["self_discharge"] / (DAY_S * YEAR_DAYS)
        days = math.log1p(rate * joules / watts[k]) / rate / DAY_S
        assert min(days, one["shelf_years"] * YEAR_DAYS) == pytest.approx(lives[k])


def test_tissue_is_drawn_too() -> None:
    """A rise spreads as the power that makes it, where the tissue has no range."""
    budget = watch(implant="cortex-array")
    found = Uncertain.of(budget)
    rise, power = found.values("temperature"), found.values("product")
    assert power / power.mean() == pytest.approx(rise / rise.mean())
    assert budget.rise_c[1] == found.spread("temperature").typical
    low, _, high = budget.rise_c
    assert low * (1 - 1e-9) <= rise.min() <= rise.max() <= high * (1 + 1e-9)


def test_tissue_with_a_range_is_drawn_too(tmp_path: Path) -> None:
    """Tissue that may carry less heat away widens the rise, within its corners."""
    text = (shipped_file("implants") / "cortex-array.toml").read_text()
    wide = text.replace("value = 0.57,", "value = 0.57, low = 0.3, high = 0.8,")
    (tmp_path / "own.toml").write_text(wide.replace("cortex-array", "own"))
    budget = watch(implant=str(tmp_path / "own.toml"))
    found = Uncertain.of(budget)
    rise, power = found.values("temperature"), found.values("product")
    assert rise.std() / rise.mean() > 1.5 * power.std() / power.mean()
    low, _, high = budget.rise_c
    assert low <= rise.min() <= rise.max() <= high


def test_groups_are_those_of_the_files() -> None:
    """Prices by their file's group, loads by their name: no other owns a share."""
    shares = Uncertain.of(watch()).spread("product").shares
    owners = {share.group for share in shares}
    prices = {p.group for p in run().energy.prices.events.values()}
    loads = {name.split(".")[0] for name in watch().product.parts}
    known = {*prices, *loads, "device", "regulator", "charge_pump", "cortex-m3"}
    assert owners <= {*known, "where groups meet"}
    assert "sensor" == shares[0].group
    inference = Uncertain.of(watch()).spread("inference").shares
    assert "converters" == inference[0].group


def test_the_same_budget_beside_itself() -> None:
    """All numbers are shared: the ratio is 1 in each draw, and nothing is below."""
    found = compared(watch(), watch())
    assert [] == found["apart"]
    for pair in found["paired"].values():
        ends = [pair[f"ratio_{p}"] for p in ("p5", "p50", "p95")]
        assert [1.0] * 3 == pytest.approx(ends)
        assert 0.0 == pair["second_below_first"]


def test_more_updates_are_never_below() -> None:
    """Twice the updates over the same draws take more in each of them."""
    rate = watch().usage.updates_per_day
    found = compared(watch(), watch(updates_per_day=2 * rate))
    day = found["paired"]["day"]
    assert day["ratio_p5"] > 1.0
    assert 0.0 == day["second_below_first"]
    assert 1.0 == pytest.approx(found["paired"]["inference"]["ratio_p50"])


def test_other_prices_have_their_own_draws() -> None:
    """What another price file says otherwise is drawn by itself, the loads are not."""
    found = compared(watch(), with_prices("cmos-28nm"))
    assert {"node and voltage", "DAC", "adc", "leak_bit"} <= set(found["apart"])
    assert not {n for n in found["apart"] if n.startswith(("sensor", "radio", "cr"))}
    update = found["paired"]["update"]
    assert update["ratio_p5"] < update["ratio_p50"] < 1.0
    assert 0.8 < update["second_below_first"] < 1.0
    assert 0.9 < found["paired"]["product"]["ratio_p5"] < 1.0


CHANGES: dict[str, Callable[[float], bool]] = {
    "controller.accumulator_bits=24": lambda ratio: ratio > 1.01,
    "array.reference=stored": lambda ratio: ratio > 1.01,
    "controller.rule=sgd-counted": lambda ratio: ratio < 0.99,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_setting_moves_the_sleeping_power(change: str, tmp_path: Path) -> None:
    """Wider accumulators and stored references leak more, counted pulses less."""
    out = tmp_path / "b.json"
    done = command(*SHORT, "--no-html", "--json", str(out), "--compare", change)
    assert 0 == done.returncode, done.stderr
    found = json.loads(out.read_text())
    here, there = (
        figures["day_aj"]["by_part"]["leakage"] for figures in (found, found["compare"])
    )
    assert CHANGES[change](there / here)
    assert "90 % of the price draws" in done.stdout
    assert "of 100 days" not in done.stdout
