// Every setting that is a number, once: its number in a fault, its name and type in
// edgeferro.h, and what it may be. The check, the names, the digest, the words of an
// image and the copy in the chip follow from these tables, in this order.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_SETTINGS_H
#define EF_SETTINGS_H

#include "edgeferro.h"

#define EF_NS_MAX 1000000000

// struct ef_settings. S: one of the chip; C: one a pulse class; Q: those of the sites,
// whose ranges differ from site to site (config.c); L: one that came later and joins
// the digest only where it is not 0, so that chips without it keep theirs (SPEC 13.1).
#define EF_SETTINGS(S, C, Q, L)                                                        \
    S(LAYER_COUNT, layer_count, uint32_t, 1, EF_LAYERS_MAX)                            \
    S(REFERENCE, reference, uint8_t, 0, EF_REFERENCE_OFFSET)                           \
    S(BOTH_SIDES, both_sides, uint8_t, 0, 1)                                           \
    S(INPUT_SIGNED, input_signed, uint8_t, 0, 1)                                       \
    S(ERROR_KIND, error_kind, uint8_t, 0, EF_OUTPUT_ERROR_SQUARED)                     \
    S(TARGET_LOW, target_low, int16_t, -511, 511)                                      \
    S(TARGET_HIGH, target_high, int16_t, -511, 511)                                    \
    Q(SITES_BITS, sites, struct ef_site_config, 0, UINT8_MAX)                          \
    S(TRAIN_LENGTH, train_length, uint8_t, 1, 31)                                      \
    S(TRAIN_BITS, train_bits, uint8_t, 4, 16)                                          \
    S(TRAIN_MANAGED, train_managed, uint8_t, 0, 1)                                     \
    S(PULSE_LIMIT, pulse_limit, uint8_t, 1, 127)                                       \
    S(EXCESS, excess, uint8_t, 0, EF_EXCESS_DROP)                                      \
    S(CLASS_COUNT, class_count, uint8_t, 1, EF_CLASSES_MAX)                            \
    S(TRANSFER_EVERY, transfer_every, uint16_t, 1, UINT16_MAX)                         \
    S(LINES_PER_ROW_LFSR, lines_per_row_lfsr, uint16_t, 1, EF_LINES_MAX)               \
    S(LINES_PER_COLUMN_LFSR, lines_per_column_lfsr, uint16_t, 1, EF_LINES_MAX)         \
    S(LANES, lanes, uint32_t, 1, EF_LINES_MAX)                                         \
    S(PROGRAM_TOLERANCE, program_tolerance, uint8_t, 0, UINT8_MAX)                     \
    S(PROGRAM_ITERATIONS, program_iterations, uint8_t, 1, UINT8_MAX)                   \
    S(PROGRAM_LIMIT, program_limit, uint8_t, 1, 127)                                   \
    S(PROGRAM_READS, program_reads, uint8_t, 1, 64)                                    \
    S(PROGRAM_MANTISSA, program_mantissa, uint8_t, 1, UINT8_MAX)                       \
    S(PROGRAM_SHIFT, program_shift, uint8_t, 0, 31)                                    \
    S(EXP_SHIFT, exp_shift, uint8_t, 0, 8)                                             \
    S(ERROR_DEADBAND, error_deadband, uint8_t, 0, UINT8_MAX)                           \
    S(INITIAL_STATE, initial_state, int32_t, -INT32_MAX, INT32_MAX)                    \
    S(BOUND_LOW, bound_low, int32_t, -INT32_MAX, -1)                                   \
    S(BOUND_HIGH, bound_high, int32_t, 1, INT32_MAX)                                   \
    S(BOUND_SPREAD, bound_spread, uint32_t, 0, 1 << 26)                                \
    S(D2D_COMMON, d2d_common, uint32_t, 0, 1 << 17)                                    \
    S(D2D_ASYMMETRY, d2d_asymmetry, uint32_t, 0, 1 << 17)                              \
    S(READ_NOISE, read_noise, uint32_t, 0, 1 << 24)                                    \
    S(READ_NS, read_ns, uint32_t, 1, EF_NS_MAX)                                        \
    S(GAP_NS, gap_ns, uint32_t, 0, EF_NS_MAX)                                          \
    S(STUCK_LOW, stuck_low, uint32_t, 0, UINT32_MAX)                                   \
    S(STUCK_HIGH, stuck_high, uint32_t, 0, UINT32_MAX)                                 \
    S(FATIGUE, fatigue, uint32_t, 0, 65535)                                            \
    S(IMPRINT, imprint, int32_t, -65535, 65535)                                        \
    S(WEAR_ONSET, wear_onset, uint32_t, 0, 31)                                         \
    S(DISTURB, disturb, uint32_t, 0, 1 << 16)                                          \
    S(DRIFT, drift, uint32_t, 0, 1 << 20)                                              \
    S(RETENTION_S, retention_s, uint32_t, 0, UINT32_MAX)                               \
    S(RETENTION_LEVEL, retention_level, int32_t, -INT32_MAX, INT32_MAX)                \
    C(C2C, c2c, uint32_t, 0, 1 << 18)                                                  \
    C(C2C_ADDITIVE, c2c_additive, uint32_t, 0, 1 << 20)                                \
    C(WIDTH_NS, width_ns, uint32_t, 1, EF_NS_MAX)                                      \
    L(READ_SHOT, read_shot, uint32_t, 0, INT32_MAX)                                    \
    L(READ_BASE, read_base, uint32_t, 0, 1 << 24)                                      \
    L(LINE_LIMIT, line_limit, uint32_t, 0, 1 << 30)                                    \
    L(ADC_GAIN, adc_gain, uint32_t, 0, 1 << 14)                                        \
    L(ADC_OFFSET, adc_offset, uint32_t, 0, 1 << 16)                                    \
    L(ACCESS, access, uint32_t, 0, EF_ACCESS_TRANSISTOR)                               \
    L(TRIM_GAIN, trim_gain, uint32_t, 0, 1 << 14)                                      \
    L(TRIM_OFFSET, trim_offset, uint32_t, 0, 1 << 16)                                  \
    L(COARSE_CLASS, coarse_class, uint32_t, 0, EF_CLASSES_MAX - 1)                     \
    L(COARSE_RATIO, coarse_ratio, uint32_t, 0, 1 << 15)

