"""The classifier without the chip: its data, laid out in integers, and its image.

``firmware_models/alternative`` is the same network and learning step on a
microcontroller alone. What a float network becomes there follows the chip's own way
(:mod:`edgeferro.mapping.network`): whole numbers, tables, a rate; but scales are powers
of two, weights are 16 bits wide, and nothing is read through a converter.
"""

from __future__ import annotations

import math
import re
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from edgeferro.errors import ConfigError, StateError
from edgeferro.firmware.build import compile_image, source_folder
from edgeferro.firmware.images import run_elf
from edgeferro.firmware.targets import TARGETS
from edgeferro.mapping.images import initial_weights, layer_signals
from edgeferro.mapping.lookup_tables import activation_table, exp_table
from edgeferro.tasks import watch
from edgeferro.training.lesson import make_lesson
from edgeferro.training.plan import Plan, Unit, pass_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.chip.chip import Chip

__all__ = [
    "AltLayer",
    "AltLesson",
    "AltNet",
    "AltResult",
    "lay_out",
    "random_lesson",
    "watch_lesson",
]

# firmware_models/alternative/alternative.h
_MAGIC: Final = 0x31544C41
_CODE_MOST: Final = 511
_WIDE: Final = 0x7FFFFFFF
_NARROW: Final = 32767
_ENTRIES: Final = 256
_SHIFTS: Final = (2, 30)
_ADC_BITS: Final = 8  # of the tables' index
_RATE: Final = 1 << 16  # Q.16
_Q15: Final = 1 << 15
_SOFTMAX_REACH: Final = 11.0  # exp(-11) is a Q0.16 of one


@dataclass(frozen=True, eq=False)
class AltLayer:
    """One layer in integers; names as in ``struct alt_layer``.

    Attributes:
        weights: int16 (rows, columns), the bias column last.
        activation: int16 (256,), and slope, Q7.8; None for the last layer.
        weight_bits: of a weight, behind its point.
    """

    weights: np.ndarray
    activation: np.ndarray | None
    slope: np.ndarray | None
    bias: int
    limit: int
    shift: int
    back_shift: int
    error_limit: int
    rate: int
    rate_shift: int
    weight_bits: int

    def words(self) -> list[int]:
        """Its numbers in the order of the blob."""
        rows, columns = self.weights.shape
        numbers = [self.bias, self.limit, self.shift, self.back_shift]
        numbers += [self.error_limit, self.rate, self.rate_shift]
        return [rows, columns, *numbers]


@dataclass(frozen=True, eq=False)
class AltNet:
    """A network in integers.

    Attributes:
        layers: from the first to the last.
        exponential: uint16 (256,).
    """

    layers: tuple[AltLayer, ...]
    exponential: np.ndarray

    @property
    def sizes(self) -> tuple[int, ...]:
        """Inputs, hidden neurons and outputs."""
        shapes = [layer.weights.shape for layer in self.layers]
        return (shapes[0][1] - 1, *(rows for rows, _ in shapes))


@dataclass(frozen=True, eq=False)
class AltLesson:
    """What an image does: it is tested, learns pass after pass, is tested after each.

    Attributes:
        net: the network.
        codes: int16 (samples, inputs).
        labels: (samples,).
        tests: indices to test on.
        order: indices to learn, a row a pass.
    """

    net: AltNet
    codes: np.ndarray
    labels: np.ndarray
    tests: np.ndarray
    order: np.ndarray

    def blob(self) -> bytes:
        """Everything as the bytes that an image carries (alternative_main.c)."""
        passes, each = self.order.shape if self.order.size else (0, 0)
        layers = self.net.layers
        words = [_MAGIC, len(layers), len(self.codes), len(self.tests), passes, each]
        words += [word for layer in layers for word in layer.words()]
        parts = [struct.pack(f"<{len(words)}I", *words)]

        def put(values: np.ndarray, kind: str) -> None:
            data = np.ascontiguousarray(values).astype(kind).tobytes()
            parts.append(data + bytes(-len(data) % 4))

        put(self.net.exponential, "<u2")
        for layer in layers:
            for table in (layer.activation, layer.slope):
                if table is not None:
                    put(table, "<i2")
        put(self.codes, "<i2")
        for indices in (self.labels, self.tests, self.order):
            put(indices, "<u2")
        for layer in layers:
            put(layer.weights, "<i2")
        return b"".join(parts)

    def run(self, machine: str) -> AltResult:
        """Build its image for one of :data:`TARGETS` and run it to its end.

        Raises:
            DataError: no such machine, or a tool that is not installed.
            StateError: it can't be built, or doesn't come to its end.
        """
        root = source_folder() / "firmware_models"
        sources = sorted((root / "alternative").glob("*.c"))
        includes = [root / "alternative", root / "targets"]
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            image = compile_image(machine, (sources, includes), self.blob(), place)
            text = run_elf(machine, image)
        return AltResult.read(text, len(self.tests), TARGETS[machine].per_instruction)


