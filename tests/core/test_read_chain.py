"""Noise that goes with the charge, clipping integrators, converters that err.

All examples are a chip of 2 x 2 of seed 1 whose weights, codes at a gain of one, are
100 and -200 in row 0, 300 and 50 in row 1. A conductance code is 32768 more than its
weight. Inputs 10 and -4 give the sums 1800 and 2800; errors 3 and -5 give -1200 and
-850; column 1 read with 20 gives -4000 and 1000.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import plain
import pytest

from edgeferro.core.emulator import Core
from edgeferro.core.tally import Tally

SIGMA = np.sqrt(43690)
WEIGHTS = [[100, -200], [300, 50]]
INPUTS = np.array([10, -4], np.int16)
ERRORS = np.array([3, -5], np.int16)
GAIN = {f"{way}_mantissa": 1 for way in ("gain", "back", "verify")}
SHIFT = {f"{way}_shift": 0 for way in ("gain", "back", "verify")}


def small(bits: int = 14, overflow: int = 0, **changes: Any) -> Core:
    """The chip of the examples; its fields that a layer has go to the layer."""
    fields = {**GAIN, **SHIFT, "verify_code": 20, **changes.pop("layer", {})}
    registers = plain.registers([plain.layer(2, 2, **fields)], **changes)
    registers.sites[1] = plain.site(bits, overflow=overflow)
    chip = Core(registers)
    for r, line in enumerate(WEIGHTS):
        for c, weight in enumerate(line):
            chip.poke_state(0, 0, r, c, weight * 2**16)
    return chip


def forward(chip: Core) -> list[int]:
    """The codes of the example's forward read."""
    return chip.forward(0, INPUTS).tolist()


def saturated(chip: Core) -> int:
    """What site adc counts."""
    return int(chip.info(0).sites[1].saturated)


NOISY = {"read_noise": 300, "read_shot": 98304, "read_base": 1000}


def test_forward_noise_by_hand() -> None:
    """Codes 1869 and 1635.

    H = 10 x (32868 + 33068) + 4 x (32568 + 32818) = 920904, N = 14 x 2 = 28;
    Q = (920904 + 28000) / 2 = 474452; S = isqrt(90000 + 1.5 x 474452) = isqrt(801678)
    = 895. The units of rows 0 and 1 are 20 and -333: 17900 >> 8 = 69 and -298035 >> 8
    = -1165. Without charge S is 300: 6000 >> 8 = 23 and -99900 >> 8 = -391.
    """
    assert [1800 + 69, 2800 - 1165] == forward(small(**NOISY))
    assert [1800 + 23, 2800 - 391] == forward(small(read_noise=300, read_base=1000))


def test_backward_noise_by_hand() -> None:
    """Codes -1929 and -408.

    H = 3 x (32868 + 32568) + 5 x (33068 + 32818) = 525738, N = 8 x 2 = 16; Q =
    541738 / 2 = 270869; 1.5 Q = 406303 and a half; S = isqrt(496303) = 704. Units -265
    and 161: -186560 >> 8 = -729 and 113344 >> 8 = 442.
    """
    found = small(**NOISY).backward(0, ERRORS).tolist()
    assert [-1200 - 729, -850 + 442] == found


def test_verify_noise_by_hand() -> None:
    """Sums of two reads of column 1: -5465 and 2208, S as of one of them.

    H = 20 x (32568 + 32818) = 1307720, N = 40; Q = 1347720 / 2 = 673860; S =
    isqrt(90000 + 1010790) = 1049. Units of the first read 201 and -111: 823 and -455;
    of the second 418 and 162: 1712 and 663.
    """
    found = small(**NOISY).read_column(0, 0, 1, 2).tolist()
    assert [2 * -4000 + 823 + 1712, 2 * 1000 - 455 + 663] == found


@pytest.mark.parametrize(
    ("bits", "overflow", "limit", "codes", "count"),
    [
        (14, 0, 0, [1800, 2800], 0),
        (14, 0, 5, [1280, 1280], 2),
        (14, 0, 10, [1800, 2560], 1),
        (11, 0, 10, [1023, 1023], 2),
        (11, 1, 10, [1800 - 2048, 2560 - 2048], 2),
    ],
)
def test_clipping_by_hand(
    bits: int, overflow: int, limit: int, codes: list[int], count: int
) -> None:
    """A limit of 5 is 1280, of 10 is 2560; clipped and narrowed counts once."""
    chip = small(bits, overflow, line_limit=limit)
    assert codes == forward(chip)
    assert count == saturated(chip)


