// The update rules, each in a file of its own (SPEC 9.3..9.5). The three of one sample
// expect a layer with at least one nonzero error and input code.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_RULES_H
#define EF_RULES_H

#include "state.h"

// Rows first..end - 1 of a layer.
struct ef_span {
    uint32_t first;
    uint32_t end;
};

// The products of a layer's counted and mixed updates: their events and cycles.
void ef_count_products(struct ef_chip *chip, const struct ef_layer *layer);
void ef_count_accumulations(struct ef_chip *chip, const struct ef_layer *layer);

// The update of some rows, with its pulses.
void ef_update_counted(struct ef_chip *chip, struct ef_layer *layer,
                       struct ef_trace *trace, struct ef_span rows);
void ef_update_mixed(struct ef_chip *chip, struct ef_layer *layer,
                     struct ef_trace *trace, struct ef_span rows);
void ef_update_stochastic(struct ef_chip *chip, struct ef_layer *layer,
                          struct ef_trace *trace);

// Mixed precision's look at all accumulators: its events and cycles; the whole pulses
// of some rows (SPEC 9.5.5).
void ef_count_sweep(struct ef_chip *chip, const struct ef_layer *layer);
void ef_transfer_rows(struct ef_chip *chip, struct ef_layer *layer,
                      struct ef_trace *trace, struct ef_span rows);

#endif
