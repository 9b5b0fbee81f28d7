// Trim of converters: auto-zero and gain against a reference charge (SPEC 5.12).
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_TRIM_H
#define EF_TRIM_H

#include "state.h"

// Whether the chip has trims and a command of these numbers is within its ranges.
bool ef_can_trim(const struct ef_chip *chip, const struct ef_layer *layer,
                 uint32_t side, uint32_t reads, uint32_t code);

// Trims all converters of a side; returns how many registers stand at an end.
uint32_t ef_trim_side(struct ef_chip *chip, struct ef_layer *layer, uint32_t side,
                      uint32_t reads, uint32_t code);

enum ef_trim_stage { // what comes next
    EF_TRIM_DONE = 0,
    EF_TRIM_OFFSET = 1,
    EF_TRIM_GAIN = 2,
    EF_TRIM_END = 3
};

// A side of a layer under trim, between its steps (SPEC 11.3).
struct ef_trimming {
    uint32_t side;
    uint32_t reads;
    uint32_t code;
    uint32_t stage;
    uint32_t turn; // bits of this search that are over
    uint32_t ends;
    int16_t *chosen; // by line
};

uint32_t ef_trim_begin(const struct ef_chip *chip);
void ef_trim_step(struct ef_chip *chip, struct ef_layer *layer, struct ef_trimming *at);

#endif
