// A layer's learning step, whole or step by step.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_UPDATE_H
#define EF_UPDATE_H

#include "state.h"

enum ef_update_stage {
    EF_UPDATE_DONE = 0,
    EF_UPDATE_PRODUCTS = 1,
    EF_UPDATE_ROWS = 2,
    EF_UPDATE_SWEEP = 3,
    EF_UPDATE_TRANSFER = 4,
    EF_UPDATE_TRAIN = 5
};

struct ef_update { // where an update is: what comes next
    uint32_t stage;
    uint32_t row;
};

// Where a layer's update begins; DONE where it has no step.
struct ef_update ef_update_begin(struct ef_chip *chip, const struct ef_layer *layer);
// The next step; of steps that are rows so many at once. What comes next then has to be
// settled: rows without an error code are passed over.
struct ef_update ef_update_step(struct ef_chip *chip, struct ef_layer *layer,
                                struct ef_trace *trace, struct ef_update at,
                                uint32_t rows);
struct ef_update ef_update_settle(struct ef_chip *chip, const struct ef_layer *layer,
                                  struct ef_update at);
void ef_update(struct ef_chip *chip, struct ef_layer *layer, struct ef_trace *trace);

#endif
