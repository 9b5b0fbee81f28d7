"""Numbers in pictures, read off what was drawn, against numbers worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from by_hand import outcome, result
from drawn import Drawn, clashes, legend, line, spans, texts
from paper_rows import result as paper
from scipy import stats
from seam import chip_of, device_file

from edgeferro.calibrating import picture as calibrating
from edgeferro.calibrating.references import Choice as Reference
from edgeferro.calibrating.truth import Residual, true_points
from edgeferro.chip.chip import Chip
from edgeferro.chip.device import Device
from edgeferro.controller import Controller
from edgeferro.core.symmetry import LayerMap
from edgeferro.fitting.fit import fit_measurement
from edgeferro.fitting.measurement import from_arrays
from edgeferro.fitting.picture import plot as plot_fit
from edgeferro.intervals.estimate import Estimate
from edgeferro.mapping.images import new_image
from edgeferro.paper.pictures import draw_pictures
from edgeferro.paper.schemes import Scheme
from edgeferro.sweeping.choice import Choice
from edgeferro.sweeping.trade import draw as draw_frontier
from edgeferro.training.picture import plot_outcomes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

near = pytest.approx
UNEQUAL = {  # soft bounds: up and down cancel at W = 0.026 / (0.026 + 0.014) = 0.65
    "up": '{ kind = "soft-bounds", a = 0.026 }',
    "down": '{ kind = "soft-bounds", a = 0.014 }',
}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[Drawn]:
    """What a test draws; whatever it is, it must be readable."""
    found = Drawn(monkeypatch)
    yield found
    assert [] == [clash for figure in found.figures for clash in clashes(figure)]


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
    assert ["energy (pJ)", "energy (pJ)"] == [a.get_ylabel() for a in (update, spent)]
    for axes, label, first, second in (  # in picojoules
        (update, "chip", 2.0, 5.0),
        (update, "cells", 0.003, 0.003),
        # 0.8 after one epoch, 0.9 after two: 0.85 after 1.5
        (epochs, "epochs", 1.5, 1.5),
        # half way from 4e6 to 8e6 fJ; from 300 to 600, and from 200 to 400
        (spent, "chip", 6000.0, 6000.0),
        (spent, "array", 0.45, 0.45),
        (spent, "cells", 0.3, 0.3),
    ):
        assert ([20.0], near([first])) == line(axes, label)
        assert ([2000.0], near([second])) == line(axes, f"_{label}, not measured")
    names = [text.get_text() for text in spent.get_xticklabels()]
    assert ["20 ns", "2 us*"] == names  # which was not measured
    for number, tick in zip(spent.get_yticks(), spent.get_yticklabels(), strict=True):
        assert near(number) == float(tick.get_text().replace(",", ""))
    said = legend(drawn.figures[1])
    assert ["chip", "cells", "epochs", "array", "bars: 95 % over 10 seeds"] == said[:5]
    assert "hollow and *: width not measured (inter- or extrapolated)" == said[5]


def test_paper_says_where_a_goal_is_not_reached(drawn: Drawn, tmp_path: Path) -> None:
    """A width short of the goal is a gap; if all are, the panel says so."""
    short = paper(MIXED, "hzo-200ns", curve=np.array([[0.1, 0.2, 0.3, 0.4]] * 10))
    far = paper(MIXED, "hzo-20ns")
    draw_pictures([far, short], tmp_path / "p.csv", "watch", 0.85)
    _, epochs, spent = drawn.panels(1)
    assert [1.5, np.nan] == near(line(epochs, "epochs")[1], nan_ok=True)
    assert [6000.0, np.nan] == near(line(spent, "chip")[1], nan_ok=True)
    for axes in (epochs, spent):
        assert ["not reached (0 of 10 seeds)"] == texts(axes)
    draw_pictures([short], tmp_path / "p.csv", "watch", 0.85)
    _, epochs, spent = drawn.panels(4)
    for axes in (epochs, spent):
        assert ["not reached by all\nseeds at any width"] == texts(axes)
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
    for figure in drawn.figures:
        assert "bars: 95 % over 10 seeds" in legend(figure)


def test_widths_that_were_not_measured(drawn: Drawn, tmp_path: Path) -> None:
    """They stand by themselves, hollow; a line joins the measured ones past them."""
    found = [paper(MIXED, f"hzo-{width}") for width in ("20ns", "2us", "20us", "200us")]
    draw_pictures(found, tmp_path / "p.csv", "watch", 0.85)
    (mid, _, _), (update, _, _) = drawn.panels(2), drawn.panels(1)
    for axes, label in ((mid, "mixed-precision"), (update, "chip")):
        assert [20.0, 20_000.0] == line(axes, label)[0]
        assert [2000.0, 200_000.0] == line(axes, f"_{label}, not measured")[0]
        real, other = (
            one
            for one in axes.lines
            if str(one.get_label()).strip("_").startswith(label)
        )
        assert ("full", "none") == (real.get_fillstyle(), other.get_fillstyle())
        assert "None" == other.get_linestyle() != real.get_linestyle()


# ---- a frontier


def choice(bits: int, volts: float, after: Estimate, **more: Any) -> Choice:
    """A choice of two axes with two seeds."""
    values = {"array.read_v": volts, "converters.adc_bits": bits}
    both = Estimate(after.mean, 0.2, 2, 4, "both")
    return Choice(values, ({}, {}), after, both, 0.7, 5.0, **more)


def test_frontier(drawn: Drawn, tmp_path: Path) -> None:
    """Joules of an inference across, percent up; what is beaten is off the line."""
    found = [
        choice(6, 0.1, Estimate(0.8, 0.05, 2, 4, "seeds"), energy_fj=2e6, mark="*"),
        choice(7, 0.1, Estimate(0.78, 0.04, 2, 4, "seeds"), energy_fj=3e6),
        choice(
            8, 0.2, Estimate(0.9, 0.01, 2, 4, "seeds"), energy_fj=8e6, mark="* knee"
        ),
    ]
    draw_frontier(found, (0.2, 8), tmp_path / "f.png", "mine")
    (axes,) = drawn.panels()
    assert "energy of an inference (nJ)" == axes.get_xlabel()
    assert (near([2.0, 8.0]), near([80.0, 90.0])) == line(axes, "frontier")
    assert (near([8.0]), near([90.0])) == line(axes, "knee")
    assert (near([8.0]), near([90.0])) == line(axes, "the chip file's")
    dots = [one for one in axes.lines if "_" == one.get_label()]
    at = [(one.get_xdata()[0], one.get_ydata()[0]) for one in dots]
    assert [(2.0, 80.0), (3.0, 78.0), (8.0, 90.0)] == [near(one) for one in at]
    assert [1.0, 0.4, 1.0] == [one.get_alpha() for one in dots]
    assert 3 == len({one.get_marker() for one in dots})
    assert 2 == len({one.get_color() for one in dots})
    ends = [spans(axes, index)[0][1:] for index in range(6)]
    assert [(60.0, 100.0), (75.0, 85.0)] == [near(one) for one in ends[:2]]
    assert [(70.0, 110.0), (89.0, 91.0)] == [near(one) for one in ends[4:]]
    assert [
        "frontier",
        "knee",
        "the chip file's",
        "read_v 0.1",
        "read_v 0.2",
        "adc_bits 6",
        "adc_bits 7",
        "adc_bits 8",
        "pale: beaten, or not shown to be better than a cheaper one",
        "thick bars: 95 % over 2 seeds",
        "thin bars: 95 % over 2 seeds and 4 subjects",
    ] == legend(drawn.figures[0])


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
    shown = line(axes, "mixed-precision, reference none, 2 seeds")
    assert ([0.0, 1.0, 2.0], near([60.0, 75.0, 85.0])) == shown
    half = 5.0 * stats.t.ppf(0.975, 1)  # of 70 and 80
    thin, thick = spans(axes, 0), spans(axes, 1)
    assert [(0.0, 60.0, 60.0), (2.0, 85.0, 85.0)] == [near(thick[i]) for i in (0, 2)]
    assert (1.0, 75.0 - half, 75.0 + half) == near(thick[1])
    # of 50 and 70, alike with both seeds
    half = 10.0 * stats.t.ppf(0.975, 1)
    assert (0.0, 60.0 - half, 60.0 + half) == near(thin[0])
    assert "eight on ideal-symmetric" == axes.get_title()
    assert [
        "thick bars: 95 % over 2 seeds",
        "thin bars: 95 % over 2 seeds and 2 subjects",
    ] == legend(drawn.figures[0])[1:]
    assert (-0.5, 100.5) == axes.get_ylim()  # there is nothing beyond


def test_training_of_one_seed(drawn: Drawn, tmp_path: Path) -> None:
    """One seed has no band, and the picture says so."""
    chip = Chip.load("ideal-symmetric")
    plot_outcomes(
        [outcome(chip, result(0, before=0.5, curve=(0.6,)))], tmp_path / "a.png"
    )
    (axes,) = drawn.panels()
    assert [] == list(axes.collections)
    label = "mixed-precision, reference none, 1 seed"
    assert [50.0, 60.0] == near(line(axes, label)[1])
    assert [label] == legend(drawn.figures[0])
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
    assert [10.0, 90.0] == near(line(axes, "as given, 1 seed")[1])
    assert [20.0, 70.0] == near(line(axes, "converters.adc_bits=6, 1 seed")[1])


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
        Reference(
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
    name = "cells of layer 0, 2 x 3"
    across, up = line(left, name)
    assert [0.3] * 6 == near(across, abs=1e-6)
    assert [0.25, 0.25, 0.25, -0.5, 0.25, 0.25] == up
    # parts of full scale, which is 2: 0.25 - 0.3 are -2.5 %, -0.5 - 0.3 are -40 %
    across, up = line(middle, name)
    assert [0.3] * 6 == near(across, abs=1e-6)
    assert [-2.5, -2.5, -2.5, -40.0, -2.5, -2.5] == near(up, abs=1e-4)
    assert (0.2, 0.4) == near(left.get_xlim(), abs=1e-6)
    assert (0.2, 0.4) == near(middle.get_xlim(), abs=1e-6)
    shown = legend(drawn.figures[0])  # no line through one point
    assert [name, "found = true", "1/64 of full scale"] == shown
    assert "each cell, one chip\nno line through them" == left.get_title()
    assert [12.5, 1.0] == near([bar.get_height() for bar in right.patches])
    labels = [text.get_text() for text in right.get_xticklabels()]
    assert ["none", "cell\ncalibrated"] == labels
    (ends,) = right.collections
    half = 2.5 * stats.t.ppf(0.975, 1)
    spread = [segment[:, 1] for segment in ends.get_segments()]
    assert [12.5 - half, 12.5 + half] == near(spread[0].tolist())
    assert "mean of 2 seeds, bars: 95 % over them" in right.get_title()
    assert [f"12.50\n±{half:.2f}", "1.00"] == texts(right)


def test_calibration_with_its_line(drawn: Drawn, tmp_path: Path) -> None:
    """The diagonal, the fitted line, and their difference beside the points'."""
    controller = calibrated(tmp_path, **{"device.d2d": 0.1})
    truth = true_points(controller, 0)
    give(controller, np.rint((1.25 * truth - 0.125) * 32768))
    calibrating.plot(controller, [], tmp_path / "a.png")
    left, middle, _ = drawn.panels()
    ends = [truth.min() - 0.1, truth.max() + 0.1]
    name = "line: found = 1.250 x true -0.1250"
    assert "each cell, one chip\n25.0 % steeper than the diagonal" == left.get_title()
    assert (near(ends), near(ends)) == line(left, "found = true")
    assert (near(ends), near([0.0, 0.0])) == line(middle, "found = true")
    close = near([1.25 * end - 0.125 for end in ends], abs=1e-3)
    assert (near(ends), close) == line(left, name)
    # half of 0.25 x - 0.125, in percent
    away = near([12.5 * end - 6.25 for end in ends], abs=0.05)
    assert (near(ends), away) == line(middle, name)
    every = (12.5 * truth - 6.25).ravel().tolist()
    assert near(every, abs=0.01) == line(middle, "cells of layer 0, 2 x 3")[1]
    assert (near(ends), near([1.5625, 1.5625])) == line(middle, "1/64 of full scale")
    cells = "cells of layer 0, 2 x 3"
    assert {cells, "found = true", name} <= set(legend(drawn.figures[0]))


