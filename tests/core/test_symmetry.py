"""Levels from sums (SPEC 16.5, 16.6): cells whose points are known exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pytest
from edgeferro._core import ffi, lib

FOUND, STUCK, NO_CROSSING, NOT_SETTLED = 1, 2, 3, 4
READS: Final = {"quads": 8, "windows": 6, "reads": 1}
GAIN: Final = {"mantissa": 129, "shift": 21, "verify_code": 127}  # 255 codes are 2.0
CODES: Final = 129 * 127 * 2**15 / 2**21  # of a state of 1.0
READINGS: Final = 48
UNTOUCHED: Final = 12345
Law = Callable[[Any], Any]


def call(sums: Any, verdicts: Any, **changes: int) -> tuple[int, list[int]]:
    """Status and levels; one more place than cells shows what is written."""
    rows = np.ascontiguousarray(sums, np.int32).reshape(-1, 4)
    kinds = np.full(len(rows), FOUND, np.uint8)
    kinds[:] = verdicts
    levels = np.full(len(rows) + 1, UNTOUCHED, np.int16)
    reads = ffi.new("struct ef_symmetry_reads *", {**READS, **GAIN, **changes})
    status = lib.ef_symmetry_levels(
        ffi.from_buffer("int16_t[]", levels),
        ffi.from_buffer("int32_t[]", rows),
        ffi.from_buffer("uint8_t[]", kinds),
        len(rows),
        reads,
    )
    assert UNTOUCHED == levels[-1]
    return status, levels[:-1].tolist()


def levels(sums: Any, verdicts: Any = FOUND, **changes: int) -> np.ndarray:
    """Levels as states, of sums that are in order."""
    status, found = call(sums, verdicts, **changes)
    assert lib.EF_SYMMETRY_OK == status
    return np.array(found) / 2**15


def bell(a: float, alpha: float, beta: float) -> Law:
    """The rising kernel of a shipped device: a step of a state -1..1."""

    def step(state: Any) -> Any:
        w = (state + 1) / 2
        return 2 * a * w ** (alpha - 1) * (1 - w) ** (beta - 1)

    return step


# up and down: soft bounds of a hundred states and of twelve, and the 50 mV staircase
LAWS: Final[dict[str, tuple[Law, Law]]] = {
    "soft bounds": (lambda s: 0.026 * (1 - s), lambda s: 0.014 * (1 + s)),
    "coarse soft bounds": (lambda s: 0.2 * (1 - s), lambda s: 0.13 * (1 + s)),
    "staircase": (bell(0.2611, 1.6429, 1.9873), bell(0.5969, 2.4585, 1.6885)),
    "rising": (lambda s: 0.05 + 0.02 * s, lambda s: 0.06 + 0.05 * s),
}


def cells(law: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Sums of cells at rest in their quads, and the states where their steps cross.

    Each cell's steps are the law's, times two numbers of its own, 10 % around 1.
    """
    up, down = LAWS[law]
    draw = np.random.default_rng(count)
    scales = np.clip(draw.normal(1.0, 0.1, (2, count)), 0.7, 1.3)
    low, high = np.full(count, -0.999), np.full(count, 0.999)
    for _ in range(60):
        middle = (low + high) / 2
        rising = scales[0] * up(middle) > scales[1] * down(middle)
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    state = low.copy()
    for _ in range(2000):
        quad = [state]
        for law_of, scale, sign in ((up, 0, 1), (up, 0, 1), (down, 1, -1)):
            quad.append(quad[-1] + sign * scales[scale] * law_of(quad[-1]))
        state = quad[-1] - scales[1] * down(quad[-1])
    sums = np.rint(np.array(quad).T * CODES * READINGS)
    return sums.astype(np.int32), low


def test_the_cells_worked_through() -> None:
    """The example of SPEC 16.5."""
    sums = [[0, 300, 500, 200], [400, 680, 880, 580]]
    how = {"quads": 5, "windows": 2, "reads": 2, "mantissa": 128, "shift": 18}
    assert (0, [418, 1034]) == call(sums, FOUND, **how, verify_code=64)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(
    ("count", "slope", "rms"),
    [(1000, 0.02, 0.002), (70, 0.02, 0.002), (40, 0.1, 0.005)],
)
def test_points_of_laws(law: str, count: int, slope: float, rms: float) -> None:
    """Found against true goes as 1.00, and is near it in parts of full scale (2.0)."""
    sums, truth = cells(law, count)
    found = levels(sums)
    assert 1.0 == pytest.approx(np.polyfit(truth, found, 1)[0], abs=slope)
    assert np.sqrt(np.mean((found - truth) ** 2)) / 2 <= rms


@pytest.mark.parametrize("law", ["soft bounds", "coarse soft bounds", "staircase"])
def test_one_weight_for_all_would_be_biased(law: str) -> None:
    """The cells above are no easy ones: one weight for a whole array is worse."""
    sums, truth = cells(law, 1000)
    x, y, z, w = sums.T / CODES / READINGS
    up, down = (2 * y - x - z).sum(), (x + z - 2 * w).sum()
    weight = np.clip(up / (up + down), 0, 1)
    one = weight * (x + y) / 2 + (1 - weight) * (z + w) / 2
    rms = [np.sqrt(np.mean((f - truth) ** 2)) for f in (one, levels(sums))]
    assert rms[0] > 3 * rms[1]


