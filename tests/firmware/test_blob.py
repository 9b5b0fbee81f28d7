"""An image's data: nothing is relied on before its length and its digest are."""

from __future__ import annotations

import shutil
import struct
from types import SimpleNamespace
from typing import Any

import numpy as np
import plain
import pytest
from edgeferro._core import ffi, lib

import edgeferro as ef
from edgeferro.core.emulator import Core
from edgeferro.errors import StateError
from edgeferro.firmware.blob import chip_sections, pack
from edgeferro.firmware.images import parse_result, run_image
from edgeferro.firmware.programs import Package
from edgeferro.firmware.session import STATUS, Session
from edgeferro.firmware.targets import TARGETS

HEAD = 5  # words before those of the configuration: number, digest, clock


def deep(layers: int, **changes: Any) -> Any:
    """Registers of a chip of many layers, each table its own."""
    found = plain.registers([plain.layer(2, 2) for _ in range(layers)], **changes)
    for index, layer in enumerate(found.layers[:-1]):
        layer.activation = np.clip(np.arange(-256, 256), 0, 200 + index)
        layer.slope = np.full(512, index)
    return found


def power_up(data: bytes, room: int = 1 << 20) -> tuple[int, str]:
    """Status of bringing a blob's chip up, and the chip's signature."""
    blob = ffi.new("uint64_t[]", len(data) // 8 + 1)  # aligned as in an image
    ffi.memmove(blob, data, len(data))
    raw = np.zeros(room + 64, np.uint8)
    block = ffi.from_buffer("uint8_t[]", raw[-raw.ctypes.data % 64 :])
    bus = ffi.new("struct ef_bus *")
    at = ffi.cast("uint8_t *", blob)
    status = lib.fw_host_power_up(bus, block, room, at, len(data))
    return status, f"{lib.ef_signature(bus.chip):016x}" if status == 0 else ""


@pytest.mark.parametrize("layers", [1, 2, 10, 11, 12, 16])
def test_layers_start(layers: int) -> None:
    """The chip that comes out of an image is the one that went in."""
    registers = deep(layers)
    found = power_up(pack(chip_sections(registers)))
    assert (0, Core(registers).signature()) == found


def test_squared_error_needs_no_softmax_table() -> None:
    """An image without EXPT starts where nothing asks for it."""
    registers = deep(2, error_kind=1, exp_table=None)
    registers.layers[1].activation = registers.layers[0].activation
    registers.layers[1].slope = registers.layers[0].slope
    found = power_up(pack(chip_sections(registers)))
    assert (0, Core(registers).signature()) == found


@pytest.mark.parametrize(
    ("tag", "status"), [("CONF", 103), ("KNOT", 104), ("EXPT", 105), ("TABS", 106)]
)
def test_short_and_long_sections_are_told_apart(tag: str, status: int) -> None:
    """One word more or less, half of it, or nothing: the status names the section."""
    sections = chip_sections(deep(3))
    whole = sections[tag]
    data = whole if isinstance(whole, bytes) else whole.tobytes()
    for wrong in (data[:-4], data + bytes(4), data[: len(data) // 8 * 4], data[:4]):
        assert (status, "") == power_up(pack({**sections, tag: wrong}))
    assert status in STATUS


@pytest.mark.parametrize(("tag", "status"), [("CONF", 103), ("KNOT", 104)])
def test_missing_sections(tag: str, status: int) -> None:
    """What every chip has must be there."""
    sections = chip_sections(deep(2))
    del sections[tag]
    assert (status, "") == power_up(pack(sections))


def test_missing_tables() -> None:
    """A softmax table or activation tables that the configuration asks for."""
    sections = chip_sections(deep(2))
    for tag, status in (("EXPT", 105), ("TABS", 106)):
        rest = {name: data for name, data in sections.items() if name != tag}
        assert (status, "") == power_up(pack(rest))


def test_tables_out_of_order() -> None:
    """Of a layer that is not there, twice of one, or of another length."""
    sections = chip_sections(deep(3))
    first, second = sections["TABS"][:2056], sections["TABS"][2056:]
    far = struct.pack("<II", 3, 512) + second[8:]
    short = struct.pack("<II", 1, 511) + second[8:]
    for wrong in (second + first, first + first, first + far, first + short):
        assert (106, "") == power_up(pack({**sections, "TABS": wrong}))


def test_sections_unknown_twice_or_cut() -> None:
    """Each section is one that somebody reads, is there once, and ends in the blob."""
    good = pack(chip_sections(deep(2)))
    assert power_up(good)[0] == 0
    assert (102, "") == power_up(good + pack({"ACT0": b"12345678"}))
    assert (102, "") == power_up(good + pack({"KNOT": b"12345678"}))
    assert (102, "") == power_up(good[:-16])
    assert (102, "") == power_up(good + b"TEST")
    assert (102, "") == power_up(good + struct.pack("<4sI", b"TEST", 2**32 - 1))


def test_a_changed_word_is_another_chip() -> None:
    """Words in range that are not those packed: the digest tells."""
    sections = chip_sections(deep(2))
    assert STATUS[107] == "the chip's digest is not the one that was packed"
    for at in (1, 5, -1):
        wrong = sections["CONF"].copy()
        wrong[at] ^= 1
        assert (107, "") == power_up(pack({**sections, "CONF": wrong}))
    knots = sections["KNOT"].copy()
    knots[0, 0, 5] += 1
    assert (107, "") == power_up(pack({**sections, "KNOT": knots}))


def test_configuration_refused() -> None:
    """A word that its field holds but the chip doesn't, and too little memory."""
    sections = chip_sections(deep(2))
    wrong = sections["CONF"].copy()
    wrong[HEAD + 3] = 4  # reference
    assert (108, "") == power_up(pack({**sections, "CONF": wrong}))
    wide = sections["CONF"].copy()
    wide[HEAD + 3] = 256
    assert (103, "") == power_up(pack({**sections, "CONF": wide}))
    many = sections["CONF"].copy()
    many[HEAD + 2] = 17  # layers
    assert (103, "") == power_up(pack({**sections, "CONF": many}))
    assert (108, "") == power_up(pack(sections), room=4096)


def test_an_image_that_does_not_start_says_why() -> None:
    """The status of an image that has no chip becomes a sentence."""
    with pytest.raises(StateError, match="doesn't start: section KNOT is missing"):
        parse_result("status=104\n")


def deep_package() -> Package:
    """A program for 16 layers of two rows: forty samples learned, ten tested."""
    rng = np.random.default_rng(5)
    numbers = [0, 1, 1, 1, 8, 0]  # no bias, one pass over codes of eight bits
    sections = {
        "PARM": np.array(numbers, np.uint32),
        "TARG": rng.integers(-20000, 20000, 16 * 4).astype(np.int16),
        "LABL": rng.integers(0, 2, 50).astype(np.uint8),
        "TEST": np.arange(40, 50, dtype=np.uint16),
        "ORDR": np.arange(40, dtype=np.uint16),
        "CODE": rng.integers(-127, 128, (50, 2)).astype(np.int16),
    }
    image: Any = SimpleNamespace(registers=deep(16), trim=None, calibrations=None)
    chip = ef.Chip.load("watch-hzo-200ns")
    return Package("watch_personalise", image, chip, sections)


@pytest.mark.slow
@pytest.mark.parametrize("machine", ["host-image", "cortex-m3"])
def test_sixteen_layers_on_a_machine(machine: str) -> None:
    """A network as deep as a chip can be runs the same in an image as here."""
    target = TARGETS[machine]
    if any(
        shutil.which(tool) is None for tool in (target.compiler[0], *target.qemu[:1])
    ):
        pytest.skip("no compiler or QEMU")
    package = deep_package()
    here, there = Session(package).run(), run_image(package, machine)
    assert ("ok", "ok", here.signature) == (here.status, there.status, there.signature)
    assert here.tally == there.tally
    assert here.tally.updates == 40
