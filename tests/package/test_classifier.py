"""The scikit-learn door."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import has_fit_parameter

import edgeferro as ef


@pytest.mark.filterwarnings("ignore")
def test_check_estimator() -> None:
    """scikit-learn's own checks find nothing."""
    results = check_estimator(ef.FerroClassifier(), on_fail=None)
    failed = [r["check_name"] for r in results if r["status"] == "failed"]
    assert [] == failed
    assert len(results) > 40


def test_it_learns() -> None:
    """Iris in ten passes on an ideal chip is learned to 90 % and more."""
    x, y = load_iris(return_X_y=True)
    clf = ef.FerroClassifier(hidden=(16,), random_state=1).fit(x, y)
    assert clf.score(x, y) >= 0.9
    assert 150 * 10 == clf.tally_.updates


@pytest.mark.parametrize("random_state", range(4))
def test_few_lines_learn(random_state: int) -> None:
    """Random weights of a layer with few lines stay within the chip's weight limit."""
    x, y = load_iris(return_X_y=True)
    clf = ef.FerroClassifier(hidden=(2,), passes=1, random_state=random_state)
    assert 150 == clf.fit(x[:, 2:3], y).tally_.updates


def test_partial_fit_is_the_online_door() -> None:
    """Batches given one after the other end as the whole given at once."""
    x, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    order = np.random.default_rng(0).permutation(len(y))
    x, names = x[order], names[order]
    whole = ef.FerroClassifier(hidden=(8,)).partial_fit(x[:60], names[:60])
    pieces = ef.FerroClassifier(hidden=(8,)).partial_fit(x[:60], names[:60])
    whole.partial_fit(x[60:], names[60:])
    for a in range(60, 150, 9):
        pieces.partial_fit(x[a : a + 9], names[a : a + 9])
    assert whole.signature_ == pieces.signature_


def test_pretraining_carries_over() -> None:
    """Pre-trained weights, programmed onto measured devices, work at once."""
    x, y = load_digits(return_X_y=True)
    chip = ef.Chip.load("watch-hzo-200ns")
    clf = ef.FerroClassifier(chip, hidden=(32,), passes=1, pretrain_epochs=20)
    assert clf.fit(x[:1200], y[:1200]).score(x[1200:], y[1200:]) >= 0.85


def test_energy_and_signature() -> None:
    """Energy has a range, and the signature is that of the chip."""
    x, y = load_iris(return_X_y=True)
    clf = ef.FerroClassifier(hidden=()).fit(x, y)
    per_update = clf.energy_.per_update
    assert 0 < per_update.low <= per_update.value <= per_update.high
    assert clf.controller_.signature == clf.signature_


def test_pickling_keeps_every_bit() -> None:
    """A pickled classifier goes on learning like the one it was made from."""
    x, y = load_iris(return_X_y=True)
    first = ef.FerroClassifier(hidden=(8,), passes=2).fit(x, y)
    second = pickle.loads(pickle.dumps(first))
    first.partial_fit(x, y)
    second.partial_fit(x, y)
    assert first.signature_ == second.signature_


def test_refusals() -> None:
    """One class, unknown labels, NaN and a wrong width are refused by name."""
    x, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match="one class only"):
        ef.FerroClassifier().fit(x[:50], y[:50])
    clf = ef.FerroClassifier(hidden=()).fit(x[:100], y[:100])
    before = clf.signature_
    with pytest.raises(ValueError, match="is not among classes"):
        clf.partial_fit(x[100:], y[100:])
    with pytest.raises(ValueError, match="NaN"):
        clf.partial_fit(np.full((1, 4), np.nan), [0])
    with pytest.raises(ValueError, match="features"):
        clf.predict(x[:, :3])
    with pytest.raises(ef.ConfigError, match="not shipped"):
        ef.FerroClassifier(chip="no-such-chip").fit(x, y)
    assert before == clf.signature_


def test_unsigned_inputs() -> None:
    """A chip with unsigned input codes learns the same task."""
    x, y = load_iris(return_X_y=True)
    unsigned = {"converters.input_signed": False}
    chip = ef.Chip.load("ideal-symmetric").with_(**unsigned)
    clf = ef.FerroClassifier(chip, hidden=(16,), passes=30)
    assert clf.fit(x, y).score(x, y) >= 0.8


