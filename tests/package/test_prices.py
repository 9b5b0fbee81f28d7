"""Price files: nothing without range, unit, kind and source."""

from __future__ import annotations

import dataclasses
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from edgeferro import files
from edgeferro.core.tally import EVENTS
from edgeferro.energy.price import FROM_DEVICE, PARTS, PRICED, Operating
from edgeferro.energy.prices import Prices
from edgeferro.energy.units import to_unit
from edgeferro.errors import ConfigError

AT = Operating(
    adc_bits=8,
    dac_bits={"dac_input": 4, "dac_error": 6},
    read_v=0.1,
    write_v={"low": 2.0, "value": 3.0, "high": 3.0},
    clock_mhz=10.0,
)
BOUNDS = ("low", "value", "high")


def changed(event: str, **changes: Any) -> dict[str, Any]:
    """Return the default price file with one event changed; None takes a key out."""
    data = tomllib.loads(files.load("cmos-130nm-mixed", "prices")[0])
    price = {**data["events"].get(event, data["events"]["mac"]), **changes}
    data["events"][event] = {k: v for k, v in price.items() if v is not None}
    return data


@pytest.mark.parametrize("name", Prices.shipped())
def test_shipped_prices(name: str) -> None:
    """Each prices every event that the device does not, in order, with a source."""
    prices = Prices.load(name)
    assert name == prices.name
    assert set(PRICED) == set(prices.events)
    for event, price in prices.events.items():
        low, value, high = (price.energy(event, b, AT) for b in BOUNDS)
        assert 0 <= low <= value <= high
        assert price.source.strip(), event
        assert price.node.strip(), event


@pytest.mark.parametrize("name", Prices.shipped())
def test_groups(name: str) -> None:
    """One number stands behind all digital prices: their node and their voltage."""
    prices = Prices.load(name).events
    wanted = {
        "node and voltage": {e for e in prices if PARTS[e] in {"digital", "memory"}},
        "converters": {"adc", "dac_input", "dac_error", "bias_row", "bias_ns"},
        "lines": {"line_cells", "pulse_line_cells"},
        "leakage and temperature": {"leak_bit", "leak_base", "wake"},
    }
    found: dict[str | None, set[str]] = {}
    for event, price in prices.items():
        found.setdefault(price.group, set()).add(event)
    assert wanted == found
    digital = {prices[event].together for event in wanted["node and voltage"]}
    assert {"node and voltage"} == digital


def test_every_event_has_a_part() -> None:
    """No event of the tally is left out of a report, nor what bias and leakage take."""
    times = {"analog_ns", "rest_s"}
    static = {"bias_row", "bias_ns", "leak_bit", "leak_base", "wake"}
    assert (set(EVENTS) - times) | static == set(PARTS)
    assert set(PARTS) - set(FROM_DEVICE) == set(PRICED)


@pytest.mark.parametrize("name", Prices.shipped())
def test_no_figure_found_means_assumed(name: str) -> None:
    """A price whose source says that nothing was found is marked assumed."""
    for event, price in Prices.load(name).events.items():
        if "no figure" in price.source or "no multi-bit figure" in price.source:
            assert "assumed" == price.kind, event


def test_prices_are_exact() -> None:
    """A price is the decimal number that is written, down to below a zeptojoule."""
    assert 52_500_000 == to_unit(52.5, "fJ", "zJ")
    assert Fraction(1, 10) == to_unit(0.1, "zJ", "zJ")
    assert 417_000_000 == to_unit(0.417, "pJ", "zJ")


def test_units_are_exact() -> None:
    """A unit is a prefix's power of ten times what physics says; no other kind fits."""
    assert Fraction(1602176634, 10**7) == to_unit(1.0, "eV", "zJ")
    assert 3600 == to_unit(1.0, "Wh", "J") == to_unit(1.0, "mWh", "mJ")
    assert Fraction(1, 10**7) == to_unit(0.1, "uW", "W") == to_unit(0.1, "µW", "W")
    assert 1000 == to_unit(1.0, "fF", "aF")
    for unit, target in (("ms", "J"), ("mV", "J"), ("mAh", "J"), ("J", "W")):
        with pytest.raises(ValueError, match=f"'{unit}' can't be written in {target}"):
            to_unit(1.0, unit, target)
    for unit in ("", "p", "J ", "pj", "ppJ", "J/s", "e", "1", "Joule"):
        with pytest.raises(ValueError, match=f"'{unit}' is not a unit, one of J, Wh"):
            to_unit(1.0, unit, "J")


