// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include "convert.h"
#include "line.h"

#define VERIFY_GROUP_READS 64u // reads one noise group has room for
#define EVENT_LINES 4096u

// The code that a verify read gives for a line sum, by this converter.
static int64_t verify_code(const struct ef_chip *chip, const struct ef_verify *how,
                           int64_t sum, const struct ef_converter *converter)
{
    const struct ef_range range = ef_site_range(chip, EF_SITE_ADC);
    const int mode = chip->settings.sites[EF_SITE_ADC].rounding;
    const int64_t scaled =
        ef_converted(chip, sum * how->mantissa, how->shift, converter);
    const int64_t code = ef_round_shift(
        scaled, how->shift, mode == EF_ROUND_STOCHASTIC ? EF_ROUND_NEAREST_EVEN : mode);
    return ef_clamp(code, range.low, range.high);
}

// What a verify read sees of a cell: its weight, or its state alone.
static int64_t seen(struct ef_chip *chip, struct ef_layer *layer, uint32_t plane,
                    bool alone, uint32_t row, uint32_t column)
{
    const uint64_t at = (uint64_t)row * layer->stride + column;
    if (alone) {
        const int32_t *states =
            (const int32_t *)ef_at(chip, layer->planes[plane].state);
        const int64_t level = ef_round_shift(
            states[at], 16, chip->settings.sites[EF_SITE_REFERENCE].rounding);
        return ef_clamp(level, INT16_MIN, INT16_MAX);
    }
    int64_t weight = ef_weights(chip, layer)[at];
    if (chip->settings.reference == EF_REFERENCE_STORED) {
        weight -= ((const int16_t *)ef_at(chip, layer->stored))[at];
    } else if (chip->settings.reference == EF_REFERENCE_OFFSET) {
        weight -= ((const int16_t *)ef_at(chip, layer->stored))[column];
    }
    return weight;
}

// What one verify read of a column moves: charge and codes of the planes it drives.
struct flow {
    uint64_t charge;
    uint64_t cells;
};

static struct flow verify_flow(const struct ef_chip *chip, const struct ef_layer *layer,
                               const struct ef_verify *how, uint32_t column)
{
    const bool pair = !how->alone && chip->plane_count > 1u;
    struct flow flow = {0, (uint64_t)layer->rows * (pair ? 2u : 1u)};
    for (uint32_t p = 0; p < chip->plane_count; p++) {
        if (p == how->plane || pair) {
            const uint32_t *sum = ef_see(chip, layer->planes[p].column_sum);
            flow.charge += (uint64_t)layer->verify_code * sum[column];
        }
    }
    return flow;
}

static void tally_verify(struct ef_chip *chip, const struct ef_layer *layer,
                         const struct ef_verify *how, const struct flow *flow,
                         uint64_t pending)
{
    const int phase = how->phase;
    const uint64_t reads = how->reads;
    ef_count(chip, phase, EF_EVENT_DAC_INPUT, reads);
    ef_count(chip, phase, EF_EVENT_LINE_CELLS, reads * flow->cells);
    ef_count(chip, phase, EF_EVENT_READ_CODES,
             reads * flow->cells * (uint64_t)layer->verify_code);
    ef_count(chip, phase, EF_EVENT_READ_CHARGE, reads * flow->charge);
    ef_count(chip, phase, EF_EVENT_ADC, reads * pending);
    if (!how->alone && chip->settings.reference >= EF_REFERENCE_STORED) {
        const bool stored = chip->settings.reference == EF_REFERENCE_STORED;
        ef_count(chip, phase, EF_EVENT_SRAM_READ, stored ? 2u * pending : 2u);
        ef_count(chip, phase, EF_EVENT_ADD, pending);
    }
    ef_spend(chip, phase, reads * (1u + pending), reads * chip->settings.read_ns);
}

struct ef_verify ef_verify_how(const struct ef_layer *layer, uint32_t plane,
                               uint32_t reads)
{
    return (struct ef_verify){
        .phase = EF_PHASE_PROGRAM,
        .plane = plane,
        .reads = reads,
        .alone = plane == EF_PLANE_REFERENCE,
        .mantissa = layer->verify_mantissa,
        .shift = layer->verify_shift,
    };
}

void ef_verify_read(struct ef_chip *chip, int32_t *sums, struct ef_layer *layer,
                    const struct ef_verify *how, uint32_t column,
                    const uint8_t *pending)
{
    const uint64_t group = layer->verify_reads;
    const struct flow flow = verify_flow(chip, layer, how, column);
    const struct ef_read_noise noise = {
        .key = layer->verify_key,
        .amplitude = ef_noise_amplitude(
            chip, flow.charge, flow.cells * (uint64_t)layer->verify_code, layer->rows),
    };
    uint64_t converted = 0;
    for (uint32_t r = 0; r < layer->rows; r++) {
        if (pending != NULL && pending[r] == 0u) {
            continue;
        }
        const int64_t level = seen(chip, layer, how->plane, how->alone, r, column);
        const struct ef_converter *converter =
            ef_converter(chip, layer, EF_SIDE_ROWS, r);
        int64_t sum = 0;
        for (uint32_t k = 0; k < how->reads; k++) {
            const uint64_t index = (group * EVENT_LINES + r) * VERIFY_GROUP_READS + k;
            bool clipped = false;
            const int64_t line =
                ef_line_sum(chip, &clipped, level * layer->verify_code, &noise, index);
            sum += verify_code(chip, how, line, converter);
        }
        sums[r] = (int32_t)sum;
        converted += 1u;
    }
    layer->verify_reads += 1u;
    tally_verify(chip, layer, how, &flow, converted);
}

