"""Every shipped chip of ferroelectric cells could be built: its numbers close."""

from __future__ import annotations

import numpy as np
import pytest

from edgeferro.chip.chip import Chip
from edgeferro.energy.cells import cell_lines
from edgeferro.mapping.images import new_image
from edgeferro.mapping.read_chain import ReadUnits, chain_settings
from edgeferro.training.options import TrainOptions, make_plan
from edgeferro.training.run import run_plan

NAMES = [n for n in Chip.shipped() if "-hzo-" in n and not n.startswith("ideal-")]
INPUTS = {"watch": (30, 7), "mnist": (784, 10), "decoder": (28 * 6, 2)}


def test_the_ferroelectric_chips() -> None:
    """Three widths of the watch chip, MNIST, the decoder; each has its ideal twin."""
    assert 5 == len(NAMES)
    for name in NAMES:
        real, ideal = Chip.load(name), Chip.load(f"ideal-{name}")
        assert real.device == ideal.device
        assert real.network.hidden == ideal.network.hidden
        assert real.controller == ideal.controller
        assert "charge" == real.array.noise
        assert ideal.array.noise != "charge"
        assert 0.0 == ideal.array.read_noise == ideal.converters.adc_gain_error


@pytest.mark.parametrize("name", NAMES)
def test_a_read_is_whole_clocks_of_each_step(name: str) -> None:
    """The DAC's steps fill the read, each a whole number of clocks."""
    chip = Chip.load(name)
    converters = chip.converters
    steps = 2 ** (converters.input_bits - int(converters.input_signed)) - 1
    if chip.network.hidden:
        steps = max(steps, 2**converters.activation_bits - 1)
    clocks = chip.array.read_ns * chip.controller.clock_mhz / 1000
    assert 0 == clocks % steps
    assert clocks >= 10 * steps


@pytest.mark.parametrize("name", NAMES)
def test_converters_are_off_and_no_row_is_half_selected(name: str) -> None:
    """Half a percent and half a code, a transistor a cell, the lab's read voltage."""
    chip = Chip.load(name)
    assert (0.005, 0.5) == (
        chip.converters.adc_gain_error,
        chip.converters.adc_offset_error,
    )
    assert "1t1r" == chip.array.access
    assert chip.array.read_v <= 0.1
    assert any("0 pJ in each half-selected" in line for line in cell_lines(chip))


@pytest.mark.parametrize("name", NAMES)
def test_integrators_hold_more_than_mid_scale(name: str) -> None:
    """A line reaches half of the converter's range, and more, before it clips.

    By hand: what the capacitor holds, C V / q, in line sums; half of the converter's
    range in the same.
    """
    chip = Chip.load(name)
    device = chip.load_device()
    inputs, classes = INPUTS[name.partition("-")[0]]
    samples = np.full((4, inputs), 0.5)
    sizes = (inputs, *chip.network.hidden, classes)
    image = new_image(chip, sizes, samples, seed=0)
    electrons = ReadUnits.of(chip, device).electrons
    held = chip.array.capacitor_ff * 1e-15 * chip.array.swing_v / 1.602176634e-19
    assert held == pytest.approx(image.registers.line_limit * 256 * electrons, rel=1e-3)
    for layer in image.registers.layers:
        middle = 2 ** (chip.converters.adc_bits - 2)
        sums = middle * 2.0**layer.gain_shift / layer.gain_mantissa
        assert held >= sums * electrons


@pytest.mark.parametrize("name", NAMES)
def test_thermal_noise_of_the_capacitor_is_below_a_code(name: str) -> None:
    """Noise of k T C / q^2 at 310 K beside the electrons of an ADC code, each layer."""
    chip = Chip.load(name)
    device = chip.load_device()
    inputs, classes = INPUTS[name.partition("-")[0]]
    sizes = (inputs, *chip.network.hidden, classes)
    image = new_image(chip, sizes, np.full((4, inputs), 0.5), seed=0)
    units = ReadUnits.of(chip, device)
    farads = chip.array.capacitor_ff * 1e-15
    rms = (1.380649e-23 * chip.array.temperature_k * farads) ** 0.5 / 1.602176634e-19
    stated = chain_settings(chip, device)["read_noise"] * 209.02152998 / 256
    assert rms == pytest.approx(stated * units.electrons, rel=1e-4)
    for layer in image.registers.layers:
        assert rms < units.electrons * 2.0**layer.gain_shift / layer.gain_mantissa


@pytest.mark.parametrize("name", NAMES)
def test_geometry_agrees(name: str) -> None:
    """One area gives pulse, capacitance and conductance, as far as the file says.

    By hand: C V^2 and a step's part of 2 Pr A V are 3 pJ or less at 20 ns; G_min over
    the area is above the published density by no more than the named contradiction.
    """
    device = Chip.load(name).load_device()
    area = device.area_um2.value
    volts = device.classes[0].amplitude_v.value
    farads = 8.8541878128e-12 * device.permittivity.value * area * 1e-12
    farads /= device.thickness_nm.value * 1e-9
    switched = device.polarization_uc_cm2.value * 1e-2 * area * 1e-12
    pulse = farads * volts**2 + switched * volts / device.states(0)
    assert 3.1e-12 >= pulse >= 1e-12
    density = device.g_min_ns.value * 1e3 / area  # pS/um2
    assert device.g_density_ps_um2 is not None
    assert device.contradiction is not None
    published = device.g_density_ps_um2.bound("high")
    assert density / published <= device.contradiction.value


def test_the_default_run_is_silent() -> None:
    """Ten people on the default chip: no remark, noise below a code, six bits."""
    options = TrainOptions(
        task="watch",
        chip="watch-hzo-200ns",
        settings={},
        rule=None,
        passes=1,
        subjects=None,
        seeds=(0,),
        order="interleaved",
        mnist_folder=None,
    )
    outcome = run_plan(make_plan(options))
    assert [] == outcome.remarks()
    for read in outcome.reads():
        assert read.stated_codes < 1.0
        assert read.bits >= 6.0
    assert all(drop.codes < 0.5 for drop in outcome.drops())
