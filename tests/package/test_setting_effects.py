"""Each setting of the chip file: what it does, in direction and size as stated.

Either a test below, of a crossbar whose cells take steps of 2^-9 and whose figures are
worked out beside it, or one that stands elsewhere and is named in ``HELD``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from seam import chip_of, device_file

import edgeferro as ef

TESTS: Final = Path(__file__).resolve().parents[1]
STEP: Final = 2.0**-9  # of the state
SHOWN: Final[set[str]] = set()
_ELSEWHERE: Final = "package/test_seam_images.py::test_a_setting_goes_elsewhere"
_SCALES: Final = "package/test_seam_images.py::test_a_setting_becomes_its_scales"
_TABLE: Final = "package/test_seam_images.py::test_an_activation_becomes_its_table"
_TIES: Final = "core/test_lockstep.py::test_ties_and_exact_thresholds"
_SEARCH: Final = "core/test_calibration.py::"
_CASES: Final = "package/test_cases.py::"
_RANGES: Final = "package/test_ranges.py::"
_WRITING: Final = "package/test_programming.py::"
_READS: Final = "package/test_read_settings.py::"
_TRAINS: Final = "core/test_statistics.py::"

# Where a setting's effect is held, with its size, by a test of another file.
HELD: Final = {
    **dict.fromkeys(
        "chip.name chip.description network.hidden energy.prices array.read_v "
        "array.line_ohm array.driver_ohm controller.clock_mhz task.passes task.rest_s "
        "task.power_off_every "
        "usage.sample_period_s usage.duty_cycle usage.updates_per_day "
        "usage.calibrations_per_year usage.product usage.battery usage.implant".split(),
        _ELSEWHERE,
    ),
    **dict.fromkeys(
        "array.both_sides array.reference_level controller.learning_rate "
        "device.program_class network.bias network.weight_limit".split(),
        _SCALES,
    ),
    "device.coarse_class": "core/test_coarse.py::test_time_and_lines_by_hand",
    "device.coarse_ratio": "core/test_coarse.py::test_every_count_is_cut",
    "device.name": "package/test_array.py::test_alternating_pulses_settle",
    "array.access": "package/test_energy_by_hand.py::"
    "test_what_one_pulse_charges_beside_its_cell",
    "array.noise": _READS + "test_noise_of_the_charge",
    "array.temperature_k": _READS + "test_warmer_is_louder_longer_is_finer",
    "array.capacitor_ff": _READS + "test_noise_of_the_charge",
    "array.swing_v": "core/test_read_chain.py::test_clipping_by_hand",
    "array.weight_span": "package/test_seam_images.py::"
    "test_trained_weights_use_the_span",
    "converters.adc_headroom": _RANGES + "test_headroom_is_over_the_largest_signal",
    "converters.adc_percentile": _RANGES
    + "test_a_percentile_leaves_the_largest_signals_out",
    "converters.adc_range": _RANGES + "test_ranges_can_be_said",
    "network.signal_limit": _RANGES + "test_least_ranges_by_layer",
    "converters.adc_gain_error": "core/test_read_chain.py::"
    "test_histogram_of_converters",
    "converters.adc_offset_error": "core/test_read_chain.py::"
    "test_histogram_of_converters",
    "converters.adc_inl": "core/test_trim_by_hand.py::"
    "test_a_curve_at_its_knots_and_between",
    "converters.trim": "package/test_trim.py::test_what_is_left",
    "converters.trim_offset_range": "package/test_trim.py::test_what_is_left",
    "converters.trim_gain_range": "package/test_trim.py::test_what_is_left",
    "converters.trim_reads": "package/test_trim.py::test_fewer_reads_and_one_register",
    "converters.activation_bits": _TABLE,
    "converters.error_rounding": _TIES,
    "converters.reference_rounding": _TIES,
    "network.activation": _TABLE,
    "network.output": _TABLE,
    "controller.rule": "package/test_counts.py::test_recount",
    "controller.error": "core/test_lockstep.py::test_fixed_seeds",
    "controller.error_deadband": "core/test_deadband.py::test_the_band_by_hand",
    "controller.pulse_limit": _CASES + "test_excess_is_kept_or_dropped",
    "controller.excess": _CASES + "test_excess_is_kept_or_dropped",
    "controller.threshold": _CASES + "test_three_thresholds_are_three_pulses",
    "controller.transfer_every": _CASES + "test_nothing_vanishes",
    "controller.accumulator_bits": _CASES + "test_nothing_vanishes",
    "controller.accumulator_overflow": _CASES + "test_nothing_vanishes",
    "controller.train_length": _TRAINS + "test_trains_meet_as_often_as_asked",
    "controller.train_bits": _TRAINS + "test_trains_meet_as_often_as_asked",
    "controller.train_managed": "core/test_lockstep.py::test_fixed_seeds",
    "controller.lines_per_row_lfsr": _TRAINS
    + "test_shared_registers_correlate_and_own_ones_do_not",
    "controller.lines_per_column_lfsr": _TRAINS
    + "test_shared_registers_correlate_and_own_ones_do_not",
    "controller.gradient_rounding": _TIES,
    "controller.pulse_rounding": _TIES,
    "controller.lanes": "package/test_counts.py::test_recount",
    "program.reads": _WRITING + "test_reads_without_noise_are_alike",
    "program.tolerance": _WRITING + "test_a_tolerance_is_of_weights",
    "program.iterations": _WRITING
    + "test_cells_that_missed_are_counted_plane_by_plane",
    "calibration.reads": _SEARCH + "test_lockstep",
    "calibration.quads": _SEARCH + "test_spent_pulses_are_pulses_of_calibration",
    "calibration.windows": _SEARCH + "test_spent_pulses_are_pulses_of_calibration",
    "calibration.tolerance": _SEARCH + "test_lockstep",
    "calibration.probe": _SEARCH + "test_hard_rails",
    "calibration.limit": _SEARCH + "test_not_settled",
}


def shows(*paths: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Say whose effect a test of this file holds."""
    SHOWN.update(paths)
    return lambda test: test


