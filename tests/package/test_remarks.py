"""What a run says of itself without being asked, on results put together by hand."""

from __future__ import annotations

from typing import Any

import pytest
from by_hand import outcome, result, tally

from edgeferro.chip.chip import Chip
from edgeferro.mapping.read_quality import ReadQuality, nominal_read
from edgeferro.mapping.remarks import Remark, gathered, run_remarks


def site(name: str, saturated: int = 0, underflowed: int = 0) -> dict[str, Any]:
    """One row of layer 0."""
    row = {"layer": 0, "site": name, "saturated": saturated, "peak": 1}
    return {**row, "underflowed": underflowed}


def remarks(sites: list[dict[str, Any]], pulses: int = 1, **chip: Any) -> list[Remark]:
    """Two units: 10 inferences of 4 rows, 5 updates, 100 products each."""
    counted = tally(
        {("update", "mac"): 100},
        {("update", 0, 0, 0): pulses},
        inferences=10,
        updates=5,
    )
    chip_file = Chip.load("ideal-symmetric").with_(**chip)
    one = {"tally": counted, "rows": (4,), "sites": tuple(sites)}
    units = [result(seed=seed, **one) for seed in (0, 1)]
    return outcome(chip_file, *units).remarks()


def one(found: list[Remark]) -> Remark:
    """The only remark."""
    assert 1 == len(found), found
    return found[0]


def test_a_run_that_is_as_it_should_be_is_silent() -> None:
    """Some saturation, some underflow, some pulses: no remark."""
    assert [] == remarks([site("adc", saturated=4), site("gradient", underflowed=89)])


def test_read_volts_of_cells_that_state_no_limit() -> None:
    """Above the 0.1 V that ferroelectric cells bear, where a read has its noise."""
    volts = {"array.read_v": 0.2, "array.noise": "charge", "array.read_ns": 30_000}
    found = one(remarks([], **volts))
    assert "read volts unchecked" == found.kind
    assert "device ideal-symmetric has no read_v_max" in found.text
    assert [] == remarks([], **{**volts, "array.read_v": 0.1})


def test_half_selects_that_are_taken_to_move_nothing() -> None:
    """A passive array whose file says nothing of disturb; silent where it does."""
    passive = {"array.access": "passive-half"}
    assert "half-selects disturb nothing" == one(remarks([], **passive)).kind
    assert [] == remarks([], **passive, **{"reliability.disturb": 0.01})


def test_updates_without_a_pulse() -> None:
    """Ten updates, no pulse: said, with the rate."""
    found = one(remarks([], pulses=0))
    assert "no pulse" == found.kind
    assert "10 updates issued no pulse" in found.text
    assert "controller.learning_rate" in found.text


def test_products_that_are_lost() -> None:
    """95 of 100 products below a unit of the accumulator, or below half a pulse."""
    found = one(remarks([site("gradient", underflowed=95)]))
    assert "gradient underflows" == found.kind
    assert found.text.startswith(
        "95.0 % of the products of a learning step are below a unit"
    )
    rule = {"controller.rule": "sgd-counted"}
    assert [] == remarks([site("gradient", underflowed=95)], **rule)
    found = one(remarks([site("pulse", underflowed=95)], **rule))
    assert "ask for less than half a pulse" in found.text


def test_lines_that_are_lost() -> None:
    """A stochastic train counts the lines that send: 100, and 900 that send nothing."""
    rule = {"controller.rule": "sgd-stochastic"}
    assert [] == remarks([site("gradient", underflowed=899)], **rule)
    found = one(remarks([site("gradient", underflowed=900)], **rule))
    assert found.text.startswith("90.0 % of the products of a learning step")


def test_a_converter_at_its_end() -> None:
    """5 of 40 conversions a unit are 10 of 80 in all: more than a tenth."""
    found = one(remarks([site("adc", saturated=5)]))
    assert (
        "12.5 % of the conversions of the ADC of layer 0 are at its end" in found.text
    )


@pytest.mark.parametrize(
    ("name", "count", "says"),
    [
        (
            "adc",
            36,
            "conversions of the ADC of layer 0 are not 0 and come to code 0",
        ),  # of 40
        ("error", 18, "error codes of layer 0 are not 0 and come to code 0"),  # of 20
    ],
)
def test_what_comes_to_nothing(name: str, count: int, says: str) -> None:
    """Nine of ten conversions that come to 0 are remarked, one less is not."""
    assert [] == remarks([site(name, underflowed=count - 1)])
    found = one(remarks([site(name, underflowed=count)]))
    assert f"{name} underflows" == found.kind
    assert f"90.0 % of the {says}" in found.text


@pytest.mark.parametrize(
    ("name", "count", "says"),
    [
        ("gradient", 51, "products of a learning step are cut off"),  # of 100
        ("accumulator", 51, "sums in the accumulators are cut off"),
        ("pulse", 51, "ask for more pulses than the limit"),
        ("reference", 1, "weights after a pulse are at the end"),  # of 1 pulse
    ],
)
def test_what_is_cut_off(name: str, count: int, says: str) -> None:
    """More than half beyond the end of a site is remarked, one less is not."""
    assert [] == remarks([site(name, saturated=count - 1)])
    found = one(remarks([site(name, saturated=count)]))
    assert f"{name} saturates" == found.kind
    assert says in found.text


