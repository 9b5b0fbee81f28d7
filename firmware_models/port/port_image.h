// SPDX-License-Identifier: Apache-2.0
#ifndef PORT_IMAGE_H
#define PORT_IMAGE_H

#include "emulator.h"

#define FW_COSTS 10u // commands

struct fw_cost {
    uint32_t count;
    uint64_t ticks;    // of firmware, from the command before to this one
    uint64_t accesses; // of the bus, in them
};

void fw_attach(struct ef_bus *target);
const struct fw_cost *fw_costs(void);        // FW_COSTS, by command
const struct fw_cost *fw_marked_costs(void); // FW_MARKS, by mark
// Ticks of so many accesses that the port to the emulator takes beyond volatile ones.
uint32_t fw_port_excess(uint32_t times);

#endif
