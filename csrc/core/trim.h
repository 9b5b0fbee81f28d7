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

#endif
