"""A chip that trims its converters: when, what is left, what it takes and who says so.

Chips are 3-4-2 on the device of round numbers. Converters that are read: 4 rows, then 2
rows and 4 inputs; nothing is read back to the first layer's inputs.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from by_hand import outcome, result, tally, task
from seam import chip_of, device_file
from seam_rows import ERRING, TRIMMED

from edgeferro.array import Array
from edgeferro.budget.counts import RunFigures
from edgeferro.budget.day import Day
from edgeferro.chip.chip import Chip
from edgeferro.classifier import FerroClassifier
from edgeferro.controller import Controller
from edgeferro.core.converters import Trimming
from edgeferro.errors import StateError
from edgeferro.mapping.images import new_image
from edgeferro.sweeping.row import outcome_row
from edgeferro.training.plan import Plan
from edgeferro.training.show import converter_lines
from edgeferro.training.unit import UnitResult, run_unit

SIDES = [(0, "forward"), (1, "forward"), (1, "backward")]
LINES = 4 + 2 + 4
near = pytest.approx


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return device_file(tmp_path_factory.mktemp("device"))


def controller(device: Path, **changes: Any) -> Controller:
    """A chip, brought up and not programmed."""
    chip = chip_of(device).with_(**{**TRIMMED, **changes})
    return Controller(new_image(chip, (3, 4, 2), np.zeros((1, 3)), seed=3))


# ---- the trim itself


def test_what_is_left(device: Path) -> None:
    """Errors of 2 codes and 1 % fall to a unit of their trims, 0.078 codes and 0.04 %.

    A quiet converter stands within one unit of the smallest trim that does not read too
    low; that of the gain is of a code at 128, which carries what is left of the offset.
    """
    chip = controller(device)
    drawn = chip.converter_report()
    assert [(r["layer"], r["side"]) for r in drawn] == SIDES
    assert all(0.5 < row["offset_codes"] < 4.5 for row in drawn)
    assert all(0.002 < row["gain"] < 0.022 for row in drawn)
    found = chip.trim()
    assert (2 * LINES, 0) == (found.registers, found.ends)
    for row in chip.converter_report():
        assert row["offset_codes"] < 1 / 16 + 321 / 4096
        assert row["gain"] < 6586 / 2**24 + (1 / 16 + 321 / 4096) / 128


def test_a_console_shows_a_trim_in_a_few_lines(device: Path) -> None:
    """Counts that are not zero, by name."""
    shown = repr(controller(device).trim())
    assert shown.startswith("Trimming(tally=Tally({'events': {'calibrate': {")
    assert shown.endswith(f"registers={2 * LINES}, ends=0)")
    assert f"'adc': {16 * 16 * LINES}" in shown
    assert "infer" not in shown
    assert len(shown) < 250


def test_the_report_is_of_reads(device: Path) -> None:
    """An offset of the report is what a read of nothing shows, where no code is cut."""
    chip = controller(device, **{"converters.trim": False})
    seen = [chip.core.forward(0, np.zeros(4, np.int16)).astype(float)]
    row = chip.converter_report()[0]
    assert row["offset_codes"] == near(float(np.sqrt(np.mean(seen[0] ** 2))), abs=0.5)


def test_what_it_counts(device: Path) -> None:
    """16 readings of 16 reads a side: conversions, comparisons, time (SPEC 11.1, 12.1).

    Three sides of 10 converters. A reading takes 16 (1 + lines) cycles, a side ends
    with lines of them; 8 of its readings drive a charge 16 times.
    """
    found = controller(device).trim().tally
    counts = {
        "adc": 16 * 16 * LINES,
        "compare": 16 * LINES,
        "dac_input": 3 * 8 * 16,
        "sram_write": 2 * LINES,
        "cycle": 16 * 16 * (3 + LINES) + LINES,
        "analog_ns": 3 * 16 * 16 * 10_000,
    }
    assert {"events": {"calibrate": counts}} == {
        name: content for name, content in found.to_dict().items() if content
    }


def test_fewer_reads_and_one_register(device: Path) -> None:
    """Four reads instead of sixteen, offsets alone: an eighth of the conversions."""
    few = {"converters.trim_reads": 4, "converters.adc_gain_error": 0.0}
    chip = controller(device, **few)
    found = chip.trim()
    assert (LINES, 8 * 4 * LINES) == (
        found.registers,
        found.tally.event("calibrate", "adc"),
    )
    assert not chip.peek("trim", 0)[:, 0].any()
    assert chip.peek("trim", 0)[:4, 1].any()


# ---- when it is done


def test_programming_trims_once(device: Path) -> None:
    """Before anything is read; a second programming finds its converters trimmed."""
    chip = controller(device)
    chip.program()
    assert chip.trimming is not None
    spent = chip.trimming.tally
    assert spent.event("calibrate", "adc") == chip.tally.event("calibrate", "adc")
    trims = chip.peek("trim", 1).copy()
    assert trims[:2].any()
    assert trims[2:].any()
    assert not chip.peek("trim", 0)[4:].any()
    chip.program()
    assert spent.event("calibrate", "adc") == chip.tally.event("calibrate", "adc")
    assert trims.tolist() == chip.peek("trim", 1).tolist()


def test_calibrating_trims_first(device: Path) -> None:
    """Symmetry points are looked for through converters that are trimmed."""
    level = {"array.reference_level": "calibrated", "calibration.limit": 16}
    chip = controller(device, **level)
    chip.calibrate()
    assert chip.trimming is not None
    trims = [chip.peek("trim", layer).tolist() for layer in (0, 1)]
    alone = controller(device, **level)
    alone.trim()
    assert trims == [alone.peek("trim", layer).tolist() for layer in (0, 1)]


def test_a_restored_chip_is_trimmed(device: Path) -> None:
    """A snapshot holds the trims: the chip that takes it does not trim again."""
    first, second = controller(device), controller(device)
    first.program()
    second.restore(first.snapshot())
    second.program()
    assert second.trimming is None
    assert first.converter_report() == second.converter_report()


def test_without_a_trim(device: Path) -> None:
    """Nobody trims a chip that does not ask for it, and a report has nothing to say."""
    chip = controller(device, **{"converters.trim": False})
    with pytest.raises(StateError, match=r"trim: converters\.trim is not true"):
        chip.trim()
    chip.program()
    assert chip.trimming is None
    assert 0 == chip.tally.event("calibrate", "adc")
    plain = Controller(new_image(chip_of(device), (3, 4, 2), np.zeros((1, 3)), seed=3))
    assert [] == plain.converter_report()


def test_an_array_trims_both_sides(device: Path) -> None:
    """An array by itself can be read either way: all its converters are trimmed."""
    array = Array(chip_of(device).with_(**TRIMMED), 4, 3, seed=5)
    trims = array.core.peek("trim", 0)
    assert trims[:4].any()
    assert trims[4:].any()
    assert 16 * 16 * 7 == array.tally.event("calibrate", "adc")
    erring = Array(chip_of(device).with_(**ERRING), 4, 3, seed=5)
    assert 0 == erring.tally.event("calibrate", "adc")


# ---- a run


def run(chip: Chip, **options: Any) -> UnitResult | None:
    """One unit of a task of eight samples, three passes."""
    small = chip.with_(**{"network.hidden": [4], "network.weight_limit": 2.0})
    plan = Plan(small, task(), (0,), (-1,), 3, "interleaved")
    return run_unit(plan, plan.units[0], **options)


def test_a_resumed_run_does_not_trim_again(device: Path) -> None:
    """Stopped after its first pass and resumed: the same counts, the same trim."""
    chip = chip_of(device).with_(**TRIMMED)
    whole = run(chip)
    states: list[Any] = []

    def stop(state: Any, _: float) -> bool:
        states.append(state)
        return False

    assert run(chip, keep_state=True, on_checkpoint=stop) is None
    resumed = run(chip, resume=states[0])
    assert whole is not None
    assert resumed is not None
    assert whole.trimming is not None
    assert whole.to_dict() == resumed.to_dict()
    assert UnitResult.from_dict(whole.to_dict()).to_dict() == whole.to_dict()
    assert whole.drawn != whole.converters


@pytest.mark.filterwarnings("ignore")
def test_every_door_trims(device: Path) -> None:
    """The classifier's chip is trimmed, and still is when it comes from a pickle."""
    chip = chip_of(device).with_(**TRIMMED)
    x = np.linspace(-1.0, 1.0, 60).reshape(20, 3)
    clf = FerroClassifier(chip=chip, hidden=(4,), passes=1, random_state=1)
    clf.fit(x, np.arange(20) % 2)
    assert clf.controller_.trimming is not None
    again = pickle.loads(pickle.dumps(clf))
    trims = clf.controller_.peek("trim", 1)
    assert trims.any()
    assert trims.tolist() == again.controller_.peek("trim", 1).tolist()


