// Configuration: checked field by field.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_CONFIG_H
#define EF_CONFIG_H

#include "edgeferro.h"

// Fills the fault and returns an error for the first field out of range.
int ef_config_check(struct ef_fault *fault, const struct ef_config *config);

#endif
