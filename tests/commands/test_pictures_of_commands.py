"""What each command draws, number by number, against the figures that it writes."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from console import call
from drawn import Drawn, clashes, legend, line, spans, texts
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

near = pytest.approx
SHORT = "--subjects 0,1 --seeds 0-1 --passes 2 --quiet --workers 1".split()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[Drawn]:
    """What a command draws; whatever it is, it must be readable."""
    found = Drawn(monkeypatch)
    yield found
    assert [] == [clash for figure in found.figures for clash in clashes(figure)]


def done(*arguments: object) -> str:
    """Run a command that has nothing to complain of; what it printed."""
    ended = call(*arguments)
    assert 0 == ended.returncode, ended.stderr
    return ended.stdout


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def ends(values: Any) -> tuple[float, float]:
    """Student's 95 % interval of a mean, by SciPy."""
    values = np.asarray(values, float)
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return values.mean() - half, values.mean() + half


def test_train(drawn: Drawn, tmp_path: Path) -> None:
    """Means and bars over seeds are those of the units in the JSON, in percent."""
    out = tmp_path / "a.json"
    done("train", *SHORT, "--json", out, "--plot", tmp_path / "a.png")
    units = json.loads(out.read_text(encoding="utf-8"))["units"]
    assert 4 == len(units)
    curves = {(u["seed"], u["subject"]): [u["before"], *u["curve"]] for u in units}
    seeds = [
        100.0 * np.mean([curves[seed, who] for who in (0, 1)], axis=0)
        for seed in (0, 1)
    ]
    (axes,) = drawn.panels()
    label = "mixed-precision, reference cell, 2 seeds"
    assert ([0.0, 1.0, 2.0], near(np.mean(seeds, axis=0))) == line(axes, label)
    _, thick = spans(axes, 0), spans(axes, 1)
    for place, one in enumerate(thick):
        assert (place, *ends([curve[place] for curve in seeds])) == near(one)
    said = legend(drawn.figures[0])
    assert [label, "thick bars: 95 % over 2 seeds"] == said[:2]
    assert "accuracy on held-out samples (%)" == axes.get_ylabel()


def test_calibrate(drawn: Drawn, tmp_path: Path) -> None:
    """Bars are the residuals of the JSON; the line and what is said are the map's."""
    out = tmp_path / "a.json"
    done("calibrate", *SHORT, "--json", out, "--plot", tmp_path / "a.png")
    found = json.loads(out.read_text(encoding="utf-8"))
    left, middle, right = drawn.panels()
    zeros = [choice["residual_over_seeds"]["p95"] for choice in found["choices"]]
    assert near([100.0 * z["mean"] for z in zeros]) == [
        bar.get_height() for bar in right.patches
    ]
    shown = [(low, high) for _, low, high in spans(right, 0)]
    assert [(100.0 * z["low"], 100.0 * z["high"]) for z in zeros] == [
        near(one) for one in shown
    ]
    assert [f"{100.0 * z['mean']:.2f}" for z in zeros] == [
        text.partition("\n")[0] for text in texts(right)
    ]
    cells = sum(layer["rows"] * layer["columns"] for layer in found["map"]["layers"])
    dots = [one for one in left.lines if str(one.get_label()).startswith("cells of")]
    assert cells == sum(len(one.get_xdata()) for one in dots)
    assert len(dots) == len({one.get_color() for one in dots})
    assert len(dots) == len({one.get_marker() for one in dots})
    for above, below in zip(dots, middle.lines, strict=False):
        away = 50.0 * (above.get_ydata() - above.get_xdata())
        assert near(list(away)) == list(below.get_ydata())


@pytest.mark.parametrize("name", ["hzo-200ns", "hzo-2us", "hzo-200us"])
def test_device(drawn: Drawn, tmp_path: Path, name: str) -> None:
    """Curves meet in the printed step at the printed point; what is assumed says so."""
    printed = done("info", "device", name, "--plot", tmp_path / "a.png")
    row = next(text for text in printed.splitlines() if text.startswith("│"))
    width, up, down, _, point = (cell.strip() for cell in row.strip("│").split("│"))
    assert up == down
    (axes,) = drawn.panels()
    more = "" if name == "hzo-200ns" else ", assumed"
    for way in ("up", "down"):
        across, step = line(axes, f"{way}, {width}{more}")
        met = np.interp(float(point), across, step)
        assert near(float(up), rel=2e-3) == met
    at, steps = line(axes, f"symmetry point {float(point):+.3f}")
    assert (near(float(point), abs=1e-4), near(float(up), rel=1e-3)) == (
        at[1],
        steps[1],
    )
    said = "ASSUMED, not measured" if more else "fitted"
    assert f"{name}: response ({said})" == axes.get_title()


