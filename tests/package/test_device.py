"""Devices: response tables, symmetry point, spread, provenance, refusals."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import numpy as np
import plain
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeferro import files
from edgeferro.chip.chip import Chip
from edgeferro.chip.device import KNOTS, Device, Kernel
from edgeferro.errors import ConfigError
from edgeferro.mapping.configuration import build_registers

if TYPE_CHECKING:
    from pathlib import Path

ONE = 2**31
GRID = np.linspace(0.0, 1.0, KNOTS)
# A, alpha, beta up and down, as fitted and published with 8 digits.
PUBLISHED = {
    "hzo-20ns": (
        (0.24897956, 1.86338502, 2.91746585),
        (0.10299356, 2.05557189, 1.77256752),
    ),
    "hzo-200ns": (
        (0.36361457, 1.96391651, 3.09212352),
        (0.18900954, 2.40094446, 1.97854856),
    ),
    "hzo-20us": (
        (0.65606012, 1.90866458, 3.47689647),
        (0.36568703, 2.75019033, 2.2682048),
    ),
}


def text_of(name: str = "ideal-symmetric") -> dict[str, Any]:
    """Return a shipped device file as a dict to change."""
    return tomllib.loads(files.load(name, "devices")[0])


def make(up: dict[str, Any], down: dict[str, Any], **changes: Any) -> Device:
    """Return the ideal device with another response."""
    data = {**text_of(), **changes}
    data["classes"] = [{**data["classes"][0], "up": up, "down": down}]
    return files.validate(Device, data, "test")


def soft(a: float) -> dict[str, Any]:
    return {"kind": "soft-bounds", "a": a}


def constant(a: float) -> dict[str, Any]:
    return {"kind": "constant", "a": a}


def table(*steps: float) -> dict[str, Any]:
    return {"kind": "table", "steps": list(steps)}


def beta(a: float, alpha: float, b: float) -> dict[str, Any]:
    return {"kind": "beta", "a": a, "alpha": alpha, "beta": b}


# ---- response tables


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_kernels_reach_the_tables(name: str) -> None:
    """Each knot is the published kernel, a step in W counted twice, within one unit."""
    knots = Device.load(name).knots
    assert (np.int32, (1, 2, 65)) == (knots.dtype, knots.shape)
    for polarity, (a, alpha, b) in enumerate(PUBLISHED[name]):
        wanted = 2 * a * GRID ** (alpha - 1) * (1 - GRID) ** (b - 1) * ONE
        assert np.abs(knots[0, polarity] - wanted).max() <= 1


@pytest.mark.parametrize(
    ("kernel", "up", "down"),
    [
        (constant(0.01), 0 * GRID + 0.01, 0 * GRID + 0.01),
        (
            {"kind": "linear", "a": 0.01, "slope": 0.5},
            0.01 * (1 - 0.5 * GRID),
            0.01 * (0.5 + 0.5 * GRID),
        ),
        (soft(0.01), 0.01 * (1 - GRID), 0.01 * GRID),
        (
            {"kind": "exponential", "a": 0.01, "rate": 3.0},
            0.01 * np.exp(-3 * GRID),
            0.01 * np.exp(-3 * (1 - GRID)),
        ),
        (
            {"kind": "power", "a": 0.01, "gamma": 2.0},
            0.01 * (1 - GRID) ** 2,
            0.01 * GRID**2,
        ),
        (table(0.01, 0.03), 0.01 + 0.02 * GRID, 0.01 + 0.02 * GRID),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_kernels(kernel: dict[str, Any], up: np.ndarray, down: np.ndarray) -> None:
    """Every kind of kernel gives its formula, mirrored for down, within one unit."""
    knots = make(kernel, kernel).knots[0]
    assert np.abs(knots[0] - 2 * ONE * up).max() <= 1
    assert np.abs(knots[1] - 2 * ONE * down).max() <= 1


@pytest.mark.parametrize("name", PUBLISHED)
def test_interpolation_error_is_bounded(name: str) -> None:
    """Off by h^2/8 max|f''| between inner knots; at a rail by that of a power W^p."""
    device = Device.load(name)
    w, h = np.linspace(0.0, 1.0, 64 * 32 + 1), 1 / 64
    for polarity, (a, alpha, b) in enumerate(PUBLISHED[name]):
        exact = 2 * a * w ** (alpha - 1) * (1 - w) ** (b - 1)
        found = np.interp(w, GRID, device.knots[0, polarity] / ONE)
        error = np.abs(found - exact)
        inner = (w >= h) & (w <= 1 - h)
        curvature = np.abs(np.gradient(np.gradient(exact, w), w))[inner].max()
        assert error[inner].max() <= 1.05 * curvature * h**2 / 8 + 2 / ONE
        for power, end in ((alpha - 1, w < h), (b - 1, w > 1 - h)):
            t = np.linspace(0.0, 1.0, 1001)
            rail = 2 * a * h**power * np.abs(t**power - t).max()
            assert error[end].max() <= 1.1 * rail + curvature * h**2 / 8
        assert error.max() <= 0.02 * exact.max()


def test_step_at_is_the_table() -> None:
    """step_at gives the knots at knots and the mean of two in the middle between."""
    device = Device.load("hzo-200ns")
    state = -1.0 + 20 / 32
    low, high = device.knots[0, :, 20], device.knots[0, :, 21]
    assert tuple(low / ONE) == device.step_at(state)
    half = (low.astype(np.int64) + high) / 2 / ONE
    assert tuple(half) == pytest.approx(device.step_at(state + 1 / 64), abs=1e-12)


# ---- symmetry point


@pytest.mark.parametrize(
    ("up", "down", "point"), [(0.026, 0.014, 0.30), (0.02, 0.014, 0.006 / 0.034)]
)
def test_symmetry_point_of_soft_bounds(up: float, down: float, point: float) -> None:
    """B11a: up a(1-s), down b(1+s) cancel at (a-b)/(a+b)."""
    assert point == pytest.approx(make(soft(up), soft(down)).symmetry_point(), abs=1e-8)


@pytest.mark.parametrize("start", [-0.9, 0.0, 0.9])
def test_alternating_pulses_settle_at_the_symmetry_point(start: float) -> None:
    """B11a: the core's own cells come to within one step of it from anywhere."""
    device = make(soft(0.026), soft(0.014))
    core = plain.core([plain.layer(1, 1)], knots=device.knots)
    core.poke_state(0, 0, 0, 0, round(start * ONE))
    for _ in range(400):
        core.pulse(0, 0, 0, np.array([[1]], np.int8))
        core.pulse(0, 0, 0, np.array([[-1]], np.int8))
    state = int(core.peek("state", 0)[0, 0]) / ONE
    point = device.symmetry_point()
    assert abs(state - point) <= max(device.step_at(point))


