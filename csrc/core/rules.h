// The update rules, each in a file of its own (SPEC 9.3..9.5). The three of one sample
// expect a layer with at least one nonzero error and input code.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_RULES_H
#define EF_RULES_H

#include "state.h"

void ef_update_counted(struct ef_chip *chip, struct ef_layer *layer,
                       struct ef_trace *trace);
void ef_update_stochastic(struct ef_chip *chip, struct ef_layer *layer,
                          struct ef_trace *trace);
void ef_update_mixed(struct ef_chip *chip, struct ef_layer *layer,
                     struct ef_trace *trace);

// The k-samples transfer of mixed precision: every accumulator is looked at.
void ef_transfer_all(struct ef_chip *chip, struct ef_layer *layer,
                     struct ef_trace *trace);

#endif
