// SPDX-License-Identifier: Apache-2.0
#include "convert.h"

#include "array.h"
#include "line.h"
#include "random.h"

#define TABLE_BITS 12u    // widest index of an activation table
#define EVENT_LINES 4096u // lines of one noise event
#define LEAP_BITS 8

int64_t ef_round_drawn(struct ef_chip *chip, int phase, int64_t value, int32_t n)
{
    if (n > 32) {
        value = ef_round_shift(value, n - 32 < 63 ? n - 32 : 63, EF_ROUND_FLOOR);
        n = 32;
    }
    const int32_t leaps = (n + LEAP_BITS - 1) / LEAP_BITS;
    uint64_t drawn = 0;
    for (int32_t i = 0; i < leaps; i++) {
        chip->round_lfsr = ef_leap(chip->round_lfsr);
        drawn = (drawn << LEAP_BITS) | (chip->round_lfsr >> 24);
    }
    ef_count(chip, phase, EF_EVENT_LFSR_STEP, (uint64_t)(leaps * LEAP_BITS));
    const int64_t dither = (int64_t)(drawn >> (LEAP_BITS * leaps - n));
    return ef_round_shift(value + dither, n, EF_ROUND_FLOOR);
}

struct ef_range ef_site_range(const struct ef_chip *chip, int site)
{
    const uint32_t bits = chip->settings.sites[site].bits;
    if (site == EF_SITE_INPUT && chip->settings.input_signed == 0u) {
        return ef_unsigned_range(bits);
    }
    struct ef_range range = ef_signed_range(bits);
    if (site == EF_SITE_ERROR) {
        range.low += 1; // symmetric, so that -e is a code too
    }
    return range;
}

struct ef_range ef_activation_range(const struct ef_chip *chip)
{
    const struct ef_range codes =
        ef_unsigned_range(chip->settings.sites[EF_SITE_ACTIVATION].bits);
    return (struct ef_range){-codes.high, codes.high};
}

uint32_t ef_table_index(const struct ef_chip *chip, int16_t code)
{
    const uint32_t bits = chip->settings.sites[EF_SITE_ADC].bits;
    const uint32_t offset = 1u << (bits - 1u);
    const uint32_t index = (uint32_t)(code + (int32_t)offset);
    return index >> (bits > TABLE_BITS ? bits - TABLE_BITS : 0u);
}

// A read of an array by one of its sides (SPEC 5.1, 5.3).
struct reading {
    const int16_t *driven; // codes of the lines that are driven
    uint32_t driven_count;
    uint32_t lines; // that flow
    uint32_t codes; // that are converted, the first of them
    uint32_t side;  // enum ef_side: whose converters
    int dac;        // enum ef_event: what drives
    int32_t mantissa;
    int32_t shift;
    uint64_t first; // index of the first line's draw
    struct ef_read_noise noise;
};

static struct reading forward(struct ef_chip *chip, const struct ef_layer *layer)
{
    return (struct reading){
        .driven = ef_see(chip, layer->input),
        .driven_count = layer->columns,
        .lines = layer->rows,
        .codes = layer->rows,
        .side = EF_SIDE_ROWS,
        .dac = EF_EVENT_DAC_INPUT,
        .mantissa = layer->gain_mantissa,
        .shift = layer->gain_shift,
        .first = layer->forward_reads * EVENT_LINES,
        .noise = {.key = layer->forward_key, .amplitude = 0},
    };
}

static struct reading backward(struct ef_chip *chip, const struct ef_layer *layer)
{
    return (struct reading){
        .driven = ef_see(chip, layer->error),
        .driven_count = layer->rows,
        .lines = layer->columns,
        .codes = layer->inputs, // the bias has no converter
        .side = EF_SIDE_INPUTS,
        .dac = EF_EVENT_DAC_ERROR,
        .mantissa = layer->back_mantissa,
        .shift = layer->back_shift,
        .first = layer->backward_reads * EVENT_LINES,
        .noise = {.key = layer->backward_key, .amplitude = 0},
    };
}