def test_symmetry_points_of_published_kernels() -> None:
    """B11b: 0.3158 and 0.5787 of the range; facts 2.2 for the pulse widths."""
    second = make(beta(0.2611, 1.6429, 1.9873), beta(0.5969, 2.4585, 1.6885))
    assert 0.3158 == pytest.approx((second.symmetry_point() + 1) / 2, abs=2e-4)
    for name, wanted in (("hzo-20ns", 0.578), ("hzo-200ns", 0.558)):
        point = Device.load(name).symmetry_point()
        assert wanted == pytest.approx((point + 1) / 2, abs=5e-4)
    point = Device.load("hzo-20us").symmetry_point()
    assert 0.5787 == pytest.approx((point + 1) / 2, abs=5e-5)


@pytest.mark.parametrize(
    ("name", "states"), [("hzo-20ns", 33), ("hzo-200ns", 27), ("hzo-20us", 21)]
)
def test_states_of_published_kernels(name: str, states: int) -> None:
    """Facts 2.2: 33, 27 and 21 states; the shorter the pulse, the finer the step."""
    assert abs(states - Device.load(name).states()) < 1


@pytest.mark.parametrize(
    ("up", "down", "larger"), [(0.02, 0.01, "up"), (0.01, 0.02, "down")]
)
def test_no_symmetry_point(up: float, down: float, larger: str) -> None:
    """B11d: a step that is larger everywhere is an error that says which."""
    with pytest.raises(ConfigError, match=f"no symmetry point; the {larger} step"):
        make(constant(up), constant(down)).symmetry_point()


def test_only_the_stable_crossing_counts() -> None:
    """Of several crossings the stable one nearest 0 is taken; unstable ones never."""
    device = make(
        table(0.03, 0.01, 0.03, 0.01, 0.01), table(0.01, 0.03, 0.01, 0.03, 0.03)
    )
    assert 0.25 == pytest.approx(device.symmetry_point())  # others: -0.75, -0.25 (no)
    with pytest.raises(ConfigError, match="the steps cross, but any state near it"):
        make(table(0.01, 0.03), table(0.03, 0.01)).symmetry_point()
    with pytest.raises(ConfigError, match=r"class 3 is not in 0\.\.0"):
        device.symmetry_point(3)