def test_a_sum_at_the_limit_is_not_clipped() -> None:
    """Inputs 20 and 8 give 400 and 6400 = 25 x 256: only a limit of 24 clips."""
    for limit, code, count in ((25, 6400, 0), (24, 6144, 1)):
        chip = small(line_limit=limit)
        assert [400, code] == chip.forward(0, np.array([20, 8], np.int16)).tolist()
        assert count == saturated(chip)


def test_what_else_is_clipped() -> None:
    """Backward at 1024; a verify read at 1280, uncounted; the noise with its sum.

    1869 and 1635 of the noisy read are above and below 7 x 256 = 1792.
    """
    chip = small(line_limit=4)
    assert [-1024, -850] == chip.backward(0, ERRORS).tolist()
    assert 1 == saturated(chip)
    chip = small(line_limit=5)
    assert [-1280, 1000] == chip.read_column(0, 0, 1, 1).tolist()
    assert 0 == saturated(chip)
    assert [1792, 1635] == forward(small(line_limit=7, **NOISY))


def test_a_digital_reference_is_not_clipped() -> None:
    """The stored 300 x 10 = 3000 is above the limit and is subtracted in full."""
    chip = small(line_limit=5, reference=2)
    chip.store_reference(0, np.array([[300, 0], [0, 0]], np.int16))
    assert [1280 - 3000, 1280] == forward(chip)


ERRING = {"adc_gain": 8192, "adc_offset": 20000}
SCALED = {"gain_mantissa": 128, "gain_shift": 7, "verify_mantissa": 128,
          "verify_shift": 7, "back_mantissa": 129, "back_shift": 14}  # fmt: skip


def test_converters_of_rows_by_hand() -> None:
    """Codes 1767 and 2838 of 1800 and 2800; column reads -4005 and 1042.

    The units of row 0 are -10 and -5, of row 1 -4 and 9: gains -10 x 8192 >> 8 = -320
    and -128, offsets -100000 >> 5 = -3125 and 180000 >> 5 = 5625 before a shift by 7.
    Row 0: 230400 + (900 x -320 >> 8) - 3125 = 226150, over 128 is 1766.8. Row 1:
    358400 - 700 + 5625 = 363325, 2838.5 less. Column: -512000 + 2500 - 3125 = -512625,
    -4004.9; 128000 - 250 + 5625 = 133375, 1042.0.
    """
    chip = small(layer=SCALED, **ERRING)
    assert [1767, 2838] == forward(chip)
    assert [-4005, 1042] == chip.read_column(0, 0, 1, 1).tolist()


def test_converters_of_columns_by_hand() -> None:
    """Codes -53 and -100 where -9 and -7 would be right.

    The units of column 0 are -41 and -9, of column 1 20 and -19: gains -1312 and 640,
    offsets -180000 x 4 and -380000 x 4 before a shift by 14. Column 0: -154800 +
    (-605 x -1312 >> 8 = 3100) - 720000 = -871700, over 16384 is -53.2. Column 1:
    -109650 + (-429 x 640 >> 8 = -1073) - 1520000 = -1630723, -99.5.
    """
    assert [-9, -7] == small(layer=SCALED).backward(0, ERRORS).tolist()
    found = small(layer=SCALED, **ERRING).backward(0, ERRORS).tolist()
    assert [-53, -100] == found


def test_an_offset_that_is_lost_underflows() -> None:
    """Of nothing, offsets of -16 and 28 over 128 give codes 0; a gain gives nothing."""
    nothing = np.zeros(2, np.int16)
    for fields, count in (({"adc_offset": 100}, 2), ({"adc_gain": 8192}, 0)):
        chip = small(layer=SCALED, **fields)
        assert [0, 0] == chip.forward(0, nothing).tolist()
        assert count == chip.info(0).sites[1].underflowed


def test_the_controller_knows_no_errors() -> None:
    """A stored reference is worked out without them, and so are wished codes.

    1767 - 3000 with the reference; -4005 and 1042 are wished -4000 and 1000: 5 and 42
    codes away, so that tolerances of 4, 5, 41 and 42 leave 2, 1, 1 and 0 rows.
    """
    chip = small(layer=SCALED, reference=2, **ERRING)
    chip.store_reference(0, np.array([[300, 0], [0, 0]], np.int16))
    assert [1767 - 3000, 2838] == forward(chip)
    wished = np.array([-200, 50], np.int16)
    still = {"knots": np.zeros((1, 2, 65), np.int32), "program_iterations": 1}
    for tolerance, missed in ((4, 2), (5, 1), (41, 1), (42, 0)):
        chip = small(layer=SCALED, program_tolerance=tolerance, **still, **ERRING)
        assert missed == chip.program_column(0, 0, 1, wished)


