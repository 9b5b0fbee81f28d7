"""Images in files: the same chip after, and nothing believed that is not checked."""

from __future__ import annotations

import copy
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeferro as ef
from edgeferro import files
from edgeferro.errors import ConfigError, DataError, SnapshotError
from edgeferro.files.blocks import BlockFile
from edgeferro.mapping import image_file
from edgeferro.mapping.image_file import ImageFile

SIZES = (6, 5, 3)
SAMPLES = np.random.default_rng(2).uniform(0, 1, (20, SIZES[0]))


@cache
def image(name: str = "watch-hzo-200ns") -> ef.Image:
    """A small network on a shipped chip."""
    chip = ef.Chip.load(name).with_(**{"network.hidden": [SIZES[1]]})
    return ef.new_image(chip, SIZES, SAMPLES, 3)


def changed_chip(**changes: Any) -> ef.Image:
    """The same on a chip with other settings."""
    chip = image().chip
    assert chip is not None
    settings = {path.replace("__", "."): value for path, value in changes.items()}
    return ef.new_image(chip.with_(**settings), SIZES, SAMPLES, 3)


@pytest.mark.parametrize("name", files.shipped("profiles"))
def test_the_same_chip(name: str, tmp_path: Path) -> None:
    """An image that was saved brings up the same chip, to the last bit."""
    place = tmp_path / "a.img"
    image(name).save(place)
    found = ef.Image.load(place, chip=image(name).chip)
    assert image(name).digest == found.digest
    for field in ("scales", "calibrations", "drops", "trim"):
        assert getattr(image(name), field) == getattr(found, field)
    chips = [ef.Controller(one) for one in (image(name), found)]
    for chip in chips:
        chip.program()
    assert chips[0].signature == chips[1].signature


@pytest.mark.parametrize("reference", ["none", "cell", "stored", "offset"])
def test_references_and_calibrations(reference: str, tmp_path: Path) -> None:
    """References of each kind and their calibration come back."""
    level = {} if reference == "none" else {"array__reference_level": "calibrated"}
    made = changed_chip(array__reference=reference, **level)
    made.save(tmp_path / "a.img")
    found = ef.Image.load(tmp_path / "a.img")
    assert made.digest == found.digest
    assert made.calibrations == found.calibrations
    assert (made.references is None) == (found.references is None)
    for one, other in zip(made.references or (), found.references or (), strict=True):
        assert one.tobytes() == other.tobytes()


def test_a_chip_goes_on(tmp_path: Path) -> None:
    """A chip that learned, was saved and loaded learns on as if nothing had been."""
    codes = np.rint(SAMPLES * 127).astype(np.int16)
    labels = np.arange(len(codes)) % SIZES[-1]
    chip = ef.Controller(image())
    chip.program()
    chip.learn(codes, labels)
    chip.save(tmp_path / "a.img")
    found = ef.Controller.load(tmp_path / "a.img", trace=True)
    assert chip.signature == found.signature
    assert chip.learn(codes, labels).tolist() == found.learn(codes, labels).tolist()
    assert chip.signature == found.signature
    assert len(found.trace)
    again = ef.Image.load(tmp_path / "a.img")
    assert image().digest == again.digest


def test_another_chip_is_named(tmp_path: Path) -> None:
    """What differs is named; prices, task, use and words may differ."""
    place, chip = tmp_path / "a.img", image().chip
    assert chip is not None
    image().save(place)
    free = {"energy.prices": "cmos-22nm-digital", "task.passes": 7}
    prices = files.shipped("prices")
    free["energy.prices"] = next(n for n in prices if n != chip.energy.prices)
    assert ef.Image.load(place, chip=chip.with_(**free)).digest == image().digest
    other = chip.with_(**{"converters.adc_bits": 6, "converters.error_bits": 6})
    bits, errors = chip.converters.adc_bits, chip.converters.error_bits
    assert errors != 6
    with pytest.raises(SnapshotError) as caught:
        ef.Image.load(place, chip=other)
    line = f"{place}: of another chip: converters.adc_bits {bits}, here 6 (and 1 more)"
    assert line == str(caught.value)


