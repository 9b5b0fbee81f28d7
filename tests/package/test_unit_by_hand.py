"""What a unit of training does, by hand: its samples, their order, its calibration."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from by_hand import outcome, result, tally, task
from seam import chip_of, device_file

from edgeferro.chip.chip import Chip
from edgeferro.controller import Controller
from edgeferro.core.enums import VERDICTS
from edgeferro.core.structs import POINT_DTYPE, Calibration
from edgeferro.core.symmetry import LayerMap, map_points, verdict_counts
from edgeferro.core.tally import PHASES
from edgeferro.errors import ConfigError
from edgeferro.training.ageing import stuck_cells
from edgeferro.training.lesson import make_lesson
from edgeferro.training.plan import Plan, Unit, pass_order
from edgeferro.training.unit import run_unit


@pytest.fixture(scope="module")
def chip(tmp_path_factory: pytest.TempPathFactory) -> Chip:
    """Defaults on the device of round numbers; wide enough for drawn weights."""
    chip = chip_of(device_file(tmp_path_factory.mktemp("device")))
    return chip.with_(**{"network.weight_limit": 2.0})


# ---- order of the samples


def plan(chip: Chip, order: str) -> Plan:
    return Plan(chip, task(), (0, 1), (-1,), 2, order)


def test_every_pass_is_shuffled_anew(chip: Chip) -> None:
    """All samples once a pass; another pass, seed or subject is another order."""
    shuffled = plan(chip, "interleaved")
    lesson = make_lesson(chip, task(), -1, 0)
    count = len(lesson.learn_labels)
    orders = {
        tuple(pass_order(shuffled, Unit(subject, seed), lesson, index).tolist())
        for subject in (0, 1, 2)
        for seed in (0, 1, 2)
        for index in (0, 1, 2)
    }
    assert orders <= set(permutations(range(count)))
    assert len(orders) > 12  # 27 draws of 24 orders: 16 or so differ
    for subject, seed in ((0, 0), (1, 0), (0, 1)):
        unit = Unit(subject, seed)
        passes = [
            tuple(pass_order(shuffled, unit, lesson, i).tolist()) for i in range(6)
        ]
        again = pass_order(shuffled, unit, lesson, 0)
        assert passes[0] == tuple(again.tolist())
        assert len(set(passes)) > 3


def test_recordings_one_after_another(chip: Chip) -> None:
    """The samples of a recording stay together, in their order, recordings in theirs.

    The half to learn from is samples 0..3, of recordings 3, 3, 2, 2.
    """
    lesson = make_lesson(chip, task(), -1, 0)
    assert [3, 3, 2, 2] == lesson.learn_recordings.tolist()
    for index in (0, 1):
        found = pass_order(plan(chip, "recording"), Unit(-1, 0), lesson, index)
        assert [2, 3, 0, 1] == found.tolist()


def test_the_halves_of_a_task(chip: Chip) -> None:
    """What is learned is never tested; pixels 0..230 become codes 0..127."""
    lesson = make_lesson(chip, task(), -1, 0)
    assert [0, 1, 0, 1] == lesson.learn_labels.tolist()
    # 0, 10, 20 of 230: 0, 5.52, 11.04; and the last sample's 210, 220, 230
    assert [0, 6, 11] == lesson.learn_codes[0].tolist()
    assert [116, 121, 127] == lesson.test_codes[3].tolist()


# ---- a unit from its parts


def test_a_unit_replayed(chip: Chip) -> None:
    """Program, test, learn pass by pass, test: the same with a controller by itself."""
    own = chip.with_(**{"network.hidden": [3], "program.iterations": 12})
    pixels = [[9, 1], [1, 9], [7, 3], [3, 6], [8, 4], [5, 8], [6, 5], [4, 5]]
    sorted_task = replace(task(), features=np.array(pixels, np.uint8) * 25)
    how = Plan(own, sorted_task, (7,), (-1,), 6, "interleaved")
    found = run_unit(how, how.units[0])
    assert found is not None
    lesson = make_lesson(own, sorted_task, -1, 7)
    itself = Controller(lesson.image)
    missed = sum(itself.program())
    reference_missed = sum(itself.reference_missed)
    setup = [itself.peek("wear", layer).astype(int) for layer in (0, 1)]
    curve, right = [], 0
    for index in range(7):
        tested = itself.predict(lesson.test_codes)
        curve.append(float(np.mean(tested == lesson.test_labels)))
        if index < 6:
            order = pass_order(how, how.units[0], lesson, index)
            codes, labels = lesson.learn_codes[order], lesson.learn_labels[order]
            right += int(np.sum(itself.learn(codes, labels) == labels))
    assert curve[0] < curve[1] < curve[6]  # figures tell these passes apart
    assert (curve[0], tuple(curve[1:])) == (found.before, found.curve)
    assert (curve[6], right / 24) == (found.after, found.online)
    assert missed > 0
    # 3 rows of two pixels and a bias, 2 rows of three hidden ones and a bias
    assert (missed, 3 * 3 + 2 * 4) == (found.missed, found.cells)
    assert reference_missed == found.reference_missed
    worn = [itself.peek("wear", layer).astype(int) for layer in (0, 1)]
    learned = [after - before for after, before in zip(worn, setup, strict=True)]
    most = tuple(max(int(w.max()) for w in kind) for kind in (worn, setup, learned))
    assert most == (found.worn, found.worn_setup, found.worn_learning)
    assert itself.tally == found.tally == found.history[5]
    assert itself.signature == found.signature
    assert [4, 8, 12, 16, 20, 24] == [passed.updates for passed in found.history]


# ---- calibration


def test_levels_lean_to_the_side_that_bends() -> None:
    """SPEC 16.5: M = (M_u alpha + M_d gamma) / (alpha + gamma), the same for one cell.

    X, Y, Z, W of 0, 12, 20, 8 codes: steps up of 12 and 8, down of 12 and 8, so M_u = 6
    and M_d = 14 with alpha = gamma: 10 codes. With 0, 12, 20, 9 the down step bends
    less, 11 and 9: alpha is (12 - 8) / (10 x 12) = 1/30, gamma (11 - 9) / (10 x 11) =
    1/55; (6 / 30 + 14.5 / 55) / (1 / 30 + 1 / 55) = 9 codes. Means of two steps on
    curves like those are off by (12 / 30)^2 / 8 and (11 / 55)^2 / 8, parts of a step:
    by (1/200 - 1/50) / (1/30 + 1/55) = -0.29 codes.
    """
    how = Calibration(0, 2, 5, 4, 4, 4, 128, 20, 512)
    # 4 windows of 5 quads of 2 readings = 40; a code is 2^20 / (128 x 64) = 128
    for codes, level in (([0, 12, 20, 8], 10.0), ([0, 12, 20, 9], 9.0 - 0.29)):
        points = np.zeros((1, 1), POINT_DTYPE)
        points["verdict"] = VERDICTS.index("found")
        points["sums"] = np.array(codes) * 40
        found = map_points(points, how, verify_code=64)
        assert level * 128 == pytest.approx(found.levels[0, 0], abs=1.5)


def test_cells_without_a_point_of_their_own() -> None:
    """A stuck cell is where it stands, one without crossing where the others are."""
    points = np.zeros((1, 4), POINT_DTYPE)
    names = ("found", "stuck", "no crossing", "not settled")
    points["verdict"] = [[VERDICTS.index(name) for name in names]]
    points["sums"] = [[[40] * 4, [10] * 4, [77] * 4, [-20] * 4]]
    how = Calibration(0, 1, 5, 2, 4, 4, 128, 20, 512)
    found = map_points(points, how, verify_code=64)
    # found: 40 / (2 windows x 5 quads) = 4 codes of 128; others one window: 10 / 5
    assert [[512, 256, 512, -512]] == found.levels.tolist()
    assert {"found": 1, "stuck": 1, "no crossing": 1, "not settled": 1} == (
        verdict_counts([found])
    )


def test_an_array_without_a_point() -> None:
    """Where no cell was found there is nothing to shift to, and it says so."""
    points = np.zeros((2, 2), POINT_DTYPE)
    points["verdict"] = [[2, 2], [3, 4]]
    how = Calibration(0, 1, 5, 2, 4, 4, 128, 20, 512)
    said = (
        r"^calibration, layer 1: none of 4 cells has a symmetry point \(2 stuck, 1 no "
        r"crossing, 1 not settled\); nothing to shift to, at least 1 is needed$"
    )
    with pytest.raises(ConfigError, match=said):
        map_points(points, how, 64, "calibration, layer 1")
    points["verdict"] = 0
    with pytest.raises(ConfigError, match=r"^points: records that no calibration"):
        map_points(points, how, 64)


def test_offsets_are_means_of_found_cells() -> None:
    """A column's own found cells; where it has none, those of the whole array."""
    levels = np.array([[100, 900, 7], [300, 500, 8]], np.int16)
    verdicts = np.array([[1, 2, 2], [1, 1, 3]], np.uint8)
    found = LayerMap(levels, verdicts, np.zeros((2, 3), np.uint16))
    assert [200, 500, 300] == found.offsets().tolist()


