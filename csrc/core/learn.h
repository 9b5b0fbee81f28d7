// Errors and their way back (SPEC 7, 8).
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_LEARN_H
#define EF_LEARN_H

#include "state.h"

// Fills the error codes and exponents of all layers for one label, phase backward.
void ef_backward_pass(struct ef_chip *chip, int32_t label);

#endif
