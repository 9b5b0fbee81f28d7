// Looking for symmetry points with pulses and reads (SPEC 16).
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_CALIBRATE_H
#define EF_CALIBRATE_H

#include "program.h"

// One window of one column: every row that is pending takes part.
void ef_calibrate(struct ef_chip *chip, struct ef_point *points, struct ef_trace *trace,
                  struct ef_layer *layer, uint32_t plane, uint32_t column,
                  const struct ef_calibration *how);

#endif