def test_another_device_is_named(tmp_path: Path) -> None:
    """A device file that was edited is another device, whatever its name."""
    place = tmp_path / "own.toml"
    text = files.load("hzo-200ns", "devices")[0]
    place.write_text(text, encoding="utf-8")
    made = changed_chip(device__name=str(place))
    made.save(tmp_path / "a.img")
    place.write_text(text.replace("c2c = { value = 0.1,", "c2c = { value = 0.2,"))
    settings = {"device.name": str(place), "network.hidden": [SIZES[1]]}
    now = ef.Chip.load("watch-hzo-200ns").with_(**settings)  # which reads it anew
    with pytest.raises(SnapshotError) as caught:
        ef.Image.load(tmp_path / "a.img", chip=now)
    assert ": device.name: spread.c2c.value 0.1, here 0.2" in str(caught.value)
    place.unlink()
    assert made.digest == ef.Image.load(tmp_path / "a.img").digest


def test_without_a_chip_or_a_state(tmp_path: Path) -> None:
    """What a file doesn't hold is refused where it is asked for."""
    from dataclasses import replace

    place = tmp_path / "a.img"
    replace(image(), chip=None).save(place)
    with pytest.raises(SnapshotError, match="doesn't say of which chip its images are"):
        ef.Image.load(place, chip=image().chip)
    with pytest.raises(SnapshotError, match=r"an image without a state; Image\.load"):
        ef.Controller.load(place)


def test_several_images(tmp_path: Path) -> None:
    """One of several is picked by subject and seed; else they are named."""
    place = tmp_path / "a.img"
    units = {(s, 7): {"image": image().parts()} for s in range(5)}
    ImageFile(place, None, units, {}).write()  # type: ignore[arg-type]
    assert image().digest == ef.Image.load(place, subject=2).digest
    with pytest.raises(
        DataError, match=r"5 images, not one; it holds subject 0, seed 7"
    ):
        ef.Image.load(place)
    with pytest.raises(DataError, match="no images of subject 9, seed 7, not one"):
        ef.Image.load(place, subject=9, seed=7)


def saved(tmp_path: Path) -> bytes:
    """Bytes of a file with image and state."""
    chip = ef.Controller(image())
    chip.program()
    chip.save(tmp_path / "whole.img")
    return (tmp_path / "whole.img").read_bytes()


def refused(place: Path, data: bytes) -> str:
    """How a file of these bytes is refused, by both doors."""
    place.write_bytes(data)
    said = []
    for load in (ef.Image.load, ef.Controller.load):
        with pytest.raises(SnapshotError) as caught:
            load(place)
        said.append(str(caught.value))
    assert "\n" not in said[0]
    assert said[0] == said[1]
    return said[0]


def test_cut_or_damaged_anywhere(tmp_path: Path) -> None:
    """A file cut at any length, or with any byte changed, is refused in one line."""
    data, place = saved(tmp_path), tmp_path / "a.img"
    rng = np.random.default_rng(1)
    for length in [0, 1, 7, 8, 23, 24, len(data) - 1, *rng.integers(0, len(data), 40)]:
        said = refused(place, data[:length])
        assert "cut short" in said or f"but {length} are there" in said
    assert f"but {len(data) + 1} are there" in refused(place, data + b"\0")
    for at in [*range(24), *rng.integers(24, len(data), 60).tolist()]:
        changed = bytearray(data)
        changed[at] ^= 1 << int(rng.integers(0, 8))
        assert str(place) in refused(place, bytes(changed))


