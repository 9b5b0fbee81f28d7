"""A core with one fault planted in it turns the test that is named for it red."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from variants import Objects

ROOT = Path(__file__).resolve().parents[2]
ROOTS = "commands/test_ageing.py::test_every_part_of_a_half_life"
AGED = "commands/test_ageing.py::test_all_at_once_agree_with_the_golden_model"
THIRDS = "commands/test_ageing.py::test_thirds_of_a_row_of_both_polarities"
TIES = "core/test_lockstep.py::test_ties_and_exact_thresholds"
WIDE = "core/test_lockstep.py::test_wide_rows"
BANDS = "core/test_lockstep.py::test_dead_bands"
BOUNDS = "core/test_lockstep.py::test_narrowest_bounds"
SEARCH = "core/test_calibration.py::test_lockstep"
TRIMS = "core/test_trim_by_hand.py::test_a_converter_without_error_keeps_its_zeros"
CURVE = "core/test_trim_by_hand.py::test_a_curve_at_its_knots_and_between"
UNITS = "core/test_trim_lockstep.py::test_trims_to_the_last_unit"
PRICE = "core/test_trim_lockstep.py::test_half_of_the_registers"
LEVELS = "core/test_symmetry_lockstep.py::test_levels_in_lockstep"
APART = "core/test_direct.py::test_a_step_taken_apart_is_a_step"
TARGETS = "core/test_direct.py::test_an_output_error_by_hand"
REACHES = "core/test_direct.py::test_targets_beyond_the_codes_are_refused"
REFUSES = "core/test_direct.py::test_what_one_layer_refuses"
TABLES = "core/test_direct.py::test_tables_by_hand"
EVERY = "core/test_coarse.py::test_every_count_is_cut"
ORDER = "core/test_coarse.py::test_order_of_a_row"
ENDS = "core/test_coarse.py::test_time_and_lines_by_hand"
POWER = "core/test_power_lockstep.py::"
HELD = f"{POWER}test_what_accumulators_held_is_lost_and_counted"
WAITS = f"{POWER}test_a_transfer_waits_for_steps_without_a_loss"
SEEDED = f"{POWER}test_trains_begin_at_their_seeds_again"
ALONE = "core/test_direct_lockstep.py::test_fixed_seeds[0]"
SIDES = "core/test_direct_lockstep.py::test_fixed_seeds[10]"
COARSE = "core/test_direct_lockstep.py::test_a_row_of_coarse_and_fine_pulses"
STEPS = "core/test_steps.py::"
UPDATES = f"{STEPS}test_time_of_an_update_by_hand"
COLUMNS = f"{STEPS}test_time_of_columns_by_hand"
ROOM = f"{STEPS}test_a_step_asks_for_its_own_room"
LEARNED = "core/test_steps_cut.py::test_each_prefix_of_learning"
WRITES = "core/test_steps_cut.py::test_each_prefix_of_programming"
HALVES = "core/test_steps_cut.py::test_each_prefix_of_a_trim"
CUTS = "core/test_steps_cut.py::test_a_cut_command_counts_no_step"
FORGED = "core/test_jobs_refused.py::test_a_job_of_a_file"
TELLS = "core/test_told.py::test_what_may_be_told"
SILICON = "core/test_told.py::test_sites_sizes_seed_and_tables_are_the_silicons"
LEAVES = "core/test_told.py::test_leaving_mixed_precision_loses_what_accumulators_hold"
WINDOWS = "core/test_told.py::test_accumulators_by_hand"
OUTLIVES = "core/test_told.py::test_accumulators_outlive_a_loss_of_power"
STORES = "core/test_told.py::test_columns_of_references_are_the_reference"
WEAR = "core/test_told.py::test_wear_of_a_column"
# file below csrc, text, what stands there instead, the test that sees it
MUTATIONS = {
    "rounding": ("core/fixed.h", "half - 1 + ((value >> n) & 1)", "half", AGED),
    "saturation": ("core/fixed.h", "{-half, half - 1};", "{-half, half};", AGED),
    "tap": ("core/random.h", "(state >> 22)", "(state >> 21)", AGED),
    "noise mean": ("core/random.h", "- 1020;", "- 1019;", WIDE),
    "bound": ("core/cell.c", "ef_clamp(high, 1, INT32_MAX)", "ef_clamp(high, 2, "
              "INT32_MAX)", BOUNDS),
    "scale": ("core/cell.c", "common + tilt : common - tilt", "common : common - tilt",
              SEARCH),
    "threshold": ("core/update_mixed.c", "run.high >= threshold", "run.high > "
                  "threshold", TIES),
    "zero limit": ("core/update_mixed.c", "return unit / 2;", "return unit / 2 - 1;",
                   TIES),
    "popcount": ("core/update_stochastic.c", "0x55555555u", "0x55555554u", BANDS),
    "exponent": ("core/learn.c", "layer->exponent = k + above;", "layer->exponent = "
                 "k;", WIDE),
    "tally": ("core/convert.c", "chip, phase, EF_EVENT_ADC, read->codes", "chip, "
              "phase, EF_EVENT_ADC, read->driven_count", WIDE),
    "quiet": ("core/calibrate.c", "8 * moved <= how", "8 * moved < how", SEARCH),
    "root": ("core/rest.c", "1073015252", "1073015253", ROOTS),
    "disturb": ("core/cell.c", "settings.disturb)) >> 20", "settings.disturb)) >> 21",
                AGED),
    "third": ("core/pulses.c", "slots->down - lowered : 0u", "slots->down : 0u",
              THIRDS),
    "trim": ("core/trim.c", "(2 * (int32_t)code - 1)", "(2 * (int32_t)code + 1)",
             TRIMS),
    "curve": ("core/line.c", "scaled, shift - INL_BITS", "scaled, shift + INL_BITS",
              CURVE),
    "trim noise": ("core/trim.c", "* READS_MAX + j", "* READS_MAX", UNITS),
    "trim stream": ("core/trim.c", "inputs ? EF_STREAM_COLUMN_TRIM : ", "", UNITS),
    "trim gain": ("core/trim.c", "inputs ? layer->back_mantissa : layer->gain_mantissa",
                  "layer->gain_mantissa", UNITS),
    "trim end": ("core/trim.c", "ef_abs(trim) == TRIM_HIGH", "trim == TRIM_HIGH",
                 UNITS),
    "trim price": ("core/trim.c", "driven ? reads : 0u", "reads", PRICE),
    "one floor": ("core/line.c", "adc_gain + (int64_t)trim[0] * s->trim_gain) >> 8)",
                  "adc_gain) >> 8) + (int32_t)((trim[0] * (int64_t)s->trim_gain) >> 8)",
                  UNITS),
    "curve end": ("core/line.c", "(bits + INL_BITS)) - 1;", "(bits + INL_BITS));",
                  UNITS),
    "restored trims": ("core/snapshot.c", "ef_refresh_converters(chip, "
                       "&chip->layers[l]);", "", UNITS),
    "digest of a curve": ("core/digest.c", "c->adc_inl != NULL ? fold_table16(hash, "
                          "c->adc_inl, EF_KNOTS) : hash", "hash", UNITS),
    "voter": ("core/symmetry.c", "half_swing(c) >= HALF_CODE", "half_swing(c) > "
              "HALF_CODE", LEVELS),
    "voters": ("core/symmetry.c", "(voter_count >= 64u)", "(voter_count >= 65u)",
               LEVELS),
    "early end": ("core/symmetry.c", "squares < weights", "squares <= 0", LEVELS),
    "outside": ("core/symmetry.c", "clamp(at, -ONE, ONE)", "clamp(at, -ONE, 2 * ONE)",
                LEVELS),
    "bend": ("core/symmetry.c", "&a->down, -1, w,", "&a->down, 1, w,", LEVELS),
    "hardly bent": ("core/symmetry.c", "(down - up) < FLAT", "(down - up) < 0", LEVELS),
    "finer codes": ("core/symmetry.c", "<< (found ? a->coarse : 0);", "<< 0;", LEVELS),
    "mean level": ("core/symmetry.c", "2 * total + count, 2 * count", "total, count",
                   LEVELS),
    "targets": ("core/learn.c", "target = wanted.targets[r];", "target = "
                "wanted.targets[0];", TARGETS),
    "targets' range": ("core/convert.c", "{-codes.high, codes.high};",
                       "{-codes.high - 1, codes.high};", REACHES),
    "table": ("core/direct.c", "ef_activations(chip, found, outputs, codes);",
              "ef_activations(chip, found, outputs, ef_codes(chip, found));", TABLES),
    "slopes": ("core/direct.c", "found, wide, codes, back);", "found, wide, back, "
               "codes);", ALONE),
    "above": ("core/direct.c", "(void)ef_error_codes(chip, found, above);",
              "(void)ef_error_codes(chip, found, 0);", APART),
    "error codes' end": ("core/direct.c", "ABOVE_RANGE = {-512, 511}", "ABOVE_RANGE = "
                         "{-513, 511}", REFUSES),
    "exponent's end": ("core/direct.c", "EXPONENT_RANGE = {-1024, 1023}",
                       "EXPONENT_RANGE = {-1024, 1024}", REFUSES),
    "given exponent": ("core/direct.c", "found->exponent = exponent;", "", APART),
    "given errors": ("core/direct.c", "ef_copy_codes(ef_errors(chip, found), errors, "
                     "found->rows);", "", APART),
    "cut": ("core/pulses.c", "rest + (1u << (COARSE_BITS - 1))", "rest", EVERY),
    "coarse first": ("core/pulses.c", "send_cut(&coarse, 0, line);", "send_cut(writer, "
                     "1, line); send_cut(&coarse, 0, line);", ORDER),
    "coarse slots": ("core/pulses.c", "close_class(writer, &slots, EF_PHASE_UPDATE, "
                     "row);", "if (which == 0u) { close_class(writer, &slots, "
                     "EF_PHASE_UPDATE, row); }", ENDS),
    "cut's account": ("core/pulses.c", "account->requested += pulses * sides + rest;",
                      "account->requested += magnitude * sides; account->dropped += "
                      "(sent - pulses) * sides;", COARSE),
    "cut's sign": ("core/pulses.c", "up ? (int32_t)fine : -(int32_t)fine",
                   "(int32_t)fine", COARSE),
    "cut's class": ("core/pulses.c", "writer->chip->settings.coarse_class, phase);",
                    "writer->pulse_class, phase);", COARSE),
    "rest of one side": ("core/pulses.c", "(magnitude - sent) * sides;",
                         "magnitude - sent;", SIDES),
    "forgotten": ("core/array.c", "layer->gradient.lost += chi[i];", "", HELD),
    "kept count": ("core/array.c", "    layer->transfer_count = 0;\n", "", WAITS),
    "kept trains": ("core/chip.c", "layer->exponent = 0;\n    "
                    "seed_lfsrs(chip, layer);", "layer->exponent = 0;", SEEDED),
    "one row more": ("core/update.c", "const uint32_t end = at.row + (rows < left",
                     "const uint32_t end = at.row + (rows + 1u < left", LEARNED),
    "rows without errors": ("core/update.c", "while (row < layer->rows && e[row] == 0)",
                            "while (row > layer->rows)", UPDATES),
    "counted twice": ("core/update.c", "return !each_sample(chip);",
                      "return true;", UPDATES),
    "early pulses": ("core/job.c", "job->stage = EF_STAGE_PULSE;", "job->stage = "
                     "EF_STAGE_READ;", WRITES),
    "last reading": ("core/job.c", "job->turn >= chip->settings.program_iterations",
                  "job->turn + 1u >= chip->settings.program_iterations", WRITES),
    "window's end": ("core/calibrate.c", "at->turn == PLACES * at->how->quads",
                     "at->turn + 1u == PLACES * at->how->quads", COLUMNS),
    "probe's end": ("core/calibrate.c", "at->turn == PROBES ?", "at->turn + 1u == "
                    "PROBES ?", COLUMNS),
    "trim's turn": ("core/trim.c", "TOP_BIT >> at->turn", "TOP_BIT >> (at->turn & 3u)",
                    HALVES),
    "a cut counts": ("core/job.c", "if (learned && job->over != 0u)", "if (learned)",
                     CUTS),
    "room of a layer": ("core/job.c", ": layer->columns)", ": ef_cells_of(layer))",
                        ROOM),
    "down to layer -1": ("core/job_check.c", "return job->layer > 0u &&", "return "
                         "job->layer <= 16u &&", FORGED),
    "fourth probe": ("core/job_check.c", "return job->turn < QUAD_READINGS - 1u;",
                     "return job->turn < QUAD_READINGS;", FORGED),
    "told of tolerance": ("core/reconfigure.c", "case EF_FIELD_PROGRAM_TOLERANCE:\n",
                          "", TELLS),
    "told of tables": ("core/reconfigure.c", "same_tables(chip, config) ? "
                       "EF_OK : EF_ERROR_CHIP", "EF_OK", SILICON),
    "left accumulators": ("core/reconfigure.c", "ef_lose_accumulators(chip, "
                          "&chip->layers[l]);", "", LEAVES),
    "written account": ("core/window.c", "found->gradient.lost += (int64_t)*cell - "
                        "chi[r];", "", WINDOWS),
    "kept accumulators": ("core/chip.c", "(keep & EF_KEEP_ACCUMULATORS) == 0u", "keep "
                          "<= EF_KEEP_ACCUMULATORS", OUTLIVES),
    "a column's place": ("core/control.c", "stored[(uint64_t)r * found->stride + "
                         "column] = codes[r];", "stored[(uint64_t)r * found->stride] = "
                         "codes[r];", STORES),
    "wear of a plane": ("core/window.c", "found->planes[plane].wear",
                        "found->planes[0].wear", WEAR),
    "checksum": ("core/hash.h", "0x00000100000001B3u", "0x00000100000001B5u", WIDE),
}  # fmt: skip


@pytest.fixture(scope="session")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Objects:
    """The compiled core, one for all processes of the session."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    return Objects(folder / "objects")


