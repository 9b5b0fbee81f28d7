// Verify reads, write-and-verify, direct pulses (SPEC 5.5, 10).
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_PROGRAM_H
#define EF_PROGRAM_H

#include "pulses.h"

// How a column is read: the weights against their reference, or one plane's states.
struct ef_verify {
    int phase;
    uint32_t plane;
    uint32_t reads;   // of a group
    bool alone;       // the plane's cells alone
    uint8_t mantissa; // ADC gain
    uint8_t shift;
};

// As programming reads a plane.
struct ef_verify ef_verify_how(const struct ef_layer *layer, uint32_t plane,
                               uint32_t reads);

// One group of reads of one column. sums[r] is the sum of its codes; only rows with
// pending[r] set are converted (all of them where pending is null).
void ef_verify_read(struct ef_chip *chip, int32_t *sums, struct ef_layer *layer,
                    const struct ef_verify *how, uint32_t column,
                    const uint8_t *pending);

// One reading of all rows of a column (SPEC 5.7).
void ef_read_all(struct ef_chip *chip, int32_t *sums, struct ef_layer *layer,
                 uint32_t plane, uint32_t column, uint32_t reads);

// A column that is programmed: its targets, and which rows still wait.
struct ef_programming {
    uint32_t plane;
    uint32_t column;
    const int16_t *targets;
    uint8_t *pending; // by row
    int32_t *sums;    // of the last reading, by row
};

// One reading of the rows that wait; returns how many still do (SPEC 10.1.2).
uint32_t ef_program_read(struct ef_chip *chip, struct ef_layer *layer,
                         const struct ef_programming *at);
// Their pulses (SPEC 10.1.3).
void ef_program_pulse(struct ef_chip *chip, struct ef_trace *trace,
                      struct ef_layer *layer, const struct ef_programming *at);

// Writes and verifies one column; returns how many rows missed their target.
uint32_t ef_program(struct ef_chip *chip, struct ef_trace *trace,
                    struct ef_layer *layer, uint32_t plane, uint32_t column,
                    const int16_t *targets);

// counts[r][c] pulses, signed, row by row without padding (SPEC 10.2).
void ef_pulse_array(struct ef_chip *chip, struct ef_trace *trace,
                    struct ef_layer *layer, uint32_t plane, uint32_t pulse_class,
                    const int8_t *counts);

#endif
