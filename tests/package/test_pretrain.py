"""Float pre-training: good enough for the watch, deterministic, and within its span."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgeferro.errors import ConfigError, DataError
from edgeferro.mapping.activations import ACTIVATIONS
from edgeferro.mapping.pretrain import forward, predict, pretrain
from edgeferro.tasks import Task, watch
from edgeferro.tasks.features import fit_normaliser, normalise

RNG = np.random.default_rng(5)
X = RNG.uniform(-1, 1, (120, 4))
Y = (X[:, 0] > 0).astype(np.int64) + (X[:, 1] > 0)


@pytest.fixture(scope="module")
def task() -> Task:
    """The watch task, cut once."""
    return watch.load()


def inputs(task: Task, train: np.ndarray) -> np.ndarray:
    """Return 8-bit codes of all rows as -1..1, scaled on the training rows only."""
    codes = normalise(task.features, fit_normaliser(task.features[train]))
    return codes / 127.0


def test_unseen_subject(task: Task) -> None:
    """Trained on nine people, the 30-32-7 net knows 84 % of the tenth's windows."""
    scores = []
    for subject in range(10):
        train = task.groups != subject
        x = inputs(task, train)
        for seed in range(2):
            weights = pretrain(x[train], task.labels[train], classes=7, seed=seed)
            right = predict(weights, x[~train], "relu") == task.labels[~train]
            scores.append(right.mean())
    assert np.mean(scores) >= 0.84


def test_personalisation(task: Task) -> None:
    """Five online passes over a person's first half lift the second half's score."""
    before: list[float] = []
    after: list[float] = []
    for subject in range(10):
        train = task.groups != subject
        x = inputs(task, train)
        weights = pretrain(x[train], task.labels[train], classes=7)
        adapt = ~train & (task.half == 0)
        test = ~train & (task.half == 1)
        tuned = pretrain(
            x[adapt], task.labels[adapt], classes=7, epochs=5, learning_rate=0.1,
            batch=1, optimiser="sgd", initial=weights,
        )  # fmt: skip
        for scores, net in ((before, weights), (after, tuned)):
            scores.append((predict(net, x[test], "relu") == task.labels[test]).mean())
    assert np.mean(after) >= 0.93
    assert np.mean(after) >= np.mean(before) + 0.05


@pytest.mark.parametrize("activation", [*ACTIVATIONS, "hardsigmoid"])
@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_deterministic(activation: str, optimiser: str) -> None:
    """The same seed gives the same bits, another seed others, and the shapes fit."""
    settings: dict[str, Any] = {"classes": 3, "epochs": 2, "activation": activation}
    settings["optimiser"] = optimiser
    first = pretrain(X, Y, (6, 5), seed=3, **settings)
    again = pretrain(X, Y, (6, 5), seed=3, **settings)
    other = pretrain(X, Y, (6, 5), seed=4, **settings)
    assert [(6, 5), (5, 7), (3, 6)] == [matrix.shape for matrix in first]
    for a, b, c in zip(first, again, other, strict=True):
        assert a.tobytes() == b.tobytes()
        assert a.tobytes() != c.tobytes()


def test_weight_clip() -> None:
    """No weight or bias ever leaves the span, and the span is used."""
    weights = pretrain(X, Y, classes=3, epochs=30, weight_clip=0.5)
    assert 0.5 == max(np.abs(matrix).max() for matrix in weights)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_slopes(activation: str) -> None:
    """One online SGD step goes down the numerical slope of the cross-entropy."""
    start = pretrain(X, Y, (5,), classes=3, epochs=0, activation=activation, seed=1)
    rate, delta = 1e-3, 1e-6
    moved = pretrain(
        X[:1], Y[:1], (5,), classes=3, epochs=1, learning_rate=rate, batch=1,
        optimiser="sgd", activation=activation, initial=start,
    )  # fmt: skip

    def loss(weights: list[np.ndarray]) -> float:
        scores = forward(weights, X[:1], activation)[-1][0]
        return float(np.log(np.exp(scores).sum()) - scores[Y[0]])

    for layer, row, column in [(0, 0, 0), (0, 4, 4), (1, 0, 2), (1, 2, 5)]:
        up = [matrix.copy() for matrix in start]
        down = [matrix.copy() for matrix in start]
        up[layer][row, column] += delta
        down[layer][row, column] -= delta
        slope = (loss(up) - loss(down)) / (2 * delta)
        step = (start[layer] - moved[layer])[row, column] / rate
        assert slope == pytest.approx(step, rel=1e-4, abs=1e-7)


def test_no_hidden_layer() -> None:
    """Without hidden layers it is softmax regression, and it learns."""
    labels = (X[:, 0] > 0).astype(np.int64)
    weights = pretrain(X, labels, (), classes=2, epochs=60)
    assert [(2, 5)] == [matrix.shape for matrix in weights]
    assert (predict(weights, X, "relu") == labels).mean() >= 0.95


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"classes": 1}, "classes: 1, expected >= 2"),
        ({"epochs": -1}, "epochs: -1"),
        ({"learning_rate": 0.0}, "learning_rate: 0.0"),
        ({"learning_rate": float("nan")}, "learning_rate: nan"),
        ({"weight_clip": 0.0}, "weight_clip: 0.0"),
        ({"batch": 0}, "batch: 0"),
        ({"hidden": (0,)}, "hidden: "),
        (
            {"activation": "gelu"},
            "activation: 'gelu' is not one of identity, relu, tanh",
        ),
        ({"optimiser": "lbfgs"}, "optimiser: 'lbfgs'"),
        ({"initial": [np.zeros((3, 4))]}, "initial: shapes"),
    ],
)
def test_setting_refusals(settings: dict[str, Any], words: str) -> None:
    """A setting out of range is named with its value."""
    with pytest.raises(ConfigError) as raised:
        pretrain(X, Y, **{"classes": 3, **settings})
    assert words in str(raised.value)


def test_data_refusals() -> None:
    """NaN inputs, labels of another class and lengths that differ are refused."""
    bad = X.copy()
    bad[3, 1] = np.nan
    for x, y, words in (
        (bad, Y, "x: "),
        (X[:0], Y[:0], "x: shape (0, 4)"),
        (X, Y + 1, "y: labels 1..3, not in 0..2"),
        (X, Y[:-1], "y: int64 (119,), expected integers (120,)"),
        (X, Y.astype(float), "y: float64"),
    ):
        with pytest.raises(DataError) as raised:
            pretrain(x, y, classes=3)
        assert words in str(raised.value)
