"""What comes at once, on a product: loads' own bursts, and what a rail needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_product_budget import command, run, told

from edgeferro import files

__all__ = ["run"]  # a fixture

BURST = "burst = { current = { value = 6.0, low = 5.0, high = 8.0,"


def product(run: Path, *changes: tuple[str, str]) -> str:
    """A watch with some of its file changed."""
    text = files.load("watch", "products")[0]
    for old, new in (('name = "watch"', 'name = "own"'), *changes):
        assert old in text, old
        text = text.replace(old, new)
    (run.parent / "own.toml").write_text(text)
    return "own.toml"


def battery(run: Path, **changes: str) -> str:
    """A CR2032 with some of its file changed."""
    lines = files.load("cr2032", "batteries")[0].splitlines()
    kept = [line for line in lines if line.partition(" ")[0] not in changes]
    figures = [f"{name} = {value}" for name, value in changes.items()]
    text = "\n".join([*kept, *figures]).replace('"cr2032"', '"own"', 1)
    (run.parent / "cell.toml").write_text(text + "\n")
    return "cell.toml"


def test_a_load_s_burst_takes_its_capacitor(run: Path) -> None:
    """6 mA x 3 V x 3 ms = 54 uJ; over 6.8 mA x 2 V it takes 13.2 uJ out of a capacitor.

    At 3 V with 0.1 V of droop that is 2 x 13.2 uJ / (9 - 8.41) V2 = 44.7 uF.
    """
    *_, radio = told(run)["bursts"]
    assert "a burst of radio" == radio["name"]
    assert 54e-6 == pytest.approx(radio["energy_j"]["value"])
    excess = (0.018 - 0.0136) * 3e-3
    assert 2 * excess / 0.59 == pytest.approx(radio["capacitor_f"]["value"])
    assert "44.7 uF" in radio["text"]


def test_a_load_s_burst_that_its_capacitor_is_too_small_for(run: Path) -> None:
    """Twenty milliamperes of a cell of 200 Ohm would pull it below its regulator."""
    strong = product(run, (BURST, BURST.replace("6.0, low = 5.0, high = 8.0", "20.0")))
    ohm = '{ value = 200.0, unit = "Ohm", kind = "assumed", source = "a test" }'
    done = command(
        run,
        "--no-html",
        "--product",
        strong,
        "--battery",
        battery(run, internal_ohm=ohm),
    )
    assert 1 == done.returncode
    assert "FAILS: burst" in done.stderr


def test_a_cell_has_to_stay_above_its_regulator_s_least(run: Path) -> None:
    """At 110 Ohm a burst leaves 2.12 V: above its cut-off, below the regulator."""
    ohm = '{ value = 110.0, unit = "Ohm", kind = "assumed", source = "a test" }'
    done = command(run, "--no-html", "--battery", battery(run, internal_ohm=ohm))
    assert 1 == done.returncode
    assert "which has to stay above 2.2 V" in " ".join(done.stdout.split())


def test_what_leaks_is_a_regulator_s_load(run: Path) -> None:
    """A base of 900 mW is beyond a regulator of 540 mW, whatever the phases take."""
    text = files.load("cmos-28nm", "prices")[0]
    assert "leak_base" in text
    own = 'base = "cmos-130nm-mixed"\nname = "own"\ndescription = "leaks"\n'
    own += (
        "[events.leak_base]\nvalue = 900.0\nlow = 900.0\nhigh = 900.0\nunit = 'mW'\n"
        "formula = 'power'\nnode = 'x'\nkind = 'assumed'\nsource = 'a test'\n"
    )
    (run.parent / "leaky.toml").write_text(own)
    done = command(run, "--no-html", "--prices", "leaky.toml")
    assert 1 == done.returncode
    assert "regulator" in done.stderr.partition("FAILS: ")[2].partition(";")[0]


def test_rows_of_a_product_sum_to_its_ends(run: Path) -> None:
    """Low with low, high with high: loads, losses and chip are the product."""
    found = told(run)
    loads = [load["power_uw"] for load in found["product"]["loads"]]
    for end in ("low", "value", "high"):
        total = found["product"]["chip_uw"][end] + sum(load[end] for load in loads)
        assert found["product"]["total_uw"][end] == pytest.approx(total, rel=1e-9)


def test_a_wish_without_an_answer_fails(run: Path) -> None:
    """What nothing gives ends with 1, as what doesn't fit does."""
    wish = ("--solve", "battery_days>=100", "--vary", "usage.updates_per_day")
    done = command(run, "--no-html", *wish)
    assert 1 == done.returncode
    assert "no usage.updates_per_day gives battery_days >= 100" in done.stderr


def test_an_implant_colder_than_a_body_is_told(run: Path) -> None:
    """A chip alone is priced at 25 C; in a body it leaks twice that."""
    done = command(run, "--no-html", "--product", "none", "--implant", "cortex-array")
    assert "a body has 37 C" in done.stderr
    done = command(run, "--no-html", "--product", "ecog-implant")
    assert "a body has 37 C" not in done.stderr