@pytest.fixture
def array(tmp_path: Path) -> Callable[..., ef.Array]:
    """Maker of crossbars of 40 x 25 cells without noise, with settings changed."""
    device = device_file(tmp_path)
    plain = chip_of(device).with_(**{"array.reference": "none"})

    def made(rows: int = 40, columns: int = 25, **changes: Any) -> ef.Array:
        named = {name.replace("__", "."): value for name, value in changes.items()}
        return ef.Array(plain.with_(**named), rows, columns, full_scale=1.0)

    return made


Maker = Callable[..., ef.Array]


@shows("array.initial_state")
@pytest.mark.parametrize("state", [-0.5, 0.0, 0.25])
def test_cells_begin_at_the_initial_state(array: Maker, state: float) -> None:
    """Every cell stands there before its first pulse."""
    found = array(array__initial_state=state).states()
    assert np.abs(found - state).max() <= 2.0**-31


@shows("device.pulse_class")
def test_a_class_has_its_own_step(array: Maker) -> None:
    """The device's second class moves a cell by half of the first."""
    for index, step in enumerate((STEP, STEP / 2)):
        found = array()
        found.pulse(4, pulse_class=index)
        assert 4 * step == pytest.approx(found.states().mean())


@shows("device.d2d")
@pytest.mark.parametrize("spread", [0.05, 0.2])
def test_steps_spread_from_cell_to_cell(array: Maker, spread: float) -> None:
    """1,000 cells: the deviation of an up step is the setting, within a tenth."""
    found = array(device__d2d=spread)
    found.pulse(1)
    assert spread == pytest.approx(found.states().std() / STEP, rel=0.1)


@shows("device.c2c")
@pytest.mark.parametrize("spread", [0.1, 0.5])
def test_steps_spread_from_pulse_to_pulse(array: Maker, spread: float) -> None:
    """Sixteen pulses of a cell spread by four times one pulse's deviation."""
    found = array(device__c2c=spread)
    found.pulse(16)
    assert 4 * spread == pytest.approx(found.states().std() / STEP, rel=0.1)
    assert 16 == pytest.approx(found.states().mean() / STEP, rel=0.05)


@shows("converters.adc_bits")
def test_a_bit_doubles_the_codes(array: Maker) -> None:
    """Half of full scale is 2^(bits - 2), whatever the width."""
    for bits in (4, 6, 9, 12, 14):
        found = array(1, 1, converters__adc_bits=bits, array__initial_state=0.5)
        assert abs(found.forward([127])[0] - 2 ** (bits - 2)) <= 0.01 * 2**bits + 1


