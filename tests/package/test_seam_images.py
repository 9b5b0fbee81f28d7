"""The seam by way of a network: scales, tables, searches; and what goes elsewhere."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from seam import chip_of, device_file, difference, flat
from seam_elsewhere import ROWS as ELSEWHERE
from seam_elsewhere import Elsewhere
from seam_images import ACTIVATIONS, DEFAULT, ROWS, SIZES
from seam_rows import Row

from edgeferro.chip.chip import Chip
from edgeferro.mapping.configuration import build_registers
from edgeferro.mapping.images import new_image, trained_image


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return device_file(tmp_path_factory.mktemp("device"))


def image(chip: Chip) -> dict[str, Any]:
    """Fields of a new network's image; of its weights nothing, they are drawn."""
    found = new_image(chip, SIZES, np.zeros((1, SIZES[0])), seed=3)
    levels = enumerate(found.references or ())
    return {
        **flat(found.registers),
        **{f"references[{index}]": level.tolist() for index, level in levels},
        **flat({"calibrations": found.calibrations or ()}),
        **flat({} if found.trim is None else {"trim": found.trim}),
    }


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_setting_becomes_its_scales(row: Row, device: Path) -> None:
    """One setting changed changes the fields of its row, to these values, no other."""
    before = chip_of(device).with_(**row.given)
    after = before.with_(**{row.path: row.value})
    assert row.expected == difference(image(before), image(after))


def test_the_default_image(device: Path) -> None:
    """What the differences start from: gains, rates and codes by hand."""
    found = image(chip_of(device))
    assert DEFAULT == {name: found[name] for name in DEFAULT}
    lsb = 0.02334844 * 2  # a table entry stands for two codes
    table = [round(65535 * math.exp(-lsb * step)) for step in range(256)]
    assert table == pytest.approx(found["exp_table"], abs=1)
    assert [[0] * 3] * 4 == found["references[0]"]
    assert [[0] * 5] * 2 == found["references[1]"]


# Code at the lowest ADC code, in the middle and at the highest, with the slope there.
# Codes of layer 0 are worth 0.02343893: the ends are -6.0003 and 5.9769.
TABLES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    # 256 codes become 127 output codes: 255 / 256 x 127 = 126.504
    "identity": ((-127, 0, 127), (256, 256, 256)),
    # 255 / 256 x 255 = 254.004
    "relu": ((0, 0, 254), (0, 0, 256)),
    # a / 4 + 1 / 2 of 255, ends cut off; 127.5 is rounded to even
    "hard-sigmoid": ((0, 128, 255), (0, 256, 0)),
    # 1 / (1 + e^6) = 0.00247, of 255: 0.630; 0.99747 of it: 254.354; the slope's ends
    # are 4 x 0.00247 x 0.99753 x 256 = 2.524 and 4 x 0.99747 x 0.00253 x 256 = 2.584
    "sigmoid": ((1, 128, 254), (3, 256, 3)),
    # 1 - 2 / (1 + e^12) = 0.9999877, of 127; 1 - 0.9999877^2 is 0.006 of 256
    "tanh": ((-127, 0, 127), (0, 256, 0)),
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("place", ["activation", "output"])
def test_an_activation_becomes_its_table(name: str, place: str, device: Path) -> None:
    """Each name fills the table of its own layers, the other layer keeps its own."""
    if "output" == place and "relu" == name:
        return  # not among the outputs that a chip file may ask for
    changes = {f"network.{place}": name, "controller.error": "squared"}
    found = image(chip_of(device).with_(**changes))
    codes, slopes = TABLES[name]
    layer = 0 if "activation" == place else 1
    for table, expected in (("activation", codes), ("slope", slopes)):
        entries = found[f"layers[{layer}].{table}"]
        assert 512 == len(entries)
        assert expected == (entries[0], entries[256], entries[511])
    if 1 == layer:
        entries = found["layers[0].activation"]
        assert TABLES["relu"][0] == (entries[0], entries[256], entries[511])
        targets = (-127, 127) if codes[0] < 0 else (0, 255)
        assert targets == (found["target_low"], found["target_high"])


def test_the_last_layer_has_no_table_under_softmax(device: Path) -> None:
    """Tables stand where SPEC 6.2 looks them up, and nowhere else."""
    found = image(chip_of(device))
    assert found["layers[1].activation"] is None
    assert (0, 0, 254) == tuple(found["layers[0].activation"][i] for i in (0, 256, 511))
    squared = image(chip_of(device).with_(**{"controller.error": "squared"}))
    assert squared["exp_table"] is None
    assert squared["layers[1].activation"] is not None


def test_trained_weights_use_the_span(device: Path) -> None:
    """The largest weight is the span of a cell; others and biases in proportion.

    0.35 x 32768 = 11468.8 stands for a weight of 2; the bias column is driven with
    code 127, that stands for 1.
    """
    weights = [np.array([[2.0, -1.0, 0.5], [0.0, 0.25, -2.0]])]
    chip = chip_of(device)
    found = trained_image(chip, weights, np.zeros((1, 2)), 0)
    assert [[11469, -5734, 2867], [0, 1434, -11469]] == found.targets[0].tolist()
    wider = trained_image(
        chip.with_(**{"array.weight_span": 0.7}), weights, np.zeros((1, 2)), 0
    )
    # 22937.6, 11468.8, 5734.4, 2867.2
    assert [[22938, -11469, 5734], [0, 2867, -22938]] == wider.targets[0].tolist()


# ---- settings that no field holds


@pytest.mark.parametrize("row", ELSEWHERE, ids=str)
def test_a_setting_goes_elsewhere(row: Elsewhere, device: Path) -> None:
    """No field of the structure changes, the figure in the row does."""
    before = chip_of(device).with_(**row.given)
    after = before.with_(**{row.path: row.value})
    first, second = (
        flat(build_registers(chip, chip.load_device(), [(3, 3)], 1))
        for chip in (before, after)
    )
    assert {} == difference(first, second)
    assert (row.before, row.after) == (row.figure(before), row.figure(after))


def test_a_device_is_the_file_that_is_named(device: Path, tmp_path: Path) -> None:
    """Another device file gives its own widths and steps."""
    other = device_file(tmp_path, "other", width_ns=333)
    found = chip_of(device).with_(**{"device.name": str(other)})
    assert "other" == found.load_device().name
    registers = build_registers(found, found.load_device(), [(3, 3)], 1)
    assert 333 == flat(registers)["width_ns[0]"]


def test_activations_are_all_that_there_are() -> None:
    """Every activation has a table by hand."""
    assert {name for _, name in ACTIVATIONS} == set(TABLES)
