// Other descriptors for the same silicon: cells, accumulators and counters stay (SPEC
// 19.8).
// SPDX-License-Identifier: Apache-2.0
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

#define TELL(NUMBER, name, type, low, high) layer->name = told->name;

static void tell_layer(struct ef_chip *chip, struct ef_layer *layer,
                       const struct ef_layer_config *told)
{
    if (told->rule != layer->rule) {
        ef_lose_accumulators(chip, layer);
    }
    EF_LAYER_SETTINGS(TELL, TELL)
}

int ef_reconfigure(struct ef_chip *chip, struct ef_fault *fault,
                   const struct ef_config *config)
{
    if (chip == NULL || fault == NULL || config == NULL) {
        return EF_ERROR_NULL;
    }
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
    chip->settings = config->settings;
    chip->digest = ef_config_digest(config);
    for (uint32_t l = 0; l < chip->settings.layer_count; l++) {
        tell_layer(chip, &chip->layers[l], &config->layers[l]);
    }
    return EF_OK;
}
