// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include "pulses.h"

// Whether a layer's accumulators hold what came in less what went out (SPEC 9.5).
static bool gradients_hold(const struct ef_chip *chip, const struct ef_layer *layer)
{
    const struct ef_gradient_account *g = &layer->gradient;
    const int32_t *chi = ef_see(chip, layer->chi);
    int64_t sum = 0;
    if (layer->rule != EF_RULE_MIXED_PRECISION) {
        return true;
    }
    for (uint64_t i = 0; i < (uint64_t)layer->rows * layer->stride; i++) {
        sum += chi[i]; // the padding holds zeros
    }
    return sum == g->requested - g->issued - g->lost;
}

// A build that looks at every accumulator after every command; it finds bugs and
// changes no result.
#ifdef EF_VERIFY
#define VERIFY_GRADIENTS true
#else
#define VERIFY_GRADIENTS false
#endif

int ef_finish(struct ef_chip *chip)
{
    uint64_t cycle = 0;
    bool holds = true;
    for (int phase = 0; phase < EF_PHASE_COUNT; phase++) {
        cycle += chip->tally.events[phase][EF_EVENT_CYCLE];
        holds = holds && ef_account_holds(chip, phase);
    }
    for (uint32_t l = 0; VERIFY_GRADIENTS && l < chip->settings.layer_count; l++) {
        holds = holds && gradients_hold(chip, &chip->layers[l]);
    }
    chip->cycle = cycle;
    return holds ? EF_OK : EF_ERROR_ACCOUNT;
}

struct ef_layer *ef_find_layer(struct ef_chip *chip, uint32_t layer)
{
    return layer < chip->settings.layer_count ? &chip->layers[layer] : NULL;
}

bool ef_has_plane(const struct ef_chip *chip, uint32_t plane)
{
    return plane < chip->plane_count;
}

bool ef_has_column(const struct ef_chip *chip, uint32_t layer, uint32_t plane,
                   uint32_t column)
{
    return layer < chip->settings.layer_count && ef_has_plane(chip, plane) &&
           column < chip->layers[layer].columns;
}

uint32_t ef_classes_of(const struct ef_chip *chip)
{
    return chip->layers[chip->settings.layer_count - 1u].rows;
}

bool ef_has_room(const struct ef_trace *trace, uint64_t entries)
{
    return trace == NULL ||
           (trace->entries != NULL && trace->count <= trace->capacity &&
            trace->capacity - trace->count >= entries);
}

uint64_t ef_cells_of(const struct ef_layer *layer)
{
    return (uint64_t)layer->rows * layer->columns;
}

uint64_t ef_cell_entries(const struct ef_chip *chip)
{
    return (chip->settings.both_sides != 0u ? 2u : 1u) *
           (chip->settings.coarse_ratio != 0u ? 2u : 1u);
}

uint64_t ef_step_entries(const struct ef_chip *chip)
{
    uint64_t cells = 0;
    for (uint32_t l = 0; l < chip->settings.layer_count; l++) {
        cells += ef_cells_of(&chip->layers[l]);
    }
    return cells * ef_cell_entries(chip);
}

void ef_copy_codes(int16_t *to, const int16_t *from, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        to[i] = from[i];
    }
}

bool ef_codes_inside(const int16_t *codes, uint32_t count, struct ef_range range)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!ef_inside(codes[i], range)) {
            return false;
        }
    }
    return true;
}