def test_settings_without_effect() -> None:
    """A setting that the file sets in vain, by its path."""
    found = one(remarks([], **{"calibration.reads": 3}))
    assert ("setting without effect", "calibration.reads: no effect without "
            "array.reference_level 'calibrated'") == found  # fmt: skip


def loud(changes: dict[str, Any], **figures: float) -> list[Remark]:
    """Remarks on one read of the watch chip that was put together by hand."""
    chip = Chip.load("watch-hzo-200ns").with_(**changes)
    values = {"electrons_per_code": 20.0, "electrons": 4e4, "noise_codes": 0.5}
    values |= {"stated_codes": 0.5, "amplifier_codes": 0.0, "bits": 7.5, "floor": 0.01}
    read = ReadQuality(layer=1, adc_bits=9, **{**values, **figures})
    return run_remarks(chip, tally(), (7,), [], [read])


CHARGE = {"array.noise": "charge", "array.read_ns": 30_000}


def test_a_read_that_is_louder_than_a_code() -> None:
    """3 codes of charge are 1 with 9 times the time; what an amplifier adds stays.

    With 0.6 codes of an amplifier, 3 codes have 8.64 squared of charge, of which 0.64
    may stay: 13.5 times the time. A tenth on top, as the converter's gain moves too.
    Where most of 13 codes is kT/C, half of a code squared is for it and half for the
    shot noise of 5 codes, in 55 times the time.
    """
    assert [] == loud(CHARGE, noise_codes=1.0, stated_codes=1.0)
    found = one(loud(CHARGE, noise_codes=3.0, stated_codes=3.0, bits=5.6))
    assert "read noise above a code" == found.kind
    assert (
        "the noise of a read of layer 1 is 3 codes rms, 5.6 effective bits of 9; one "
        "code needs about array.read_ns 297000"
    ) == found.text
    part = {"noise_codes": 3.0, "stated_codes": 3.0, "amplifier_codes": 0.6}
    assert loud(CHARGE, **part)[0].text.endswith("about array.read_ns 445500")
    found = one(loud(CHARGE, noise_codes=5.0, stated_codes=13.0))
    # 200 fF x 55^2 / 2 / (169 - 25) / 1.1; the time is rounded up, in binary
    wanted = "about array.capacitor_ff 1.91e+03 and array.read_ns 1650001"
    assert found.text.endswith(f"{wanted}: most of it is kT/C")


def test_a_stated_noise_that_is_louder_than_a_code() -> None:
    """What the file states as 2 codes is one at half of it, whatever the time."""
    changes = {"array.noise": "stated", "array.read_noise": 0.03}
    found = one(loud(changes, stated_codes=2.0, amplifier_codes=2.0))
    assert found.text.endswith("one code needs array.read_noise 0.015")


def test_reads_that_are_ideal_because_nobody_said_otherwise() -> None:
    """A file without array.noise is told of the noise that its charge has."""
    chip = Chip.loads('[chip]\nname = "a"\n[device]\nname = "hzo-200ns"\n')
    read, _ = nominal_read(chip)
    found = one(run_remarks(chip, tally(), (7,), [], [read]))
    assert "ideal reads" == found.kind
    assert f"the {read.noise_codes:.2g} codes of noise that their charge" in found.text
    said = chip.with_(**{"array.noise": "none"})
    assert [] == run_remarks(said, tally(), (7,), [], [read])


def test_a_read_of_single_electrons() -> None:
    """A code of 1.4 electrons is remarked, one of 1.5 is not."""
    assert [] == loud({}, electrons_per_code=1.5)
    found = one(loud({}, electrons_per_code=1.4))
    assert "an electron a code" == found.kind
    assert found.text.startswith("a code of a read of layer 1 is 1.4 electrons")


def calibrated(bits: int, **more: Any) -> list[Remark]:
    """Remarks of a chip that looks for symmetry points, and reads with such codes."""
    level = {"array.reference": "cell", "array.reference_level": "calibrated"}
    chip = Chip.load("watch-hzo-200ns")
    more = {"program.tolerance": 0.2, **more}  # a code and more
    chip = chip.with_(**{**level, "converters.adc_bits": bits, **more})
    return run_remarks(chip, tally(), (7,), [], [])


def test_a_step_below_a_code_is_no_calibration() -> None:
    """A step of 0.0751 of a state of 2 is 0.6 codes of 4 bits, 2.4 codes of 6.

    Five bits have 1.2 codes a step, and each code is 1/32 of full scale. A level of
    the device file asks for no calibration.
    """
    found = one(calibrated(4))
    assert "calibration by coarse codes" == found.kind
    assert "by 0.6 codes of a calibration's reads, each 1/16 of full" in found.text
    assert found.text.endswith("; it takes converters.adc_bits 6")
    assert "by 1.2 codes" in one(calibrated(5)).text
    assert [] == calibrated(6)
    assert [] == calibrated(4, **{"array.reference_level": "symmetry-point"})


def test_remarks_of_several_runs_are_a_line_for_each_kind() -> None:
    """Kinds in the order in which they come up, each with its first run's numbers."""
    quiet, noise = Remark("no pulse", "5 updates"), Remark("noise", "2 codes")
    assert [
        "noise in 1 of 3 runs; the first, b: 2 codes",
        "no pulse in 2 of 3 runs; the first, b: 5 updates",
    ] == gathered([("a", []), ("b", [noise, quiet]), ("c", [quiet])])
    assert [] == gathered([("a", [])])
