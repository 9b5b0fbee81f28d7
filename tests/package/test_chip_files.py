"""Chip files: round trips, refusals that say what, where and what is allowed."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from edgeferro._core import ffi
from hypothesis import given
from hypothesis import strategies as st

from edgeferro import files
from edgeferro.chip.chip import Chip
from edgeferro.errors import ConfigError
from edgeferro.mapping.configuration import (
    LayerRegisters,
    Registers,
    SiteRegisters,
    build_registers,
)

if TYPE_CHECKING:
    from pathlib import Path

HEAD = '[chip]\nname = "test"\n[device]\nname = "hzo-200ns"\n'


def refusal(text: str) -> str:
    """Return what a chip file is refused with."""
    with pytest.raises(ConfigError) as caught:
        Chip.loads(text, "test")
    return str(caught.value)


# ---- what is shipped


@pytest.mark.parametrize("name", Chip.shipped())
def test_shipped_chips(name: str) -> None:
    """Each loads under its own name and comes back from its own TOML."""
    chip = Chip.load(name)
    again = Chip.loads(chip.to_toml())
    assert name == chip.chip.name
    assert chip == again
    assert chip.fingerprint() == again.fingerprint()
    assert 16 == len(chip.fingerprint())


def test_watch_chips_differ_in_their_device_only() -> None:
    """The three pulse widths are compared on one and the same chip."""
    dumps = []
    for width in ("20ns", "200ns", "20us"):
        dump = Chip.load(f"watch-hzo-{width}").to_dict()
        assert f"hzo-{width}" == dump["device"].pop("name")
        del dump["chip"]
        dumps.append(dump)
    assert dumps[0] == dumps[1] == dumps[2]
    assert "cell" == dumps[0]["array"]["reference"]
    assert "symmetry-point" == dumps[0]["array"]["reference_level"]
    assert "mixed-precision" == dumps[0]["controller"]["rule"]
    assert [32] == dumps[0]["network"]["hidden"]


def test_defaults_of_the_design() -> None:
    """The default chip: 8-bit DAC and errors, 9-bit ADC, chi 16 bits, trains of 31."""
    chip = Chip.loads(HEAD)
    bits = chip.converters
    assert (8, 9, 8, 8) == (
        bits.input_bits,
        bits.adc_bits,
        bits.activation_bits,
        bits.error_bits,
    )
    control = chip.controller
    assert (16, 31, 31) == (
        control.accumulator_bits,
        control.train_length,
        control.pulse_limit,
    )


def test_chip_from_a_path(tmp_path: Path) -> None:
    """A chip file of one's own is read like a shipped one, and is named in errors."""
    path = tmp_path / "mine.toml"
    path.write_text(HEAD)
    assert "test" == Chip.load(path).chip.name
    path.write_text(HEAD + "[array\n")
    with pytest.raises(ConfigError, match=r"mine\.toml: Expected '\]'.*line 5"):
        Chip.load(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"mine\.toml: not UTF-8 text \(byte 0\)"):
        Chip.load(path)


@given(
    adc=st.integers(4, 14),
    rate=st.floats(1e-6, 100.0),
    span=st.floats(0.05, 1.0),
    level=st.one_of(
        st.floats(-0.9, 0.9), st.sampled_from(["symmetry-point", "calibrated"])
    ),
    hidden=st.lists(st.integers(1, 4096), max_size=15),
    rule=st.sampled_from(["sgd-stochastic", "sgd-counted", "mixed-precision"]),
)
def test_round_trip(
    adc: int, rate: float, span: float, level: Any, hidden: list[int], rule: str
) -> None:
    """Any chip comes back from its TOML with every setting, to the last bit."""
    chip = Chip.loads(HEAD).with_(
        **{
            "converters.adc_bits": adc,
            "controller.learning_rate": rate,
            "controller.rule": rule,
            "array.weight_span": span,
            "array.reference_level": level,
            "network.hidden": hidden,
        }
    )
    again = Chip.loads(chip.to_toml())
    assert chip.to_dict() == again.to_dict()
    assert chip.fingerprint() == again.fingerprint()


