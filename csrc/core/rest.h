// Cells at rest: retention and drift (SPEC 17.3).
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_REST_H
#define EF_REST_H

#include "array.h"

// Every cell rests for `seconds`, at least 1.
void ef_age(struct ef_chip *chip, uint32_t seconds);

#endif