# ---- devices and fits


def test_device(drawn: Drawn, tmp_path: Path) -> None:
    """Steps of both polarities as states, and the symmetry point where they cross."""
    Device.load(device_file(tmp_path, **UNEQUAL)).plot(tmp_path / "a.png")
    (axes,) = drawn.panels()
    across, up = line(axes, "up, 200 ns, assumed")
    down = line(axes, "down, 200 ns, assumed")[1]
    assert (-1.0, 0.0, 1.0) == (across[0], across[32], across[64])
    # a step in W is twice as large in the state: 2 x 0.026 at W = 0, half at W = 0.5
    assert [0.052, 0.026, 0.0] == near([up[0], up[32], up[64]], abs=1e-9)
    assert [0.0, 0.014, 0.028] == near([down[0], down[32], down[64]], abs=1e-9)
    name = "200 ns, assumed: symmetry point +0.300"
    point = ([0.3, 0.3], [0.0, 0.0182])  # 0.052 x 0.35
    assert tuple(near(ends, abs=1e-4) for ends in point) == line(axes, name)
    shown = ["up, 200 ns, assumed", "down, 200 ns, assumed", name]
    assert shown == legend(drawn.figures[0])[:3]
    assert 5 <= len(legend(drawn.figures[0]))  # the other class too
    assert "cell: response (ASSUMED, not measured)" == axes.get_title()


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
    rise, fall = (
        list(shown.get_ydata())
        for way in ("up", "down")
        for shown in steps.lines
        if str(shown.get_label()).startswith(f"kernel {way}: soft-bounds, R2 ")
    )
    assert [0.05, 0.025, 0.0] == near([rise[0], rise[100], rise[200]], abs=1e-4)
    assert [0.0, 0.04, 0.08] == near([fall[0], fall[100], fall[200]], abs=1e-4)
    (middle,) = (shown for shown in steps.lines if "symmetry" in str(shown.get_label()))
    assert [0.3846, 0.3846] == near(list(middle.get_xdata()), abs=1e-3)
    # of the rise: 60 steps twice, each 0.05 (1 - W)
    at, size = map(np.array, line(steps, "measured steps up"))
    assert 120 == len(at)
    assert list(0.05 * (1.0 - at)) == near(list(size), abs=1e-3)
