"""One cell, one geometry: what contradicts what, by which factor, and what passes."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from edgeferro import files
from edgeferro.chip.chip import Chip
from edgeferro.chip.device import Device
from edgeferro.energy.cells import cell_lines
from edgeferro.errors import ConfigError


def text_of(name: str, **changes: Any) -> dict[str, Any]:
    """A shipped device as a table with figures changed; None takes one out."""
    data = tomllib.loads(files.load(name, "devices")[0])
    for key, change in changes.items():
        if change is None:
            data.pop(key, None)
        else:
            data[key] = {**data.get(key, FIGURE), **change}
    return data


FIGURE = {"value": 1.0, "unit": "1", "kind": "assumed", "source": "a test"}


def load(name: str, **changes: Any) -> Device:
    return files.validate(Device, text_of(name, **changes), "test")


def test_capacitance_with_its_ends() -> None:
    """Low: 3 um2, 25, 15 nm; high: 20 um2, 35, 10 nm; times 8.8541878128e-12 F/m."""
    found = Device.load("hzo-20ns").capacitance_ff
    assert 44.270939064 == pytest.approx(found.low, rel=1e-14)
    assert 212.5005075072 == pytest.approx(found.value, rel=1e-14)
    assert 619.793146896 == pytest.approx(found.high, rel=1e-14)
    assert ("fF", "assumed") == (found.unit, found.kind)


def test_a_pulse_in_its_cell() -> None:
    """20 ns: 1.9125 pJ of plates, 22.8 pJ over 33.7 states, 0.655 nS x 9 V2 x 20 ns."""
    device = Device.load("hzo-20ns")
    step, _ = device.step_at(device.symmetry_point())
    wanted = 1.9125045675648 + 22.8 * step / 2 + 0.655e-9 * 9 * 20e-9 * 1e12
    assert wanted == pytest.approx(device.pulses_pj[0], rel=1e-9)
    assert device.pulses_pj[0] < 3.0


def test_a_pulse_without_a_symmetry_point_is_judged_by_its_largest_step() -> None:
    """Up steps of 0.03, down of 0.01 never cross: 0.03 of a full switch."""
    data = text_of("ideal-symmetric")
    for side, a in (("up", 0.03), ("down", 0.01)):
        data["classes"][0][side] = {"kind": "constant", "a": a}
    device = files.validate(Device, data, "test")
    wanted = 1.9125045675648 + 22.8 * 0.03 + 0.655e-9 * 9 * 200e-9 * 1e12
    assert wanted == pytest.approx(device.pulses_pj[0], rel=1e-6)


def test_shipped_devices_name_their_contradiction() -> None:
    """40 pS/um2 over 8.5 is 4.71; the lab's own large device contradicts nothing."""
    device = Device.load("hzo-20ns")
    (found,) = device.contradictions(device.pulses_pj)
    assert 40 / 8.5 == pytest.approx(found.factor)
    lines = device.geometry_lines()
    assert "conductance density: 40..91 pS/um2" in lines
    assert any("4.71 times above g_density_ps_um2 0.58..8.5" in line for line in lines)
    assert "contradiction: the file lets up to 5 times pass" in lines
    large = Device.load("hzo-staircase-50mv")
    assert [] == large.contradictions(large.pulses_pj)


def test_a_contradiction_is_refused_with_what_would_pass() -> None:
    """4.71 times apart: 3 pass unnamed, 4 named do not, 4.8 do."""
    said = (
        r"contradiction: g_min_ns and g_max_ns on area_um2 are 40\.\.91 pS/um2, 4\.71 "
        r"times above g_density_ps_um2 0\.58\.\.8\.5; 3 pass, more need contradiction "
        r"= \{ value = 4\.8,"
    )
    with pytest.raises(ConfigError, match=said):
        load("hzo-20ns", contradiction=None)
    with pytest.raises(ConfigError, match=r"8\.5; 4 pass, more need"):
        load("hzo-20ns", contradiction={"value": 4.0})
    named = load("hzo-20ns", contradiction={"value": 4.8}).contradiction
    assert named is not None
    assert 4.8 == named.value


def test_an_area_of_1_um2_contradicts_the_density() -> None:
    """0.4 nS on 1 um2 is 400 pS/um2, 47.1 times the published most."""
    area = {"value": 1.0, "low": 0.5}
    with pytest.raises(ConfigError, match=r"400\.\.910 pS/um2, 47\.1 times above"):
        load("hzo-20ns", area_um2=area)