// Counts a read; how large its noise is follows from what flows (SPEC 5.9).
static void count_read(struct ef_chip *chip, const struct ef_layer *layer, int phase,
                       struct reading *read)
{
    const uint64_t planes = chip->plane_count;
    const uint64_t used = ef_nonzero(read->driven, read->driven_count);
    const uint64_t codes =
        ef_magnitude(read->driven, read->driven_count) * read->lines * planes;
    uint64_t charge = 0;
    for (uint32_t plane = 0; plane < planes; plane++) {
        const struct ef_plane_map *map = &layer->planes[plane];
        const uint32_t *sum =
            ef_see(chip, read->side == EF_SIDE_ROWS ? map->column_sum : map->row_sum);
        charge += ef_read_charge(sum, read->driven, read->driven_count);
    }
    read->noise.amplitude = ef_noise_amplitude(chip, charge, codes, read->lines);
    ef_count(chip, phase, read->dac, read->driven_count);
    ef_count(chip, phase, EF_EVENT_LINE_CELLS, used * read->lines * planes);
    ef_count(chip, phase, EF_EVENT_READ_CODES, codes);
    ef_count(chip, phase, EF_EVENT_READ_CHARGE, charge);
    ef_count(chip, phase, EF_EVENT_ADC, read->codes);
    ef_spend(chip, phase, (uint64_t)read->driven_count + read->codes,
             chip->settings.read_ns);
}

// What all lines of a read share on their way to codes; copied, so that a compiler sees
// that no line changes it.
struct converting {
    struct reading read;
    struct ef_site_config site;
    struct ef_range range;
};

// One line's sum to its code: noise, clipping, its converter, counted at the ADC's
// site.
static inline int16_t convert_line(struct ef_chip *chip, struct ef_site_stats *stats,
                                   int phase, int64_t sum, struct converting how,
                                   uint32_t line, const struct ef_converter *converter)
{
    const int32_t shift = how.read.shift;
    bool clipped = false;
    const int64_t seen =
        ef_line_sum(chip, &clipped, sum, &how.read.noise, how.read.first + line);
    const int64_t scaled =
        ef_converted(chip, seen * how.read.mantissa, shift, converter);
    const int64_t rounded = ef_round(chip, phase, scaled, shift, how.site.rounding);
    const int64_t code = ef_narrow(stats, rounded, how.range, how.site.overflow);
    stats->saturated += clipped && ef_inside(rounded, how.range) ? 1u : 0u;
    stats->underflowed += scaled != 0 && code == 0 ? 1u : 0u;
    return (int16_t)code;
}

// Line sums to codes. Two loops: that no converter errs is found out once.
static void convert_lines(struct ef_chip *chip, struct ef_layer *layer, int phase,
                          int16_t *codes, const int64_t *sums,
                          const struct reading *read)
{
    const struct converting how = {*read, chip->settings.sites[EF_SITE_ADC],
                                   ef_site_range(chip, EF_SITE_ADC)};
    const struct ef_converter *its = ef_converter(chip, layer, read->side, 0);
    struct ef_site_stats stats = layer->sites[EF_SITE_ADC];
    for (uint32_t i = 0; its == NULL && i < how.read.codes; i++) {
        codes[i] = convert_line(chip, &stats, phase, sums[i], how, i, NULL);
    }
    for (uint32_t i = 0; its != NULL && i < how.read.codes; i++) {
        codes[i] = convert_line(chip, &stats, phase, sums[i], how, i, &its[i]);
    }
    layer->sites[EF_SITE_ADC] = stats;
}

// A digital reference: one product a cell, or one a line where it is an offset.
static void tally_digital(struct ef_chip *chip, const struct ef_layer *layer, int phase,
                          uint32_t codes)
{
    const bool each = chip->settings.reference == EF_REFERENCE_STORED;
    const uint64_t products =
        each ? (uint64_t)layer->rows * layer->columns : layer->columns;
    ef_count(chip, phase, EF_EVENT_MAC, products);
    ef_count(chip, phase, EF_EVENT_SRAM_READ, 2u * products);
    ef_count(chip, phase, EF_EVENT_ADD, codes);
    ef_spend(chip, phase, ef_ceil_div(products, chip->settings.lanes), 0);
}

