"""Energy of a pulse, a read and an update of each shipped chip, to the last unit.

Numbers come from the files' own text and go through the arithmetic below, which shares
nothing with the package's; the device's alone are literals too.
"""

from __future__ import annotations

import tomllib
from fractions import Fraction
from typing import Any

import numpy as np
import plain
import pytest
from by_hand import tally

from edgeferro import files
from edgeferro.chip.chip import Chip
from edgeferro.controller import Controller
from edgeferro.core.tally import Tally
from edgeferro.energy.report import EnergyReport
from edgeferro.mapping.images import new_image

SIZES = {"zJ": -21, "aJ": -18, "fJ": -15, "pJ": -12, "fF": -15, "uW": -6, "pW": -12}
# One pulse on a cell of 10 um2, 12.5 nm, 30: quectojoules, C V^2 = 212.5005075072 fF x
# 9 V2 and 2 Pr A V = 22.8 pJ over 2^32 units of state.
CHARGE, SWING = 1_912_504_567_564_800_000, 5_308_538_675
# 0.4 nS x 9 V2 x t, and 0.51 nS / 65535 of it a conductance code.
CONDUCTION = {
    "hzo-20ns": (72_000_000_000_000, 1_400_778_210),
    "hzo-200ns": (720_000_000_000_000, 14_007_782_101),
    "hzo-20us": (72_000_000_000_000_000, 1_400_778_210_117),
    "soft-bounds-symmetric": (720_000_000_000_000, 14_007_782_101),
    "ideal-symmetric": (720_000_000_000_000, 14_007_782_101),
}
READ = {
    "dac_input": 31,
    "adc": 39,
    "line_cells": 1984,
    "read_codes": 54_321,
    "read_charge": 1_234_567_890,
    "lookup": 32,
    "compare": 7,
    "cycle": 214,
    "analog_ns": 20_000,
}
UPDATE = {
    "mac": 500,
    "add": 490,
    "sram_read": 2446,
    "sram_write": 900,
    "lfsr_step": 128,
    "pulse_line_cells": 189,
    "half_selected": 183,
    "cycle": 1300,
    "analog_ns": 660,
}
PULSES, CODES, MOVED = 3, 98_304, 3 * 2**26
# C V^2 over the slots of a pulse: half-selected cells of 32 x 31 and quectojoules each.
BESIDE = {
    "passive-half": (31 + 32 - 2, 478_126_141_891_200_000),  # C V^2 / 4
    "passive-third": (32 * 31 - 1, 212_500_507_507_200_000),  # C V^2 / 9
    "1t1r": (0, 0),
}


# The end of each that gives the capacitance's own end.
OTHER = {"low": "high", "value": "value", "high": "low"}
BOUNDS = tuple(OTHER)


def number(value: Any) -> Fraction:
    """The decimal number as it is written in a file."""
    return Fraction(repr(float(value)))


def end(figure: dict[str, Any], bound: str) -> Fraction:
    """One end of a figure as it is written; without one, its value."""
    return number(figure.get(bound, figure["value"]))


def raw(name: str, folder: str) -> dict[str, Any]:
    """A shipped file as TOML gives it, unchecked, with what its base says."""
    data = tomllib.loads(files.load(name, folder)[0])
    if "base" not in data:
        return data
    below = raw(data["base"], folder)
    return {**below, **data, "events": {**below["events"], **data.get("events", {})}}


def qj(joules: Fraction) -> int:
    """Whole quectojoules of one count."""
    return round(joules * 10**30)


def priced(
    price: dict[str, Any], chip: Chip, event: str, volts: Fraction, bound: str = "value"
) -> int:
    """One count of an event by its formula."""
    size = Fraction(10) ** SIZES[price["unit"]]
    energy = end(price, bound) * size
    bits = chip.converters.adc_bits
    match price.get("formula", "energy"):
        case "per-bit":
            inputs = event == "dac_input"
            c = chip.converters
            energy *= c.input_bits if inputs else c.error_bits
        case "conversion":
            step, thermal = price["step"], price["thermal"]
            energy += end(step, bound) / 10**12 * 2**bits
            energy += end(thermal, bound) / 10**18 * 4**bits
            clock = number(chip.controller.clock_mhz)
            energy *= max(Fraction(1), clock / number(price["fastest_mhz"]))
        case "capacitance":
            energy *= volts**2
        case "power":
            energy /= 10**9
    return qj(energy)


def biased(counts: dict[str, int]) -> dict[str, int]:
    """Events with a price: rows that are converted, and time with a bias."""
    found = {e: n for e, n in counts.items() if e != "analog_ns"}
    if "adc" in counts:
        found["bias_row"] = counts["adc"]
    return found | {"bias_ns": counts["analog_ns"]}