def test_what_is_no_file(tmp_path: Path) -> None:
    """A folder, a missing file, a pipe and another kind of file are refused."""
    os.mkfifo(tmp_path / "pipe")
    for place, said in (
        (tmp_path, "is no image file"),
        (tmp_path / "nix", "No such file or directory"),
        (tmp_path / "pipe", "is no image file"),
        (Path(__file__), "is no image file, or cut short"),
    ):
        with pytest.raises(SnapshotError) as caught:
            ef.Image.load(place)
        assert f"{place}: {said}" == str(caught.value)


def test_versions_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of another version of the format, or of the contract, is refused."""
    place = tmp_path / "a.img"
    kind = image_file._FILE
    monkeypatch.setattr(image_file, "_FILE", BlockFile(kind.magic, 2, kind.kind))
    image().save(place)
    monkeypatch.undo()
    with pytest.raises(SnapshotError, match=r"image file of version 2; this is 1$"):
        ef.Image.load(place)
    monkeypatch.setattr(image_file, "CONTRACT", 2)
    image().save(place)
    monkeypatch.undo()
    with pytest.raises(SnapshotError, match=r": of contract 2; this is \d+$"):
        ef.Image.load(place)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where there is anything in plain values; of like ones in a list the first."""
    yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, (*path, name))
    if isinstance(value, list) and value:
        yield from paths(value[0], (*path, 0))


LEFT_OUT = object()
WRONG: tuple[Any, ...] = (
    LEFT_OUT,
    None,
    "x",
    -1,
    1 << 70,
    0.5,
    [],
    {},
    True,
    np.zeros(3, np.int16),
    np.zeros((1 << 20, 0), np.float64),
)


@pytest.mark.parametrize(
    "wrong", WRONG, ids=lambda w: "left out" if w is LEFT_OUT else repr(w)[:20]
)
def test_anything_else_in_any_place(wrong: Any, tmp_path: Path) -> None:
    """Whatever stands in place of a value, under a right sum: a line, or a chip."""
    saved(tmp_path)
    kind, place = image_file._FILE, tmp_path / "a.img"
    content = kind.read(tmp_path / "whole.img")
    content["chip"] = None
    tried = 0
    for path in list(paths(content))[1:]:
        changed = copy.deepcopy(content)
        inner: Any = changed
        for part in path[:-1]:
            inner = inner[part]
        if wrong is LEFT_OUT:
            del inner[path[-1]]
        else:
            inner[path[-1]] = wrong
        kind.write(place, changed)
        said = ""
        try:
            chip = ef.Controller.load(place)
            chip.predict(np.zeros((1, SIZES[0]), np.int16))
        except (SnapshotError, DataError, ConfigError) as error:
            said = str(error)
        assert "\n" not in said, path
        assert not said or str(place) in said, path
        tried += 1
    assert tried > 100


def test_an_impossible_chip(tmp_path: Path) -> None:
    """A chip's settings in a file are judged as those of a chip file are."""
    kind, place = image_file._FILE, tmp_path / "a.img"
    image().save(place)
    content = kind.read(place)
    content["chip"]["settings"]["converters"]["adc_bits"] = 99
    kind.write(place, content)
    with pytest.raises(
        SnapshotError, match=r"chip: converters\.adc_bits: 99 is not in"
    ):
        ef.Image.load(place)


def test_killed_while_it_writes(tmp_path: Path) -> None:
    """Whenever a process is killed, the file is a whole one, of before or after."""
    place = tmp_path / "a.img"
    script = (
        "import sys; from test_image_files import changed_chip\n"
        "a, b = changed_chip(), changed_chip(program__iterations=9)\n"
        "while True:\n    a.save(sys.argv[1]); b.save(sys.argv[1])\n"
    )
    digests = {changed_chip().digest, changed_chip(program__iterations=9).digest}
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parent)]),
    }
    for _ in range(3):
        command = [sys.executable, "-P", "-c", script, str(place)]
        process = subprocess.Popen(command, env=env)
        while not place.exists():
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert ef.Image.load(place).digest in digests
        place.unlink()