@shows("converters.adc_rounding")
def test_codes_are_rounded_as_it_says(array: Maker) -> None:
    """A thousand line sums: the floor is half a code below the nearest on average."""
    x = np.arange(-500, 500)
    means = {}
    for rounding in ("floor", "nearest-even", "toward-zero", "stochastic"):
        found = array(1, 1, converters__adc_rounding=rounding, converters__adc_bits=4)
        found.pulse(100)
        means[rounding] = np.mean([found.forward([code])[0] for code in x])
    assert -0.5 == pytest.approx(means["floor"] - means["nearest-even"], abs=0.06)
    assert 0.0 == pytest.approx(means["toward-zero"], abs=0.06)
    assert 0.0 == pytest.approx(means["stochastic"] - means["nearest-even"], abs=0.06)


@shows("converters.adc_overflow")
def test_codes_beyond_the_range(array: Maker) -> None:
    """Four lines at full scale: 255 held at the end, or folded over by 512."""
    codes = {}
    for overflow in ("saturate", "wrap"):
        found = array(1, 3, converters__adc_overflow=overflow, array__initial_state=0.7)
        codes[overflow] = int(found.forward([127] * 3)[0])
    assert 255 == codes["saturate"]
    assert 2.1 * 256 - 512 == pytest.approx(codes["wrap"], abs=5)


@shows("converters.input_bits", "converters.input_signed")
@pytest.mark.parametrize(("bits", "signed"), [(4, True), (4, False), (8, False)])
def test_the_largest_input_fills_the_range(
    array: Maker, bits: int, signed: bool
) -> None:
    """A weight of a half at the largest code, 2^(bits - sign) - 1, is half of it."""
    found = array(
        1, 1,
        converters__input_bits=bits,
        converters__input_signed=signed,
        array__initial_state=0.5,
    )  # fmt: skip
    top = 2 ** (bits - signed) - 1
    assert 128 == pytest.approx(found.forward([top])[0], abs=2)


@shows("converters.input_overflow")
def test_inputs_beyond_their_code_range(tmp_path: Path) -> None:
    """-8 of four bits is a code; what is no code never gets in, cut or folded.

    A controller takes codes of the format only, so that both settings give the same.
    """
    codes = []
    for overflow in ("saturate", "wrap"):
        chip = chip_of(device_file(tmp_path)).with_(
            **{"converters.input_bits": 4, "converters.input_overflow": overflow}
        )
        controller = ef.Controller(ef.new_image(chip, (2, 2), np.eye(2), 1))
        controller.program()
        codes.append(controller.output_codes(np.array([[-8, 7]])).tolist())
        with pytest.raises(ef.DataError, match=r"8 is not in -8\.\.7"):
            controller.predict(np.array([[8, 0]]))
    assert codes[0] == codes[1]


@shows("converters.error_bits")
@pytest.mark.parametrize("bits", [3, 8, 12])
def test_the_largest_error_fills_the_range(array: Maker, bits: int) -> None:
    """Backwards as forwards: 2^(bits - 1) - 1 is the largest code."""
    found = array(1, 1, converters__error_bits=bits, array__initial_state=0.5)
    assert 128 == pytest.approx(found.backward([2 ** (bits - 1) - 1])[0], abs=2)


@shows("array.reference")
def test_a_second_cell_is_subtracted(array: Maker) -> None:
    """Ten pulses on the one and four on the other leave six."""
    found = array(array__reference="cell", array__reference_level=0.0)
    found.pulse(10)
    found.pulse(4, plane=1)
    assert 6 * STEP * 32768 == pytest.approx(found.weights().mean(), abs=1)


@shows("array.read_noise")
@pytest.mark.parametrize("noise", [0.01, 0.05])
def test_reads_are_as_noisy_as_stated(array: Maker, noise: float) -> None:
    """A hundredth of full scale is 2.56 of 256 codes, within a tenth."""
    found = array(
        40, 1, array__noise="stated", array__read_noise=noise, array__read_ns=25_500
    )
    codes = np.array([found.forward([0]) for _ in range(50)])
    assert noise * 256 == pytest.approx(codes.std(), rel=0.1)


@shows("array.read_ns", "array.gap_ns")
def test_reads_and_gaps_take_their_time(array: Maker) -> None:
    """A read takes read_ns; each of three pulses 200 ns and a gap after it."""
    for read, gap in ((10_000, 20), (777, 500)):
        found = array(1, 1, array__read_ns=read, array__gap_ns=gap)
        before = _nanoseconds(found)
        found.forward([1])
        middle = _nanoseconds(found)
        found.pulse(3)
        assert (read, 3 * (200 + gap)) == (
            middle - before,
            _nanoseconds(found) - middle,
        )


def _nanoseconds(found: ef.Array) -> int:
    tally = found.tally
    return sum(
        counts.get("analog_ns", 0) for counts in tally.to_dict()["events"].values()
    )