def film(device: dict[str, Any], bound: str = "value") -> Fraction:
    """Farads of a cell."""
    eps, area = (end(device[n], bound) for n in ("permittivity", "area_um2"))
    depth = end(device["thickness_nm"], OTHER[bound])
    return Fraction("8.8541878128e-12") * eps * (area / 10**12) / (depth / 10**9)


def pulse(device: dict[str, Any], index: int, bound: str = "value") -> tuple[int, ...]:
    """Quectojoules of a pulse: G_min V^2 t, each code, each unit switched, C V^2."""
    one = device["classes"][index]
    volts = end(one["amplitude_v"], bound)
    low, high = (number(device[f"g_{n}_ns"]["value"]) / 10**9 for n in ("min", "max"))
    v2t = volts**2 * one["width_ns"] / 10**9
    area = end(device["area_um2"], bound) / 10**12
    switched = end(device["polarization_uc_cm2"], bound) / 100 * area * volts
    charge = film(device, bound) * volts**2
    joules = low * v2t, (high - low) / 65535 * v2t, switched / 2**32, charge
    return tuple(map(qj, joules))


def beside(chip: Chip, device: dict[str, Any], bound: str = "value") -> int:
    """Quectojoules of one half-selected cell: supplied, at the high end out of V."""
    parts = {"passive-half": (4, 2), "passive-third": (9, 3), "1t1r": (0, 0)}
    part = parts[chip.array.access][bound == "high"]
    volts = end(device["classes"][chip.device.pulse_class]["amplitude_v"], bound)
    return qj(film(device, bound) * volts**2 / part) if part else 0


def test_a_film_by_hand() -> None:
    """8.8541878128e-12 x 30 x 10 um2 / 12.5 nm = 212.5005075072 fF, all lab devices."""
    for name in CONDUCTION:
        assert Fraction("212.5005075072e-15") == film(raw(name, "devices"))


@pytest.mark.parametrize("name", CONDUCTION)
def test_a_pulse_on_paper(name: str) -> None:
    """Charge, conduction at 0..1 of the window and switching of the lab's devices."""
    base, step = CONDUCTION[name]
    assert (base, step, SWING, CHARGE) == pulse(raw(name, "devices"), 0)


@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize("name", Chip.shipped())
def test_a_pulse(name: str, bound: str) -> None:
    """Each class of each chip's device, low, typical and high, from the files' text."""
    chip = Chip.load(name)
    device = raw(chip.device.name, "devices")
    report = EnergyReport.of_chip(Tally.zero(), chip)
    for index in range(len(device["classes"])):
        found = report.pulse_terms(index, bound)
        assert pulse(device, index, bound) == tuple(found)
    assert beside(chip, device, bound) == report.each("half_selected", bound)


@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize("name", Chip.shipped())
def test_a_read(name: str, bound: str) -> None:
    """Priced events, G V^2 t of codes and conductance, C V^2 of driven cells."""
    chip = Chip.load(name)
    device, prices = raw(chip.device.name, "devices"), raw(chip.energy.prices, "prices")
    volts = number(chip.array.read_v)
    bits = chip.converters.input_bits - int(chip.converters.input_signed)
    if chip.network.hidden:  # one code takes the same time in every layer
        bits = max(bits, chip.converters.activation_bits)
    v2t = volts**2 * chip.array.read_ns / 10**9 / (2**bits - 1)
    low, high = (number(device[f"g_{n}_ns"]["value"]) / 10**9 for n in ("min", "max"))
    wanted = READ["read_codes"] * qj(low * v2t)
    wanted += READ["read_charge"] * qj((high - low) / 65535 * v2t)
    wanted += READ["line_cells"] * qj(film(device, bound) * volts**2)
    for event, count in biased(READ).items():
        if event in {"read_codes", "read_charge"}:
            continue
        price = prices["events"][event]
        wanted += count * priced(price, chip, event, volts, bound)
    counts = tally({("infer", e): n for e, n in READ.items()}, inferences=1)
    found = EnergyReport.of_chip(counts, chip).per_inference
    assert wanted == getattr(found, bound)


@pytest.mark.parametrize("name", Chip.shipped())
def test_a_trim(name: str) -> None:
    """Converters of 5 rows, 3 rows and 5 inputs, each 16 readings of 4 reads.

    Clauses 11.1 and 12.1, times the file's prices, against a chip that is trimmed; half
    of the readings drive a reference charge.
    """
    settings = {"trim": True, "trim_reads": 4, "adc_gain_error": 0.01}
    settings |= {"adc_offset_error": 1.0}
    chip = Chip.load(name).with_(**{f"converters.{k}": v for k, v in settings.items()})
    sides, lines = 3, 5 + 3 + 5
    counts = {
        "adc": 16 * 4 * lines,
        "compare": 16 * lines,
        "dac_input": 8 * 4 * sides,
        "sram_write": 2 * lines,
        "cycle": 16 * 4 * (sides + lines) + lines,
        "analog_ns": 16 * 4 * sides * chip.array.read_ns,
    }
    prices, volts = raw(chip.energy.prices, "prices"), number(chip.array.read_v)
    wanted = sum(
        count * priced(prices["events"][event], chip, event, volts)
        for event, count in biased(counts).items()
    )
    controller = Controller(new_image(chip, (4, 5, 3), np.zeros((1, 4)), seed=0))
    found = EnergyReport.of_chip(controller.trim().tally, chip)
    assert wanted == found.by_phase["calibrate"].value == found.total.value


