// Mixed precision: gradients gather in an accumulator, whole pulses go out (SPEC 9.5;
// Nandakumar et al., Front. Neurosci. 2020).
// SPDX-License-Identifier: Apache-2.0
#include "convert.h"
#include "update.h"

#define BLOCK 16u             // columns of one step of the fast path
#define FAST_SHIFT_MIN 5      // below, sixteen gradients may not fit an int32 sum
#define FAST_SHIFT_MAX 31
#define FAST_BITS_MAX 30u     // above, accumulator + gradient may not fit an int32

_Static_assert(EF_STRIDE_CELLS % BLOCK == 0u, "a row of chi is whole blocks");

// One layer's accumulation, looked up once.
struct mixed {
    struct ef_chip *chip;
    struct ef_layer *layer;
    struct ef_writer writer;
    const int16_t *x;
    int32_t *chi;
    struct ef_range range;
    int32_t shift;
    int rounding;
    bool each; // transfer follows each accumulation
};

// What a block of the fast path found.
struct block {
    int32_t high;
    int32_t low;
    int32_t sum;
    uint32_t nonzero;
};

static struct mixed make_mixed(struct ef_chip *chip, struct ef_layer *layer,
                               struct ef_trace *trace)
{
    return (struct mixed){
        .chip = chip,
        .layer = layer,
        .writer = ef_update_writer(chip, layer, trace),
        .x = ef_inputs(chip, layer),
        .chi = (int32_t *)ef_at(chip, layer->chi),
        .range = ef_site_range(chip, EF_SITE_ACCUMULATOR),
        .shift = layer->rate_shift - layer->exponent,
        .rounding = chip->sites[EF_SITE_GRADIENT].rounding,
        .each = chip->transfer_every == 1u,
    };
}

// Sends the whole pulses of one accumulator (SPEC 9.5.4). Returns whether it changed.
static bool transfer_cell(struct mixed *m, struct ef_slots *slots, uint32_t row,
                          uint32_t column)
{
    int32_t *chi = m->chi + (uint64_t)row * m->layer->stride + column;
    const int64_t threshold = m->layer->threshold;
    const int64_t wished = ef_abs(*chi) / threshold;
    if (wished == 0) {
        return false;
    }
    const int64_t sign = *chi > 0 ? 1 : -1;
    const bool defer = m->chip->excess == EF_EXCESS_DEFER;
    const int64_t sent = ef_issue(&m->writer, slots, row, column, sign * wished,
                                  m->chip->pulse_limit, defer);
    m->layer->gradient.issued += sent * threshold;
    if (!defer) {
        m->layer->gradient.lost += (sign * wished - sent) * threshold;
    }
    *chi = (int32_t)(*chi - (defer ? sent : sign * wished) * threshold);
    return true;
}

// Any format and rounding, one cell (SPEC 9.5.1, 9.5.2).
static void accumulate_cell(struct mixed *m, uint32_t row, uint32_t column,
                            int64_t factor)
{
    static const struct ef_range GRADIENT = {-INT32_MAX, INT32_MAX};
    struct ef_site_stats *stats = m->layer->sites;
    int32_t *chi = m->chi + (uint64_t)row * m->layer->stride + column;
    int64_t g = ef_round(m->chip, EF_PHASE_UPDATE, m->x[column] * factor, m->shift,
                         m->rounding);
    g = ef_narrow(&stats[EF_SITE_GRADIENT], g, GRADIENT, EF_SATURATE);
    stats[EF_SITE_GRADIENT].underflowed += g == 0 ? 1u : 0u;
    const int64_t next = ef_narrow(&stats[EF_SITE_ACCUMULATOR], *chi + g, m->range,
                                   m->chip->sites[EF_SITE_ACCUMULATOR].overflow);
    m->layer->gradient.requested += g;
    m->layer->gradient.lost += *chi + g - next;
    *chi = (int32_t)next;
}

static void accumulate_row(struct mixed *m, struct ef_slots *slots, uint32_t row,
                           int64_t factor, const uint16_t *list, uint32_t length)
{
    for (uint32_t j = 0; j < length; j++) {
        accumulate_cell(m, row, list[j], factor);
        if (m->each) {
            (void)transfer_cell(m, slots, row, list[j]);
        }
    }
}

