"""A chip pinned: rebuilt from plain values alone, and held against another one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edgeferro import files
from edgeferro.chip.chip import Chip
from edgeferro.chip.device import Device
from edgeferro.chip.pinned import chip_differences, pin_chip, unpin_chip
from edgeferro.energy.prices import Prices
from edgeferro.errors import ConfigError
from edgeferro.training.record import NAMED


def through_json(chip: Chip) -> Any:
    """What a pinned chip is once it was written and read."""
    return json.loads(json.dumps(pin_chip(chip, NAMED)))


@pytest.mark.parametrize("name", files.shipped("profiles"))
def test_back_to_the_last_setting(name: str) -> None:
    """A shipped chip comes back with settings, device and prices as they were."""
    chip = Chip.load(name)
    found = unpin_chip(through_json(chip), NAMED, "run.json")
    assert chip.fingerprint() == found.fingerprint()
    assert chip.given() == found.given()
    assert chip.load_device().model_dump() == found.load_device().model_dump()
    prices = chip.energy.prices
    assert chip.named(Prices, prices) == found.named(Prices, prices)
    assert [] == chip_differences(chip, found, NAMED)


def test_no_file_is_looked_at(tmp_path: Path) -> None:
    """A pinned chip needs none of the files it names; a changed one is another chip."""
    place = tmp_path / "own.toml"
    text = files.load("hzo-200ns", "devices")[0]
    place.write_text(text, encoding="utf-8")
    chip = Chip.load("watch-hzo-200ns").with_(**{"device.name": str(place)})
    pinned = through_json(chip)
    place.unlink()
    found = unpin_chip(pinned, NAMED, "run.json")
    assert chip.fingerprint() == found.fingerprint()
    changed = text.replace("c2c = { value = 0.1,", "c2c = { value = 0.2,")
    assert text != changed
    place.write_text(changed, encoding="utf-8")
    now = Chip.load("watch-hzo-200ns").with_(**{"device.name": str(place)})
    line = "device.name: spread.c2c.value 0.1, here 0.2"
    assert [line] == chip_differences(found, now, NAMED)


def test_a_device_in_the_chip() -> None:
    """A device that stands in the chip is pinned as the file of the same content."""
    named = Chip.load("watch-hzo-200ns")
    chip = named.with_(**{"device.name": Device.load("hzo-200ns")})
    found = unpin_chip(through_json(chip), NAMED, "run.json")
    assert chip.fingerprint() == found.fingerprint()
    assert [] == chip_differences(chip, named, NAMED)
    other = named.with_(**{"device.name": Device.load("hzo-20ns")})
    lines = chip_differences(chip, other, NAMED, figures=False)
    assert all(line.startswith("device.name: ") for line in lines)
    assert lines


def test_differences_are_named() -> None:
    """A line for each setting that differs, but for those that don't matter."""
    one = Chip.load("watch-hzo-200ns")
    other = one.with_(**{"converters.adc_bits": 7, "task.passes": 9})
    lines = [
        f"converters.adc_bits {one.converters.adc_bits}, here 7",
        f"task.passes {one.task.passes}, here 9",
    ]
    assert lines == chip_differences(one, other, NAMED)
    assert lines[:1] == chip_differences(one, other, NAMED, without=("task",))
    assert lines[:1] == chip_differences(one, other, NAMED, without=("task.passes",))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("settings",), [], "run.json: is no chip with the content of device.name"),
        (("files",), None, "run.json: is no chip with the content of device.name"),
        (("files", "device.name"), 1, "run.json: is no chip with the content of"),
        (("settings", "array"), {"x": 1}, "run.json: array.x: unknown key"),
        (("settings", "device", "pulse_class"), 3, "device.pulse_class: 3 is not in"),
        (("files", "device.name", "g_min_ns"), 1, "device.name: g_min_ns: 1 is not a"),
        (("files", "energy.prices", "x"), 1, "energy.prices: x: unknown key"),
    ],
    ids=str,
)
def test_refused(path: tuple[str, ...], value: Any, said: str) -> None:
    """Plain values that are no chip are refused in one line that says where."""
    data = through_json(Chip.load("watch-hzo-200ns"))
    inner = data
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    with pytest.raises(ConfigError) as caught:
        unpin_chip(data, NAMED, "run.json")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_kept_file_is_its_settings() -> None:
    """What is kept for a setting is what the chip reads under that name."""
    chip = Chip.load("watch-hzo-200ns")
    other = Device.load("hzo-20ns")
    chip.keep("device.name", other)
    assert other is chip.named(Device, chip.device.name)