def test_formulas() -> None:
    """ADC by its steps; lines and cells C V^2; bias and sleep by time."""
    events = Prices.load("cmos-130nm-mixed").events
    wanted = {
        # 8 bits: 12 + 0.0467 x 256 pJ, 0.514 aJ x 65536
        ("adc", "value"): 23_955_200_000 + 33_685_504,
        ("dac_input", "value"): Fraction("0.4125") * 4 * 10**9,  # 4 bits, pJ
        ("dac_error", "high"): Fraction("2.125") * 6 * 10**9,
        ("line_cells", "value"): 10**4,  # 1 fF x (0.1 V)^2 = 10 aJ
        ("pulse_line_cells", "low"): Fraction("0.2") * 4 * 10**6,  # at 2 V
        ("bias_row", "value"): 12 * 10**9,  # 12 pJ
        ("bias_ns", "value"): 10**6,  # 1 uW x 1 ns = 1 fJ
        ("leak_bit", "low"): 5 * 10**8,  # 0.5 pW x 1 s
        ("leak_base", "low"): 42 * 10**12,  # 0.042 uW x 1 s = 42 nJ
        ("wake", "high"): Fraction("14.4") * 10**12,
    }
    for (event, bound), energy in wanted.items():
        assert energy == events[event].energy(event, bound, AT), event


def test_a_base_is_built_upon() -> None:
    """A file with a base has its events, and its own in their place."""
    base, lab = (Prices.load(f"cmos-130nm-{n}") for n in ("mixed", "hzo-lab"))
    assert base.events == lab.events
    assert base.pulse is None
    assert lab.pulse is not None
    assert 10**9 == lab.pulse.energy("pulse", "value", AT)
    assert "arXiv 2601.01186" in lab.explain("pulse")


def test_a_base_lies_beside_its_file(tmp_path: Path) -> None:
    """A base that isn't shipped is looked for in the file's own folder."""
    text, _ = files.load("cmos-28nm", "prices")
    (tmp_path / "base.toml").write_text(text.replace("cmos-28nm", "base"))
    (tmp_path / "mine.toml").write_text('name = "mine"\nbase = "base.toml"\n')
    found = Prices.load(tmp_path / "mine.toml")
    assert "mine" == found.name
    assert Prices.load("cmos-28nm").events == found.events
    (tmp_path / "bad.toml").write_text('name = "b"\nbase = "base.toml"\nevents = 5\n')
    with pytest.raises(ConfigError, match="events: not a table"):
        Prices.load(tmp_path / "bad.toml")


def test_lab_pulse_replaces_the_formula() -> None:
    """With a published energy of a pulse, pulses cost that, whatever they switched."""
    import edgeferro as ef
    from edgeferro.energy.report import EnergyReport

    chip = ef.Chip.load("watch-hzo-200ns")
    words = ef.Tally.zero().to_words()
    words[2 + 6 * 20 + 2 * 16 * 6] = 7  # update, class 0, up: pulses
    prices = Prices.load("cmos-130nm-hzo-lab")
    report = EnergyReport(ef.Tally(words), prices, chip.load_device(), chip)
    assert 7 * 10**18 == report.in_cells("update").value
    assert 21 * 10**18 == report.total.high


@pytest.mark.parametrize("event", PRICED)
def test_a_missing_event_is_an_error(event: str) -> None:
    """B12e: without a coefficient there is no energy, least of all 0 or 1 pJ."""
    data = changed("adc")
    del data["events"][event]
    with pytest.raises(ConfigError, match=f"events.{event}: missing"):
        files.validate(Prices, data, "test")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"source": None}, r"events\.mac\.source: missing"),
        ({"source": "  "}, r"events\.mac\.source: empty"),
        ({"node": ""}, r"events\.mac\.node: empty"),
        ({"unit": None}, r"events\.mac\.unit: missing"),
        ({"kind": None}, r"events\.mac\.kind: missing"),
        ({"unit": "ns"}, r"events\.mac\.unit: 'ns' can't be written in zJ"),
        ({"unit": "pJ/0"}, r"events\.mac\.unit: 'pJ/0' is not a unit"),
        ({"value": 1e300, "high": 1e301}, r"events\.mac\.value: 1e\+300 is not"),
        ({"unit": "joul"}, r"events\.mac\.unit: 'joul' is not a unit"),
        ({"formula": "power"}, r"events\.mac\.unit: 'pJ' can't be written in W"),
        (
            {"formula": "power", "unit": "W"},
            r"events\.mac\.formula: 'power' is only for bias_ns, leak_bit, leak_base",
        ),
        ({"low": 99.0}, r"events\.mac\.value: 1\.5 is not in 99\.0\.\.3\.2"),
        ({"high": 0.9}, r"events\.mac\.value: 1\.5 is not in 0\.29\.\.0\.9"),
        ({"low": -1.0}, r"events\.mac\.low: -1\.0 is not"),
        ({"hihg": 9.0}, r"events\.mac\.hihg: unknown key"),
        ({"value": float("nan")}, r"events\.mac\.value: nan is not finite"),
        ({"value": True}, r"events\.mac\.value: True is not a number"),
        ({"value": "31"}, r"events\.mac\.value: '31' is not a number"),
        ({"kind": "guess"}, r"events\.mac\.kind: 'guess' is not one of"),
    ],
)
def test_refused_prices(changes: dict[str, Any], said: str) -> None:
    """A refusal names the event, the key and what is allowed."""
    with pytest.raises(ConfigError, match=said):
        files.validate(Prices, changed("mac", **changes), "test")


