"""Names of enumerations: words of chip files, tallies and traces, with C's numbers."""

from __future__ import annotations

import pickle

import pytest

from edgeferro.chip.chip import Chip
from edgeferro.core import enums
from edgeferro.mapping.configuration import build_registers

WORDS = {
    "ROUNDINGS": (
        "floor toward-zero nearest-up nearest-even nearest-away stochastic".split()
    ),
    "OVERFLOWS": ["saturate", "wrap"],
    "REFERENCES": ["none", "cell", "stored", "offset"],
    "RULES": ["none", "sgd-stochastic", "sgd-counted", "mixed-precision"],
    "ERROR_KINDS": ["softmax", "squared"],
    "EXCESSES": ["defer", "drop"],
    "SITES": "input adc activation error gradient accumulator pulse reference".split(),
    "PHASES": "infer backward update calibrate program idle".split(),
    "EVENTS": (
        "dac_input dac_error adc line_cells read_charge pulse_line_cells half_selected "
        "mac add divide compare lookup lfsr_step sram_read sram_write register cycle "
        "analog_ns read_codes rest_s"
    ).split(),
    "VERDICTS": ["pending", "found", "stuck", "no crossing", "not settled"],
    "BUS_KINDS": (
        "read write refused start done code pulses interrupt step cut power"
    ).split(),
    "ACCESSES": ["read", "write", "nvm read", "nvm write"],
}


@pytest.mark.parametrize("name", WORDS)
def test_words_count_from_nought(name: str) -> None:
    """Each word stands for its place in the enumeration."""
    found = getattr(enums, name)
    assert WORDS[name] == list(found)
    if isinstance(found, dict):
        assert list(range(len(found))) == list(found.values())


def test_commands_have_their_numbers() -> None:
    """0 is no command, 8 and 9 are none any more; the harness's begin at 128."""
    silicon = {
        1: "apply infer learn program_column read_column calibrate_column clear_points",
        10: "trim learn_targets forward activate backward slopes errors update",
        18: "store_reference store_offset read_accumulators write_accumulators",
        22: "checksum",
        128: "new_chip rest read_wear",
    }
    wanted = {
        name: first + place
        for first, names in silicon.items()
        for place, name in enumerate(names.split())
    }
    assert wanted == enums.COMMANDS


def test_registers_travel_between_processes() -> None:
    """Registers, whose fields come from C, are pickled and changed like any other."""
    chip = Chip.load("watch-hzo-200ns")
    registers = build_registers(chip, chip.load_device(), [(4, 3)], 9)
    there = pickle.loads(pickle.dumps(registers)).with_(read_noise=77)
    assert (77, registers.lanes, 9) == (there.read_noise, there.lanes, there.seed)
    with pytest.raises(TypeError, match="nonsense"):
        registers.with_(nonsense=1)