// Sixteen cells without a branch, so that compilers can use vectors; next gets the sums.
// Columns with code 0 add 0. The caller has made sure that int32 is wide enough.
static inline struct block add_block(int32_t *next, const int32_t *chi,
                                     const int16_t *x, int32_t factor, int32_t shift,
                                     int rounding)
{
    struct block found = {INT32_MIN, INT32_MAX, 0, 0};
    const int32_t half = (int32_t)1 << (shift - 1);
    for (uint32_t j = 0; j < BLOCK; j++) {
        const int32_t product = x[j] * factor;
        int32_t bias = 0;
        if (rounding == EF_ROUND_NEAREST_EVEN) {
            bias = half - 1 + ((product >> shift) & 1);
        } else if (rounding == EF_ROUND_NEAREST_AWAY) {
            bias = half + (product >> 31);
        } else if (rounding == EF_ROUND_NEAREST_UP) {
            bias = half;
        } else if (rounding == EF_ROUND_ZERO) {
            bias = (product >> 31) & (half - 1 + half);
        }
        const int32_t g = (product + bias) >> shift;
        const int32_t sum = chi[j] + g;
        next[j] = sum;
        found.sum += g;
        found.nonzero += g != 0 ? 1u : 0u;
        found.high = sum > found.high ? sum : found.high;
        found.low = sum < found.low ? sum : found.low;
    }
    return found;
}

// The same loop for each rounding, so that the mode is no test within it.
static struct block add_block_rounded(int32_t *next, const int32_t *chi,
                                      const int16_t *x, int32_t factor, int32_t shift,
                                      int rounding)
{
    switch (rounding) {
    case EF_ROUND_ZERO:
        return add_block(next, chi, x, factor, shift, EF_ROUND_ZERO);
    case EF_ROUND_NEAREST_UP:
        return add_block(next, chi, x, factor, shift, EF_ROUND_NEAREST_UP);
    case EF_ROUND_NEAREST_EVEN:
        return add_block(next, chi, x, factor, shift, EF_ROUND_NEAREST_EVEN);
    case EF_ROUND_NEAREST_AWAY:
        return add_block(next, chi, x, factor, shift, EF_ROUND_NEAREST_AWAY);
    default:
        return add_block(next, chi, x, factor, shift, EF_ROUND_FLOOR);
    }
}

// Sixteen columns of one row; `used` of them have a nonzero code.
static void accumulate_block(struct mixed *m, struct ef_slots *slots, uint32_t row,
                             int64_t factor, uint32_t begin, uint32_t used)
{
    struct ef_site_stats *stats = m->layer->sites;
    int32_t *chi = m->chi + (uint64_t)row * m->layer->stride + begin;
    int32_t next[BLOCK];
    const struct block found = add_block_rounded(
        next, chi, m->x + begin, (int32_t)factor, m->shift, m->rounding);
    const bool fits = found.high <= m->range.high && found.low >= m->range.low;
    if (!fits) { // rare: cell by cell, with what each loses
        uint16_t list[BLOCK];
        const uint32_t length = ef_list_nonzero(list, m->x + begin, BLOCK);
        for (uint32_t j = 0; j < length; j++) {
            list[j] = (uint16_t)(list[j] + begin);
        }
        accumulate_row(m, slots, row, factor, list, length);
        return;
    }
    for (uint32_t j = 0; j < BLOCK; j++) {
        chi[j] = next[j];
    }
    const int64_t peak = ef_max(found.high, -(int64_t)found.low);
    m->layer->gradient.requested += found.sum;
    stats[EF_SITE_GRADIENT].underflowed += used - found.nonzero;
    stats[EF_SITE_ACCUMULATOR].peak =
        (uint64_t)ef_max((int64_t)stats[EF_SITE_ACCUMULATOR].peak, peak);
    if (m->each && peak >= m->layer->threshold) {
        for (uint32_t j = 0; j < BLOCK; j++) {
            if (m->x[begin + j] != 0) {
                (void)transfer_cell(m, slots, row, begin + j);
            }
        }
    }
}

