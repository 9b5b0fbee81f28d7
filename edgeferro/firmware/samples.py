"""Samples of one's own for a program of one's own: arrays, checked, as its data."""

from __future__ import annotations

import difflib
import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np

from edgeferro.core.arguments import whole_number
from edgeferro.errors import ConfigError, DataError
from edgeferro.firmware.blob import target_section
from edgeferro.firmware.package import Package
from edgeferro.mapping.images import initial_weights, new_image, trained_image

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip
    from edgeferro.mapping.image import Image

__all__ = ["SEED_MAX", "read_samples", "sample_package"]

SEED_MAX: Final = (1 << 63) - 1
_INPUTS_MAX: Final = 512  # common/lesson.c
_SAMPLES_MAX: Final = 65_536  # indices have 16 bits
_CLASSES_MAX: Final = 256  # labels have 8
_PASSES_MAX: Final = 63
_NAMES: Final = ("X", "y", "order", "test")
_LAYERS: Final = re.compile(r"(weights|targets)(0|[1-9][0-9]?)")


def _refuse(text: str) -> NoReturn:
    raise DataError(text)


def read_samples(data: Path | str | Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Arrays of an ``.npz`` file, or those given; names are looked at.

    Raises:
        DataError: no such file, no arrays, or one that nobody asks for.
    """
    if isinstance(data, Mapping):
        found = {str(name): np.asarray(value) for name, value in data.items()}
    else:
        try:
            with np.load(Path(data), allow_pickle=False) as file:
                if not hasattr(file, "files"):
                    _refuse(f"--data: {data} is one array; .npz with X and y passes")
                found = {name: file[name] for name in file.files}
        except OSError as error:
            _refuse(f"--data: {data}: {error.strerror or error}")
        except (AttributeError, ValueError, zipfile.BadZipFile):
            _refuse(f"--data: {data} is no .npz file of numbers (numpy.savez)")
    for name in found:
        if name not in _NAMES and not _LAYERS.fullmatch(name):
            near = difflib.get_close_matches(name, _NAMES, 1)
            hint = f"; {near[0]!r}?" if near else ""
            _refuse(
                f"--data: {name!r} is not one of {', '.join(_NAMES)}, weights0, "
                f"weights1, ... or targets0, targets1, ...{hint}"
            )
    for name in ("X", "y"):
        if name not in found:
            _refuse(f"--data: {name} is missing; it has {', '.join(found) or 'none'}")
    return found


def _whole(name: str, array: np.ndarray, low: int, high: int) -> np.ndarray:
    """A line of whole numbers of low..high."""
    if array.ndim != 1 or not np.issubdtype(array.dtype, np.integer):
        _refuse(f"--data: {name}: {array.dtype} {array.shape}, not (n,) whole numbers")
    bad = np.flatnonzero((array < low) | (array > high))
    if len(bad):
        _refuse(f"--data: {name}[{bad[0]}]: {array[bad[0]]} is not in {low}..{high}")
    return array


def _codes(x: np.ndarray, chip: Chip) -> np.ndarray:
    """Input codes: whole numbers as they are, floats times the largest code."""
    if x.ndim != 2 or not 1 <= len(x) <= _SAMPLES_MAX:
        _refuse(f"--data: X: shape {x.shape} is not (1..{_SAMPLES_MAX}, inputs)")
    if not 1 <= x.shape[1] <= _INPUTS_MAX:
        _refuse(f"--data: X: {x.shape[1]} inputs are not in 1..{_INPUTS_MAX}")
    top = chip.converters.input_top
    low = -top - 1 if chip.converters.input_signed else 0
    if np.issubdtype(x.dtype, np.integer):
        outside, allowed = (x < low) | (x > top), f"{low}..{top}"
    elif np.issubdtype(x.dtype, np.floating):
        least = -1 if low else 0
        outside, allowed = ~((x >= least) & (x <= 1)), f"{least}..1"
    else:
        _refuse(f"--data: X: {x.dtype} is neither whole numbers nor floats")
    if outside.any():
        row, column = np.argwhere(outside)[0]
        _refuse(
            f"--data: X[{row}, {column}]: {x[row, column]} is not in {allowed}, "
            f"the inputs of {chip.chip.name}"
        )
    if np.issubdtype(x.dtype, np.floating):
        x = np.rint(x.astype(np.float64) * top)
    return x.astype(np.int16)


def _layers(found: dict[str, np.ndarray], kind: str) -> list[np.ndarray]:
    """Arrays of the layers, from 0 on without a gap."""
    numbers = sorted(
        int(m[2]) for name in found if (m := _LAYERS.fullmatch(name)) and m[1] == kind
    )
    if numbers != list(range(len(numbers))):
        _refuse(f"--data: {kind}: layers {numbers} are not 0, 1, 2, ...")
    return [found[f"{kind}{number}"] for number in numbers]


def _check_shapes(
    kind: str, layers: list[np.ndarray], sizes: tuple[int, ...], bias: bool
) -> None:
    """Refuse layers that don't follow one another, or don't fit inputs and classes."""
    wide = sizes[0]
    for index, layer in enumerate(layers):
        wanted = f"({'rows' if index + 1 < len(layers) else sizes[-1]}, {wide + bias})"
        last = index + 1 == len(layers)
        fits = layer.ndim == 2 and layer.shape[1] == wide + bias and len(layer) > 0
        if not fits or (last and len(layer) < sizes[-1]):
            _refuse(f"--data: {kind}{index}: shape {layer.shape} is not {wanted}")
        wide = len(layer)


def _image(
    chip: Chip, codes: np.ndarray, classes: int, found: dict[str, Any], seed: int
) -> Image:
    """The network that the weights are of, or one of random weights."""
    weights, targets = _layers(found, "weights"), _layers(found, "targets")
    bias, samples = chip.network.bias, codes / chip.converters.input_top
    if weights and targets:
        _refuse("--data: weights and targets: one of them passes")
    for kind, layers in (("weights", weights), ("targets", targets)):
        _check_shapes(kind, layers, (codes.shape[1], classes), bias)
    given = weights or targets
    sizes = (codes.shape[1], *chip.network.hidden, classes)
    if given:
        sizes = (codes.shape[1], *(len(layer) for layer in given))
        chip = chip.with_(**{"network.hidden": list(sizes[1:-1])})
    for index, layer in enumerate(weights):
        if not np.issubdtype(layer.dtype, np.floating) or not np.isfinite(layer).all():
            _refuse(f"--data: weights{index}: {layer.dtype} is not finite floats")
    if weights:
        return trained_image(chip, [w.astype(float) for w in weights], samples, seed)
    try:
        image = new_image(chip, sizes, samples, seed)
    except ConfigError:  # a chip for trained weights: random ones, as if trained
        drawn = initial_weights(sizes, bias, seed)
        image = trained_image(chip, drawn, samples, seed)
    if not targets:
        return image
    for index, layer in enumerate(targets):
        _whole(f"targets{index}", layer.ravel(), -32768, 32767)
    return replace(image, targets=tuple(t.astype(np.int16) for t in targets))


def sample_package(
    name: str,
    data: Path | str | Mapping[str, Any],
    chip: Chip,
    *,
    seed: int = 0,
    passes: int | None = None,
) -> Package:
    """Data of a program from arrays.

    Args:
        name: of the program.
        data: an ``.npz`` file, or arrays by name. ``X`` (n, inputs): whole numbers are
            input codes, floats are -1..1 (0..1 where inputs are unsigned), 1 the
            largest code. ``y`` (n,): classes from 0 on. ``order``: indices to learn, in
            that order; without it all samples, ``passes`` times. ``test``: indices to
            test on; without it all samples. ``weights0``, ``weights1``, ...: float
            (rows, columns) a layer, the bias column last; or ``targets0``, ...: the
            same in Q0.15. Without either, random weights.
        chip: what it runs on; its ``network.hidden``, where no weights are given.
        seed: of the weights and the chip.
        passes: over the samples; 1 if None.

    Raises:
        DataError: an array that is missing, of another shape, or out of range.
        ConfigError: the chip can't hold it.
    """
    found = read_samples(data)
    seed = whole_number(seed, "seed", 0, SEED_MAX)
    codes = _codes(found["X"], chip)
    labels = _whole("y", found["y"], 0, _CLASSES_MAX - 1)
    count = len(codes)
    if len(labels) != count:
        _refuse(f"--data: y: {len(labels)} labels for {count} samples of X")
    order = found.get("order")
    if order is not None and passes is not None:
        _refuse("--passes: has no effect where --data brings an order")
    if order is None:
        times = 1 if passes is None else whole_number(passes, "passes", 0, _PASSES_MAX)
        order = np.tile(np.arange(count), times)
    test = found.get("test", np.arange(count))
    image = _image(chip, codes, int(labels.max()) + 1, found, seed)
    bits = chip.converters.input_bits
    parameters = [0, 0, 0, passes or 1, bits, 0]
    sections: dict[str, Any] = {
        "PARM": np.array(parameters, np.uint32),
        "TARG": target_section(image),
        "CODE": codes,
        "LABL": labels.astype(np.uint8),
        "TEST": _whole("test", test, 0, count - 1).astype(np.uint16),
        "ORDR": _whole("order", order, 0, count - 1).astype(np.uint16),
    }
    return Package(name, image, chip, sections)