def test_fit(drawn: Drawn, tmp_path: Path) -> None:
    """Readings are the file's, their unit the JSON's, the point where kernels cross."""
    w, rows = 0.0, ["pulse,polarity,G (nS)"]
    for sign, step in ((1, 0.05), (-1, 0.08)) * 2:
        for _ in range(60):
            w += step * (1.0 - w) if sign > 0 else -step * w
            rows.append(f"{len(rows)},{sign},{10.0 + 60.0 * w:.9f}")
    source, out = tmp_path / "m.csv", tmp_path / "a.json"
    source.write_text("\n".join(rows), encoding="utf-8")
    options = ["--kernel", "soft-bounds", "--json", out, "--plot", tmp_path / "a.png"]
    done("fit", source, *options)
    found = json.loads(out.read_text(encoding="utf-8"))
    curve, steps = drawn.panels()
    assert f"conductance ({found['g_unit']})" == curve.get_ylabel()
    readings = [float(row.rpartition(",")[2]) for row in rows[1:]]
    assert near(readings) == line(curve, "measured")[1]
    middle = (found["symmetry_point"] + 1.0) / 2.0
    across, _ = line(steps, f"symmetry point W = {middle:.3f}")
    assert [middle, middle] == near(across)
    assert {"measured steps up", "measured steps down"} <= set(legend(drawn.figures[0]))
    (title,) = drawn.figures[0].texts
    assert "m.csv" == title.get_text()


def test_frontier(drawn: Drawn, tmp_path: Path) -> None:
    """Each point's energy, accuracy and interval are the row's of the points' table."""
    out = tmp_path / "reads.csv"
    axis = ["--grid", "array.read_ns=255000,1785000", "--set", "array.read_v=0.1"]
    options = [*SHORT, "--frontier", *axis, "--out", out, "--json", tmp_path / "a.json"]
    done("sweep", *options)
    rows = table(tmp_path / "reads-points.csv")
    assert 6 == len(rows)
    (axes,) = drawn.panels()
    assert "energy of an inference (nJ)" == axes.get_xlabel()
    energy = [1e-6 * float(row["inference_energy_fj"]) for row in rows]
    after = [100.0 * float(row["after"]) for row in rows]
    dots = [one for one in axes.lines if "_" == one.get_label()]
    at = [(one.get_xdata()[0], one.get_ydata()[0]) for one in dots]
    assert sorted(zip(energy, after, strict=True)) == [near(one) for one in sorted(at)]
    bars = [spans(axes, index)[0] for index in range(len(axes.collections))]
    wanted = [
        [float(e), *(100.0 * float(row[f"{kind}_{end}"]) for end in ("low", "high"))]
        for e, row in zip(energy, rows, strict=True)
        for kind in ("after", "after_both")
    ]
    assert sorted(wanted) == [near(list(one)) for one in sorted(bars)]


@pytest.mark.slow
def test_paper(drawn: Drawn, tmp_path: Path) -> None:
    """Accuracies and energies are those of the table's rows, in the units said."""
    out = tmp_path / "p.csv"
    options = "--task watch --width hzo-20ns,hzo-2us --passes 1 --seeds 0-1 --quiet"
    done("paper", *options.split(), "--out", out, "--backend", "threading")
    rows = [row for row in table(out) if row["rates"] == "tuned"]

    def column(device: str, scheme: str, name: str) -> np.ndarray:
        """A column over the seeds."""
        mine = [r for r in rows if (r["device"], r["scheme"]) == (device, scheme)]
        return np.array([[float(v) for v in row[name].split()] for row in mine])

    names = {"sgd-stochastic": "SGD stochastic", "mixed-precision": "mixed precision"}
    for axes, reference in zip(
        drawn.panels(2), ("mid-level", "model", "calibrated"), strict=True
    ):
        for rule, name in names.items():
            for device, width, label in (
                ("hzo-20ns", 20.0, rule),
                ("hzo-2us", 2000.0, f"_{rule}, not measured"),
            ):
                last = column(device, f"{name}, {reference}", "accuracy_curve")[:, -1]
                shown = line(axes, label)
                assert ([width], near([100.0 * last.mean()])) == shown
    update = drawn.panels(1)[0]
    unit = update.get_ylabel().partition("(")[2].rstrip(")")
    size = {"pJ": 1e-3, "nJ": 1e-6, "uJ": 1e-9}[unit]
    for name, label in (("update_energy_fj", "chip"), ("cell_energy_fj", "cells")):
        spent = column("hzo-20ns", "mixed precision, mid-level", name).mean()
        assert near([size * spent]) == line(update, label)[1]