// Blocks with a nonzero code: pairs of first column and number of nonzero codes.
static uint32_t list_blocks(uint16_t *list, const int16_t *x, uint32_t stride)
{
    uint32_t length = 0;
    for (uint32_t begin = 0; begin < stride; begin += BLOCK) {
        const uint32_t used = ef_nonzero(x + begin, BLOCK);
        if (used != 0u) {
            list[length] = (uint16_t)begin;
            list[length + 1u] = (uint16_t)used;
            length += 2u;
        }
    }
    return length;
}

// The largest |gradient| of a row, for the site's record: rounding is monotone.
static void note_gradient_peak(struct mixed *m, struct ef_extremes products)
{
    struct ef_site_stats *stats = &m->layer->sites[EF_SITE_GRADIENT];
    const int64_t low = ef_round_shift(products.low, m->shift, m->rounding);
    const int64_t high = ef_round_shift(products.high, m->shift, m->rounding);
    const uint64_t peak = (uint64_t)ef_max(ef_abs(low), ef_abs(high));
    stats->peak = peak > stats->peak ? peak : stats->peak;
}

static void tally_mixed(struct ef_chip *chip, uint64_t pairs)
{
    const uint64_t bytes = (chip->sites[EF_SITE_ACCUMULATOR].bits + 7u) / 8u;
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_MAC, pairs);
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_ADD, pairs);
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_SRAM_READ, pairs * bytes);
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_SRAM_WRITE, pairs * bytes);
    if (chip->transfer_every == 1u) {
        ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_COMPARE, pairs);
    }
    ef_spend(chip, EF_PHASE_UPDATE, ef_ceil_div(pairs, chip->lanes), 0);
}

void ef_update_mixed(struct ef_chip *chip, struct ef_layer *layer,
                     struct ef_trace *trace)
{
    struct mixed m = make_mixed(chip, layer, trace);
    const int16_t *e = ef_errors(chip, layer);
    uint16_t *list = (uint16_t *)ef_at(chip, chip->list);
    const uint32_t nonzero = ef_nonzero(m.x, layer->columns);
    const struct ef_extremes codes = ef_code_extremes(m.x, layer->columns);
    const bool fast = m.rounding != EF_ROUND_STOCHASTIC &&
                      m.shift >= FAST_SHIFT_MIN && m.shift <= FAST_SHIFT_MAX &&
                      chip->sites[EF_SITE_ACCUMULATOR].bits <= FAST_BITS_MAX;
    const uint32_t length = fast ? list_blocks(list, m.x, layer->stride)
                                 : ef_list_nonzero(list, m.x, layer->columns);
    for (uint32_t r = 0; r < layer->rows; r++) {
        const int64_t factor = (int64_t)e[r] * layer->rate_mantissa;
        struct ef_slots slots = {0, 0, 0};
        if (factor == 0) {
            continue;
        }
        if (fast) {
            note_gradient_peak(&m, ef_product_extremes(codes, factor));
            for (uint32_t b = 0; b < length; b += 2u) {
                accumulate_block(&m, &slots, r, factor, list[b], list[b + 1u]);
            }
        } else {
            accumulate_row(&m, &slots, r, factor, list, length);
        }
        ef_tally_slots(&m.writer, &slots, EF_PHASE_UPDATE, layer->columns,
                       layer->rows);
    }
    tally_mixed(chip, (uint64_t)nonzero * ef_nonzero(e, layer->rows));
}

void ef_transfer_all(struct ef_chip *chip, struct ef_layer *layer,
                     struct ef_trace *trace)
{
    struct mixed m = make_mixed(chip, layer, trace);
    const uint64_t cells = (uint64_t)layer->rows * layer->columns;
    const uint64_t bytes = (chip->sites[EF_SITE_ACCUMULATOR].bits + 7u) / 8u;
    for (uint32_t r = 0; r < layer->rows; r++) {
        struct ef_slots slots = {0, 0, 0};
        uint64_t changed = 0;
        for (uint32_t c = 0; c < layer->columns; c++) {
            changed += transfer_cell(&m, &slots, r, c) ? 1u : 0u;
        }
        ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_SRAM_WRITE, changed * bytes);
        ef_tally_slots(&m.writer, &slots, EF_PHASE_UPDATE, layer->columns,
                       layer->rows);
    }
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_SRAM_READ, cells * bytes);
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_COMPARE, cells);
    ef_spend(chip, EF_PHASE_UPDATE, ef_ceil_div(cells, chip->lanes), 0);
}