@shows("program.limit")
@pytest.mark.parametrize("limit", [1, 5, 127])
def test_pulses_of_one_iteration_are_limited(tmp_path: Path, limit: int) -> None:
    """One iteration takes a cell by at most so many pulses towards its target."""
    chip = chip_of(device_file(tmp_path)).with_(
        **{"program.limit": limit, "program.iterations": 1, "array.reference": "none"}
    )
    controller = ef.Controller(ef.new_image(chip, (3, 2), np.eye(3), 1))
    controller.program_plane(0, 0, np.full((2, 4), 10_000))
    wanted = min(limit, round(10_000 / 32768 / STEP))
    wear = controller.peek("wear", 0)
    assert wanted == pytest.approx(wear.max(), rel=0.03)


@shows("reliability.stuck_low", "reliability.stuck_high")
def test_parts_of_the_cells_are_stuck(array: Maker) -> None:
    """Of 1,000 cells a tenth stand low and a fifth high, and no pulse moves them."""
    found = array(reliability__stuck_low=0.1, reliability__stuck_high=0.2)
    found.pulse(20)
    assert 100 == pytest.approx((found.states() < -0.99).sum(), abs=35)
    assert 200 == pytest.approx((found.states() > 0.99).sum(), abs=45)


@shows("reliability.fatigue", "reliability.wear_onset")
def test_steps_shrink_with_each_doubling(array: Maker) -> None:
    """After 64 pulses of an onset of 16, two doublings take a fifth of a step."""
    found = array(1, 1, reliability__fatigue=0.1, reliability__wear_onset=16)
    found.pulse(64)
    before = found.states()[0, 0]
    found.pulse(1)
    assert 1 - 2 * 0.1 == pytest.approx(
        (found.states()[0, 0] - before) / STEP, abs=0.03
    )


@shows("reliability.imprint")
def test_up_gains_what_down_loses(array: Maker) -> None:
    """Four doublings of 0.05 make an up step a fifth larger, a down one smaller."""
    for sign in (1, -1):
        found = array(1, 1, reliability__imprint=0.05, reliability__wear_onset=1)
        found.pulse(8)
        found.pulse(-8)
        before = found.states()[0, 0]
        found.pulse(sign)
        moved = abs(found.states()[0, 0] - before) / STEP
        assert 1 + sign * 4 * 0.05 == pytest.approx(moved, abs=0.03)


@shows("reliability.disturb")
def test_neighbours_of_a_pulse_move(array: Maker) -> None:
    """The cells of the same row and column take a sixteenth of a step, others none."""
    found = array(4, 4, reliability__disturb=0.0625)
    counts = np.zeros((4, 4), int)
    counts[1, 2] = 100
    found.pulse(counts)
    moved = found.states() / STEP / 100
    assert 1.0 == pytest.approx(moved[1, 2], abs=0.01)
    assert 0.0625 == pytest.approx(moved[1, 0], abs=0.005)
    assert 0.0625 == pytest.approx(moved[3, 2], abs=0.005)
    assert 0.0 == moved[0, 0]


@shows("reliability.drift")
def test_states_drift_with_the_root_of_time(array: Maker) -> None:
    """One part in a hundred after a second, three after nine."""
    for seconds, wanted in ((1, 0.01), (9, 0.03)):
        found = array(reliability__drift=0.01, task__rest_s=1)
        found.core.rest(seconds)
        assert wanted == pytest.approx(found.states().std(), rel=0.1)


@shows("reliability.retention_s", "reliability.retention_level")
def test_states_relax_by_halves(array: Maker) -> None:
    """From 0.8 towards 0.2: half of the way after a half-life, a quarter is left."""
    for lives, left in ((1, 0.5), (2, 0.25)):
        found = array(
            array__initial_state=0.8,
            reliability__retention_s=600,
            reliability__retention_level=0.2,
            task__rest_s=1,
        )
        found.core.rest(600 * lives)
        assert 0.2 + 0.6 * left == pytest.approx(found.states().mean(), abs=0.002)


def test_every_setting_is_held() -> None:
    """A setting without a test of its effect fails here; one in both is in one."""
    assert set() == set(ef.Chip.paths()) ^ (SHOWN | HELD.keys())
    assert set() == SHOWN & HELD.keys()


@pytest.mark.parametrize("test", sorted(set(HELD.values())))
def test_what_is_named_exists(test: str) -> None:
    """Each test elsewhere is one of its file."""
    path, _, name = test.partition("::")
    tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    assert name in {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
