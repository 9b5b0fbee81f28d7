// The update rules (SPEC 9).
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_UPDATE_H
#define EF_UPDATE_H

#include "pulses.h"

// One learning step of one layer from its input and error codes, phase update.
void ef_update(struct ef_chip *chip, struct ef_layer *layer, struct ef_trace *trace);

// The rules; each expects a layer with at least one nonzero error and input code.
void ef_update_counted(struct ef_chip *chip, struct ef_layer *layer,
                       struct ef_trace *trace);
void ef_update_stochastic(struct ef_chip *chip, struct ef_layer *layer,
                          struct ef_trace *trace);
void ef_update_mixed(struct ef_chip *chip, struct ef_layer *layer,
                     struct ef_trace *trace);

// The k-samples transfer of mixed precision: every accumulator is looked at.
void ef_transfer_all(struct ef_chip *chip, struct ef_layer *layer,
                     struct ef_trace *trace);

// The largest and smallest product a row can have: extremes of the nonzero input codes
// times the row's factor. Rounding is monotone, so they bound every rounded product.
struct ef_extremes {
    int64_t low;
    int64_t high;
};

struct ef_extremes ef_code_extremes(const int16_t *codes, uint32_t count);
struct ef_extremes ef_product_extremes(struct ef_extremes codes, int64_t factor);

// Columns with a nonzero code, ascending; returns how many.
uint32_t ef_list_nonzero(uint16_t *list, const int16_t *codes, uint32_t count);

#endif
