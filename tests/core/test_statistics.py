"""Noise, spread and pulse trains against the distributions that SPEC states."""

from __future__ import annotations

import numpy as np
import plain
import pytest
from edgeferro._core import lib

SIGMA = np.sqrt(43690)


def noise(key: int, count: int) -> np.ndarray:
    """Draw noise units one by one from the core."""
    draws = (lib.ef_draw_number(key, i) for i in range(count))
    return np.array([lib.ef_noise_number(bits) for bits in draws])


def test_noise_moments() -> None:
    """Mean 0, variance 43690, excess kurtosis -0.15, as the sum of eight bytes has."""
    units = noise(11, 200_000)
    assert abs(units.mean()) < 4 * SIGMA / np.sqrt(len(units))
    assert 43690 == pytest.approx(units.var(), rel=0.02)
    assert -0.15 == pytest.approx(((units / SIGMA) ** 4).mean() - 3, abs=0.05)


def test_noise_has_no_memory() -> None:
    """Neighbouring indices and neighbouring keys are uncorrelated."""
    first, second = noise(5, 100_000), noise(6, 100_000)
    limit = 4 / np.sqrt(len(first))
    assert abs(np.corrcoef(first[:-1], first[1:])[0, 1]) < limit
    assert abs(np.corrcoef(first, second)[0, 1]) < limit


def test_lfsr_bytes_are_uniform() -> None:
    """All 256 bytes of a leap come equally often (chi-squared, 5 sigma)."""
    state, counts = 0xACE1, np.zeros(256)
    for _ in range(256 * 400):
        state = lib.ef_lfsr_leap(state)
        counts[state >> 24] += 1
    chi_squared = ((counts - 400) ** 2 / 400).sum()
    assert abs(chi_squared - 255) < 5 * np.sqrt(2 * 255)


def test_spread_of_steps() -> None:
    """One pulse on each cell moves them by steps of the stated deviation."""
    register = round(0.1 * 2**22 / 31.843)
    chip = plain.core([plain.layer(200, 200)], d2d_common=register)
    chip.pulse(0, 0, 0, np.ones((200, 200), np.int8))
    steps = chip.peek("state", 0) / 2**22
    assert 1 == pytest.approx(steps.mean(), abs=0.003)
    assert 0.1 == pytest.approx(steps.std(), rel=0.02)


def test_asymmetry_of_spread() -> None:
    """Asymmetry makes an up step larger where it makes a down step smaller."""
    register = round(0.1 * 2**22 / 31.843)
    ups, downs = (
        plain.core([plain.layer(100, 100)], d2d_asymmetry=register) for _ in range(2)
    )
    ups.pulse(0, 0, 0, np.ones((100, 100), np.int8))
    downs.pulse(0, 0, 0, -np.ones((100, 100), np.int8))
    up, down = ups.peek("state", 0) / 2**22, -downs.peek("state", 0) / 2**22
    assert -1 == pytest.approx(np.corrcoef(up.ravel(), down.ravel())[0, 1], abs=1e-6)
    assert 2 == pytest.approx((up + down).mean(), abs=1e-3)


@pytest.mark.parametrize("relative", [0.05, 0.3, 1.0])
def test_cycle_to_cycle(relative: float) -> None:
    """Pulses of one cell vary by the stated part of the step, pulse by pulse."""
    register = round(relative * 2**22 / SIGMA)
    chip = plain.core([plain.layer(100, 100)], c2c=[register] + [0] * 15)
    ones = np.ones((100, 100), np.int8)
    chip.pulse(0, 0, 0, ones)
    first = chip.peek("state", 0) / 2**22
    chip.pulse(0, 0, 0, ones)
    second = chip.peek("state", 0) / 2**22 - first
    assert 1 == pytest.approx(first.mean(), abs=4 * relative / 100)
    assert relative == pytest.approx(first.std(), rel=0.04)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.04


def test_additive_noise() -> None:
    """Additive noise does not depend on the step."""
    chip = plain.core(
        [plain.layer(100, 100)],
        c2c_additive=[1000] + [0] * 15,
        knots=np.zeros((1, 2, 65), np.int32),
    )
    chip.pulse(0, 0, 0, np.ones((100, 100), np.int8))
    assert 1000 * SIGMA == pytest.approx(chip.peek("state", 0).std(), rel=0.03)


def test_read_noise() -> None:
    """Forward and backward reads of a zero array show the stated line noise."""
    sums = 20 * 2**14  # 20 ADC codes
    chip = plain.core(
        [plain.layer(64, 64, gain_mantissa=1, gain_shift=14, back_mantissa=1,
                     back_shift=14)],
        read_noise=round(sums * 256 / SIGMA),
    )  # fmt: skip
    ones = np.ones(64, np.int16)
    forward = np.array([chip.forward(0, ones) for _ in range(300)])
    backward = np.array([chip.backward(0, ones) for _ in range(300)])
    for codes in (forward, backward):
        assert abs(codes.mean()) < 1
        assert 20 == pytest.approx(codes.std(), rel=0.03)
    assert abs(np.corrcoef(forward.ravel(), backward.ravel())[0, 1]) < 0.04


def pulses_by_cell(
    inputs: np.ndarray, sharing: int, samples: int = 4000
) -> tuple[np.ndarray, np.ndarray]:
    """Let a chip of softmax rows see one input often; mean and all pulse counts.

    The state is put back each time, so that every update is asked for the same.
    """
    rows, columns = 2, len(inputs)
    chip = plain.core(
        [plain.layer(rows, columns, rule=1, rate_mantissa=160, rate_shift=24)],
        lines_per_row_lfsr=sharing,
        lines_per_column_lfsr=sharing,
        pulse_limit=127,
    )
    codes = np.ascontiguousarray(inputs[np.newaxis], np.int16)
    label = np.zeros(1, np.int32)
    counts, last = [], np.zeros((rows, columns))
    for _ in range(samples):
        chip.learn(codes, label)
        wear = chip.peek("wear", 0).astype(np.int64)
        counts.append(wear - last)
        last = wear.copy()
        for row in range(rows):
            for column in range(columns):
                chip.poke_state(0, 0, row, column, 0)
    all_counts = np.array(counts)
    return all_counts.mean(axis=0), all_counts


def test_trains_meet_as_often_as_asked() -> None:
    """The mean of pulses is rate x input x error for inputs large and small."""
    inputs = np.array([127, 64, 32, 16, 8, -127, -50, 4])
    mean, counts = pulses_by_cell(inputs, sharing=1)
    # zero weights: softmax 1/2, error 16384 -> code 64 at exponent 8
    wished = np.abs(inputs) * 64 * 160 * 2.0 ** (8 - 24)
    sigma = counts.std(axis=0) / np.sqrt(len(counts))
    assert (np.abs(mean - wished) < 5 * sigma + 0.01 * wished).all()


def test_shared_registers_correlate_and_own_ones_do_not() -> None:
    """Columns on one register fire together; on their own registers they don't."""
    inputs = np.full(6, 90)
    _, own = pulses_by_cell(inputs, sharing=1, samples=2000)
    _, shared = pulses_by_cell(inputs, sharing=64, samples=2000)
    assert (shared[:, 0] == shared[:, 0, :1]).all()
    first, second = own[:, 0, 0], own[:, 0, 1]
    assert np.corrcoef(first, second)[0, 1] < 0.9
