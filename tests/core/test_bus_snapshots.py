"""Snapshots of a bus: invisible, checked, all or nothing."""

from __future__ import annotations

import random

import numpy as np
import pytest
from golden.snapshot import fnv
from small_bus import SAMPLE, bus, push, registers, unlock

from edgeferro.core.bus import Bus
from edgeferro.core.register_map import REGISTERS
from edgeferro.errors import SnapshotError


def poke(chip: Bus, rng: random.Random) -> None:
    """One random access, most of them sensible."""
    name = rng.choice(list(REGISTERS))
    register = REGISTERS[name]
    if rng.random() < 0.4:
        chip.access_read(register.address + rng.choice([0] * 9 + [1]))
    elif rng.random() < 0.3:
        push_address = REGISTERS["SAMPLE"].address
        chip.access_write(push_address, rng.getrandbits(16))
    else:
        value = rng.getrandbits(rng.choice([1, 2, 4, 8, 32])) & register.write
        chip.access_write(register.address, value)


@pytest.mark.parametrize("seed", range(12))
def test_snapshots_are_invisible(seed: int) -> None:
    """Saved and restored at any point, into another bus: the same from there on."""
    rng, chip = random.Random(seed), bus()
    for _ in range(300):
        poke(chip, rng)
    other = Bus(registers())
    other.restore(chip.snapshot())
    state = rng.getstate()
    for _ in range(200):
        poke(chip, rng)
    rng.setstate(state)
    for _ in range(200):
        poke(other, rng)
    assert chip.snapshot() == other.snapshot()


def test_a_snapshot_of_another_chip() -> None:
    """A whole one of a chip with other cells is refused, and nothing is given up."""
    chip, other = bus(), Bus(registers(d2d_common=500))
    push(chip, SAMPLE)
    chip.command("learn")
    before = chip.snapshot()
    with pytest.raises(SnapshotError):
        chip.restore(other.snapshot())
    assert before == chip.snapshot()


def test_damaged_snapshots() -> None:
    """Cut short, changed, or of something else: refused, nothing changed."""
    chip = bus()
    data = chip.snapshot()
    for bad in (b"", data[:-1], data[:100] + b"\xff" + data[101:], data + b"0"):
        with pytest.raises(SnapshotError):
            chip.restore(bad)
    assert data == chip.snapshot()


def sealed(data: bytes) -> bytes:
    """Bytes with the checksum at their end put right."""
    return data[:-8] + fnv(data[:-8]).to_bytes(8, "little")


def test_a_snapshot_says_its_version() -> None:
    """Magic, then version 3; one of another version is refused as such."""
    chip = bus()
    data = chip.snapshot()
    assert b"EF_EF_BS" + b"\3\0\0\0" == data[:12]
    assert data == sealed(data)
    with pytest.raises(SnapshotError, match="another version"):
        chip.restore(sealed(data[:8] + b"\1" + data[9:]))
    assert data == chip.snapshot()


def test_values_that_no_chip_holds() -> None:
    """Under other descriptors and good checksums: refused, the bus goes on."""
    chip, other = bus(), bus()
    other.write("SEED_LOW", 5)
    other.command("new_chip")
    data = other.snapshot()
    inner = bytearray(data[data.index(b"EDGEFERR") : -8])
    inner[32 + 8 : 32 + 12] = bytes(4)  # the rounding register, which is never 0
    whole = data[: data.index(b"EDGEFERR")] + sealed(bytes(inner)) + bytes(8)
    fresh = chip.core.signature()
    push(chip, SAMPLE)
    chip.command("learn")
    with pytest.raises(SnapshotError):
        chip.restore(sealed(whole))
    assert fresh == chip.core.signature()
    push(chip, SAMPLE)
    chip.command("learn")
    assert fresh != chip.core.signature()


def test_a_refused_restore_keeps_the_accumulators() -> None:
    """Descriptors under which they would be lost are looked at, not tried."""
    chip, other = bus(), bus()
    push(chip, SAMPLE)
    chip.command("learn")
    before, chi = chip.snapshot(), chip.core.peek("chi", 1).copy()
    assert chi.any()
    unlock(other)
    for layer in (0, 1):
        other.write("LAYER", layer)
        other.write("LAYER_RULE", 2)
    other.command("apply")
    other.pointer.result_count = 9
    with pytest.raises(SnapshotError):
        chip.restore(other.snapshot())
    other.pointer.result_count = 0
    other.pointer.job.kind = 77
    with pytest.raises(SnapshotError):
        chip.restore(other.snapshot())
    assert np.array_equal(chi, chip.core.peek("chi", 1))
    assert before == chip.snapshot()
