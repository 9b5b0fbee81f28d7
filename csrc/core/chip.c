// A chip in the caller's block: where everything lies, and its first state.
// SPDX-License-Identifier: Apache-2.0
#include "array.h"
#include "config.h"
#include "fixed.h"
#include "line.h"
#include "random.h"

static uint64_t aligned(uint64_t size)
{
    return (size + EF_ALIGNMENT - 1u) / EF_ALIGNMENT * EF_ALIGNMENT;
}

// Hands out the block from front to back.
static uint64_t take(uint64_t *used, uint64_t count, uint64_t item_size)
{
    const uint64_t offset = *used;
    *used += aligned(count * item_size);
    return offset;
}

static void place_layer(struct ef_layer *layer, const struct ef_config *config,
                        uint64_t *used, uint32_t plane_count)
{
    const uint64_t cells = (uint64_t)layer->rows * layer->stride;
    for (uint32_t p = 0; p < plane_count; p++) {
        struct ef_plane_map *map = &layer->planes[p];
        map->state = take(used, cells, sizeof(int32_t));
        map->spread = take(used, cells, EF_SPREAD_BYTES);
        map->wear = take(used, cells, sizeof(uint32_t));
        map->column_sum = take(used, layer->stride, sizeof(uint32_t));
        map->row_sum = take(used, layer->rows, sizeof(uint32_t));
    }
    layer->weight = take(used, cells, sizeof(int16_t));
    if (layer->rule == EF_RULE_MIXED_PRECISION) {
        layer->chi = take(used, cells, sizeof(int32_t));
    }
    if (config->settings.reference == EF_REFERENCE_STORED) {
        layer->stored = take(used, cells, sizeof(int16_t));
    } else if (config->settings.reference == EF_REFERENCE_OFFSET) {
        layer->stored = take(used, layer->stride, sizeof(int16_t));
    }
    if (layer->has_activation != 0u) {
        const uint32_t entries = ef_table_entries(config);
        layer->activation = take(used, entries, sizeof(int16_t));
        layer->slope = take(used, entries, sizeof(int16_t));
    }
    layer->input = take(used, layer->stride, sizeof(int16_t));
    layer->code = take(used, layer->rows, sizeof(int16_t));
    layer->error = take(used, layer->rows, sizeof(int16_t));
    layer->delta = take(used, layer->rows, sizeof(int32_t));
    layer->row_lfsr = take(used, layer->row_groups, sizeof(uint32_t));
    layer->column_lfsr = take(used, layer->column_groups, sizeof(uint32_t));
    if (layer->has_errors != 0u) {
        const uint64_t lines = (uint64_t)layer->rows + layer->inputs;
        layer->converters = take(used, lines, sizeof(struct ef_converter));
    }
    if (ef_has_trim(&config->settings)) {
        const uint64_t lines = (uint64_t)layer->rows + layer->inputs;
        layer->trims = take(used, lines, EF_TRIM_BYTES);
    }
}

// Whether any converter of the chip can give another code than its scaled sum says.
static bool errs(const struct ef_config *config)
{
    const struct ef_settings *s = &config->settings;
    return (s->adc_gain | s->adc_offset) != 0u || ef_has_trim(s) ||
           config->adc_inl != NULL;
}

#define FROM(NUMBER, name, type, low, high) .name = from->name,

// The registers of a layer that follow from the configuration.
static void set_layer(struct ef_layer *layer, const struct ef_config *config,
                      uint32_t index)
{
    const struct ef_layer_config *from = &config->layers[index];
    const uint32_t columns = from->inputs + from->bias;
    const uint32_t padded = (columns + EF_STRIDE_CELLS - 1u) / EF_STRIDE_CELLS;
    *layer = (struct ef_layer){
        EF_LAYER_SETTINGS(FROM, FROM).columns = columns,
        .stride = padded * EF_STRIDE_CELLS,
        .has_activation = from->activation != NULL ? 1u : 0u,
        .has_errors = errs(config) ? 1u : 0u,
        .row_groups =
            (uint32_t)ef_ceil_div(from->rows, config->settings.lines_per_row_lfsr),
        .column_groups =
            (uint32_t)ef_ceil_div(columns, config->settings.lines_per_column_lfsr),
        .index = index,
        .forward_key = ef_key(config->seed, EF_STREAM_FORWARD, index),
        .backward_key = ef_key(config->seed, EF_STREAM_BACKWARD, index),
        .verify_key = ef_key(config->seed, EF_STREAM_VERIFY, index),
    };
    for (uint32_t p = 0; p < EF_PLANE_COUNT; p++) {
        const uint32_t plane = p * EF_STREAM_PLANE;
        layer->planes[p].spread_key =
            ef_key(config->seed, EF_STREAM_SPREAD + plane, index);
        layer->planes[p].cycle_key =
            ef_key(config->seed, EF_STREAM_CYCLE + plane, index);
        layer->planes[p].additive_key =
            ef_key(config->seed, EF_STREAM_CYCLE_ADDITIVE + plane, index);
        layer->planes[p].stuck_key =
            ef_key(config->seed, EF_STREAM_STUCK + plane, index);
        layer->planes[p].drift_key =
            ef_key(config->seed, EF_STREAM_DRIFT + plane, index);
    }
}

