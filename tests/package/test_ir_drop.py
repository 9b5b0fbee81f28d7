"""What resistive lines keep back: a full nodal solution, the worst read, a refusal."""

from __future__ import annotations

import json
import math
import re
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from by_hand import outcome, result
from rich.console import Console
from scipy.sparse import block_array, diags_array, eye_array, kron
from scipy.sparse.linalg import spsolve

from edgeferro.budget.counts import RunFigures
from edgeferro.chip.chip import Chip
from edgeferro.chip.wires import line_ohm, pitch_um
from edgeferro.core.enums import REFERENCES
from edgeferro.errors import ConfigError
from edgeferro.mapping.images import new_image
from edgeferro.mapping.ir_drop import (
    IrDrop,
    Pattern,
    Read,
    ir_drops,
    nominal_drop,
    worst_reads,
)
from edgeferro.mapping.ladder import kept_back
from edgeferro.training.show import drop_line

if TYPE_CHECKING:
    from edgeferro.mapping.configuration import LayerRegisters

LOW, HIGH = 0.4e-9, 0.91e-9
WINDOW = HIGH - LOW


def ladder(cells: int, end: float, wire: float) -> Any:
    """Conductances of one line's nodes, its end at the first of them."""
    wires = 1.0 / wire
    along = np.full(cells, 2.0 * wires)
    along[-1] = wires
    along[0] += 1.0 / (end + wire) - wires
    beside = np.full(cells - 1, -wires)
    return diags_array([along, beside, beside], offsets=[0, 1, -1])


def nodal(
    siemens: np.ndarray, volts: np.ndarray, wire: float, driver: float
) -> np.ndarray:
    """Kirchhoff's law at each node of both wires, all at once.

    Unknowns are what driven nodes lack of their source's voltage and what sensed nodes
    have above 0: Kirchhoff's sums without the digits that they share.
    """
    sensed, driven = siemens.shape
    down = kron(ladder(sensed, driver, wire), eye_array(driven))
    along = kron(eye_array(sensed), ladder(driven, 0.0, wire))
    cells = diags_array(siemens.ravel())
    matrix = block_array([[down + cells, cells], [cells, along + cells]], format="csc")
    ideal = (siemens * volts).ravel()
    found = spsolve(matrix, np.concatenate([ideal, ideal]))
    falls = found[: siemens.size] + found[siemens.size :]
    kept: np.ndarray = (siemens.ravel() * falls).reshape(siemens.shape).sum(axis=1)
    return kept


@pytest.mark.parametrize("wire", [0.05, 1e3, 1e7])
@pytest.mark.parametrize("driver", [0.0, 50.0, 1e6])
def test_kirchhoff_on_32_by_31(wire: float, driver: float) -> None:
    """Random cells and drives, from a part in 10^7 to nearly all that is kept back."""
    rng = np.random.default_rng(5)
    siemens = rng.uniform(0.0, HIGH, (32, 31))
    volts = rng.uniform(-1.0, 1.0, 31)
    wanted = nodal(siemens, volts, wire, driver)
    found = kept_back(siemens, volts, wire, driver)
    assert wanted == pytest.approx(found, rel=1e-6, abs=1e-9 * np.abs(wanted).max())


@pytest.mark.parametrize("cells", ["uniform", "random"])
def test_kirchhoff_on_128_by_785(cells: str) -> None:
    """Every cell at G_max and every input on, or cells drawn from the window."""
    siemens = np.full((128, 785), HIGH)
    if cells == "random":
        siemens = np.random.default_rng(6).uniform(LOW, HIGH, siemens.shape)
    volts = np.ones(785)
    wanted = nodal(siemens, volts, 0.05, 50.0)
    assert wanted == pytest.approx(kept_back(siemens, volts, 0.05, 50.0), rel=1e-6)


def test_two_cells_by_hand() -> None:
    """1 x 1: all in series. 1 x 2: the sensed wire is shared for one cell's length."""
    (found,) = kept_back(np.array([[0.5]]), np.array([2.0]), 0.25, 1.0)
    assert 0.5 * 2.0 - 2.0 / (2.0 + 1.0 + 2 * 0.25) == pytest.approx(found, rel=1e-9)
    # Loops, i1 and i2: (2 + 1 + 0.25 + 0.25) i1 + 0.25 i2 = 1, and with a wire more
    # 0.25 i1 + (2 + 1 + 0.25 + 0.5) i2 = 1.
    i1, i2 = np.linalg.solve([[3.5, 0.25], [0.25, 3.75]], [1.0, 1.0])
    (found,) = kept_back(np.array([[0.5, 0.5]]), np.ones(2), 0.25, 1.0)
    assert 1.0 - i1 - i2 == pytest.approx(found, rel=1e-9)


