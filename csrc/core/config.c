// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "fixed.h"
#include "settings.h"

#define TABLE_BITS 12u
#define COARSE_LEAST 512 // Q.8
#define COARSE_MOST 32768

// One field and what it may be.
struct rule {
    uint32_t field; // enum ef_field
    int64_t value;
    int64_t low;
    int64_t high;
};

static bool refuse(struct ef_fault *fault, struct rule rule, int32_t index)
{
    if (rule.value >= rule.low && rule.value <= rule.high) {
        return false;
    }
    *fault =
        (struct ef_fault){(int32_t)rule.field, index, rule.value, rule.low, rule.high};
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

// What the table says of each setting of a structure; classes beyond class_count are
// not in use.
static bool bad_rows(struct ef_fault *fault, const struct ef_rows *rows,
                     const void *record, uint32_t classes, int32_t index)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct ef_setting *row = &rows->at[i];
        const uint32_t used = row->count == EF_CLASSES_MAX ? classes : row->count;
        for (uint32_t k = 0; k < used; k++) {
            const struct rule rule = {row->number, ef_setting_get(row, record, k),
                                      row->low, row->high};
            if (refuse(fault, rule, row->count > 1u ? (int32_t)k : index)) {
                return true;
            }
        }
    }
    return false;
}

static bool stochastic_rule(const struct ef_config *c)
{
    for (uint32_t l = 0; l < c->settings.layer_count; l++) {
        if (c->layers[l].rule == EF_RULE_SGD_STOCHASTIC) {
            return true;
        }
    }
    return false;
}

// Coarse pulses have a class of their own, are worth two fine ones at least, and leave
// nothing to a train (SPEC 9.11).
static bool bad_coarse(struct ef_fault *fault, const struct ef_config *config)
{
    const struct ef_settings *s = &config->settings;
    const bool coarse = s->coarse_ratio != 0u;
    const bool trains = stochastic_rule(config);
    const struct rule rules[] = {
        {EF_FIELD_COARSE_RATIO, s->coarse_ratio, coarse && !trains ? COARSE_LEAST : 0,
         trains ? 0 : COARSE_MOST},
        {EF_FIELD_COARSE_CLASS, s->coarse_class, 0, coarse ? s->class_count - 1 : 0},
    };
    return refuse_any(fault, rules, COUNT_OF(rules), -1);
}

// Settings of the chip whose range follows from another one.
static bool bad_together(struct ef_fault *fault, const struct ef_config *config)
{
    const struct ef_settings *s = &config->settings;
    const struct rule rules[] = {
        {EF_FIELD_BOTH_SIDES, s->both_sides, 0,
         s->reference == EF_REFERENCE_CELL ? 1 : 0},
        {EF_FIELD_INITIAL_STATE, s->initial_state, s->bound_low, s->bound_high},
        {EF_FIELD_STUCK_HIGH, s->stuck_high, 0, (int64_t)UINT32_MAX - s->stuck_low},
        {EF_FIELD_DISTURB, s->disturb, 0,
         s->access == EF_ACCESS_TRANSISTOR ? 0 : UINT16_MAX + 1},
    };
    return refuse_any(fault, rules, COUNT_OF(rules), -1);
}

// Bits by site (SPEC 1.6); the two that use none are given a fixed width.
static const struct ef_range SITE_BITS_RANGE[EF_SITE_COUNT] = {
    {1, 9}, {4, 14}, {1, 9}, {3, 12}, {1, 32}, {8, 32}, {1, 32}, {1, 32}};

static bool bad_sites(struct ef_fault *fault, const struct ef_config *c)
{
    for (int32_t i = 0; i < EF_SITE_COUNT; i++) {
        const struct ef_site_config *site = &c->settings.sites[i];
        const bool dither = i == EF_SITE_ADC || i == EF_SITE_PULSE ||
                            (i == EF_SITE_GRADIENT && !stochastic_rule(c));
        const bool wrap =
            i == EF_SITE_INPUT || i == EF_SITE_ADC || i == EF_SITE_ACCUMULATOR;
        const struct rule rules[] = {
            {EF_FIELD_SITES_BITS, site->bits, SITE_BITS_RANGE[i].low,
             SITE_BITS_RANGE[i].high},
            {EF_FIELD_SITES_ROUNDING, site->rounding, 0,
             dither ? EF_ROUND_STOCHASTIC : EF_ROUND_NEAREST_AWAY},
            {EF_FIELD_SITES_OVERFLOW, site->overflow, 0, wrap ? EF_WRAP : EF_SATURATE},
            {EF_FIELD_SITES_SHIFT, site->shift, 0, i == EF_SITE_INPUT ? 15 : 0},
        };
        if (refuse_any(fault, rules, COUNT_OF(rules), i)) {
            return true;
        }
    }
    return false;
}

