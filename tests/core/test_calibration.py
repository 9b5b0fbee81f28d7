"""The search for symmetry points in the controller (SPEC 16), verdict by verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import plain
import pytest
from lockstep import Pair

import edgeferro as ef
from edgeferro.core.emulator import Core
from edgeferro.core.enums import VERDICTS
from edgeferro.core.structs import POINT_DTYPE, Calibration

GRID = np.arange(65)
UP, DOWN = (64 - GRID) * 3_000_000, GRID * 2_000_000
HOW = {"pulse_class": 0, "reads": 1, "quads": 4, "windows": 2, "tolerance": 8}
HOW |= {"probe": 5, "mantissa": 129, "shift": 21, "limit": 256}


def registers(up: np.ndarray = UP, down: np.ndarray = DOWN, **changes: Any) -> Any:
    """One array of 6 x 2 cells of soft bounds: symmetry point at +0.2."""
    knots = np.array([[up, down]], np.int32)
    return plain.registers([plain.layer(6, 2)], knots=knots, **changes)


def search(chip: Core, windows: int = 80, **changes: Any) -> np.ndarray:
    """Points of column 1 after some windows."""
    points = np.zeros(6, POINT_DTYPE)
    for _ in range(windows):
        chip.calibrate_column(0, 0, 1, points, Calibration(**{**HOW, **changes}))
    return points


def verdicts(points: np.ndarray) -> list[str]:
    """Verdicts in words."""
    return [VERDICTS[v] for v in points["verdict"].tolist()]


@pytest.mark.parametrize("start", [-(2**30), 0, 2**30])
def test_found_from_anywhere(start: int) -> None:
    """Soft bounds cross at +0.2: the level that the readings give."""
    points = search(Core(registers(initial_state=start)))
    assert ["found"] * 6 == verdicts(points)
    level = points["sums"].sum(1) / (4 * HOW["quads"] * (points["windows"] - 1))
    assert level / 255 == pytest.approx(0.2, abs=0.02)


def test_stuck_at_a_rail() -> None:
    """A cell that no pulse moves is stuck."""
    assert ["stuck"] * 6 == verdicts(search(Core(registers(stuck_high=2**32 - 1))))


def test_rail_without_steps_is_stuck() -> None:
    """A cell that stands where the up step is zero is stuck, and not found there."""
    dead = np.where(GRID < 2, 0, UP)
    points = search(Core(registers(up=dead, initial_state=1 - 2**31)))
    assert ["stuck"] * 6 == verdicts(points)


def test_no_crossing() -> None:
    """Up steps that are always larger end at the rail, which the test pulses show."""
    points = search(Core(registers(up=np.full(65, 20_000_000), down=DOWN // 8)))
    assert ["no crossing"] * 6 == verdicts(points)


@pytest.mark.parametrize("probe", [3, 4, 15])
@pytest.mark.parametrize(("up", "down"), [(20, 12), (60, 12), (12, 20), (12, 60)])
def test_hard_rails(probe: int, up: int, down: int) -> None:
    """Steps that don't bend at all end at a rail; no number of test pulses hides it."""
    steps = {"up": np.full(65, up * 10**6), "down": np.full(65, down * 10**6)}
    points = search(Core(registers(**steps)), probe=probe)
    assert ["no crossing"] * 6 == verdicts(points)


@pytest.mark.parametrize("probe", [3, 4, 15])
def test_a_point_near_a_rail(probe: int) -> None:
    """Three large steps from the rail, where they get smaller, there is a crossing."""
    up, down = (64 - GRID) * 5_000_000, GRID * 20_000_000
    points = search(Core(registers(up=up, down=down)), probe=probe)
    assert ["found"] * 6 == verdicts(points)


def test_not_settled() -> None:
    """Small steps from far away are not quiet within the limit."""
    points = search(
        Core(registers(up=UP // 16, down=DOWN // 16, initial_state=-(2**31) + 1)),
        quads=2,
        limit=8,
        tolerance=1,
    )
    assert ["not settled"] * 6 == verdicts(points)
    assert [8] * 6 == points["quads"].tolist()


def test_spent_pulses_are_pulses_of_calibration() -> None:
    """Every pulse stands in the tally's calibrate phase and in the cells' wear."""
    chip = Core(registers())
    points = search(chip)
    probes = 4 * HOW["probe"] + 4
    assert (4 * points["quads"] + probes).tolist() == chip.peek("wear", 0)[
        :, 1
    ].tolist()
    words = ef.Tally.from_words(chip.tally_words())
    assert int(chip.peek("wear", 0).sum()) == words.phase_pulses("calibrate")
    assert 0 == words.phase_pulses("program")


def test_finished_cells_are_left_alone() -> None:
    """A command without pending cells changes nothing at all."""
    chip = Core(registers())
    points = search(chip)
    before = chip.signature()
    chip.calibrate_column(0, 0, 1, points, Calibration(**HOW))
    assert before == chip.signature()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"stuck_low": 2**31, "stuck_high": 2**30},
        {"c2c": [200] * 16, "d2d_common": 9000, "d2d_asymmetry": 9000},
        {"up": np.full(65, 20_000_000), "down": DOWN // 8},
        {"up": UP // 16, "down": DOWN // 16, "initial_state": -(2**31) + 1},
    ],
)
def test_lockstep(changes: dict[str, Any]) -> None:
    """Golden model and core agree in every record and register, to the verdict."""
    pair = Pair(registers(**changes))
    how = Calibration(**{**HOW, "quads": 2, "windows": 1, "limit": 40})
    pair.calibrate(0, 0, 1, 24, how)
    pair.calibrate(0, 0, 0, 3, Calibration(**{**HOW, "quads": 1, "reads": 3}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pulse_class", 1),
        ("reads", 17),
        ("quads", 0),
        ("windows", 65),
        ("tolerance", 0),
        ("probe", 2),
        ("mantissa", 0),
        ("shift", 48),
        ("limit", 60_001),
    ],
)
def test_settings_out_of_range(name: str, value: int) -> None:
    """A setting out of range is refused as one, and nothing changes."""
    chip = Core(registers())
    before = chip.signature()
    with pytest.raises(ef.DataError, match=r"layer 0 plane 0 column 1: .* range"):
        chip.calibrate_column(
            0, 0, 1, np.zeros(6, POINT_DTYPE), Calibration(**{**HOW, name: value})
        )
    assert before == chip.signature()
