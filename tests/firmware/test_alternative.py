"""The classifier without the chip: it learns, and is the same everywhere."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import edgeferro as ef
from edgeferro.energy.mcu import counted
from edgeferro.energy.mcu_fits import ALONE, DRIVER, alone, driver, left_out
from edgeferro.errors import ConfigError, DataError, StateError
from edgeferro.firmware.alternative import (
    AltLesson,
    AltNet,
    AltResult,
    lay_out,
    random_lesson,
    watch_lesson,
)
from edgeferro.firmware.counting import CORES
from edgeferro.firmware.targets import TARGETS
from edgeferro.mapping.activations import find_activation
from edgeferro.mapping.images import initial_weights
from edgeferro.mapping.pretrain import forward
from edgeferro.training.options import TrainOptions, make_plan
from edgeferro.training.run import run_plan

HERE = "host-image"
IDEAL = "ideal-watch-hzo-200ns"
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")


def missing(machine: str) -> bool:
    """Whether a machine's tools are not here."""
    target = TARGETS[machine]
    tools = [target.compiler[0], *target.qemu[:1]]
    return any(shutil.which(tool) is None for tool in tools)


@cache
def watch(subject: int = 0) -> AltLesson:
    """One person's watch task."""
    return watch_lesson(ef.Chip.load(IDEAL), subject, 0)


@pytest.mark.slow
@needs_gcc
def test_it_learns_as_the_ideal_chip_does() -> None:
    """Over ten people: as good before learning within 2 points, and after it too."""
    runs = [watch(subject).run(HERE).accuracy for subject in range(10)]
    before, after = (np.mean([run[at] for run in runs]) for at in (0, -1))
    options = TrainOptions(
        "watch", IDEAL, {}, None, 5, tuple(range(10)), (0,), "interleaved", None
    )
    chip = run_plan(make_plan(options))
    assert chip.mean("before") == pytest.approx(before, abs=0.02)
    assert chip.mean("after") == pytest.approx(after, abs=0.02)
    assert after > before + 0.05


def scaled(value: np.ndarray, shift: int) -> np.ndarray:
    """Divided by a power of two, to nearest, ties upwards."""
    return np.floor_divide(value + (1 << (shift - 1)), 1 << shift)


def entries(sums: np.ndarray, shift: int) -> np.ndarray:
    """Where in a table of 256 a sum falls."""
    return np.clip(scaled(sums, shift), -128, 127) + 128