# ---- what failed and aged


def test_stuck_cells_are_counted() -> None:
    """The mark of SPEC 3.2 is -128 in the common spread, and nowhere else."""
    spread = np.zeros((2, 2, 4), np.int8)
    spread[0, 1] = [-128, 1, 0, 0]
    spread[1, 0] = [-128, -1, 0, 0]
    spread[1, 1] = [-127, -128, -128, -128]
    assert 2 == stuck_cells(spread)


def test_reliability_in_words(chip: Chip) -> None:
    """1024 pulses with an onset of 256 are two doublings; 7200 s two half-lives."""
    aged = chip.with_(
        **{
            "reliability.fatigue": 0.1,
            "reliability.imprint": -0.05,
            "reliability.wear_onset": 256,
            "reliability.disturb": 0.01,
            "reliability.drift": 0.01,
            "reliability.retention_s": 3600,
            "reliability.stuck_low": 0.25,
        }
    )
    seen = {(phase, "half_selected"): 100 for phase in PHASES}
    counts = tally({**seen, ("idle", "rest_s"): 7200})
    chips = [result(s, tally=counts, cells=50, stuck=9, worn=1024) for s in (0, 1)]
    lines = "\n".join(outcome(aged, *chips).reliability())
    assert "stuck cells: 18 of 100 (stated 25 % low, 0 % high)" in lines
    assert "fatigue: steps of the most worn cell at 80 % after 1024 pulses, " in lines
    assert "2.0 doublings beyond 256" in lines
    assert "imprint: steps of the most worn cell -10 % up, +10 % down" in lines
    assert "disturb: 300 half-selects a chip, 1 % of a step each" in lines
    assert "retention: 25 % of the distance to +0 is left" in lines
    assert "drift: deviation 0.849 of a state after 7200 s" in lines  # 0.01 x sqrt 7200