def test_too_low_a_density() -> None:
    """0.91 nS on 1000 um2 is 0.91 pS/um2, 11 times below a published 10."""
    area = {"value": 1000.0, "high": 2000.0}
    with pytest.raises(ConfigError, match=r"0\.4\.\.0\.91 pS/um2, 11 times below g_d"):
        load(
            "hzo-200ns",
            area_um2=area,
            g_density_ps_um2={"value": 11.0, "low": 10.0, "high": 12.0},
        )


def test_a_pulse_above_its_published_energy() -> None:
    """100 um2 at 3 V take 25.9 pJ, 8.63 times the published 3."""
    said = r"class 0 takes 25\.9 pJ in its cell, 8\.63 times above pulse_energy_pj 3;"
    with pytest.raises(ConfigError, match=said):
        load("hzo-20ns", area_um2={"value": 100.0, "high": 100.0})


def test_a_named_contradiction_that_is_none() -> None:
    """A factor for numbers that agree would have no effect."""
    named = {"value": 5.0}
    with pytest.raises(ConfigError, match="contradiction: has no effect; nothing is"):
        load("ideal-symmetric", contradiction=named)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("area_um2", {"value": 0.0, "low": 0.0}, r"low: 0 is not in 0\.0001\.\.1e\+06"),
        ("area_um2", {"low": -3.0}, r"low: -3 is not in 0\.0001\.\.1e\+06"),
        ("area_um2", {"high": 1e7}, r"high: 1e\+07 is not in 0\.0001\.\.1e\+06"),
        ("thickness_nm", {"low": -1.0}, r"low: -1 is not in 0\.5\.\.1000"),
        ("thickness_nm", {"low": 0.0}, r"low: 0 is not in 0\.5\.\.1000"),
        ("thickness_nm", {"unit": "um"}, "unit: 'um' is not 'nm'"),
        ("permittivity", {"low": 0.0}, r"low: 0 is not in 1\.\.10000"),
        ("permittivity", {"unit": "F/m"}, "unit: 'F/m' is not '1'"),
        ("polarization_uc_cm2", {"low": -1.0}, r"low: -1 is not in 0\.\.1000"),
        ("g_density_ps_um2", {"unit": "nS"}, "unit: 'nS' is not 'pS/um2'"),
        ("pulse_energy_pj", {"value": 0.0, "unit": "pJ"}, r"low: 0 is not in 1e-06"),
        ("read_v_max", {"unit": "mV"}, "unit: 'mV' is not 'V'"),
        ("contradiction", {"value": 0.5}, r"low: 0\.5 is not in 1\.\.1e\+06"),
    ],
)
def test_refused_films(name: str, change: dict[str, Any], said: str) -> None:
    """Field and range in one line."""
    with pytest.raises(ConfigError, match=rf"test: {name}\.{said}"):
        load("hzo-20ns", **{name: change})


@pytest.mark.parametrize("name", ["area_um2", "thickness_nm", "permittivity"])
def test_no_film_no_device(name: str) -> None:
    """Without area, thickness or permittivity there is no capacitance."""
    with pytest.raises(ConfigError, match=f"{name}: missing"):
        load("hzo-20ns", **{name: None})


def test_what_a_cell_of_a_chip_takes() -> None:
    """Charge, a pulse, the cells beside it by access, and the area with its space."""
    chip = Chip.load("watch-hzo-20ns").with_(**{"array.access": "passive-half"})
    cell, pulse, area, lines = cell_lines(chip)
    assert "cell: 213 fF (44.3..620, assumed)" == cell
    assert "2.59 pJ in its cell, 0.478 pJ in each half-selected" in pulse
    # (sqrt 10 + 0.2)^2
    assert area.startswith("area: 11.3 um2 a cell")
    assert lines.startswith("lines: 0.05 ohm a cell (0.0308..0.133, derived: 47 mohm")
    assert lines.endswith("as the electrode); drivers of 50 ohm")
    third = cell_lines(chip.with_(**{"array.access": "passive-third"}))
    assert "0.213 pJ in each half-selected one (passive-third)" in third[1]
    gated = cell_lines(chip.with_(**{"array.access": "1t1r"}))
    assert "0 pJ in each half-selected one (1t1r)" in gated[1]
    assert "a transistor of 2 um2 below it" in gated[2]
