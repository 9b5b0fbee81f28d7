"""The seam: each field of the chip file against fields of the structure, by hand.

Lockstep, golden model and vectors write structures directly; only these rows hold the
way from a chip file to them. A field of the chip file that stands in no row fails.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import seam_elsewhere
import seam_images
from seam import chip_of, device_file, difference, flat, flat_struct
from seam_rows import DEVICE_ROWS, ROWS, DeviceRow, Row

from edgeferro.chip.chip import Chip
from edgeferro.core.binding import allocate
from edgeferro.mapping.configuration import build_registers
from edgeferro.mapping.images import new_image

SHAPES = [(3, 3), (2, 4)]  # rows and columns, bias included


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return device_file(tmp_path_factory.mktemp("device"))


def structure(chip: Chip, seed: int = 1) -> dict[str, Any]:
    """Every field that a chip file alone decides."""
    return flat(build_registers(chip, chip.load_device(), SHAPES, seed))


def fields_of_the_file() -> dict[str, Any]:
    """Type of each setting of a chip file, by path."""
    found: dict[str, Any] = {}
    for part, section in Chip.model_fields.items():
        fields: dict[str, Any] = getattr(section.annotation, "model_fields", {})
        found |= {f"{part}.{name}": field for name, field in fields.items()}
    return found


# ---- settings that become fields


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_setting_becomes_its_fields(row: Row, device: Path) -> None:
    """One setting changed changes the fields of its row, to these values, no other."""
    before = chip_of(device).with_(**row.given)
    after = before.with_(**{row.path: row.value})
    assert row.expected == difference(structure(before), structure(after))


def test_the_default_chip(device: Path) -> None:
    """What the differences start from: defaults of the file, fields by hand."""
    found = structure(chip_of(device))
    widths = (8, 9, 8, 8, 32, 16, 8, 16)  # SPEC 1.6; 32, 8 and 16 are not used
    for site, bits in enumerate(widths):
        stochastic = 6 == site  # pulses, of a rule that this chip does not use
        expected = {"bits": bits, "rounding": 5 if stochastic else 3}
        expected |= {"overflow": 0, "shift": 0}
        assert expected == {
            name: found[f"sites[{site}].{name}"] for name in expected
        }, site
    expected = {"seed": 1, "layer_count": 2, "reference": 1, "both_sides": 0}
    expected |= {"input_signed": 1, "error_kind": 0, "class_count": 2}
    expected |= {"train_length": 31, "train_bits": 12, "train_managed": 0}
    expected |= {"pulse_limit": 31, "excess": 0, "transfer_every": 1, "lanes": 16}
    expected |= {"lines_per_row_lfsr": 1, "lines_per_column_lfsr": 1}
    expected |= {"program_tolerance": 4, "program_iterations": 40}
    expected |= {"program_limit": 15, "program_reads": 1, "initial_state": 0}
    expected |= {"bound_low": -(2**31) + 1, "bound_high": 2**31 - 1}
    expected |= {"read_ns": 10_000, "gap_ns": 20, "error_deadband": 0}
    expected |= dict.fromkeys(("bound_spread", "d2d_common", "d2d_asymmetry"), 0)
    expected |= dict.fromkeys(("read_noise", "stuck_low", "stuck_high"), 0)
    expected |= dict.fromkeys(("fatigue", "imprint", "wear_onset", "disturb"), 0)
    expected |= dict.fromkeys(("drift", "retention_s", "retention_level"), 0)
    for index in range(16):
        expected |= {f"c2c[{index}]": 0, f"c2c_additive[{index}]": 0}
        expected[f"width_ns[{index}]"] = {0: 200, 1: 1000}.get(index, 0)
    for index, (rows, inputs) in enumerate([(3, 2), (2, 3)]):
        expected |= {f"layers[{index}].rows": rows, f"layers[{index}].inputs": inputs}
        named = {"bias": 1, "rule": 3, "pulse_class": 0, "program_class": 0}
        named |= {"threshold": 4096}
        expected |= {f"layers[{index}].{name}": n for name, n in named.items()}
    assert expected == {name: found.get(name) for name in expected}
    step, half = [2**22] * 65, [2**21] * 65
    assert [[step, step], [half, half]] == found["knots"]


def test_a_seed_is_taken_modulo_its_width(device: Path) -> None:
    """Any whole number is a seed; the structure holds 64 bits of it."""
    before, after = (structure(chip_of(device), seed) for seed in (1, -2))
    assert {"seed": 2**64 - 2} == difference(before, after)


# ---- the device file


@pytest.mark.parametrize("row", DEVICE_ROWS, ids=str)
def test_a_device_becomes_its_fields(
    row: DeviceRow, device: Path, tmp_path: Path
) -> None:
    """One number of the device file changes the fields of its row, and no other."""
    other = device_file(tmp_path, **{row.name: row.value})
    level = "[array]\nreference_level = 0.0\n"  # unequal steps need not cross
    before, after = (structure(chip_of(path, level)) for path in (device, other))
    assert row.expected == difference(before, after)


def test_a_state_outside_the_bounds_begins_at_one(tmp_path: Path) -> None:
    """Cells of a device that reaches +-0.5 begin there, whatever the file says."""
    device = device_file(tmp_path, bound_low=-0.5, bound_high=0.5)
    for state, start in ((-0.9, -(2**30)), (0.9, 2**30)):
        chip = chip_of(device).with_(**{"array.initial_state": state})
        assert start == structure(chip)["initial_state"]


# ---- the last step, into the core's own structure


def test_the_core_sees_what_python_made(device: Path) -> None:
    """Field by field the core's structure holds the image's registers, tables too."""
    chip = chip_of(device).with_(
        **{
            "array.reference": "stored",
            "array.noise": "stated",
            "array.read_noise": 0.01,
            "controller.clock_mhz": 30.0,
            "converters.adc_rounding": "floor",
            "controller.excess": "drop",
            "reliability.imprint": -0.02,
            "reliability.retention_s": 77,
            "network.weight_limit": 3.0,
        }
    )
    registers = new_image(chip, (2, 3, 2), np.zeros((1, 2)), seed=9).registers
    _, config, _keep = allocate(registers)
    made = flat(registers)
    for name, value in flat_struct(config[0]).items():
        if name.startswith("layers[") and int(name[7 : name.index("]")]) > 1:
            assert 0 == value, name
        else:
            assert made[name] == value, name
    assert made["exp_table"] == [config.exp_table[i] for i in range(256)]
    table = [config.layers[0].activation[i] for i in range(512)]
    assert made["layers[0].activation"] == table
    slopes = [config.layers[0].slope[i] for i in range(512)]
    assert made["layers[0].slope"] == slopes
    flattened = [step for kind in made["knots"] for side in kind for step in side]
    assert flattened == [config.knots[i] for i in range(2 * 2 * 65)]


# ---- nothing without a row


def test_every_setting_has_a_row() -> None:
    """A setting of the chip file stands in a table, or this fails."""
    rows = {row.path for row in ROWS} | seam_images.PATHS | seam_elsewhere.PATHS
    assert set() == set(fields_of_the_file()) ^ rows


def test_every_choice_has_a_row() -> None:
    """Each name that a setting may have, but its default, stands in a row."""
    rows = [(r.path, r.value) for r in [*ROWS, *seam_images.ROWS]]
    rows += seam_images.ACTIVATIONS
    for path, field in fields_of_the_file().items():
        names = [name for name in get_args(field.annotation) if isinstance(name, str)]
        for name in names:
            if name != field.default:
                assert (path, name) in rows
