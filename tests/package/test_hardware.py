"""A chip's hardware: counts held against the core, areas by hand, and directions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import edgeferro as ef
from edgeferro.energy.areas import PARTS, Areas
from edgeferro.energy.blocks import Shape, count_blocks, shapes_of
from edgeferro.energy.hardware import Hardware, gates_of
from edgeferro.energy.report import EnergyReport
from edgeferro.errors import ConfigError, DataError
from edgeferro.files.read import shipped_file

if TYPE_CHECKING:
    from pathlib import Path

    from edgeferro.chip.chip import Chip

SIZES = (6, 5, 3)
RULES = ("mixed-precision", "sgd-counted", "sgd-stochastic")


def chip(**changes: Any) -> Chip:
    """The shipped watch chip with a hidden layer of five, its reads without noise."""
    settings = {name.replace("__", "."): value for name, value in changes.items()}
    base = ef.Chip.load("ideal-watch-hzo-200ns")
    return base.with_(**{"network.hidden": (5,), **settings})


def controller(found: Chip) -> ef.Controller:
    """Bring one up, with made samples."""
    samples = np.random.default_rng(0).uniform(-1.0, 1.0, (20, SIZES[0]))
    return ef.Controller(ef.new_image(found, SIZES, samples, seed=0))


def hardware(**changes: Any) -> Hardware:
    """Estimate such a chip."""
    found = chip(**changes)
    return Hardware.of_chip(found, shapes_of(found, SIZES[0], SIZES[-1]))


@pytest.mark.parametrize("reference", ["none", "cell", "stored", "offset"])
@pytest.mark.parametrize("rule", RULES)
def test_bits_are_those_that_the_core_holds(rule: str, reference: str) -> None:
    """Accumulators, references, codes, tables: as many as the core's own views have."""
    found = chip(controller__rule=rule, array__reference=reference)
    blocks = count_blocks(found, shapes_of(found, 6, 3))
    core = controller(found).core
    c, k = found.converters, found.controller
    layers = range(core.layers)

    def held(view: str) -> int:
        try:
            return sum(core.peek(view, layer).size for layer in layers)
        except DataError:  # the chip has none
            return 0

    shapes = [core.shape(layer) for layer in layers]
    assert [(5, 7, 6), (3, 6, 5)] == list(shapes_of(found, 6, 3))
    assert shapes == [(5, 7), (3, 6)]
    assert blocks.memories["accumulators"] == held("chi") * k.accumulator_bits
    assert (53 if rule == "mixed-precision" else 0) == held("chi")
    stored = 7 + 6 if reference == "offset" else held("stored")
    assert blocks.memories["references"] == 16 * stored
    assert blocks.memories["ADC codes"] == held("code") * c.adc_bits
    assert blocks.memories["error codes"] == held("error") * c.error_bits
    inputs = [core.peek("input", layer).size for layer in layers]
    wanted = inputs[0] * c.input_bits + inputs[1] * c.activation_bits
    assert blocks.memories["input codes"] == wanted
    planes = 2 if reference == "cell" else 1
    states = [
        core.peek("state", layer, p).size for layer in layers for p in range(planes)
    ]
    assert blocks.cells == sum(states)


@pytest.mark.parametrize("error", ["softmax", "squared"])
def test_tables_are_those_of_the_registers(error: str) -> None:
    """Entries and widths of the tables that the chip is configured with."""
    found = chip(controller__error=error, converters__adc_bits=7)
    registers = controller(found).image.registers
    kept = [layer.activation for layer in registers.layers]
    bits = found.converters.activation_bits + 16
    entries = sum(table.size for table in kept if table is not None)
    memories = count_blocks(found, shapes_of(found, 6, 3)).memories
    assert memories["activation tables"] == entries * bits
    softmax = registers.exp_table
    assert memories["softmax table"] == (0 if softmax is None else 16 * softmax.size)


@pytest.mark.parametrize("shared", [1, 2, 4])
def test_shift_registers_are_the_core_s(shared: int) -> None:
    """One a group of lines of each layer; every other rule needs none for trains."""
    found = chip(
        controller__rule="sgd-stochastic",
        controller__gradient_rounding="nearest-even",
        controller__lines_per_row_lfsr=shared,
        controller__lines_per_column_lfsr=shared,
    )
    core = controller(found).core
    views = [(view, layer) for view in ("row_lfsr", "column_lfsr") for layer in (0, 1)]
    wanted = sum(core.peek(*view).size for view in views)
    assert wanted == count_blocks(found, shapes_of(found, 6, 3)).lfsrs
    assert 0 == hardware(controller__rule="mixed-precision").blocks.lfsrs


def test_a_rounding_at_random_needs_a_shift_register() -> None:
    """The chip's one rounding LFSR, where any rounding asks for it."""
    plain = {"controller__rule": "sgd-counted", "controller__pulse_rounding": "floor"}
    assert 0 == hardware(**plain).blocks.lfsrs
    assert 1 == hardware(**plain, converters__adc_rounding="stochastic").blocks.lfsrs


