// SPDX-License-Identifier: Apache-2.0
#include "array.h"

#include "fixed.h"

static const struct ef_range WEIGHT_RANGE = {INT16_MIN, INT16_MAX};

struct ef_writer ef_writer_make(struct ef_chip *chip, struct ef_layer *layer,
                                struct ef_trace *trace, uint32_t plane, bool both,
                                uint32_t pulse_class, int phase)
{
    struct ef_writer writer = {
        .chip = chip,
        .layer = layer,
        .trace = trace,
        .pulse_class = (uint8_t)pulse_class,
        .first_plane = (uint8_t)plane,
        .both = both ? 1u : 0u,
        .own = chip->settings.disturb != 0u ? (int16_t *)ef_at(chip, chip->own) : NULL,
    };
    writer.driver[0] = ef_driver_make(chip, layer, plane, pulse_class, phase);
    if (both) {
        writer.driver[1] = ef_driver_make(chip, layer, 1u - plane, pulse_class, phase);
    }
    return writer;
}

void ef_weight_refresh(struct ef_chip *chip, struct ef_layer *layer,
                       struct ef_site_stats *stats, uint32_t row, uint32_t column)
{
    const uint64_t at = (uint64_t)row * layer->stride + column;
    const int32_t *main = (const int32_t *)ef_at(chip, layer->planes[0].state);
    int64_t level = main[at];
    if (chip->settings.reference == EF_REFERENCE_CELL) {
        level -= ((const int32_t *)ef_at(chip, layer->planes[1].state))[at];
    }
    struct ef_site_stats unused = {0, 0, 0};
    const int64_t weight =
        ef_round_shift(level, 16, chip->settings.sites[EF_SITE_REFERENCE].rounding);
    ef_weights(chip, layer)[at] = (int16_t)ef_narrow(stats != NULL ? stats : &unused,
                                                     weight, WEIGHT_RANGE, EF_SATURATE);
}

// A cell's conductance has changed: so have the sums of its lines.
static void follow(struct ef_chip *chip, const struct ef_plane_map *map, uint32_t row,
                   uint32_t column, uint32_t change)
{
    ((uint32_t *)ef_at(chip, map->column_sum))[column] += change;
    ((uint32_t *)ef_at(chip, map->row_sum))[row] += change;
}

// Pulses one cell of one plane and keeps the lines' conductance sums true.
static void pulse_plane(struct ef_writer *writer, struct ef_driver *driver,
                        uint32_t plane, uint32_t row, uint32_t column, int32_t count)
{
    struct ef_chip *chip = writer->chip;
    const uint64_t at = (uint64_t)row * driver->stride + column;
    const uint32_t before = ef_conductance(driver->states[at]);
    const uint32_t polarity = count > 0 ? 0u : 1u;
    ef_cell_pulse(driver, row, column, polarity, (uint32_t)ef_abs(count));
    follow(chip, driver->map, row, column, ef_conductance(driver->states[at]) - before);
    if (writer->trace != NULL) {
        writer->trace->entries[writer->trace->count] = (struct ef_pulse){
            .cycle = chip->cycle,
            .row = (uint16_t)row,
            .column = (uint16_t)column,
            .layer = (uint8_t)writer->layer->index,
            .plane = (uint8_t)plane,
            .pulse_class = writer->pulse_class,
            .count = (int8_t)count,
        };
        writer->trace->count += 1u;
    }
}

void ef_write(struct ef_writer *writer, uint32_t row, uint32_t column, int32_t count)
{
    struct ef_layer *layer = writer->layer;
    const uint32_t plane = writer->first_plane;
    pulse_plane(writer, &writer->driver[0], plane, row, column, count);
    if (writer->both != 0u) {
        pulse_plane(writer, &writer->driver[1], 1u - plane, row, column, -count);
    }
    if (writer->own != NULL) {
        int16_t *own = &writer->own[writer->upright != 0u ? row : column];
        *own = (int16_t)(*own + count);
    }
    ef_weight_refresh(writer->chip, layer, &layer->sites[EF_SITE_REFERENCE], row,
                      column);
}

void ef_half_select(struct ef_writer *writer, struct ef_spot spot, uint32_t up,
                    uint32_t down)
{
    for (uint32_t side = 0; side <= writer->both; side++) {
        struct ef_driver *driver = &writer->driver[side];
        const uint64_t at = (uint64_t)spot.row * driver->stride + spot.column;
        const uint32_t before = ef_conductance(driver->states[at]);
        const uint32_t counts[2] = {side == 0u ? up : down, side == 0u ? down : up};
        for (uint32_t polarity = 0; polarity < 2u; polarity++) {
            if (counts[polarity] != 0u) {
                ef_cell_disturb(driver, spot.row, spot.column, polarity,
                                counts[polarity]);
            }
        }
        follow(writer->chip, driver->map, spot.row, spot.column,
               ef_conductance(driver->states[at]) - before);
    }
    ef_weight_refresh(writer->chip, writer->layer, NULL, spot.row, spot.column);
}

