// SPDX-License-Identifier: Apache-2.0
#ifndef PORT_IMAGE_H
#define PORT_IMAGE_H

#include "emulator.h"

#define FW_COSTS 10u // commands

struct fw_cost {
    uint32_t count;
    uint64_t ticks; // of firmware, from the command before to this one
};

void fw_attach(struct ef_bus *target);
const struct fw_cost *fw_costs(void);

#endif
