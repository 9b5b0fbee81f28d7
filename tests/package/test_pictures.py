"""Numbers in pictures, read off what was drawn, against numbers worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from by_hand import outcome, result
from drawn import Drawn, line, texts
from paper_rows import result as paper
from scipy import stats
from seam import chip_of, device_file

from edgeferro.calibrating import picture as calibrating
from edgeferro.calibrating.references import Choice
from edgeferro.calibrating.truth import Residual, true_points
from edgeferro.chip.chip import Chip
from edgeferro.chip.device import Device
from edgeferro.controller import Controller
from edgeferro.core.symmetry import LayerMap
from edgeferro.fitting.fit import fit_measurement
from edgeferro.fitting.measurement import from_arrays
from edgeferro.fitting.picture import plot as plot_fit
from edgeferro.mapping.images import new_image
from edgeferro.paper.pictures import draw_pictures
from edgeferro.paper.schemes import Scheme
from edgeferro.training.picture import plot_outcomes

if TYPE_CHECKING:
    from pathlib import Path

near = pytest.approx
UNEQUAL = {  # soft bounds: up and down cancel at W = 0.026 / (0.026 + 0.014) = 0.65
    "up": '{ kind = "soft-bounds", a = 0.026 }',
    "down": '{ kind = "soft-bounds", a = 0.014 }',
}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    return Drawn(monkeypatch)


# ---- the paper's pictures


MIXED = Scheme("mixed-precision", "mid-level")


def test_paper_energies_are_joules(drawn: Drawn, tmp_path: Path) -> None:
    """Femtojoules of the table are drawn as joules in both panels of energy."""
    slow = paper(MIXED, "hzo-2us", update_fj=np.full(10, 5000.0))
    other = paper(Scheme("sgd-counted", "mid-level"), "hzo-20ns")
    common = paper(MIXED, "hzo-200us", rates="common")
    found = [paper(MIXED, "hzo-20ns"), slow, other, common]
    draw_pictures(found, tmp_path / "p.csv", "watch", 0.85)
    update, epochs, spent = drawn.panels(1)
    width = [20.0, 2000.0]
    assert (width, near([2e-12, 5e-12])) == line(update, "an update, chip")
    assert (width, near([3e-15, 3e-15])) == line(update, "a pulse, its cell")
    # 0.8 after one epoch, 0.9 after two: 0.85 after 1.5
    (shown,) = epochs.lines
    assert [1.5, 1.5] == near(list(shown.get_ydata()))
    # half way from 4e6 to 8e6 fJ; from 300 to 600, and from 200 to 400
    assert (width, near([6e-9, 6e-9])) == line(spent, "learning, chip")
    assert (width, near([4.5e-13, 4.5e-13])) == line(spent, "learning, array")
    assert (width, near([3e-13, 3e-13])) == line(spent, "learning, cells")
    assert "6 nJ" == spent.yaxis.get_major_formatter()(6e-9)
    assert "energy to 85 %" == spent.get_ylabel()
    names = [text.get_text() for text in spent.get_xticklabels()]
    assert ["20 ns", "2 us*"] == names  # which was not measured


def test_paper_says_where_a_goal_is_not_reached(drawn: Drawn, tmp_path: Path) -> None:
    """A width short of the goal is a gap; if all are, the panel says so."""
    short = paper(MIXED, "hzo-200ns", curve=np.array([[0.1, 0.2, 0.3, 0.4]] * 10))
    far = paper(MIXED, "hzo-20ns")
    draw_pictures([far, short], tmp_path / "p.csv", "watch", 0.85)
    _, epochs, spent = drawn.panels(1)
    assert [1.5, np.nan] == near(list(epochs.lines[0].get_ydata()), nan_ok=True)
    assert [6e-9, np.nan] == near(line(spent, "learning, chip")[1], nan_ok=True)
    draw_pictures([short], tmp_path / "p.csv", "watch", 0.85)
    _, epochs, spent = drawn.panels(4)
    for axes in (epochs, spent):
        assert ["not reached"] == texts(axes)
        assert [] == list(axes.lines)
        assert [] == list(axes.get_yticks())
    assert (100.0, 400.0) == near(spent.get_xlim())


def test_paper_accuracies_are_percent(drawn: Drawn, tmp_path: Path) -> None:
    """Curves by rule and width, last accuracies by reference, with n."""
    tops = {"sgd-stochastic": 0.4, "sgd-counted": 0.5, "mixed-precision": 0.9}
    found = [
        paper(Scheme(rule, "mid-level"), "hzo-20ns", curve=np.array([[0.1, top]] * 10))
        for rule, top in tops.items()
    ]
    draw_pictures(found, tmp_path / "p.csv", "watch", 0.85)
    for axes, top in zip(drawn.panels(0), tops.values(), strict=True):
        assert ([0.0, 1.0], near([10.0, 100 * top])) == line(axes, "20 ns")
    mid, model, _ = drawn.panels(2)
    for rule, top in tops.items():
        assert ([20.0], near([100 * top])) == line(mid, rule)
    assert [] == list(model.lines)
    assert "n = 10 seeds" in mid.get_ylabel()


# ---- training


def test_training_curve(drawn: Drawn, tmp_path: Path) -> None:
    """Percent over passes: mean of the chips, and its 95 % interval over the seeds."""
    chip = Chip.load("ideal-symmetric")
    chips = [
        result(0, 3, before=0.5, curve=(0.6, 0.8)),
        result(1, 3, before=0.7, curve=(0.8, 0.9)),
        result(0, 4, before=0.5, curve=(0.7, 0.8)),
        result(1, 4, before=0.7, curve=(0.9, 0.9)),
    ]
    plot_outcomes([outcome(chip, *chips, passes=2)], tmp_path / "a.png")
    (axes,) = drawn.panels()
    shown = line(axes, "mixed-precision, reference none, n = 2 seeds")
    assert ([0.0, 1.0, 2.0], near([60.0, 75.0, 85.0])) == shown
    (band,) = axes.collections
    ends = {tuple(np.round(corner, 6)) for corner in band.get_paths()[0].vertices}
    half = 5.0 * stats.t.ppf(0.975, 1)  # of 70 and 80
    low, high = (1.0, round(75.0 - half, 6)), (1.0, round(75.0 + half, 6))
    assert {(0.0, 60.0), (2.0, 85.0), low, high} == ends
    assert "eight on ideal-symmetric (mean, 95 % over seeds)" == axes.get_title()


def test_training_of_one_seed(drawn: Drawn, tmp_path: Path) -> None:
    """One seed has no band, and the picture says so."""
    chip = Chip.load("ideal-symmetric")
    plot_outcomes(
        [outcome(chip, result(0, before=0.5, curve=(0.6,)))], tmp_path / "a.png"
    )
    (axes,) = drawn.panels()
    assert [] == list(axes.collections)
    assert [50.0, 60.0] == near(
        line(axes, "mixed-precision, reference none, n = 1 seed")[1]
    )
    assert "eight on ideal-symmetric (one seed, no interval)" == axes.get_title()


def test_training_compared(drawn: Drawn, tmp_path: Path) -> None:
    """Two runs side by side keep their numbers, and are labelled by what differs."""
    one = Chip.load("ideal-symmetric")
    two = one.with_(**{"converters.adc_bits": 6})
    runs = [
        outcome(chip, result(before=start, curve=(end,)))
        for chip, start, end in ((one, 0.1, 0.9), (two, 0.2, 0.7))
    ]
    labels = ("as given", "converters.adc_bits=6")
    plot_outcomes(runs, tmp_path / "a.png", labels)
    (axes,) = drawn.panels()
    assert [10.0, 90.0] == near(line(axes, "as given, n = 1 seed")[1])
    assert [20.0, 70.0] == near(line(axes, "converters.adc_bits=6, n = 1 seed")[1])


# ---- calibration


def calibrated(path: Path, **changes: Any) -> Controller:
    """A chip of one layer of 2 x 3 cells; without a spread their points are 0.3."""
    chip = chip_of(device_file(path, **UNEQUAL))
    chip = chip.with_(**{"network.weight_limit": 2.0, **changes})
    return Controller(new_image(chip, (2, 2), np.zeros((1, 2)), 0))


def give(controller: Controller, levels: Any) -> None:
    """A map of found cells."""
    codes = np.asarray(levels, np.int16)
    found = np.ones((2, 3), np.uint8), np.zeros((2, 3), np.uint16)
    controller.maps = (LayerMap(codes, *found),)


def test_calibration(drawn: Drawn, tmp_path: Path) -> None:
    """Found points over true ones, as states; each choice's residual in percent."""
    controller = calibrated(tmp_path)
    give(controller, [[8192, 8192, 8192], [-16384, 8192, 8192]])
    choices = [
        Choice(
            name,
            outcome(chip_of(tmp_path / "cell.toml"), result()),
            tuple(Residual(6, 0.0, 0.0, p95, 0.0) for p95 in values),
            0,
            0,
        )
        for name, values in (("none", (0.10, 0.15)), ("cell, calibrated", (0.01, 0.01)))
    ]
    calibrating.plot(controller, choices, tmp_path / "a.png")
    left, middle, right = drawn.panels()
    # W = 0.65 is the state 2 x 0.65 - 1 = 0.3; 8192 of 32768 is 0.25
    across, up = line(left, "layer 0, 2 x 3")
    assert [0.3] * 6 == near(across, abs=1e-6)
    assert [0.25, 0.25, 0.25, -0.5, 0.25, 0.25] == up
    # parts of full scale, which is 2: 0.25 - 0.3 are -2.5 %, -0.5 - 0.3 are -40 %
    across, up = line(middle, "layer 0, 2 x 3")
    assert [0.3] * 6 == near(across, abs=1e-6)
    assert [-2.5, -2.5, -2.5, -40.0, -2.5, -2.5] == near(up, abs=1e-4)
    assert (0.2, 0.4) == near(left.get_xlim(), abs=1e-6)
    assert (0.2, 0.4) == near(middle.get_xlim(), abs=1e-6)
    shown = [text.get_text() for text in left.get_legend().get_texts()]
    assert ["layer 0, 2 x 3", "found = true"] == shown  # no line through one point
    assert [12.5, 1.0] == near([bar.get_height() for bar in right.patches])
    labels = [text.get_text() for text in right.get_xticklabels()]
    assert ["none", "cell\ncalibrated"] == labels
    (ends,) = right.collections
    half = 2.5 * stats.t.ppf(0.975, 1)
    spread = [segment[:, 1] for segment in ends.get_segments()]
    assert [12.5 - half, 12.5 + half] == near(spread[0].tolist())
    (said,) = (text.get_text() for text in right.get_legend().get_texts())
    assert "mean of 2 seeds, 95 % interval" == said


