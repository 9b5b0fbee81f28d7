// Counted pulses: each cell's product, rounded to whole pulses (SPEC 9.3).
// SPDX-License-Identifier: Apache-2.0
#include "convert.h"
#include "products.h"
#include "pulses.h"
#include "rules.h"

// Whether a deterministic rounding makes all of a row's products zero.
static bool row_underflows(struct ef_extremes products, int32_t shift, int rounding)
{
    return rounding != EF_ROUND_STOCHASTIC &&
           ef_shift_round(products.low, shift, rounding) == 0 &&
           ef_shift_round(products.high, shift, rounding) == 0;
}

void ef_count_products(struct ef_chip *chip, const struct ef_layer *layer)
{
    const uint64_t pairs =
        (uint64_t)ef_nonzero(ef_inputs(chip, layer), layer->columns) *
        ef_nonzero(ef_errors(chip, layer), layer->rows);
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_MAC, pairs);
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_COMPARE, pairs);
    ef_spend(chip, EF_PHASE_UPDATE, ef_ceil_div(pairs, chip->settings.lanes), 0);
}

void ef_update_counted(struct ef_chip *chip, struct ef_layer *layer,
                       struct ef_trace *trace, struct ef_span rows)
{
    struct ef_writer writer = ef_update_writer(chip, layer, trace);
    struct ef_site_stats *stats = &layer->sites[EF_SITE_PULSE];
    const int rounding = chip->settings.sites[EF_SITE_PULSE].rounding;
    const int32_t shift = layer->rate_shift - layer->exponent;
    const int16_t *x = ef_inputs(chip, layer);
    const int16_t *e = ef_errors(chip, layer);
    uint16_t *list = (uint16_t *)ef_at(chip, chip->list);
    const uint32_t length = ef_list_nonzero(list, x, layer->columns);
    const struct ef_extremes codes = ef_code_extremes(x, layer->columns);
    for (uint32_t r = rows.first; r < rows.end; r++) {
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
                (void)ef_issue(&writer, &slots, r, list[j], n,
                               chip->settings.pulse_limit, false);
            }
        }
        ef_close_line(&writer, &slots, EF_PHASE_UPDATE, r);
    }
}
