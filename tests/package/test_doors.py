"""Public doors judge what they are given: by name, in one line, before they build."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import edgeferro as ef

if TYPE_CHECKING:
    from collections.abc import Callable

CHIP = ef.Chip.load("ideal-symmetric")
DEVICE = CHIP.load_device()
SAMPLES = np.linspace(-1, 1, 24).reshape(4, 6)
LAYERS = [np.full((8, 7), 0.1), np.full((3, 9), 0.1)]


def array(rows: Any = 2, columns: Any = 3, **more: Any) -> ef.Array:
    """Return an array, some of it changed."""
    return ef.Array(more.pop("chip", CHIP), rows, columns, **more)


def image(sizes: Any = (6, 8, 3), samples: Any = SAMPLES, **more: Any) -> Any:
    """Return a new image, some of it changed."""
    return ef.new_image(more.get("chip", CHIP), sizes, samples, more.get("seed", 0))


def compiled(weights: Any = LAYERS, **more: Any) -> Any:
    """Return a compiled network, some of it changed."""
    given = {"weight_scales": [1, 1], "signal_limits": [4, 4], "seed": 0, **more}
    chip, device = given.pop("chip", CHIP), given.pop("device", DEVICE)
    return ef.compile_network(chip, device, weights, **given)


WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: array(chip="ideal-symmetric"), "chip: a Chip .*, not str"),
    (lambda: array(rows=1.5), r"rows: 1.5 is not a whole number in 1\.\.4096"),
    (lambda: array(rows=-1), r"rows: -1 is not in 1\.\.4096"),
    (lambda: array(columns=True), "columns: True is not a whole number"),
    (lambda: array(seed=0.5), "seed: 0.5 is not a whole number"),
    (lambda: array(full_scale=0), "full_scale: 0 is not a number above 0"),
    (lambda: array().pulse([1, 1]), r"counts: shape \(2,\) is not \(2, 3\)"),
    (lambda: image(chip=None), "chip: a Chip .*, not NoneType"),
    (lambda: image(sizes=6), "sizes: 6 is not"),
    (lambda: image(sizes=(6,)), "sizes: .* is not"),
    (lambda: image(sizes=(6, 8.5, 3)), r"sizes\[1\]: 8.5 is not a whole number"),
    (lambda: image(sizes=(6, 10**7, 3)), r"sizes\[1\]: 10000000 is not in"),
    (lambda: image(sizes=(5, 8, 3)), r"samples: shape \(4, 6\) is not \(n, 5\)"),
    (lambda: image(samples=SAMPLES[:0]), r"samples: shape \(0, 6\)"),
    (lambda: image(samples=None), r"samples: shape \(\)"),
    (lambda: image(samples="a"), "samples: not an array of numbers"),
    (lambda: image(samples=SAMPLES * np.nan), r"samples\[0, 0\]: NaN"),
    (lambda: image(samples=SAMPLES * 127), "samples: 127 .* divide codes by 127"),
    (lambda: image(seed=-1), r"seed: -1 is not in 0\.\."),
    (lambda: CHIP.value("x.y"), r"x\.y: no such setting"),
    (lambda: CHIP.value("converters"), "converters: no such setting"),
    (
        lambda: CHIP.value("converters.adc_bit"),
        r"converters\.adc_bit: .*near: converters\.adc_bits",
    ),
    (lambda: CHIP.value(3), "3: no such setting"),
    (lambda: ef.Format(99, 0), r"bits: 99 is not in 1\.\.64"),
    (lambda: ef.Format(8, 0.5), r"fraction_bits: 0\.5 is not a whole number"),
    (lambda: ef.Controller(image(), on_pulses=3), "on_pulses: 3 can't be called"),
    (lambda: ef.Tally.from_words([1, 2]), "tally: list is no array of unsigned"),
    (lambda: compiled(chip="x"), "chip: a Chip"),
    (lambda: compiled(device="hzo-20ns"), "device: a Device .*, not str"),
    (lambda: compiled([]), "weights: no layers"),
    (lambda: compiled(LAYERS[::-1]), r"weights\[1\]: shape \(8, 7\) is not \(n, 4\)"),
    (lambda: compiled([LAYERS[0], LAYERS[1] * np.nan]), r"weights\[1\]\[0, 0\]: NaN"),
    (lambda: compiled(weight_scales=[1]), "weight_scales: not one number for each"),
    (lambda: compiled(weight_scales=[1, "a"]), r"weight_scales\[1\]: 'a' is not"),
    (lambda: compiled(signal_limits=[0, 1]), r"signal_limits\[0\]: 0 is not"),
    (lambda: compiled(seed="q"), "seed: 'q' is not a whole number"),
    (lambda: ef.Controller(CHIP), "image: an? Image .*, not Chip"),
    (lambda: ef.Controller(image()).peek("w", 0), "w: no such view; there are state"),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_a_wrong_argument_is_named(call: Callable[[], Any], message: str) -> None:
    """What a door can't take is told in its own words, never by what lies below."""
    with pytest.raises(ef.EdgeferroError, match=f"^{message}"):
        call()


def test_right_arguments_pass() -> None:
    """NumPy's whole numbers, lists and the lowest code are as good as any."""
    found = ef.Controller(
        image(list(np.array([6, 8, 3])), (SAMPLES - 1 / 254).tolist())
    )
    assert (6, 3) == (found.input_count, found.class_count)
    assert (2, 3) == array(np.int64(2), np.uint8(3), seed=-1).shape
    assert ef.Controller(compiled()).class_count == 3
