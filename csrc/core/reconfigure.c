// Other descriptors for the same silicon: cells, accumulators and counters stay (SPEC
// 19.8).
// SPDX-License-Identifier: Apache-2.0
#include "reconfigure.h"

#include "array.h"
#include "command.h"
#include "config.h"

#define FROM(NUMBER, name, type, low, high) .name = from->name,

// Settings that a register can change; the others are the silicon's.
static bool is_told(uint32_t number)
{
    switch (number) {
    case EF_FIELD_PROGRAM_TOLERANCE:
    case EF_FIELD_PROGRAM_ITERATIONS:
    case EF_FIELD_PROGRAM_LIMIT:
    case EF_FIELD_PROGRAM_READS:
    case EF_FIELD_LAYERS_ROWS:
    case EF_FIELD_LAYERS_INPUTS:
    case EF_FIELD_LAYERS_BIAS:
        return number < EF_FIELD_LAYERS_ROWS;
    default:
        return number > EF_FIELD_LAYERS_BIAS && number <= EF_FIELD_LAYERS_THRESHOLD;
    }
}

static bool differs(struct ef_fault *fault, const struct ef_rows *rows,
                    const void *record, const void *other, int32_t index)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct ef_setting *row = &rows->at[i];
        for (uint32_t k = 0; !is_told(row->number) && k < row->count; k++) {
            const int64_t value = ef_setting_get(row, record, k);
            if (value != ef_setting_get(row, other, k)) {
                *fault = (struct ef_fault){
                    .field = row->number,
                    .index = index < 0 ? (int32_t)k : index,
                    .low = value,
                    .high = value,
                    .value = ef_setting_get(row, other, k),
                };
                return true;
            }
        }
    }
    return false;
}

// Whether a layer has room for what it is told.
static bool layer_takes(struct ef_fault *fault, const struct ef_chip *chip,
                        const struct ef_config *config, uint32_t index)
{
    const struct ef_layer *layer = &chip->layers[index];
    const struct ef_layer_config *told = &config->layers[index];
    const struct ef_layer *from = layer;
    const struct ef_layer_config is = {EF_LAYER_SETTINGS(FROM, FROM).activation = NULL};
    if (told->rule == EF_RULE_MIXED_PRECISION && layer->chi == 0u) {
        *fault = (struct ef_fault){.field = EF_FIELD_LAYERS_RULE,
                                   .index = (int32_t)index,
                                   .low = EF_RULE_NONE,
                                   .high = EF_RULE_SGD_COUNTED,
                                   .value = told->rule};
        return false;
    }
    return !differs(fault, &ef_layer_rows, &is, told, (int32_t)index);
}

static bool same16(const struct ef_chip *chip, uint64_t at, const int16_t *told,
                   uint32_t count)
{
    const int16_t *is = (const int16_t *)ef_see(chip, at);
    bool same = true;
    for (uint32_t i = 0; i < count; i++) {
        same = same && is[i] == told[i];
    }
    return same;
}

static bool same_device(const struct ef_chip *chip, const struct ef_config *config)
{
    const uint16_t *exp_table = (const uint16_t *)ef_see(chip, chip->exp_table);
    const bool softmax = chip->settings.error_kind == EF_OUTPUT_ERROR_SOFTMAX;
    const uint32_t count = chip->settings.class_count * 2u * EF_KNOTS;
    bool same = (chip->inl != 0u) == (config->adc_inl != NULL);
    for (uint32_t i = 0; i < count; i++) {
        same = same && ef_knots(chip, 0, 0)[i] == config->knots[i];
    }
    for (uint32_t i = 0; softmax && i < EF_EXP_ENTRIES; i++) {
        same = same && exp_table[i] == config->exp_table[i];
    }
    return same &&
           (chip->inl == 0u || same16(chip, chip->inl, config->adc_inl, EF_KNOTS));
}

// Whether the tables are those that the chip was made with.
static bool same_tables(const struct ef_chip *chip, const struct ef_config *config)
{
    const uint32_t count = ef_table_entries(config);
    bool same = same_device(chip, config);
    for (uint32_t l = 0; l < chip->settings.layer_count; l++) {
        const struct ef_layer *layer = &chip->layers[l];
        const struct ef_layer_config *told = &config->layers[l];
        same = same && (layer->has_activation != 0u) == (told->activation != NULL);
        if (same && layer->has_activation != 0u) {
            same = same16(chip, layer->activation, told->activation, count) &&
                   same16(chip, layer->slope, told->slope, count);
        }
    }
    return same;
}

#define TELL(NUMBER, name, type, low, high) layer->name = told->name;

static void tell_layer(struct ef_layer *layer, const struct ef_layer_config *told)
{
    EF_LAYER_SETTINGS(TELL, TELL)
}

int ef_would_take(struct ef_fault *fault, const struct ef_chip *chip,
                  const struct ef_config *config)
{
    const int status = ef_config_check(fault, config);
    if (status != EF_OK) {
        return status;
    }
    if (config->seed != chip->seed) {
        return EF_ERROR_CHIP;
    }
    if (differs(fault, &ef_chip_rows, &chip->settings, &config->settings, -1)) {
        return EF_ERROR_CONFIG;
    }
    for (uint32_t l = 0; l < chip->settings.layer_count; l++) {
        if (!layer_takes(fault, chip, config, l)) {
            return EF_ERROR_CONFIG;
        }
    }
    return same_tables(chip, config) ? EF_OK : EF_ERROR_CHIP;
}

void ef_tell(struct ef_chip *chip, const struct ef_config *config)
{
    chip->settings = config->settings;
    chip->digest = ef_config_digest(config);
    for (uint32_t l = 0; l < chip->settings.layer_count; l++) {
        tell_layer(&chip->layers[l], &config->layers[l]);
    }
}

int ef_reconfigure(struct ef_chip *chip, struct ef_fault *fault,
                   const struct ef_config *config)
{
    if (chip == NULL || fault == NULL || config == NULL) {
        return EF_ERROR_NULL;
    }
    const int status = ef_would_take(fault, chip, config);
    if (status != EF_OK) {
        return status;
    }
    for (uint32_t l = 0; l < chip->settings.layer_count; l++) {
        if (chip->layers[l].rule != config->layers[l].rule) {
            ef_lose_accumulators(chip, &chip->layers[l]);
        }
    }
    ef_tell(chip, config);
    return EF_OK;
}