@pytest.mark.parametrize("event", ["adcc", "read_charge"])
def test_unknown_events_are_refused(event: str) -> None:
    """A price that nothing asks for would have no effect."""
    with pytest.raises(ConfigError, match=f"events.{event}: unknown event; known:"):
        files.validate(Prices, changed(event), "test")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("supply_v = 1.2\n", "supply_v: had no effect; take the line out"),
        (
            "[events.rest_s]\nvalue = 0.1\n",
            r"events\.rest_s: .* \[events\.leak_bit\], .* \[events\.leak_base\],",
        ),
        (
            "[events.analog_ns]\nvalue = 10.0\n",
            r"events\.analog_ns: .* \[events\.bias_row\], .* \[events\.bias_ns\],",
        ),
        (
            "[events.half_selected]\nvalue = 10.0\n",
            r"events\.half_selected: follows from the device's capacitance and array",
        ),
    ],
)
def test_what_left_the_price_files(text: str, said: str, tmp_path: Path) -> None:
    """An own file that still has it gets one line that says why it is gone."""
    head = 'name = "m"\ndescription = "m"\nbase = "cmos-28nm"\n'
    (tmp_path / "mine.toml").write_text(head + text)
    with pytest.raises(ConfigError, match=rf"mine\.toml: {said}") as caught:
        Prices.load(tmp_path / "mine.toml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"step": None}, r"events\.adc\.step: is needed by formula 'conversion'"),
        ({"thermal": None}, r"events\.adc\.thermal: is needed by formula 'conv"),
        ({"formula": "per-step"}, r"events\.adc\.step: has no effect with formula"),
        ({"fastest_mhz": 0.0}, r"events\.adc\.fastest_mhz: 0\.0 is not"),
        (
            {"step": {"value": 1.0, "low": 0.0, "high": 2.0, "unit": "V"}},
            r"events\.adc\.step\.unit: 'V' can't be written in zJ",
        ),
        (
            {"thermal": {"value": 3.0, "low": 0.0, "high": 2.0, "unit": "aJ"}},
            r"events\.adc\.thermal\.value: 3\.0 is not in 0\.0\.\.2\.0",
        ),
    ],
)
def test_refused_conversions(changes: dict[str, Any], said: str) -> None:
    """A conversion needs all of its three parts, and no other formula two of them."""
    with pytest.raises(ConfigError, match=said):
        files.validate(Prices, changed("adc", **changes), "test")


@pytest.mark.parametrize(
    ("name", "sources"),
    [
        ("cmos-130nm-mixed", (14.8, 18.3, 23.9)),
        ("cmos-180nm-mixed", (27.0, 34.0, 44.0)),
        ("cmos-28nm", (0.83, 1.02, 1.33)),
    ],
)
def test_conversions_fit_their_sources(name: str, sources: tuple[float, ...]) -> None:
    """At 6, 7 and 8 bits within 3 % of what the source says; 12 kT is the least c."""
    price = Prices.load(name).events["adc"]
    for bits, wanted in zip((6, 7, 8), sources, strict=True):
        at = dataclasses.replace(AT, adc_bits=bits)
        found = float(price.energy("adc", "value", at)) / 1e9
        assert wanted == pytest.approx(found, rel=0.03)
    assert price.thermal is not None
    assert 12 * 1.380649e-5 * 310 == pytest.approx(price.thermal.low, rel=2e-3)  # aJ


def test_a_faster_clock_takes_more() -> None:
    """Conversions hold up to 20 MS/s; at 50 MHz they take 2.5 times as much."""
    price = Prices.load("cmos-130nm-mixed").events["adc"]
    slow, same, fast = (
        price.energy("adc", "value", dataclasses.replace(AT, clock_mhz=mhz))
        for mhz in (0.5, 20.0, 50.0)
    )
    assert slow == same
    assert Fraction(5, 2) == fast / same
    anywhere = price.model_copy(update={"fastest_mhz": None})
    fast = anywhere.energy("adc", "value", dataclasses.replace(AT, clock_mhz=1e4))
    assert same == fast
    with pytest.raises(ConfigError, match=r"events\.mac\.fastest_mhz: has no effect"):
        files.validate(Prices, changed("mac", fastest_mhz=20.0), "test")


def test_a_leap_costs_one_clock_of_its_register() -> None:
    """Eight steps of the tally are one clock of 32 bits: 1.7, 5.27 and 0.29 pJ."""
    clocks = {"130nm-mixed": "1.7", "180nm-mixed": "5.27", "28nm": "0.29"}
    for name, clock in clocks.items():
        price = Prices.load(f"cmos-{name}").events["lfsr_step"]
        assert Fraction(clock) * 10**9 == 8 * price.energy("lfsr_step", "value", AT)


def test_explain() -> None:
    """An event's price can be followed to its source."""
    text = Prices.load("cmos-130nm-mixed").explain("adc")
    assert "c = 0.514 aJ (0.0514 .. 5.14), 130 nm, derived: hwcomponents-adc" in text
    assert text.startswith("adc: a + b 2^bits + c 4^bits of the ADC; a = 12 pJ (1.67")
    with pytest.raises(ConfigError, match="event: 'watt' is not one of dac_input"):
        Prices.load("cmos-130nm-mixed").explain("watt")
