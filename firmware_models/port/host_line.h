// The block's line where the firmware is a guest of this machine: a handler is called
// like a signal's, after whatever moved the bus, and masked while it runs.
// SPDX-License-Identifier: Apache-2.0
#ifndef HOST_LINE_H
#define HOST_LINE_H

#include "emulator.h"

struct host_line {
    fw_handler handler;
    void *context;
    uint32_t handling;
};

// Both return FW_OK, or what ends the run; FW_CUT: the block's power was lost asleep.
int host_line_serve(struct host_line *line, const struct ef_bus *bus);
// Not beyond the period of a cut; 0: there is none.
int host_line_wait(struct host_line *line, struct ef_bus *bus, uint64_t cut);

#endif
