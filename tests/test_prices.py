"""Price files: nothing without range, unit, kind and source."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from typing import Any

import pytest

from edgeferro import files
from edgeferro.errors import ConfigError
from edgeferro.prices import FROM_DEVICE, PARTS, Prices, to_zeptojoule
from edgeferro.tally import EVENTS


def changed(event: str, **changes: Any) -> dict[str, Any]:
    """Return the default price file with one event changed; None takes a key out."""
    data = tomllib.loads(files.load("cmos-130nm-mixed", "prices")[0])
    price = {**data["events"].get(event, data["events"]["adc"]), **changes}
    data["events"][event] = {k: v for k, v in price.items() if v is not None}
    return data


@pytest.mark.parametrize("name", Prices.shipped())
def test_shipped_prices(name: str) -> None:
    """Each prices every event that the device does not, in order, with a source."""
    prices = Prices.load(name)
    assert name == prices.name
    assert set(EVENTS) - set(FROM_DEVICE) == set(prices.events)
    for event, price in prices.events.items():
        assert 0 <= price.exact("low") <= price.exact("value") <= price.exact("high")
        assert price.source.strip(), event
        assert price.node.strip(), event


def test_every_event_has_a_part() -> None:
    """No event of the tally is left out of a report."""
    assert set(EVENTS) == set(PARTS)


@pytest.mark.parametrize("name", Prices.shipped())
def test_no_figure_found_means_assumed(name: str) -> None:
    """A price whose source says that nothing was found is marked assumed."""
    for event, price in Prices.load(name).events.items():
        if "no figure" in price.source or "no multi-bit figure" in price.source:
            assert "assumed" == price.kind, event


def test_prices_are_exact() -> None:
    """A price is the decimal number that is written, down to below a zeptojoule."""
    assert 52_500_000 == to_zeptojoule(52.5, "fJ")
    assert Fraction(1, 10) == to_zeptojoule(0.1, "zJ")
    assert 417_000_000 == to_zeptojoule(0.417, "pJ")
    assert 31_000_000_000 == Prices.load("cmos-130nm-mixed").events["adc"].exact(
        "value"
    )


@pytest.mark.parametrize("event", [e for e in EVENTS if e not in FROM_DEVICE])
def test_a_missing_event_is_an_error(event: str) -> None:
    """B12e: without a coefficient there is no energy, least of all 0 or 1 pJ."""
    data = changed("adc")
    del data["events"][event]
    with pytest.raises(ConfigError, match=f"events.{event}: missing"):
        files.validate(Prices, data, "test")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"source": None}, r"events\.adc\.source: missing"),
        ({"source": "  "}, r"events\.adc\.source: empty"),
        ({"node": ""}, r"events\.adc\.node: empty"),
        ({"unit": None}, r"events\.adc\.unit: missing"),
        ({"kind": None}, r"events\.adc\.kind: missing"),
        ({"unit": "ns"}, r"events\.adc\.unit: 'ns' is not one of 'zJ', 'aJ'"),
        ({"unit": "W"}, r"events\.adc\.unit: 'W' is not one of 'zJ', 'aJ'"),
        ({"low": 99.0}, r"events\.adc\.value: 31\.0 is not in 99\.0\.\.204\.0"),
        ({"high": 9.0}, r"events\.adc\.value: 31\.0 is not in 5\.0\.\.9\.0"),
        ({"low": -1.0}, r"events\.adc\.low: -1\.0 is not"),
        ({"hihg": 9.0}, r"events\.adc\.hihg: unknown key"),
        ({"value": float("nan")}, r"events\.adc\.value: nan is not finite"),
        ({"value": True}, r"events\.adc\.value: True is not a number"),
        ({"value": "31"}, r"events\.adc\.value: '31' is not a number"),
        ({"kind": "guess"}, r"events\.adc\.kind: 'guess' is not one of"),
    ],
)
def test_refused_prices(changes: dict[str, Any], said: str) -> None:
    """A refusal names the event, the key and what is allowed."""
    with pytest.raises(ConfigError, match=said):
        files.validate(Prices, changed("adc", **changes), "test")


@pytest.mark.parametrize("event", ["adcc", "read_charge"])
def test_unknown_events_are_refused(event: str) -> None:
    """A price that nothing asks for would have no effect."""
    with pytest.raises(ConfigError, match=f"events.{event}: unknown event; known:"):
        files.validate(Prices, changed(event), "test")


def test_explain() -> None:
    """An event's price can be followed to its source."""
    text = Prices.load("cmos-130nm-mixed").explain("adc")
    assert text.startswith("adc: 31 pJ (5 .. 204), 130 nm, derived: hwcomponents-adc")
    with pytest.raises(ConfigError, match="event: 'watt' is not one of dac_input"):
        Prices.load("cmos-130nm-mixed").explain("watt")
