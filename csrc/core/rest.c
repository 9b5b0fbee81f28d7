// SPDX-License-Identifier: Apache-2.0
#include "rest.h"

#include "fixed.h"
#include "random.h"

#define ONE ((int64_t)1 << 30)
#define FRACTION_BITS 16u

// 2^30 times 2^(-1/2), 2^(-1/4), ... 2^(-2^-16).
static const int64_t ROOT_OF_HALF[FRACTION_BITS] = {
    759250125,  902905651,  984625594,  1028218693, 1050733751, 1062175491,
    1067942999, 1070838486, 1072289173, 1073015252, 1073378477, 1073560135,
    1073650976, 1073696399, 1073719111, 1073730468};

// Part of a distance that is left after some seconds, Q0.30.
static int64_t kept(uint32_t seconds, uint32_t half_life)
{
    const uint32_t halvings = seconds / half_life;
    const uint64_t rest = seconds % half_life;
    const uint64_t part = (rest << FRACTION_BITS) / half_life;
    int64_t left = ONE;
    for (uint32_t i = 0; i < FRACTION_BITS; i++) {
        if (((part >> (FRACTION_BITS - 1u - i)) & 1u) != 0u) {
            left = (left * ROOT_OF_HALF[i]) >> 30;
        }
    }
    return halvings < 31u ? left >> halvings : 0;
}

// The largest integer whose square is not above value.
static uint64_t square_root(uint64_t value)
{
    uint64_t root = 0;
    for (int32_t bit = 31; bit >= 0; bit--) {
        const uint64_t tried = root | ((uint64_t)1 << bit);
        root = tried * tried <= value ? tried : root;
    }
    return root;
}

// What one rest does to every cell alike.
struct rest {
    int64_t kept;   // Q0.30, of the distance to the retention level
    int64_t drift;  // Q0.31 a noise unit, Q.8 more
    uint32_t index; // how many rests came before
};

static int64_t rested(const struct ef_chip *chip, const struct ef_plane_map *map,
                      const struct rest *rest, int64_t state, uint64_t cell)
{
    const int64_t away = state - chip->settings.retention_level;
    if (chip->settings.retention_s != 0u) {
        state = chip->settings.retention_level +
                ef_round_shift(away * rest->kept, 30, EF_ROUND_ZERO);
    }
    if (chip->settings.drift != 0u) {
        const uint64_t event = (cell << 32) | rest->index;
        const int64_t noise = ef_noise(ef_draw(map->drift_key, event));
        state += (noise * rest->drift) >> 8;
    }
    return state;
}

static void rest_plane(struct ef_chip *chip, const struct ef_layer *layer,
                       const struct ef_plane_map *map, const struct rest *rest)
{
    int32_t *states = (int32_t *)ef_at(chip, map->state);
    const int8_t *spreads = (const int8_t *)ef_at(chip, map->spread);
    for (uint32_t r = 0; r < layer->rows; r++) {
        for (uint32_t c = 0; c < layer->columns; c++) {
            const uint64_t at = (uint64_t)r * layer->stride + c;
            const uint64_t cell = (uint64_t)r * layer->columns + c;
            const struct ef_bounds bounds =
                ef_cell_bounds(chip, spreads + at * EF_SPREAD_BYTES);
            const int64_t next = rested(chip, map, rest, states[at], cell);
            states[at] = (int32_t)ef_clamp(next, bounds.low, bounds.high);
        }
    }
}

void ef_age(struct ef_chip *chip, uint32_t seconds)
{
    const uint64_t root = square_root((uint64_t)seconds << 16);
    const struct rest rest = {
        .kept = chip->settings.retention_s != 0u
                    ? kept(seconds, chip->settings.retention_s)
                    : ONE,
        .drift = (int64_t)(root * chip->settings.drift),
        .index = chip->rests,
    };
    chip->rests += 1u;
    ef_count(chip, EF_PHASE_IDLE, EF_EVENT_REST_S, seconds);
    for (uint32_t l = 0; l < chip->settings.layer_count; l++) {
        struct ef_layer *layer = &chip->layers[l];
        for (uint32_t p = 0; p < chip->plane_count; p++) {
            rest_plane(chip, layer, &layer->planes[p], &rest);
        }
        ef_array_refresh(chip, layer);
    }
}