def test_set_up_holds_the_trim(device: Path) -> None:
    """A sweep's column of set-up and a budget's calibration, a year or more often."""
    run = two_units(device)
    each = run.energy()
    spent = 400 * row(each) + 60_000 * each.each("cycle")
    assert near(spent / 10**15) == outcome_row(run)["setup_energy_fj"]
    day = Day(RunFigures.of(run), run.plan.chip.usage)
    found = day.operation("calibration")
    assert spent // 2 == found.energy.value
    assert near(0.003) == found.seconds


# ---- figures over units


def rows(offset: float, gain: float) -> tuple[dict[str, Any], ...]:
    """A report of one layer."""
    row = {"layer": 0, "side": "forward", "offset_codes": offset, "gain": gain}
    return (row,)


def trimming(adc: int, ends: int) -> Trimming:
    """A trim of so many conversions, and 30,000 cycles at 10 MHz."""
    counts = {("calibrate", "adc"): adc, ("calibrate", "cycle"): 30_000}
    return Trimming(tally(counts), 20, ends)


def row(report: Any) -> int:
    """A row that is converted: its converter, and its bias."""
    return report.each("adc") + report.each("bias_row")


def two_units(device: Path, ends: int = 0) -> Any:
    """Offsets of 3 and 4 codes, gains of 1 %; 0.03 and 0.04, 0.1 % after the trim."""
    chip = chip_of(device).with_(**TRIMMED)
    units = [
        result(
            seed=seed,
            drawn=rows(3.0 + seed, 0.01),
            converters=rows((3.0 + seed) / 100, 0.001),
            trimming=trimming(100 + 200 * seed, ends * seed),
            tally=trimming(100 + 200 * seed, 0).tally,
        )
        for seed in (0, 1)
    ]
    return outcome(chip, *units, passes=0)