def test_converters_are_those_that_a_step_uses() -> None:
    """A learning step converts with each once: the tally counts them."""
    found = chip(controller__rule="sgd-counted", converters__adc_offset_error=0.5)
    made = controller(found)
    made.program()
    before = made.tally
    made.learn(np.full((1, 6), 100, np.int16), np.array([2]))
    spent = made.tally - before
    blocks = count_blocks(found, shapes_of(found, 6, 3))
    adcs = spent.event("infer", "adc") + spent.event("backward", "adc")
    dacs = spent.event("infer", "dac_input") + spent.event("backward", "dac_error")
    assert (adcs, dacs) == (blocks.adcs, blocks.dacs)
    held = [made.core.peek("converter", layer).shape[0] for layer in (0, 1)]
    assert sum(held) - SIZES[0] == blocks.adcs  # nothing is read back to layer 0


def test_area_by_hand() -> None:
    """Parts at 130 nm, from the file's figures, of a chip of two arrays.

    70 and 36 cells of 11.2896 um2 (an electrode of 10 um2 and 0.2 um of space);
    13 rows and columns and 8 + 5 converters; accumulators of 53 x 16 bits fit into
    flip-flops, which are smaller than a macro's surroundings.
    """
    found = hardware()
    blocks = found.blocks
    assert (106, 21, 13, 16) == (blocks.cells, blocks.lines, blocks.adcs, blocks.dacs)
    pitch = (10.0**0.5 + 0.2) ** 2
    assert found.area["arrays"].value == pytest.approx(106 * pitch)
    drivers = 21 * 150.0 + 16 * 2.74
    assert found.area["drivers"].value == pytest.approx(drivers)
    assert found.area["integrators"].value == pytest.approx(13 * 500.0)
    gate = 7.2576 / 0.7
    memories = sum(
        min(12829 + 3.735 * bits, 6.75 * bits * gate)
        for bits in blocks.memories.values()
    )
    assert found.area["memories"].value == pytest.approx(memories)
    logic = sum(found.gates.values()) * gate
    assert found.area["logic"].value == pytest.approx(logic)


def test_an_adc_by_hand() -> None:
    """3.842 x 130^0.9933 x rate^0.1807 x pJ^0.2991, one conversion a read."""
    found = chip()
    spent = found.named(ef.Prices, found.energy.prices).events["adc"]
    assert spent.step is not None
    assert spent.thermal is not None
    bits = found.converters.adc_bits
    energy = (
        spent.value + spent.step.value * 2**bits + spent.thermal.value * 4**bits / 1e6
    )
    rate = 1e9 / found.array.read_ns
    wanted = 13 * 3.842 * 130**0.9933 * rate**0.1807 * energy**0.2991
    assert hardware().area["ADCs"].value == pytest.approx(wanted, rel=1e-6)


def test_a_lane_is_as_large_as_a_synthesised_one() -> None:
    """Of 9-bit codes, 16-bit products and accumulators: 4219 GE were synthesised.

    That lane can also wrap and chooses its rounding at run time; the formula is to be
    within a fifth.
    """
    wide = chip(converters__activation_bits=9, controller__lanes=1)
    lane = gates_of(wide, [Shape(5, 7, 6), Shape(3, 6, 5)], Areas.load("cmos-130nm"))
    assert 0.8 * 4219 < lane["lanes"] < 1.2 * 4219


def test_narrower_is_smaller_by_what_it_drops() -> None:
    """Half the accumulator halves its bits; half the lanes halve their gates."""
    wide = hardware(controller__threshold=96)
    narrow = hardware(controller__accumulator_bits=8, controller__threshold=96)
    kept = [found.blocks.memories["accumulators"] for found in (wide, narrow)]
    assert [53 * 16, 53 * 8] == kept
    assert narrow.blocks.sram_bits == wide.blocks.sram_bits - 53 * 8
    few = hardware(controller__lanes=8)
    assert few.gates["lanes"] == pytest.approx(hardware().gates["lanes"] / 2)
    assert few.blocks.multipliers == hardware().blocks.multipliers - 8


@pytest.mark.parametrize(
    ("setting", "low", "high", "part"),
    [
        ("converters__adc_bits", 6, 9, "ADCs"),
        ("converters__adc_bits", 6, 9, "memories"),
        ("converters__error_bits", 4, 8, "logic"),
        ("converters__input_bits", 4, 8, "logic"),
        ("converters__activation_bits", 4, 8, "memories"),
        ("array__read_ns", 100_000, 10_000, "ADCs"),
        ("controller__lanes", 4, 16, "logic"),
        ("controller__accumulator_bits", 14, 24, "memories"),
    ],
)
def test_more_of_a_thing_is_larger(
    setting: str, low: Any, high: Any, part: str
) -> None:
    """Each end of the range goes the way that its setting says."""
    less, more = (
        hardware(**{setting: low}).area[part],
        hardware(**{setting: high}).area[part],
    )
    assert (less.low, less.value, less.high) < (more.low, more.value, more.high)
    assert less.low < more.low
    assert less.high < more.high


