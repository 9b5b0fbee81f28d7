// A run through everything the core does, the same on every target: its signature is
// compared across compilers and machines. Chips of every update rule and reference kind
// learn, program, read, pulse, calibrate and rest, are saved and restored.
// SPDX-License-Identifier: Apache-2.0
#include "scenario.h"

#include "config.h"

#define BLOCK_BYTES (384u * 1024u)
#define SNAPSHOT_BYTES (256u * 1024u)
#define INPUTS 30u
#define HIDDEN 32u
#define CLASSES 7u
#define SAMPLES 40u

static _Alignas(64) uint8_t block[BLOCK_BYTES];
static uint8_t saved[SNAPSHOT_BYTES];
static int16_t activation[CONFIG_TABLE];
static int16_t slope[CONFIG_TABLE];
static int32_t knots[2 * 2 * EF_KNOTS];
static uint16_t exp_table[EF_EXP_ENTRIES];
static int16_t curve[EF_KNOTS];

// Numbers for inputs and labels: draws of the core's own counter-based noise.
static uint32_t number(uint64_t index, uint32_t below)
{
    return (uint32_t)(ef_draw_number(0x5EED, index) >> 33) % below;
}

static void fill_tables(void)
{
    config_relu(activation, slope);
    config_decay(exp_table);
    for (int32_t i = 0; i < EF_KNOTS; i++) {
        knots[i] = (EF_KNOTS - 1 - i) * 2000000;
        knots[EF_KNOTS + i] = i * 1500000;
        knots[2 * EF_KNOTS + i] = i * (EF_KNOTS - 1 - i) * 60000;
        knots[3 * EF_KNOTS + i] = i * i * 20000;
        curve[i] = (int16_t)((i - 32) * (i - 10) * (i - 50) / 50);
    }
}

static struct ef_config config;

static void set_config(uint8_t rule, uint8_t reference)
{
    config = config_plain(knots, exp_table);
    config.seed = 0xEDFEu + rule;
    config.settings.layer_count = 2;
    config.settings.reference = reference;
    config.settings.both_sides = reference == EF_REFERENCE_CELL ? 1 : 0;
    config.settings.train_managed = 1;
    config.settings.pulse_limit = 7;
    config.settings.class_count = 2;
    config.settings.transfer_every =
        rule == EF_RULE_MIXED_PRECISION && reference == 0u ? 3 : 1;
    config.settings.lines_per_row_lfsr = 4;
    config.settings.lines_per_column_lfsr = 8;
    config.settings.lanes = 8;
    config.settings.program_tolerance = 3;
    config.settings.program_iterations = 10;
    config.settings.program_limit = 15;
    config.settings.program_reads = 2;
    config.settings.program_mantissa = 128;
    config.settings.program_shift = 5;
    config.settings.bound_low = -2100000000;
    config.settings.bound_high = 2100000000;
    config.settings.bound_spread = 1u << 20;
    config.settings.d2d_common = 9000;
    config.settings.d2d_asymmetry = 9000;
    config.settings.read_noise = 5000;
    config.settings.read_ns = 100;
    config.settings.gap_ns = 20;
    for (uint32_t k = 0; k < EF_CLASSES_MAX; k++) {
        config.settings.c2c[k] = k < 2u ? 2007 : 0;
        config.settings.c2c_additive[k] = k < 2u ? 500 : 0;
        config.settings.width_ns[k] = k == 0u ? 200 : k == 1u ? 20 : 0;
    }
    config.settings.sites[EF_SITE_PULSE].rounding = EF_ROUND_STOCHASTIC;
    config.settings.sites[EF_SITE_ADC].rounding = EF_ROUND_NEAREST_AWAY;
    if (reference == EF_REFERENCE_OFFSET) { // this one ages
        config.settings.stuck_low = 1u << 26;
        config.settings.stuck_high = 1u << 25;
        config.settings.fatigue = 2000;
        config.settings.imprint = -1500;
        config.settings.wear_onset = 3;
        config.settings.disturb = 300;
        config.settings.drift = 4000;
        config.settings.retention_s = 5000;
        config.settings.retention_level = 100000000;
    }
    if (reference == EF_REFERENCE_CELL) { // the converters of this one err
        config.adc_inl = curve;
        config.settings.adc_gain = 3000;
        config.settings.adc_offset = 300;
        config.settings.trim_gain = 2500;
        config.settings.trim_offset = 290;
    }
    config.layers[0] = config_learning_layer(HIDDEN, INPUTS, rule);
    config.layers[1] = config_learning_layer(CLASSES, HIDDEN, rule);
    config.layers[0].activation = activation;
    config.layers[0].slope = slope;
}

