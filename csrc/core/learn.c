// SPDX-License-Identifier: Apache-2.0
#include "learn.h"

#include "array.h"
#include "convert.h"

#define PROBABILITY_ONE 32768 // Q0.15
#define DEADBAND_UNIT 128     // 2^-8 of one

// Target minus probability, Q0.15 (SPEC 7.1).
static void softmax_error(struct ef_chip *chip, struct ef_layer *layer, int32_t label)
{
    const int16_t *y = ef_codes(chip, layer);
    const uint16_t *table = ef_see(chip, chip->exp_table);
    int32_t *d = ef_deltas(chip, layer);
    int32_t top = y[0];
    for (uint32_t r = 1; r < layer->rows; r++) {
        top = y[r] > top ? y[r] : top;
    }
    uint64_t total = 0; // at most 4096 x 65535; the top code's entry is above 0
    for (uint32_t r = 0; r < layer->rows; r++) {
        const uint32_t distance = (uint32_t)(top - y[r]) >> chip->settings.exp_shift;
        d[r] = table[ef_min(distance, EF_EXP_ENTRIES - 1)];
        total += (uint64_t)d[r];
    }
    for (uint32_t r = 0; r < layer->rows; r++) {
        const uint64_t probability = (uint64_t)d[r] * PROBABILITY_ONE / total;
        d[r] = ((int64_t)r == label ? PROBABILITY_ONE : 0) - (int32_t)probability;
    }
    ef_count(chip, EF_PHASE_BACKWARD, EF_EVENT_LOOKUP, layer->rows);
    ef_count(chip, EF_PHASE_BACKWARD, EF_EVENT_ADD, 3u * (uint64_t)layer->rows);
    ef_count(chip, EF_PHASE_BACKWARD, EF_EVENT_DIVIDE, layer->rows);
    ef_count(chip, EF_PHASE_BACKWARD, EF_EVENT_COMPARE, layer->rows);
    ef_spend(chip, EF_PHASE_BACKWARD, 4u * (uint64_t)layer->rows, 0);
}

// Target minus output, times the output's slope (SPEC 7.2, 7.4).
static void squared_error(struct ef_chip *chip, struct ef_layer *layer,
                          struct ef_wanted wanted)
{
    const int16_t *y = ef_codes(chip, layer);
    const int16_t *activation = ef_see(chip, layer->activation);
    const int16_t *slope = ef_see(chip, layer->slope);
    int32_t *d = ef_deltas(chip, layer);
    for (uint32_t r = 0; r < layer->rows; r++) {
        const uint32_t i = ef_table_index(chip, y[r]);
        int32_t target = (int64_t)r == wanted.label ? chip->settings.target_high
                                                    : chip->settings.target_low;
        if (wanted.targets != NULL) {
            target = wanted.targets[r];
        }
        d[r] = (target - activation[i]) * slope[i];
    }
    ef_count(chip, EF_PHASE_BACKWARD, EF_EVENT_LOOKUP, 2u * (uint64_t)layer->rows);
    ef_count(chip, EF_PHASE_BACKWARD, EF_EVENT_ADD, layer->rows);
    ef_count(chip, EF_PHASE_BACKWARD, EF_EVENT_MAC, layer->rows);
    ef_spend(chip, EF_PHASE_BACKWARD, 2u * (uint64_t)layer->rows, 0);
}

// Output errors within the dead band count as none (SPEC 7.3).
static void leave_small_errors(struct ef_chip *chip, struct ef_layer *layer)
{
    const int32_t band = chip->settings.error_deadband * DEADBAND_UNIT;
    int32_t *d = ef_deltas(chip, layer);
    if (band == 0) {
        return;
    }
    for (uint32_t r = 0; r < layer->rows; r++) {
        d[r] = ef_abs(d[r]) < band ? 0 : d[r];
    }
    ef_count(chip, EF_PHASE_BACKWARD, EF_EVENT_COMPARE, layer->rows);
    ef_spend(chip, EF_PHASE_BACKWARD, layer->rows, 0);
}