def test_equal_steps_cancel_everywhere() -> None:
    """Where up and down are equal the symmetry point is the state nearest 0."""
    assert 0.0 == make(constant(0.01), constant(0.01)).symmetry_point()
    assert 0.0 == Device.load("soft-bounds-symmetric").symmetry_point()


@given(up=st.floats(0.001, 0.2), down=st.floats(0.001, 0.2))
def test_steps_are_equal_at_the_symmetry_point(up: float, down: float) -> None:
    """At the point the tables' own up and down steps differ by a rounding only."""
    device = make(soft(up), soft(down))
    rise, fall = device.step_at(device.symmetry_point())
    assert rise == pytest.approx(fall, abs=4 / ONE)


# ---- registers


def test_spread_registers() -> None:
    """SPEC 3.3, 3.4, 3.6: each deviation in its register's unit."""
    chip = Chip.load("ideal-symmetric")
    device = Device.load("hzo-200ns").with_spread(
        d2d_common=0.1, d2d_asymmetry=0.2, c2c=0.3, c2c_additive=0.001, bound=0.05
    )
    found = build_registers(chip, device, [(3, 5)], 1)
    assert abs(0.1 * 2**22 / 31.843 - found.d2d_common) <= 1
    assert abs(0.2 * 2**22 / 31.843 - found.d2d_asymmetry) <= 1
    assert abs(0.3 * 2**22 / 209.0215 - found.c2c[0]) <= 1
    assert abs(0.002 * ONE / 209.0215 - found.c2c_additive[0]) <= 1
    assert abs(0.05 * ONE / 31.843 - found.bound_spread) <= 1 + 0.05 * ONE * 1e-6
    assert (0,) * 15 == found.c2c[1:]
    assert (200, 0) == found.width_ns[:2]


def test_d2d_of_a_chip_file_is_split_in_two() -> None:
    """Independent spread of up and down: common and asymmetry both over sqrt 2."""
    text = '[chip]\nname = "x"\n[device]\nname = "hzo-20ns"\nd2d = 0.2\nc2c = 0.05\n'
    spread = Chip.loads(text).load_device().spread
    assert 0.2 / 2**0.5 == spread.d2d_common.value == spread.d2d_asymmetry.value
    assert 0.05 == spread.c2c.value
    assert "assumed" == spread.c2c.kind


# ---- files


@pytest.mark.parametrize("name", Device.shipped())
def test_shipped_devices(name: str) -> None:
    """Each loads under its own name, and every number has unit, kind and source."""
    device = Device.load(name)
    assert name == device.name
    assert device.source.strip()
    for part in (device, device.spread, *device.classes):
        for figure in vars(part).values():
            if isinstance(figure, files.Figure):
                assert figure.source.strip()
                assert figure.unit.strip()
    assert 0.0 <= abs(device.symmetry_point()) < 0.98


def test_assumed_numbers_say_so() -> None:
    """Film and amplitude of the lab's device are assumed, and shown as such."""
    device = Device.load("hzo-20ns")
    lines = device.assumed()
    assert any(line.startswith("thickness_nm = 12.5 nm: not publ") for line in lines)
    assert any(line.startswith("classes.0.amplitude_v = 3 V") for line in lines)
    assert "12.5 nm (assumed)" == str(device.thickness_nm)
    assert "10 um2" == str(device.area_um2)
    assert "0.4 nS" == str(device.g_min_ns)


