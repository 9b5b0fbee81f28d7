"""Pre-training kept: once a process, to the last bit, for all who ask, in bounds."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from edgeferro.errors import DataError
from edgeferro.mapping import pretrained as module
from edgeferro.mapping.pretrain import pretrain
from edgeferro.mapping.pretrained import WeightsCache, asked_digest

RNG = np.random.default_rng(7)
X = RNG.uniform(-1, 1, (40, 3))
Y = (X[:, 0] > 0).astype(np.int64)
SIZE = 8 * (4 * 4 + 2 * 5)  # bytes of a 3-4-2 network with its biases
CHANGES: list[dict[str, Any]] = [
    {"x": X + 1e-12},
    {"x": X[:39], "y": Y[:39]},
    {"x": X.reshape(20, 6), "y": Y[:20]},
    {"y": 1 - Y},
    {"hidden": (5,)},
    {"hidden": (4, 4)},
    {"classes": 3},
    {"epochs": 2},
    {"learning_rate": 0.02},
    {"seed": 1},
    {"activation": "tanh"},
    {"weight_clip": 1.0},
    {"batch": 8},
    {"optimiser": "sgd"},
    {"initial": [np.zeros((4, 4)), np.zeros((2, 5))]},
]


def ask(cache: WeightsCache, **changes: Any) -> tuple[np.ndarray, ...]:
    """Ask for a small network's weights."""
    settings = {"hidden": (4,), "classes": 2, "epochs": 1, "seed": 0, **changes}
    return cache.get(X, Y, **settings)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seeds that were really pre-trained, in order."""
    seeds: list[int] = []

    def counted(*args: Any, **settings: Any) -> list[np.ndarray]:
        seeds.append(settings["seed"])
        return pretrain(*args, **settings)

    monkeypatch.setattr(module, "pretrain", counted)
    return seeds


def test_the_same_bits_once(calls: list[int]) -> None:
    """What is kept is what the routine gives, made once, and nobody can change it."""
    cache = WeightsCache()
    direct = pretrain(X, Y, (4,), classes=2, epochs=1, seed=0)
    first, again = ask(cache), ask(cache)
    assert [0] == calls
    assert [w.tobytes() for w in direct] == [w.tobytes() for w in first]
    assert all(one is two for one, two in zip(first, again, strict=True))
    with pytest.raises(ValueError, match="read-only"):
        first[0][0, 0] = 1.0


@pytest.mark.parametrize("change", CHANGES, ids="+".join)
def test_whatever_it_follows_from(change: dict[str, Any]) -> None:
    """Every argument that pre-training can be given is in the digest."""
    asked = {"x": X, "y": Y, "hidden": (4,), "classes": 2, "epochs": 1, "seed": 0}
    assert asked_digest(**asked) == asked_digest(**asked)
    assert asked_digest(**asked) != asked_digest(**{**asked, **change})


def test_every_argument_has_a_row() -> None:
    """The test above forgets no argument of the routine."""
    changed = {name for change in CHANGES for name in change}
    assert set(module._ARGUMENTS.parameters) == changed


def test_the_routine_has_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of the routine is another digest."""
    before = asked_digest(X, Y, classes=2)
    monkeypatch.setattr(module, "PRETRAIN_VERSION", 1000)
    assert before != asked_digest(X, Y, classes=2)


def test_defaults_are_settings(calls: list[int]) -> None:
    """A default and the same value written out are one request, as is a view."""
    cache = WeightsCache()
    ask(cache)
    ask(cache, batch=16, optimiser="adam")
    wide = np.zeros((40, 6))
    wide[:, ::2] = X
    cache.get(wide[:, ::2], Y, hidden=(4,), classes=2, epochs=1, seed=0)
    assert [0] == calls


def test_threads_wait_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight threads that ask for the same at once cause one computation."""
    cache, calls, asked = WeightsCache(), [], threading.Barrier(8)

    def slow(*args: Any, **settings: Any) -> list[np.ndarray]:
        calls.append(1)
        return pretrain(*args, **{**settings, "epochs": 30})

    def one(_: int) -> tuple[np.ndarray, ...]:
        asked.wait()
        return ask(cache)

    monkeypatch.setattr(module, "pretrain", slow)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(one, range(8)))
    assert [1] == calls
    assert all(weights[0] is found[0][0] for weights in found)
    assert not cache._busy


def test_a_failure_is_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waited for a call that was stopped makes it; a refusal is not kept."""
    cache, began, stop = WeightsCache(), threading.Event(), threading.Event()
    failing = [True]

    def stopped(*args: Any, **settings: Any) -> list[np.ndarray]:
        if failing.pop() if failing else False:
            began.set()
            stop.wait()
            raise KeyboardInterrupt
        return pretrain(*args, **settings)

    monkeypatch.setattr(module, "pretrain", stopped)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask, cache)
        began.wait()
        second = pool.submit(ask, cache)
        stop.set()
        with pytest.raises(KeyboardInterrupt):
            first.result()
        assert [(4, 4), (2, 5)] == [matrix.shape for matrix in second.result()]
    for _ in range(2):
        with pytest.raises(DataError, match=r"^y: labels 1..2, not in 0..1$"):
            cache.get(X, Y + 1, (4,), classes=2)
    assert not cache._busy


def test_memory_is_bounded(calls: list[int]) -> None:
    """The longest unused weights go first; a network above the bound is not kept."""
    cache = WeightsCache(3 * SIZE)
    for seed in (0, 1, 2, 0, 3, 0, 1):
        ask(cache, seed=seed)
    assert [0, 1, 2, 3, 1] == calls
    assert 3 * SIZE == cache.held
    ask(cache, hidden=(400,))
    assert 3 * SIZE == cache.held