// Offsets and registers; returns the block's size. The configuration has been checked.
static uint64_t lay_out(struct ef_chip *chip, const struct ef_config *config)
{
    uint64_t used = aligned(sizeof(struct ef_chip));
    chip->plane_count = config->settings.reference == EF_REFERENCE_CELL ? 2u : 1u;
    chip->knots =
        take(&used, config->settings.class_count * 2u * EF_KNOTS, sizeof(int32_t));
    chip->exp_table = take(&used, EF_EXP_ENTRIES, sizeof(uint16_t));
    if (config->adc_inl != NULL) {
        chip->inl = take(&used, EF_KNOTS, sizeof(int16_t));
    }
    uint64_t lines = EF_STRIDE_CELLS;
    for (uint32_t l = 0; l < config->settings.layer_count; l++) {
        set_layer(&chip->layers[l], config, l);
        place_layer(&chip->layers[l], config, &used, chip->plane_count);
        lines = (uint64_t)ef_max((int64_t)lines, chip->layers[l].rows);
        lines = (uint64_t)ef_max((int64_t)lines, chip->layers[l].stride);
    }
    chip->line_sum = take(&used, lines, sizeof(int64_t));
    chip->partial = take(&used, lines, sizeof(int32_t));
    chip->mask = take(&used, lines, sizeof(uint32_t));
    chip->chance = take(&used, lines, sizeof(uint32_t));
    chip->list = take(&used, lines, sizeof(uint16_t));
    chip->back = take(&used, lines, sizeof(int16_t));
    chip->own = take(&used, lines, sizeof(int16_t));
    chip->cut = take(&used, lines, EF_CUT_BYTES);
    return used;
}

int ef_block_size(uint64_t *size, struct ef_fault *fault,
                  const struct ef_config *config)
{
    if (size == NULL || fault == NULL || config == NULL) {
        return EF_ERROR_NULL;
    }
    const int status = ef_config_check(fault, config);
    if (status != EF_OK) {
        return status;
    }
    struct ef_chip plan = {0};
    *size = lay_out(&plan, config);
    return EF_OK;
}

static void copy_tables(struct ef_chip *chip, const struct ef_config *config)
{
    int32_t *knots = (int32_t *)ef_at(chip, chip->knots);
    const uint32_t knot_count = config->settings.class_count * 2u * EF_KNOTS;
    for (uint32_t i = 0; i < knot_count; i++) {
        knots[i] = config->knots[i];
    }
    uint16_t *exp_table = (uint16_t *)ef_at(chip, chip->exp_table);
    for (uint32_t i = 0; config->exp_table != NULL && i < EF_EXP_ENTRIES; i++) {
        exp_table[i] = config->exp_table[i];
    }
    int16_t *inl = (int16_t *)ef_at(chip, chip->inl);
    for (uint32_t i = 0; config->adc_inl != NULL && i < EF_KNOTS; i++) {
        inl[i] = config->adc_inl[i];
    }
    for (uint32_t l = 0; l < config->settings.layer_count; l++) {
        const struct ef_layer_config *from = &config->layers[l];
        if (from->activation == NULL) {
            continue;
        }
        int16_t *activation = (int16_t *)ef_at(chip, chip->layers[l].activation);
        int16_t *slope = (int16_t *)ef_at(chip, chip->layers[l].slope);
        for (uint32_t i = 0; i < ef_table_entries(config); i++) {
            activation[i] = from->activation[i];
            slope[i] = from->slope[i];
        }
    }
}

