// SPDX-License-Identifier: Apache-2.0
#include "update.h"

#include "convert.h"

struct ef_extremes ef_code_extremes(const int16_t *codes, uint32_t count)
{
    struct ef_extremes found = {INT16_MAX, INT16_MIN};
    for (uint32_t i = 0; i < count; i++) {
        if (codes[i] != 0) {
            found.low = ef_min(found.low, codes[i]);
            found.high = ef_max(found.high, codes[i]);
        }
    }
    return found;
}

struct ef_extremes ef_product_extremes(struct ef_extremes codes, int64_t factor)
{
    const int64_t a = codes.low * factor;
    const int64_t b = codes.high * factor;
    return (struct ef_extremes){ef_min(a, b), ef_max(a, b)};
}

uint32_t ef_list_nonzero(uint16_t *list, const int16_t *codes, uint32_t count)
{
    uint32_t length = 0;
    for (uint32_t i = 0; i < count; i++) {
        list[length] = (uint16_t)i;
        length += codes[i] != 0 ? 1u : 0u;
    }
    return length;
}

// Whether a deterministic rounding makes all of a row's products zero.
static bool row_underflows(struct ef_extremes products, int32_t shift, int rounding)
{
    return rounding != EF_ROUND_STOCHASTIC &&
           ef_shift_round(products.low, shift, rounding) == 0 &&
           ef_shift_round(products.high, shift, rounding) == 0;
}

void ef_update_counted(struct ef_chip *chip, struct ef_layer *layer,
                       struct ef_trace *trace)
{
    struct ef_writer writer = ef_update_writer(chip, layer, trace);
    struct ef_site_stats *stats = &layer->sites[EF_SITE_PULSE];
    const int rounding = chip->sites[EF_SITE_PULSE].rounding;
    const int32_t shift = layer->rate_shift - layer->exponent;
    const int16_t *x = ef_inputs(chip, layer);
    const int16_t *e = ef_errors(chip, layer);
    uint16_t *list = (uint16_t *)ef_at(chip, chip->list);
    const uint32_t length = ef_list_nonzero(list, x, layer->columns);
    const struct ef_extremes codes = ef_code_extremes(x, layer->columns);
    for (uint32_t r = 0; r < layer->rows; r++) {
        const int64_t factor = (int64_t)e[r] * layer->rate_mantissa;
        struct ef_slots slots = {0, 0, 0};
        if (factor == 0) {
            continue;
        }
        if (row_underflows(ef_product_extremes(codes, factor), shift, rounding)) {
            stats->underflowed += length;
            continue;
        }
        for (uint32_t j = 0; j < length; j++) {
            const int64_t product = x[list[j]] * factor;
            int64_t n = ef_round(chip, EF_PHASE_UPDATE, product, shift, rounding);
            n = ef_clamp(n, -INT32_MAX, INT32_MAX);
            stats->underflowed += n == 0 ? 1u : 0u;
            if (n != 0) {
                (void)ef_issue(&writer, &slots, r, list[j], n, chip->pulse_limit,
                               false);
            }
        }
        ef_close_line(&writer, &slots, EF_PHASE_UPDATE, r);
    }
    const uint64_t pairs = (uint64_t)length * ef_nonzero(e, layer->rows);
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_MAC, pairs);
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_COMPARE, pairs);
    ef_spend(chip, EF_PHASE_UPDATE, ef_ceil_div(pairs, chip->lanes), 0);
}

void ef_update(struct ef_chip *chip, struct ef_layer *layer, struct ef_trace *trace)
{
    const bool active = ef_nonzero(ef_errors(chip, layer), layer->rows) != 0u &&
                        ef_nonzero(ef_inputs(chip, layer), layer->columns) != 0u;
    switch (layer->rule) {
    case EF_RULE_SGD_COUNTED:
        if (active) {
            ef_update_counted(chip, layer, trace);
        }
        break;
    case EF_RULE_SGD_STOCHASTIC:
        if (active) {
            ef_update_stochastic(chip, layer, trace);
        }
        break;
    case EF_RULE_MIXED_PRECISION:
        if (active) {
            ef_update_mixed(chip, layer, trace);
        }
        layer->transfer_count += 1u;
        if (layer->transfer_count >= chip->transfer_every) {
            layer->transfer_count = 0;
            if (chip->transfer_every > 1u) {
                ef_transfer_all(chip, layer, trace);
            }
        }
        break;
    default: // EF_RULE_NONE
        break;
    }
}
