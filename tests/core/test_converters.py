"""What converters err by, as the emulator alone can see it, against codes of reads."""

from __future__ import annotations

import numpy as np
import plain
import pytest

from edgeferro.errors import DataError

ONES = {f"{way}_mantissa": 1 for way in ("gain", "back", "verify")}
SHIFTS = {"gain_shift": 8, "back_shift": 6}


def test_errors_are_what_codes_are_off_by() -> None:
    """Weights of 4000 and of none, driven with 2^shift: 4000 (1 + gain) + offset."""
    layer = plain.layer(4, 3, verify_code=1, **ONES, **SHIFTS)
    registers = plain.registers([layer], adc_gain=2**14, adc_offset=20_000)
    registers.sites[1] = plain.site(14)
    chip = plain.Core(registers)
    for row in range(4):
        chip.poke_state(0, 0, row, 0, 4000 * 2**16)
    gain, offset = chip.peek("converter", 0).astype(float).T
    assert (7,) == gain.shape  # four rows, then three inputs
    assert 7 == len(set(gain))
    driven = chip.forward(0, np.array([256, 0, 0], np.int16))
    quiet = chip.forward(0, np.array([0, 256, 0], np.int16))
    off = offset[:4] / 2**12
    assert off == pytest.approx(quiet, abs=1.0)
    assert 4000 * (1 + gain[:4] / 2**16) + off == pytest.approx(driven, abs=1.5)
    back = chip.backward(0, np.array([64, 0, 0, 0], np.int16))
    off = offset[4:] / 2**12
    wanted = np.array([4000, 0, 0]) * (1 + gain[4:] / 2**16) + off
    assert wanted == pytest.approx(back, abs=1.5)


def test_converters_alike_have_no_view() -> None:
    """Where nothing errs there is nothing to look at."""
    chip = plain.core([plain.layer(2, 2)])
    for view in ("converter", "trim"):
        with pytest.raises(DataError, match=f"{view}: layer 0, plane 0 has none"):
            chip.peek(view, 0)
    untrimmed = plain.core([plain.layer(2, 2)], adc_gain=1)
    assert (4, 2) == untrimmed.peek("converter", 0).shape
    with pytest.raises(DataError, match="trim: layer 0, plane 0 has none"):
        untrimmed.peek("trim", 0)
    trimmed = plain.core([plain.layer(2, 2)], trim_gain=1)
    assert [[0, 0]] * 4 == trimmed.peek("trim", 0).tolist()
