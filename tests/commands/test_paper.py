"""The paper's comparison: its runs, what is read from them, and how it is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from console import call
from paper_rows import choices, result, row

from edgeferro.errors import ConfigError
from edgeferro.intervals.estimate import Estimate
from edgeferro.paper import findings as told
from edgeferro.paper import tuning
from edgeferro.paper.comparison import paper_points, results
from edgeferro.paper.findings import find_findings, judge
from edgeferro.paper.schemes import SCHEMES, TASKS, Choice, Scheme
from edgeferro.paper.show import explosions

THREADS = ["--backend", "threading"]
FILES = ("accuracy", "energy", "schemes")
MIXED = Scheme("mixed-precision", "mid-level")
MEASURED = ("hzo-20ns", "hzo-200ns", "hzo-20us")


def refused(*arguments: str) -> str:
    """What a bad command line says in its one line."""
    done = call(*arguments)
    assert 2 == done.returncode
    assert 1 == done.stderr.count("\n")
    return done.stderr


def test_epochs_and_energy_to_a_goal() -> None:
    """Between passes accuracy and energy are linear; a seed short of it has none."""
    curve = [[0.1, 0.8, 0.9, 0.95], [0.1, 0.2, 0.3, 0.4], [0.9, 0.9, 0.9, 0.9]]
    spent = np.array([[0.0, 10.0, 20.0, 30.0]] * 3)
    found = result(MIXED, "hzo-20ns", curve=np.array(curve), spent={"chip": spent})
    assert [1.5, np.nan, 0.0] == pytest.approx(found.epochs_to(0.85), nan_ok=True)
    reached = found.energy_to(0.85, "chip")
    assert [15.0, np.nan, 0.0] == pytest.approx(reached, nan_ok=True)


def test_results_are_of_a_chip_and_by_seed() -> None:
    """Two seeds of two chips each: a row a seed, energies spent by one chip."""
    rows = [row(accuracy_curve=[0.5, 0.7]), row(accuracy_curve=[0.6, 0.8])]
    (found,) = results(rows, chips=2)
    assert [[0.1, 0.5, 0.7], [0.1, 0.6, 0.8]] == found.curve.tolist()
    assert [[0.0, 50.0, 150.0]] * 2 == found.spent["chip"].tolist()
    assert [[0.0, 4.0, 8.0]] * 2 == found.spent["cells"].tolist()
    assert [[0.0, 5.0, 10.0]] * 2 == found.spent["array"].tolist()
    assert ([20.0] * 2, [3.0] * 2) == (found.pulses.tolist(), found.cell_fj.tolist())
    assert (20, SCHEMES[0], 0.01) == (found.width_ns, found.scheme, found.rate)


def test_every_scheme_at_every_width_tuned_and_at_one_rate() -> None:
    """Schemes x widths x seeds; the common runs leave calibration out."""
    common = Choice(0.02, "relu", 8)
    points = paper_points("watch", (0,), choices(), common=common)
    kinds = [point.values["rates"] for point in points]
    assert (9 * 5, 6 * 5) == (kinds.count("tuned"), kinds.count("common"))
    assert len({point.key for point in points}) == len(points)
    for point in points:
        calibrated = "calibrated" in point.values["scheme"]
        assert calibrated == point.options.calibrate


def test_a_tuned_run_of_the_common_choice_stands_for_both() -> None:
    """Where tuning chose the common rate nothing is run twice, and both are told."""
    common = TASKS["watch"].common
    tuned = choices() | {("watch", MIXED): common}
    its = paper_points("watch", (0,), tuned, common=common, widths=("hzo-20ns",))
    assert 9 + 5 == len(its)
    rows = [
        row(scheme=p.values["scheme"], rates=p.values["rates"], device="hzo-20ns")
        for p in its
    ]
    found = {(r.rates, r.scheme) for r in results(rows, chips=1)}
    assert {("tuned", MIXED), ("common", MIXED)} <= found
    assert 9 + 6 == len(found)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([1.0, 1.1, 0.9], told.SHOWN),
        ([-1.0, -1.1, -0.9], told.REVERSED),
        ([0.1, -0.1, 0.05], told.NOT_SHOWN),
        ([2.0, -2.0, 0.5], told.NOT_DECIDED),
        ([1.0], told.NOT_TESTED),
    ],
)
def test_a_verdict_follows_from_the_interval(values: list[float], verdict: str) -> None:
    """Above 0, below it, within what is asked for, beyond it, or one seed alone."""
    assert verdict == judge(Estimate.over_seeds(values), 1.0)


def table(
    gaps: dict[str, float], rng: np.random.Generator, sd: float = 0.01, seeds: int = 10
) -> list[Any]:
    """Results whose schemes lie gaps (points) above 90 %, equal at all widths."""
    found = []
    for scheme in SCHEMES:
        for device in MEASURED:
            top = 0.9 + gaps.get(scheme.rule + " " + scheme.reference, 0.0) / 100
            after = top + sd * rng.standard_normal(seeds)
            curve = np.column_stack([np.full(seeds, 0.1), after])
            found.append(result(scheme, device, curve=curve))
    return found


def verdict(found: list[Any], words: str) -> str:
    """The verdict whose claim has these words."""
    made = find_findings(found, 0.5)
    return next(f.verdict for f in made if words in f.claim)


def test_no_difference_is_rarely_shown() -> None:
    """Of 200 draws of equal schemes at most 14 have a difference at any width.

    A finding's intervals hold together at 95 %: 10 +- 3.1 of 200, less for schemes
    that share the runs they are compared with.
    """
    rng = np.random.default_rng(5)
    words = "mixed precision is above counted SGD"
    made = [verdict(table({}, rng), words) for _ in range(200)]
    parts = [{part.partition(":")[0] for part in m.split("; ")} for m in made]
    assert 14 >= sum(bool(p & {told.SHOWN, told.REVERSED}) for p in parts)


def test_a_difference_is_found() -> None:
    """2.5 points at a deviation of one are shown at all widths in 3 of 4 draws."""
    rng = np.random.default_rng(6)
    gaps = {"mixed-precision mid-level": 2.5}
    words = "mixed precision is above counted SGD"
    found = [verdict(table(gaps, rng), words) for _ in range(100)]
    assert 75 <= found.count(told.SHOWN)


def test_trends_are_judged_by_slopes_of_seeds() -> None:
    """A quantity that rises in each seed is shown; scattered ones are not."""
    rng = np.random.default_rng(7)
    kept = {"shown": 0, "null": 0}
    for name, rise in (("shown", 1.2), ("null", 1.0)):
        for _ in range(100):
            found = [
                result(
                    MIXED, device, cell_fj=rise**k * np.exp(0.1 * rng.normal(size=10))
                )
                for k, device in enumerate(MEASURED)
            ]
            kept[name] += told.SHOWN == verdict(found, "less energy in its cell")
    assert 90 <= kept["shown"]
    assert 5 >= kept["null"]


def test_a_goal_out_of_reach_decides_nothing() -> None:
    """Where a seed never gets there, epochs and energy aren't compared."""
    found = [result(MIXED, device) for device in MEASURED]
    short = np.array([[0.1, 0.2, 0.3, 0.4]] * 10)
    found[1] = replace(found[1], curve=short)
    made = {f.claim: f for f in find_findings(found, 0.9)}
    epochs = next(f for claim, f in made.items() if "epochs" in claim)
    assert told.NOT_DECIDED == epochs.verdict
    assert "not reached by every seed" in epochs.numbers
    assert "[0/10]" in epochs.numbers