@dataclass(frozen=True)
class AltResult:
    """What an image of the alternative came to.

    Attributes:
        accuracy: of each test, before learning and after each pass, 0..1.
        digests: of the weights at each test.
        costs: instructions by 'infer' and 'learn', where they were counted: (times,
            mean).
    """

    accuracy: tuple[float, ...]
    digests: tuple[int, ...]
    costs: dict[str, tuple[int, float]]

    @classmethod
    def read(cls, text: str, tests: int, per_instruction: float) -> AltResult:
        """Take what an image printed.

        Raises:
            StateError: it didn't come to its end.
        """

        def numbers(key: str) -> list[int]:
            found = re.findall(rf"^{key}=(\d+)\r?$", text, re.M)
            return [int(number) for number in found]

        if numbers("status") != [0]:
            message = f"the image didn't come to its end: {text.strip()[-300:]!r}"
            raise StateError(message)
        costs = {}
        for name in ("infer", "learn"):
            times, ticks = numbers(f"{name}_times")[0], numbers(f"{name}_ticks")[0]
            if times and per_instruction:
                own = ticks / times - numbers("looking_ticks")[0] / 100
                costs[name] = (times, own / per_instruction)
        accuracy = tuple(right / max(tests, 1) for right in numbers("right"))
        return cls(accuracy, tuple(numbers("digest")), costs)


def _least_shift(unit: float, wanted: float, what: str) -> int:
    """The least shift that makes a unit reach what is wanted.

    Raises:
        ConfigError: none does.
    """
    shift = max(_SHIFTS[0], math.ceil(math.log2(wanted / unit)))
    if shift > _SHIFTS[1]:
        message = f"{what}: {wanted:g} is beyond a shift of {_SHIFTS[1]}"
        raise ConfigError(message)
    return shift


def _rate(factor: float, what: str) -> tuple[int, int]:
    """A factor in Q.16 as mantissa and shift.

    Raises:
        ConfigError: it is out of range.
    """
    shift = math.floor(15 - math.log2(factor * _RATE))
    shift = min(shift, _SHIFTS[1])
    mantissa = round(factor * _RATE * 2.0**shift)
    if mantissa > _NARROW:
        shift, mantissa = shift - 1, round(factor * _RATE * 2.0 ** (shift - 1))
    if shift < _SHIFTS[0] or mantissa < 1:
        message = f"{what}: a rate of {factor:g} can't be laid out in integers"
        raise ConfigError(message)
    return mantissa, shift


@dataclass(frozen=True)
class _Scale:
    """What integers of a layer are worth on the way forward."""

    weight_bits: int
    limit: int
    bias: int
    value: float  # of an input code
    unit: float  # of a sum
    shift: int
    slope: float = 1.0  # that 256 stands for
    tables: tuple[np.ndarray, np.ndarray] | None = None


