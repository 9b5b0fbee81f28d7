"""Tallies and energies: exact sums, a hand count, additivity, scaling."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from edgeferro._core import ffi, lib
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from edgeferro.chip.chip import Chip
from edgeferro.core.emulator import TALLY_WORDS
from edgeferro.core.tally import EVENTS, PHASES, Tally
from edgeferro.energy.prices import Prices
from edgeferro.energy.report import EnergyReport, Quantity
from edgeferro.energy.table import energy_table
from edgeferro.errors import ConfigError, DataError

if TYPE_CHECKING:
    from edgeferro.chip.device import Device

COUNT = st.integers(0, 2**30)
NAMES = st.tuples(st.sampled_from(PHASES), st.sampled_from(EVENTS))
PULSES = st.tuples(st.sampled_from(PHASES), st.integers(0, 1), st.integers(0, 2))
ZJ = 10**9  # energies are in quectojoules


@cache
def chip() -> Chip:
    return Chip.load("ideal-watch-hzo-200ns").with_(**{"converters.adc_bits": 9})


@cache
def device() -> Device:
    return chip().load_device()


@cache
def prices() -> Prices:
    return Prices.load("cmos-130nm-mixed")


def tally(
    events: dict[tuple[str, str], int] | None = None,
    pulses: dict[tuple[str, int, int], int] | None = None,
    inferences: int = 0,
    updates: int = 0,
) -> Tally:
    """Return a tally; pulses by phase, polarity, and which of the three counts."""
    record = ffi.new("struct ef_tally *")
    record.inferences, record.updates = inferences, updates
    for (phase, event), count in (events or {}).items():
        record.events[PHASES.index(phase)][EVENTS.index(event)] = count
    for (phase, polarity, which), count in (pulses or {}).items():
        field = ("pulses", "conduction", "switched")[which]
        setattr(record.pulses[PHASES.index(phase)][0][polarity], field, count)
    raw = ffi.buffer(record, ffi.sizeof("struct ef_tally"))
    return Tally.from_words(np.frombuffer(raw, np.uint64))


def report(counts: Tally, scale: int = 1) -> EnergyReport:
    return EnergyReport(counts, prices(), device(), chip(), scale, sizes=(30, 32, 7))


TALLIES = st.builds(
    tally,
    st.dictionaries(NAMES, COUNT, max_size=12),
    st.dictionaries(PULSES, COUNT, max_size=6),
    COUNT,
    COUNT,
)


# ---- tally


def test_events_are_those_of_the_core() -> None:
    """Names and order of events and phases are the header's, word for word."""
    for kind, names in (("EVENT", EVENTS), ("PHASE", PHASES)):
        for index, name in enumerate(names):
            assert index == getattr(lib, f"EF_{kind}_{name.upper()}")
        assert len(names) == getattr(lib, f"EF_{kind}_COUNT")
    assert TALLY_WORDS == len(Tally.zero().to_words())


def test_tally_reads_the_core_struct() -> None:
    """Every field of the struct arrives under its name."""
    record = ffi.new("struct ef_tally *")
    record.inferences, record.updates = 3, 4
    record.events[2][7] = 5
    record.pulses[2][15][1].switched = 6
    record.pulses[2][0][0].pulses = 8
    record.account[5].saturated = 9
    raw = ffi.buffer(record, ffi.sizeof("struct ef_tally"))
    found = Tally.from_words(np.frombuffer(raw, np.uint64))
    assert (3, 4) == (found.inferences, found.updates)
    assert 5 == found.event("update", "mac")
    assert 6 == found.pulses[2, 15, 1, 2]
    assert 8 == found.total_pulses == found.phase_pulses("update")
    assert 9 == found.account("idle")["saturated"]
    wanted = {"inferences": 3, "updates": 4, "events": {"update": {"mac": 5}}}
    assert wanted == {k: found.to_dict()[k] for k in wanted}