def test_calibration_with_its_line(drawn: Drawn, tmp_path: Path) -> None:
    """The diagonal, the fitted line, and their difference beside the points'."""
    controller = calibrated(tmp_path, **{"device.d2d": 0.1})
    truth = true_points(controller, 0)
    give(controller, np.rint((1.25 * truth - 0.125) * 32768))
    calibrating.plot(controller, [], tmp_path / "a.png")
    left, middle, _ = drawn.panels()
    ends = [truth.min() - 0.1, truth.max() + 0.1]
    name = "found = 1.250 x true -0.1250"
    assert (near(ends), near(ends)) == line(left, "found = true")
    assert (near(ends), near([0.0, 0.0])) == line(middle, "found = true")
    close = near([1.25 * end - 0.125 for end in ends], abs=1e-3)
    assert (near(ends), close) == line(left, name)
    # half of 0.25 x - 0.125, in percent
    away = near([12.5 * end - 6.25 for end in ends], abs=0.05)
    assert (near(ends), away) == line(middle, name)
    every = (12.5 * truth - 6.25).ravel().tolist()
    assert near(every, abs=0.01) == line(middle, "layer 0, 2 x 3")[1]
    assert (near(ends), near([1.5625, 1.5625])) == line(middle, "1/64 of full scale")
    for axes in (left, middle):
        shown = {text.get_text() for text in axes.get_legend().get_texts()}
        assert {"layer 0, 2 x 3", "found = true", name} <= shown