def _forward(
    chip: Chip, weights: Sequence[np.ndarray], samples: np.ndarray
) -> list[_Scale]:
    """Scales and tables from the first layer to the last."""
    kind, value = chip.network.activation, 1.0 / chip.converters.input_top
    signals = layer_signals(weights, samples, kind)
    scales = []
    for index, matrix in enumerate(weights):
        name = f"layer {index}"
        bias = min(_CODE_MOST, max(1, round(1.0 / value)))
        limit = min(_NARROW, _WIDE // (matrix.shape[1] * _CODE_MOST))
        room = max(2.0 * np.abs(matrix).max(), chip.network.weight_limit)
        bits = math.floor(math.log2(limit / room))
        unit = value * 2.0**-bits
        if index == len(weights) - 1:
            shift = _least_shift(unit, _SOFTMAX_REACH / (_ENTRIES - 1), name)
            scales.append(_Scale(bits, limit, bias, value, unit, shift))
            break
        top = (1 << (_ADC_BITS - 1)) - 1
        shift = _least_shift(unit * top, max(signals[index], unit), name)
        table = activation_table(
            kind,
            adc_bits=_ADC_BITS,
            lsb=unit * 2.0**shift,
            bits=chip.converters.activation_bits,
        )
        tables = (table.codes, table.slope)
        found = _Scale(bits, limit, bias, value, unit, shift, table.max_slope, tables)
        scales.append(found)
        value = table.scale
    return scales


def lay_out(chip: Chip, weights: Sequence[np.ndarray], samples: np.ndarray) -> AltNet:
    """Lay a float network out in integers, with the chip file's activation and rate.

    Args:
        chip: the chip file.
        weights: float (outputs, inputs + 1) a layer, the bias column last.
        samples: float (n, inputs), 1.0 is the largest code; sums are to fit theirs.

    Raises:
        ConfigError: a scale or rate can't be laid out.
    """
    scales = _forward(chip, weights, samples)
    layers: list[AltLayer] = []
    unit, back_shift = 1.0 / _Q15, _SHIFTS[0]
    for index in reversed(range(len(weights))):
        scale, matrix, name = scales[index], weights[index], f"layer {index}"
        goes_back = 0 < index < len(weights) - 1
        most = _WIDE // (len(matrix) * scale.limit) if goes_back else _NARROW
        error_limit = min(_NARROW, most)
        if index < len(weights) - 1:
            above = scales[index + 1]
            reach = max(1.0, float(np.abs(weights[index + 1]).max()))
            unit *= 2.0**-above.weight_bits
            back_shift = _least_shift(unit * error_limit, reach, name)
            unit *= 2.0**back_shift * scale.slope
        factor = chip.controller.learning_rate * unit * scale.value
        rate, rate_shift = _rate(factor * 2.0**scale.weight_bits, name)
        real = matrix.copy()
        real[:, -1] /= scale.bias * scale.value
        whole = np.rint(real * 2.0**scale.weight_bits)
        tables = scale.tables or (None, None)
        layers.append(
            AltLayer(
                weights=np.clip(whole, -scale.limit, scale.limit).astype(np.int16),
                activation=tables[0],
                slope=tables[1],
                bias=scale.bias,
                limit=scale.limit,
                shift=scale.shift,
                back_shift=back_shift,
                error_limit=error_limit,
                rate=rate,
                rate_shift=rate_shift,
                weight_bits=scale.weight_bits,
            )
        )
    last = scales[-1]
    exponential, _ = exp_table(last.unit * 2.0**last.shift, _ADC_BITS)
    return AltNet(tuple(reversed(layers)), exponential)


def random_lesson(chip: Chip, sizes: Sequence[int], samples: int) -> AltLesson:
    """Random weights, codes and labels: all are tested on and learned once.

    Args:
        chip: the chip file.
        sizes: inputs, hidden neurons and outputs.
        samples: how many.
    """
    rng = np.random.default_rng(0)
    top = chip.converters.input_top
    low = -top if chip.converters.input_signed else 0
    codes = rng.integers(low, top + 1, (samples, sizes[0])).astype(np.int16)
    net = lay_out(chip, initial_weights(sizes, bias=True, seed=0), codes / top)
    labels = rng.integers(0, sizes[-1], samples)
    every = np.arange(samples)
    return AltLesson(net, codes, labels, every, every[None])


def watch_lesson(chip: Chip, subject: int, seed: int) -> AltLesson:
    """One person's watch task, as the chip learns it: first halves, then second ones.

    Args:
        chip: the chip file.
        subject: of the watch task.
        seed: of pre-training.
    """
    task = watch.load()
    lesson = make_lesson(chip, task, subject, seed)
    plan = Plan(chip, task, (seed,), (subject,), chip.task.passes, "interleaved")
    unit, learned = Unit(subject, seed), len(lesson.learn_codes)
    weights = lesson.weights
    if weights is None:
        message = "the watch task is pre-trained in float"
        raise StateError(message)
    codes = np.concatenate([lesson.learn_codes, lesson.test_codes])
    net = lay_out(chip, weights, lesson.learn_codes / chip.converters.input_top)
    return AltLesson(
        net=net,
        codes=codes,
        labels=np.concatenate([lesson.learn_labels, lesson.test_labels]),
        tests=np.arange(learned, len(codes)),
        order=np.array([pass_order(plan, unit, lesson, i) for i in range(plan.passes)]),
    )
