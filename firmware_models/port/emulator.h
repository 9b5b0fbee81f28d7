// The chip of a firmware that runs beside the emulator.
// SPDX-License-Identifier: Apache-2.0
#ifndef FW_EMULATOR_H
#define FW_EMULATOR_H

#include "ef_bus.h"
#include "fw.h"

// Bring the chip of a blob (section CONF and tables) up in a block; returns an enum
// fw_status that says what is wrong with the blob, if anything is.
int fw_power_up(struct ef_bus *bus, void *block, uint64_t size,
                const struct fw_world *world);

#endif
