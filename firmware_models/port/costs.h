// SPDX-License-Identifier: Apache-2.0
#ifndef COSTS_H
#define COSTS_H

#include "emulator.h"

#define FW_COSTS 32u // commands

struct fw_cost {
    uint32_t count;
    uint64_t instructions; // of firmware, from the command before to this one
    uint64_t accesses;     // of the bus, in them
};

struct fw_time { // of the processor, in its cycles
    uint64_t awake;
    uint64_t asleep;
};

// From here on the bus is the one behind the block's address. The processor's clock in
// Hz; 0: the controller's.
void fw_attach(struct ef_bus *target, uint64_t processor);
const struct fw_cost *fw_costs(void);        // FW_COSTS, by command
const struct fw_cost *fw_marked_costs(void); // FW_MARKS, by mark
struct fw_time fw_time(void);

#endif
