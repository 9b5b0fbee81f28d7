"""Which settings act beside which others: said in a table, shown by running chips."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from seam_rows import ERRING, TRIMMED

import edgeferro as ef
from edgeferro.chip.chip import Chip
from edgeferro.chip.device import Device
from edgeferro.chip.effects import EFFECTS, FROM_NOTHING
from edgeferro.errors import ConfigError

SAMPLES = np.random.default_rng(5).integers(-127, 128, (60, 6)).astype(np.int16)
LABELS = np.abs(SAMPLES[:, 0].astype(int)) % 3
# Small, on cells that err in all ways, so that what acts has something to act on.
FILE = """[chip]
name = "small"
[device]
name = "hzo-200ns"
c2c = 0.2
[array]
reference = "cell"
noise = "stated"
read_ns = 25_500
[controller]
learning_rate = 1.0
[network]
hidden = [5]
"""
STOCHASTIC = {"controller.rule": "sgd-stochastic"}
COUNTED = {"controller.rule": "sgd-counted"}
MIXED = {"controller.rule": "mixed-precision"}
CALIBRATED = {"array.reference_level": "calibrated", "calibration.limit": 60}
CHARGE = {"array.noise": "charge"}
FULL = {  # codes reach the end of the range
    "array.read_ns": 200_000,
    "network.hidden": [],
    "network.signal_limit": 0.01,
    "controller.learning_rate": 20.0,
}
RANGED = {"converters.adc_range": 2.0}
TIGHT = {"network.signal_limit": 0.01}  # less than what the samples ask for
REST = {"task.rest_s": 1000}


def two_classes() -> Device:
    """The cells with a second class, of steps four times as large."""
    cell = Device.load("hzo-200ns").model_dump()
    (fine,) = cell["classes"]
    coarse = {**fine, "width_ns": 2000}
    for side in ("up", "down"):
        coarse[side] = {**fine[side], "a": 4.0 * fine[side]["a"]}
    return Device.model_validate({**cell, "classes": (fine, coarse)})


TWO = {"device.name": two_classes()}


class Row(NamedTuple):
    """A setting's other value, and changes that leave it without effect or not."""

    other: Any
    idle: dict[str, Any]
    acting: dict[str, Any]


ROWS = {
    "device.coarse_ratio": Row(
        8.0, TWO, {**TWO, "device.coarse_class": 1, "controller.learning_rate": 20.0}
    ),
    "array.reference_level": Row(0.3, {"array.reference": "none"}, {}),
    "array.read_noise": Row(0.1, {"array.noise": "none"}, {}),
    "array.temperature_k": Row(400.0, {}, CHARGE),
    "array.capacitor_ff": Row(300.0, {}, CHARGE),
    "array.swing_v": Row(0.05, {}, {**CHARGE, **FULL}),
    "converters.adc_headroom": Row(0.2, RANGED, TIGHT),
    "converters.adc_percentile": Row(60.0, RANGED, TIGHT),
    "converters.activation_bits": Row(3, {"network.hidden": []}, {}),
    "controller.pulse_limit": Row(
        17,
        {**STOCHASTIC, "controller.train_length": 16},
        {**STOCHASTIC, "controller.pulse_limit": 1},
    ),
    "controller.train_length": Row(3, COUNTED, STOCHASTIC),
    "controller.train_bits": Row(5, MIXED, STOCHASTIC),
    "controller.train_managed": Row(True, COUNTED, STOCHASTIC),
    "controller.lines_per_row_lfsr": Row(4, COUNTED, STOCHASTIC),
    "controller.lines_per_column_lfsr": Row(4, MIXED, STOCHASTIC),
    "controller.accumulator_bits": Row(14, COUNTED, MIXED),
    "controller.accumulator_overflow": Row(
        "wrap",
        COUNTED,
        {
            **MIXED,
            "controller.accumulator_bits": 13,
            "controller.threshold": 4095,
            "controller.pulse_limit": 1,
            "controller.learning_rate": 10.0,
        },
    ),
    "controller.threshold": Row(1000, STOCHASTIC, MIXED),
    "controller.transfer_every": Row(7, COUNTED, MIXED),
    "controller.excess": Row("drop", COUNTED, {**MIXED, "controller.pulse_limit": 1}),
    "controller.gradient_rounding": Row("floor", COUNTED, MIXED),
    "controller.pulse_rounding": Row("floor", STOCHASTIC, COUNTED),
    "controller.lanes": Row(3, STOCHASTIC, {**STOCHASTIC, "array.reference": "stored"}),
    "converters.trim": Row(True, {}, ERRING),
    "converters.trim_offset_range": Row(20.0, {}, TRIMMED),
    "converters.trim_gain_range": Row(0.1, {}, TRIMMED),
    "converters.trim_reads": Row(1, {}, {**TRIMMED, "array.read_noise": 0.01}),
    "network.activation": Row("tanh", {"network.hidden": []}, {}),
    "network.signal_limit": Row(9.0, RANGED, {}),
    "network.output": Row("tanh", {}, {"controller.error": "squared"}),
    "calibration.reads": Row(2, {}, CALIBRATED),
    "calibration.quads": Row(4, {}, CALIBRATED),
    "calibration.windows": Row(2, {}, CALIBRATED),
    "calibration.tolerance": Row(40, {}, CALIBRATED),
    "calibration.probe": Row(7, {}, CALIBRATED),
    "calibration.limit": Row(20, {}, CALIBRATED),
    "reliability.wear_onset": Row(8, {}, {"reliability.fatigue": 0.1}),
    "reliability.drift": Row(0.01, {}, REST),
    "reliability.retention_s": Row(2000, {}, REST),
    "reliability.retention_level": Row(
        -0.5, REST, {**REST, "reliability.retention_s": 2000}
    ),
}
# What the core itself refuses where it has no effect.
REFUSED = {
    "device.coarse_class": Row(
        1, {**TWO, **STOCHASTIC}, {**TWO, "controller.learning_rate": 20.0}
    ),
    "array.both_sides": Row(True, {"array.reference": "stored"}, {}),
    "reliability.disturb": Row(0.05, {"array.access": "1t1r"}, {}),
}


