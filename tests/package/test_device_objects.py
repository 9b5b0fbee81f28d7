"""Devices as objects: equal, hashed, copied, written as TOML, and put into chips."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeferro as ef
from edgeferro import files

LABELS = np.arange(6) % 2


def own(c2c: float = 0.2) -> ef.Device:
    """A device that no file holds."""
    return ef.Device.load("hzo-200ns").with_spread(c2c=c2c)


def chip_with(device: ef.Device | str) -> ef.Chip:
    """The watch chip on a device."""
    return ef.Chip.load("watch-hzo-200ns").with_(**{"device.name": device})


@pytest.mark.parametrize("name", ef.Device.shipped())
def test_two_of_one_file_are_equal(name: str) -> None:
    """Equal and of one hash, whether tables were worked out or not; in copies too."""
    first, second = ef.Device.load(name), ef.Device.load(name)
    first.knots  # noqa: B018 - worked out for one of them
    for other in (second, copy.deepcopy(first), pickle.loads(pickle.dumps(first))):
        assert first == other
        assert hash(first) == hash(other)
    assert 1 == len({first, second})


def test_another_number_is_another_device() -> None:
    """A spread, a name or a source tells two devices apart; so does another type."""
    device = own()
    assert device != own(0.21)
    data = device.model_dump()
    for change in ({"name": "other"}, {"source": "elsewhere"}, {"bound_low": -0.5}):
        assert device != files.validate(ef.Device, {**data, **change}, "changed")
    assert device != "hzo-200ns"


@pytest.mark.parametrize("name", ef.Device.shipped())
def test_written_and_read_again(name: str) -> None:
    """TOML of a device is that device; each comment line of its file is kept."""
    device = ef.Device.load(name)
    text = device.to_toml()
    assert device == ef.Device.loads(text)
    source = files.shipped_file("devices", f"{name}.toml").read_text(encoding="utf-8")
    comments = [x.strip() for x in source.splitlines() if x.lstrip()[:1] == "#"]
    assert comments == [x for x in text.splitlines() if x[:1] == "#"]
    assert text == ef.Device.loads(text).to_toml()


def test_comments_stay_where_they_were() -> None:
    """Before a key, a table, the second of two tables, and at the end."""
    device = own()
    twice = files.validate(
        ef.Device,
        {**device.model_dump(), "classes": [device.classes[0].model_dump()] * 2},
        "twice",
    )
    lines = twice.to_toml().splitlines()
    places = ["bound_low = -0.98", "[spread]", "c2c = ", "[[classes]]"]
    for number, place in enumerate(places):
        at = next(i for i, line in enumerate(lines) if line.startswith(place))
        lines.insert(at, f"# note {number}")
    last = max(i for i, line in enumerate(lines) if line == "[[classes]]")
    lines.insert(last, "# the second")
    lines.append("# the end")
    text = "\n".join(lines) + "\n"
    assert text == ef.Device.loads(text).to_toml()
    assert twice == ef.Device.loads(text)


def test_a_chip_takes_a_device() -> None:
    """The object is the chip's device, and what a file of the same gives is equal."""
    device = own()
    chip = chip_with(device)
    assert device == chip.load_device()
    assert () == chip.files()
    chip.check_files()
    made = ef.Chip(chip={"name": "made"}, device={"name": device})
    assert device == made.load_device()
    assert device == chip.with_(**{"device.c2c": 0.3, "device.d2d": 0.0}).device.name


def test_saved_chips_carry_their_device(tmp_path: Path) -> None:
    """In TOML, in JSON, and in a file that is found from anywhere."""
    chip = chip_with(own())
    assert chip == ef.Chip.loads(chip.to_toml())
    path = tmp_path / "chip.toml"
    path.write_text(chip.to_toml(), encoding="utf-8")
    found = ef.Chip.load(path)
    assert own() == found.load_device()
    assert chip.fingerprint() == found.fingerprint()
    said = json.loads(json.dumps(chip.to_dict()))["device"]["name"]
    assert 0.2 == said["spread"]["c2c"]["value"]
    assert "hzo-200ns" in chip._repr_html_()


def test_a_fingerprint_holds_the_device() -> None:
    """Another number of the device is another chip, as it is where a file names it."""
    seen = {chip_with(own(c2c)).fingerprint() for c2c in (0.1, 0.2, 0.3)}
    assert 3 == len(seen)
    assert chip_with(own()) != chip_with(own(0.3))


def test_a_run_is_the_same_by_name_and_by_object() -> None:
    """Bit for bit, in an array, in a network and in a classifier."""
    by_name, by_object = (
        chip_with(device) for device in ("hzo-20ns", ef.Device.load("hzo-20ns"))
    )
    x = np.arange(24.0).reshape(6, 4)
    signatures = []
    for chip in (by_name, by_object):
        array = ef.Array(chip, 3, 3)
        array.pulse(3)
        image = ef.new_image(chip, (4, 3, 2), x / 24, 1)
        controller = ef.Controller(image)
        controller.program()
        learner = ef.FerroClassifier(chip, hidden=(), passes=1).fit(x, LABELS)
        signatures.append(
            (array.core.signature(), controller.signature, learner.signature_)
        )
    assert signatures[0] == signatures[1]


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (5, "device.name: 5 is not a text, nor a device"),
        ({"bound_low": 3.0}, "device.name.bound_low: 3.0 is not at least -1.0"),
        ({"classes": []}, "device.name.classes: 0 items, allowed at least 1"),
        ({"nme": "x"}, r"device.name.nme: unknown key \(did you mean name"),
    ],
)
def test_a_table_that_is_no_device(bad: object, says: str) -> None:
    """Refused by its place in the chip file, in one line."""
    if isinstance(bad, dict):
        bad = {**own().model_dump(), **bad}
    with pytest.raises(ef.ConfigError, match=says) as caught:
        chip_with(bad)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_a_class_that_the_device_lacks() -> None:
    """An object's classes are counted as a file's are."""
    with pytest.raises(
        ef.ConfigError, match=r"device\.pulse_class: 1 is not in 0\.\.0"
    ):
        chip_with(own()).with_(**{"device.pulse_class": 1})


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (ef.Chip, "Chip: chip: missing; device: missing"),
        (
            lambda: ef.Chip(
                chip={"name": "x"},
                device={"name": "hzo-20ns"},
                controller={"learning_rte": 1.0},
            ),
            "learning_rte: unknown key .did you mean learning_rate",
        ),
        (lambda: type(own().spread)(c2c=1), "Spread: d2d_common: missing"),
        (lambda: setattr(chip_with("hzo-20ns"), "chip", 3), "chip: a Chip is not ch"),
        (lambda: delattr(own(), "name"), "name: a Device is not changed"),
        (lambda: setattr(own(), "nam", 3), "nam: no such field .* you mean name"),
    ],
)
def test_what_is_made_or_changed_by_hand(wrong: Any, says: str) -> None:
    """Refused in one line as a file is, without the checker's own words."""
    with pytest.raises(ef.ConfigError, match=says) as caught:
        wrong()
    assert "\n" not in str(caught.value)
    assert "pydantic" not in str(caught.value)