# ---- refusals


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[controller]\nrule = "sgd-stochastic"\ntrain_length = 40',
            "test: controller.train_length: 40 is not in 1..31",
        ),
        (
            '[array]\nrefrence = "cell"',
            "test: array.refrence: unknown key (did you mean reference?)",
        ),
        (
            '[converters]\nadc_bits = "9"',
            "test: converters.adc_bits: '9' is not an integer",
        ),
        (
            "[converters]\nadc_bits = true",
            "test: converters.adc_bits: True is not an integer",
        ),
        (
            "[converters]\nadc_bits = 9.0",
            "test: converters.adc_bits: 9.0 is not an integer",
        ),
        (
            "[converters]\nadc_bits = 15",
            "test: converters.adc_bits: 15 is not in 4..14",
        ),
        (
            "[controller]\nlearning_rate = nan",
            "test: controller.learning_rate: nan is not finite",
        ),
        (
            "[controller]\nlearning_rate = -inf",
            "test: controller.learning_rate: -inf is not finite",
        ),
        (
            "[controller]\nlearning_rate = 0",
            "test: controller.learning_rate: 0 is not in 1e-06..100.0",
        ),
        (
            "[controller]\nlearning_rate = true",
            "test: controller.learning_rate: True is not a number",
        ),
        (
            '[array]\nreference = "cel"',
            "test: array.reference: 'cel' is not one of "
            "'none', 'cell', 'stored' or 'offset'",
        ),
        ("[array]\nboth_sides = 1", "test: array.both_sides: 1 is not true or false"),
        (
            "[array]\nreference_level = 2",
            "test: array.reference_level: 2 is not in -1..1, nor 'symmetry-point' or "
            "'calibrated'",
        ),
        ("[network]\nhidden = [0]", "test: network.hidden.0: 0 is not in 1..4096"),
        (
            f"[network]\nhidden = {[1] * 16}",
            "test: network.hidden: 16 items, allowed at most 15",
        ),
        ("[network]\nhidden = 32", "test: network.hidden: 32 is not a list"),
        (
            '[controler]\nrule = "none"',
            "test: controler: unknown key (did you mean controller?)",
        ),
    ],
)
def test_refusals(text: str, said: str) -> None:
    """A refusal is path, value, allowed range or nearest name."""
    assert said == refusal(HEAD + text)


def test_everything_wrong_is_said_at_once() -> None:
    """Two mistakes give one error with both."""
    said = refusal(HEAD + "[converters]\nadc_bits = 3\nerror_bits = 2")
    assert "converters.adc_bits: 3 is not in 4..14" in said
    assert "converters.error_bits: 2 is not in 3..12" in said
    assert "test: chip: missing; device: missing" == refusal("")


@pytest.mark.parametrize(
    ("rule", "setting"),
    [
        ("sgd-stochastic", "threshold = 100"),
        ("sgd-stochastic", 'pulse_rounding = "floor"'),
        ("sgd-counted", "train_length = 7"),
        ("sgd-counted", "transfer_every = 2"),
        ("sgd-counted", 'gradient_rounding = "floor"'),
        ("mixed-precision", "train_bits = 8"),
        ("mixed-precision", "lines_per_row_lfsr = 8"),
    ],
)
def test_settings_without_effect_are_refused(rule: str, setting: str) -> None:
    """A setting that the chosen rule doesn't read is an error; a default is not."""
    name = setting.partition(" ")[0]
    said = refusal(f'{HEAD}[controller]\nrule = "{rule}"\n{setting}')
    assert f"controller.{name}: has no effect with rule {rule}" in said
    assert rule == Chip.loads(f'{HEAD}[controller]\nrule = "{rule}"').controller.rule


def test_reference_settings_without_effect_are_refused() -> None:
    """Levels and sides of a reference that isn't there are errors."""
    said = refusal(HEAD + '[array]\nreference = "none"\nreference_level = 0.1')
    assert "array.reference_level: has no effect with reference none" in said
    said = refusal(HEAD + '[array]\nreference = "stored"\nboth_sides = true')
    assert "array.both_sides: has no effect with a reference other than cell" in said


def test_settings_that_contradict_each_other() -> None:
    """A threshold that its accumulator can't hold; randomness upon randomness."""
    said = refusal(HEAD + "[controller]\nthreshold = 128\naccumulator_bits = 8")
    assert said.startswith("test: controller.threshold: 128 is not in 1..127")
    assert "128 is not in 1..127 (largest value of an accumulator of 8 bits)" in said
    said = refusal(
        HEAD + '[controller]\nrule = "sgd-stochastic"\ngradient_rounding = "stochastic"'
    )
    assert "'stochastic' is not allowed with sgd-stochastic" in said


def test_refused_devices() -> None:
    """A device that isn't there, or hasn't the class, is refused with what there is."""
    said = refusal(HEAD.replace("hzo-200ns", "hzo-20ms"))
    assert said.startswith("hzo-20ms: no such file, and not shipped in devices (")
    said = refusal(HEAD + "pulse_class = 2")
    assert "device.pulse_class: 2 is not in 0..0 (hzo-200ns)" == said
    with pytest.raises(ConfigError, match=r"not shipped in profiles .*watch-hzo-20ns"):
        Chip.load("watch-hzo-2ns")


def test_refused_prices() -> None:
    """A price file that isn't there is refused before a run, not after it."""
    said = refusal(HEAD + '[energy]\nprices = "nope"')
    assert said.startswith("nope: no such file, and not shipped in prices (")


def test_refused_place(tmp_path: Path) -> None:
    """What is there but can't be read as a file is not said to be absent."""
    for place in (str(tmp_path), os.devnull):
        with pytest.raises(ConfigError, match="a folder, pipe or device, not a file"):
            Chip.load(place)


