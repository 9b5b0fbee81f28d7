"""Features: the C code equals the golden, and the golden equals the definitions."""

from __future__ import annotations

import ctypes
import math
import os
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from edgeferro.errors import DataError
from edgeferro.tasks.features import (
    Normaliser,
    fit_normaliser,
    normalise,
    window_features,
)

CSRC = Path(__file__).resolve().parents[2] / "csrc"
FLAGS = (
    "-std=c11 -ffreestanding -pedantic -Wall -Wextra -Werror -Wconversion "
    "-Wsign-conversion -Wshadow"
).split()
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
INT16 = st.integers(-32768, 32767)
UNTOUCHED = 0x5A5A


@pytest.fixture(scope="module", params=COMPILERS)
def library(request: pytest.FixtureRequest, tmp_path_factory: Any) -> ctypes.CDLL:
    """features.c alone, built with each compiler that is here, overflow trapped."""
    path = tmp_path_factory.mktemp("features") / f"{request.param}.so"
    traps = ["-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"]
    command = [request.param, *FLAGS, "-O2", *traps, "-shared", "-fPIC"]
    command += [f"-I{CSRC / 'include'}", str(CSRC / "core" / "features.c")]
    subprocess.run([*command, "-o", str(path)], check=True)
    return ctypes.CDLL(os.fspath(path))


def pointer(array: np.ndarray | None) -> ctypes.c_void_p:
    """Return an array's address, null for None."""
    return ctypes.c_void_p(None if array is None else array.ctypes.data)


def core_window(library: ctypes.CDLL, samples: np.ndarray) -> np.ndarray:
    """Run ef_features_window and expect success; no value past the end is written."""
    x = np.ascontiguousarray(samples, np.int16)
    out = np.full(5 * x.shape[1] + 1, UNTOUCHED, np.int16)
    assert 0 == library.ef_features_window(pointer(out), pointer(x), *x.shape)
    assert UNTOUCHED == out[-1]
    return out[:-1]


def core_normalise(
    library: ctypes.CDLL, features: np.ndarray, constants: Normaliser, code_bits: int
) -> np.ndarray:
    """Run ef_features_normalise and expect success."""
    x = np.ascontiguousarray(features, np.int16)
    code = np.full(len(x) + 1, UNTOUCHED, np.int16)
    arrays = [np.ascontiguousarray(array) for array in constants]
    assert ["int16", "uint16", "uint8"] == [str(array.dtype) for array in arrays]
    addresses = [pointer(array) for array in (code, x, *arrays)]
    assert 0 == library.ef_features_normalise(*addresses, len(x), code_bits)
    assert UNTOUCHED == code[-1]
    return code[:-1]


def half_away(value: Fraction) -> int:
    """Round to nearest, ties away from zero, by definition."""
    size = math.floor(abs(value) + Fraction(1, 2))
    return size if value >= 0 else -size


def by_definition(samples: np.ndarray) -> list[int]:
    """Compute the features from their definitions in exact fractions."""
    columns = [[int(v) for v in column] for column in samples.T]
    groups: list[list[int]] = [[], [], [], [], []]
    for x in columns:
        mean = Fraction(sum(x), len(x))
        variance = sum((v - mean) ** 2 for v in x) / len(x)
        changes = [abs(a - b) for a, b in pairwise(x)]
        groups[0].append(half_away(mean))
        groups[1].append(math.isqrt(math.floor(variance)))
        groups[2].append(min(x))
        groups[3].append(max(x))
        groups[4].append(min(32767, half_away(Fraction(sum(changes), len(changes)))))
    return [value for group in groups for value in group]


