"""Fits: what went in comes out, what the data don't say is refused."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from staircase import staircase
from typer.testing import CliRunner

from edgeferro.chip.device import Device, Kernel
from edgeferro.cli.commands import app
from edgeferro.errors import ConfigError, DataError
from edgeferro.fitting.device_file import to_device_toml
from edgeferro.fitting.evaluate import spread, symmetry_point, to_dict
from edgeferro.fitting.fit import fit_measurement
from edgeferro.fitting.measurement import Measurement, from_arrays
from edgeferro.fitting.result import FitResult

TRUE: dict[str, tuple[dict[str, float], dict[str, float]]] = {
    "constant": ({"a": 0.02}, {"a": 0.025}),
    "soft-bounds": ({"a": 0.05}, {"a": 0.08}),
    "linear": ({"a": 0.04, "slope": 0.6}, {"a": 0.05, "slope": 0.4}),
    "exponential": ({"a": 0.05, "rate": 1.5}, {"a": 0.08, "rate": 2.0}),
    "power": ({"a": 0.06, "gamma": 1.6}, {"a": 0.08, "gamma": 1.3}),
    "beta": (
        {"a": 0.36361457, "alpha": 1.96391651, "beta": 3.09212352},
        {"a": 0.18900954, "alpha": 2.40094446, "beta": 1.97854856},
    ),
}
KINDS = list(TRUE)


def curve(
    kind: str, *, cycles: int = 2, c2c: float = 0.0, pulses: int = 80, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return conductances, 10..70 nS for W = 0..1, and the pulses before them."""
    rng = np.random.default_rng(seed)
    w, states, signs = 0.03, [0.03], [-1]
    for _ in range(cycles):
        for polarity, values in enumerate(TRUE[kind]):
            kernel = Kernel(kind=kind, **values)  # type: ignore[arg-type]
            for _ in range(pulses):
                step = float(kernel.step(np.array([w]), polarity)[0])
                step *= 1.0 + c2c * rng.standard_normal()
                w = min(max(w + step * (1 - 2 * polarity), 0.0), 1.0)
                states.append(w)
                signs.append(1 - 2 * polarity)
    return 10.0 + 60.0 * np.array(states), np.array(signs)


def fitted(kind: str, kernel: str | None = None, **options: Any) -> FitResult:
    """Fit a synthetic curve."""
    return fit_measurement(from_arrays(*curve(kind, **options)), kernel)


def truth(kind: str) -> np.ndarray:
    """Return the generating parameters, up then down."""
    return np.array([value for side in TRUE[kind] for value in side.values()])


def path_of(tmp_path: Path, kind: str = "beta", **options: Any) -> Path:
    """Write a synthetic curve as a file."""
    g, signs = curve(kind, **options)
    rows = zip(range(1, len(g) + 1), signs.tolist(), g.tolist(), strict=True)
    lines = [f"{n},{sign},{value!r}" for n, sign, value in rows]
    path = tmp_path / "curve.csv"
    head = ["Date: 2026-11-25", "pulse_width_ns: 500", "pulse,polarity,G (nS)"]
    path.write_text("\n".join([*head, *lines]) + "\n")
    return path


def refused(conductance: Any, polarity: Any = None, kernel: str | None = None) -> str:
    """Return the message that arrays are refused with."""
    with pytest.raises(DataError) as caught:
        fit_measurement(from_arrays(conductance, polarity), kernel)
    return str(caught.value)


# ---- what went in comes out


@pytest.mark.parametrize("kind", KINDS)
def test_clean_data_return_the_parameters(kind: str) -> None:
    """Within 1 % of the generating ones, the kernel found by itself."""
    fit = fitted(kind)
    assert (kind, kind) == fit.kinds
    assert truth(kind) == pytest.approx(fit.values[:-2], rel=0.01)
    assert all(min(pair) > 0.999 for pair in fit.r2.values())


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_noisy_data_return_the_parameters(kind: str, seed: int) -> None:
    """At 5 % noise of each step and 10 cycles within 10 %, the kernel found too."""
    fit = fitted(kind, cycles=10, c2c=0.05, seed=seed)
    assert (kind, kind) == fit.kinds
    assert truth(kind) == pytest.approx(fit.values[:-2], rel=0.1)


@pytest.mark.parametrize("c2c", [0.05, 0.2])
def test_spread_is_found(c2c: float) -> None:
    """The cycle-to-cycle spread that went in comes out within a tenth."""
    found = spread(fitted("beta", cycles=10, c2c=c2c))
    assert c2c == pytest.approx(found["c2c"], rel=0.1)
    assert found["c2c_additive"] < 0.002


