// Mixed precision: gradients gather in an accumulator, whole pulses go out (SPEC 9.5;
// Nandakumar et al., Front. Neurosci. 2020).
// SPDX-License-Identifier: Apache-2.0
#include "accumulate.h"
#include "convert.h"
#include "products.h"
#include "pulses.h"
#include "rules.h"

#define BLOCK 16u       // columns that are skipped or taken together
#define FACTOR_BITS 15u // of error code x mantissa on the fast path
#define PACK_PART 3u    // columns are packed where fewer than one in this many is used

_Static_assert(EF_STRIDE_CELLS % BLOCK == 0u && EF_RUN % BLOCK == 0u,
               "a row of chi is whole blocks");

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
    bool each;       // transfer follows each accumulation
    uint32_t listed; // entries of the list of columns or runs
    uint16_t *list;
    int16_t *packed; // codes of listed columns
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
        .rounding = chip->settings.sites[EF_SITE_GRADIENT].rounding,
        .each = chip->settings.transfer_every == 1u,
        .list = (uint16_t *)ef_at(chip, chip->list),
        .packed = (int16_t *)ef_at(chip, chip->back),
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
    const bool defer = m->chip->settings.excess == EF_EXCESS_DEFER;
    const int64_t sent = ef_issue(&m->writer, slots, row, column, sign * wished,
                                  m->chip->settings.pulse_limit, defer);
    m->layer->gradient.issued += sent * threshold;
    if (!defer) {
        m->layer->gradient.lost += (sign * wished - sent) * threshold;
    }
    *chi = (int32_t)(*chi - (defer ? sent : sign * wished) * threshold);
    return true;
}

// One gradient into its accumulator (SPEC 9.5.2).
static void accumulate(struct mixed *m, int32_t *chi, int64_t gradient)
{
    const int64_t next =
        ef_narrow(&m->layer->sites[EF_SITE_ACCUMULATOR], *chi + gradient, m->range,
                  m->chip->settings.sites[EF_SITE_ACCUMULATOR].overflow);
    m->layer->gradient.requested += gradient;
    m->layer->gradient.lost += *chi + gradient - next;
    *chi = (int32_t)next;
}

// A cell's gradient in any format and rounding, counted at its site (SPEC 9.5.1).
static int64_t gradient_of(struct mixed *m, uint32_t column, int64_t factor)
{
    static const struct ef_range RANGE = {-INT32_MAX, INT32_MAX};
    struct ef_site_stats *stats = &m->layer->sites[EF_SITE_GRADIENT];
    const int64_t rounded = ef_round(m->chip, EF_PHASE_UPDATE, m->x[column] * factor,
                                     m->shift, m->rounding);
    const int64_t gradient = ef_narrow(stats, rounded, RANGE, EF_SATURATE);
    stats->underflowed += gradient == 0 ? 1u : 0u;
    return gradient;
}

// Cell by cell; with `counted`, the gradients are at their site already.
static void accumulate_row(struct mixed *m, struct ef_slots *slots, uint32_t row,
                           int64_t factor, const uint16_t *list, uint32_t length,
                           bool counted)
{
    int32_t *chi = m->chi + (uint64_t)row * m->layer->stride;
    for (uint32_t j = 0; j < length; j++) {
        const uint32_t column = list[j];
        const int64_t gradient =
            counted ? ef_round_shift(m->x[column] * factor, m->shift, m->rounding)
                    : gradient_of(m, column, factor);
        accumulate(m, &chi[column], gradient);
        if (m->each) {
            (void)transfer_cell(m, slots, row, column);
        }
    }
}

// What a run came to: its site's record and its sum. Returns false where a sum does
// not fit the accumulator; nothing has been changed then.
static bool note_run(struct mixed *m, struct ef_run run)
{
    struct ef_site_stats *stats = &m->layer->sites[EF_SITE_ACCUMULATOR];
    if (run.high > m->range.high || run.low < m->range.low) {
        return false;
    }
    const int64_t peak = ef_max(run.high, -(int64_t)run.low);
    m->layer->gradient.requested += run.sum;
    stats->peak = (uint64_t)ef_max((int64_t)stats->peak, peak);
    return true;
}

// Whether a run holds an accumulator that has reached the threshold.
static bool reaches(const struct mixed *m, struct ef_run run)
{
    const int64_t threshold = m->layer->threshold;
    return m->each && (run.high >= threshold || -(int64_t)run.low >= threshold);
}

