// The ferroelectric cell (SPEC 3): response, spread, noise, bounds, wear.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_CELL_H
#define EF_CELL_H

#include "state.h"

// What pulses of one class on one plane share, looked up once a command.
struct ef_driver {
    const struct ef_chip *chip;
    const struct ef_plane_map *map;
    int32_t *states;
    const int8_t *spreads;
    uint32_t *wear;
    const int32_t *knots[2];         // by polarity
    struct ef_pulse_tally *tally[2]; // by polarity
    struct ef_account *account;
    uint32_t columns;
    uint32_t stride;
    uint32_t c2c;
    uint32_t c2c_additive;
    uint32_t ages; // 1: wear changes steps
};

// The bounds of one cell (SPEC 3.4).
struct ef_bounds {
    int32_t low;
    int32_t high;
};

struct ef_bounds ef_cell_bounds(const struct ef_chip *chip, const int8_t *spread);

// Draws the spread of a cell, and whether it is stuck, from the chip's seed (SPEC 3.2).
// A draw in spread units, 1/31.84 of a standard deviation, -127..127 (SPEC 3.2).
int8_t ef_spread_unit(uint64_t drawn);

void ef_cell_spread(const struct ef_chip *chip, const struct ef_plane_map *map,
                    int8_t *spread, uint64_t cell);

struct ef_driver ef_driver_make(struct ef_chip *chip, struct ef_layer *layer,
                                uint32_t plane, uint32_t pulse_class, int phase);

// `count` pulses of one polarity (0 up, 1 down) on a cell (SPEC 3.6).
void ef_cell_pulse(struct ef_driver *driver, uint32_t row, uint32_t column,
                   uint32_t polarity, uint32_t count);

// `count` pulses that the cell saw half of, 0..254 (SPEC 17.2). No wear, no tally.
void ef_cell_disturb(struct ef_driver *driver, uint32_t row, uint32_t column,
                     uint32_t polarity, uint32_t count);

#endif