def test_read_noise_is_additive() -> None:
    """Noise of the reading, 0.3 % of the range, is sqrt 2 of it in every step."""
    g, signs = curve("beta", cycles=10)
    g = g + 60.0 * 0.003 * np.random.default_rng(0).standard_normal(len(g))
    found = spread(fit_measurement(from_arrays(g, signs), "beta"))
    assert 0.003 * 2**0.5 == pytest.approx(found["c2c_additive"], rel=0.3)


def test_rails_are_found_beyond_the_readings() -> None:
    """Conductances at W = 0 and 1 are 10 and 70 nS though no reading gets there."""
    fit = fitted("beta")
    assert fit.fitted_window
    assert fit.steps.g_high < 69.0
    report = to_dict(fit)
    assert (10.0, 70.0) == pytest.approx((report["g_min"], report["g_max"]), rel=0.01)


def test_symmetry_point_is_the_published_one() -> None:
    """0.558 of the range for the 200 ns device, also in the report."""
    fit = fitted("beta")
    assert 0.558 == pytest.approx(symmetry_point(fit), abs=0.001)
    report = to_dict(fit)
    assert 0.12 == pytest.approx(report["symmetry_point"], abs=0.005)
    assert 27 == round(report["states"])


def test_errors_cover_the_truth() -> None:
    """Over 20 seeds the truth lies within three standard errors nine times in ten."""
    inside = []
    for seed in range(20):
        fit = fitted("power", "power", cycles=4, c2c=0.05, seed=seed)
        off = np.abs(fit.values[:-2] - truth("power")) / fit.errors[:-2]
        inside += (off < 3.0).tolist()
    assert np.mean(inside) >= 0.9


def test_a_fit_is_the_same_every_time() -> None:
    """Restarts are fixed: two fits agree to the last bit."""
    first, second = (fitted("beta", cycles=3, c2c=0.1) for _ in range(2))
    assert first.values.tolist() == second.values.tolist()


def test_kernels_of_the_branches_may_differ() -> None:
    """Two names with a comma fit one branch each."""
    fit = fitted("soft-bounds", "soft-bounds,power")
    assert ("soft-bounds", "power") == fit.kinds
    assert (0.05, 0.08, 1.0) == pytest.approx(tuple(fit.values[:-2]), rel=0.01)


def test_arrays_without_polarity() -> None:
    """Turning points stand for the polarity; the parameters are the same."""
    g, _ = curve("soft-bounds")
    fit = fit_measurement(from_arrays(g))
    assert truth("soft-bounds") == pytest.approx(fit.values[:-2], rel=0.01)


# ---- what can't be fitted is refused


@pytest.mark.parametrize("count", [1, 2, 3])
def test_too_few_points(count: int) -> None:
    """One, two or three points are no fit."""
    text = f"not identifiable, {count} readings"
    assert text in refused([1.0, 2.0, 1.0][:count], [1, 1, -1][:count])


def test_constant_trace() -> None:
    """A conductance that never moves is no fit."""
    assert "conductance is constant (20)" in refused([20.0] * 30, [1, -1] * 15)


def test_siemens() -> None:
    """Values times 1e-6 and 1e-9 give the same parameters: the scale is no part."""
    g, signs = curve("beta")
    plain = fit_measurement(from_arrays(g, signs)).values
    for scale in (1e-6, 1e-9):
        found = fit_measurement(from_arrays(g * scale, signs)).values
        assert plain == pytest.approx(found, rel=1e-4, abs=1e-6)


def test_nan() -> None:
    """A NaN is refused with its index."""
    g, signs = curve("beta")
    g[17] = np.nan
    assert "index 17: conductance is not finite" in refused(g, signs)


def test_unequal_lengths() -> None:
    """As many pulses as responses, or the index where one ends."""
    g, signs = curve("beta")
    text = "index 300: unequal lengths, 300 pulses and 321 responses"
    assert text in refused(g, signs[:300])


def test_jump() -> None:
    """Depression that starts elsewhere than potentiation ended is refused."""
    g, signs = curve("soft-bounds", cycles=1)
    g[signs < 0] += 40.0
    assert "don't join, a jump of" in refused(g[1:], signs[1:])


def test_negative_conductance() -> None:
    """A conductance is above 0; the index is named."""
    assert "index 2: conductance is not finite and above 0" in refused([1.0, 2.0, -1.0])


def test_one_branch_only() -> None:
    """Potentiation alone is no device."""
    g, signs = curve("beta", cycles=1)
    assert "one branch only (potentiation)" in refused(g[1:81], signs[1:81])


@pytest.mark.parametrize(
    ("steps", "kernel", "message"),
    [
        (4, "beta", "only 4 steps up, only 4 steps down"),
        (3, "linear", "only 3 steps up"),
        (2, "constant", "only 2 steps up"),
        (2, None, "only 2 steps up"),
    ],
)
def test_fewer_steps_than_needed(steps: int, kernel: str | None, message: str) -> None:
    """Each branch needs two steps more than its kernel has parameters."""
    g, signs = curve("soft-bounds", cycles=1, pulses=steps)
    assert message in refused(g, signs, kernel)


