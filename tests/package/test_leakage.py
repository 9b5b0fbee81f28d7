"""What a chip takes asleep: by the bits that it keeps, a base, and its warmth."""

from __future__ import annotations

from typing import Any

import pytest

from edgeferro.chip.chip import Chip
from edgeferro.core.tally import Tally
from edgeferro.energy.report import BOUNDS, EnergyReport

WATCH, MNIST = (30, 32, 7), (784, 128, 10)
CONFIGURED = 31 * 32  # registers of the silicon that hold what is written


def asleep(name: str, sizes: tuple[int, ...], **settings: Any) -> EnergyReport:
    return EnergyReport.of_chip(Tally.zero(), Chip.load(name).with_(**settings), sizes)


def microwatts(found: EnergyReport, event: str, bound: str = "value") -> float:
    """Mean power of what leaks, by event, at 25 C."""
    return float(getattr(found.asleep(1)[event], bound)) * 1e-24


def test_bits_of_the_watch_by_hand() -> None:
    """32 x 31 and 7 x 33 accumulators of 16 bits; tables of 256 entries."""
    wanted = {
        "accumulators": (32 * 31 + 7 * 33) * 16,
        "activation tables": 256 * (8 + 16),
        "softmax table": 256 * 16,
        "configuration": CONFIGURED,
    }
    assert wanted == asleep("watch-hzo-200ns", WATCH).retained_bits


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        (
            {"controller.accumulator_bits": 32},
            {"accumulators": (32 * 31 + 7 * 33) * 32},
        ),
        (
            {"array.reference": "stored"},
            {"references": (32 * 31 + 7 * 33) * 16},
        ),
        ({"array.reference": "offset"}, {"references": (31 + 33) * 16}),
        (  # its rounding needs a shift register
            {"controller.rule": "sgd-counted"},
            {"accumulators": None, "shift registers": 32},
        ),
        (
            {"controller.rule": "sgd-stochastic"},
            {"accumulators": None, "shift registers": 32 * (32 + 31 + 7 + 33)},
        ),
        (
            {"converters.trim": True, "converters.adc_gain_error": 0.01},
            {"trims": 16 * (32 + 7 + 32)},
        ),
    ],
)
def test_each_choice_moves_what_is_kept(
    settings: dict[str, Any], changed: dict[str, int | None]
) -> None:
    """Widths, rule, reference and trims: their bits, and their power."""
    name = "watch-hzo-200ns"
    if settings.get("controller.rule") == "sgd-stochastic":
        settings |= {"controller.lines_per_row_lfsr": 1}
        settings |= {"controller.lines_per_column_lfsr": 1}
    before, after = asleep(name, WATCH), asleep(name, WATCH, **settings)
    wanted = {**before.retained_bits, **changed}
    assert {k: n for k, n in wanted.items() if n} == after.retained_bits
    assert before.asleep(1)["leak_bit"] != after.asleep(1)["leak_bit"]
    for bound in BOUNDS:
        each = after.each("leak_bit", bound)
        bits = sum(after.retained_bits.values())
        assert each * bits == getattr(after.asleep(1)["leak_bit"], bound)


def test_sleep_follows_the_size() -> None:
    """Bits alone at 25 C: published retention gives 0.04..0.09 and 2.3..5.6 uW."""
    watch = asleep("watch-hzo-200ns", WATCH)
    assert 0.04 <= microwatts(watch, "leak_bit") <= 0.09
    mnist = asleep("mnist-hzo-200ns", MNIST)
    assert 2.3 <= microwatts(mnist, "leak_bit") <= 5.6
    for found in (watch, mnist):
        assert 0.1 == pytest.approx(microwatts(found, "leak_base"))


@pytest.mark.parametrize(
    ("celsius", "times"),
    [
        ((25.0, 25.0, 25.0), (1.0, 1.0, 1.0)),
        # twice in 12 K, low in 20, high in 8
        ((37.0, 37.0, 37.0), (2.0 ** (12 / 20), 2.0, 2.0**1.5)),
        # colder: the shortest doubling at the low end
        ((13.0, 13.0, 13.0), (2.0**-1.5, 0.5, 2.0 ** (-12 / 20))),
        ((20.0, 30.0, 40.0), (2.0 ** (-5 / 8), 2.0 ** (5 / 12), 2.0 ** (15 / 8))),
    ],
)
def test_leakage_by_temperature(
    celsius: tuple[float, float, float], times: tuple[float, float, float]
) -> None:
    """Twice as much every ``doubling_k`` kelvins above 25 C, bits and base alike."""
    found = asleep("watch-hzo-200ns", WATCH)
    room, warm = found.asleep(1), found.asleep(1, celsius)
    for event in ("leak_bit", "leak_base"):
        ratios = [
            after / before
            for before, after in zip(room[event].ends, warm[event].ends, strict=True)
        ]
        assert list(times) == pytest.approx(ratios, rel=1e-12)


def test_bias_follows_rows_and_time() -> None:
    """A row's read takes 12 pJ whatever its length; 1 uW is shared by all of them."""
    chip = Chip.load("watch-hzo-200ns")
    report = EnergyReport.of_chip(Tally.zero(), chip)
    slow = chip.with_(**{"array.read_ns": 2 * chip.array.read_ns})
    for found in (report, EnergyReport.of_chip(Tally.zero(), slow)):
        assert 12 * 10**18 == found.each("bias_row")
        assert 10**15 == found.each("bias_ns")
