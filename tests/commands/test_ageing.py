"""What fails and ages, each on its stated law (SPEC 3.2, 3.7, 17)."""

from __future__ import annotations

from typing import Any

import numpy as np
import plain
import pytest
from lockstep import Pair

from edgeferro.core.emulator import Core

ONE = 2**31
STEP = 1 << 22


def core(rows: int = 64, columns: int = 64, **changes: Any) -> Core:
    """One array of constant steps."""
    return plain.core([plain.layer(rows, columns)], **changes)


def pulse(chip: Core, count: int, where: tuple[int, int] | None = None) -> None:
    """Pulses on all cells, or on one."""
    rows, columns = chip.shape(0)
    while count:
        part = max(-127, min(127, count))
        counts = np.zeros((rows, columns), np.int8)
        counts[where if where is not None else ...] = part
        chip.pulse(0, 0, 0, counts)
        count -= part


def states(chip: Core) -> np.ndarray:
    """All states as whole numbers."""
    return chip.peek("state", 0).astype(np.int64)


def test_stuck_cells_stand_at_their_rail() -> None:
    """The stated parts of the cells stand at a bound, whatever is sent to them."""
    chip = core(128, 128, stuck_low=2**32 // 10, stuck_high=2**32 // 20)
    pulse(chip, 20)
    pulse(chip, -40)
    low, high = states(chip) == -ONE + 1, states(chip) == ONE - 1
    assert 0.10 == pytest.approx(low.mean(), abs=0.01)
    assert 0.05 == pytest.approx(high.mean(), abs=0.007)
    assert {-20 * STEP} == set(states(chip)[~(low | high)].tolist())


def test_which_cells_are_stuck_follows_from_the_seed() -> None:
    """The same cells on the same chip, others on another."""
    one, same, other = (core(seed=s, stuck_low=2**30) for s in (1, 1, 2))
    assert np.array_equal(states(one), states(same))
    assert not np.array_equal(states(one), states(other))


@pytest.mark.parametrize("onset", [0, 4])
def test_fatigue_is_logarithmic_in_wear(onset: int) -> None:
    """Each doubling of a cell's pulses beyond the onset takes the same part away."""
    chip = core(1, 1, fatigue=65536 // 20, wear_onset=onset)
    sizes = []
    for wear in range(1, 65):
        before = states(chip)[0, 0]
        pulse(chip, 1 if wear % 2 else -1)
        sizes.append(abs(states(chip)[0, 0] - before) / STEP)
    for wear in (1, 2, 4, 8, 16, 32, 63):
        doublings = max(0.0, np.log2(wear) - onset)
        assert 1 - doublings / 20 == pytest.approx(sizes[wear], abs=0.006), wear


def test_imprint_strengthens_one_direction() -> None:
    """After n doublings up steps have gained and down steps lost the same part."""
    chip = core(1, 1, imprint=65536 // 16)
    for _ in range(127):
        pulse(chip, 1)
        pulse(chip, -1)
    start = states(chip)[0, 0]
    pulse(chip, 1)
    top = states(chip)[0, 0]
    pulse(chip, -1)
    assert 1.5 == pytest.approx((top - start) / STEP, abs=0.01)
    assert 0.5 == pytest.approx((top - states(chip)[0, 0]) / STEP, abs=0.01)


def test_half_selects_move_the_neighbours() -> None:
    """Many pulses move the cells of the same row and column by disturb steps each."""
    chip = core(4, 5, disturb=2**20 // 100)
    pulse(chip, 50, (1, 2))
    found = states(chip) / STEP
    assert 50 == found[1, 2]
    crossing = np.zeros((4, 5), bool)
    crossing[1], crossing[:, 2] = True, True
    crossing[1, 2] = False
    assert found[crossing] == pytest.approx(0.5, abs=0.001)
    crossing[1, 2] = True
    assert not found[~crossing].any()


@pytest.mark.parametrize("count", [50, -50])
def test_thirds_reach_every_cell(count: int) -> None:
    """At V/3 cells off the pulsed lines move the other way, in every slot."""
    chip = core(4, 5, disturb=2**20 // 100, access=1)
    pulse(chip, count, (1, 2))
    found = states(chip) / STEP
    assert count == found[1, 2]
    wanted = np.full((4, 5), -count / 100)
    wanted[1], wanted[:, 2] = count / 100, count / 100
    wanted[1, 2] = count
    assert found == pytest.approx(wanted, abs=0.001)


def test_thirds_of_a_row_of_both_polarities() -> None:
    """Three up, two down: a crossing column sees its own, the others' against it."""
    chip = core(3, 3, disturb=2**20 // 100, access=1)
    counts = np.zeros((3, 3), np.int8)
    counts[0] = [3, -2, 0]
    chip.pulse(0, 0, 0, counts)
    found = 100 * states(chip)[1:] / STEP
    # its own 3 up, 2 slots down against: +3 + 2; -2 - 3; no own: +2 - 3
    assert found == pytest.approx(np.array([[5.0, -5.0, -1.0]] * 2), abs=0.02)


def test_no_disturb_without_pulses() -> None:
    """Reading and learning nothing leave every cell where it is."""
    chip = core(4, 5, disturb=2**16)
    chip.forward(0, np.full(5, 100, np.int16))
    pulse(chip, 0)
    assert not states(chip).any()


def test_retention_halves_the_distance_in_each_half_life() -> None:
    """After t seconds 2^(-t / half-life) of the distance to the level is left."""
    chip = core(
        1, 1, retention_s=1000, retention_level=ONE // 4, initial_state=ONE // 2
    )
    for seconds, left in ((1000, 0.5), (500, 0.5**1.5), (137, 0.5**1.637), (10**6, 0)):
        chip.rest(seconds)
        expected = ONE // 4 + left * (ONE // 4)
        assert expected == pytest.approx(int(states(chip)[0, 0]), abs=ONE * 2e-5)


def test_every_part_of_a_half_life() -> None:
    """Each of the 16 roots of a half is exact, as the golden model has it."""
    level, far = -(2**30), {"retention_s": 2**16, "initial_state": 2**30}
    pair = Pair(plain.registers([plain.layer(1, 1)], retention_level=level, **far))
    for bit in range(16):
        pair.rest(1 << bit)


def test_drift_spreads_with_the_root_of_time() -> None:
    """Standard deviation drift x 209.02 x sqrt(t), mean zero."""
    for seconds in (1, 100):
        chip = core(100, 100, drift=10_000)
        chip.rest(seconds)
        moved = states(chip)
        sigma = 10_000 * 209.02 * seconds**0.5
        assert sigma == pytest.approx(moved.std(), rel=0.03)
        assert abs(moved.mean()) < 4 * sigma / 100


def test_rest_is_counted() -> None:
    """Seconds of rest stand in the tally's idle phase."""
    chip = core(1, 1)
    chip.rest(3600)
    chip.rest(60)
    assert 3660 == int(chip.tally_words()[2 + 5 * 20 + 19])


def test_all_at_once_agree_with_the_golden_model() -> None:
    """Wear, disturb, rest and stuck cells together, register by register."""
    ageing = {"stuck_low": 2**29, "stuck_high": 2**28, "fatigue": 4000, "drift": 5000}
    ageing |= {"imprint": -3000, "wear_onset": 2, "disturb": 9000, "retention_s": 777}
    layers = [plain.layer(5, 4, rule=1, rate_shift=20), plain.layer(3, 5)]
    pair = Pair(plain.registers(layers, **ageing, retention_level=-(2**28)))
    rng = np.random.default_rng(5)
    for seconds in (5, 777, 100_000):
        for label in (0, 1, 2):
            pair.learn(rng.integers(-127, 128, 4).tolist(), label)
        pair.rest(seconds)
        pair.program(0, 0, 1, rng.integers(-9000, 9000, 5).tolist())
    pair.restart()