def corner(name: str, samples: int, channels: int) -> np.ndarray:
    """Return one of the extreme windows."""
    x = np.full((samples, channels), 32767, np.int16)
    if name == "low":
        x[:] = -32768
    elif name == "alternating":
        x[::2] = -32768
    elif name == "zero":
        x[:] = 0
    elif name == "step":
        x[samples // 2 :] = -32768
    return x


windows = hnp.arrays(
    np.int16,
    st.tuples(st.integers(2, 40), st.integers(1, 16)),
    elements=st.one_of(INT16, st.sampled_from([-32768, 32767, -1, 0, 1])),
)


@pytest.mark.parametrize("name", ["low", "high", "alternating", "zero", "step"])
@pytest.mark.parametrize("shape", [(2, 1), (3, 2), (200, 6), (1023, 16), (1024, 16)])
def test_window_corners(
    library: ctypes.CDLL, name: str, shape: tuple[int, int]
) -> None:
    """At the extremes of every bound, core and golden equal the definitions."""
    x = corner(name, *shape)
    expected = by_definition(x[:, :1])
    golden = window_features(x)
    assert np.repeat(expected, shape[1]).tolist() == golden.tolist()
    assert golden.tolist() == core_window(library, x).tolist()


@settings(max_examples=200)
@given(x=windows)
def test_window_golden_is_the_definition(x: np.ndarray) -> None:
    """The vectorised golden equals exact fractions on any window."""
    assert by_definition(x) == window_features(x).tolist()


@settings(max_examples=300)
@given(x=windows)
def test_window_core_is_the_golden(library: ctypes.CDLL, x: np.ndarray) -> None:
    """The core equals the golden bit for bit on any window."""
    assert window_features(x).tolist() == core_window(library, x).tolist()


def test_window_random_lengths(library: ctypes.CDLL) -> None:
    """The core equals the golden for every length 2..1024 and all channel counts."""
    rng = np.random.default_rng(1)
    for count in range(2, 1025):
        amplitude = 1 << int(rng.integers(0, 16))
        shape = (count, 1 + count % 16)
        x = rng.integers(-amplitude, amplitude, shape).clip(-32768, 32767)
        assert window_features(x).tolist() == core_window(library, x).tolist()


def test_window_batch() -> None:
    """Many windows at once give the same as one by one."""
    x = np.random.default_rng(2).integers(-32768, 32768, (9, 31, 3)).astype(np.int16)
    assert [window_features(w).tolist() for w in x] == window_features(x).tolist()


@pytest.mark.parametrize(
    ("values", "mean"),
    [([0, 1], 1), ([0, -1], -1), ([1, 2], 2), ([-1, -2], -2), ([0, 0, 1], 0)],
)
def test_mean_ties(library: ctypes.CDLL, values: list[int], mean: int) -> None:
    """A mean half-way between codes goes away from zero, symmetrically."""
    x = np.array(values, np.int16)[:, None]
    assert mean == window_features(x)[0] == core_window(library, x)[0]


def test_deviation_next_to_squares(library: ctypes.CDLL) -> None:
    """The floor of the deviation changes exactly at whole deviations."""
    for d in [1, 2, 3, 255, 256, 16383, 32767]:
        whole = np.array([[-d], [d]], np.int16)
        less = np.array([[-d], [d - 1]], np.int16)  # deviation d - 1/2
        for x, expected in ((whole, d), (less, d - 1)):
            assert expected == window_features(x)[1] == core_window(library, x)[1]


@pytest.mark.parametrize(
    ("samples", "channels"),
    [(0, 1), (1, 1), (1025, 1), (2, 0), (2, 17), (2**32 - 1, 1), (2, 2**32 - 1)],
)
def test_window_refusals(library: ctypes.CDLL, samples: int, channels: int) -> None:
    """Sizes out of range give -1 and write nothing."""
    x, out = np.zeros(64, np.int16), np.full(128, UNTOUCHED, np.int16)
    sizes = (ctypes.c_uint32(samples), ctypes.c_uint32(channels))
    assert -1 == library.ef_features_window(pointer(out), pointer(x), *sizes)
    assert {UNTOUCHED} == set(out.tolist())


def test_window_null(library: ctypes.CDLL) -> None:
    """A null pointer is refused."""
    x = np.zeros(64, np.int16)
    assert -1 == library.ef_features_window(pointer(None), pointer(x), 2, 1)
    assert -1 == library.ef_features_window(pointer(x), pointer(None), 2, 1)


def test_window_golden_refusals() -> None:
    """The golden refuses what the core refuses, and floats, and names the field."""
    for bad, words in (
        (np.zeros((1, 1), np.int16), "samples per window: 1 is not in 2..1024"),
        (np.zeros((1025, 1), np.int16), "samples per window: 1025"),
        (np.zeros((2, 17), np.int16), "channels: 17 is not in 1..16"),
        (np.zeros(4, np.int16), "samples: 1 dimensions"),
        (np.zeros((2, 1)), "samples: dtype float64"),
        (np.full((2, 1), 32768), "samples: 32768 is not in -32768..32767"),
    ):
        with pytest.raises(DataError) as raised:
            window_features(bad)
        assert words in str(raised.value)


@st.composite
def normalisations(draw: Callable[..., Any]) -> tuple[np.ndarray, Normaliser, int]:
    """Draw features, constants and a width."""
    d = draw(st.integers(1, 40))
    bits = draw(st.integers(2, 9))
    constants = Normaliser(
        draw(hnp.arrays(np.int16, d, elements=INT16)),
        draw(hnp.arrays(np.uint16, d, elements=st.integers(1, 65535))),
        draw(hnp.arrays(np.uint8, d, elements=st.integers(0, 31))),
    )
    return draw(hnp.arrays(np.int16, d, elements=INT16)), constants, bits


@settings(max_examples=300)
@given(case=normalisations())
def test_normalise(
    library: ctypes.CDLL, case: tuple[np.ndarray, Normaliser, int]
) -> None:
    """Core, golden and exact fractions agree for any constants and width."""
    x, constants, bits = case
    limit = 2 ** (bits - 1) - 1
    expected = [
        max(
            -limit,
            min(limit, half_away(Fraction((int(f) - int(m)) * int(g), 1 << int(k)))),
        )
        for f, m, g, k in zip(x, *constants, strict=True)
    ]
    assert expected == normalise(x, constants, bits).tolist()
    assert expected == core_normalise(library, x, constants, bits).tolist()


def test_normalise_corners(library: ctypes.CDLL) -> None:
    """The largest products, shifts and ties come out right and symmetric."""
    rows = [  # feature, mean, mantissa, shift, code of 9 bits
        (32767, -32768, 65535, 0, 255),
        (-32768, 32767, 65535, 0, -255),
        (32767, -32768, 65535, 31, 2),
        (-32768, 32767, 65535, 31, -2),
        (1, 0, 1, 1, 1),
        (-1, 0, 1, 1, -1),
        (3, 0, 1, 1, 2),
        (-3, 0, 1, 1, -2),
        (1, 0, 1, 2, 0),
        (-1, 0, 1, 2, 0),
        (255, 0, 1, 0, 255),
        (-256, 0, 1, 0, -255),
    ]
    x, mean, mantissa, shift, expected = map(list, zip(*rows, strict=True))
    constants = Normaliser(
        np.array(mean, np.int16),
        np.array(mantissa, np.uint16),
        np.array(shift, np.uint8),
    )
    features = np.array(x, np.int16)
    assert expected == normalise(features, constants, 9).tolist()
    assert expected == core_normalise(library, features, constants, 9).tolist()


def test_normalise_in_place(library: ctypes.CDLL) -> None:
    """The codes may overwrite the features."""
    x = np.arange(-20, 20, dtype=np.int16)
    constants = Normaliser(
        np.ones(40, np.int16), np.full(40, 3, np.uint16), np.ones(40, np.uint8)
    )
    expected = normalise(x, constants, 5).tolist()
    addresses = [pointer(array) for array in (x, x, *constants)]
    assert 0 == library.ef_features_normalise(*addresses, 40, 5)
    assert expected == x.tolist()


@pytest.mark.parametrize(
    ("mantissa", "shift", "count", "bits"),
    [(0, 0, 4, 8), (1, 32, 4, 8), (1, 255, 4, 8), (1, 0, 0, 8), (1, 0, 4097, 8),
     (1, 0, 2**32 - 1, 8), (1, 0, 4, 1), (1, 0, 4, 0), (1, 0, 4, 10)],
)  # fmt: skip
def test_normalise_refusals(
    library: ctypes.CDLL, mantissa: int, shift: int, count: int, bits: int
) -> None:
    """A setting out of range, even of the last feature only, writes no code at all."""
    code = np.full(4, UNTOUCHED, np.int16)
    x, mean = np.ones(4, np.int16), np.zeros(4, np.int16)
    scale = np.array([1, 1, 1, mantissa], np.uint16)
    shifts = np.array([0, 0, 0, shift], np.uint8)
    addresses = [pointer(array) for array in (code, x, mean, scale, shifts)]
    size = (ctypes.c_uint32(count), ctypes.c_uint32(bits))
    assert -1 == library.ef_features_normalise(*addresses, *size)
    assert {UNTOUCHED} == set(code.tolist())
    if count == 4:
        with pytest.raises(DataError):
            normalise(x, Normaliser(mean, scale, shifts), bits)


def test_normalise_null(library: ctypes.CDLL) -> None:
    """Each null pointer is refused."""
    kinds = (np.int16, np.int16, np.int16, np.uint16, np.uint8)
    arrays: list[np.ndarray] = [np.ones(4, kind) for kind in kinds]
    for missing in range(5):
        addresses = [
            pointer(None if i == missing else array) for i, array in enumerate(arrays)
        ]
        assert -1 == library.ef_features_normalise(*addresses, 4, 8)


@pytest.mark.parametrize("bits", range(2, 10))
def test_fit_spans_the_range(bits: int) -> None:
    """Four standard deviations from the mean are the largest code, and no more."""
    limit = 2 ** (bits - 1) - 1
    x = np.array([[-5000, -30], [5000, 10]], np.int16)  # deviations 5000 and 20
    constants = fit_normaliser(x, bits)
    assert [0, -10] == constants.mean.tolist()
    edge = np.array([[20000, 70], [-20000, -90], [0, -10]], np.int16)
    expected = [[limit, limit], [-limit, -limit], [0, 0]]
    assert expected == normalise(edge, constants, bits).tolist()


@settings(max_examples=200)
@given(
    x=hnp.arrays(np.int16, st.tuples(st.integers(1, 30), st.just(3)), elements=INT16),
    bits=st.integers(2, 9),
)
def test_fit_is_always_accepted(library: ctypes.CDLL, x: np.ndarray, bits: int) -> None:
    """Any features, even constant ones, give long gains that the chip takes."""
    constants = fit_normaliser(x, bits)
    assert constants.mantissa.min() >= 16384
    core_normalise(library, x[0], constants, bits)


def test_fit_refusals() -> None:
    """fit_normaliser names the field that is out of range."""
    good = np.zeros((3, 2), np.int16)
    for arguments, words in (
        ((good, 1), "code_bits: 1 is not in 2..9"),
        ((good, 8, 0.5), "sigmas: 0.5 is not in 1..16"),
        ((good[:0], 8), "features: shape (0, 2)"),
        ((good.astype(float), 8), "features: dtype float64"),
    ):
        with pytest.raises(DataError) as raised:
            fit_normaliser(*arguments)
        assert words in str(raised.value)


def test_source_is_freestanding() -> None:
    """features.c and ef_features.h include nothing but the three allowed headers."""
    allowed = {"<stdint.h>", "<stddef.h>", "<stdbool.h>", '"ef_features.h"'}
    for name in ("core/features.c", "include/ef_features.h"):
        lines = (CSRC / name).read_text().splitlines()
        assert {n.split()[1] for n in lines if n.startswith("#include")} <= allowed
        assert max(map(len, lines)) <= 88