class ByHand:
    """The same in NumPy's 64-bit integers, where nothing can overflow."""

    def __init__(self, net: AltNet) -> None:
        """Take the weights over."""
        self.net = net
        self.weights = [layer.weights.astype(np.int64) for layer in net.layers]

    def forward(self, inputs: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Codes and sums of each layer."""
        codes, sums, signal = [], [], inputs.astype(np.int64)
        for layer, weights in zip(self.net.layers, self.weights, strict=True):
            codes.append(np.append(signal, layer.bias))
            sums.append(weights @ codes[-1])
            if layer.activation is not None:
                signal = layer.activation[entries(sums[-1], layer.shift)].astype(int)
        return codes, sums

    def learn(self, inputs: np.ndarray, right: int) -> None:
        """One step: errors from the last layer to the first, then all weights."""
        codes, sums = self.forward(inputs)
        layers = self.net.layers
        heights = scaled(sums[-1], layers[-1].shift)
        tops = self.net.exponential[np.minimum(heights.max() - heights, 255)]
        parts = tops.astype(np.int64) * 32768 // tops.astype(np.int64).sum()
        wanted = 32768 * (np.arange(len(parts)) == right)
        errors = [np.clip(wanted - parts, -32767, 32767)]
        for index in reversed(range(len(layers) - 1)):
            layer = layers[index]
            assert layer.slope is not None
            came = self.weights[index + 1][:, :-1].T @ errors[0]
            limit = layer.error_limit
            held = np.clip(scaled(came, layer.back_shift), -limit, limit)
            slopes = layer.slope[entries(sums[index], layer.shift)].astype(int)
            errors.insert(0, np.clip(scaled(held * slopes, 8), -limit, limit))
        for index, layer in enumerate(layers):
            gains = np.clip(
                scaled(errors[index] * layer.rate, layer.rate_shift),
                -(1 << 22),
                1 << 22,
            )
            moved = scaled(gains[:, None] * codes[index], 16)
            weights = self.weights[index] + moved
            self.weights[index] = np.clip(weights, -layer.limit, layer.limit)

    def digest(self) -> int:
        """FNV-1a over the weights' bytes."""
        found = 2166136261
        for weights in self.weights:
            for byte in weights.astype("<i2").tobytes():
                found = (found ^ byte) * 16777619 & 0xFFFFFFFF
        return found


def by_hand(lesson: AltLesson) -> AltResult:
    """A lesson done by hand, test by test."""
    own = ByHand(lesson.net)
    accuracy, digests = [], []
    for order in [None, *lesson.order]:
        for sample in () if order is None else order:
            own.learn(lesson.codes[sample], int(lesson.labels[sample]))
        found = [
            int(own.forward(lesson.codes[i])[1][-1].argmax()) == lesson.labels[i]
            for i in lesson.tests
        ]
        accuracy.append(sum(found) / len(found))
        digests.append(own.digest())
    return AltResult(tuple(accuracy), tuple(digests), {})


@needs_gcc
@pytest.mark.parametrize(
    "sizes", [(30, 32, 7), (17, 13, 11, 4), (6, 3), (300, 12, 9, 8, 5)]
)
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_every_bit_by_hand(sizes: tuple[int, ...], activation: str) -> None:
    """C and a second model in other integers end with the same weights."""
    chip = ef.Chip.load(IDEAL).with_(**{"network.activation": activation})
    lesson = random_lesson(chip, sizes, 30)
    expected, found = by_hand(lesson), lesson.run(HERE)
    assert len(set(expected.digests)) == 2
    assert expected.digests == found.digests
    assert expected.accuracy == found.accuracy


def step(
    weights: list[np.ndarray], x: np.ndarray, right: int, activation: str
) -> list[np.ndarray]:
    """Down the slope of the cross-entropy of one sample, in floats, at a rate of 1."""
    squash = find_activation(activation)
    *seen, scores = forward(weights, x[None], activation)
    parts = np.exp(scores[0] - scores.max())
    error = (np.arange(len(parts)) == right) - parts / parts.sum()
    moves = []
    for index in reversed(range(len(weights))):
        moves.insert(0, np.outer(error, seen[index][0]))
        values = seen[index][0][:-1]
        error = (error @ weights[index][:, :-1]) * squash.slope(values)
    return moves


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("sizes", [(9, 5), (12, 8, 4), (10, 7, 6, 3)])
def test_a_step_goes_down_the_slope(sizes: tuple[int, ...], activation: str) -> None:
    """Each layer's integers move as its floats do, by the chip file's rate."""
    changes = {"network.activation": activation, "network.weight_limit": 1.0}
    chip = ef.Chip.load(IDEAL).with_(**changes)
    rng = np.random.default_rng(1)
    weights = [w * 1.5 for w in initial_weights(sizes, bias=True, seed=1)]
    for matrix in weights:
        matrix[:, -1] = rng.uniform(-0.3, 0.3, len(matrix))
    codes = rng.integers(-127, 128, (40, sizes[0]))
    net = lay_out(chip, weights, codes / 127)
    wanted = [np.zeros_like(matrix) for matrix in weights]
    found = [np.zeros_like(matrix) for matrix in weights]
    for index, sample in enumerate(codes):
        own, right = ByHand(net), index % sizes[-1]
        own.learn(sample, right)
        for layer, move in enumerate(step(weights, sample / 127, right, activation)):
            moved = own.weights[layer] - net.layers[layer].weights
            wanted[layer] += move * chip.controller.learning_rate
            found[layer] += moved * 2.0 ** -net.layers[layer].weight_bits
    for move, moved in zip(wanted, found, strict=True):
        # a relu's kink falls a code beside zero, here and there
        assert (move * moved).sum() / (move**2).sum() == pytest.approx(1.0, abs=0.06)
        assert np.corrcoef(move.ravel(), moved.ravel())[0, 1] > 0.98


@needs_gcc
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_sums_beyond_the_tables_by_hand(activation: str) -> None:
    """Three bits off the shift: both ends of the tables, and their tails."""
    chip = ef.Chip.load(IDEAL).with_(**{"network.activation": activation})
    lesson = random_lesson(chip, (30, 20, 5), 40)
    first = lesson.net.layers[0]
    net = replace(
        lesson.net,
        layers=(replace(first, shift=first.shift - 3), *lesson.net.layers[1:]),
    )
    held = replace(lesson, net=net)
    sums = lesson.codes.astype(int) @ first.weights[:, :-1].T.astype(int)
    places = entries(sums, first.shift - 3)
    assert {0, 255} <= set(places.ravel())
    assert by_hand(held).digests == held.run(HERE).digests


@needs_gcc
def test_the_watch_by_hand() -> None:
    """Five passes of one person, to the bit."""
    expected, found = by_hand(watch()), watch().run(HERE)
    assert expected.digests == found.digests
    assert expected.accuracy == found.accuracy


@pytest.mark.slow
@pytest.mark.parametrize("machine", CORES)
def test_every_core_ends_alike(machine: str) -> None:
    """Accuracies and weights of this machine's image, and counts as committed."""
    if missing(machine) or missing(HERE):
        pytest.skip("no cross compiler or QEMU")
    expected, found = watch().run(HERE), watch().run(machine)
    assert expected.digests == found.digests
    assert expected.accuracy == found.accuracy
    assert {} == expected.costs
    times, mean = found.costs["infer"]
    assert 6 * len(watch().tests) == times
    known = counted().find(machine, "alternative-watch/infer")
    assert known.instructions == pytest.approx(mean, rel=0.05)


@needs_gcc
@pytest.mark.parametrize(
    "change",
    [
        {"limit": 0},
        {"limit": 32768},
        {"shift": 1},
        {"rate_shift": 31},
        {"error_limit": 0},
        {"bias": 512},
        {"back_shift": 0},
    ],
)
def test_a_network_that_does_not_fit_is_refused(change: dict[str, int]) -> None:
    """What could leave 32 bits ends before the first sample."""
    lesson = random_lesson(ef.Chip.load(IDEAL), (5, 4, 3), 4)
    first = replace(lesson.net.layers[0], **change)
    net = replace(lesson.net, layers=(first, *lesson.net.layers[1:]))
    with pytest.raises(StateError, match="didn't come to its end: 'status=1'"):
        replace(lesson, net=net).run(HERE)


@needs_gcc
@pytest.mark.parametrize("name", ["labels", "tests", "order"])
def test_data_that_do_not_fit_are_refused(name: str) -> None:
    """An index beyond the samples, or a class that is none."""
    lesson = random_lesson(ef.Chip.load(IDEAL), (5, 4, 3), 4)
    with pytest.raises(StateError, match="status=1"):
        replace(lesson, **{name: getattr(lesson, name) + 3}).run(HERE)


def test_a_rate_that_cannot_be_laid_out_is_refused() -> None:
    """One line names the layer."""
    chip = ef.Chip.load(IDEAL).with_(
        **{"network.weight_limit": 0.01, "controller.learning_rate": 1.0}
    )
    weights = [np.full((3, 6), 1e-6)]
    with pytest.raises(ConfigError, match=r"^layer 0: a rate of .* can't be laid out"):
        lay_out(chip, weights, np.ones((2, 5)))


@pytest.mark.parametrize("core", CORES)
def test_a_shape_left_out_is_told_by_the_others(core: str) -> None:
    """Forward passes within 5 %, learning steps within 25, the driver within 12."""
    bounds = {(ALONE, "infer"): 0.05, (ALONE, "learn"): 0.25, (DRIVER, "infer"): 0.12}
    for (program, command), bound in bounds.items():
        errors = left_out(core, program, command)
        assert len(errors) >= 8
        assert max(map(abs, errors.values())) < bound, (program, command)


def test_estimates_say_how_they_were_made() -> None:
    """A shape that was counted is a count; another a fit, with its error."""
    known = counted().find("rv32", "alternative/infer", (64, 32, 10))
    found = alone("rv32", "infer", (64, 32, 10))
    assert (known.instructions, "counted", 0.0) == (found.instructions, found.how, 0.0)
    between = alone("rv32", "infer", (64, 32, 9))
    assert "fitted" == between.how
    assert 0.8 * found.instructions < between.instructions < found.instructions
    assert 0.0 < between.error < 0.05
    own, other = (alone("rv32", "learn", (30, 32, 7), task) for task in ("watch", None))
    assert own.instructions < other.instructions
    few, many = (driver("rv32", "infer", (30, 32, 7), n) for n in (70.0, 90.0))
    assert few.instructions < many.instructions < 2 * few.instructions


@pytest.mark.parametrize(
    ("core", "command", "said"),
    [
        ("cortex-m4", "infer", "alternative was not counted on 'cortex-m4'; cortex-m3"),
        ("rv32", "update", "^command: 'update' is not one of infer, learn$"),
    ],
)
def test_what_cannot_be_told_is_refused(core: str, command: str, said: str) -> None:
    """One line, with what passes."""
    with pytest.raises(DataError, match=said):
        alone(core, command, (30, 32, 7))