// Cells at the initial state, each within its own bounds.
static void make_cells(struct ef_chip *chip, const struct ef_layer *layer,
                       const struct ef_plane_map *map)
{
    int32_t *states = (int32_t *)ef_at(chip, map->state);
    int8_t *spreads = (int8_t *)ef_at(chip, map->spread);
    for (uint32_t r = 0; r < layer->rows; r++) {
        for (uint32_t c = 0; c < layer->columns; c++) {
            const uint64_t at = (uint64_t)r * layer->stride + c;
            int8_t *spread = spreads + at * EF_SPREAD_BYTES;
            ef_cell_spread(chip, map, spread, (uint64_t)r * layer->columns + c);
            const struct ef_bounds bounds = ef_cell_bounds(chip, spread);
            states[at] = (int32_t)ef_clamp(chip->settings.initial_state, bounds.low,
                                           bounds.high);
        }
    }
}

static void seed_lfsrs(struct ef_chip *chip, const struct ef_layer *layer)
{
    const uint64_t row_key = ef_key(chip->seed, EF_STREAM_ROW_LFSR, layer->index);
    const uint64_t column_key = ef_key(chip->seed, EF_STREAM_COLUMN_LFSR, layer->index);
    uint32_t *rows = (uint32_t *)ef_at(chip, layer->row_lfsr);
    uint32_t *columns = (uint32_t *)ef_at(chip, layer->column_lfsr);
    for (uint32_t g = 0; g < layer->row_groups; g++) {
        rows[g] = ef_lfsr_seed(row_key, g);
    }
    for (uint32_t g = 0; g < layer->column_groups; g++) {
        columns[g] = ef_lfsr_seed(column_key, g);
    }
}

int ef_init(struct ef_chip **chip, void *block, uint64_t size, struct ef_fault *fault,
            const struct ef_config *config)
{
    uint64_t needed = 0;
    if (chip == NULL || block == NULL) {
        return EF_ERROR_NULL;
    }
    const int status = ef_block_size(&needed, fault, config);
    if (status != EF_OK) {
        return status;
    }
    if (size < needed || (uintptr_t)block % EF_ALIGNMENT != 0u) {
        return EF_ERROR_MEMORY;
    }
    uint64_t *words = (uint64_t *)block;
    for (uint64_t i = 0; i < needed / sizeof *words; i++) {
        words[i] = 0;
    }
    struct ef_chip *made = (struct ef_chip *)block;
    made->size = lay_out(made, config);
    made->digest = ef_config_digest(config);
    made->seed = config->seed;
    made->settings = config->settings;
    copy_tables(made, config);
    made->round_lfsr = ef_lfsr_seed(ef_key(config->seed, EF_STREAM_ROUND_LFSR, 0), 0);
    for (uint32_t l = 0; l < made->settings.layer_count; l++) {
        for (uint32_t p = 0; p < made->plane_count; p++) {
            make_cells(made, &made->layers[l], &made->layers[l].planes[p]);
        }
        seed_lfsrs(made, &made->layers[l]);
        ef_refresh_converters(made, &made->layers[l]);
        ef_array_refresh(made, &made->layers[l]);
    }
    *chip = made;
    return EF_OK;
}

// What stands in registers and SRAM is gone; what the accumulators held is lost, where
// they don't keep their supply.
static void forget_layer(struct ef_chip *chip, struct ef_layer *layer, uint32_t keep)
{
    if ((keep & EF_KEEP_ACCUMULATORS) == 0u) {
        ef_lose_accumulators(chip, layer);
    }
    for (uint32_t c = 0; c < layer->stride; c++) {
        ef_inputs(chip, layer)[c] = 0;
    }
    for (uint32_t r = 0; r < layer->rows; r++) {
        ef_codes(chip, layer)[r] = 0;
        ef_errors(chip, layer)[r] = 0;
        ef_deltas(chip, layer)[r] = 0;
    }
    layer->exponent = 0;
    seed_lfsrs(chip, layer);
}

void ef_power_cycle_keeping(struct ef_chip *chip, uint32_t keep)
{
    if (chip == NULL) {
        return;
    }
    chip->round_lfsr = ef_lfsr_seed(ef_key(chip->seed, EF_STREAM_ROUND_LFSR, 0), 0);
    for (uint32_t l = 0; l < chip->settings.layer_count; l++) {
        forget_layer(chip, &chip->layers[l], keep);
    }
}

void ef_power_cycle(struct ef_chip *chip)
{
    ef_power_cycle_keeping(chip, 0);
}