def chip(changes: dict[str, Any]) -> Chip:
    """The small chip with changes."""
    return Chip.loads(FILE).with_(**changes)


def forced(changes: dict[str, Any], path: str, value: Any) -> Chip:
    """The same with one more setting, refused or not."""
    found, (part, _, name) = chip(changes), path.partition(".")
    changed = getattr(found, part).model_copy(update={name: value})
    return found.model_copy(update={part: changed})


def course(found: Chip) -> tuple[Any, ...]:
    """All that comes of programming, learning, resting and reading."""
    sizes = (6, *found.network.hidden, 3)
    image = ef.new_image(found, sizes, SAMPLES / 127, 1)
    controller = ef.Controller(image)
    missed = controller.program()
    told = controller.learn(SAMPLES, LABELS)
    if found.task.rest_s:
        controller.rest(found.task.rest_s)
    codes = controller.output_codes(SAMPLES)
    weights = [controller.peek("weight", i).tolist() for i in range(len(sizes) - 1)]
    counts = controller.tally.to_words().tolist()
    return missed, told.tolist(), codes.tolist(), weights, counts


def test_every_setting_has_a_row() -> None:
    """The table has the settings of a chip file, all of them and no others."""
    assert sorted(Chip.paths()) == sorted(EFFECTS)
    needing = {path for path, needs in EFFECTS.items() if needs is not None}
    assert needing == {*ROWS, *REFUSED}


@pytest.mark.parametrize("path", sorted(ROWS))
def test_what_is_without_effect_changes_nothing(path: str) -> None:
    """Where the table says so, not a code, pulse, weight or count is another."""
    other, idle, _ = ROWS[path]
    assert not _acts(forced(idle, path, other), path)
    assert course(chip(idle)) == course(forced(idle, path, other))


@pytest.mark.parametrize("path", sorted(ROWS))
def test_what_acts_changes_something(path: str) -> None:
    """Where the table says that a setting acts, another value gives another course."""
    other, _, acting = ROWS[path]
    assert _acts(forced(acting, path, other), path)
    assert course(chip(acting)) != course(forced(acting, path, other))


@pytest.mark.parametrize("path", sorted(REFUSED))
def test_what_the_core_refuses_where_it_has_no_effect(path: str) -> None:
    """Neither the file nor the registers take it; where it acts it does."""
    other, idle, acting = REFUSED[path]
    with pytest.raises(ConfigError, match=f"{path}: has no effect with"):
        chip({**idle, path: other})
    with pytest.raises(ConfigError):
        course(forced(idle, path, other))
    assert course(chip(acting)) != course(forced(acting, path, other))


def _acts(found: Chip, path: str) -> bool:
    needs = EFFECTS[path]
    return needs is None or needs.acts(found.value)


@pytest.mark.parametrize("path", sorted(ROWS))
def test_a_file_that_sets_it_is_refused_or_remarked(path: str) -> None:
    """One or the other, by name and with the reason; a default is neither."""
    other, idle, _ = ROWS[path]
    assert not [line for line in chip(idle).without_effect() if path in line]
    needs = EFFECTS[path]
    assert needs is not None
    if needs.refused:
        with pytest.raises(ConfigError, match=f"{path}: has no effect with"):
            chip({**idle, path: other})
        return
    said = chip({**idle, path: other}).without_effect()
    assert 1 == len([line for line in said if line.startswith(f"{path}: no effect")])


def test_settings_of_one_reason_are_one_line() -> None:
    """Two settings of a calibration that does not happen, and the scales of a network.

    A network that was trained before brings its own scales.
    """
    found = chip({"calibration.reads": 2, "calibration.quads": 4})
    assert [
        "calibration.reads, calibration.quads: no effect without "
        "array.reference_level 'calibrated'"
    ] == found.without_effect()
    scaled = chip(dict.fromkeys(FROM_NOTHING, 2.0))
    assert [] == scaled.without_effect(trained=False)
    assert [
        "network.weight_limit, network.signal_limit: no effect on a network that was "
        "trained before"
    ] == scaled.without_effect(trained=True)


def test_a_change_takes_back_what_it_leaves_without_effect() -> None:
    """Settings of calibration go with the level; what never acted stays, remarked."""
    calibrated = chip({**CALIBRATED, "reliability.wear_onset": 8})
    changed = calibrated.with_(**{"array.reference_level": "symmetry-point"})
    assert 512 == changed.calibration.limit
    assert ["reliability.wear_onset: no effect where reliability.fatigue and imprint"
            " are 0"] == changed.without_effect()  # fmt: skip
    assert changed == Chip.loads(changed.to_toml())
    again = Chip.loads(changed.to_toml())
    assert changed.without_effect() == again.without_effect()


@pytest.mark.parametrize("name", Chip.shipped())
def test_shipped_chips_set_nothing_in_vain(name: str) -> None:
    """No remark of a shipped chip speaks of its own file."""
    assert [] == Chip.load(name).without_effect()


@pytest.mark.parametrize(
    ("path", "value"), [("network.hidden", 5), ("task.rest_s", "x")]
)
def test_a_value_of_another_kind_is_refused_as_such(path: str, value: Any) -> None:
    """What other settings ask of a value doesn't fail at its kind."""
    with pytest.raises(ConfigError, match=f"{path}: {value!r} is not"):
        chip({path: value})
