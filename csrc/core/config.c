// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "fixed.h"

#define TABLE_BITS 12u
#define NS_MAX 1000000000

enum field {
    LAYER_COUNT, REFERENCE, BOTH_SIDES, INPUT_SIGNED, ERROR_KIND, TARGET_LOW,
    TARGET_HIGH, SITE_BITS, SITE_ROUNDING, SITE_OVERFLOW, SITE_SHIFT, TRAIN_LENGTH,
    TRAIN_BITS, TRAIN_MANAGED, PULSE_LIMIT, EXCESS, CLASS_COUNT, TRANSFER_EVERY,
    ROW_LINES, COLUMN_LINES, LANES, TOLERANCE, ITERATIONS, PROGRAM_LIMIT, READS,
    PROGRAM_MANTISSA, PROGRAM_SHIFT, EXP_SHIFT, RESERVED, INITIAL_STATE, BOUND_LOW,
    BOUND_HIGH, BOUND_SPREAD, D2D_COMMON, D2D_ASYMMETRY, READ_NOISE, READ_NS, GAP_NS,
    STUCK_HIGH, FATIGUE, IMPRINT, WEAR_ONSET, DISTURB, DRIFT, RETENTION_LEVEL,
    C2C, C2C_ADDITIVE, WIDTH_NS, KNOTS, EXP_TABLE, ROWS, INPUTS, BIAS, RULE,
    PULSE_CLASS, PROGRAM_CLASS, BIAS_CODE, VERIFY_CODE, GAIN_MANTISSA, GAIN_SHIFT,
    BACK_MANTISSA, BACK_SHIFT, VERIFY_MANTISSA, VERIFY_SHIFT, RATE_MANTISSA,
    RATE_SHIFT, THRESHOLD, ACTIVATION, SLOPE, FIELD_COUNT
};

static const char *const FIELD_NAMES[FIELD_COUNT] = {
    "layer_count", "reference", "both_sides", "input_signed", "error_kind",
    "target_low", "target_high", "sites.bits", "sites.rounding", "sites.overflow",
    "sites.shift", "train_length", "train_bits", "train_managed", "pulse_limit",
    "excess", "class_count", "transfer_every", "lines_per_row_lfsr",
    "lines_per_column_lfsr", "lanes", "program_tolerance", "program_iterations",
    "program_limit", "program_reads", "program_mantissa", "program_shift", "exp_shift",
    "reserved", "initial_state", "bound_low", "bound_high", "bound_spread",
    "d2d_common", "d2d_asymmetry", "read_noise", "read_ns", "gap_ns", "stuck_high",
    "fatigue", "imprint", "wear_onset", "disturb", "drift", "retention_level", "c2c",
    "c2c_additive", "width_ns", "knots", "exp_table", "layers.rows", "layers.inputs",
    "layers.bias", "layers.rule", "layers.pulse_class", "layers.program_class",
    "layers.bias_code", "layers.verify_code", "layers.gain_mantissa",
    "layers.gain_shift", "layers.back_mantissa", "layers.back_shift",
    "layers.verify_mantissa", "layers.verify_shift", "layers.rate_mantissa",
    "layers.rate_shift", "layers.threshold", "layers.activation", "layers.slope"};

const char *ef_field_name(int field)
{
    return field >= 0 && field < FIELD_COUNT ? FIELD_NAMES[field] : "unknown field";
}

// One field and what it may be.
struct rule {
    enum field field;
    int64_t value;
    int64_t low;
    int64_t high;
};

static bool refuse(struct ef_fault *fault, struct rule rule, int32_t index)
{
    if (rule.value >= rule.low && rule.value <= rule.high) {
        return false;
    }
    *fault = (struct ef_fault){(int32_t)rule.field, index, rule.value, rule.low,
                               rule.high};
    return true;
}