// Bit j is set where number j has reached the threshold. A table instead of a shift, so
// that compilers without variable vector shifts can use vectors.
static uint32_t reached(const int32_t *next, uint32_t count, int32_t threshold)
{
    static const uint32_t BIT[BLOCK] = {0x1,    0x2,    0x4,    0x8,   0x10,  0x20,
                                        0x40,   0x80,   0x100,  0x200, 0x400, 0x800,
                                        0x1000, 0x2000, 0x4000, 0x8000};
    uint32_t mask = 0;
    for (uint32_t j = 0; j < count; j++) {
        mask |= next[j] >= threshold || next[j] <= -threshold ? BIT[j] : 0u;
    }
    return mask;
}

// Transfers what has reached the threshold among `size` new accumulators; column[j] or,
// without a list, begin + j is where number j stands. Columns with code 0 stay.
static void transfer_run(struct mixed *m, struct ef_slots *slots, uint32_t row,
                         const int32_t *next, const uint16_t *columns, uint32_t begin,
                         uint32_t size)
{
    const int32_t threshold = (int32_t)m->layer->threshold;
    for (uint32_t block = 0; block < size; block += BLOCK) {
        uint32_t mask = reached(next + block,
                                size - block < BLOCK ? size - block : BLOCK, threshold);
        while (mask != 0u) { // lowest bit first
            const uint32_t j = block + (uint32_t)ef_bit_length(mask & (0u - mask)) - 1u;
            const uint32_t column = columns != NULL ? columns[j] : begin + j;
            if (m->x[column] != 0) {
                (void)transfer_cell(m, slots, row, column);
            }
            mask &= mask - 1u;
        }
    }
}

// Columns begin..begin + size - 1 of one row.
static void add_dense(struct mixed *m, struct ef_slots *slots, uint32_t row,
                      int16_t factor, uint32_t begin, uint32_t size)
{
    int32_t *chi = m->chi + (uint64_t)row * m->layer->stride + begin;
    int32_t next[EF_RUN];
    const int32_t sum =
        ef_run_gradients(next, m->x + begin, size, factor, m->shift, m->rounding);
    for (uint32_t j = 0; j < size; j++) {
        next[j] += chi[j];
    }
    const struct ef_run run = ef_run_ends(next, size, sum);
    if (!note_run(m, run)) { // rare: cell by cell, with what each loses
        uint16_t list[EF_RUN];
        const uint32_t length = ef_list_nonzero(list, m->x + begin, size);
        for (uint32_t j = 0; j < length; j++) {
            list[j] = (uint16_t)(list[j] + begin);
        }
        accumulate_row(m, slots, row, factor, list, length, true);
        return;
    }
    for (uint32_t j = 0; j < size; j++) {
        chi[j] = next[j];
    }
    if (reaches(m, run)) {
        transfer_run(m, slots, row, next, NULL, begin, size);
    }
}

// The columns of a list, brought together because few codes are not zero; x holds
// their codes, filled up with zeros to a whole block.
static void add_packed(struct mixed *m, struct ef_slots *slots, uint32_t row,
                       int16_t factor, const uint16_t *list, const int16_t *x,
                       uint32_t size)
{
    int32_t *chi = m->chi + (uint64_t)row * m->layer->stride;
    int32_t gradient[EF_RUN];
    int32_t next[EF_RUN];
    const uint32_t padded = (size + BLOCK - 1u) / BLOCK * BLOCK;
    const int32_t sum =
        ef_run_gradients(gradient, x, padded, factor, m->shift, m->rounding);
    for (uint32_t j = 0; j < size; j++) {
        next[j] = chi[list[j]] + gradient[j];
        chi[list[j]] = next[j];
    }
    for (uint32_t j = size; j < padded; j++) {
        next[j] = 0;
    }
    const struct ef_run run = ef_run_ends(next, padded, sum);
    if (!note_run(m, run)) {
        for (uint32_t j = 0; j < size; j++) {
            chi[list[j]] = next[j] - gradient[j];
        }
        accumulate_row(m, slots, row, factor, list, size, true);
        return;
    }
    if (reaches(m, run)) {
        transfer_run(m, slots, row, next, list, 0, size);
    }
}

// The codes of listed columns side by side, zeros behind them.
static void pack_codes(int16_t *packed, const struct mixed *m)
{
    for (uint32_t j = 0; j < m->listed; j++) {
        packed[j] = m->x[m->list[j]];
    }
    for (uint32_t j = m->listed; j % BLOCK != 0u; j++) {
        packed[j] = 0;
    }
}

