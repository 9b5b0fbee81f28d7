// One learning step of a layer (SPEC 9).
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_UPDATE_H
#define EF_UPDATE_H

#include "state.h"

// From the layer's input and error codes, by its rule, phase update.
void ef_update(struct ef_chip *chip, struct ef_layer *layer, struct ef_trace *trace);

#endif