// struct ef_layer_config. L: a setting; R: the learning rate, which is state and so no
// part of the digest.
#define EF_LAYER_SETTINGS(L, R)                                                        \
    L(LAYERS_ROWS, rows, uint32_t, 1, EF_LINES_MAX)                                    \
    L(LAYERS_INPUTS, inputs, uint32_t, 1, EF_LINES_MAX)                                \
    L(LAYERS_BIAS, bias, uint8_t, 0, 1)                                                \
    L(LAYERS_RULE, rule, uint8_t, 0, EF_RULE_MIXED_PRECISION)                          \
    L(LAYERS_PULSE_CLASS, pulse_class, uint8_t, 0, EF_CLASSES_MAX - 1)                 \
    L(LAYERS_PROGRAM_CLASS, program_class, uint8_t, 0, EF_CLASSES_MAX - 1)             \
    L(LAYERS_BIAS_CODE, bias_code, int16_t, -255, 511)                                 \
    L(LAYERS_VERIFY_CODE, verify_code, int16_t, 1, 511)                                \
    L(LAYERS_GAIN_MANTISSA, gain_mantissa, uint8_t, 1, UINT8_MAX)                      \
    L(LAYERS_GAIN_SHIFT, gain_shift, uint8_t, 0, 47)                                   \
    L(LAYERS_BACK_MANTISSA, back_mantissa, uint8_t, 1, UINT8_MAX)                      \
    L(LAYERS_BACK_SHIFT, back_shift, uint8_t, 0, 47)                                   \
    L(LAYERS_VERIFY_MANTISSA, verify_mantissa, uint8_t, 1, UINT8_MAX)                  \
    L(LAYERS_VERIFY_SHIFT, verify_shift, uint8_t, 0, 47)                               \
    R(LAYERS_RATE_MANTISSA, rate_mantissa, uint8_t, 1, UINT8_MAX)                      \
    R(LAYERS_RATE_SHIFT, rate_shift, uint8_t, 0, 62)                                   \
    L(LAYERS_THRESHOLD, threshold, uint32_t, 1, 1 << 30)

// Whether a setting is part of the digest.
enum ef_in_digest { EF_DIGEST_NO, EF_DIGEST_YES, EF_DIGEST_IF_USED };

// A row of the tables above. Narrower than a pointer comes last: no padding between.
struct ef_setting {
    int64_t low;
    int64_t high;
    const char *name;
    uint16_t number; // enum ef_field
    uint16_t offset; // in its structure
    uint16_t count;  // 1, or of how many items
    uint8_t size;    // bytes of an item
    bool is_signed;
    uint8_t in_digest; // enum ef_in_digest
};

// Some rows and the structure that they describe.
struct ef_rows {
    const struct ef_setting *at;
    uint32_t count;
};

extern const struct ef_rows ef_chip_rows;  // struct ef_settings
extern const struct ef_rows ef_layer_rows; // struct ef_layer_config

// One item of a setting, sign extended.
int64_t ef_setting_get(const struct ef_setting *row, const void *record,
                       uint32_t index);

#endif
