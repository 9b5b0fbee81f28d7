// The chip's digest: a hash of its configuration (SPEC 13.1).
// SPDX-License-Identifier: Apache-2.0
#include "config.h"
#include "hash.h"
#include "settings.h"

static uint64_t fold_rows(uint64_t hash, const struct ef_rows *rows, const void *record)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct ef_setting *row = &rows->at[i];
        for (uint32_t k = 0; row->in_digest != EF_DIGEST_NO && k < row->count; k++) {
            const int64_t value = ef_setting_get(row, record, k);
            if (row->in_digest == EF_DIGEST_IF_USED) {
                if (value == 0) {
                    continue;
                }
                hash = ef_hash_value(hash, row->number, 2);
            }
            hash = ef_hash_value(hash, (uint64_t)value, row->size);
        }
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

static uint64_t fold_device_tables(uint64_t hash, const struct ef_config *c)
{
    const uint32_t knot_count = c->settings.class_count * 2u * EF_KNOTS;
    for (uint32_t i = 0; i < knot_count; i++) {
        hash = ef_hash_value(hash, (uint32_t)c->knots[i], 4);
    }
    if (c->settings.error_kind == EF_OUTPUT_ERROR_SOFTMAX) {
        for (uint32_t i = 0; i < EF_EXP_ENTRIES; i++) {
            hash = ef_hash_value(hash, c->exp_table[i], 2);
        }
    }
    return c->adc_inl != NULL ? fold_table16(hash, c->adc_inl, EF_KNOTS) : hash;
}

static uint64_t fold_layer(uint64_t hash, const struct ef_config *c, uint32_t index)
{
    const struct ef_layer_config *layer = &c->layers[index];
    hash = fold_rows(hash, &ef_layer_rows, layer);
    if (layer->activation != NULL) {
        hash = fold_table16(hash, layer->activation, ef_table_entries(c));
        hash = fold_table16(hash, layer->slope, ef_table_entries(c));
    }
    return hash;
}

uint64_t ef_config_digest(const struct ef_config *config)
{
    if (config == NULL) {
        return 0;
    }
    uint64_t hash = ef_hash_value(EF_HASH_START, config->seed, 8);
    hash = fold_rows(hash, &ef_chip_rows, &config->settings);
    hash = fold_device_tables(hash, config);
    for (uint32_t l = 0; l < config->settings.layer_count; l++) {
        hash = fold_layer(hash, config, l);
    }
    return hash;
}