BAD_PARAMETERS = (
    ({"hidden": 16}, "'hidden' parameter"),
    ({"hidden": (0,)}, r"hidden: 0 is not a whole number in 1\.\.4096"),
    ({"hidden": (8.0,)}, r"hidden: 8\.0 is not a whole number in 1\.\.4096"),
    ({"hidden": (2,) * 16}, "hidden: 16 layers, allowed at most 15"),
    ({"passes": -1}, r"'passes' parameter .* range \[0, 10000\]"),
    ({"passes": 1.5}, "'passes' parameter"),
    ({"pretrain_epochs": -1}, "'pretrain_epochs' parameter"),
    ({"random_state": -1}, "'random_state' parameter"),
    ({"random_state": "0"}, "'random_state' parameter"),
    ({"random_state": 1, "seed": 1}, "seed: is random_state's old name"),
    ({"chip": 3}, "'chip' parameter"),
    ({"feature_range": 1.0}, "'feature_range' parameter"),
    ({"feature_range": (0, 1, 2)}, r"feature_range: is not \(low, high\)"),
    ({"feature_range": (0, [1, 2])}, r"feature_range: is not \(low, high\)"),
    ({"feature_range": (1, 1)}, r"feature_range: 1\.\.1 of feature 0"),
    ({"feature_range": (0, np.inf)}, r"feature_range: 0\.\.inf of feature 0"),
)


@pytest.mark.parametrize(("bad", "words"), BAD_PARAMETERS, ids=lambda v: str(v)[:40])
def test_parameters_are_refused_by_name(bad: dict[str, object], words: str) -> None:
    """A parameter of the wrong kind or out of its range is one line, in both doors."""
    x, y = load_iris(return_X_y=True)
    for learn in ("fit", "partial_fit"):
        clf = ef.FerroClassifier(**bad)
        with pytest.raises(ValueError, match=words) as caught:
            getattr(clf, learn)(x, y)
        assert "\n" not in str(caught.value)
        assert not hasattr(clf, "controller_")


def test_sample_weight_is_refused_by_name() -> None:
    """No weights are learned as if they weren't there; a typo isn't taken either."""
    x, y = load_iris(return_X_y=True)
    for learn in (ef.FerroClassifier().fit, ef.FerroClassifier().partial_fit):
        with pytest.raises(ef.DataError, match=r"^sample_weight: "):
            learn(x, y, sample_weight=np.ones(150))
        with pytest.raises(TypeError, match=r"^sample_wieght: "):
            learn(x, y, sample_wieght=np.ones(150))
    assert not has_fit_parameter(ef.FerroClassifier(), "sample_weight")


def test_first_call_without_a_scale() -> None:
    """One sample at a time needs a range: refused without, learned with one."""
    x, y = load_iris(return_X_y=True)
    kinds = [0, 1, 2]
    for first in (x[:1], x[:9]):
        with pytest.raises(ef.DataError, match="samples tell no range"):
            ef.FerroClassifier().partial_fit(first, y[: len(first)], classes=kinds)
    with pytest.raises(ef.DataError, match="no feature varies"):
        ef.FerroClassifier().partial_fit(x[[0] * 20], y[:20], classes=kinds)
    order = np.random.default_rng(0).permutation(150)
    clf = ef.FerroClassifier(feature_range=(0.0, 8.0))
    for at in np.tile(order, 10):
        clf.partial_fit(x[at : at + 1], y[at : at + 1], classes=kinds)
    assert clf.score(x, y) >= 0.9


def test_range_fills_the_codes() -> None:
    """Low is the lowest code, high the highest, the middle 0; beyond is cut."""
    x, y = load_iris(return_X_y=True)
    low, high = [0.0, 2.0, -1.0, 1.0], [8.0, 4.0, 1.0, 3.0]
    clf = ef.FerroClassifier(feature_range=(low, high), passes=0).fit(x, y)
    corners = np.array([low, high, [4.0, 3.0, 0.0, 2.0], [9.0, 0.0, 5.0, 2.0]])
    expected = [[-127] * 4, [127] * 4, [0] * 4, [127, -127, 127, 0]]
    assert expected == clf._codes(corners).tolist()