// Trims where the chip has them, and is refused where it has none.
static bool trim(struct ef_chip *chip, uint8_t reference)
{
    uint32_t ends = 0;
    const int wanted = reference == EF_REFERENCE_CELL ? EF_OK : EF_ERROR_RANGE;
    return ef_trim(chip, &ends, 0, EF_SIDE_ROWS, 4, 100) == wanted &&
           ef_trim(chip, &ends, 1, EF_SIDE_ROWS, 16, 128) == wanted &&
           ef_trim(chip, &ends, 1, EF_SIDE_INPUTS, 3, 191) == wanted;
}

static bool program(struct ef_chip *chip, uint32_t layer, uint32_t rows,
                    uint32_t columns)
{
    int16_t targets[HIDDEN];
    uint32_t missed = 0;
    for (uint32_t c = 0; c < columns; c++) {
        for (uint32_t r = 0; r < rows; r++) {
            targets[r] = (int16_t)((int32_t)number(c * rows + r, 20000) - 10000);
        }
        if (ef_program_column(chip, &missed, NULL, layer, 0, c, targets) != EF_OK) {
            return false;
        }
    }
    return true;
}

static bool learn(struct ef_chip *chip, uint64_t first)
{
    int16_t inputs[INPUTS];
    int16_t codes[CLASSES];
    int32_t label = 0;
    int32_t predicted = 0;
    uint64_t done = 0;
    bool good = true;
    for (uint64_t i = first; i < first + SAMPLES; i++) {
        for (uint32_t c = 0; c < INPUTS; c++) {
            inputs[c] = (int16_t)((int32_t)number(i * INPUTS + c, 255) - 127);
        }
        label = (int32_t)number(i, CLASSES);
        good = good &&
               ef_learn(chip, &done, &predicted, NULL, inputs, &label, 1) == EF_OK &&
               ef_infer(chip, &predicted, codes, inputs, 1) == EF_OK;
    }
    return good;
}

// Saves, learns, goes back, learns the same again: both must end the same.
static bool resume(struct ef_chip *chip)
{
    const uint64_t size = ef_snapshot_size(chip);
    if (size > sizeof saved || ef_snapshot(chip, saved, size) != EF_OK ||
        !learn(chip, 1000)) {
        return false;
    }
    const uint64_t once = ef_signature(chip);
    return ef_restore(chip, saved, size) == EF_OK && learn(chip, 1000) &&
           ef_signature(chip) == once;
}

static bool pulse(struct ef_chip *chip)
{
    static int8_t counts[CLASSES * (HIDDEN + 1u)];
    for (uint32_t i = 0; i < sizeof counts; i++) {
        counts[i] = (int8_t)((int32_t)number(i, 9) - 4);
    }
    return ef_array_pulse(chip, NULL, 1, 0, 0, counts) == EF_OK;
}

// Symmetry points of one column, offsets from them, and a night of rest.
static bool calibrate(struct ef_chip *chip, uint8_t reference)
{
    static struct ef_point points[CLASSES];
    static int16_t offsets[HIDDEN + 1u];
    const struct ef_calibration how = {.pulse_class = 1,
                                       .reads = 1,
                                       .quads = 4,
                                       .windows = 2,
                                       .tolerance = 16,
                                       .probe = 5,
                                       .mantissa = 132,
                                       .shift = 22,
                                       .limit = 24};
    for (uint32_t r = 0; r < CLASSES; r++) {
        points[r] = (struct ef_point){.verdict = EF_VERDICT_PENDING};
    }
    for (uint32_t window = 0; window < 10u; window++) {
        if (ef_calibrate_column(chip, points, NULL, 1, 0, 2, &how) != EF_OK) {
            return false;
        }
    }
    for (uint32_t c = 0; c <= HIDDEN; c++) {
        offsets[c] = (int16_t)(points[c % CLASSES].sums[c % 4u] % 1000);
    }
    const int status = ef_store_offset(chip, 1, offsets);
    const bool stored = status == EF_OK || reference != EF_REFERENCE_OFFSET;
    return stored && ef_rest(chip, 28800) == EF_OK;
}

static uint64_t run_chip(uint8_t rule, uint8_t reference)
{
    struct ef_fault fault;
    struct ef_chip *chip = NULL;
    set_config(rule, reference);
    const bool good = ef_init(&chip, block, sizeof block, &fault, &config) == EF_OK &&
                      trim(chip, reference) && program(chip, 0, HIDDEN, INPUTS + 1u) &&
                      program(chip, 1, CLASSES, HIDDEN + 1u) && learn(chip, 0) &&
                      pulse(chip) && calibrate(chip, reference) && resume(chip);
    return good ? ef_signature(chip) : 0;
}

uint64_t scenario_run(void)
{
    uint64_t hash = 0;
    fill_tables();
    for (uint8_t rule = 1; rule <= EF_RULE_MIXED_PRECISION; rule++) {
        for (uint8_t reference = 0; reference <= EF_REFERENCE_OFFSET; reference++) {
            const uint64_t signature = run_chip(rule, reference);
            if (signature == 0u) {
                return 0; // a command failed
            }
            hash = ef_draw_number(hash, signature);
        }
    }
    return hash;
}
