"""Figures of runs against numbers worked out by hand: time, accuracy, energy."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from by_hand import outcome, result, tally
from seam import chip_of, device_file

from edgeferro.budget.counts import RunFigures
from edgeferro.budget.day import Day
from edgeferro.chip.chip import Chip
from edgeferro.energy.cells import PulseTerms
from edgeferro.energy.report import EnergyReport, Quantity
from edgeferro.sweeping.row import outcome_row
from edgeferro.training.outcome import Outcome

near = pytest.approx
FJ = 10**15  # quectojoules in a femtojoule


@pytest.fixture(scope="module")
def chip(tmp_path_factory: pytest.TempPathFactory) -> Chip:
    """Defaults on round numbers: 1..3 nS, 2 um2, 10 nm, 50, 50 uC/cm2, 200 ns, 2 V."""
    return chip_of(device_file(tmp_path_factory.mktemp("device")))


# ---- time


def test_seconds_are_cycles_and_analog_time() -> None:
    """30,000 cycles at 10 MHz are 3 ms; 2,000,000 ns beside them make 5 ms."""
    counts = tally(
        {
            ("update", "cycle"): 30_000,
            ("update", "analog_ns"): 2_000_000,
            ("infer", "cycle"): 1_000,
            ("program", "analog_ns"): 7_000,
        }
    )
    assert near(0.005) == counts.seconds("update", 10.0)
    assert near(0.0095) == counts.seconds("update", 4.0)
    assert near(0.0001) == counts.seconds("infer", 10.0)
    assert near(7e-6) == counts.seconds("program", 10.0)
    assert 0.0 == counts.seconds("idle", 10.0)


def test_time_of_a_run_and_of_a_day(chip: Chip) -> None:
    """Two chips, four updates of 5 ms: an update takes 1.25 ms, a hundred 0.125 s."""
    spent = {("update", "cycle"): 15_000, ("update", "analog_ns"): 1_000_000}
    half = tally(spent, updates=2)
    found = outcome(chip, result(0, tally=half), result(1, tally=half))
    assert near(0.005) == found.phase_seconds("update")
    run = RunFigures.of(found)
    day = Day(run, chip.usage)
    assert near(0.00125) == day.operation("update cycle").seconds
    assert near(0.125) == day.busy_s


# ---- accuracy


def two_by_two(chip: Chip) -> Outcome:
    """Subjects 0 and 1, seeds 3 and 4."""
    return outcome(
        chip,
        result(
            0,
            3,
            before=0.1,
            after=0.9,
            online=0.5,
            missed=1,
            reference_missed=16,
            worn=5,
            stuck=1,
        ),
        result(
            1,
            3,
            before=0.2,
            after=0.5,
            online=0.6,
            missed=2,
            reference_missed=32,
            worn=9,
            stuck=0,
        ),
        result(
            0,
            4,
            before=0.3,
            after=0.7,
            online=0.7,
            missed=4,
            reference_missed=64,
            worn=2,
            stuck=4,
        ),
        result(
            1,
            4,
            before=0.4,
            after=0.9,
            online=0.8,
            missed=8,
            reference_missed=128,
            worn=3,
            stuck=2,
        ),
    )


def test_worst_subject(chip: Chip) -> None:
    """0.8 and 0.7 over the seeds: subject 1, though the best chip is one of its own."""
    found = two_by_two(chip)
    assert (1, near(0.7)) == found.worst_subject()
    assert near(0.8) == found.of_subject(0).mean("after")
    assert near([0.25, 0.75, 0.65]) == [
        found.mean(name) for name in ("before", "after", "online")
    ]


def test_of_equals_the_lowest_subject_is_worst(chip: Chip) -> None:
    """Equal means are told by the lowest index."""
    found = outcome(chip, *(result(s, after=0.5) for s in (2, 0, 1)))
    assert (0, 0.5) == found.worst_subject()


def test_figures_of_four_chips(chip: Chip) -> None:
    """Means and sums of `--json`: of all chips, and of each subject."""
    found = two_by_two(chip).to_dict()
    accuracy = {"before": 0.25, "after": 0.75, "online": 0.65, "worst_subject": 0.7}
    assert near({**accuracy, "worst_subject_index": 1}) == found["accuracy"]
    assert (4, 15, 9, 7) == tuple(
        found[name] for name in ("chips", "cells_missed", "worn_most", "stuck")
    )
    assert 16 + 32 + 64 + 128 == found["reference_cells_missed"]
    first, second = found["subjects"]
    assert 32 + 128 == second["reference_cells_missed"]
    assert (0, near(0.8), 5) == (
        first["subject"],
        first["accuracy"]["after"],
        first["cells_missed"],
    )
    assert (1, near(0.7), 10) == (
        second["subject"],
        second["accuracy"]["after"],
        second["cells_missed"],
    )
    assert near(0.7) == second["accuracy"]["worst_subject"]


def test_signature_of_a_run(chip: Chip) -> None:
    """SHA-256 over the units' signatures in the plan's order, 16 digits of it."""
    found = outcome(chip, result(signature="ab" * 8), result(0, signature="cd" * 8))
    text = "ab" * 8 + "cd" * 8
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == found.signature


# ---- pulses and phases


def test_pulses_by_phase(chip: Chip) -> None:
    """Up and down of all classes; learning is one phase, programming another."""
    counts = tally(
        pulses={
            ("update", 0, 0, 0): 100,
            ("update", 0, 1, 0): 20,
            ("update", 1, 0, 0): 3,
            ("update", 0, 0, 2): 999,
            ("program", 0, 0, 0): 7,
            ("calibrate", 0, 1, 0): 40,
        },
        inferences=11,
        updates=5,
    )
    assert (123, 7, 40, 0) == tuple(
        counts.phase_pulses(p) for p in ("update", "program", "calibrate", "infer")
    )
    assert 170 == counts.total_pulses
    found = outcome(chip, result(0, tally=counts), result(1, tally=counts)).to_dict()
    assert (246, 14, 10, 22) == tuple(
        found[n] for n in ("pulses", "pulses_programming", "updates", "inferences")
    )


# ---- energy


def test_pulse_energy_by_hand(chip: Chip) -> None:
    """A swing is 0.5 C/m2 x 2 um2 x 2 V = 2 pJ; conduction 1 nS x 4 V2 x 200 ns.

    2e-12 J / 2^32 units are 465,661,287 qJ (1e-30 J) each. 0.8 fJ at G_min, twice that
    more at G_max: 1.6e-15 J / 65535 codes are 24,414,435,035 qJ. The plates take
    8.8541878128e-12 F/m x 50 x 2 um2 / 10 nm = 88.541878128 fF x 4 V2.
    """
    report = EnergyReport.of_chip(tally(), chip)
    charge = 354_167_512_512_000_000
    wanted = PulseTerms(800_000_000_000_000, 24_414_435_035, 465_661_287, charge)
    assert wanted == report.pulse_terms(0)
    # class 1: 4 V, 1000 ns: 16 / 4 x 5 = 20 times the conduction, twice the swing
    base, step, swing = 16_000_000_000_000_000, 488_288_700_694, 931_322_575
    wanted = PulseTerms(base, step, swing, 4 * charge)
    assert wanted == report.pulse_terms(1)


def test_pulses_in_their_cells(chip: Chip) -> None:
    """Each count times its term; both classes; only of the phase that is asked."""
    counts = tally(
        pulses={
            ("update", 0, 0, 0): 3,
            ("update", 0, 1, 1): 1000,
            ("update", 1, 0, 2): 10,
            ("program", 0, 0, 0): 5,
        }
    )
    report = EnergyReport.of_chip(counts, chip)
    # 3 pulses, 1000 codes, 10 units of class 1; 3 pulses charge 3 cells
    wanted = 2_400_000_000_000_000 + 24_414_435_035_000 + 9_313_225_750
    wanted += 3 * 354_167_512_512_000_000
    assert wanted == report.in_cells("update").value
    program = 4_000_000_000_000_000 + 5 * 354_167_512_512_000_000
    assert program == report.in_cells("program").value
    assert wanted == report.of("update", "array pulses").value
    assert 0 == report.of("update", "array reads").value


def test_read_energy_by_hand(chip: Chip) -> None:
    """1 nS x 0.01 V2 x 10 us / 255 codes at G_min, 2 nS more over 65535 codes.

    1e-16 / 255 = 392,156,862,745 qJ a code; 2e-16 / 255 / 65535 = 11,967,860 qJ.
    """
    counts = tally({("infer", "read_codes"): 10, ("infer", "read_charge"): 1000})
    found = EnergyReport.of_chip(counts, chip).by_part["array reads"]
    wanted = 10 * 392_156_862_745 + 1000 * 11_967_860
    assert near(wanted, rel=1e-6) == found.value
    assert found.low == found.value == found.high


def test_shares_are_means(chip: Chip) -> None:
    """An inference has the phase infer; an update cycle backward and update.

    A MAC is 1.5 pJ (0.29 .. 3.2): the counts are 8, 2 and 4, and 16 that are neither.
    """
    counts = tally(
        {
            ("infer", "mac"): 8,
            ("backward", "mac"): 2,
            ("update", "mac"): 4,
            ("program", "mac"): 16,
        },
        inferences=4,
        updates=3,
    )
    report = EnergyReport.of_chip(counts, chip)
    # 8 / 4 = 2 of them; (2 + 4) / 3 = 2 of them
    two = Quantity(580 * FJ, 3000 * FJ, 6400 * FJ)
    assert (two, two) == (report.per_inference, report.per_update)
    assert 30 * 1500 * FJ == report.total.value == report.by_part["digital"].value
    found = outcome(chip, result(tally=counts)).to_dict()["energy_fj"]
    ends = {"": 3000.0, "_low": 580.0, "_high": 6400.0}
    for kind in ("per_inference", "per_update"):
        assert ends == {end: found[f"{kind}{end}"] for end in ends}


def test_a_share_is_rounded_down() -> None:
    """Each end by itself; nothing counted is nothing spent."""
    assert Quantity(2, 3, 4) == Quantity(8, 14, 19).share(4)
    assert Quantity(0, 0, 0) == Quantity(8, 14, 19).share(0)
    assert Quantity(11, 22, 33) == Quantity(1, 2, 3) + Quantity(10, 20, 30)


def test_calibration_of_a_chip(chip: Chip) -> None:
    """Means of two chips: pulses, seconds, energy, and what that is in updates.

    40 MACs of 1.5 pJ, 10,000 cycles of 1 pJ, 3 ms at 1 uW, 120 pulses of 0.8 fJ and
    354.167512512 fJ of charge: 60 + 10,000 + 3000 + 0.096 + 42.50010150144 pJ. An
    update's two MACs are 3 pJ.
    """
    counts = tally(
        {
            ("calibrate", "mac"): 40,
            ("calibrate", "cycle"): 10_000,
            ("calibrate", "analog_ns"): 3_000_000,
            ("update", "mac"): 10,
        },
        {("calibrate", 0, 0, 0): 60, ("calibrate", 0, 1, 0): 60},
        updates=5,
    )
    verdicts = {"found": 5, "stuck": 1, "no crossing": 0, "not settled": 2}
    chips = [result(s, tally=counts, verdicts=verdicts) for s in (0, 1)]
    found = outcome(chip, *chips).to_dict()["calibration"]
    assert {n: 2 * k for n, k in verdicts.items()} == found["verdicts"]
    assert (120.0, near(0.004)) == (found["pulses"], found["seconds"])
    # at the ends 0.29 and 3.2 pJ, 0.2 and 5 pJ, 0.1 and 10 uW
    middle = 13_102_596.10150144
    ends = {"low": 2_354_196.10150144, "value": middle, "high": 80_170_596.10150144}
    assert ends == found["energy_fj"]
    assert near(middle / 3000) == found["update_cycles"]


def test_energy_after_a_pass(chip: Chip) -> None:
    """The tally of each pass is priced by itself, summed over chips."""
    first, second = (tally({("update", "mac"): n}) for n in (2, 6))
    chips = [result(s, history=(first, second)) for s in (0, 1)]
    found = outcome(chip, *chips, passes=2)
    # 2 x 2 and 2 x 6 MACs of 1.5 pJ
    assert [6000.0, 18000.0] == [found.energy_after(i).total.fj for i in (0, 1)]


def test_row_of_a_sweep(chip: Chip) -> None:
    """Columns of a sweep's table, from two chips of round numbers.

    2 + 4 MACs an update and 8 an inference of 1.5 pJ; three pulses of 0.8 fJ at G_min,
    each with 354.167512512 fJ of charge.
    """
    events = {
        ("infer", "mac"): 16,
        ("backward", "mac"): 2,
        ("update", "mac"): 4,
        ("program", "mac"): 1,
        ("calibrate", "mac"): 2,
    }
    counts = tally(events, {("update", 0, 0, 0): 3}, inferences=2, updates=1)
    half = tally({("backward", "mac"): 1, ("update", "mac"): 2})
    chips = [
        result(
            subject,
            before=0.25,
            after=after,
            online=0.5,
            curve=(0.5, after),
            missed=4,
            reference_missed=2,
            tally=counts,
            history=(half, counts),
        )
        for subject, after in ((0, 1.0), (1, 0.5))
    ]
    found = outcome_row(outcome(chip, *chips, passes=2))
    wanted: dict[str, Any] = {
        "task": "eight",
        "chip": "seam",
        "rule": "mixed-precision",
        "device": "cell",
        "width_ns": 200,
        "reference": "cell",
        "level": "symmetry-point",
        "learning_rate": 0.1,
        "passes": 2,
        "seed": 0,
        "before": 0.25,
        "after": 0.75,
        "after_by_subject": [1.0, 0.5],
        "worst": 0.5,
        "online": 0.5,
        "accuracy_curve": [0.5, 0.75],
        "pulses": 6,
        "updates": 2,
        "inferences": 4,
        "cells_missed": 8,
        "reference_cells_missed": 4,
        "effective_bits": 0.0,  # no line was read
        "read_noise_codes": 0.0,
        "inference_energy_fj": 12_000.0,
        "setup_energy_fj": 9_000.0,
        "cell_energy_fj": 354.967512512,
        "cell_energy_curve_fj": [0.0, 2129.805075072],
        "learning_energy_curve_fj": [9_000.0, 20_129.805075072],
        "update_energy_fj": 10_064.902537536,
        "update_low_fj": 2_804.902537536,  # 6 x 290 and the pulses
        "update_high_fj": 20_264.902537536,  # 6 x 3200 and the pulses
    }
    assert wanted == {name: found[name] for name in wanted}
    lines = found.pop("array_energy_curve_fj")  # none was charged: cells alone
    assert wanted["cell_energy_curve_fj"] == pytest.approx(lines)
    hardware = {"area_um2", "area_low_um2", "area_high_um2", "sram_bits", "gates"}
    hardware |= {"dacs", "adcs", "lfsrs", "multipliers"}  # package/test_hardware.py
    bits = found["retained_bits"]  # package/test_leakage.py
    watts = [found[f"asleep{end}_uw"] for end in ("_low", "", "_high")]
    each, base = (0.5, 2.1, 3.4), (0.042, 0.1, 1.0)  # pW a bit, uW
    asleep = [one * bits * 1e-6 + rest for one, rest in zip(each, base, strict=True)]
    assert asleep == pytest.approx(watts)
    hardware |= {"retained_bits", "asleep_uw", "asleep_low_uw", "asleep_high_uw"}
    digests = {f"{name}_digest": "" for name in ("data", "weights", "image")}
    assert digests == {name: found[name] for name in digests}  # no unit has a trail
    assert set(found) == {*wanted, *hardware, *digests, "signature", "remarks"}
