// What a driver sees of an array beyond its codes: accumulators, which it may also
// write, wear, and what has been spent (SPEC 19.7).
// SPDX-License-Identifier: Apache-2.0
#include "command.h"
#include "convert.h"
#include "fixed.h"

// A layer's column that has accumulators in force; null if there is none.
static struct ef_layer *find_accumulators(struct ef_chip *chip, uint32_t layer,
                                          uint32_t column)
{
    struct ef_layer *found = ef_find_layer(chip, layer);
    return found != NULL && found->rule == EF_RULE_MIXED_PRECISION &&
                   column < found->columns
               ? found
               : NULL;
}

static void count_accumulators(struct ef_chip *chip, const struct ef_layer *layer,
                               int event)
{
    const uint64_t bytes = (chip->settings.sites[EF_SITE_ACCUMULATOR].bits + 7u) / 8u;
    ef_count(chip, EF_PHASE_UPDATE, event, layer->rows * bytes);
    ef_spend(chip, EF_PHASE_UPDATE, ef_ceil_div(layer->rows, chip->settings.lanes), 0);
}

int ef_read_accumulators(struct ef_chip *chip, uint32_t layer, uint32_t column,
                         int32_t *chi)
{
    if (chip == NULL || chi == NULL) {
        return EF_ERROR_NULL;
    }
    const struct ef_layer *found = find_accumulators(chip, layer, column);
    if (found == NULL) {
        return EF_ERROR_INDEX;
    }
    const int32_t *from = (const int32_t *)ef_at(chip, found->chi);
    for (uint32_t r = 0; r < found->rows; r++) {
        chi[r] = from[(uint64_t)r * found->stride + column];
    }
    count_accumulators(chip, found, EF_EVENT_SRAM_READ);
    return ef_finish(chip);
}

int ef_write_accumulators(struct ef_chip *chip, uint32_t layer, uint32_t column,
                          const int32_t *chi)
{
    if (chip == NULL || chi == NULL) {
        return EF_ERROR_NULL;
    }
    struct ef_layer *found = find_accumulators(chip, layer, column);
    if (found == NULL) {
        return EF_ERROR_INDEX;
    }
    const struct ef_range range = ef_site_range(chip, EF_SITE_ACCUMULATOR);
    for (uint32_t r = 0; r < found->rows; r++) {
        if (!ef_inside(chi[r], range)) {
            return EF_ERROR_RANGE;
        }
    }
    struct ef_site_stats *stats = &found->sites[EF_SITE_ACCUMULATOR];
    int32_t *to = (int32_t *)ef_at(chip, found->chi);
    for (uint32_t r = 0; r < found->rows; r++) {
        int32_t *cell = &to[(uint64_t)r * found->stride + column];
        found->gradient.lost += (int64_t)*cell - chi[r];
        *cell = chi[r];
        stats->peak = (uint64_t)ef_max((int64_t)stats->peak, ef_abs(chi[r]));
    }
    count_accumulators(chip, found, EF_EVENT_SRAM_WRITE);
    return ef_finish(chip);
}

int ef_read_wear(const struct ef_chip *chip, uint32_t layer, uint32_t plane,
                 uint32_t column, uint32_t *wear)
{
    if (chip == NULL || wear == NULL) {
        return EF_ERROR_NULL;
    }
    if (!ef_has_column(chip, layer, plane, column)) {
        return EF_ERROR_INDEX;
    }
    const struct ef_layer *found = &chip->layers[layer];
    const uint32_t *from = ef_see(chip, found->planes[plane].wear);
    for (uint32_t r = 0; r < found->rows; r++) {
        wear[r] = from[(uint64_t)r * found->stride + column];
    }
    return EF_OK;
}

void ef_spent(const struct ef_chip *chip, uint64_t *cycles, uint64_t *analog_ns)
{
    if (chip == NULL || cycles == NULL || analog_ns == NULL) {
        return;
    }
    *cycles = 0;
    *analog_ns = 0;
    for (int phase = 0; phase < EF_PHASE_COUNT; phase++) {
        *cycles += chip->tally.events[phase][EF_EVENT_CYCLE];
        *analog_ns += chip->tally.events[phase][EF_EVENT_ANALOG_NS];
    }
}
