// SPDX-License-Identifier: Apache-2.0
#include "convert.h"

#include "array.h"
#include "line.h"
#include "random.h"

#define TABLE_BITS 12u    // widest index of an activation table
#define EVENT_LINES 4096u // lines of one noise event
#define LEAP_BITS 8

int64_t ef_round(struct ef_chip *chip, int phase, int64_t value, int32_t n,
                 int rounding)
{
    if (rounding != EF_ROUND_STOCHASTIC || n <= 0) {
        return ef_shift_round(value, n, rounding);
    }
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

uint32_t ef_table_index(const struct ef_chip *chip, int16_t code)
{
    const uint32_t bits = chip->settings.sites[EF_SITE_ADC].bits;
    const uint32_t offset = 1u << (bits - 1u);
    const uint32_t index = (uint32_t)(code + (int32_t)offset);
    return index >> (bits > TABLE_BITS ? bits - TABLE_BITS : 0u);
}

// A line sum to a code, counted at the ADC's site.
static int16_t adc(struct ef_chip *chip, struct ef_layer *layer, int phase, int64_t sum,
                   uint32_t mantissa, int32_t shift,
                   const struct ef_converter *converter)
{
    const struct ef_site_config *site = &chip->settings.sites[EF_SITE_ADC];
    struct ef_site_stats *stats = &layer->sites[EF_SITE_ADC];
    const int64_t scaled =
        ef_converted(chip, sum * (int64_t)mantissa, shift, converter);
    const int64_t rounded = ef_round(chip, phase, scaled, shift, site->rounding);
    const int64_t code =
        ef_narrow(stats, rounded, ef_site_range(chip, EF_SITE_ADC), site->overflow);
    stats->underflowed += scaled != 0 && code == 0 ? 1u : 0u;
    return (int16_t)code;
}

// What the digital side takes off a code again when the reference is stored (SPEC 5.4).
static int16_t subtract_reference(struct ef_chip *chip, struct ef_layer *layer,
                                  int16_t code, int64_t sum, uint32_t mantissa,
                                  int32_t shift)
{
    const int rounding = chip->settings.sites[EF_SITE_ADC].rounding;
    const int64_t offset = ef_round_shift(
        sum * (int64_t)mantissa, shift,
        rounding == EF_ROUND_STOCHASTIC ? EF_ROUND_NEAREST_EVEN : rounding);
    return (int16_t)ef_narrow(&layer->sites[EF_SITE_REFERENCE], code - offset,
                              ef_site_range(chip, EF_SITE_ADC), EF_SATURATE);
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

// Counts a forward read; how large its noise is follows from what flows (SPEC 5.9).
static struct ef_read_noise count_forward(struct ef_chip *chip,
                                          const struct ef_layer *layer, int phase,
                                          const int16_t *x)
{
    const uint64_t driven = ef_nonzero(x, layer->columns);
    const uint64_t codes =
        ef_magnitude(x, layer->columns) * layer->rows * chip->plane_count;
    uint64_t charge = 0;
    for (uint32_t plane = 0; plane < chip->plane_count; plane++) {
        const uint32_t *sum = ef_see(chip, layer->planes[plane].column_sum);
        charge += ef_read_charge(sum, x, layer->columns);
    }
    ef_count(chip, phase, EF_EVENT_DAC_INPUT, layer->columns);
    ef_count(chip, phase, EF_EVENT_LINE_CELLS,
             driven * layer->rows * chip->plane_count);
    ef_count(chip, phase, EF_EVENT_READ_CODES, codes);
    ef_count(chip, phase, EF_EVENT_READ_CHARGE, charge);
    ef_count(chip, phase, EF_EVENT_ADC, layer->rows);
    ef_spend(chip, phase, (uint64_t)layer->columns + layer->rows,
             chip->settings.read_ns);
    return (struct ef_read_noise){
        .key = layer->forward_key,
        .amplitude = ef_noise_amplitude(chip, charge, codes, layer->rows),
    };
}

// One line of a read: its sum with noise, through its converter, to a code.
static int16_t read_line(struct ef_chip *chip, struct ef_layer *layer, int phase,
                         int64_t sum, const struct ef_read_noise *noise, uint64_t event,
                         uint32_t line, bool backward)
{
    struct ef_site_stats *stats = &layer->sites[EF_SITE_ADC];
    bool clipped = false;
    const uint64_t index = event * EVENT_LINES + line;
    const int64_t seen = ef_line_sum(chip, &clipped, sum, noise, index);
    const uint64_t before = stats->saturated;
    const struct ef_converter *converter =
        ef_converter(chip, layer, backward ? EF_SIDE_INPUTS : EF_SIDE_ROWS, line);
    const int16_t code = backward ? adc(chip, layer, phase, seen, layer->back_mantissa,
                                        layer->back_shift, converter)
                                  : adc(chip, layer, phase, seen, layer->gain_mantissa,
                                        layer->gain_shift, converter);
    stats->saturated += clipped && stats->saturated == before ? 1u : 0u;
    return code;
}

void ef_read_forward(struct ef_chip *chip, struct ef_layer *layer, int phase)
{
    const int16_t *x = ef_inputs(chip, layer);
    int16_t *y = ef_codes(chip, layer);
    int64_t *sums = (int64_t *)ef_at(chip, chip->line_sum);
    const struct ef_read_noise noise = count_forward(chip, layer, phase, x);
    ef_multiply(sums, ef_weights(chip, layer), x, layer->rows, layer->stride);
    for (uint32_t r = 0; r < layer->rows; r++) {
        y[r] = read_line(chip, layer, phase, sums[r], &noise, layer->forward_reads, r,
                         false);
    }
    layer->forward_reads += 1u;
    if (chip->settings.reference < EF_REFERENCE_STORED) {
        return;
    }
    digital_forward(chip, layer, sums, x);
    for (uint32_t r = 0; r < layer->rows; r++) {
        y[r] = subtract_reference(chip, layer, y[r], sums[r], layer->gain_mantissa,
                                  layer->gain_shift);
    }
    tally_digital(chip, layer, phase, layer->rows);
}

// The same of a backward read.
static struct ef_read_noise count_backward(struct ef_chip *chip,
                                           const struct ef_layer *layer, int phase,
                                           const int16_t *e)
{
    const uint64_t driven = ef_nonzero(e, layer->rows);
    const uint64_t codes =
        ef_magnitude(e, layer->rows) * layer->columns * chip->plane_count;
    uint64_t charge = 0;
    for (uint32_t plane = 0; plane < chip->plane_count; plane++) {
        const uint32_t *sum = ef_see(chip, layer->planes[plane].row_sum);
        charge += ef_read_charge(sum, e, layer->rows);
    }
    ef_count(chip, phase, EF_EVENT_DAC_ERROR, layer->rows);
    ef_count(chip, phase, EF_EVENT_LINE_CELLS,
             driven * layer->columns * chip->plane_count);
    ef_count(chip, phase, EF_EVENT_READ_CODES, codes);
    ef_count(chip, phase, EF_EVENT_READ_CHARGE, charge);
    ef_count(chip, phase, EF_EVENT_ADC, layer->inputs);
    ef_spend(chip, phase, (uint64_t)layer->rows + layer->inputs,
             chip->settings.read_ns);
    return (struct ef_read_noise){
        .key = layer->backward_key,
        .amplitude = ef_noise_amplitude(chip, charge, codes, layer->columns),
    };
}

void ef_read_backward(struct ef_chip *chip, int16_t *codes, struct ef_layer *layer,
                      int phase)
{
    const int16_t *e = ef_errors(chip, layer);
    int64_t *sums = (int64_t *)ef_at(chip, chip->line_sum);
    int32_t *partial = (int32_t *)ef_at(chip, chip->partial);
    const struct ef_read_noise noise = count_backward(chip, layer, phase, e);
    ef_multiply_transposed(sums, partial, ef_weights(chip, layer), e, layer->rows,
                           layer->stride);
    for (uint32_t c = 0; c < layer->inputs; c++) {
        codes[c] = read_line(chip, layer, phase, sums[c], &noise, layer->backward_reads,
                             c, true);
    }
    layer->backward_reads += 1u;
    if (chip->settings.reference < EF_REFERENCE_STORED) {
        return;
    }
    digital_backward(chip, layer, sums, partial, e);
    for (uint32_t c = 0; c < layer->inputs; c++) {
        codes[c] = subtract_reference(chip, layer, codes[c], sums[c],
                                      layer->back_mantissa, layer->back_shift);
    }
    tally_digital(chip, layer, phase, layer->inputs);
}

void ef_take_inputs(struct ef_chip *chip, const int16_t *raw)
{
    struct ef_layer *layer = &chip->layers[0];
    const struct ef_site_config *site = &chip->settings.sites[EF_SITE_INPUT];
    struct ef_site_stats *stats = &layer->sites[EF_SITE_INPUT];
    const struct ef_range range = ef_site_range(chip, EF_SITE_INPUT);
    int16_t *x = ef_inputs(chip, layer);
    for (uint32_t c = 0; c < layer->inputs; c++) {
        const int64_t rounded = ef_round_shift(raw[c], site->shift, site->rounding);
        x[c] = (int16_t)ef_narrow(stats, rounded, range, site->overflow);
        stats->underflowed += raw[c] != 0 && x[c] == 0 ? 1u : 0u;
    }
    if (layer->bias != 0u) {
        x[layer->inputs] = layer->bias_code;
    }
}

// Codes of one layer become the input codes of the next (SPEC 6.1, 6.2).
static void activate(struct ef_chip *chip, const struct ef_layer *layer,
                     struct ef_layer *next)
{
    const int16_t *y = ef_codes(chip, layer);
    const int16_t *table = ef_see(chip, layer->activation);
    int16_t *x = ef_inputs(chip, next);
    for (uint32_t r = 0; r < layer->rows; r++) {
        x[r] = table[ef_table_index(chip, y[r])];
    }
    if (next->bias != 0u) {
        x[next->inputs] = next->bias_code;
    }
    ef_count(chip, EF_PHASE_INFER, EF_EVENT_LOOKUP, layer->rows);
    ef_spend(chip, EF_PHASE_INFER, layer->rows, 0);
}

int32_t ef_forward_pass(struct ef_chip *chip)
{
    const uint32_t last = chip->settings.layer_count - 1u;
    for (uint32_t l = 0; l <= last; l++) {
        ef_read_forward(chip, &chip->layers[l], EF_PHASE_INFER);
        if (l < last) {
            activate(chip, &chip->layers[l], &chip->layers[l + 1u]);
        }
    }
    const struct ef_layer *output = &chip->layers[last];
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
