"""Rows of a report: each is a count times a price, and together they are all of it."""

from __future__ import annotations

import pytest
from by_hand import tally
from hypothesis import given
from hypothesis import strategies as st

from edgeferro.chip.chip import Chip
from edgeferro.core.tally import EVENTS, PHASES, Tally
from edgeferro.energy.explain import names
from edgeferro.energy.quantity import Quantity, joules_text
from edgeferro.energy.report import EnergyReport
from edgeferro.errors import ConfigError

COUNT = st.integers(0, 2**40)
TALLIES = st.builds(
    tally,
    st.dictionaries(
        st.tuples(st.sampled_from(PHASES), st.sampled_from(EVENTS)), COUNT, max_size=20
    ),
    st.dictionaries(
        st.tuples(
            st.sampled_from(PHASES), st.just(0), st.integers(0, 1), st.integers(0, 2)
        ),
        COUNT,
        max_size=9,
    ),
    COUNT,
    COUNT,
)
EVERYTHING = tally(
    {(phase, event): 10**6 for phase in PHASES for event in EVENTS},
    {(phase, 0, 0, which): 10**9 for phase in PHASES for which in range(3)},
    inferences=1000,
    updates=100,
)
SIZES = (31, 32, 7)
PULSE = {"pulse_switching", "pulse_conduction", "pulse_charge"}


def report(counts: Tally, prices: str = "cmos-130nm-mixed") -> EnergyReport:
    passive = {"array.access": "passive-half", "energy.prices": prices}
    chip = Chip.load("watch-hzo-200ns").with_(**passive)
    return EnergyReport.of_chip(counts, chip, SIZES)


@given(counts=TALLIES)
def test_rows_are_all_of_a_report(counts: Tally) -> None:
    """Energies of rows add up to lines and to the total, at both ends too."""
    found = report(counts)
    rows = found.rows()
    assert found.total == sum((row.energy for row in rows), Quantity(0, 0, 0))
    for (phase, event), line in found.lines.items():
        mine = [r.energy for r in rows if (phase, event) == (r.phase, r.event)]
        assert line == sum(mine, Quantity(0, 0, 0))


@pytest.mark.parametrize("prices", ["cmos-130nm-mixed", "cmos-130nm-hzo-lab"])
def test_a_row_is_a_count_times_a_price(prices: str) -> None:
    """Low, typical, high; with what was counted, by what formula and who says so."""
    found = report(EVERYTHING, prices)
    rows = [row.to_dict() for row in found.rows()]
    published = prices.endswith("lab")
    assert 6 * (27 - 3 * published) == len(rows)
    for row in rows:
        for bound, price in row["price_j"].items():
            energy = row["energy_j"][bound]
            assert price * row["count"] == pytest.approx(energy, rel=1e-12)
        assert all(row[name] for name in ("part", "unit", "formula", "source", "kind"))
    assert set(EVENTS) - {"analog_ns", "rest_s"} <= {row["counted"] for row in rows}


def test_counts_have_names() -> None:
    """Nanoseconds of bias and bit-seconds of leakage are those of the tally."""
    counts = tally({("infer", "analog_ns"): 500, ("idle", "rest_s"): 3}, inferences=2)
    bits = sum(report(counts).retained_bits.values())
    wanted = {
        ("infer", "bias_ns"): 500,
        ("idle", "leak_bit"): 3 * bits,
        ("idle", "leak_base"): 3,
    }
    assert wanted == report(counts).counts


@pytest.mark.parametrize("name", names())
def test_every_name_is_explained(name: str) -> None:
    """By counts where there was a run; by prices alone, and so said, without one."""
    text = report(EVERYTHING).explain(name)
    assert "not in this run" not in text or name == "wake"
    if name != "wake":
        assert " x " in text
        assert " %" in text
    alone = report(Tally.zero()).explain(name)
    assert "no run, so prices alone" in alone
    assert len(alone.splitlines()) > 1


def test_an_inference_is_explained() -> None:
    """Counts of one, times the price, largest first; shares come to a whole."""
    counts = {"adc": 390, "lookup": 320, "compare": 70}
    run = tally({("infer", event): n for event, n in counts.items()}, inferences=10)
    lines = report(run).explain("inference").splitlines()
    # 39 x 24.0 pJ + 32 x 12.8 + 7 x 0.51 + 39 x 12 of a row's bias = 1.82 nJ
    assert lines[0].startswith("inference: 1.82 nJ (")
    assert lines[0].endswith("; the mean of 10")
    assert "    51.5 % adc in infer: 39 conversions x 24 pJ = 936 pJ" in lines[1]
    assert "    22.5 % lookup in infer: 32 entries of a table x 12.8 pJ" in lines[3]
    shares = [float(line.split("%")[0]) for line in lines[1:5]]
    assert 100.0 == pytest.approx(sum(shares), abs=0.1)
    assert "prices:" == lines[5]
    assert "Horowitz 2014" in "".join(lines[6:])


def test_an_unknown_name_lists_all() -> None:
    """Parts, phases, what follows from the device, and operations."""
    with pytest.raises(ConfigError, match="explain: 'watt' is not one of") as refused:
        report(EVERYTHING).explain("watt")
    known = str(refused.value).split(" is not one of ")[1].split(", ")
    assert {*PULSE, *PHASES, "array reads", "inference", "update cycle"} <= {*known}


@pytest.mark.parametrize(
    ("joules", "text"),
    [
        (0.0, "0 J"),
        (2.4e-11, "24 pJ"),
        (9.996e-10, "1 nJ"),
        (5.45e-22, "545 yJ"),
        (1.5, "1.5 J"),
        (2e-30, "2 qJ"),
    ],
)
def test_an_energy_in_three_digits(joules: float, text: str) -> None:
    """In the unit that suits it, however small."""
    assert text == joules_text(joules)
