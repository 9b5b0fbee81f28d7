// Looking at a chip from outside, which no controller can (tests, plots, reports).
// SPDX-License-Identifier: Apache-2.0
#include "array.h"
#include "fixed.h"
#include "line.h"
#include "random.h"

// Where a view lies, how many items it has, and how wide one is.
struct place {
    uint64_t offset;
    uint64_t count;
    uint64_t item;
};

static struct place find_plane(const struct ef_layer *layer, uint32_t plane, int view)
{
    const uint64_t cells = (uint64_t)layer->rows * layer->stride;
    const struct ef_plane_map *map = &layer->planes[plane];
    switch (view) {
    case EF_VIEW_STATE:
        return (struct place){map->state, cells, sizeof(int32_t)};
    case EF_VIEW_SPREAD:
        return (struct place){map->spread, cells, EF_SPREAD_BYTES};
    case EF_VIEW_WEAR:
        return (struct place){map->wear, cells, sizeof(uint32_t)};
    default:
        return (struct place){0, 0, 0};
    }
}

static struct place find_layer(const struct ef_layer *layer, int view, bool offset)
{
    const uint64_t cells = (uint64_t)layer->rows * layer->stride;
    switch (view) {
    case EF_VIEW_WEIGHT:
        return (struct place){layer->weight, cells, sizeof(int16_t)};
    case EF_VIEW_CHI:
        return (struct place){layer->chi, cells, sizeof(int32_t)};
    case EF_VIEW_STORED:
        return (struct place){layer->stored, offset ? layer->columns : cells,
                              sizeof(int16_t)};
    case EF_VIEW_INPUT:
        return (struct place){layer->input, layer->columns, sizeof(int16_t)};
    case EF_VIEW_CODE:
        return (struct place){layer->code, layer->rows, sizeof(int16_t)};
    case EF_VIEW_ERROR:
        return (struct place){layer->error, layer->rows, sizeof(int16_t)};
    case EF_VIEW_ROW_LFSR:
        return (struct place){layer->row_lfsr, layer->row_groups, sizeof(uint32_t)};
    case EF_VIEW_COLUMN_LFSR:
        return (struct place){layer->column_lfsr, layer->column_groups,
                              sizeof(uint32_t)};
    case EF_VIEW_TRIM:
        return (struct place){layer->trims, (uint64_t)layer->rows + layer->inputs,
                              EF_TRIM_BYTES};
    case EF_VIEW_CONVERTER:
        return (struct place){layer->converters, (uint64_t)layer->rows + layer->inputs,
                              sizeof(struct ef_converter)};
    default:
        return (struct place){0, 0, 0};
    }
}

// Null where the chip has no such view.
void *ef_peek(struct ef_chip *chip, uint64_t *size, uint32_t layer, uint32_t plane,
              int view)
{
    if (chip == NULL || size == NULL || layer >= chip->settings.layer_count ||
        plane >= chip->plane_count) {
        return NULL;
    }
    const struct ef_layer *found = &chip->layers[layer];
    const bool offset = chip->settings.reference == EF_REFERENCE_OFFSET;
    const struct place place = view <= EF_VIEW_WEAR ? find_plane(found, plane, view)
                                                    : find_layer(found, view, offset);
    if (place.offset == 0u) {
        return NULL;
    }
    *size = place.count * place.item;
    return ef_at(chip, place.offset);
}

int ef_poke_state(struct ef_chip *chip, uint32_t layer, uint32_t plane, uint32_t row,
                  uint32_t column, int32_t state)
{
    if (chip == NULL) {
        return EF_ERROR_NULL;
    }
    if (layer >= chip->settings.layer_count || plane >= chip->plane_count ||
        row >= chip->layers[layer].rows || column >= chip->layers[layer].columns) {
        return EF_ERROR_INDEX;
    }
    struct ef_layer *found = &chip->layers[layer];
    const struct ef_plane_map *map = &found->planes[plane];
    const uint64_t at = (uint64_t)row * found->stride + column;
    const int8_t *spreads = ef_see(chip, map->spread);
    const struct ef_bounds bounds =
        ef_cell_bounds(chip, spreads + at * EF_SPREAD_BYTES);
    if (state < bounds.low || state > bounds.high) {
        return EF_ERROR_RANGE;
    }
    int32_t *states = (int32_t *)ef_at(chip, map->state);
    const uint32_t change = ef_conductance(state) - ef_conductance(states[at]);
    states[at] = state;
    ((uint32_t *)ef_at(chip, map->column_sum))[column] += change;
    ((uint32_t *)ef_at(chip, map->row_sum))[row] += change;
    ef_weight_refresh(chip, found, NULL, row, column);
    return EF_OK;
}

int ef_layer_info(const struct ef_chip *chip, struct ef_layer_info *info,
                  uint32_t layer)
{
    if (chip == NULL || info == NULL) {
        return EF_ERROR_NULL;
    }
    if (layer >= chip->settings.layer_count) {
        return EF_ERROR_INDEX;
    }
    const struct ef_layer *from = &chip->layers[layer];
    *info = (struct ef_layer_info){
        .rows = from->rows,
        .inputs = from->inputs,
        .columns = from->columns,
        .stride = from->stride,
        .exponent = from->exponent,
        .forward_reads = from->forward_reads,
        .backward_reads = from->backward_reads,
        .row_lfsr_count = from->row_groups,
        .column_lfsr_count = from->column_groups,
        .gradient = from->gradient,
    };
    for (uint32_t i = 0; i < EF_SITE_COUNT; i++) {
        info->sites[i] = from->sites[i];
    }
    return EF_OK;
}

const struct ef_tally *ef_tally(const struct ef_chip *chip)
{
    return chip == NULL ? NULL : &chip->tally;
}

uint64_t ef_cycle(const struct ef_chip *chip)
{
    return chip == NULL ? 0u : chip->cycle;
}

uint32_t ef_round_lfsr(const struct ef_chip *chip)
{
    return chip == NULL ? 0u : chip->round_lfsr;
}

int64_t ef_round_shift_checked(int64_t value, int32_t shift, int rounding, int *status)
{
    const bool fits = value >= -EF_WIDE_MAX && value <= EF_WIDE_MAX && shift >= 0 &&
                      shift <= 63 && rounding >= 0 && rounding < EF_ROUND_STOCHASTIC;
    if (status == NULL) {
        return 0;
    }
    *status = fits ? EF_OK : EF_ERROR_RANGE;
    return fits ? ef_round_shift(value, shift, rounding) : 0;
}

uint64_t ef_draw_number(uint64_t key, uint64_t index)
{
    return ef_draw(key, index);
}

int32_t ef_noise_number(uint64_t bits)
{
    return ef_noise(bits);
}

uint32_t ef_lfsr_leap(uint32_t state)
{
    return ef_leap(state);
}