bool ef_error_codes(struct ef_chip *chip, struct ef_layer *layer, int32_t above)
{
    const struct ef_site_config *site = &chip->settings.sites[EF_SITE_ERROR];
    struct ef_site_stats *stats = &layer->sites[EF_SITE_ERROR];
    const struct ef_range range = ef_site_range(chip, EF_SITE_ERROR);
    const int32_t *d = ef_deltas(chip, layer);
    int16_t *e = ef_errors(chip, layer);
    int64_t top = 0;
    for (uint32_t r = 0; r < layer->rows; r++) {
        top = ef_max(top, ef_abs(d[r]));
    }
    const int32_t k =
        top != 0 ? ef_bit_length((uint64_t)top) - (site->bits - 1) : -above;
    bool any = false;
    for (uint32_t r = 0; r < layer->rows; r++) {
        const int64_t rounded = ef_shift_round(d[r], k, site->rounding);
        e[r] = (int16_t)ef_narrow(stats, rounded, range, EF_SATURATE);
        stats->underflowed += d[r] != 0 && e[r] == 0 ? 1u : 0u;
        any = any || e[r] != 0;
    }
    layer->exponent = k + above;
    ef_count(chip, EF_PHASE_BACKWARD, EF_EVENT_COMPARE, layer->rows);
    ef_count(chip, EF_PHASE_BACKWARD, EF_EVENT_ADD, layer->rows);
    ef_spend(chip, EF_PHASE_BACKWARD, 2u * (uint64_t)layer->rows, 0);
    return any;
}

void ef_slope_products(struct ef_chip *chip, const struct ef_layer *layer,
                       int32_t *wide, const int16_t *y, const int16_t *back)
{
    const int16_t *slope = ef_see(chip, layer->slope);
    for (uint32_t r = 0; r < layer->rows; r++) {
        wide[r] = back[r] * slope[ef_table_index(chip, y[r])];
    }
    ef_count(chip, EF_PHASE_BACKWARD, EF_EVENT_LOOKUP, layer->rows);
    ef_count(chip, EF_PHASE_BACKWARD, EF_EVENT_MAC, layer->rows);
    ef_spend(chip, EF_PHASE_BACKWARD, layer->rows, 0);
}

// Error codes of a layer through its array to wide errors of the one below (SPEC 8.3).
static void pass_back(struct ef_chip *chip, struct ef_layer *layer,
                      struct ef_layer *below)
{
    int16_t *codes = (int16_t *)ef_at(chip, chip->back);
    ef_read_backward(chip, codes, layer, EF_PHASE_BACKWARD);
    ef_slope_products(chip, below, ef_deltas(chip, below), ef_codes(chip, below),
                      codes);
}

static void clear_errors(struct ef_chip *chip, struct ef_layer *layer)
{
    int16_t *e = ef_errors(chip, layer);
    for (uint32_t r = 0; r < layer->rows; r++) {
        e[r] = 0;
    }
    layer->exponent = 0;
}

void ef_output_error(struct ef_chip *chip, struct ef_wanted wanted)
{
    struct ef_layer *output = &chip->layers[chip->settings.layer_count - 1u];
    if (chip->settings.error_kind == EF_OUTPUT_ERROR_SOFTMAX) {
        softmax_error(chip, output, wanted.label);
    } else {
        squared_error(chip, output, wanted);
    }
    leave_small_errors(chip, output);
    (void)ef_error_codes(chip, output, 0);
}

bool ef_has_errors(struct ef_chip *chip, uint32_t layer)
{
    const struct ef_layer *found = &chip->layers[layer];
    return ef_nonzero(ef_errors(chip, found), found->rows) != 0u;
}

void ef_pass_errors(struct ef_chip *chip, uint32_t layer)
{
    struct ef_layer *below = &chip->layers[layer];
    struct ef_layer *above = below + 1;
    if (ef_has_errors(chip, layer + 1u)) {
        pass_back(chip, above, below);
        (void)ef_error_codes(chip, below, above->exponent);
    } else {
        clear_errors(chip, below);
    }
}

void ef_backward_pass(struct ef_chip *chip, struct ef_wanted wanted)
{
    ef_output_error(chip, wanted);
    for (uint32_t l = chip->settings.layer_count - 1u; l > 0u; l--) {
        ef_pass_errors(chip, l - 1u);
    }
}