def test_outlier_is_named() -> None:
    """A sample that leaves no code for the others is refused with its place."""
    x, y = load_iris(return_X_y=True)
    x[7, 2] = 1e9
    words = r"outlier 1e\+09 in sample 7, feature 2: "
    with pytest.raises(ef.DataError, match=words):
        ef.FerroClassifier().fit(x, y)
    with pytest.raises(ef.DataError, match=words):
        ef.FerroClassifier().partial_fit(x[:20], y[:20], classes=[0, 1, 2])
    clf = ef.FerroClassifier(feature_range=(0.0, 8.0))
    assert clf.fit(x, y).score(x, y) >= 0.9
    x[7, 2] = 1.7e308
    with pytest.raises(ef.DataError, match="feature 2 is too large"):
        ef.FerroClassifier().fit(x, y)


def test_rare_values_are_no_outliers() -> None:
    """Pixels that few digits use, or one, pass; a constant one is told of."""
    x, y = load_digits(return_X_y=True)
    ef.FerroClassifier(hidden=(), passes=0).fit(x, y)
    with pytest.warns(UserWarning, match="features 0, .* are constant in the first"):
        ef.FerroClassifier(hidden=()).partial_fit(x[:60], y[:60])


def test_classes_stay() -> None:
    """The classes of a later call are the first one's, in whatever order."""
    x, y = load_iris(return_X_y=True)
    clf = ef.FerroClassifier(hidden=()).partial_fit(x, y, classes=[2, 0, 1])
    clf.partial_fit(x, y, classes=[1, 2, 0])
    before = clf.signature_
    for other in ([0, 1], [0, 1, 2, 3]):
        with pytest.raises(ef.DataError, match=r"classes: .* as in the first call"):
            clf.partial_fit(x[:50], y[:50], classes=other)
    assert before == clf.signature_
    with pytest.raises(ef.DataError, match="label 2 is not among classes"):
        ef.FerroClassifier().partial_fit(x, y, classes=[0, 1])


def test_random_states() -> None:
    """A number is the seed itself, under its old name too; a state gives one."""
    x, y = load_iris(return_X_y=True)

    def made(**how: object) -> ef.FerroClassifier:
        return ef.FerroClassifier(hidden=(), passes=1, **how).fit(x, y)

    new = made(random_state=5)
    assert 5 == new.seed_
    with pytest.warns(FutureWarning, match="seed: is called random_state now"):
        assert new.signature_ == made(seed=5).signature_
    drawn = made(random_state=np.random.RandomState(3))
    again = made(random_state=np.random.RandomState(3))
    assert drawn.signature_ == again.signature_
    assert drawn.signature_ == made(random_state=drawn.seed_).signature_
    assert made(random_state=None).seed_ != made(random_state=None).seed_


def test_nothing_learned_is_told() -> None:
    """A rate that kills every hidden unit warns; one that learns is silent."""
    X, y = load_digits(return_X_y=True)
    fast = ef.FerroClassifier(hidden=(16,), passes=1, learning_rate=0.5)
    says = (
        r"learning_rate is 0\.5, a smaller one may learn; .* pulses a cell and update "
        r".* a controller\.learning_rate below 0\.5 keeps them\)"
    )
    with pytest.warns(ConvergenceWarning, match=says):
        fast.fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = ef.FerroClassifier(hidden=(16,), passes=1).fit(X, y)
    assert found.score(X, y) > 0.9


def test_first_sample_alone_asks_for_classes() -> None:
    """One sample is no sign of a single class: the missing argument is named."""
    alone = ef.FerroClassifier(feature_range=(0, 8))
    with pytest.raises(ef.DataError, match="classes: not given, and y has 1 only"):
        alone.partial_fit([[1.0, 2.0]], [1])


def test_a_read_lasts_for_this_network_s_codes() -> None:
    """Energies are of the network that was laid out, not of the chip file's own."""
    X, y = load_iris(return_X_y=True)
    chip = ef.Chip.load("ideal-watch-hzo-200ns")  # of one hidden layer, codes to 255
    found = ef.FerroClassifier(chip, hidden=(), passes=0).fit(X, y)
    bare = chip.with_(**{"network.hidden": ()})
    asked = ef.EnergyReport.of_chip(found.tally_, bare).by_part["array reads"]
    assert asked == found.energy_.by_part["array reads"]
    longer = ef.EnergyReport.of_chip(found.tally_, chip).by_part["array reads"]
    assert longer.value < asked.value  # a code of 255 steps is half as long
