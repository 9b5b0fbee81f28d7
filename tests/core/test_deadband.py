"""The dead band of output errors: what it leaves, and what it saves."""

from __future__ import annotations

import numpy as np
import plain
import pytest

from edgeferro.chip.chip import Chip
from edgeferro.core.tally import Tally
from edgeferro.mapping.configuration import build_registers

RIGHT = np.zeros(1, np.int32)


def learned(band: int) -> tuple[list[int], int, int]:
    """Error codes, pulses and cycles of one step; class 0 is right by one code."""
    layer = plain.layer(2, 1, rule=plain.RULES["sgd-counted"], rate_shift=20)
    table = np.full(256, 1, np.uint16)  # one code of lead: 3/4 against 1/4
    table[0] = 3
    chip = plain.core([layer], exp_table=table, error_deadband=band)
    chip.poke_state(0, 0, 0, 0, 2**31 // 128)
    before = chip.cycle
    chip.learn(np.array([[64]], np.int16), RIGHT)
    pulses = Tally.from_words(chip.tally_words()).phase_pulses("update")
    return chip.peek("error", 0).tolist(), pulses, chip.cycle - before


def test_the_band_by_hand() -> None:
    """Probabilities of 3/4 and 1/4 are errors of 64/256: a band of 64 leaves them."""
    assert [64, -64] == learned(0)[0] == learned(64)[0]
    assert [0, 0] == learned(65)[0]


def test_nothing_is_written_within_the_band() -> None:
    """No pulse goes out, and the step takes a cycle a row more to compare."""
    without, within = learned(0), learned(65)
    assert without[1] > 0 == within[1]
    assert 2 == learned(64)[2] - without[2]


@pytest.mark.parametrize(("part", "register"), [(0.0, 0), (0.25, 64), (0.99, 253)])
def test_parts_of_one(part: float, register: int) -> None:
    """The chip file gives the band as a part of one."""
    chip = Chip.load("watch-hzo-200ns").with_(**{"controller.error_deadband": part})
    found = build_registers(chip, chip.load_device(), [(3, 2)], 0)
    assert register == found.error_deadband