def test_rules_and_references_have_what_they_need() -> None:
    """A stored reference drops cells and keeps bits; trains drop lanes for LFSRs."""
    cell, stored = hardware(), hardware(array__reference="stored")
    assert cell.blocks.cells == 2 * stored.blocks.cells
    assert stored.blocks.sram_bits == cell.blocks.sram_bits + 53 * 16
    trains = hardware(controller__rule="sgd-stochastic")
    assert 0.0 == trains.gates["lanes"]
    assert trains.gates["LFSRs"] == pytest.approx(21 * (32 * 6.75 + 24 * 2.0))
    assert 0 == trains.blocks.memories["accumulators"]
    trimmed = hardware(converters__trim=True, converters__adc_offset_error=0.5)
    assert 13 * 16 == trimmed.blocks.registers["trims"]


def _spent(found: Chip) -> EnergyReport:
    made = controller(found)
    made.program()
    before = made.tally
    codes = np.random.default_rng(1).integers(-7, 8, (4, 6)).astype(np.int16)
    made.learn(codes, np.array([0, 1, 2, 0]))
    return EnergyReport.of_chip(made.tally - before, found)


def test_energy_of_a_width_goes_with_it() -> None:
    """ADC: step and thermal terms of the price; DAC: bit for bit; accumulators: bytes.

    An accumulator of 8 bits is one byte to read and to write instead of two.
    """
    narrow, wide = (_spent(chip(converters__adc_bits=bits)) for bits in (7, 9))
    price = wide.prices.events["adc"]
    assert price.step is not None
    assert price.thermal is not None
    rise = price.step.value * (2**9 - 2**7) + price.thermal.value * (4**9 - 4**7) / 1e6
    assert (wide.each("adc") - narrow.each("adc")) / 1e18 == pytest.approx(rise)
    few, many = (_spent(chip(converters__input_bits=bits)) for bits in (4, 8))
    assert 2 * few.each("dac_input") == many.each("dac_input")
    one, two = (
        _spent(chip(controller__accumulator_bits=bits, controller__threshold=96))
        for bits in (8, 16)
    )
    bytes_read = [found.tally.event("update", "sram_read") for found in (one, two)]
    assert 0 < 2 * bytes_read[0] == bytes_read[1]
    assert one.of("update", "memory").value < two.of("update", "memory").value
    assert one.per_update.value < two.per_update.value


@pytest.mark.parametrize("name", Areas.shipped())
def test_shipped_areas(name: str) -> None:
    """Every part has a range around its value, a kind and a source."""
    found = Areas.load(name)
    assert set(PARTS) == set(found.parts)
    for part in found.parts.values():
        assert part.bound("low") <= part.value <= part.bound("high")
        assert part.source
    assert name in found.table().title  # type: ignore[operator]


def test_areas_shrink_with_the_node() -> None:
    """The same chip at 180, 130 and 28 nm."""
    areas = [
        hardware(energy__prices=prices).total
        for prices in ("cmos-180nm-mixed", "cmos-130nm-mixed", "cmos-28nm")
    ]
    values = [area.value for area in areas if area is not None]
    assert sorted(values, reverse=True) == values
    assert 3 == len(values)


def test_prices_without_areas(tmp_path: Path) -> None:
    """Counts stand; an area is not made up."""
    text = shipped_file("prices", "cmos-130nm-mixed.toml").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text.replace('areas = "cmos-130nm"\n', ""), encoding="utf-8")
    found = hardware(energy__prices=str(own))
    assert found.total is None
    assert 13 == found.blocks.adcs
    assert "area: the price file names no areas" == found.lines()[-1]
    assert found.to_dict()["area_um2"] is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[parts.mux_ge]", "[parts.muxes]", "parts.mux_ge: missing"),
        ('unit = "um2"', 'unit = "mm2"', "parts.nand2_um2.unit: 'mm2' is not 'um2'"),
        ("node_nm = 130", "node_nm = 0", "node_nm: 0 is not in 1.0..1000.0"),
        ("high = 0.85", "high = 1.5", "parts.utilization.high: above 1"),
        ("[parts.", "[events.", "is a price file, not an area file"),
    ],
)
def test_faulty_areas(tmp_path: Path, old: str, new: str, said: str) -> None:
    """What is wrong with an area file is one line that names it."""
    text = shipped_file("areas", "cmos-130nm.toml").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=said.replace(".", r"\.")) as caught:
        Areas.load(own)
    assert 1 == len(str(caught.value).splitlines())
