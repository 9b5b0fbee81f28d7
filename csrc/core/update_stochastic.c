// Coincidence of pulse trains (SPEC 9.4; Gokmen and Vlasov, Front. Neurosci. 2016).
// SPDX-License-Identifier: Apache-2.0
#include "fixed.h"
#include "products.h"
#include "pulses.h"
#include "random.h"
#include "rules.h"

#define TRAIN_SLOTS 32u // a mask holds this many; a train is at most 31 long
#define TRAIN_WAYS 8u   // registers that run side by side
#define NEVER 0x10000u  // above every 16-bit random number
#define RATIO_SHIFT 24  // fraction bits of rate / length
#define SEARCH_BLOCK 16u

// The scale of one update's probabilities (SPEC 9.4.1, 9.4.2).
struct train {
    uint32_t length;
    uint64_t ratio;       // K
    int32_t column_shift; // probability of a column = round(|x| x 2^-column_shift)
    int32_t row_shift;    // of a row = round(|e| x K x 2^-row_shift)
};

static struct train make_train(const struct ef_chip *chip, const struct ef_layer *layer,
                               int32_t peak_x, int32_t peak_e)
{
    const int32_t t = layer->exponent - layer->rate_shift;
    uint32_t length = chip->settings.train_length;
    if (chip->settings.train_managed != 0u) {
        // ceil(v) = -floor(-v)
        const int64_t product = (int64_t)peak_x * peak_e * layer->rate_mantissa;
        const int64_t wished = -ef_shift_round(-product, -t, EF_ROUND_FLOOR);
        length = (uint32_t)ef_clamp(wished, 1, chip->settings.train_length);
    }
    const uint64_t ratio = ((uint64_t)layer->rate_mantissa << RATIO_SHIFT) / length;
    const int32_t q = t + 2 * chip->settings.train_bits - RATIO_SHIFT;
    const int32_t a = (ef_bit_length(ratio) - 1 + q + ef_bit_length((uint64_t)peak_e) -
                       ef_bit_length((uint64_t)peak_x)) >>
                      1;
    return (struct train){length, ratio, -a, a - q};
}

// Probabilities of all lines; returns how many are above zero.
static uint32_t chances(struct ef_chip *chip, struct ef_layer *layer, uint32_t *chance,
                        const int16_t *codes, uint32_t count, int64_t factor,
                        int32_t shift)
{
    struct ef_site_stats *stats = &layer->sites[EF_SITE_GRADIENT];
    const struct ef_range range = {0, (int64_t)1 << chip->settings.train_bits};
    const int rounding = chip->settings.sites[EF_SITE_GRADIENT].rounding;
    uint16_t *list = (uint16_t *)ef_at(chip, chip->list);
    const uint32_t length = ef_list_nonzero(list, codes, count);
    uint32_t running = 0;
    for (uint32_t i = 0; i < count; i++) {
        chance[i] = 0;
    }
    for (uint32_t j = 0; j < length; j++) {
        const uint32_t i = list[j];
        const int64_t product = ef_abs(codes[i]) * factor;
        const int64_t rounded = ef_shift_round(product, shift, rounding);
        chance[i] = (uint32_t)ef_narrow(stats, rounded, range, EF_SATURATE);
        stats->underflowed += chance[i] == 0u ? 1u : 0u;
        running += chance[i] != 0u ? 1u : 0u;
    }
    return running;
}

static uint32_t popcount(uint32_t mask)
{
    mask = mask - ((mask >> 1) & 0x55555555u);
    mask = (mask & 0x33333333u) + ((mask >> 2) & 0x33333333u);
    return (((mask + (mask >> 4)) & 0x0F0F0F0Fu) * 0x01010101u) >> 24;
}

// One line's mask: bit j is set where the shared random number j is below its chance.
// A table instead of a shift, and signed numbers (all below 2^17): both so that
// compilers without variable vector shifts can use vectors.
static uint32_t line_mask(const uint32_t *random, uint32_t chance)
{
    static const uint32_t BIT[TRAIN_SLOTS] = {
        0x1,        0x2,        0x4,        0x8,       0x10,      0x20,      0x40,
        0x80,       0x100,      0x200,      0x400,     0x800,     0x1000,    0x2000,
        0x4000,     0x8000,     0x10000,    0x20000,   0x40000,   0x80000,   0x100000,
        0x200000,   0x400000,   0x800000,   0x1000000, 0x2000000, 0x4000000, 0x8000000,
        0x10000000, 0x20000000, 0x40000000, 0x80000000};
    uint32_t mask = 0;
    for (uint32_t j = 0; j < TRAIN_SLOTS; j++) {
        mask |= (int32_t)random[j] < (int32_t)chance ? BIT[j] : 0u;
    }
    return mask;
}