static void refresh_sums(struct ef_chip *chip, const struct ef_layer *layer,
                         const struct ef_plane_map *map)
{
    const int32_t *states = (const int32_t *)ef_at(chip, map->state);
    uint32_t *column_sum = (uint32_t *)ef_at(chip, map->column_sum);
    uint32_t *row_sum = (uint32_t *)ef_at(chip, map->row_sum);
    for (uint32_t c = 0; c < layer->columns; c++) {
        column_sum[c] = 0;
    }
    for (uint32_t r = 0; r < layer->rows; r++) {
        row_sum[r] = 0;
        for (uint32_t c = 0; c < layer->columns; c++) {
            const uint32_t g = ef_conductance(states[(uint64_t)r * layer->stride + c]);
            column_sum[c] += g;
            row_sum[r] += g;
        }
    }
}

void ef_array_refresh(struct ef_chip *chip, struct ef_layer *layer)
{
    for (uint32_t plane = 0; plane < chip->plane_count; plane++) {
        refresh_sums(chip, layer, &layer->planes[plane]);
    }
    for (uint32_t r = 0; r < layer->rows; r++) {
        for (uint32_t c = 0; c < layer->columns; c++) {
            ef_weight_refresh(chip, layer, NULL, r, c);
        }
    }
}

int32_t ef_peak(const int16_t *codes, uint32_t count)
{
    int32_t peak = 0;
    for (uint32_t i = 0; i < count; i++) {
        const int32_t magnitude = codes[i] < 0 ? -codes[i] : codes[i];
        peak = magnitude > peak ? magnitude : peak;
    }
    return peak;
}

uint32_t ef_nonzero(const int16_t *codes, uint32_t count)
{
    uint32_t nonzero = 0;
    for (uint32_t i = 0; i < count; i++) {
        nonzero += codes[i] != 0 ? 1u : 0u;
    }
    return nonzero;
}

uint64_t ef_magnitude(const int16_t *codes, uint32_t count)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += (uint64_t)ef_abs(codes[i]);
    }
    return sum;
}

uint64_t ef_read_charge(const uint32_t *line_sum, const int16_t *codes, uint32_t count)
{
    uint64_t charge = 0;
    for (uint32_t i = 0; i < count; i++) {
        charge += (uint64_t)ef_abs(codes[i]) * line_sum[i];
    }
    return charge;
}

// How many products of a 16-bit weight and a code no larger than peak an int32 holds:
// 2^15 x (2^bits - 1) x 2^(16 - bits) < 2^31.
static uint32_t products_in_int32(int32_t peak)
{
    return 1u << (16 - ef_bit_length((uint64_t)peak));
}

void ef_multiply(int64_t *sums, const int16_t *matrix, const int16_t *codes,
                 uint32_t rows, uint32_t stride)
{
    const uint32_t block = products_in_int32(ef_peak(codes, stride));
    for (uint32_t r = 0; r < rows; r++) {
        const int16_t *row = matrix + (uint64_t)r * stride;
        int64_t sum = 0;
        for (uint32_t begin = 0; begin < stride; begin += block) {
            const uint32_t end = stride - begin > block ? begin + block : stride;
            int32_t part = 0;
            for (uint32_t c = begin; c < end; c++) {
                part += (int32_t)row[c] * codes[c];
            }
            sum += part;
        }
        sums[r] = sum;
    }
}

void ef_multiply_transposed(int64_t *sums, int32_t *partial, const int16_t *matrix,
                            const int16_t *codes, uint32_t rows, uint32_t stride)
{
    const uint32_t block = products_in_int32(ef_peak(codes, rows));
    for (uint32_t c = 0; c < stride; c++) {
        sums[c] = 0;
    }
    for (uint32_t begin = 0; begin < rows; begin += block) {
        const uint32_t end = rows - begin > block ? begin + block : rows;
        for (uint32_t c = 0; c < stride; c++) {
            partial[c] = 0;
        }
        for (uint32_t r = begin; r < end; r++) {
            const int16_t *row = matrix + (uint64_t)r * stride;
            const int16_t code = codes[r];
            if (code == 0) {
                continue;
            }
            for (uint32_t c = 0; c < stride; c++) {
                partial[c] += (int32_t)row[c] * code;
            }
        }
        for (uint32_t c = 0; c < stride; c++) {
            sums[c] += partial[c];
        }
    }
}

void ef_lose_accumulators(struct ef_chip *chip, struct ef_layer *layer)
{
    const uint64_t cells = (uint64_t)layer->rows * layer->stride;
    int32_t *chi = (int32_t *)ef_at(chip, layer->chi);
    for (uint64_t i = 0; layer->rule == EF_RULE_MIXED_PRECISION && i < cells; i++) {
        layer->gradient.lost += chi[i];
        chi[i] = 0;
    }
    layer->transfer_count = 0;
}