@given(first=TALLIES, second=TALLIES)
def test_tallies_add_and_subtract(first: Tally, second: Tally) -> None:
    """(a + b) - b = a, a + b = b + a, and a tally is equal to its copy."""
    assert first == (first + second) - second
    assert first + second == second + first
    assert first == Tally.from_words(first.to_words())
    assert hash(first) == hash(Tally.from_words(first.to_words()))


def test_a_later_tally_is_not_subtracted() -> None:
    """A count below zero is refused, not wrapped."""
    with pytest.raises(DataError, match="a count would be below 0"):
        Tally.zero() - tally(updates=1)


def test_tally_of_another_length() -> None:
    """A struct of another version of the core is refused."""
    with pytest.raises(DataError, match=r"tally: \(3,\) words, expected"):
        Tally.from_words(np.zeros(3, np.uint64))


def test_a_tally_does_not_change() -> None:
    """A snapshot can't be written to, nor through the array it was made from."""
    words = Tally.zero().to_words()
    found = Tally(words)
    words[0] = 7
    assert 0 == found.inferences
    with pytest.raises(ValueError, match="read-only"):
        found.pulses[0, 0, 0, 0] = 1


# ---- energy


def test_pulses_without_a_price_are_an_error() -> None:
    """Pulses of a class that the device doesn't have are not free."""
    record = ffi.new("struct ef_tally *")
    record.pulses[2][5][0].pulses = 7
    raw = ffi.buffer(record, ffi.sizeof("struct ef_tally"))
    counts = Tally.from_words(np.frombuffer(raw, np.uint64))
    with pytest.raises(ConfigError, match=r"pulses of class 5 have no price: .*0\.\.0"):
        report(counts)


def test_nothing_costs_nothing() -> None:
    """A chip that did nothing used exactly nothing, and no mean divides by zero."""
    found = report(Tally.zero())
    zero = Quantity(0, 0, 0)
    assert zero == found.total == found.per_inference == found.per_update


