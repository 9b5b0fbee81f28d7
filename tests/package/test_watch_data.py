"""The watch recordings that ship with edgeferro, and the windows cut from them."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from edgeferro.tasks import Task, watch

DATA = Path(watch.__file__).resolve().parent.parent / "shipped" / "data"
SAMPLES_SHA256 = "40397ba5e24b757f4644dab84c7c183f5f1b696c8e245657ea09ba632da66d16"
SOURCE_SHA256 = "eb122f23cdf06ef6bd6c6c5312958ec5cf9d038e2e6d457b8081662c75a42537"


@pytest.fixture(scope="module")
def raw() -> watch.Recordings:
    """The recordings, read once."""
    return watch.recordings()


@pytest.fixture(scope="module")
def task() -> Task:
    """The windows, cut once."""
    return watch.load()


def test_file_size() -> None:
    """The data file is small enough to ship."""
    assert 900_000 <= (DATA / "watch.npz").stat().st_size <= 2_600_000


def test_licence() -> None:
    """The licence text is there and names the holder, in the file and beside it."""
    text = (DATA / "watch.LICENSE.txt").read_text()
    assert text.startswith("Copyright (c) 2018, David M. Burns")
    for clause in ("Redistributions of source code", "binary form", "Neither the name"):
        assert clause in text
    assert "BSD-3-Clause" in watch.recordings().licence


def test_provenance(raw: watch.Recordings) -> None:
    """The file says which package, version and source hash it was made from."""
    for words in ("seglearn 1.2.5", SOURCE_SHA256, "make_watch.py"):
        assert words in raw.provenance
        assert words in (DATA / "README.md").read_text().replace("==", " ")


def test_samples_hash(raw: watch.Recordings) -> None:
    """The samples are the ones the README states, bit for bit."""
    little = np.ascontiguousarray(raw.samples).astype("<i2").tobytes()
    assert SAMPLES_SHA256 == hashlib.sha256(little).hexdigest()
    assert SAMPLES_SHA256 in (DATA / "README.md").read_text()


def test_shapes(raw: watch.Recordings) -> None:
    """There are 140 recordings of 6 channels with the lengths of the source."""
    lengths = np.diff(raw.offsets)
    assert (244102, 6) == raw.samples.shape
    assert np.int16 == raw.samples.dtype
    assert (0, 244102) == (raw.offsets[0], raw.offsets[-1])
    assert (947, 2618) == (lengths.min(), lengths.max())
    assert ("ax", "ay", "az", "wx", "wy", "wz") == raw.channel_names
    assert ("PEN", "ABD", "FEL", "IR", "ER", "TRAP", "ROW") == raw.label_names
    assert [4096] * 3 + [1024] * 3 == raw.scales.tolist()


def test_balance(raw: watch.Recordings) -> None:
    """Every person did every exercise once with each arm."""
    triples = set(
        zip(raw.subject.tolist(), raw.side.tolist(), raw.label.tolist(), strict=True)
    )
    assert {(s, a, e) for s in range(10) for a in (0, 1) for e in range(7)} == triples


def test_units(raw: watch.Recordings) -> None:
    """In physical units the extremes are the source's, to half a code."""
    low = raw.samples.min(0) / raw.scales
    high = raw.samples.max(0) / raw.scales
    bound = 0.5 / raw.scales + 1e-12
    source_low = [-4.575531, -4.554444, -5.821533, -28.959517, -11.822744, -5.557]
    source_high = [3.828079, 5.396133, 3.048218, 12.738132, 12.116885, 5.809209]
    assert (np.abs(low - source_low) <= bound + 1e-6).all()
    assert (np.abs(high - source_high) <= bound + 1e-6).all()


@pytest.mark.skipif(
    importlib.util.find_spec("seglearn") is None, reason="seglearn is not installed"
)
def test_quantisation_error(raw: watch.Recordings) -> None:
    """No sample differs from the source by more than half a code."""
    spec = importlib.util.find_spec("seglearn")
    assert spec is not None
    assert spec.submodule_search_locations
    path = Path(spec.submodule_search_locations[0]) / "data" / "watch_dataset.npy"
    assert SOURCE_SHA256 == hashlib.sha256(path.read_bytes()).hexdigest()
    source = np.load(path, allow_pickle=True).item()
    error = np.abs(np.concatenate(source["X"]) * raw.scales - raw.samples)
    assert error.max() <= 0.5
    assert [len(x) for x in source["X"]] == np.diff(raw.offsets).tolist()
    assert (source["subject"] - 1).tolist() == raw.subject.tolist()
    assert source["y"].tolist() == raw.label.tolist()


def test_window_count(task: Task) -> None:
    """Windows of 4 s every 2 s are 2229 rows of 30 integer features."""
    assert (2229, 30) == task.features.shape
    assert np.int16 == task.features.dtype
    assert list(range(10)) == np.unique(task.groups).tolist()
    assert list(range(140)) == np.unique(task.recording).tolist()
    assert list(range(7)) == np.unique(task.labels).tolist()
    assert task.input_signed


def test_half_counts(task: Task) -> None:
    """The two halves have the stated numbers of windows, of every person and class."""
    assert (280, 1009, 940) == tuple((task.half == h).sum() for h in (-1, 0, 1))
    for half, counts in (
        (0, [126, 119, 60, 56, 108, 103, 115, 103, 105, 114]),
        (1, [116, 112, 55, 52, 99, 97, 108, 98, 97, 106]),
    ):
        assert counts == np.bincount(task.groups[task.half == half]).tolist()
        pairs = np.unique(task.recording[task.half == half])
        assert 140 == len(pairs)


def test_halves_share_no_sample(task: Task, raw: watch.Recordings) -> None:
    """No sample is in windows of both halves, and each half lies on its own side."""
    used = np.zeros((2, len(raw.samples)), bool)
    position = np.concatenate(
        [np.arange((task.recording == r).sum()) for r in range(140)]
    )
    start = raw.offsets[task.recording] + watch.STEP * position
    for row, half in zip(start, task.half, strict=True):
        if half >= 0:
            used[half, row : row + watch.WINDOW] = True
    assert not (used[0] & used[1]).any()
    for first, end in zip(raw.offsets, raw.offsets[1:], strict=False):
        middle = first + (end - first) // 2
        assert not used[0, middle:end].any()
        assert not used[1, first:middle].any()


def test_features_of_one_window(task: Task, raw: watch.Recordings) -> None:
    """Row 1 is made of samples 100..299 of recording 0, in the documented order."""
    window = raw.samples[100:300].astype(np.int64)
    row = task.features[1].reshape(5, 6)
    assert window.min(0).tolist() == row[2].tolist()
    assert window.max(0).tolist() == row[3].tolist()
    assert (np.abs(window.mean(0) - row[0]) <= 0.5).all()
    assert np.floor(window.std(0)).tolist() == row[1].tolist()
    change = np.abs(np.diff(window, axis=0)).mean(0)
    assert (np.abs(change - row[4]) <= 0.5).all()