@pytest.mark.parametrize(("access", "count"), [(0, 6), (1, 9), (2, 0)])
def test_who_else_sees_a_pulse(access: int, count: int) -> None:
    """Pulses 2 and -1 in a row of a 2 x 2 array: three slots, three pulses.

    V/2: 3 x 2 + 3 x 2 - 2 x 3; V/3: 3 x 4 - 3; with a transistor a cell none.
    """
    chip = small(access=access)
    chip.pulse(0, 0, 0, np.array([[2, -1], [0, 0]], np.int8))
    assert count == Tally.from_words(chip.tally_words()).event(
        "update", "half_selected"
    )


@pytest.mark.parametrize("way", ["forward", "backward", "column"])
@pytest.mark.parametrize(
    ("reference", "state", "code"), [(0, 0, 1), (0, 0, 16), (1, 2**31 - 1, 50)]
)
def test_noise_goes_with_the_charge(
    way: str, reference: int, state: int, code: int
) -> None:
    """Over 1e5 reads of weights of 0 the deviation is the stated one within 2 %.

    A line's mean charge is code x (conductance + base) a cell that hangs on it.
    """
    shape = (1, 250) if way == "backward" else (250, 1)
    fields = dict.fromkeys(SHIFT, 2)
    layer = plain.layer(*shape, **GAIN, **fields, verify_code=code)
    registers = plain.registers(
        [layer], reference=reference, initial_state=state, read_noise=500,
        read_shot=2**19, read_base=10000,
    )  # fmt: skip
    registers.sites[1].bits = 14
    chip = Core(registers)
    codes = np.array([code], np.int16)
    read = {
        "forward": lambda: chip.forward(0, codes),
        "backward": lambda: chip.backward(0, codes),
        "column": lambda: chip.read_column(0, 0, 0, 1),
    }[way]
    found = np.array([read() for _ in range(400)])
    conductance = (state >> 16) + 32768
    charge = code * (conductance + 10000) * (2 if reference else 1)
    stated = SIGMA / 256 * np.sqrt(500**2 + 8 * charge) / 4
    assert 100_000 == found.size
    assert stated == pytest.approx(found.std(), rel=0.02)
    assert abs(found.mean()) < 4 * stated / np.sqrt(found.size) + 0.5


def codes_of_rows(**changes: int) -> np.ndarray:
    """Forward codes of 128 rows of 16 chips; 6000 is right for each."""
    fields = {"gain_mantissa": 240, "gain_shift": 16}
    found = []
    for seed in range(16):
        registers = plain.registers(
            [plain.layer(128, 1, **fields)], seed=seed, initial_state=2**30, **changes
        )
        registers.sites[1].bits = 14
        found.append(Core(registers).forward(0, np.array([100], np.int16)))
    return np.concatenate(found)


@pytest.mark.parametrize(
    ("changes", "deviation"),
    [
        ({"adc_offset": round(20 * 2**12 / 31.843)}, 20),
        ({"adc_gain": round(0.015 * 2**24 / 31.843)}, 0.015 * 6000),
        (
            {"adc_offset": round(60 * 2**12 / 31.843),
             "adc_gain": round(0.01 * 2**24 / 31.843)},
            np.hypot(60, 60),
        ),
    ],
)  # fmt: skip
def test_histogram_of_converters(changes: dict[str, int], deviation: float) -> None:
    """Mean and deviation of the codes are as stated, within four of their own."""
    assert (codes_of_rows() == 6000).all()
    codes = codes_of_rows(**changes)
    assert abs(codes.mean() - 6000) < 4 * deviation / np.sqrt(len(codes))
    assert deviation == pytest.approx(codes.std(), rel=4 / np.sqrt(2 * len(codes)))
    for deviations, part in ((1, 0.683), (2, 0.954)):
        within = (np.abs(codes - 6000) < deviations * deviation).mean()
        bound = 4 * np.sqrt(part * (1 - part) / len(codes))
        assert part == pytest.approx(within, abs=bound + 0.01)
