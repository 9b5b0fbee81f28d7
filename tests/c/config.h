// The chip configurations of these tests: a plain chip, from which each test says how
// its own differs. The one place here that fills every field of struct ef_config.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_TEST_CONFIG_H
#define EF_TEST_CONFIG_H

#include "edgeferro.h"

#define CONFIG_TABLE 512u // entries of a table behind nine bits

// One pulse class, one lane, no noise, no spread, nothing ages; softmax output.
static inline struct ef_config config_plain(const int32_t *knots,
                                            const uint16_t *exp_table)
{
    static const uint8_t bits[EF_SITE_COUNT] = {8, 9, 8, 8, 32, 16, 8, 16};
    struct ef_config config = {
        .seed = 1,
        .settings =
            {
                .layer_count = 1,
                .input_signed = 1,
                .train_length = 31,
                .train_bits = 12,
                .pulse_limit = 31,
                .class_count = 1,
                .transfer_every = 1,
                .lines_per_row_lfsr = 1,
                .lines_per_column_lfsr = 1,
                .lanes = 1,
                .program_iterations = 1,
                .program_limit = 1,
                .program_reads = 1,
                .program_mantissa = 1,
                .bound_low = -INT32_MAX,
                .bound_high = INT32_MAX,
                .read_ns = 1,
            },
        .knots = knots,
        .exp_table = exp_table,
    };
    for (int i = 0; i < EF_SITE_COUNT; i++) {
        config.settings.sites[i].bits = bits[i];
        config.settings.sites[i].rounding = EF_ROUND_NEAREST_EVEN;
    }
    for (int k = 0; k < EF_CLASSES_MAX; k++) {
        config.settings.width_ns[k] = 1;
    }
    return config;
}

// A layer without bias that doesn't learn, every gain 1.
static inline struct ef_layer_config config_layer(uint32_t rows, uint32_t inputs)
{
    return (struct ef_layer_config){
        .rows = rows,
        .inputs = inputs,
        .bias_code = 1,
        .verify_code = 1,
        .gain_mantissa = 1,
        .back_mantissa = 1,
        .verify_mantissa = 1,
        .rate_mantissa = 1,
        .threshold = 1,
    };
}

// A layer with bias whose codes use the ADC's range, for updates of some rule.
static inline struct ef_layer_config
config_learning_layer(uint32_t rows, uint32_t inputs, uint8_t rule)
{
    return (struct ef_layer_config){
        .rows = rows,
        .inputs = inputs,
        .bias = 1,
        .rule = rule,
        .pulse_class = 1,
        .bias_code = 127,
        .verify_code = 127,
        .gain_mantissa = 180,
        .gain_shift = 22,
        .back_mantissa = 150,
        .back_shift = 21,
        .verify_mantissa = 132,
        .verify_shift = 21,
        .rate_mantissa = 200,
        .rate_shift = rule == EF_RULE_MIXED_PRECISION ? 13 : 23,
        .threshold = 3000,
    };
}

// The activation max(0, code) and its slope.
static inline void config_relu(int16_t *activation, int16_t *slope)
{
    for (int32_t i = 0; i < (int32_t)CONFIG_TABLE; i++) {
        const int32_t code = i - (int32_t)CONFIG_TABLE / 2;
        activation[i] = (int16_t)(code < 0 ? 0 : code);
        slope[i] = (int16_t)(code < 0 ? 0 : 256);
    }
}

// A softmax table that falls by a 32nd an entry.
static inline void config_decay(uint16_t *exp_table)
{
    uint32_t value = UINT16_MAX;
    for (int32_t i = 0; i < EF_EXP_ENTRIES; i++) {
        exp_table[i] = (uint16_t)value;
        value -= value >> 5;
    }
}

#endif
