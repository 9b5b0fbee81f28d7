"""The scikit-learn door."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.utils.estimator_checks import check_estimator

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
    clf = ef.FerroClassifier(hidden=(16,), seed=1).fit(x, y)
    assert clf.score(x, y) >= 0.9
    assert 150 * 10 == clf.tally_.updates


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