@pytest.mark.parametrize("text", ["\U0001f600", 'a "b" \\ c', "a\tb", "a\nb", "µ"])
def test_any_description_comes_back(text: str) -> None:
    """Text outside ASCII, quotes, tabs and new lines survive the round trip."""
    chip = Chip.loads(HEAD).with_(**{"chip.description": text})
    assert text == Chip.loads(chip.to_toml()).chip.description


def test_fingerprint_follows_the_device(tmp_path: Path) -> None:
    """A device file changed in place, in its bounds only, is another chip."""
    path = tmp_path / "mine.toml"
    device = files.load("hzo-200ns", "devices")[0]
    prints = []
    for bound in ("0.98", "0.9"):
        path.write_text(device.replace("bound_high = 0.98", f"bound_high = {bound}"))
        chip = Chip.loads(HEAD.replace("hzo-200ns", str(path)))
        prints.append(chip.fingerprint())
    assert prints[0] != prints[1]


# ---- changes


def test_with_changes_one_setting() -> None:
    """A dotted path changes one setting of a copy."""
    chip = Chip.load("watch-hzo-200ns")
    other = chip.with_(**{"controller.rule": "sgd-counted", "converters.adc_bits": 10})
    assert ("sgd-counted", 10) == (other.controller.rule, other.converters.adc_bits)
    assert ("mixed-precision", 8) == (chip.controller.rule, chip.converters.adc_bits)
    assert chip.fingerprint() != other.fingerprint()
    assert chip == chip.with_()


def test_with_refuses() -> None:
    """An unknown path names near ones; a wrong value is refused as in a file."""
    chip = Chip.load("watch-hzo-200ns")
    with pytest.raises(
        ConfigError, match=r"controller\.ruel: no such .*controller\.rule"
    ):
        chip.with_(**{"controller.ruel": "sgd-counted"})
    with pytest.raises(ConfigError, match=r"pulse_limit: 0 is not in 1\.\.127"):
        chip.with_(**{"controller.pulse_limit": 0})
    with pytest.raises(ConfigError, match="threshold: has no effect with rule"):
        chip.with_(**{"controller.rule": "sgd-counted", "controller.threshold": 5})


# ---- schema


def test_schema_is_closed_and_knows_the_shipped_chips() -> None:
    """An editor's schema: JSON, no unknown keys anywhere, and all shipped keys."""
    schema = json.loads(json.dumps(Chip.json_schema(), allow_nan=False))
    parts = schema["$defs"]
    for part in (schema, *parts.values()):
        assert "object" == part["type"]
        assert part["additionalProperties"] is False
    assert {"chip", "device"} == set(schema["required"])
    for name in Chip.shipped():
        for section, settings in Chip.load(name).to_dict().items():
            where = schema["properties"][section]
            reference = where.get("$ref") or where["allOf"][0]["$ref"]
            assert set(settings) <= set(
                parts[reference.rpartition("/")[2]]["properties"]
            )


# ---- registers


@pytest.mark.parametrize(
    ("kind", "struct"),
    [
        (Registers, "ef_config"),
        (LayerRegisters, "ef_layer_config"),
        (SiteRegisters, "ef_site_config"),
    ],
)
def test_registers_are_those_of_the_core(kind: Any, struct: str) -> None:
    """The dataclasses have exactly the fields of the C structs."""
    names = {name for name, _ in ffi.typeof(f"struct {struct}").fields}
    if "settings" in names:
        names |= {name for name, _ in ffi.typeof("struct ef_settings").fields}
        names.remove("settings")
    assert names == {field.name for field in fields(kind)}


@pytest.mark.parametrize("name", Chip.shipped())
def test_registers_of_shipped_chips(name: str) -> None:
    """Every register fits its C width, and layers have the arrays' shapes."""
    chip = Chip.load(name)
    found = build_registers(chip, chip.load_device(), [(32, 31), (7, 33)], -1)
    record = ffi.new("struct ef_config *")
    for field in fields(found):
        value = getattr(found, field.name)
        if isinstance(value, int):
            place = record if field.name == "seed" else record.settings
            setattr(place, field.name, value)
            assert value == getattr(place, field.name)
    assert 2**64 - 1 == found.seed
    assert [(32, 30, 1), (7, 32, 1)] == [
        (layer.rows, layer.inputs, layer.bias) for layer in found.layers
    ]
    assert -(2**31) < found.bound_low < 0 < found.bound_high < 2**31
    assert (len(found.c2c), len(found.sites)) == (16, 8)
    assert np.int32 == found.knots.dtype
    assert 31 == found.train_length


def test_output_without_squared_error() -> None:
    """An output activation under softmax is refused, and heard with squared error."""
    base = Chip.load("ideal-symmetric")
    with pytest.raises(ConfigError, match=r"network\.output: has no effect"):
        base.with_(**{"network.output": "tanh"})
    squared = {"controller.error": "squared", "network.output": "tanh"}
    chip = base.with_(**squared)
    assert 'output = "tanh"' in chip.to_toml()
    assert "output =" not in chip.with_(**{"controller.error": "softmax"}).to_toml()
