// SPDX-License-Identifier: Apache-2.0
#include "host_line.h"

#define STORM 1000u // calls in a row that leave the line high: on silicon, for ever

int host_line_serve(struct host_line *line, const struct ef_bus *bus)
{
    if (line->handler == NULL || line->handling != 0u) {
        return FW_OK;
    }
    for (uint32_t i = 0; ef_bus_interrupt(bus) != 0; i++) {
        if (i == STORM) {
            return FW_STORM;
        }
        line->handling = 1;
        line->handler(line->context);
        line->handling = 0;
    }
    return FW_OK;
}

int host_line_wait(struct host_line *line, struct ef_bus *bus, uint64_t cut)
{
    const uint32_t losses = bus->losses;
    while (ef_bus_interrupt(bus) == 0) {
        const uint64_t next = ef_bus_next_event(bus);
        if (next == 0u) {
            return FW_ASLEEP;
        }
        if (cut != 0u && bus->now + next > cut) {
            ef_bus_advance(bus, cut - bus->now);
            return FW_CUT;
        }
        ef_bus_advance(bus, next);
        if (bus->losses != losses) {
            return FW_CUT;
        }
    }
    return host_line_serve(line, bus);
}