def lockstep(package: Path, tests: set[str]) -> subprocess.CompletedProcess[str]:
    """Run tests against the package in a folder, up to the first that fails."""
    places = (package, ROOT / "tests", ROOT / "tests" / "support")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))}
    command = [sys.executable, "-P", "-m", "pytest", "-x", "-p", "no:cacheprovider"]
    command += ["--assert=plain", "--rootdir", str(ROOT)]
    command += [str(ROOT / "tests" / test) for test in sorted(tests)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTATIONS)
def test_caught(name: str, objects: Objects, tmp_path: Path) -> None:
    """One changed rounding, saturation, tap, bound or count turns its test red."""
    file, before, after, test = MUTATIONS[name]
    text = (ROOT / "csrc" / file).read_text()
    assert 1 == text.count(before), f"{file}: {before!r} stands {text.count(before)} x"
    package = objects.package(tmp_path, {file: text.replace(before, after)})
    done = lockstep(package, {test})
    assert 1 == done.returncode, done.stdout[-2000:]
    assert "AssertionError" in done.stdout


@pytest.mark.slow
def test_the_true_core_passes(objects: Objects, tmp_path: Path) -> None:
    """The same build without a change is green: it is the change that is caught."""
    package = objects.package(tmp_path, {})
    done = lockstep(package, {test for *_, test in MUTATIONS.values()})
    assert 0 == done.returncode, done.stdout[-2000:]