def test_hand_count() -> None:
    """Ten conversions, one read and one pulse, worked out by hand."""
    counts = tally(
        {
            ("infer", "adc"): 10,  # 10 x (12 + 0.0467 x 2^9 pJ + 0.514 aJ x 4^9)
            ("infer", "read_codes"): 127,  # one cell at full code: G_min V^2 t =
            ("infer", "read_charge"): 0,  # 0.4 nS x 0.01 V2 x 10 us = 40,000 zJ
        },
        {
            ("update", 0, 0): 1,  # 0.91 nS x 9 V2 x 200 ns = 1,638,000 zJ
            ("update", 0, 1): 65535,
            ("update", 0, 2): 2**31,  # half the swing: 76 uC/cm2 x 10 um2 x 3 V / 2
        },
        inferences=2,
        updates=1,
    )
    found = report(counts)
    # and the plates: 212.5005075072 fF x 9 V2
    pulse = (1_638_000 + 11_400_000_000 + 1_912_504_567.5648) * ZJ
    # one count's price is rounded to 1e-30 J: to a millionth and better
    near = pytest.approx
    rows = 10 * 12_000_000_000  # 12 pJ of bias a row that is converted
    assert near((360_451_420_160 + 40_000 + rows) * ZJ) == found.by_phase["infer"].value
    assert rows * ZJ == found.by_part["bias"].value
    assert near(pulse, rel=1e-6) == found.by_phase["update"].value
    assert found.by_phase["update"] == found.by_part["array pulses"]
    assert 50_012_342_016 * ZJ == found.by_part["adc"].low
    assert 2_040_058_201_600 * ZJ == found.by_part["adc"].high
    assert near((180_225_730_080 + rows // 2) * ZJ) == found.per_inference.value
    assert near(pulse / ZJ / 1e6, rel=1e-6) == found.per_update.fj


def test_assumed_device_numbers_give_a_range() -> None:
    """Area and amplitude are assumed with a range, and the pulse's energy shows it."""
    found = report(tally(pulses={("update", 0, 2): 2**32})).total
    coulomb = 0.76e-12  # per um2; 0.40e-12 at the low end
    ends = [0.40e-12 * 3.0 * 2.0, coulomb * 10.0 * 3.0, coulomb * 20.0 * 3.0]
    found_ends = [found.low, found.value, found.high]
    assert pytest.approx([e * 1e30 for e in ends], rel=1e-6) == found_ends


# What 31 x 32 and 33 x 7 weights keep: accumulators of 16 bits, tables of 512 codes of
# 8 + 16 bits, 256 of 16 of the softmax, and the registers that firmware writes.
BITS = (31 * 32 + 33 * 7) * 16 + 512 * 24 + 256 * 16 + 31 * 32


# Femtojoules of one event on ideal-watch-hzo-200ns: low, typical and high of the price
# file, by hand. DACs of 8 bits, an ADC of 9, reads at 0.1 V, pulses of 2, 3 and 3 V;
# cells of 44.270939064, 212.5005075072 and 619.793146896 fF.
COSTS = {
    "dac_input": (416.8, 3300.0, 17000.0),  # 8 x 0.0521, 0.4125, 2.125 pJ
    "dac_error": (416.8, 3300.0, 17000.0),
    # a + 512 b + 262144 c, and the bias of its row, 1.2, 12, 60 pJ
    "adc": (6201.2342016, 48045.142016, 264005.82016),
    # 0.2, 1, 5 fF of line and the cell itself, x 0.01 V2
    "line_cells": (0.44470939064, 2.135005075072, 6.24793146896),
    "pulse_line_cells": (0.8, 9.0, 45.0),  # 0.2, 1, 5 fF x 4, 9, 9 V2
    # a cell x 4 / 4 and 9 / 4 V2; at the high end 9 / 2, no supply of V/2
    "half_selected": (44.270939064, 478.1261418912, 2789.069161032),
    "mac": (290.0, 1500.0, 3200.0),
    "add": (100.0, 510.0, 1100.0),
    "divide": (1600.0, 8200.0, 17000.0),
    "compare": (100.0, 510.0, 1100.0),
    "lookup": (2500.0, 12800.0, 25000.0),
    "lfsr_step": (36.25, 212.5, 425.0),
    "sram_read": (420.0, 6400.0, 13000.0),
    "sram_write": (420.0, 6400.0, 13000.0),
    "register": (290.0, 1700.0, 17000.0),
    "cycle": (200.0, 1000.0, 5000.0),
    "analog_ns": (0.1, 1.0, 10.0),  # 0.1, 1, 10 uW x 1 ns
    # 42, 100, 1000 nW of the base and 0.5, 2.1, 3.4 pW of each of the bits kept, x 1 s
    "rest_s": (4.2e7 + 500 * BITS, 1e8 + 2100 * BITS, 1e9 + 3400 * BITS),
}


@pytest.mark.parametrize("event", COSTS)
def test_one_event_costs_its_price(event: str) -> None:
    """One event costs what price file and device say, low, typical and high."""
    found = report(tally({("program", event): 1})).by_phase["program"]
    costs = (found.low_fj, found.fj, found.high_fj)
    assert pytest.approx(COSTS[event], rel=1e-12) == costs


PARTS = {
    "dac": "dac_input dac_error",
    "adc": "adc",
    "array reads": "line_cells read_charge read_codes",
    "array pulses": "pulse_line_cells half_selected",
    "digital": "mac add divide compare lfsr_step register cycle",
    "memory": "lookup sram_read sram_write",
    "bias": "analog_ns",
    "leakage": "rest_s",
}


@pytest.mark.parametrize("part", PARTS)
def test_each_event_has_its_part(part: str) -> None:
    """What takes the energy of an event is told under its own name, and no other."""
    for event in PARTS[part].split():
        found = report(tally({("update", event): 10**6})).by_part
        own = {name for name, energy in found.items() if energy.value}
        assert {part, *({"bias"} if part == "adc" else ())} == own
    assert set(EVENTS) == set(" ".join(PARTS.values()).split())


@given(counts=TALLIES)
def test_sums_are_exact(counts: Tally) -> None:
    """The sum of parts and the sum of phases are the total, to the last unit."""
    found = report(counts)
    for bound in ("low", "value", "high"):
        total = getattr(found.total, bound)
        assert isinstance(total, int)
        assert total == sum(getattr(q, bound) for q in found.by_part.values())
        assert total == sum(getattr(q, bound) for q in found.by_phase.values())
    assert found.total.low <= found.total.value <= found.total.high


@given(first=TALLIES, second=TALLIES)
def test_energy_of_runs_adds_up(first: Tally, second: Tally) -> None:
    """B12d: a run after a run costs the sum, exactly, at both ends of the range."""
    whole = report(first + second)
    assert whole.total == report(first).total + report(second).total
    for part, energy in whole.by_part.items():
        parts = report(first).by_part[part] + report(second).by_part[part]
        assert parts == energy


@given(counts=TALLIES, factor=st.integers(1, 10**6))
def test_scaling(counts: Tally, factor: int) -> None:
    """Prices times k are energies times k, exactly."""
    once, scaled = report(counts).total, report(counts, factor).total
    assert [factor * once.low, factor * once.value, factor * once.high] == [
        scaled.low,
        scaled.value,
        scaled.high,
    ]


def test_explain_names_the_sources() -> None:
    """Formula, numbers and sources of an event; what is assumed says so."""
    found = report(Tally.zero())
    pulse = found.explain("pulse")
    assert "C V^2 + 2 Pr A V |ds|/2 + G V^2 t" in pulse
    assert "A = 10 um2 (assumed)" in pulse
    assert "arXiv 2509.07045" in pulse
    assert "the charge takes 1.91 pJ, a full swing 22.8 pJ" in pulse
    assert "G V^2 t |code| / top code" in found.explain("read_charge")
    adc = found.explain("adc")
    assert adc.startswith("adc: a + b 2^bits + c 4^bits of the ADC; a = 12 pJ (1.67")
    assert "(5.00..204) at 9 bits and 10 MS/s; the figures hold up to 20; a conv" in adc
    assert "the core by itself makes none" in found.explain("register")
    assert "C (V/2)^2" in (half := found.explain("half_selected"))
    assert "here 478 fJ (44.3..2,790)" in half
    assert "here 2.13 fJ (0.443..6.20)" in found.explain("read_cells")
    assert "here 9.00 fJ (0.800..45.0) at 2..3 V" in found.explain("pulse_line_cells")
    with pytest.raises(ConfigError, match="explain: 'watt' is not one of"):
        found.explain("watt")


def test_to_dict_has_units_in_its_names() -> None:
    """JSON holds whole quectojoules, and femtojoules to read."""
    found = report(tally({("infer", "adc"): 1}, inferences=1)).to_dict()
    qj = [62_012_342_016, 480_451_420_160, 2_640_058_201_600]  # with the row's bias
    qj = [n * 10**8 for n in qj]
    assert {"qj": qj, "fj": 48_045.142016} == found["per_inference"]


def test_str() -> None:
    """A quantity is written in the unit that suits it, with its range if it has one."""
    pj = 10**18  # in quectojoules
    assert "31.0 pJ (5.00..204)" == str(Quantity(5 * pj, 31 * pj, 204 * pj))
    assert "2.28 fJ" == str(Quantity(*[2_280_000 * ZJ] * 3))
    assert "1.50 uJ" == str(Quantity(*[1_500_000 * pj] * 3))
    assert "0" == str(Quantity(0, 0, 0))


def test_table_labels_what_is_assumed() -> None:
    """A report for the terminal names the assumed prices that are in it."""
    console = Console(width=200, record=True, quiet=False, file=None)
    with console.capture() as captured:
        console.print(energy_table(report(tally({("infer", "adc"): 1}, inferences=1))))
    text = captured.get()
    films = "area_um2, thickness_nm, permittivity, polarization_uc_cm2, amplitude_v"
    assert "36.0 pJ (5.00..204)" in text
    assert "assumed: dac_input" in text
    assert films in " ".join(text.split())