static bool bad_device_tables(struct ef_fault *fault, const struct ef_config *c)
{
    const int32_t knot_count = c->settings.class_count * 2 * EF_KNOTS;
    for (int32_t i = 0; i < knot_count; i++) {
        if (refuse(fault, (struct rule){EF_FIELD_KNOTS, c->knots[i], 0, INT32_MAX},
                   i)) {
            return true;
        }
    }
    if (c->settings.error_kind != EF_OUTPUT_ERROR_SOFTMAX) {
        return false;
    }
    int64_t last = UINT16_MAX;
    for (int32_t i = 0; i < EF_EXP_ENTRIES; i++) {
        const struct rule rule = {EF_FIELD_EXP_TABLE, c->exp_table[i], i == 0 ? 1 : 0,
                                  last};
        if (refuse(fault, rule, i)) {
            return true;
        }
        last = c->exp_table[i];
    }
    return false;
}

// A layer's tables: codes within the activation site, slopes symmetric (SPEC 6.4).
static bool bad_tables(struct ef_fault *fault, const struct ef_config *c, int32_t index)
{
    const struct ef_layer_config *layer = &c->layers[index];
    const int64_t top = ((int64_t)1 << c->settings.sites[EF_SITE_ACTIVATION].bits) - 1;
    const uint32_t entries = ef_table_entries(c);
    for (uint32_t i = 0; i < entries; i++) {
        const struct rule rules[] = {
            {EF_FIELD_LAYERS_ACTIVATION, layer->activation[i], -top, top},
            {EF_FIELD_LAYERS_SLOPE, layer->slope[i], -INT16_MAX, INT16_MAX},
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
    const int64_t top_class = c->settings.class_count - 1;
    const struct rule rules[] = {
        {EF_FIELD_LAYERS_INPUTS, l->inputs, index > 0 ? above : 1,
         ef_min(above, EF_LINES_MAX - l->bias)},
        {EF_FIELD_LAYERS_PULSE_CLASS, l->pulse_class, 0, top_class},
        {EF_FIELD_LAYERS_PROGRAM_CLASS, l->program_class, 0, top_class},
    };
    return refuse_any(fault, rules, COUNT_OF(rules), index) ||
           bad_rows(fault, &ef_layer_rows, l, 0, index) ||
           (l->activation != NULL && bad_tables(fault, c, index));
}

// A table pointer is missing where it is needed or there where it has no use.
static bool bad_pointers(const struct ef_config *c)
{
    const bool softmax = c->settings.error_kind == EF_OUTPUT_ERROR_SOFTMAX;
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
    if (config == NULL) {
        return 0;
    }
    const uint32_t bits = config->settings.sites[EF_SITE_ADC].bits;
    return 1u << (bits < TABLE_BITS ? bits : TABLE_BITS);
}

int ef_config_check(struct ef_fault *fault, const struct ef_config *config)
{
    const struct ef_settings *settings = &config->settings;
    if (bad_rows(fault, &ef_chip_rows, settings, settings->class_count, -1) ||
        bad_together(fault, config) || bad_coarse(fault, config)) {
        return EF_ERROR_CONFIG;
    }
    if (bad_pointers(config)) {
        return EF_ERROR_NULL;
    }
    if (bad_sites(fault, config) || bad_device_tables(fault, config)) {
        return EF_ERROR_CONFIG;
    }
    for (int32_t l = 0; l < (int32_t)config->settings.layer_count; l++) {
        if (bad_layer(fault, config, l)) {
            return EF_ERROR_CONFIG;
        }
    }
    return EF_OK;
}