def test_lines_without_resistance_keep_nothing() -> None:
    """No ohms, no drop; and no conductance, no current to lack."""
    assert [0.0, 0.0] == kept_back(np.ones((2, 3)), np.ones(3), 0.0, 0.0).tolist()
    assert [0.0, 0.0] == kept_back(np.zeros((2, 3)), np.ones(3), 1.0, 1.0).tolist()


def lacks(read: Read) -> float:
    """Current that the row lacks, amperes."""
    kept = kept_back(read.siemens, read.volts, 0.05, 50.0)
    return abs(float(kept @ read.counts))


def weights(read: Read) -> float:
    """Sum of the row's weights, in windows, where mid-level is 0."""
    paired = np.abs(read.counts).sum() > 1 or read.volts.min() < 0
    middle = 0.0 if paired else (LOW + HIGH) / 2
    return abs(float(read.counts @ (read.siemens - middle) @ read.volts)) / WINDOW


@pytest.mark.parametrize("planes", [1, 2])
@pytest.mark.parametrize("kind", ["forward", "backward"])
@pytest.mark.parametrize("more", [0, 2])
def test_no_change_makes_the_worst_read_worse(
    kind: str, planes: int, more: int
) -> None:
    """Every cell turned, and every two: none that the range allows loses more."""
    rows, columns = 4, 6
    driven = rows if kind == "backward" else columns
    what = Pattern(kind, rows, columns, planes, LOW, HIGH, (driven + more) // 2)
    worst = worst_reads(what)
    most = sum(map(lacks, worst)) * (1 + 1e-9)
    held = weights(worst[0]) + 1e-9
    places = list(np.ndindex(worst[0].siemens.shape))
    twos = (*((p,) for p in places), *combinations(places, 2))
    tried = 0
    for read, turned in product(worst, twos):
        cells = read.siemens.copy()
        for place in turned:
            cells[place] = LOW + HIGH - cells[place]
        changed = read._replace(siemens=cells)
        if weights(changed) <= held:
            tried += 1
            assert lacks(changed) <= most, turned
    assert tried > len(places)


def test_a_verify_read_drives_the_farthest_column_alone() -> None:
    """Of the farthest cell; the pair's other cell stands at its low end."""
    what = Pattern("verify", 3, 4, 2, LOW, HIGH, 2)
    ((cells, volts, counts),) = worst_reads(what)
    assert [0.0, 0.0, 0.0, 1.0] == volts.tolist()
    assert [0, 0, 0, 0, 1, -1] == counts.tolist()
    assert LOW == cells[5, 3]
    assert HIGH == cells[4, 3] == cells[5, 2]


def layers(chip: Chip, *sizes: int) -> tuple[LayerRegisters, ...]:
    samples = np.random.default_rng(0).uniform(0.0, 1.0, (20, sizes[0]))
    return new_image(chip, sizes, samples, 0).registers.layers


def test_codes_by_hand() -> None:
    """One weight of one cell: its loss over the window x 65536 x code x gain."""
    chip = Chip.load("ideal-symmetric").with_(
        **{"array.line_ohm": 1000.0, "array.driver_ohm": 3000.0, "network.hidden": ()}
    )
    chip = chip.with_(**{"network.bias": False})
    (layer,) = layers(chip, 1, 1)
    device = chip.load_device()
    assert REFERENCES["none"] == 0
    (found,) = ir_drops(chip, device, (layer,))
    lacking = HIGH - 1.0 / (1.0 / HIGH + 3000.0 + 2 * 1000.0)
    gains = {
        "forward": (layer.gain_mantissa, layer.gain_shift),
        "verify": (layer.verify_mantissa, layer.verify_shift),
    }
    each = {k: 65536 * 127 * m / 2**s for k, (m, s) in gains.items()}
    wanted = max(each.values()) * lacking / WINDOW
    assert wanted == pytest.approx(found.codes, rel=1e-6)
    assert "verify" == found.read


@pytest.mark.parametrize(
    ("settings", "name", "count"),
    [
        ({"array.line_ohm": 5.0}, "line_ohm", 1),
        ({"array.line_ohm": 1e4, "array.driver_ohm": 0.0}, "line_ohm", 1),
        ({"array.driver_ohm": 1e6}, "driver_ohm", 1),
        ({"array.driver_ohm": 1e6, "array.line_ohm": 0.0}, "driver_ohm", 1),
        ({"array.driver_ohm": 1e5, "array.line_ohm": 50.0}, "driver_ohm", 2),
        ({"array.driver_ohm": 1e4, "array.line_ohm": 1e4}, "line_ohm", 2),
    ],
)
def test_more_than_half_a_code_is_refused(
    settings: dict[str, float], name: str, count: int
) -> None:
    """Named by the resistance that takes more, with what passes; more does not.

    Both are told where the other one alone takes half a code.
    """
    chip = Chip.load("mnist-hzo-200ns")
    with pytest.raises(ConfigError, match=rf"array\.{name}: IR drop of layer") as no:
        layers(chip.with_(**settings), 784, 128, 10)
    said = str(no.value)
    assert "\n" not in said
    told = dict(re.findall(r"(\w+) = ([0-9.e+-]+)", said.rpartition("at most ")[2]))
    assert name in told
    assert count == len(told)
    passing = {f"array.{key}": float(ohms) for key, ohms in told.items()}
    layers(chip.with_(**settings).with_(**passing), 784, 128, 10)
    more = {key: 1.2 * ohms for key, ohms in passing.items()}
    with pytest.raises(ConfigError, match=r"above 0\.5, which the core doesn't model"):
        layers(chip.with_(**settings).with_(**more), 784, 128, 10)


def test_ohms_of_a_line() -> None:
    """47 mohm a square; (sqrt 10 + 0.2) / sqrt 10 squares; a transistor needs 2 um2."""
    chip = Chip.load("watch-hzo-200ns")
    device = chip.load_device()
    found = line_ohm(chip, device)
    squares = 1 + 0.2 / math.sqrt(10.0)
    wanted = [ohm * squares for ohm in (0.029, 0.047, 0.125)]
    assert wanted == pytest.approx([found.low, found.value, found.high], rel=5e-3)
    assert "derived" == found.kind
    small = device.model_copy(
        update={"area_um2": device.area_um2.model_copy(update={"value": 1.0})}
    )
    assert 1.2 == pitch_um(small, "passive-half")
    assert math.sqrt(2.0) == pitch_um(small, "1t1r")
    own = line_ohm(chip.with_(**{"array.line_ohm": 2.5}), device)
    assert (2.5, "the chip file (array.line_ohm)") == (own.value, own.source)


def drop(layer: int, codes: float) -> IrDrop:
    return IrDrop(layer, "forward", codes, 32, 31, 0.05, 50.0)


def test_the_largest_of_all_units_is_said() -> None:
    """A layer's largest over chips in JSON, which a budget takes back; one line."""
    chip = Chip.load("watch-hzo-200ns")
    units = [
        result(0, drops=(drop(0, 0.1), drop(1, 0.3)), rows=(32, 7), gains=()),
        result(1, drops=(drop(0, 0.2), drop(1, 0.1)), rows=(32, 7), gains=()),
    ]
    run = outcome(chip, *units)
    assert (drop(0, 0.2), drop(1, 0.3)) == run.drops()
    figures = json.loads(json.dumps(run.to_dict()))
    assert [0.2, 0.3] == [row["codes"] for row in figures["ir_drop"]]
    assert run.drops() == RunFigures.from_dict(figures).drops
    console = Console(width=200)
    with console.capture() as captured:
        drop_line(run.drops(), console)
        drop_line((), console)
    said = "IR drop of layer 1: up to 0.3 codes in a forward read (32 x 31 weights, "
    assert f"{said}0.05 ohm a cell, drivers of 50 ohm)\n" == captured.get()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("codes", "x"),
        ("codes", math.nan),
        ("codes", -0.1),
        ("layer", 1.0),
        ("layer", -1),
        ("read", 1),
        ("read", "\x1b[31m"),
        ("rows", []),
        ("rows", 0),
        ("columns", True),
        ("line_ohm", math.inf),
        ("driver_ohm", -50.0),
    ],
)
def test_figures_of_another_type_are_refused(name: str, value: Any) -> None:
    """By name, as of any run that is read; and what no array and no read has."""
    with pytest.raises(ValueError, match=rf"ir_drop\.{name}: "):
        IrDrop.from_dict({**drop(0, 0.1).to_dict(), name: value})


def test_a_chip_by_itself() -> None:
    """128 x 128, 2 x 256 codes over 6 weights a window: the nodal solution's codes."""
    chip = Chip.load("watch-hzo-200ns").with_(**{"converters.adc_bits": 9})
    said = nominal_drop(chip)
    each = 2 * 256 * 1.0 / 6.0
    # the range holds 3 windows either way: (128 + 3 + 1) // 2 far cells
    what = Pattern("forward", 128, 128, 2, LOW, HIGH, 66)
    ((cells, volts, counts),) = worst_reads(what)
    wire = line_ohm(chip, chip.load_device()).value
    codes = each * float(nodal(cells, volts, wire, 50.0) @ counts) / WINDOW
    assert said.startswith(f"IR drop: up to {codes:.2g} codes in a forward read of 128")
