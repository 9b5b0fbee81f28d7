"""The register map: what is made from it is fresh, and its access rules hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import plain
import pytest
from whole import changed, whole

from edgeferro.core.bus import Bus
from edgeferro.core.register_map import REGISTERS

ROOT = Path(__file__).resolve().parents[2]
ERROR = REGISTERS["ERROR"].address
NAMES = list(REGISTERS)
OF_THIS_CHIP = {name for name, one in REGISTERS.items() if one.of_the_chip}
HARNESS_KEY = 0x454D554C
LOCKED = set("SEED_LOW SEED_HIGH REST CUT_AFTER".split())  # until the harness is open


def bus(**changes: Any) -> Bus:
    """A small chip of two layers with reference cells."""
    layers = [plain.layer(3, 4, bias=1), plain.layer(2, 3, bias=1)]
    found = Bus(plain.registers(layers, reference=1, **changes))
    found.write("CONTROL", 1)
    found.write("HARNESS_KEY", HARNESS_KEY)
    return found


def error_bits(chip: Bus) -> list[str]:
    """What is in ERROR, which is then cleared."""
    found = chip.errors()
    chip.clear_errors()
    return found


def test_addresses_rise() -> None:
    """Words at multiples of 4, in order, none twice: the bus searches them."""
    addresses = [register.address for register in REGISTERS.values()]
    assert sorted(set(addresses)) == addresses
    assert all(address % 4 == 0 for address in addresses)
    assert len(addresses) <= 80


@pytest.mark.parametrize("name", NAMES)
def test_access_rules(name: str) -> None:
    """Read-only, write-only and reserved bits: refused with their bit, nothing done."""
    chip, register = bus(), REGISTERS[name]
    before = whole(chip)
    if register.read == 0:
        assert (False, 0) == chip.access_read(register.address)
        assert "write_only" in error_bits(chip)
    if register.write == 0:
        assert not chip.access_write(register.address, 0)
        assert ["read_only"] == error_bits(chip)
    elif register.write != 0xFFFFFFFF:
        free = ~register.write & 0xFFFFFFFF
        lowest = free & -free
        assert not chip.access_write(register.address, lowest)
        assert ["reserved_bits"] == error_bits(chip)
    assert set() == changed(before, chip)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("offset", [1, 2, 3])
def test_unaligned(name: str, offset: int) -> None:
    """Addresses between words are refused, whatever is below them."""
    chip, address = bus(), REGISTERS[name].address + offset
    assert (False, 0) == chip.access_read(address)
    assert not chip.access_write(address, 1)
    assert ["unaligned"] == error_bits(chip)


def test_addresses_without_register() -> None:
    """All words of 8 KiB and some far ones: either in the map, or refused."""
    chip, known = bus(), {register.address for register in REGISTERS.values()}
    far = [0x10000, 0x7FFFFFFC, 0x80000000, 0xFFFFFFFC]
    for address in [*range(0, 8192, 4), *far]:
        if address not in known:
            assert (False, 0) == chip.access_read(address)
            assert not chip.access_write(address, 0)
            assert ["address"] == error_bits(chip)


@pytest.mark.parametrize("name", [n for n in NAMES if REGISTERS[n].write])
def test_writes_while_busy(name: str) -> None:
    """Only registers that the map says may be written under a command."""
    chip, register = bus(), REGISTERS[name]
    for code in (10, -20, 30, 40):
        chip.write("SAMPLE", code & 0xFFFFFFFF)
    chip.write("COMMAND", 3)
    assert chip.field("STATUS.busy")
    chip.access_write(register.address, register.reset & register.write & ~1 | 0)
    assert register.busy != ("busy" in chip.errors())


@pytest.mark.parametrize("name", [n for n in NAMES if REGISTERS[n].clear])
def test_write_one_to_clear(name: str) -> None:
    """A 1 clears its bit, a 0 leaves it."""
    chip = bus()
    chip.access_read(0x6)
    chip.access_write(0xFF0, 0)
    for code in (10, -20, 30, 40):
        chip.write("SAMPLE", code & 0xFFFFFFFF)
    chip.write("COMMAND", 3)
    chip.write("CONTROL", 1 | 1 << 9)  # abort: CUT says so
    chip.advance(10**4)
    bits = chip.read(name) & REGISTERS[name].clear
    assert bits
    chip.write(name, 0)
    assert bits == chip.read(name) & REGISTERS[name].clear
    chip.write(name, bits)
    assert 0 == chip.read(name)


def test_reset_values() -> None:
    """Each register starts as the map says, but those that tell of this chip."""
    chip = Bus(plain.registers([plain.layer(2, 3)]))
    refused, other = set(), set()
    for name, register in REGISTERS.items():
        if register.read:
            done, value = chip.access_read(register.address)
            if not done:
                refused.add(name)
            elif register.reset != value:
                other.add(name)
    assert {"RESULT", "OUTPUT"} | LOCKED == refused
    assert OF_THIS_CHIP | {"CYCLE_LOW"} >= other  # which counts the accesses


def test_first_error_address() -> None:
    """ERROR_ADDRESS is that of the first refusal until ERROR is cleared."""
    chip = bus()
    chip.access_read(0x123)
    chip.access_write(0xFF0, 0)
    assert 0x123 == chip.read("ERROR_ADDRESS")
    chip.clear_errors()
    chip.access_write(0xFF0, 0)
    assert 0xFF0 == chip.read("ERROR_ADDRESS")