@pytest.mark.parametrize("count", [1, 3, 4, 8, 20])
def test_few_cells(count: int) -> None:
    """With few cells the curves are plainer; no level leaves its own quad."""
    sums, truth = cells("coarse soft bounds", count)
    found = levels(sums)
    low, high = sums[:, 0] / CODES / READINGS, sums[:, 2] / CODES / READINGS
    assert ((low < found) & (found < high)).all()
    assert np.abs(found - truth).max() <= (high - low).max() / 8


def test_flat_steps_are_weighed_alike() -> None:
    """Steps that don't bend cross everywhere: the plain middle of the readings."""
    start = np.arange(-40, 40) * READINGS
    step = 6 * READINGS
    sums = np.array([start, start + step, start + 2 * step, start + step]).T
    expected = (start / READINGS + 6) / CODES
    assert levels(sums) == pytest.approx(expected, abs=1 / 2**15)


def test_cells_in_any_order() -> None:
    """A cell's level does not depend on where it stands among the others."""
    sums, _ = cells("staircase", 200)
    order = np.random.default_rng(1).permutation(200)
    assert np.array_equal(levels(sums)[order], levels(sums[order]))


def test_a_cell_that_does_not_vote() -> None:
    """A step backwards shapes no curve: the others' levels stay, its own is near."""
    sums, _ = cells("coarse soft bounds", 100)
    alone = levels(sums)
    strange = np.array([[0, 900, 800, 300]])
    found = levels(np.vstack([sums, strange]))
    assert np.array_equal(alone, found[:-1])
    assert 0.0 <= found[-1] <= 900 / READINGS / CODES


def test_no_voters_at_all() -> None:
    """Without a curve a level is the plain middle of its readings."""
    assert (0, [512]) == call(
        [[40] * 4], FOUND, quads=5, windows=2, mantissa=128, shift=20, verify_code=64
    )


def test_other_cells() -> None:
    """Stuck and restless cells stand where they are; no crossing: as the found ones."""
    sums, _ = cells("soft bounds", 9)
    kinds = [FOUND] * 9 + [STUCK, NO_CROSSING, NOT_SETTLED]
    one_window = [[80] * 4, [-48] * 4, [-16, -8, 0, -8]]  # of 8 readings
    found = levels(np.vstack([sums, one_window]), kinds)
    assert levels(sums).tolist() == found[:9].tolist()
    assert 10 / CODES == pytest.approx(found[9], abs=1 / 2**15)
    assert found[:9].mean() == pytest.approx(found[10], abs=1 / 2**16)
    assert -1 / CODES == pytest.approx(found[11], abs=1 / 2**15)


def test_levels_saturate() -> None:
    """A gain under which the readings pass the ends of the range."""
    sums = np.array([[-490] * 4, [490] * 4]) * READINGS
    assert (0, [-32768, 32767]) == call(sums, FOUND, shift=30)
    assert (0, [0, 0]) == call(sums, FOUND, shift=0)


def test_any_sums() -> None:
    """Whatever a bus delivers gives levels, at most a swing away from the readings."""
    draw = np.random.default_rng(3)
    for _ in range(300):
        count = int(draw.choice([1, 8, 33, 65]))
        quads, windows, reads = (int(n) for n in draw.integers(1, (65, 65, 17)))
        top = 512 * quads * windows * reads
        sums = draw.integers(-top, top + 1, (count, 4))
        shape = {"quads": quads, "windows": windows, "reads": reads}
        status, found = call(sums, FOUND, **shape)
        codes = sums / (top / 512)
        low, high = codes.min(axis=1), codes.max(axis=1)
        state = np.clip([(2 * low - high), (2 * high - low)] / np.array(CODES), -1, 1)
        assert lib.EF_SYMMETRY_OK == status
        assert (state[0] - 1e-4 <= np.array(found) / 2**15).all()
        assert (np.array(found) / 2**15 <= state[1] + 1e-4).all()


@pytest.mark.parametrize("verdict", [STUCK, NO_CROSSING, NOT_SETTLED])
def test_no_found_cell(verdict: int) -> None:
    """Nothing to shift to is told, and nothing is written."""
    sums = np.zeros((3, 4))
    assert (lib.EF_SYMMETRY_ERROR_NONE, [UNTOUCHED] * 3) == call(sums, verdict)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("quads", (0, 65)),
        ("windows", (0, 65)),
        ("reads", (0, 17)),
        ("mantissa", (0, 256)),
        ("shift", (48,)),
        ("verify_code", (0, 512)),
    ],
)
def test_reads_out_of_range(name: str, values: tuple[int, ...]) -> None:
    """Each setting outside its range is refused, and nothing is written."""
    sums = np.array([[0, 300, 500, 200]])
    for value in values:
        expected = (lib.EF_SYMMETRY_ERROR_RANGE, [UNTOUCHED])
        assert expected == call(sums, FOUND, **{name: value})


@pytest.mark.parametrize(
    ("sums", "verdict"),
    [
        ([0, 0, 0, 0], 0),
        ([0, 0, 0, 0], 5),
        ([8192 * READINGS + 1, 0, 0, 0], FOUND),
        ([0, 0, 0, -8192 * READINGS - 1], NO_CROSSING),
        ([0, 8192 * 8 + 1, 0, 0], STUCK),
        ([-(2**31), 0, 0, 0], NOT_SETTLED),
    ],
)
def test_records_out_of_range(sums: list[int], verdict: int) -> None:
    """A pending cell, or a sum of more than its readings, is refused."""
    both = [[0, 300, 500, 200], sums]
    expected = (lib.EF_SYMMETRY_ERROR_RANGE, [UNTOUCHED] * 2)
    assert expected == call(both, [FOUND, verdict])
