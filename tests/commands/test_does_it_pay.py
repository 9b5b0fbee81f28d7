"""The chip against its microcontroller alone: counts, prices, and the plain answer."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from console import call

from edgeferro.budget.budget import Budget
from edgeferro.budget.counts import RunFigures
from edgeferro.budget.pays import alternative
from edgeferro.energy.mcu import McuCore, counted
from edgeferro.firmware.accesses import bus_accesses
from edgeferro.training.options import TrainOptions, make_plan
from edgeferro.training.run import run_plan

BOUNDS = ("low", "value", "high")
DAY = 86400
LEARNING = ("backward", "update")


@cache
def run(passes: int = 1) -> RunFigures:
    """One person on the default chip."""
    options = TrainOptions(
        "watch", "watch-hzo-200ns", {}, None, passes, (0,), (0,), "interleaved", None
    )
    return RunFigures.of(run_plan(make_plan(options)))


def budget(passes: int = 1, **usage: Any) -> Budget:
    """The same with other ways of use."""
    found = run(passes)
    return Budget(found, found.chip.usage.model_copy(update=usage))


def figures(passes: int = 1, **usage: Any) -> dict[str, Any]:
    """What is said of it."""
    found = alternative(budget(passes, **usage))
    assert found is not None
    return found


def own_joules(one: Budget, phases: tuple[str, ...], bound: str) -> float:
    """What the chip takes for one of something, its bus left out."""
    tally = one.run.tally
    count = tally.updates if phases == LEARNING else tally.inferences
    spent = [
        getattr(quantity, bound)
        for (phase, event), quantity in one.run.energy.lines.items()
        if phase in phases and event != "register"
    ]
    return float(sum(spent)) * 1e-30 / count


@pytest.mark.parametrize("product", ["watch", "watch-lean", "none"])
def test_both_sides_are_counts_times_prices(product: str) -> None:
    """From named counts and prices alone, inference, update and day to 1e-9."""
    one, found = budget(product=product), figures(product=product)
    alone, driver = (found["instructions"][side] for side in ("alone", "driver"))
    steps, reads = (
        alone["learn"]["instructions"] - alone["infer"]["instructions"],
        found["accesses"],
    )
    driven = driver["learn"]["instructions"] - driver["infer"]["instructions"]
    rates = {"inference": 43_200.0, "update": 100.0}
    idle = [one.day.lines["idle", event] for event in ("leak_bit", "leak_base")]
    for bound, other in zip(BOUNDS, reversed(BOUNDS), strict=True):
        each, bus = found["instruction_j"][bound], found["access_j"][bound]
        part = found["regulator_efficiency"][other]
        own = {
            name: own_joules(one, phases, bound) / part
            for name, phases in (("inference", ("infer",)), ("update", LEARNING))
        }
        without = {
            "inference": alone["infer"]["instructions"] * each,
            "update": steps * each,
        }
        with_it = {
            "inference": own["inference"]
            + reads["infer"] * bus / part
            + driver["infer"]["instructions"] * each
            + found["wake_j"][bound],
            "update": own["update"]
            + (reads["learn"] - reads["infer"]) * bus / part
            + driven * each,
        }
        for name in ("inference", "update"):
            assert without[name] == pytest.approx(found[f"{name}_j"][bound], rel=1e-9)
            told = found[f"chip_with_bus_{name}_j"][bound]
            assert with_it[name] == pytest.approx(told, rel=1e-9)
        day = sum(rates[name] * without[name] for name in rates)
        day += DAY * found["ram_w"][bound]
        assert day == pytest.approx(found["day_j"][bound], rel=1e-9)
        leaking = sum(getattr(spent, bound) for spent in idle) * 1e-30 / part
        day = leaking + sum(rates[name] * with_it[name] for name in rates)
        assert day == pytest.approx(found["chip_with_bus_day_j"][bound], rel=1e-9)


def test_counts_are_those_that_ship() -> None:
    """Instructions as counted, accesses by the driver, weights in 16 bits."""
    found, core = figures(), McuCore.load("cortex-m3")
    known = counted().find("cortex-m3", "alternative-watch/learn")
    told = {"instructions": known.instructions, "how": "counted", "error": 0.0}
    assert told == found["instructions"]["alone"]["learn"]
    assert bus_accesses(run().chip, (30, 32, 7)) == found["accesses"]
    assert 16 * (31 * 32 + 33 * 7) == found["ram_bits"]
    prices = [core.instruction_pj(bound) * 1e-12 for bound in BOUNDS]
    assert prices == pytest.approx(list(found["instruction_j"].values()))
    window = counted().find("cortex-m3", "watch_personalise/infer").instructions
    driver = found["instructions"]["driver"]["infer"]["instructions"]
    assert window - driver == found["instructions"]["features"]


def test_where_it_does_not_pay_is_said() -> None:
    """The watch's sensor hides what the chip saves; alone, and often used, it pays."""
    found = figures()
    assert 0.0002 < found["saved_share"] < 0.002
    assert found["text"].startswith("The chip does not pay in this product: it saves 0")
    alone = figures(product="none")
    assert alone["saved_share"] is None
    assert alone["text"].startswith("The chip pays, at typical prices only: a day")
    rare = figures(product="none", sample_period_s=60.0, updates_per_day=0.0)
    assert not rare["pays"]
    assert rare["text"].startswith("The chip does not pay: a day takes ")
    assert "most of it leaking" in rare["text"]