static bool refuse_any(struct ef_fault *fault, const struct rule *rules, uint32_t count,
                       int32_t index)
{
    for (uint32_t i = 0; i < count; i++) {
        if (refuse(fault, rules[i], index)) {
            return true;
        }
    }
    return false;
}

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static bool bad_scalars(struct ef_fault *fault, const struct ef_config *c)
{
    const struct rule rules[] = {
        {LAYER_COUNT, c->settings.layer_count, 1, EF_LAYERS_MAX},
        {REFERENCE, c->settings.reference, 0, EF_REFERENCE_OFFSET},
        {BOTH_SIDES, c->settings.both_sides, 0,
         c->settings.reference == EF_REFERENCE_CELL ? 1 : 0},
        {INPUT_SIGNED, c->settings.input_signed, 0, 1},
        {ERROR_KIND, c->settings.error_kind, 0, EF_ERROR_SQUARED},
        {TARGET_LOW, c->settings.target_low, -511, 511},
        {TARGET_HIGH, c->settings.target_high, -511, 511},
        {TRAIN_LENGTH, c->settings.train_length, 1, 31},
        {TRAIN_BITS, c->settings.train_bits, 4, 16},
        {TRAIN_MANAGED, c->settings.train_managed, 0, 1},
        {PULSE_LIMIT, c->settings.pulse_limit, 1, 127},
        {EXCESS, c->settings.excess, 0, EF_EXCESS_DROP},
        {CLASS_COUNT, c->settings.class_count, 1, EF_CLASSES_MAX},
        {TRANSFER_EVERY, c->settings.transfer_every, 1, UINT16_MAX},
        {ROW_LINES, c->settings.lines_per_row_lfsr, 1, EF_LINES_MAX},
        {COLUMN_LINES, c->settings.lines_per_column_lfsr, 1, EF_LINES_MAX},
        {LANES, c->settings.lanes, 1, EF_LINES_MAX},
        {ITERATIONS, c->settings.program_iterations, 1, 255},
        {PROGRAM_LIMIT, c->settings.program_limit, 1, 127},
        {READS, c->settings.program_reads, 1, 64},
        {PROGRAM_MANTISSA, c->settings.program_mantissa, 1, 255},
        {PROGRAM_SHIFT, c->settings.program_shift, 0, 31},
        {EXP_SHIFT, c->settings.exp_shift, 0, 8},
        {RESERVED, c->settings.reserved, 0, 0},
        {BOUND_LOW, c->settings.bound_low, -INT32_MAX, -1},
        {BOUND_HIGH, c->settings.bound_high, 1, INT32_MAX},
        {INITIAL_STATE, c->settings.initial_state, c->settings.bound_low,
         c->settings.bound_high},
        {BOUND_SPREAD, c->settings.bound_spread, 0, 1 << 26},
        {D2D_COMMON, c->settings.d2d_common, 0, 1 << 17},
        {D2D_ASYMMETRY, c->settings.d2d_asymmetry, 0, 1 << 17},
        {READ_NOISE, c->settings.read_noise, 0, 1 << 24},
        {READ_NS, c->settings.read_ns, 1, NS_MAX},
        {GAP_NS, c->settings.gap_ns, 0, NS_MAX},
        {STUCK_HIGH, c->settings.stuck_high, 0,
         (int64_t)UINT32_MAX - c->settings.stuck_low},
        {FATIGUE, c->settings.fatigue, 0, 65535},
        {IMPRINT, c->settings.imprint, -65535, 65535},
        {WEAR_ONSET, c->settings.wear_onset, 0, 31},
        {DISTURB, c->settings.disturb, 0, 1 << 16},
        {DRIFT, c->settings.drift, 0, 1 << 20},
        {RETENTION_LEVEL, c->settings.retention_level, -INT32_MAX, INT32_MAX},
    };
    return refuse_any(fault, rules, COUNT_OF(rules), -1);
}

// Bits by site (SPEC 1.6); the two that use none are given a fixed width.
static const struct ef_range SITE_BITS_RANGE[EF_SITE_COUNT] = {
    {1, 9}, {4, 14}, {1, 9}, {3, 12}, {1, 32}, {8, 32}, {1, 32}, {1, 32}};

static bool stochastic_rule(const struct ef_config *c)
{
    for (uint32_t l = 0; l < c->settings.layer_count; l++) {
        if (c->layers[l].rule == EF_RULE_SGD_STOCHASTIC) {
            return true;
        }
    }
    return false;
}

static bool bad_sites(struct ef_fault *fault, const struct ef_config *c)
{
    for (int32_t i = 0; i < EF_SITE_COUNT; i++) {
        const struct ef_site_config *site = &c->settings.sites[i];
        const bool dither = i == EF_SITE_ADC || i == EF_SITE_PULSE ||
                            (i == EF_SITE_GRADIENT && !stochastic_rule(c));
        const bool wrap =
            i == EF_SITE_INPUT || i == EF_SITE_ADC || i == EF_SITE_ACCUMULATOR;
        const struct rule rules[] = {
            {SITE_BITS, site->bits, SITE_BITS_RANGE[i].low, SITE_BITS_RANGE[i].high},
            {SITE_ROUNDING, site->rounding, 0,
             dither ? EF_ROUND_STOCHASTIC : EF_ROUND_NEAREST_AWAY},
            {SITE_OVERFLOW, site->overflow, 0, wrap ? EF_WRAP : EF_SATURATE},
            {SITE_SHIFT, site->shift, 0, i == EF_SITE_INPUT ? 15 : 0},
        };
        if (refuse_any(fault, rules, COUNT_OF(rules), i)) {
            return true;
        }
    }
    return false;
}

