"""Shipped devices: the numbers are the published ones, and guesses say so."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeferro
from edgeferro.chip.device import Device

FOLDER = Path(edgeferro.__file__).parent / "shipped" / "devices"
# A, alpha, beta up and down as published, and the symmetry points that follow.
STAIRCASES = {
    "hzo-staircase-25mv": ((0.1761, 1.8103, 2.1228), (0.33, 2.4721, 1.7929), -0.36),
    "hzo-staircase-50mv": ((0.2611, 1.6429, 1.9873), (0.5969, 2.4585, 1.6885), -0.37),
}


def maker() -> Any:
    """Return the script that makes the interpolated devices, as a module."""
    path = FOLDER / "make_interpolated.py"
    spec = importlib.util.spec_from_file_location("make_interpolated", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def six(name: str) -> np.ndarray:
    """Return the six beta parameters of a shipped device."""
    found = Device.load(name).classes[0]
    return np.array([[k.a, k.alpha, k.beta] for k in (found.up, found.down)], float)


@pytest.mark.parametrize("name", STAIRCASES)
def test_staircases_are_the_published_ones(name: str) -> None:
    """Parameters as published, symmetry point as derived from them."""
    up, down, point = STAIRCASES[name]
    assert np.array([up, down]).tolist() == six(name).tolist()
    device = Device.load(name)
    assert point == pytest.approx(device.symmetry_point(), abs=0.005)
    assert "staircase" in device.source
    assert "2601.00020" in device.source


def test_what_is_known_of_the_50mv_device_is_guessed_of_the_other() -> None:
    """Conductances are derived from its file; for 25 mV the same are assumed."""
    known, other = (Device.load(f"hzo-staircase-{mv}mv") for mv in (50, 25))
    assert (4.85, 70.4) == (known.g_min_ns.value, known.g_max_ns.value)
    assert ("derived", "assumed") == (known.g_min_ns.kind, other.g_min_ns.kind)
    assert ("measured", "assumed") == (
        known.classes[0].amplitude_v.kind,
        other.classes[0].amplitude_v.kind,
    )


@pytest.mark.parametrize("name", ["hzo-2us", "hzo-200us"])
def test_interpolated_devices_regenerate(name: str) -> None:
    """The script makes the shipped file again, to the letter."""
    assert maker().make(name) == (FOLDER / f"{name}.toml").read_text()


def test_interpolation_is_linear_in_log_width() -> None:
    """2 us is the middle of 200 ns and 20 us; 0.2 ms half that way beyond."""
    left, right = six("hzo-200ns"), six("hzo-20us")
    assert np.abs((left + right) / 2 - six("hzo-2us")).max() < 1e-7
    assert np.abs(right + (right - left) / 2 - six("hzo-200us")).max() < 1e-7


def test_interpolation_goes_through_the_published_points() -> None:
    """At the three published widths the script gives the published parameters."""
    for name in ("hzo-20ns", "hzo-200ns", "hzo-20us"):
        found = maker().parameters(Device.load(name).classes[0].width_ns)
        rows = [[v[n] for n in ("a", "alpha", "beta")] for v in found.values()]
        assert np.abs(six(name) - rows).max() < 1e-7


@pytest.mark.parametrize(
    ("name", "word"), [("hzo-2us", "interpolated"), ("hzo-200us", "EXTRAPOLATED")]
)
def test_guesses_say_so(name: str, word: str) -> None:
    """Kind assumed, and the description begins with it."""
    device = Device.load(name)
    assert "assumed" == device.kind
    assert device.description.startswith(f"ASSUMED, {word}")
    assert "not measured" in device.source


def test_aihwkit_preset() -> None:
    """A step of 0.0016 of -1..1 at every state, up as down, with its spread."""
    device = Device.load("aihwkit-gokmen-vlasov")
    for state in (-0.9, 0.0, 0.5):
        assert (0.0016, 0.0016) == pytest.approx(device.step_at(state), rel=1e-6)
    assert 1250 == pytest.approx(device.states())
    found = device.spread
    numbers = [found.c2c.value, found.d2d_common.value, found.d2d_asymmetry.value]
    assert [0.3, 0.3, 0.01] == numbers
    assert "simulated" == device.kind


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda p: p.stem)
def test_every_device_names_a_source(path: Path) -> None:
    """A paper, a repository, a definition, or the reason for a guess."""
    table = tomllib.loads(path.read_text())
    words = ("arXiv", "aihwkit", "definition", "not measured")
    assert any(word in table["source"] for word in words)
