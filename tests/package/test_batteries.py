"""Batteries and implants: how long, how warm, what files of them may say."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from edgeferro import files
from edgeferro.errors import ConfigError
from edgeferro.product.battery import Battery, life_days
from edgeferro.product.implant import Implant


def test_battery_life() -> None:
    """E / P without loss; with it ln(1 + s E / P) / s; never more than the shelf."""
    assert 10.0 == pytest.approx(life_days(864_000.0, 1.0, 0.0))
    year = 365.25
    expected = math.log1p(0.5 * 100 / 10) / 0.5  # 100 J, 10 J and 0.5 a year
    assert expected * year == pytest.approx(life_days(100.0, 10 / year / 86_400, 0.5))
    coin = Battery.load("cr2032")
    assert 220 * 3.6 * 3.0 == coin.joules()
    watts = 100e-6
    assert coin.days(watts, "low") < coin.days(watts) < coin.days(watts, "high")
    assert 3652.5 == coin.days(1e-9)
    assert 2376 / watts / 86_400 > coin.days(watts) > 0.9 * 2376 / watts / 86_400
    cell = Battery.load("glucose-fuel-cell")
    assert cell.days(3e-6) > 1e5
    assert 0.0 == cell.days(4e-6)


def test_tissue() -> None:
    """Pennes' sphere; of the order of what was measured on a Utah array."""
    array = Implant.load("cortex-array")
    radius = math.sqrt(40e-6 / (4 * math.pi))
    reach = math.sqrt(0.57 / 45_090)
    rise = 1e-3 / (4 * math.pi * 0.57 * radius * (1 + radius / reach))
    assert rise == pytest.approx(array.rise_c(1e-3))
    assert 0.029 / 2 < array.rise_c(1e-3) < 0.029 * 2  # C/mW, Kim 2007
    assert 2 * rise == pytest.approx(array.rise_c(2e-3))
    assert 2.5 == pytest.approx(array.density_mw_cm2(1e-3))


def test_tissue_has_a_range() -> None:
    """Ends of area, conductivity and perfusion that carry less heat away go high."""
    array = Implant.load("cortex-array")
    ends = {"area_mm2": (20.0, 80.0), "conductivity": (0.5, 0.6)}
    for name, (low, high) in {**ends, "perfusion": (3e4, 6e4)}.items():
        figure = getattr(array, name).model_copy(update={"low": low, "high": high})
        array = array.model_copy(update={name: figure})
    for bound, (area, k, wc) in {
        "high": (20e-6, 0.5, 3e4),
        "low": (80e-6, 0.6, 6e4),
    }.items():
        radius = math.sqrt(area / (4 * math.pi))
        reach = math.sqrt(k / wc)
        rise = 1e-3 / (4 * math.pi * k * radius * (1 + radius / reach))
        assert rise == pytest.approx(array.rise_c(1e-3, bound))
        density = 0.1e-3 / area  # mW/cm2 of 1 mW
        assert density == pytest.approx(array.density_mw_cm2(1e-3, bound))
    assert array.rise_c(1e-3, "low") < array.rise_c(1e-3) < array.rise_c(1e-3, "high")


@pytest.mark.parametrize("kind", [Battery, Implant])
def test_shipped_files(kind: Any) -> None:
    """Each has sources for all its numbers."""
    for name in kind.shipped():
        found = kind.load(name)
        assert name == found.name
        assert all(figure.source.strip() for _, figure in found.figures())


def changed(folder: str, name: str, key: str, text: str) -> dict[str, Any]:
    """A shipped file with one figure's value or unit changed."""
    data = files.parse(files.load(name, folder)[0], name)
    field, _, part = key.partition(".")
    if text == "missing":
        del data[field]
    elif part:
        number = json.loads(text)
        data[field] = {**data[field], part: number}
        if part == "value":
            data[field] |= dict.fromkeys({"low", "high"} & set(data[field]), number)
    else:
        data[field] = json.loads(text)
    return data


@pytest.mark.parametrize(
    ("folder", "name", "key", "text", "said"),
    [
        ("batteries", "cr2032", "capacity_mah.value", "-1.0", "capacity_mah.value: -1"),
        ("batteries", "cr2032", "capacity_mah.unit", '"V"', "'V' can't be written"),
        ("batteries", "cr2032", "voltage_v", "missing", "voltage_v: missing"),
        ("batteries", "cr2032", "cutoff_v.value", "3.5", "3.5 is not below 2.8"),
        ("batteries", "cr2032", "kind", '"harvester"', "has no effect on a harvester"),
        ("batteries", "cr2032", "source", '"x"', "source: unknown key"),
        ("implants", "subdermal", "area_mm2.value", "0.0", "area_mm2.value: 0.0"),
        ("implants", "subdermal", "limit_c.unit", '"F"', "'F' is not one of K, mK"),
    ],
)
def test_refused_files(folder: str, name: str, key: str, text: str, said: str) -> None:
    """A battery or implant that can't be is named, with the key."""
    kind: Any = Battery if folder == "batteries" else Implant
    with pytest.raises(ConfigError, match=said):
        files.validate(kind, changed(folder, name, key, text), name)


@pytest.mark.parametrize(
    ("folder", "name", "field", "value", "unit", "kept"),
    [
        ("batteries", "cr2032", "capacity_mah", 0.22, "Ah", 220.0),
        ("batteries", "cr2032", "capacity_mah", 792.0, "C", 220.0),
        ("batteries", "cr2032", "voltage_v", 3000.0, "mV", 3.0),
        ("batteries", "cr2032", "self_discharge", 1.0, "%/year", 0.01),
        ("batteries", "cr2032", "self_discharge", 1.0, "%/month", 0.12),
        ("batteries", "cr2032", "shelf_years", 120.0, "month", 10.0),
        ("batteries", "cr2032", "peak_current_ma", 6800.0, "uA", 6.8),
        ("batteries", "rf-cortex", "power_uw", 0.73, "mW", 730.0),
        ("implants", "subdermal", "area_mm2", 1.5, "cm2", 150.0),
        ("implants", "subdermal", "limit_mw_cm2", 400.0, "W/m2", 40.0),
        ("implants", "subdermal", "other_mw", 5.0, "uW", 0.005),
        ("implants", "subdermal", "limit_c", 500.0, "mK", 0.5),
    ],
)
def test_units_are_converted(
    folder: str, name: str, field: str, value: float, unit: str, kept: float
) -> None:
    """A figure in another unit of its kind is kept in the file's own, range too."""
    kind: Any = Battery if folder == "batteries" else Implant
    data = files.parse(files.load(name, folder)[0], name)
    ends = {"value": value, "low": 0.75 * value}
    ends |= {"high": 2.0 * value} if "high" in data[field] else {}
    data[field] = {**data[field], **ends, "unit": unit}
    figure = getattr(files.validate(kind, data, name), field)
    high = 2.0 * kept if "high" in data[field] else None
    assert (kept, 0.75 * kept, high) == (figure.value, figure.low, figure.high)
