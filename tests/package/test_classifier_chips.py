"""The estimator's chip: its defaults, its rates, its settings as parameters."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import edgeferro as ef
from edgeferro.chip.sections import RATES
from edgeferro.errors import ConfigError
from edgeferro.intervals.estimate import Estimate

NESTED = "chip__converters__adc_bits"


def scores(load: Any, **how: Any) -> list[float]:
    """Parts of a quarter named right, for ten splits and chips."""
    x, y = load(return_X_y=True)
    found = []
    for state in range(10):
        a, b, c, d = train_test_split(x, y, random_state=state)
        learner = ef.FerroClassifier(random_state=state, **how)
        found.append(learner.fit(a, c).score(b, d))
    return found


@pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("error::edgeferro.errors.ChipWarning")
def test_digits_without_arguments() -> None:
    """Ten splits of digits: the mean, and its interval's low end, is 95 % and more."""
    found = Estimate.over_seeds(np.array(scores(load_digits)))
    assert 0.95 <= found.mean - found.half
    assert 0.95 <= found.mean


@pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("load", "least"),
    [(load_iris, 0.85), (load_wine, 0.95), (load_breast_cancer, 0.95)],
)
def test_small_data_without_arguments(load: Any, least: float) -> None:
    """Nothing runs away: the mean of ten splits, with no warning at all."""
    assert least <= np.mean(scores(load))


@pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("hidden", [(16,), (64,), (32, 32)])
@pytest.mark.parametrize("rule", RATES)
def test_each_rule_s_own_rate_learns(rule: str, hidden: tuple[int, ...]) -> None:
    """Digits in two passes of each rule at its own rate, in networks of other sizes."""
    x, y = load_digits(return_X_y=True)
    found = ef.FerroClassifier(hidden=hidden, passes=2)
    found.set_params(chip__controller__rule=rule)
    assert 0.9 <= found.fit(x, y).score(x, y)


def test_a_rule_brings_its_rate() -> None:
    """In a file, by a change, and in an estimator; a rate that is given stays."""
    for rule, rate in RATES.items():
        head = '[chip]\nname = "x"\n[device]\nname = "ideal-symmetric"\n'
        text = f'{head}[controller]\nrule = "{rule}"\n'
        assert rate == ef.Chip.loads(text).controller.learning_rate
        assert 0.7 == ef.Chip.loads(text + "learning_rate = 0.7\n").value(
            "controller.learning_rate"
        )
    watch = ef.Chip.load("watch-hzo-200ns")
    changed = watch.with_(**{"controller.rule": "sgd-counted"})
    assert RATES["sgd-counted"] == changed.controller.learning_rate
    both = {"controller.rule": "sgd-counted", "controller.learning_rate": 0.12}
    assert 0.12 == watch.with_(**both).controller.learning_rate
    same = watch.with_(**{"controller.rule": "mixed-precision"})
    assert 0.12 == same.controller.learning_rate
    back = changed.with_(**{"controller.rule": "mixed-precision"})
    assert RATES["mixed-precision"] == back.controller.learning_rate
    assert changed == ef.Chip.loads(changed.to_toml())


def test_a_rate_is_an_argument() -> None:
    """It is the chip's rate, to the bit; out of range it is refused by name."""
    x, y = load_iris(return_X_y=True)
    chip = ef.Chip.load("ideal-symmetric").with_(**{"controller.learning_rate": 0.2})
    by_chip = ef.FerroClassifier(chip, passes=1).fit(x, y)
    by_argument = ef.FerroClassifier(learning_rate=0.2, passes=1).fit(x, y)
    assert by_chip.signature_ == by_argument.signature_
    for bad in (0.0, 1e3, "fast"):
        with pytest.raises(ValueError, match="'learning_rate' parameter"):
            ef.FerroClassifier(learning_rate=bad).fit(x, y)


def test_what_saturates_is_told_with_what_helps() -> None:
    """A range of the ADC that is too small, and the setting that widens it."""
    x, y = load_digits(return_X_y=True)
    narrow = ef.FerroClassifier(
        ef.Chip.load("ideal-symmetric").with_(**{"network.signal_limit": 0.01}),
        learning_rate=1.0,
        passes=1,
    )
    with pytest.warns(ConvergenceWarning, match=r"ADC of layer .* network\.sig"):
        narrow.fit(x, y)