// Runs of blocks with a nonzero code: pairs of first column and size.
static uint32_t list_runs(uint16_t *list, const int16_t *x, uint32_t stride)
{
    uint32_t length = 0;
    for (uint32_t begin = 0; begin < stride; begin += BLOCK) {
        if (ef_nonzero(x + begin, BLOCK) == 0u) {
            continue;
        }
        const bool joins = length != 0u && list[length - 1u] < EF_RUN &&
                           list[length - 2u] + list[length - 1u] == (int32_t)begin;
        if (joins) {
            list[length - 1u] = (uint16_t)(list[length - 1u] + BLOCK);
        } else {
            list[length] = (uint16_t)begin;
            list[length + 1u] = (uint16_t)BLOCK;
            length += 2u;
        }
    }
    return length;
}

// For the gradient site of the fast path: extremes of the codes, how many codes of each
// sign have a magnitude up to the index, and up to which product a gradient is zero.
struct codes {
    struct ef_extremes extremes;
    uint32_t peak;
    uint16_t up_to[2][EF_CODE_MAX + 1]; // positive, negative codes
    int64_t zero[2];                    // positive, negative products
};

// The largest |product| of a sign that rounds to zero (SPEC 1.1).
static int64_t zero_limit(int32_t shift, int rounding, bool negative)
{
    const int64_t unit = (int64_t)1 << shift;
    switch (rounding) {
    case EF_ROUND_ZERO:
        return unit - 1;
    case EF_ROUND_NEAREST_UP:
        return negative ? unit / 2 : unit / 2 - 1;
    case EF_ROUND_NEAREST_EVEN:
        return unit / 2;
    case EF_ROUND_NEAREST_AWAY:
        return unit / 2 - 1;
    default: // EF_ROUND_FLOOR
        return negative ? 0 : unit - 1;
    }
}

static void count_codes(struct codes *codes, const struct mixed *m, const int16_t *x,
                        uint32_t count)
{
    codes->extremes = ef_code_extremes(x, count);
    codes->peak = (uint32_t)ef_peak(x, count);
    codes->zero[0] = zero_limit(m->shift, m->rounding, false);
    codes->zero[1] = zero_limit(m->shift, m->rounding, true);
    for (uint32_t i = 0; i <= codes->peak; i++) {
        codes->up_to[0][i] = 0;
        codes->up_to[1][i] = 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        codes->up_to[x[i] < 0 ? 1 : 0][ef_abs(x[i])] += 1u;
    }
    for (uint32_t sign = 0; sign < 2u; sign++) {
        uint16_t *up_to = codes->up_to[sign];
        up_to[0] = 0;
        for (uint32_t i = 1; i <= codes->peak; i++) {
            up_to[i] = (uint16_t)(up_to[i] + up_to[i - 1u]);
        }
    }
}

// Records a row's gradients at their site without looking at each: rounding is
// monotone.
static void note_gradients(struct mixed *m, const struct codes *codes, int64_t factor)
{
    struct ef_site_stats *stats = &m->layer->sites[EF_SITE_GRADIENT];
    const struct ef_extremes ends = ef_product_extremes(codes->extremes, factor);
    const int64_t low = ef_round_shift(ends.low, m->shift, m->rounding);
    const int64_t high = ef_round_shift(ends.high, m->shift, m->rounding);
    const uint64_t peak = (uint64_t)ef_max(ef_abs(low), ef_abs(high));
    const uint32_t size = (uint32_t)ef_abs(factor);
    const bool turned = factor < 0; // positive codes make negative products
    stats->peak = peak > stats->peak ? peak : stats->peak;
    for (uint32_t sign = 0; sign < 2u; sign++) {
        const uint32_t limit = (uint32_t)codes->zero[turned ? 1u - sign : sign] / size;
        stats->underflowed +=
            codes->up_to[sign][limit < codes->peak ? limit : codes->peak];
    }
}

void ef_count_accumulations(struct ef_chip *chip, const struct ef_layer *layer)
{
    const uint64_t pairs =
        (uint64_t)ef_nonzero(ef_inputs(chip, layer), layer->columns) *
        ef_nonzero(ef_errors(chip, layer), layer->rows);
    const uint64_t bytes = (chip->settings.sites[EF_SITE_ACCUMULATOR].bits + 7u) / 8u;
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_MAC, pairs);
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_ADD, pairs);
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_SRAM_READ, pairs * bytes);
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_SRAM_WRITE, pairs * bytes);
    if (chip->settings.transfer_every == 1u) {
        ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_COMPARE, pairs);
    }
    ef_spend(chip, EF_PHASE_UPDATE, ef_ceil_div(pairs, chip->settings.lanes), 0);
}