def test_figures_of_converters(device: Path) -> None:
    """Roots of mean squares: of 9 and 16 codes squared 3.5355, as made; a hundredth."""
    (found,) = two_units(device).to_dict()["converters"]
    assert ("forward", 0) == (found["side"], found["layer"])
    assert near(12.5**0.5) == found["drawn_offset_codes_rms"]
    assert near(12.5**0.5 / 100) == found["offset_codes_rms"]
    assert near(0.01) == found["drawn_gain_rms"]
    assert near(0.001) == found["gain_rms"]


def test_figures_of_a_trim(device: Path) -> None:
    """100 and 300 conversions are 200 a chip, 3 ms each; energy as the prices say."""
    run = two_units(device, ends=3)
    found = run.to_dict()["trim"]
    assert (200, 40, 3) == (
        found["conversions"],
        found["registers"],
        found["registers_at_their_end"],
    )
    assert near(0.003) == found["seconds"]
    each = run.energy()
    spent = 200 * row(each) + 30_000 * each.each("cycle")
    assert near(spent / 10**15) == found["energy_fj"]["value"]
    assert found["energy_fj"]["low"] < found["energy_fj"]["value"]


def test_a_calibration_is_told_without_its_trim(device: Path) -> None:
    """Both are of one phase: what a trim took is not the search's."""
    both = {("calibrate", "adc"): 1000, ("calibrate", "cycle"): 90_000}
    unit = result(
        verdicts={"found": 1},
        trimming=trimming(400, 0),
        tally=tally(both, updates=1),
    )
    found = outcome(chip_of(device).with_(**TRIMMED), unit)
    assert near(0.006) == found.to_dict()["calibration"]["seconds"]
    each = found.energy()
    spent = 600 * row(each) + 60_000 * each.each("cycle")
    assert spent == found.calibration_energy().value


def test_what_is_said(device: Path) -> None:
    """Converters as made and after, the trim's price; a remark on registers' ends."""
    said = converter_lines(two_units(device))
    assert (
        "converters of layer 0, forward: offset 3.54 codes rms, gain 1 % rms; "
        "after their trim 0.035 codes, 0.1 %"
    ) == said[0]
    assert said[1].startswith("trim of a chip's converters: 200 conversions, 0.003 s, ")
    assert 2 == len(said)
    assert "trim at its end" not in [r.kind for r in two_units(device).remarks()]
    *_, remark = two_units(device, 3).remarks()
    assert "trim at its end" == remark.kind
    assert remark.text.startswith("3 of 40 trim registers stand at their end")
    assert "err beyond converters.trim_offset_range or trim_gain_range" in remark.text
    assert "or the noise of the readings" in remark.text


def test_what_is_said_without_a_trim(device: Path) -> None:
    """Errors that stay are told, with what would take them back; so is a curve."""
    chip = chip_of(device).with_(**ERRING, **{"converters.adc_inl": [0.5, -1.25, 0.0]})
    unit = result(drawn=rows(2.0, 0.01), converters=rows(2.0, 0.01))
    found = outcome(chip, unit)
    errors, curve = converter_lines(found)
    assert errors.endswith(
        "offset 2 codes rms, gain 1 % rms; not trimmed (converters.trim)"
    )
    assert "converters: nonlinearity up to 1.25 codes" == curve
    assert found.to_dict()["trim"] is None
    assert [] == converter_lines(outcome(chip_of(device), result()))
