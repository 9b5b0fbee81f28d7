"""The look of pictures: what tells series apart, units, scales, and legends."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from drawn import Drawn, clashes, legend, line, spans

from edgeferro.files.look import (
    COLOURS,
    add_legend,
    bars_said,
    below_said,
    colours_of,
    draw_estimates,
    energy_unit,
    logarithmic_limits,
    look_of,
    mark_of,
    percent_limits,
)
from edgeferro.files.pictures import new_figure, save_figure
from edgeferro.intervals.estimate import Estimate

if TYPE_CHECKING:
    from pathlib import Path

near = pytest.approx
# What a deuteranope sees of linear RGB, in linear RGB: G. M. Machado, M. M. Oliveira
# and L. A. F. Fernandes, IEEE TVCG 15, 1291 (2009), severity 1.
NO_GREEN = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
# Linear sRGB to CIE XYZ, by the white of D65: IEC 61966-2-1.
TO_XYZ = np.array(
    [
        [0.4124, 0.3576, 0.1805],
        [0.2126, 0.7152, 0.0722],
        [0.0193, 0.1192, 0.9505],
    ]
)
FAR = 15.0  # CIE 1976 differences; 2.3 are just noticed


def linear(colour: str) -> np.ndarray:
    """A colour's light, red, green and blue."""
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (1976)."""
    part = (TO_XYZ @ np.clip(light, 0.0, 1.0)) / TO_XYZ.sum(axis=1)
    bend = (6.0 / 29.0) ** 3
    x, y, z = np.where(
        part > bend, np.cbrt(part), part / (3 * (6 / 29) ** 2) + 4.0 / 29.0
    )
    return np.array([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)])


def estimate(mean: float, half: float = math.inf) -> Estimate:
    """A mean over three seeds."""
    return Estimate(mean, half, 3, 1, "seeds")


def test_colours_differ_for_who_sees_no_green() -> None:
    """Any two colours, black and white are far apart, seen with green and without."""
    for one, other in combinations([*COLOURS, "#000000", "#FFFFFF"], 2):
        for seen in (np.eye(3), NO_GREEN):
            away = lab(seen @ linear(one)) - lab(seen @ linear(other))
            assert np.linalg.norm(away) > FAR, (one, other)


def test_marks_and_lines_differ_in_grey() -> None:
    """No two series of a picture share a mark; those of one colour have other lines."""
    looks = [look_of(index) for index in range(14)]
    assert 14 == len({look.mark for look in looks})
    assert len(COLOURS) + 1 == len({str(look.line) for look in looks[:7]})
    assert 14 == len({(look.colour, str(look.line)) for look in looks})
    assert "$20$" == mark_of(19)


def test_many_colours_go_from_dark_to_light() -> None:
    """More values than the palette has differ, and in grey too."""
    assert list(COLOURS[:3]) == colours_of(3)
    light = [lab(linear_of(colour))[0] for colour in colours_of(9)]
    assert sorted(light) == light
    assert min(np.diff(light)) > 5.0


def linear_of(colour: Any) -> np.ndarray:
    """Of a colour of three parts of one."""
    from matplotlib.colors import to_hex

    return linear(to_hex(colour))


@pytest.mark.parametrize(
    ("joules", "times", "unit"),
    [
        ((2.45e-9, 9.8e-9), 1e9, "nJ"),
        ((3e-15, 6e-9), 1e12, "pJ"),
        ((math.nan, 0.0, 5.0), 1.0, "J"),
        ((2e-18,), 1e15, "fJ"),
        ((), 1.0, "J"),
    ],
)
def test_one_unit_a_figure(joules: tuple[float, ...], times: float, unit: str) -> None:
    """A figure's unit is that of the middle of what it shows."""
    assert (times, unit) == energy_unit(joules)


@pytest.mark.parametrize(
    ("low", "high"),
    [(2.2, 10.8), (1e-4, 2e4), (0.9, 1.1), (3.0, 40.0), (101.0, 119.0), (1e-12, 1e9)],
)
def test_ticks_of_a_logarithmic_scale(low: float, high: float) -> None:
    """Any span has three to nine ticks inside it, each written as the number it is."""
    _, axes = new_figure(4.0, 3.0)
    logarithmic_limits(axes, [estimate(low / 0.8, 0.0), estimate(high / 1.25, 0.0)])
    bottom, top = axes.get_ylim()
    ticks = list(axes.get_yticks())
    assert 3 <= len(ticks) <= 9
    assert all(bottom <= tick <= top for tick in ticks)
    written = [text.get_text().replace(",", "") for text in axes.get_yticklabels()]
    assert near(ticks) == [float(text) for text in written]
    assert [] == list(axes.get_yticks(minor=True))