static bool bad_device(struct ef_fault *fault, const struct ef_config *c)
{
    for (int32_t k = 0; k < c->settings.class_count; k++) {
        const struct rule rules[] = {
            {C2C, c->settings.c2c[k], 0, 1 << 18},
            {C2C_ADDITIVE, c->settings.c2c_additive[k], 0, 1 << 20},
            {WIDTH_NS, c->settings.width_ns[k], 1, NS_MAX},
        };
        if (refuse_any(fault, rules, COUNT_OF(rules), k)) {
            return true;
        }
    }
    const int32_t knot_count = c->settings.class_count * 2 * EF_KNOTS;
    for (int32_t i = 0; i < knot_count; i++) {
        if (refuse(fault, (struct rule){KNOTS, c->knots[i], 0, INT32_MAX}, i)) {
            return true;
        }
    }
    if (c->settings.error_kind != EF_ERROR_SOFTMAX) {
        return false;
    }
    int64_t last = UINT16_MAX;
    for (int32_t i = 0; i < EF_EXP_ENTRIES; i++) {
        const struct rule rule = {EXP_TABLE, c->exp_table[i], i == 0 ? 1 : 0, last};
        if (refuse(fault, rule, i)) {
            return true;
        }
        last = c->exp_table[i];
    }
    return false;
}

// A layer's tables: codes within the activation site, slopes not negative.
static bool bad_tables(struct ef_fault *fault, const struct ef_config *c, int32_t index)
{
    const struct ef_layer_config *layer = &c->layers[index];
    const int64_t top = ((int64_t)1 << c->settings.sites[EF_SITE_ACTIVATION].bits) - 1;
    const uint32_t entries = ef_table_entries(c);
    for (uint32_t i = 0; i < entries; i++) {
        const struct rule rules[] = {
            {ACTIVATION, layer->activation[i], -top, top},
            {SLOPE, layer->slope[i], 0, INT16_MAX},
        };
        if (refuse_any(fault, rules, COUNT_OF(rules), index)) {
            return true;
        }
    }
    return false;
}

static bool bad_layer(struct ef_fault *fault, const struct ef_config *c, int32_t index)
{
    const struct ef_layer_config *l = &c->layers[index];
    const int64_t above = index > 0 ? c->layers[index - 1].rows : EF_LINES_MAX;
    const struct rule rules[] = {
        {ROWS, l->rows, 1, EF_LINES_MAX},
        {BIAS, l->bias, 0, 1},
        {INPUTS, l->inputs, index > 0 ? above : 1,
         ef_min(above, EF_LINES_MAX - l->bias)},
        {RULE, l->rule, 0, EF_RULE_MIXED_PRECISION},
        {PULSE_CLASS, l->pulse_class, 0, c->settings.class_count - 1},
        {PROGRAM_CLASS, l->program_class, 0, c->settings.class_count - 1},
        {BIAS_CODE, l->bias_code, -255, 511},
        {VERIFY_CODE, l->verify_code, 1, 511},
        {GAIN_MANTISSA, l->gain_mantissa, 1, 255},
        {GAIN_SHIFT, l->gain_shift, 0, 47},
        {BACK_MANTISSA, l->back_mantissa, 1, 255},
        {BACK_SHIFT, l->back_shift, 0, 47},
        {VERIFY_MANTISSA, l->verify_mantissa, 1, 255},
        {VERIFY_SHIFT, l->verify_shift, 0, 47},
        {RATE_MANTISSA, l->rate_mantissa, 1, 255},
        {RATE_SHIFT, l->rate_shift, 0, 62},
        {THRESHOLD, l->threshold, 1, 1 << 30},
    };
    if (refuse_any(fault, rules, COUNT_OF(rules), index)) {
        return true;
    }
    return l->activation != NULL && bad_tables(fault, c, index);
}

// A table pointer is missing where it is needed or there where it has no use.
static bool bad_pointers(const struct ef_config *c)
{
    const bool softmax = c->settings.error_kind == EF_ERROR_SOFTMAX;
    bool bad = c->knots == NULL || (softmax && c->exp_table == NULL);
    for (uint32_t l = 0; l < c->settings.layer_count; l++) {
        const bool needed = l + 1u < c->settings.layer_count || !softmax;
        bad = bad || (c->layers[l].activation != NULL) != needed;
        bad = bad || (c->layers[l].slope != NULL) != needed;
    }
    return bad;
}

uint32_t ef_table_entries(const struct ef_config *config)
{
    const uint32_t bits = config->settings.sites[EF_SITE_ADC].bits;
    return 1u << (bits < TABLE_BITS ? bits : TABLE_BITS);
}

int ef_config_check(struct ef_fault *fault, const struct ef_config *config)
{
    if (bad_scalars(fault, config)) {
        return EF_ERROR_CONFIG;
    }
    if (bad_pointers(config)) {
        return EF_ERROR_NULL;
    }
    if (bad_sites(fault, config) || bad_device(fault, config)) {
        return EF_ERROR_CONFIG;
    }
    for (int32_t l = 0; l < (int32_t)config->settings.layer_count; l++) {
        if (bad_layer(fault, config, l)) {
            return EF_ERROR_CONFIG;
        }
    }
    return EF_OK;
}
