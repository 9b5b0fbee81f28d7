"""Counts and their price, exactly: recounted by the golden model, and by hand."""

from __future__ import annotations

import random

import numpy as np
import plain
from hypothesis import given, settings
from hypothesis import strategies as st
from lockstep import Pair, random_commands
from random_chips import random_registers

from edgeferro.chip.chip import Chip
from edgeferro.core.tally import Tally
from edgeferro.energy.prices import Prices
from edgeferro.energy.report import EnergyReport


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 8))
def test_recount(seed: int, count: int) -> None:
    """For any small chip Python's counts equal the core's, every event and phase."""
    pair = Pair(random_registers(seed))
    random_commands(pair, random.Random(seed), count)
    expected = np.array(pair.golden.tally.words(), np.uint64)
    assert Tally.from_words(expected) == Tally.from_words(pair.core.tally_words())


def test_hand_computed_budget() -> None:
    """A 2 x 2 chip, three samples, one pulse a product: to the last quectojoule.

    Inputs (127, 0), (0, 64), (-127, 127) with labels 0, 1, 0; all weights begin at 0,
    so that every error is half of a class and has a sign. G code at 0: 32768; a pulse
    moves it by 2^22 / 2^16 = 64. Products: 2 + 2 + 4, a pulse each. In the third
    sample the two cells of each column stand at 32768 +- 64 and go back.
    """
    chip = plain.core([plain.layer(2, 2, rule=2)], pulse_limit=1)
    inputs = np.array([[127, 0], [0, 64], [-127, 127]], np.int16)
    chip.learn(inputs, np.array([0, 1, 0], np.int32))
    tally = Tally.from_words(chip.tally_words())
    counted = {
        "infer": {
            "dac_input": 3 * 2,
            "adc": 3 * 2,
            "line_cells": (1 + 1 + 2) * 2,
            "read_charge": 127 * 65536 + 64 * 65536 + (127 + 127) * 65536,
            "compare": 3 * 2,
            "cycle": 3 * 6,
            "analog_ns": 3 * 100,
            "read_codes": (127 + 64 + 254) * 2,
        },
        "backward": {
            "add": 3 * (3 * 2 + 2),
            "divide": 3 * 2,
            "compare": 3 * (2 + 2),
            "lookup": 3 * 2,
            "cycle": 3 * (4 * 2 + 2 * 2),
        },
        "update": {
            "pulse_line_cells": 4 * (1 * 2 + 1 * 2) + 2 * (2 * 2 + 2 * 2),
            "half_selected": 4 * (4 - 2) + 2 * (8 - 4),
            "mac": 2 + 2 + 4,
            "compare": 2 + 2 + 4,
            "cycle": 15,
            "analog_ns": (4 * 1 + 2 * 2) * (200 + 20),
        },
    }
    assert counted == tally.to_dict()["events"]
    pulses = tally.to_dict()["pulses"]["update"]["class_0"]
    moved = 4 * 2**22
    up, down = 2 * 32768 + 2 * 32704, 2 * 32768 + 2 * 32832
    assert {"pulses": 4, "conduction": up, "switched": moved} == pulses["up"]
    assert {"pulses": 4, "conduction": down, "switched": moved} == pulses["down"]

    watch = Chip.load("ideal-watch-hzo-200ns").with_(**{"converters.adc_bits": 9})
    prices, device = Prices.load("cmos-130nm-mixed"), watch.load_device()
    found = EnergyReport(tally, prices, device, watch)
    pico, femto, atto, zepto = 10**18, 10**15, 10**12, 10**9
    # a read: 0.4 nS x (0.1 V)^2 x 10 us / 255 a code, and 0.51 nS / 65535 a G code
    # and 212.5005075072 fF x (0.1 V)^2 of each cell on a driven line
    reads = 890 * 156_862_745_098 + 29_163_520 * 3_051_804
    reads += 8 * 2_125_005_075_072_000
    infer = 6 * 33 * pico // 10 + 6 * 36_045_142_016 * zepto + 8 * 10 * atto + reads
    infer += 6 * 510 * femto + 18 * pico + 300 * femto + 6 * 12 * pico
    backward = 24 * 510 * femto + 6 * 8200 * femto + 12 * 510 * femto
    backward += 6 * 12_800 * femto + 36 * pico
    # a pulse: 0.4 nS x 9 V^2 x 200 ns, and 2 Pr A V = 22.8 pJ over 2^32 units of state,
    # and C V^2 of its cell; C V^2 / 4 of a half-selected one
    cells = 8 * 720_000_000_000_000 + (up + down) * 14_007_782_101
    cells += 2 * moved * 5_308_538_675 + 8 * 1_912_504_567_564_800_000
    update = 32 * 9 * femto + 16 * 478_126_141_891_200_000 + cells
    update += 8 * 1500 * femto + 8 * 510 * femto + 15 * pico + 1760 * femto
    assert infer == found.by_phase["infer"].value
    assert backward == found.by_phase["backward"].value
    assert update == found.by_phase["update"].value
    assert infer + backward + update == found.total.value
    assert (backward + update) // 3 == found.per_update.value