def test_settings_are_parameters() -> None:
    """Each setting of the chip by its name; set ones are had again."""
    found = ef.FerroClassifier()
    names = {"chip__" + p.replace(".", "__") for p in ef.Chip.paths()}
    assert names == {name for name in found.get_params() if name.startswith("chip__")}
    assert not names & found.get_params(deep=False).keys()
    assert found is found.set_params(**{NESTED: 7, "passes": 3})
    assert (7, 3) == (found.get_params()[NESTED], found.passes)
    assert 7 == found.chip.converters.adc_bits
    assert 6 == clone(found).set_params(**{NESTED: 6}).get_params()[NESTED]
    assert 7 == found.get_params()[NESTED]


@pytest.mark.parametrize("name", ef.Chip.shipped())
def test_parameters_round_trip(name: str) -> None:
    """All parameters of an estimator make the same one of another, in one call."""
    found = ef.FerroClassifier(name, hidden=None).set_params(**{NESTED: 8})
    again = ef.FerroClassifier().set_params(**found.get_params())
    assert found.get_params() == again.get_params()
    untouched = ef.FerroClassifier(name)
    assert name == untouched.set_params(**untouched.get_params()).chip
    told = {**found.get_params(), "chip__controller__rule": "sgd-counted"}
    assert "sgd-counted" == again.set_params(**told).chip.controller.rule


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"chip__converters__adc_bts": 7}, r"adc_bts: no such setting \(near: .*adc_b"),
        ({NESTED: 99}, r"converters\.adc_bits: 99 is not in 4\.\.14"),
        ({"chip__network__hidden": (5,)}, r"no effect beside hidden=\(32,\)"),
        ({"chip__task__passes": 3}, r"chip__task__passes: no effect beside passes=10"),
        ({"chip__task__rest_s": 3}, r"chip__task__rest_s: no effect on a classifier"),
        (
            {"chip__task__power_off_every": 3},
            r"chip__task__power_off_every: no effect on a classifier",
        ),
        ({"passed": 3}, r"Invalid parameter 'passed'"),
        (
            {"learning_rate": 0.1, "chip__controller__learning_rate": 0.2},
            r"chip__controller__learning_rate: no effect beside learning_rate=0\.1",
        ),
    ],
)
def test_settings_that_are_refused(params: dict[str, Any], says: str) -> None:
    """By name, with nothing set, the parameters beside them neither."""
    found = ef.FerroClassifier()
    with pytest.raises(ValueError, match=says):
        found.set_params(random_state=7, **params)
    assert (0, "ideal-symmetric") == (found.random_state, found.chip)


@pytest.mark.parametrize("path", ["task.power_off_every", "task.rest_s"])
def test_a_chip_that_asks_for_more_is_refused(path: str) -> None:
    """What a chip's file asks for and no classifier does is not passed over."""
    chip = ef.Chip.load("ideal-symmetric").with_(**{path: 3})
    x, y = load_wine(return_X_y=True)
    with pytest.raises(ConfigError, match=f"{path}: 3 has no effect on a classifier"):
        ef.FerroClassifier(chip, passes=1).fit(x, y)


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_grid_over_the_chip(jobs: int) -> None:
    """A search sets chip and settings, in other processes too, within a pipeline."""
    x, y = load_wine(return_X_y=True)
    line = make_pipeline(StandardScaler(), ef.FerroClassifier(passes=2))
    grid = {f"ferroclassifier__{NESTED}": [4, 10]}
    search = GridSearchCV(line, grid, n_jobs=jobs, cv=2).fit(x, y)
    tried = search.cv_results_["params"]
    assert [4, 10] == [one[f"ferroclassifier__{NESTED}"] for one in tried]
    four, ten = search.cv_results_["mean_test_score"]
    assert four < ten
    best = copy.deepcopy(search.best_estimator_)
    assert 10 == best[-1].chip.converters.adc_bits
    assert best[-1].signature_ == search.best_estimator_[-1].signature_


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
@pytest.mark.parametrize(
    "chip",
    [
        "ideal-watch-hzo-200ns",
        ef.Chip.load("ideal-symmetric").with_(**{"converters.input_signed": False}),
        ef.Chip.load("digits-symmetric"),
    ],
    ids=["cells", "unsigned", "digits"],
)
def test_check_estimator_of_other_chips(chip: ef.Chip | str) -> None:
    """scikit-learn's own checks find nothing, whatever chip without noise it is on.

    Where reads are noisy a sample asked twice may have two answers, as on any chip.
    """
    results = check_estimator(ef.FerroClassifier(chip), on_fail=None)
    failed = [(r["check_name"], str(r["exception"])[-200:]) for r in results
              if r["status"] == "failed"]  # fmt: skip
    assert [] == failed