// How the columns of an update are gone through.
enum way { CELLS, PACKED, DENSE };

static enum way choose_way(const struct mixed *m, uint32_t nonzero)
{
    const struct ef_site_config *sites = m->chip->settings.sites;
    const bool narrow = sites[EF_SITE_ERROR].bits - 1u + 8u <= FACTOR_BITS &&
                        sites[EF_SITE_ACCUMULATOR].bits <= EF_RUN_BITS_MAX;
    if (!narrow || m->rounding == EF_ROUND_STOCHASTIC || m->shift < EF_RUN_SHIFT_MIN ||
        m->shift > EF_RUN_SHIFT_MAX) {
        return CELLS;
    }
    return nonzero * PACK_PART < m->layer->columns ? PACKED : DENSE;
}

// One row's products into its accumulators.
static void add_row(struct mixed *m, struct ef_slots *slots, uint32_t row,
                    int64_t factor, enum way way)
{
    switch (way) {
    case CELLS:
        accumulate_row(m, slots, row, factor, m->list, m->listed, false);
        break;
    case PACKED:
        for (uint32_t j = 0; j < m->listed; j += EF_RUN) {
            const uint32_t left = m->listed - j;
            add_packed(m, slots, row, (int16_t)factor, m->list + j, m->packed + j,
                       left < EF_RUN ? left : EF_RUN);
        }
        break;
    case DENSE:
        for (uint32_t j = 0; j < m->listed; j += 2u) {
            add_dense(m, slots, row, (int16_t)factor, m->list[j], m->list[j + 1u]);
        }
        break;
    }
}

void ef_update_mixed(struct ef_chip *chip, struct ef_layer *layer,
                     struct ef_trace *trace, struct ef_span rows)
{
    struct mixed m = make_mixed(chip, layer, trace);
    struct codes codes;
    const int16_t *e = ef_errors(chip, layer);
    const uint32_t nonzero = ef_nonzero(m.x, layer->columns);
    const enum way way = choose_way(&m, nonzero);
    m.listed = way == DENSE ? list_runs(m.list, m.x, layer->stride)
                            : ef_list_nonzero(m.list, m.x, layer->columns);
    if (way == PACKED) {
        pack_codes(m.packed, &m);
        count_codes(&codes, &m, m.packed, m.listed);
    } else if (way == DENSE) {
        count_codes(&codes, &m, m.x, layer->columns);
    }
    for (uint32_t r = rows.first; r < rows.end; r++) {
        const int64_t factor = (int64_t)e[r] * layer->rate_mantissa;
        struct ef_slots slots = {0, 0, 0};
        if (factor == 0) {
            continue;
        }
        if (way != CELLS) {
            note_gradients(&m, &codes, factor);
        }
        add_row(&m, &slots, r, factor, way);
        ef_close_line(&m.writer, &slots, EF_PHASE_UPDATE, r);
    }
}

void ef_count_sweep(struct ef_chip *chip, const struct ef_layer *layer)
{
    const uint64_t cells = (uint64_t)layer->rows * layer->columns;
    const uint64_t bytes = (chip->settings.sites[EF_SITE_ACCUMULATOR].bits + 7u) / 8u;
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_SRAM_READ, cells * bytes);
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_COMPARE, cells);
    ef_spend(chip, EF_PHASE_UPDATE, ef_ceil_div(cells, chip->settings.lanes), 0);
}

void ef_transfer_rows(struct ef_chip *chip, struct ef_layer *layer,
                      struct ef_trace *trace, struct ef_span rows)
{
    struct mixed m = make_mixed(chip, layer, trace);
    const uint64_t bytes = (chip->settings.sites[EF_SITE_ACCUMULATOR].bits + 7u) / 8u;
    for (uint32_t r = rows.first; r < rows.end; r++) {
        struct ef_slots slots = {0, 0, 0};
        uint64_t changed = 0;
        for (uint32_t c = 0; c < layer->columns; c++) {
            changed += transfer_cell(&m, &slots, r, c) ? 1u : 0u;
        }
        ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_SRAM_WRITE, changed * bytes);
        ef_close_line(&m.writer, &slots, EF_PHASE_UPDATE, r);
    }
}
