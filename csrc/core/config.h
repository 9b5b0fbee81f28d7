// Configuration: checked field by field, hashed into the chip's digest (SPEC 13.1).
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_CONFIG_H
#define EF_CONFIG_H

#include "edgeferro.h"

// Fills the fault and returns an error for the first field out of range.
int ef_config_check(struct ef_fault *fault, const struct ef_config *config);

uint64_t ef_config_digest(const struct ef_config *config);

// Entries of an activation or slope table.
uint32_t ef_table_entries(const struct ef_config *config);

#endif