def test_exploding_pulses_are_said() -> None:
    """Ten times the pulses of the same rule elsewhere; nine times are not."""
    few, many = np.full(10, 100.0), np.full(10, 1000.0)
    found = [
        result(MIXED, "hzo-20ns", pulses=many),
        result(Scheme(MIXED.rule, "model"), "hzo-20ns", pulses=few),
        result(Scheme(MIXED.rule, "calibrated"), "hzo-20ns", pulses=9 * few),
    ]
    (line,) = explosions(found)
    assert "mixed precision, mid-level, tuned, 20 ns: 10 times" in line


def test_the_shipped_tuning_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A choice for all schemes, each of the budget's own."""
    monkeypatch.setattr(tuning, "budget_digest", lambda task: task)
    chosen, _ = tuning.load_tuning()
    assert 2 * 9 == len(chosen)
    for choice in chosen.values():
        assert choice.rate in tuning.RATES
        assert choice.activation in tuning.ACTIVATIONS
        assert choice.error_bits in tuning.ERROR_BITS


def test_the_shipped_tuning_is_of_today() -> None:
    """It was made for these chips, this data and this budget."""
    assert [] == tuning.load_tuning(tasks=("watch",))[1]


@pytest.mark.slow
def test_the_shipped_tuning_is_of_today_too() -> None:
    """The same on MNIST, whose images take a while to read."""
    assert [] == tuning.load_tuning(tasks=("mnist",))[1]


