// The crossbar (SPEC 4, 5.1, 5.3): readable weights, line sums, conductance sums.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_ARRAY_H
#define EF_ARRAY_H

#include "cell.h"
#include "state.h"

// Pulses on cells of one layer: both planes' drivers, if both are pulsed.
struct ef_writer {
    struct ef_chip *chip;
    struct ef_layer *layer;
    struct ef_trace *trace; // may be null
    struct ef_driver driver[EF_PLANE_COUNT];
    uint8_t pulse_class;
    uint8_t first_plane;
    uint8_t both;    // the other plane gets the opposite pulses
    uint8_t upright; // a line of pulses is a column
    int16_t *own;    // pulses of the line's cells; null without disturb
    int8_t *cut;     // coarse and fine pulses that wait for the row's end; null: none
};

struct ef_writer ef_writer_make(struct ef_chip *chip, struct ef_layer *layer,
                                struct ef_trace *trace, uint32_t plane, bool both,
                                uint32_t pulse_class, int phase);

// The cell at place i of a line, or where the line crosses line i.
struct ef_spot {
    uint32_t row;
    uint32_t column;
};

static inline struct ef_spot ef_spot_at(const struct ef_writer *writer, uint32_t line,
                                        uint32_t i)
{
    const struct ef_spot across = {line, i}, upright = {i, line};
    return writer->upright != 0u ? upright : across;
}

// Cells on a line of pulses, and on a line that crosses it.
static inline uint32_t ef_along(const struct ef_writer *writer)
{
    return writer->upright != 0u ? writer->layer->rows : writer->layer->columns;
}

static inline uint32_t ef_across(const struct ef_writer *writer)
{
    return writer->upright != 0u ? writer->layer->columns : writer->layer->rows;
}

// `count` pulses, up if positive; |count| in 1..127. The weight follows.
void ef_write(struct ef_writer *writer, uint32_t row, uint32_t column, int32_t count);

// A cell saw half of `up` and `down` pulses, each 0..254 (SPEC 17.2).
void ef_half_select(struct ef_writer *writer, struct ef_spot spot, uint32_t up,
                    uint32_t down);

// Works out the weight of a cell anew (SPEC 4.2); stats may be null.
void ef_weight_refresh(struct ef_chip *chip, struct ef_layer *layer,
                       struct ef_site_stats *stats, uint32_t row, uint32_t column);

// Everything that follows from states: weights, conductance sums of lines.
void ef_array_refresh(struct ef_chip *chip, struct ef_layer *layer);

// sums[r] = sum over columns of matrix[r][c] x codes[c]; codes padded to the stride.
void ef_multiply(int64_t *sums, const int16_t *matrix, const int16_t *codes,
                 uint32_t rows, uint32_t stride);

// sums[c] = sum over rows of matrix[r][c] x codes[r]; partial is scratch.
void ef_multiply_transposed(int64_t *sums, int32_t *partial, const int16_t *matrix,
                            const int16_t *codes, uint32_t rows, uint32_t stride);

// Sum of |code| x conductance sum over the lines, all planes in use or one.
uint64_t ef_read_charge(const uint32_t *line_sum, const int16_t *codes, uint32_t count);

// Sum of |code|.
uint64_t ef_magnitude(const int16_t *codes, uint32_t count);

// Number of codes that are not zero.
uint32_t ef_nonzero(const int16_t *codes, uint32_t count);

// Largest magnitude of the codes.
int32_t ef_peak(const int16_t *codes, uint32_t count);

// What the accumulators of a layer hold is counted as lost (SPEC 18.1).
void ef_lose_accumulators(struct ef_chip *chip, struct ef_layer *layer);

#endif