# ---- devices and fits


def test_device(drawn: Drawn, tmp_path: Path) -> None:
    """Steps of both polarities as states, and the symmetry point where they cross."""
    Device.load(device_file(tmp_path, **UNEQUAL)).plot(tmp_path / "a.png")
    (axes,) = drawn.panels()
    across, up = line(axes, "up, 200 ns")
    down = line(axes, "down, 200 ns")[1]
    assert (-1.0, 0.0, 1.0) == (across[0], across[32], across[64])
    # a step in W is twice as large in the state: 2 x 0.026 at W = 0, half at W = 0.5
    assert [0.052, 0.026, 0.0] == near([up[0], up[32], up[64]], abs=1e-9)
    assert [0.0, 0.014, 0.028] == near([down[0], down[32], down[64]], abs=1e-9)
    lines = {tuple(drawn_line.get_xdata()) for drawn_line in axes.lines}
    assert any((0.3, 0.3) == near(ends) for ends in lines if 2 == len(ends))
    assert "symmetry point +0.300" in texts(axes)


def test_fit(drawn: Drawn, tmp_path: Path) -> None:
    """Readings as they were taken; steps and kernels in W; where these cross.

    10 nS to 70 nS; up 0.05 (1 - W), down 0.08 W: they cross at 0.05 / 0.13.
    """
    w, states, signs = 0.0, [0.0], [-1]
    for sign, step in ((1, 0.05), (-1, 0.08)) * 2:
        for _ in range(60):
            w += step * (1.0 - w) if sign > 0 else -step * w
            states.append(w)
            signs.append(sign)
    readings = [10.0 + 60.0 * state for state in states]
    plot_fit(
        fit_measurement(from_arrays(readings, signs), "soft-bounds"), tmp_path / "a.png"
    )
    curve, steps = drawn.panels()
    across, up = line(curve, "measured")
    assert (list(range(241)), near(readings)) == (across, up)
    modelled = curve.lines[1]  # the first rise, from reading 1 to reading 60
    assert list(range(1, 61)) == list(modelled.get_xdata())
    assert readings[1:61] == near(list(modelled.get_ydata()), rel=1e-3)
    kernels = [shown for shown in steps.lines if "R2" in str(shown.get_label())]
    rise, fall = (list(shown.get_ydata()) for shown in kernels)
    assert [0.05, 0.025, 0.0] == near([rise[0], rise[100], rise[200]], abs=1e-4)
    assert [0.0, 0.04, 0.08] == near([fall[0], fall[100], fall[200]], abs=1e-4)
    assert ["up", "down"] == [str(k.get_label()).partition(",")[0] for k in kernels]
    (middle,) = (shown for shown in steps.lines if "symmetry" in str(shown.get_label()))
    assert [0.3846, 0.3846] == near(list(middle.get_xdata()), abs=1e-3)
    dots = steps.lines[0]  # of the rise: 60 steps twice, each 0.05 (1 - W)
    at, size = np.array(dots.get_xdata()), np.array(dots.get_ydata())
    assert 120 == len(at)
    assert list(0.05 * (1.0 - at)) == near(list(size), abs=1e-3)