// What the digital side takes off codes again when the reference is stored (SPEC 5.4).
static void subtract_references(struct ef_chip *chip, struct ef_layer *layer, int phase,
                                int16_t *codes, const int64_t *sums,
                                const struct reading *read)
{
    const struct ef_range range = ef_site_range(chip, EF_SITE_ADC);
    const int mode = chip->settings.sites[EF_SITE_ADC].rounding;
    const int rounding = mode == EF_ROUND_STOCHASTIC ? EF_ROUND_NEAREST_EVEN : mode;
    for (uint32_t i = 0; i < read->codes; i++) {
        const int64_t offset =
            ef_round_shift(sums[i] * read->mantissa, read->shift, rounding);
        codes[i] = (int16_t)ef_narrow(&layer->sites[EF_SITE_REFERENCE],
                                      codes[i] - offset, range, EF_SATURATE);
    }
    tally_digital(chip, layer, phase, read->codes);
}

// Line sums of the digital reference, forward: the same for all rows with an offset.
static void digital_forward(struct ef_chip *chip, const struct ef_layer *layer,
                            int64_t *sums, const int16_t *x)
{
    const int16_t *stored = (const int16_t *)ef_at(chip, layer->stored);
    if (chip->settings.reference == EF_REFERENCE_STORED) {
        ef_multiply(sums, stored, x, layer->rows, layer->stride);
        return;
    }
    ef_multiply(sums, stored, x, 1, layer->stride);
    for (uint32_t r = 1; r < layer->rows; r++) {
        sums[r] = sums[0];
    }
}

// The same backward: the offset of a column times the sum of the error codes.
static void digital_backward(struct ef_chip *chip, const struct ef_layer *layer,
                             int64_t *sums, int32_t *partial, const int16_t *e)
{
    const int16_t *stored = (const int16_t *)ef_at(chip, layer->stored);
    if (chip->settings.reference == EF_REFERENCE_STORED) {
        ef_multiply_transposed(sums, partial, stored, e, layer->rows, layer->stride);
        return;
    }
    int64_t total = 0;
    for (uint32_t r = 0; r < layer->rows; r++) {
        total += e[r];
    }
    for (uint32_t c = 0; c < layer->inputs; c++) {
        sums[c] = stored[c] * total;
    }
}

void ef_read_forward(struct ef_chip *chip, struct ef_layer *layer, int phase)
{
    const int16_t *x = ef_inputs(chip, layer);
    int16_t *y = ef_codes(chip, layer);
    int64_t *sums = (int64_t *)ef_at(chip, chip->line_sum);
    struct reading read = forward(chip, layer);
    count_read(chip, layer, phase, &read);
    ef_multiply(sums, ef_weights(chip, layer), x, layer->rows, layer->stride);
    convert_lines(chip, layer, phase, y, sums, &read);
    layer->forward_reads += 1u;
    if (chip->settings.reference >= EF_REFERENCE_STORED) {
        digital_forward(chip, layer, sums, x);
        subtract_references(chip, layer, phase, y, sums, &read);
    }
}

void ef_read_backward(struct ef_chip *chip, int16_t *codes, struct ef_layer *layer,
                      int phase)
{
    const int16_t *e = ef_errors(chip, layer);
    int64_t *sums = (int64_t *)ef_at(chip, chip->line_sum);
    int32_t *partial = (int32_t *)ef_at(chip, chip->partial);
    struct reading read = backward(chip, layer);
    count_read(chip, layer, phase, &read);
    ef_multiply_transposed(sums, partial, ef_weights(chip, layer), e, layer->rows,
                           layer->stride);
    convert_lines(chip, layer, phase, codes, sums, &read);
    layer->backward_reads += 1u;
    if (chip->settings.reference >= EF_REFERENCE_STORED) {
        digital_backward(chip, layer, sums, partial, e);
        subtract_references(chip, layer, phase, codes, sums, &read);
    }
}