// Groups of lines whose registers run side by side: one register's steps wait for one
// another, several registers' don't.
struct batch {
    uint32_t count;
    uint32_t group[TRAIN_WAYS];
    uint32_t state[TRAIN_WAYS];
    uint32_t random[TRAIN_WAYS][TRAIN_SLOTS];
};

static void run_batch(struct batch *batch, uint32_t length, uint32_t train_bits)
{
    uint32_t word[TRAIN_SLOTS][TRAIN_WAYS];
    for (uint32_t j = 0; j < length; j++) {
        for (uint32_t w = 0; w < TRAIN_WAYS; w++) {
            const uint32_t first = ef_leap(batch->state[w]);
            batch->state[w] = ef_leap(first);
            word[j][w] =
                (((first >> 24) << 8) | (batch->state[w] >> 24)) >> (16u - train_bits);
        }
    }
    for (uint32_t w = 0; w < batch->count; w++) {
        for (uint32_t j = 0; j < TRAIN_SLOTS; j++) {
            batch->random[w][j] = j < length ? word[j][w] : NEVER;
        }
    }
}

// What a side of the array (rows or columns) shares its registers by.
struct side {
    uint32_t *lines; // chances, which become masks
    uint32_t *lfsr;
    uint32_t count;
    uint32_t per_group;
};

static uint32_t group_size(const struct side *side, uint32_t group)
{
    const uint32_t left = side->count - group * side->per_group;
    return left < side->per_group ? left : side->per_group;
}

static bool group_runs(const struct side *side, uint32_t group)
{
    const uint32_t *lines = side->lines + group * side->per_group;
    uint32_t used = 0;
    for (uint32_t i = 0; i < group_size(side, group); i++) {
        used |= lines[i];
    }
    return used != 0u;
}

static void finish_batch(const struct batch *batch, const struct side *side)
{
    for (uint32_t w = 0; w < batch->count; w++) {
        const uint32_t group = batch->group[w];
        uint32_t *lines = side->lines + group * side->per_group;
        side->lfsr[group] = batch->state[w];
        for (uint32_t i = 0; i < group_size(side, group); i++) {
            lines[i] = lines[i] != 0u ? line_mask(batch->random[w], lines[i]) : 0u;
        }
    }
}

// Runs the registers of the groups in use and turns chances into masks, in place.
// Returns the number of groups that ran (SPEC 9.4.4).
static uint32_t run_groups(const struct ef_chip *chip, const struct side *side,
                           uint32_t length)
{
    const uint32_t groups = (uint32_t)ef_ceil_div(side->count, side->per_group);
    struct batch batch = {.count = 0};
    uint32_t running = 0;
    for (uint32_t group = 0; group < groups; group++) {
        if (group_runs(side, group)) {
            batch.group[batch.count] = group;
            batch.state[batch.count] = side->lfsr[group];
            batch.count += 1u;
            running += 1u;
        }
        if (batch.count == TRAIN_WAYS || (group + 1u == groups && batch.count != 0u)) {
            run_batch(&batch, length, chip->settings.train_bits);
            finish_batch(&batch, side);
            batch.count = 0;
        }
    }
    return running;
}

static uint64_t ones(const uint32_t *masks, uint32_t count)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += popcount(masks[i]);
    }
    return sum;
}

// Pulses of one row; masks and list are packed to the columns that fire at all.
static void pulse_row(struct ef_writer *writer, uint32_t row, uint32_t row_mask,
                      const uint32_t *masks, const uint16_t *list, uint32_t length)
{
    struct ef_slots slots = {0, 0, 0};
    const int16_t *x = ef_inputs(writer->chip, writer->layer);
    const bool row_up = ef_errors(writer->chip, writer->layer)[row] > 0;
    for (uint32_t begin = 0; begin < length; begin += SEARCH_BLOCK) {
        const uint32_t left = length - begin;
        const uint32_t size = left < SEARCH_BLOCK ? left : SEARCH_BLOCK;
        uint32_t any = 0;
        for (uint32_t j = 0; j < size; j++) {
            any |= masks[begin + j] & row_mask;
        }
        if (any == 0u) {
            continue;
        }
        for (uint32_t j = begin; j < begin + size; j++) {
            const uint32_t n = popcount(masks[j] & row_mask);
            if (n != 0u) {
                const bool up = (x[list[j]] > 0) == row_up;
                (void)ef_issue(writer, &slots, row, list[j],
                               up ? (int64_t)n : -(int64_t)n,
                               writer->chip->settings.pulse_limit, false);
            }
        }
    }
}