// Pulses for one pending row's difference (SPEC 10.1).
static int32_t program_count(const struct ef_chip *chip, int64_t difference)
{
    const int64_t wished =
        ef_round_shift(ef_abs(difference) * chip->settings.program_mantissa,
                       chip->settings.program_shift, EF_ROUND_NEAREST_AWAY);
    const int32_t count = (int32_t)ef_clamp(wished, 1, chip->settings.program_limit);
    return difference > 0 ? count : -count;
}

void ef_read_all(struct ef_chip *chip, int32_t *sums, struct ef_layer *layer,
                 uint32_t plane, uint32_t column, uint32_t reads)
{
    const struct ef_verify how = ef_verify_how(layer, plane, reads);
    ef_verify_read(chip, sums, layer, &how, column, NULL);
    ef_count(chip, EF_PHASE_PROGRAM, EF_EVENT_COMPARE, layer->rows);
}

// How far a row's reading is from what is wanted, in codes of all its reads.
static int64_t distance(const struct ef_chip *chip, const struct ef_layer *layer,
                        const struct ef_verify *how, int16_t target, int32_t sum)
{
    const int64_t wished = (int64_t)target * layer->verify_code;
    return (int64_t)how->reads * verify_code(chip, how, wished, NULL) - sum;
}

uint32_t ef_program_read(struct ef_chip *chip, struct ef_layer *layer,
                         const struct ef_programming *at)
{
    const struct ef_verify how =
        ef_verify_how(layer, at->plane, chip->settings.program_reads);
    const int64_t tolerance = (int64_t)chip->settings.program_tolerance * how.reads;
    uint32_t left = 0;
    uint32_t read = 0;
    ef_verify_read(chip, at->sums, layer, &how, at->column, at->pending);
    for (uint32_t r = 0; r < layer->rows; r++) {
        if (at->pending[r] == 0u) {
            continue;
        }
        read += 1u;
        if (ef_abs(distance(chip, layer, &how, at->targets[r], at->sums[r])) <=
            tolerance) {
            at->pending[r] = 0u;
        } else {
            left += 1u;
        }
    }
    ef_count(chip, EF_PHASE_PROGRAM, EF_EVENT_COMPARE, read);
    return left;
}

void ef_program_pulse(struct ef_chip *chip, struct ef_trace *trace,
                      struct ef_layer *layer, const struct ef_programming *at)
{
    struct ef_writer writer = ef_writer_make(chip, layer, trace, at->plane, false,
                                             layer->program_class, EF_PHASE_PROGRAM);
    const struct ef_verify how =
        ef_verify_how(layer, at->plane, chip->settings.program_reads);
    struct ef_slots slots = {0, 0, 0};
    writer.upright = 1u;
    for (uint32_t r = 0; r < layer->rows; r++) {
        if (at->pending[r] != 0u) {
            const int64_t difference =
                distance(chip, layer, &how, at->targets[r], at->sums[r]);
            ef_send(&writer, &slots, r, at->column, program_count(chip, difference));
        }
    }
    ef_close_line(&writer, &slots, EF_PHASE_PROGRAM, at->column);
}

uint32_t ef_program(struct ef_chip *chip, struct ef_trace *trace,
                    struct ef_layer *layer, uint32_t plane, uint32_t column,
                    const int16_t *targets)
{
    const struct ef_programming at = {
        .plane = plane,
        .column = column,
        .targets = targets,
        .pending = (uint8_t *)ef_at(chip, chip->chance),
        .sums = (int32_t *)ef_at(chip, chip->partial),
    };
    for (uint32_t r = 0; r < layer->rows; r++) {
        at.pending[r] = 1u;
    }
    uint32_t left = ef_program_read(chip, layer, &at);
    for (uint32_t i = 0; left > 0u && i < chip->settings.program_iterations; i++) {
        ef_program_pulse(chip, trace, layer, &at);
        left = ef_program_read(chip, layer, &at);
    }
    return left;
}

void ef_pulse_array(struct ef_chip *chip, struct ef_trace *trace,
                    struct ef_layer *layer, uint32_t plane, uint32_t pulse_class,
                    const int8_t *counts)
{
    struct ef_writer writer =
        ef_writer_make(chip, layer, trace, plane, false, pulse_class, EF_PHASE_UPDATE);
    for (uint32_t r = 0; r < layer->rows; r++) {
        struct ef_slots slots = {0, 0, 0};
        for (uint32_t c = 0; c < layer->columns; c++) {
            const int32_t count = counts[(uint64_t)r * layer->columns + c];
            if (count != 0) {
                ef_send(&writer, &slots, r, c, count);
            }
        }
        ef_close_line(&writer, &slots, EF_PHASE_UPDATE, r);
    }
}
