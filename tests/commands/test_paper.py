"""The paper's comparison: its runs, what is read from them, and how it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from console import call

from edgeferro.chip.device import Device
from edgeferro.paper.comparison import (
    MIXED,
    SCHEMES,
    SGD,
    SHIFTED,
    WIDTHS,
    Result,
    paper_points,
    results,
)
from edgeferro.paper.findings import find_findings

THREADS = ["--backend", "threading"]
FILES = ("accuracy", "energy", "schemes")


def result(scheme: str, device: str, **changes: Any) -> Result:
    """A result of round numbers."""
    width = int(Device.load(device).classes[0].width_ns)
    values: dict[str, Any] = {
        "curve": (0.1, 0.8, 0.9, 0.95),
        "spread": 0.0,
        "cell_fj": 1.0,
        "update_fj": 2.0,
        "learning_fj": (0.0, 10.0, 20.0, 30.0),
        "cells_fj": (0.0, 1.0, 2.0, 3.0),
        "pulses": 100.0,
    }
    return Result(scheme, device, width, **{**values, **changes})


def test_epochs_and_energy_to_a_goal() -> None:
    """Between passes accuracy and energy are linear; no goal, no number."""
    found = result(MIXED, "hzo-20ns")
    assert 1.5 == pytest.approx(found.epochs_to(0.85))
    assert 15.0 == pytest.approx(found.energy_to(0.85, found.learning_fj))
    assert 0.0 == found.epochs_to(0.1)
    assert found.epochs_to(0.96) is None
    assert found.energy_to(0.96, found.cells_fj) is None


def test_results_are_means_of_a_chip() -> None:
    """Two seeds of two chips each: curves and energies are means, spent by a chip."""
    common = {"scheme": MIXED, "device": "hzo-20ns", "width_ns": 20}
    rows = [
        {
            **common,
            "before": 0.1,
            "accuracy_curve": [0.5, 0.7],
            "cell_energy_fj": 2.0,
            "update_energy_fj": 10.0,
            "learning_energy_curve_fj": [100.0, 300.0],
            "cell_energy_curve_fj": [8.0, 16.0],
            "pulses": 40,
        },
        {
            **common,
            "before": 0.3,
            "accuracy_curve": [0.7, 0.8],
            "cell_energy_fj": 4.0,
            "update_energy_fj": 30.0,
            "learning_energy_curve_fj": [300.0, 500.0],
            "cell_energy_curve_fj": [12.0, 24.0],
            "pulses": 80,
        },
    ]
    (found,) = results(rows, chips=2)
    assert (0.2, 0.6, 0.75) == pytest.approx(found.curve)
    assert 0.05 * 2**0.5 == pytest.approx(found.spread)  # of 0.7 and 0.8, n - 1
    assert (3.0, 20.0, 30.0) == (found.cell_fj, found.update_fj, found.pulses)
    assert (0.0, 100.0, 200.0) == found.learning_fj
    assert (0.0, 5.0, 10.0) == found.cells_fj
    assert (20, MIXED, "hzo-20ns") == (found.width_ns, found.scheme, found.device)
    assert 0.0 == results(rows[:1], chips=1)[0].spread


def all_widths(scheme: str, accuracy: float, cells: tuple[float, ...]) -> list[Result]:
    """Results at the five widths with a pulse's energy each."""
    return [
        result(
            scheme, device, curve=(0.1, accuracy), cell_fj=cell, cells_fj=(0.0, cell)
        )
        for device, cell in zip(WIDTHS, cells, strict=True)
    ]


def appearing(cells: tuple[float, ...], shifted: float) -> dict[str, str]:
    """Verdict of each finding, by the first words of its claim."""
    found = all_widths(MIXED, 0.94, cells) + all_widths(SGD, 0.5, cells)
    found += all_widths(SHIFTED, shifted, cells)
    return {f.claim: f.appears for f in find_findings(found, 0.9)}


def verdict(verdicts: dict[str, str], words: str) -> str:
    """The verdict whose claim has these words."""
    return next(v for claim, v in verdicts.items() if words in claim)


def test_findings_are_told_as_they_are() -> None:
    """Rising at all widths: yes; at the measured ones alone: so said; else no."""
    rising = appearing((1, 2, 3, 4, 5), 0.925)
    assert "yes" == verdict(rising, "a shorter pulse takes less")
    assert "no" == verdict(rising, "an update cycle of the whole chip")
    assert "yes" == verdict(rising, "plain SGD is below")
    assert "yes" == verdict(rising, "within 2 points")
    measured = appearing((1, 2, 9, 4, 5), 0.91)
    assert "measured widths" == verdict(measured, "a shorter pulse takes less")
    assert "no" == verdict(measured, "within 2 points")
    assert "no" == verdict(appearing((5, 4, 3, 2, 1), 0.9), "a shorter pulse")


def test_too_little_is_not_tested() -> None:
    """One width, or no passes: no finding either way."""
    one = [result(scheme, "hzo-20ns") for scheme in SCHEMES]
    found = {f.claim: f.appears for f in find_findings(one, 0.9)}
    assert "not tested" == verdict(found, "a shorter pulse")
    none = [
        result(s, d, curve=(0.1,), learning_fj=(0.0,), cells_fj=(0.0,))
        for s in SCHEMES
        for d in WIDTHS
    ]
    assert {"not tested"} == {f.appears for f in find_findings(none, 0.9)}


def test_a_goal_out_of_reach_is_no_finding() -> None:
    """Where a width never gets there, epochs and energy show nothing."""
    found = all_widths(MIXED, 0.8, (1, 2, 3, 4, 5))
    found += all_widths(SGD, 0.5, (1,) * 5) + all_widths(SHIFTED, 0.9, (1,) * 5)
    findings = {f.claim: f for f in find_findings(found, 0.9)}
    epochs = next(f for claim, f in findings.items() if "epochs" in claim)
    assert "no" == epochs.appears
    assert "20 ns -" in epochs.numbers


def test_registers_are_the_same_at_all_widths() -> None:
    """Only the device changes: the rate follows its step, the rate registers stay."""
    from edgeferro.training.lesson import make_lesson
    from edgeferro.training.options import make_plan

    rates = set()
    for point in paper_points("watch", (0,)):
        if MIXED == point.values["scheme"]:
            plan = make_plan(point.options)
            lesson = make_lesson(plan.chip, plan.task, 0, 0)
            layer = lesson.image.registers.layers[1]
            rates.add((layer.rate_mantissa, layer.rate_shift, layer.threshold))
    assert len({mantissa >> 2 for mantissa, _, _ in rates}) <= 2
    assert 1 == len({(shift, threshold) for _, shift, threshold in rates})


def test_every_scheme_at_every_width() -> None:
    """Widths x schemes x seeds, all different runs."""
    points = paper_points("watch", (0, 1, 2))
    assert 5 * 3 * 3 == len({point.key for point in points})
    assert set(SCHEMES) == {point.values["scheme"] for point in points}


@pytest.mark.slow
def test_command(tmp_path: Path) -> None:
    """`sweep --paper` prints the findings and draws three pictures a task."""
    out = tmp_path / "p.csv"
    line = "--paper --task watch --device hzo-20ns,hzo-20us --passes 1 --seeds 0"
    done = call("sweep", *line.split(), "--quiet", "--out", out, *THREADS)
    assert 0 == done.returncode, done.stderr
    for words in ("(a) a shorter pulse", "(d) shifting", "6 runs in"):
        assert words in done.stdout
    pictures = [tmp_path / f"p-watch-{kind}.png" for kind in FILES]
    assert sorted([out, *pictures]) == sorted(tmp_path.iterdir())