// Whether inputs fit as they are: no shift, and none out of range. Then they are taken.
static bool take_as_they_are(struct ef_site_stats *stats, int16_t *x,
                             const int16_t *raw, uint32_t count, struct ef_range range)
{
    int16_t low = 0;
    int16_t high = 0;
    for (uint32_t c = 0; c < count; c++) {
        low = raw[c] < low ? raw[c] : low;
        high = raw[c] > high ? raw[c] : high;
    }
    if (!ef_inside(low, range) || !ef_inside(high, range)) {
        return false;
    }
    for (uint32_t c = 0; c < count; c++) {
        x[c] = raw[c];
    }
    const int64_t peak = ef_max(high, -(int64_t)low);
    stats->peak = (uint64_t)ef_max((int64_t)stats->peak, peak);
    return true;
}

void ef_take_inputs(struct ef_chip *chip, const int16_t *raw)
{
    struct ef_layer *layer = &chip->layers[0];
    const struct ef_site_config *site = &chip->settings.sites[EF_SITE_INPUT];
    struct ef_site_stats *stats = &layer->sites[EF_SITE_INPUT];
    const struct ef_range range = ef_site_range(chip, EF_SITE_INPUT);
    int16_t *x = ef_inputs(chip, layer);
    const bool taken =
        site->shift == 0u && take_as_they_are(stats, x, raw, layer->inputs, range);
    for (uint32_t c = 0; !taken && c < layer->inputs; c++) {
        const int64_t rounded = ef_round_shift(raw[c], site->shift, site->rounding);
        x[c] = (int16_t)ef_narrow(stats, rounded, range, site->overflow);
        stats->underflowed += raw[c] != 0 && x[c] == 0 ? 1u : 0u;
    }
    if (layer->bias != 0u) {
        x[layer->inputs] = layer->bias_code;
    }
}

void ef_activations(struct ef_chip *chip, const struct ef_layer *layer, int16_t *x,
                    const int16_t *y)
{
    const int16_t *table = ef_see(chip, layer->activation);
    for (uint32_t r = 0; r < layer->rows; r++) {
        x[r] = table[ef_table_index(chip, y[r])];
    }
    ef_count(chip, EF_PHASE_INFER, EF_EVENT_LOOKUP, layer->rows);
    ef_spend(chip, EF_PHASE_INFER, layer->rows, 0);
}

// Codes of one layer become the input codes of the next (SPEC 6.1, 6.2).
static void activate(struct ef_chip *chip, const struct ef_layer *layer,
                     struct ef_layer *next)
{
    int16_t *x = ef_inputs(chip, next);
    ef_activations(chip, layer, x, ef_codes(chip, layer));
    if (next->bias != 0u) {
        x[next->inputs] = next->bias_code;
    }
}

// Class of the largest code, the first of equals (SPEC 6.4).
static int32_t arg_max(struct ef_chip *chip, const struct ef_layer *output)
{
    const int16_t *y = ef_codes(chip, output);
    uint32_t best = 0;
    for (uint32_t r = 1; r < output->rows; r++) {
        best = y[r] > y[best] ? r : best;
    }
    ef_count(chip, EF_PHASE_INFER, EF_EVENT_COMPARE, output->rows);
    ef_spend(chip, EF_PHASE_INFER, output->rows, 0);
    chip->tally.inferences += 1u;
    return (int32_t)best;
}

int32_t ef_forward_layer(struct ef_chip *chip, uint32_t layer)
{
    struct ef_layer *found = &chip->layers[layer];
    ef_read_forward(chip, found, EF_PHASE_INFER);
    if (layer + 1u == chip->settings.layer_count) {
        return arg_max(chip, found);
    }
    activate(chip, found, found + 1);
    return -1;
}

int32_t ef_forward_pass(struct ef_chip *chip)
{
    int32_t found = -1;
    for (uint32_t l = 0; l < chip->settings.layer_count; l++) {
        found = ef_forward_layer(chip, l);
    }
    return found;
}