def test_bars_and_means() -> None:
    """Means and both kinds of bars are in the axes' unit; one that is aside is true."""
    _, axes = new_figure(4.0, 3.0)
    found = [estimate(0.5, 0.1), estimate(0.25), estimate(math.nan)]
    wide = [estimate(0.5, 0.2), estimate(0.25, 0.3), estimate(math.nan)]
    draw_estimates(
        axes, [1, 2, 3], found, look_of(0), "a", wide=wide, shift=7.0, scale=100.0
    )
    across, up = line(axes, "a")
    assert [1.0, 2.0, 3.0] == across
    assert [50.0, 25.0, math.nan] == near(up, nan_ok=True)
    assert [(1.0, 30.0, 70.0), (2.0, -5.0, 55.0)] == [
        near(s) for s in spans(axes, 0)[:2]
    ]
    assert [(1.0, 40.0, 60.0), (2.0, 25.0, 25.0)] == [
        near(s) for s in spans(axes, 1)[:2]
    ]
    left, right = axes.get_xlim()
    assert left < 1.0 < 2.0 < right


def test_what_was_not_measured_is_hollow() -> None:
    """It has no line to what was."""
    _, axes = new_figure(4.0, 3.0)
    for label, real in (("yes", True), ("no", False)):
        draw_estimates(
            axes, [1], [estimate(1.0)], look_of(0), label, measured=real, joined=real
        )
    yes, no = axes.lines
    assert ("full", "-") == (yes.get_fillstyle(), yes.get_linestyle())
    assert ("none", "None") == (no.get_fillstyle(), no.get_linestyle())


def test_percent_scales_fit_their_data() -> None:
    """A scale is as wide as means and bars, and ends at 0 and 100."""
    _, axes = new_figure(4.0, 3.0)
    percent_limits(axes, [estimate(0.84), estimate(0.90, 0.04)])
    assert (83.5, 94.5) == near(axes.get_ylim())
    percent_limits(axes, [estimate(0.5, 0.7)])
    assert (-0.5, 100.5) == axes.get_ylim()


def test_bars_below_zero_are_told() -> None:
    """On a scale that begins at 0, or never reaches it, the legend says what is cut."""
    _, axes = new_figure(4.0, 3.0)
    (said,) = logarithmic_limits(axes, [estimate(2.0, 3.0), estimate(2.0)])
    assert "a bar that meets the lower edge reaches 0 or below" == said.get_label()
    assert 0.0 < axes.get_ylim()[0] < 2.0
    assert axes.get_ylim()[1] > 5.0
    assert [] == below_said([estimate(2.0, 1.9), estimate(2.0)])


def test_entries_of_bars() -> None:
    """Thick and thin are told apart where there are both."""
    said = [entry.get_label() for entry in bars_said("3 seeds", "all")]
    assert ["thick bars: 95 % over 3 seeds", "thin bars: 95 % over all"] == said
    assert ["bars: 95 % over all"] == [e.get_label() for e in bars_said("", "all")]
    assert [] == bars_said("")


def test_what_cannot_be_read_is_seen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Long names are wrapped; the check of all pictures sees what is amiss."""
    drawn = Drawn(monkeypatch)
    figure, (left, right) = new_figure(9.0, 4.0, panels=2)
    words = "a name of a chip that somebody wrote at length to tell what it is for"
    for axes in (left, right):
        axes.plot([0.0, 1.0, 2.0], [0.0, 2.0, 1.0], label=words)
        axes.set(title=words, xlabel=words, ylabel=words)
    figure.suptitle(words)
    left.plot([0.0, 1.0], [1.0, 1.0], label="another")
    add_legend(figure, [left, right])
    save_figure(figure, tmp_path / "a.png")
    assert [words, "another"] == [
        " ".join(entry.split()) for entry in legend(drawn.figures[0])
    ]
    assert [] == clashes(figure)
    left.text(0.5, 0.5, "one")
    left.text(0.5, 0.5, "other")
    right.legend()
    right.set_xlim(0.5, 2.5)
    said = clashes(figure)
    assert "'one' is written over 'other'" in said
    assert any(text.startswith("a legend within") for text in said)
    assert any(text.startswith("data beyond the scales") for text in said)