def test_a_day_turns_where_it_says() -> None:
    """A few inferences fewer than told and the microcontroller alone is better."""
    turn = figures(product="none")["pays_from_inferences_a_day"]
    assert 1000 < turn < 43_200
    for factor, pays in ((1.02, False), (0.98, True)):
        one = figures(product="none", sample_period_s=factor * DAY / turn)
        assert pays == one["pays"]


def test_an_inference_turns_where_it_says() -> None:
    """At the energy of an instruction that is told, both sides take the same."""
    found = figures(product="none")
    price = found["break_even_pj"] * 1e-12
    counts = found["instructions"]
    parts = found["sides"]["inference"]["chip_parts_j"]
    fixed = sum(parts[name]["value"] for name in ("chip", "bus", "waking"))
    with_it = fixed + counts["driver"]["infer"]["instructions"] * price
    assert counts["alone"]["infer"]["instructions"] * price == pytest.approx(
        with_it, rel=1e-9
    )


def test_a_network_too_small_for_a_driver() -> None:
    """Six inputs and two classes take less than telling a chip of them."""
    small = replace(
        run(), sizes=(6, 2), chip=run().chip.with_(**{"network.hidden": []})
    )
    one = Budget(small, small.chip.usage)
    told = alternative(one)
    assert told is not None
    assert not told["sides"]["inference"]["pays"]
    assert told["pays_from_inferences_a_day"] is None
    assert told["break_even_pj"] is None
    assert "fitted within" in told["lines"][1]
    assert "the chip does not pay" in told["lines"][1]
    assert "more than the network's: no inference pays" in told["lines"][3]


def test_a_driver_that_does_more_than_the_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A chip that is polled for long costs instructions, whatever one takes."""
    often = {"infer": 2000.0, "learn": 4000.0, "program": 0.0}
    monkeypatch.setattr(
        "edgeferro.budget.alternative.bus_accesses", lambda _chip, _sizes: often
    )
    found = figures()
    assert found["break_even_pj"] is None
    assert "more than the network's: no inference pays" in found["text"]


def test_without_learning_nothing_is_kept() -> None:
    """Weights that never change need no RAM; a run without updates prices none."""
    still = figures(0, updates_per_day=0.0)
    assert 0 == still["ram_bits"]
    assert still["update_j"] is None
    assert {"low": 0.0, "value": 0.0, "high": 0.0} == still["ram_w"]


def test_set_ups_count() -> None:
    """Programming takes its accesses and the instructions that make them."""
    none, often = figures(), figures(calibrations_per_year=3650.0)
    parts = often["sides"]["day"]["chip_parts_j"]["set-ups"]
    assert 0.0 == none["sides"]["day"]["chip_parts_j"]["set-ups"]["value"]
    least = 10 * 4379 * 5 * often["instruction_j"]["value"]  # five an access at least
    assert least < parts["value"] < 10 * least


def test_a_core_that_nothing_was_counted_on() -> None:
    """There is no comparison then, and no wrong one."""
    one = budget()
    one.__dict__["core"] = McuCore.load("rv32").model_copy(update={"name": "mine"})
    assert alternative(one) is None


def test_the_command_says_it(tmp_path: Path) -> None:
    """In the terminal and in the JSON, without QEMU."""
    out = tmp_path / "b.json"
    arguments = ("--subjects", "0", "--seeds", "0", "--passes", "1", "--no-html")
    done = call("budget", *arguments, "--json", str(out))
    assert 0 == done.returncode, done.stderr
    said = " ".join(done.stdout.split())
    found = json.loads(out.read_text())["alternative"]
    assert "the same on the cortex-m3 alone, and with the chip" in said
    for line in found["short"]:
        assert line in said
    assert found["short"][0] == found["lines"][0]