@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize("name", Chip.shipped())
def test_an_update(name: str, bound: str) -> None:
    """Priced events, three pulses in their cells, and the cells beside them."""
    chip = Chip.load(name)
    prices = raw(chip.energy.prices, "prices")
    device, index = raw(chip.device.name, "devices"), chip.device.pulse_class
    base, step, swing, charge = pulse(device, index, bound)
    cells = PULSES * (base + charge) + CODES * step + MOVED * swing
    wanted = cells + UPDATE["half_selected"] * beside(chip, device, bound)
    volts = end(device["classes"][index]["amplitude_v"], bound)
    for event, count in biased(UPDATE).items():
        if event == "half_selected":
            continue
        price = prices["events"][event]
        wanted += count * priced(price, chip, event, volts, bound)
    counts = tally(
        {("update", event): n for event, n in UPDATE.items()},
        {
            ("update", index, 0, 0): PULSES,
            ("update", index, 0, 1): CODES,
            ("update", index, 0, 2): MOVED,
        },
        updates=1,
    )
    found = EnergyReport.of_chip(counts, chip)
    assert wanted == getattr(found.per_update, bound)
    assert cells == getattr(found.in_cells("update"), bound)


@pytest.mark.parametrize("access", BESIDE)
def test_a_pulse_of_20_ns_keeps_to_the_published_bound(access: str) -> None:
    """The lab's own: at most 3 pJ a pulse, even the largest step at G_max.

    That is in its cell; beside it, on 32 x 31, 29.2 pJ, 210.6 pJ or nothing.
    """
    chip = Chip.load("watch-hzo-20ns").with_(**{"array.access": access})
    terms = EnergyReport.of_chip(Tally.zero(), chip).pulse_terms(0)
    largest = int(chip.load_device().knots.max())
    most = terms.charge + terms.base + 65535 * terms.step + largest * terms.swing
    assert 2.5e18 < most <= 3e18
    count, each = BESIDE[access]
    found = EnergyReport.of_chip(tally({("update", "half_selected"): count}), chip)
    assert count * each == found.total.value
    wanted = {"passive-half": 29.2, "passive-third": 210.6, "1t1r": 0.0}[access]
    assert wanted == pytest.approx(found.total.value * 1e-18, abs=0.05)


@pytest.mark.parametrize("access", BESIDE)
def test_what_one_pulse_charges_beside_its_cell(access: str) -> None:
    """One pulse on 32 x 31: 29.2 pJ beside it at V/2, 210.6 at V/3, nothing with 1T1R.

    The high ends are C V^2 / 2 and C V^2 / 3 of 619.793146896 fF at 3 V.
    """
    number_of = {"passive-half": 0, "passive-third": 1, "1t1r": 2}[access]
    core = plain.core([plain.layer(32, 31, rule=0)], access=number_of)
    sent = np.zeros((32, 31), np.int8)
    sent[4, 7] = 1
    core.pulse(0, 0, 0, sent)
    counts = Tally.from_words(core.tally_words())
    count, each = BESIDE[access]
    assert count == counts.event("update", "half_selected")
    chip = Chip.load("watch-hzo-200ns").with_(**{"array.access": access})
    found = EnergyReport.of_chip(counts, chip)
    beside = found.lines["update", "half_selected"]
    assert count * each == beside.value
    part = {"passive-half": 2, "passive-third": 3, "1t1r": 1}[access]
    most = Fraction("619.793146896") * 9 / part * 10**15
    assert count * round(most) == beside.high
    assert 1 == counts.total_pulses
    charge = found.lines["update", "pulse_charge"]
    assert CHARGE == charge.value
    assert charge.value <= found.in_cells("update").value


def test_a_published_pulse_holds_the_charge_too() -> None:
    """With the lab's energy of a pulse nothing is charged beside it in the cell."""
    chip = Chip.load("watch-hzo-20ns")
    lab = chip.with_(**{"energy.prices": "cmos-130nm-hzo-lab"})
    counts = tally({("update", "half_selected"): 2}, {("update", 0, 1, 0): 5})
    found = EnergyReport.of_chip(counts, lab)
    assert 5 * 10**18 == found.in_cells("update").value
    beside = 2 * BESIDE[chip.array.access][1]
    assert 5 * 10**18 + beside == found.total.value
