"""What a run says of itself without being asked, on results put together by hand."""

from __future__ import annotations

from typing import Any

from by_hand import outcome, result, tally

from edgeferro.chip.chip import Chip
from edgeferro.training.remarks import run_remarks


def site(name: str, saturated: int = 0, underflowed: int = 0) -> dict[str, Any]:
    """One row of layer 0."""
    row = {"layer": 0, "site": name, "saturated": saturated, "peak": 1}
    return {**row, "underflowed": underflowed}


def remarks(sites: list[dict[str, Any]], pulses: int = 1, **chip: Any) -> list[str]:
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
    return run_remarks(outcome(chip_file, *units))


def test_a_run_that_is_as_it_should_be_is_silent() -> None:
    """Some saturation, some underflow, some pulses: no remark."""
    assert [] == remarks([site("adc", saturated=4), site("gradient", underflowed=89)])


def test_updates_without_a_pulse() -> None:
    """Ten updates, no pulse: said, with the rate."""
    (text,) = remarks([], pulses=0)
    assert "10 updates issued no pulse" in text
    assert "controller.learning_rate" in text


def test_products_that_are_lost() -> None:
    """95 of 100 products below a unit of the accumulator, or below half a pulse."""
    (text,) = remarks([site("gradient", underflowed=95)])
    assert text.startswith("95.0 % of the products of a learning step are below a unit")
    rule = {"controller.rule": "sgd-counted"}
    assert [] == remarks([site("gradient", underflowed=95)], **rule)
    (text,) = remarks([site("pulse", underflowed=95)], **rule)
    assert "ask for less than half a pulse" in text


def test_a_converter_at_its_end() -> None:
    """5 of 40 conversions a unit are 10 of 80 in all: more than a tenth."""
    (text,) = remarks([site("adc", saturated=5)])
    assert "ADC of layer 0 is at its end 10 times in 80 forward conversions" in text