// What the half-selected cells of one row suffered: every firing of their row and of
// their column that was not their own pulse, the way a pulse of theirs would have gone;
// where thirds are applied the other slots too, against their pulses (SPEC 17.4).
static void disturb_row(struct ef_writer *writer, uint32_t row, uint32_t row_mask,
                        const int32_t *firings, uint32_t length)
{
    const struct ef_layer *layer = writer->layer;
    const int16_t *x = ef_inputs(writer->chip, layer);
    const bool row_up = ef_errors(writer->chip, layer)[row] >= 0;
    const uint32_t fired = popcount(row_mask);
    const bool third = writer->chip->settings.access == EF_ACCESS_THIRD;
    for (uint32_t c = 0; c < layer->columns; c++) {
        const uint32_t own = (uint32_t)ef_abs(writer->own[c]);
        const uint32_t lines = fired + (uint32_t)firings[c];
        const uint32_t busy = lines - own; // slots in which a line of it fires
        const uint32_t with = lines - 2u * own + (third ? length : 0u);
        const uint32_t against = third && busy < length ? length - busy : 0u;
        const bool up = (x[c] >= 0) == row_up;
        const struct ef_spot spot = {row, c};
        ef_half_select(writer, spot, up ? with : against, up ? against : with);
        writer->own[c] = 0;
    }
}

// Events and time of a train (SPEC 11, 12), given line counts and firings.
static void tally_train(struct ef_chip *chip, const struct ef_layer *layer,
                        uint32_t length, uint64_t lines, uint64_t groups,
                        uint64_t column_ones, uint64_t row_ones, uint64_t coincidences)
{
    const uint64_t cells = column_ones * layer->rows + row_ones * layer->columns;
    const uint64_t slot_ns =
        (uint64_t)chip->settings.width_ns[layer->pulse_class] + chip->settings.gap_ns;
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_MAC, lines);
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_COMPARE, length * lines);
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_LFSR_STEP, 16u * length * groups);
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_PULSE_LINE_CELLS,
             cells * chip->plane_count);
    ef_count(chip, EF_PHASE_UPDATE, EF_EVENT_HALF_SELECTED,
             ef_half_selected(chip, layer, cells, 2u * (uint64_t)length, coincidences));
    ef_spend(chip, EF_PHASE_UPDATE,
             (uint64_t)layer->rows + layer->columns + 2u * (uint64_t)length,
             2u * (uint64_t)length * slot_ns);
}

void ef_update_stochastic(struct ef_chip *chip, struct ef_layer *layer,
                          struct ef_trace *trace)
{
    struct ef_writer writer = ef_update_writer(chip, layer, trace);
    const int16_t *x = ef_inputs(chip, layer);
    const int16_t *e = ef_errors(chip, layer);
    uint32_t *columns = (uint32_t *)ef_at(chip, chip->mask);
    uint32_t *rows = (uint32_t *)ef_at(chip, chip->chance);
    uint16_t *list = (uint16_t *)ef_at(chip, chip->list);
    const struct train train =
        make_train(chip, layer, ef_peak(x, layer->columns), ef_peak(e, layer->rows));
    uint64_t lines =
        chances(chip, layer, columns, x, layer->columns, 1, train.column_shift);
    lines += chances(chip, layer, rows, e, layer->rows, (int64_t)train.ratio,
                     train.row_shift);
    const struct side across = {columns, ef_at(chip, layer->column_lfsr),
                                layer->columns, chip->settings.lines_per_column_lfsr};
    const struct side along = {rows, ef_at(chip, layer->row_lfsr), layer->rows,
                               chip->settings.lines_per_row_lfsr};
    uint64_t groups = run_groups(chip, &across, train.length);
    groups += run_groups(chip, &along, train.length);
    const uint64_t column_ones = ones(columns, layer->columns);
    int32_t *firings = (int32_t *)ef_at(chip, chip->partial);
    uint32_t length = 0;
    for (uint32_t c = 0; c < layer->columns; c++) {
        const uint32_t mask = columns[c];
        firings[c] = (int32_t)popcount(mask);
        columns[length] = mask;
        list[length] = (uint16_t)c;
        length += mask != 0u ? 1u : 0u;
    }
    const uint64_t before = writer.driver[0].account->requested;
    for (uint32_t r = 0; r < layer->rows; r++) {
        if (rows[r] != 0u) {
            pulse_row(&writer, r, rows[r], columns, list, length);
        }
        if (writer.own != NULL) {
            disturb_row(&writer, r, rows[r], firings, train.length);
        }
    }
    const uint64_t wished = writer.driver[0].account->requested - before;
    tally_train(chip, layer, train.length, lines, groups, column_ones,
                ones(rows, layer->rows), wished / ef_sides(&writer));
}