@pytest.mark.parametrize(
    ("kernel", "limits"),
    [
        ("linear", ["up.slope is at its limit 0", "down.slope is at its limit 0"]),
        ("beta", ["up.alpha is at its limit 1", "down.beta is at its limit 1"]),
    ],
)
def test_parameter_at_its_limit(kernel: str, limits: list[str]) -> None:
    """A kernel that bends ends at its limits on constant steps, which is said."""
    text = refused(*curve("constant"), kernel)
    assert f"kernel {kernel} not identifiable" in text
    for limit in limits:
        assert limit in text


@pytest.mark.parametrize(
    ("kernel", "name"), [("exponential", "rate"), ("power", "gamma")]
)
def test_uncertain_parameter(kernel: str, name: str) -> None:
    """An exponent known to worse than 50 % is refused with value and error."""
    g, signs = curve("constant", cycles=1, pulses=30, c2c=0.9)
    found = re.findall(r"\.(\w+) = ([\d.]+) \+- ([\d.]+)", refused(g, signs, kernel))
    assert 2 == len(found)
    for parameter, value, error in found:
        assert name == parameter
        assert float(error) > 0.5 * float(value)


def test_poor_fit() -> None:
    """Constant steps on a strongly bent curve are poor, and the limit is given."""
    text = refused(*curve("power"), "constant")
    assert "poor fit, R2 up" in text
    assert "(limit 0.9)" in text


@pytest.mark.parametrize(
    ("seed", "message"),
    [
        (3, "pulses of both polarities raise the conductance"),
        (4, "pulses of both polarities lower the conductance"),
        (6, "poor fit, R2 up -0.585"),
    ],
)
def test_noise_alone_is_no_device(seed: int, message: str) -> None:
    """Readings without any trend move one way by chance, or fit poorly."""
    g = 20.0 + np.random.default_rng(seed).random(80)
    assert message in refused(g, np.repeat([1, -1, 1, -1], 20))


@pytest.mark.parametrize("kernel", ["gauss", "beta,power,beta", "", ","])
def test_unknown_kernel(kernel: str) -> None:
    """A kernel that there is not is refused with those that there are."""
    with pytest.raises(DataError, match=r"kernel: .* is not auto, constant, soft-bo"):
        fitted("beta", kernel)


# ---- device files


@pytest.mark.parametrize("kind", KINDS)
def test_device_file_reproduces_the_steps(kind: str, tmp_path: Path) -> None:
    """A written device loads, and its table is the fitted kernel within one unit."""
    fit = fitted(kind, cycles=4, c2c=0.03)
    path = tmp_path / "d.toml"
    path.write_text(to_device_toml(fit, "mine"))
    device = Device.load(path)
    assert ("mine", "fitted") == (device.name, device.kind)
    w = np.linspace(0.0, 1.0, 65)
    for polarity, kernel in enumerate(fit.kernels()):
        wanted = 2.0 * kernel.step(w, polarity) * 2.0**31
        assert np.abs(wanted - device.knots[0, polarity]).max() <= 1.0
    try:
        point = device.symmetry_point()
    except ConfigError:
        assert kind == "constant"
    else:
        assert 2 * symmetry_point(fit) - 1 == pytest.approx(point, abs=0.01)


def test_device_file_says_where_it_comes_from(tmp_path: Path) -> None:
    """File, sum and date in the source; what is not in the data is assumed."""
    data = Measurement.load(path_of(tmp_path))
    path = tmp_path / "d.toml"
    path.write_text(to_device_toml(fit_measurement(data), "mine"))
    device = Device.load(path)
    for part in ("curve.csv", data.sha256, "2026-11-25"):
        assert part in device.source
    assert 500 == device.classes[0].width_ns
    kinds = [device.area_um2.kind, device.classes[0].amplitude_v.kind]
    kinds += [device.spread.d2d_common.kind, device.endurance.kind]
    assert ["assumed"] * 4 == kinds
    assert "fitted" == device.spread.c2c.kind


def test_a_day_that_nobody_wrote_is_said_to_be_missing() -> None:
    """The source is read by people: no name of a Python value stands in it."""
    source = tomllib.loads(to_device_toml(fitted("beta"), "x"))["source"]
    assert "None" not in source
    assert ", day of measurement not in the file; R2" in source