@pytest.mark.parametrize(
    ("up", "said"),
    [
        (constant(-0.1), r"classes\.0\.up\.a: -0\.1 is not above 0"),
        (constant(float("nan")), r"classes\.0\.up\.a: nan is not finite"),
        (constant(float("inf")), r"classes\.0\.up\.a: inf is not finite"),
        (constant(True), r"classes\.0\.up\.a: True is not a number"),
        (constant(1e-10), r"classes\.0\.up: no step reaches one unit of 2\^-31"),
        (constant(0.6), r"classes\.0\.up: a step of 1\.2 is above 1"),
        (table(0.1, -0.1), r"classes\.0\.up: steps\[1\]: -0\.1 is not in 0\.\.1"),
        (table(0.1), r"classes\.0\.up\.steps: 1 values, allowed 2\.\.65"),
        ({"kind": "power", "a": 0.1}, r"gamma is needed by kernel power"),
        ({**constant(0.1), "beta": 2.0}, r"beta has no effect with kernel constant"),
        ({"kind": "bell", "a": 0.1}, r"classes\.0\.up\.kind: 'bell' is not one of"),
    ],
)
def test_refused_kernels(up: dict[str, Any], said: str) -> None:
    """A refusal names the path, the value and what is allowed."""
    with pytest.raises(ConfigError, match=said):
        make(up, constant(0.1))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"bound_low": -2.0}, r"bound_low: -2\.0 is not at least -1\.0 and below 0"),
        ({"source": " "}, r"source: empty"),
        ({"kind": "guessed"}, r"kind: 'guessed' is not one of 'measured'"),
        ({"area_um3": 1.0}, r"area_um3: unknown key \(did you mean area_um2\?\)"),
        ({"classes": []}, r"classes: 0 items, allowed at least 1"),
    ],
)
def test_refused_devices(changes: dict[str, Any], said: str) -> None:
    """A refusal names the path, the value and what is allowed."""
    with pytest.raises(ConfigError, match=said):
        files.validate(Device, {**text_of(), **changes}, "test")


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("g_min_ns", {"unit": "uS"}, r"g_min_ns\.unit: 'uS' is not 'nS'"),
        ("area_um2", {"low": -1.0}, r"area_um2\.low: -1 is not in 0\.0001\.\.1e\+06"),
        ("area_um2", {"value": 2.0}, r"area_um2\.value: 2\.0 is not in 3\.0\.\.20\.0"),
        ("area_um2", {"source": ""}, r"area_um2\.source: empty"),
        ("endurance", {"value": -5}, r"endurance\.value: -5\.0 is not 0 or above"),
    ],
)
def test_refused_figures(name: str, change: dict[str, Any], said: str) -> None:
    """A figure in another unit, of the wrong sign or without a source is refused."""
    data = text_of()
    data[name] = {**data[name], **change}
    with pytest.raises(ConfigError, match=said):
        files.validate(Device, data, "test")


def test_refused_amplitude() -> None:
    """A pulse's amplitude is a positive number of volts."""
    data = text_of()
    data["classes"][0]["amplitude_v"]["unit"] = "mV"
    with pytest.raises(
        ConfigError, match=r"classes\.0\.amplitude_v\.unit: 'mV' is not"
    ):
        files.validate(Device, data, "test")


@pytest.mark.parametrize("name", ["hzo-200ns", "hzo-20us"])
def test_numbers_of_another_device_are_assumed(name: str) -> None:
    """What was measured on another device or film is an assumption for this one."""
    device = Device.load(name)
    kinds = [f.kind for f in (device.g_min_ns, device.g_max_ns, device.endurance)]
    assert ["assumed"] * 3 == kinds
    assert "assumed" == device.polarization_uc_cm2.kind


def test_a_spread_too_small_for_its_register_is_refused() -> None:
    """A deviation that rounds to nothing would have no effect, so it is an error."""
    device = Device.load("ideal-symmetric").with_spread(c2c=1e-6)
    with pytest.raises(ConfigError, match=r"c2c: 1e-06 has no effect; the least is"):
        build_registers(Chip.load("ideal-symmetric"), device, [(3, 5)], 1)


def test_refused_spread() -> None:
    """A deviation outside its range is refused with the range."""
    with pytest.raises(ConfigError, match=r"c2c\.value: 9\.0 is not in 0\.\.3\.0"):
        Device.load("hzo-20ns").with_spread(c2c=9.0)


def test_plot(tmp_path: Path) -> None:
    """A device draws itself into a file, and only into a picture."""
    target = tmp_path / "device.png"
    Device.load("hzo-200ns").plot(target)
    assert b"\x89PNG" == target.read_bytes()[:4]


def test_steps_of_whole_numbers() -> None:
    """W given as integers gives the same steps as floats do."""
    kernel = Kernel(kind="constant", a=0.25)
    assert [0.25, 0.25] == kernel.step(np.array([0, 1]), 0).tolist()


def test_calls_out_of_range() -> None:
    """A class, a state or a text that is none is refused in one line."""
    device = Device.load("hzo-200ns")
    with pytest.raises(ConfigError, match=r"class 4 is not in 0\.\.0"):
        device.step_at(0.0, 4)
    with pytest.raises(ConfigError, match=r"class 'x' is not in 0\.\.0"):
        device.symmetry_point("x")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"state: 3 is not in -1\.\.1"):
        device.step_at(3.0)
    with pytest.raises(ConfigError, match="device: int is not the text"):
        Device.loads(3)  # type: ignore[arg-type]