def test_a_tuning_is_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that lacks a scheme is refused, one of another budget is called stale."""
    place = tmp_path / "t.json"
    entries = [
        {"task": "watch", "rule": s.rule, "reference": s.reference}
        | {"rate": 0.04, "activation": "relu", "error_bits": 8, "accuracy": 0.9}
        for s in SCHEMES
    ]
    tuning.write_tuning(place, entries)
    assert [] == tuning.load_tuning(place, ("watch",))[1]
    monkeypatch.setattr(tuning, "RATES", (0.5,))
    assert ["watch"] == tuning.load_tuning(place, ("watch",))[1]
    place.write_text(json.dumps({"budget": {}, "chosen": entries[1:]}))
    with pytest.raises(ConfigError, match="no choice for watch, SGD stochastic, mid"):
        tuning.load_tuning(place, ("watch",))


def test_the_best_of_a_budget_is_taken() -> None:
    """Every scheme gets as many runs; the best of its second round is its choice."""
    from edgeferro.sweeping.engine import Engine

    ran: list[Any] = []

    class Fake(Engine):
        def run(self, points: Any) -> Any:
            for point in points:
                ran.append(point)
                settings = point.options.settings
                good = settings["network.activation"] == "sigmoid"
                best = settings["controller.learning_rate"] == tuning.RATES[1]
                three = settings["converters.error_bits"] == 3
                yield point.key, {"after": 0.5 + 0.1 * good + 0.1 * best + 0.1 * three}

    entries = tuning.tune(("watch",), Fake(), lambda *_: None, widths=("hzo-20ns",))
    found = {(e["rate"], e["activation"], e["error_bits"]) for e in entries}
    assert {(tuning.RATES[1], "sigmoid", 3)} == found
    assert 9 * (3 * 2 + 2) == len(ran)
    assert set(tuning.SEEDS) == {point.options.seeds[0] for point in ran}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--seeds 1000", "--seeds: 1000 is one that tuning has seen"),
        ("--task digits", "--task: 'digits' is not one of mnist, watch"),
        ("--width hzo-9", "--width: 'hzo-9' is not one of hzo-20ns"),
        ("--width hzo-2us --quick", "--width: --quick runs hzo-20ns"),
        ("--resolve 0", "--resolve: 0 is not in 0.01..100"),
        ("--tune --seeds 0", "--seeds: has no effect with --tune"),
        ("--tune --task watch", "--task: --tune tunes mnist and watch together"),
        (
            "--task watch --tuning nothing.json",
            "nothing.json: not a tuning of edgeferro paper",
        ),
    ],
)
def test_refusals(arguments: str, said: str) -> None:
    """Bad options: one line, exit code 2, nothing run."""
    assert said in refused("paper", *arguments.split(), *THREADS)


def test_sweep_says_where_the_paper_went() -> None:
    """The old option names the command."""
    said = refused("sweep", "--paper")
    assert "--paper: is a command of its own now: edgeferro paper" in said


@pytest.mark.slow
def test_command(tmp_path: Path) -> None:
    """`paper` prints the findings and draws three pictures a task."""
    out = tmp_path / "p.csv"
    line = "--task watch --width hzo-20ns,hzo-20us --passes 1 --seeds 0-1 --quick"
    done = call("paper", *line.split(), "--quiet", "--out", out, *THREADS)
    assert 0 == done.returncode, done.stderr
    for words in ("(a) a shorter pulse", "--quick leaves out", "36 runs in"):
        assert words in done.stdout
    pictures = [tmp_path / f"p-watch-{kind}.png" for kind in FILES]
    assert sorted([out, *pictures]) == sorted(tmp_path.iterdir())