def test_given_width_and_amplitude() -> None:
    """Options go before the file; without either, the width is said to be assumed."""
    fit = fitted("beta")
    assert "assumed: not in the data" in to_device_toml(fit, "x")
    text = to_device_toml(fit, "x", 33, 1.5)
    assert 'area_um2 = { value = 10.0, low = 3.0, high = 20.0, unit = "um2"' in text
    assert 'kind = "assumed", source = "not in the data: as the shipped' in text
    given = to_device_toml(fit, "x", area_um2=7.5)
    assert 'area_um2 = { value = 7.5, unit = "um2", kind = "measured"' in given
    assert "width_ns = 33\n" in text
    assert "value = 1.5" in text


def test_a_name_can_be_anything(tmp_path: Path) -> None:
    """Quotes and umlauts in a name come back; what a terminal obeys is refused."""
    path = tmp_path / "d.toml"
    path.write_text(to_device_toml(fitted("beta"), 'a "b" \\ ü'), encoding="utf-8")
    assert 'a "b" \\ ü' == Device.load(path).name
    with pytest.raises(DataError, match=r"name: .* holds a control character"):
        to_device_toml(fitted("beta"), "a \x7f")


def test_too_noisy_for_a_device() -> None:
    """Read noise above a device's limit is refused by name."""
    g, signs = curve("constant", cycles=10, pulses=36)
    g = g + 60.0 * 0.035 * np.random.default_rng(0).standard_normal(len(g))
    fit = fit_measurement(from_arrays(np.maximum(g, 1.0), signs), "linear")
    with pytest.raises(DataError, match=r"c2c_additive .* is above 0\.05"):
        to_device_toml(fit, "x")


# ---- the command


def test_command_writes_three_files(tmp_path: Path) -> None:
    """Device, figures and picture are written; the report names them all."""
    out, figures, picture = (tmp_path / n for n in ("d.toml", "f.json", "p.png"))
    options = ["--out", str(out), "--json", str(figures), "--plot", str(picture)]
    source = str(path_of(tmp_path))
    result = CliRunner().invoke(app, ["fit", source, *options, "--name", "mine"])
    assert 0 == result.exit_code, result.output
    for part in ("up.alpha", "R2 down", "symmetry point", "states", "determined"):
        assert part in result.output
    assert "mine" == Device.load(out).name
    found = json.loads(figures.read_text())
    assert 1.96391651 == pytest.approx(
        found["parameters"]["up.alpha"]["value"], rel=0.01
    )
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert {"curve.csv", "d.toml", "f.json", "p.png"} == {
        p.name for p in tmp_path.iterdir()
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--kernel", "gauss"], "kernel: 'gauss' is not auto"),
        (["--width-ns", "0"], "--width-ns: 0 is not in 1"),
        (["--amplitude-v", "-1"], "--amplitude-v: -1 is not above 0"),
        (["--amplitude-v", "nan"], "--amplitude-v: nan is not above 0"),
        (["--name", " "], "--name: empty"),
        (["--out", "nowhere/x.toml"], "--out: folder nowhere is not there"),
        (["--plot", "p.gif"], "does not end in .png"),
        (["--column", "X"], "no column X"),
    ],
)
def test_command_refuses(options: list[str], message: str, tmp_path: Path) -> None:
    """Bad options are one DataError, and no file is left."""
    out = tmp_path / "d.toml"
    source = str(path_of(tmp_path))
    result = CliRunner().invoke(app, ["fit", source, "--out", str(out), *options])
    assert isinstance(result.exception, DataError)
    assert message in str(result.exception)
    assert ["curve.csv"] == [p.name for p in tmp_path.iterdir()]


def test_staircase_of_resistances(tmp_path: Path) -> None:
    """A file as an analyser writes it: kernel, steps and symmetry point come out.

    Soft bounds of 0.12 (1 - w) up and 0.16 w down are equal at w = 0.12 / 0.28, which
    is -1 / 7 of -1..1.
    """
    up, down = (Kernel(kind="soft-bounds", a=a) for a in (0.12, 0.16))
    path = tmp_path / "stairs.txt"
    path.write_text(staircase(up, down))
    fit = fit_measurement(Measurement.load(path))
    assert ("soft-bounds", "soft-bounds") == fit.kinds
    assert (0.12, 0.16) == pytest.approx(tuple(fit.values[:2]), rel=0.05)
    assert min(min(pair) for pair in fit.r2.values()) > 0.9
    report = to_dict(fit)
    assert "staircase" == report["scheme"]
    assert -1 / 7 == pytest.approx(report["symmetry_point"], abs=0.01)
    assert (4.85, 70.4) == pytest.approx((report["g_min"], report["g_max"]), rel=0.5)


def test_moderate_fit_is_remarked() -> None:
    """A kernel that nearly suits is used, and the report says how nearly."""
    fit = fitted("linear", "soft-bounds", cycles=3)
    assert ["moderate fit down"] == [r.partition(":")[0] for r in fit.remarks]
    assert fit.remarks[0] in to_dict(fit)["notes"]
    assert not fitted("linear", "linear", cycles=3).remarks
