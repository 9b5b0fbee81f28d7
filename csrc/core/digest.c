// The chip's digest: a hash of its configuration (SPEC 13.1).
// SPDX-License-Identifier: Apache-2.0
#include "config.h"
#include "hash.h"

static uint64_t fold(uint64_t hash, const uint64_t *values, const uint8_t *sizes,
                     uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        hash = ef_hash_value(hash, values[i], sizes[i]);
    }
    return hash;
}

static uint64_t fold_table16(uint64_t hash, const int16_t *table, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        hash = ef_hash_value(hash, (uint16_t)table[i], 2);
    }
    return hash;
}

static uint64_t fold_table32(uint64_t hash, const uint32_t *table, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        hash = ef_hash_value(hash, table[i], 4);
    }
    return hash;
}

static uint64_t fold_controller(uint64_t hash, const struct ef_config *c)
{
    const uint64_t head[] = {c->seed,
                             c->settings.layer_count,
                             c->settings.reference,
                             c->settings.both_sides,
                             c->settings.input_signed,
                             c->settings.error_kind,
                             (uint16_t)c->settings.target_low,
                             (uint16_t)c->settings.target_high};
    static const uint8_t head_sizes[] = {8, 4, 1, 1, 1, 1, 2, 2};
    hash = fold(hash, head, head_sizes, 8);
    for (uint32_t i = 0; i < EF_SITE_COUNT; i++) {
        const struct ef_site_config *site = &c->settings.sites[i];
        const uint64_t values[] = {site->bits, site->rounding, site->overflow,
                                   site->shift};
        static const uint8_t sizes[] = {1, 1, 1, 1};
        hash = fold(hash, values, sizes, 4);
    }
    const uint64_t rules[] = {c->settings.train_length,
                              c->settings.train_bits,
                              c->settings.train_managed,
                              c->settings.pulse_limit,
                              c->settings.excess,
                              c->settings.class_count,
                              c->settings.transfer_every,
                              c->settings.lines_per_row_lfsr,
                              c->settings.lines_per_column_lfsr,
                              c->settings.lanes,
                              c->settings.program_tolerance,
                              c->settings.program_iterations,
                              c->settings.program_limit,
                              c->settings.program_reads,
                              c->settings.program_mantissa,
                              c->settings.program_shift,
                              c->settings.exp_shift,
                              c->settings.reserved};
    static const uint8_t rule_sizes[] = {1, 1, 1, 1, 1, 1, 2, 2, 2,
                                         4, 1, 1, 1, 1, 1, 1, 1, 1};
    return fold(hash, rules, rule_sizes, 18);
}

static uint64_t fold_device(uint64_t hash, const struct ef_config *c)
{
    const uint64_t scalars[] = {(uint32_t)c->settings.initial_state,
                                (uint32_t)c->settings.bound_low,
                                (uint32_t)c->settings.bound_high,
                                c->settings.bound_spread,
                                c->settings.d2d_common,
                                c->settings.d2d_asymmetry,
                                c->settings.read_noise,
                                c->settings.read_ns,
                                c->settings.gap_ns,
                                c->settings.stuck_low,
                                c->settings.stuck_high,
                                c->settings.fatigue,
                                (uint32_t)c->settings.imprint,
                                c->settings.wear_onset,
                                c->settings.disturb,
                                c->settings.drift,
                                c->settings.retention_s,
                                (uint32_t)c->settings.retention_level};
    static const uint8_t sizes[] = {4, 4, 4, 4, 4, 4, 4, 4, 4,
                                    4, 4, 4, 4, 4, 4, 4, 4, 4};
    hash = fold(hash, scalars, sizes, 18);
    hash = fold_table32(hash, c->settings.c2c, EF_CLASSES_MAX);
    hash = fold_table32(hash, c->settings.c2c_additive, EF_CLASSES_MAX);
    hash = fold_table32(hash, c->settings.width_ns, EF_CLASSES_MAX);
    const uint32_t knot_count = c->settings.class_count * 2u * EF_KNOTS;
    for (uint32_t i = 0; i < knot_count; i++) {
        hash = ef_hash_value(hash, (uint32_t)c->knots[i], 4);
    }
    if (c->settings.error_kind == EF_ERROR_SOFTMAX) {
        for (uint32_t i = 0; i < EF_EXP_ENTRIES; i++) {
            hash = ef_hash_value(hash, c->exp_table[i], 2);
        }
    }
    return hash;
}

// All but the learning rate, which is state.
static uint64_t fold_layer(uint64_t hash, const struct ef_config *c, uint32_t index)
{
    const struct ef_layer_config *l = &c->layers[index];
    const uint64_t values[] = {
        l->rows, l->inputs, l->bias, l->rule, l->pulse_class, l->program_class,
        (uint16_t)l->bias_code, (uint16_t)l->verify_code, l->gain_mantissa,
        l->gain_shift, l->back_mantissa, l->back_shift, l->verify_mantissa,
        l->verify_shift, l->threshold};
    static const uint8_t sizes[] = {4, 4, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1, 1, 4};
    hash = fold(hash, values, sizes, 15);
    if (l->activation != NULL) {
        hash = fold_table16(hash, l->activation, ef_table_entries(c));
        hash = fold_table16(hash, l->slope, ef_table_entries(c));
    }
    return hash;
}

uint64_t ef_config_digest(const struct ef_config *config)
{
    uint64_t hash = fold_controller(EF_HASH_START, config);
    hash = fold_device(hash, config);
    for (uint32_t l = 0; l < config->settings.layer_count; l++) {
        hash = fold_layer(hash, config, l);
    }
    return hash;
}
