// Time and the queue of the chip behind its bus: what an access and a command take, and
// when a command starts and ends.
// SPDX-License-Identifier: Apache-2.0
#include "bus.h"

uint32_t ef_bus_reach(struct ef_bus *bus, uint32_t address)
{
    ef_bus_advance(bus, EF_BUS_ACCESS_CYCLES);
    const uint32_t index = ef_bus_find(address);
    if (index == EF_REGISTER_COUNT) {
        (void)ef_bus_refuse(bus, address,
                            address % 4u != 0u ? EF_ERROR_UNALIGNED_MASK
                                               : EF_ERROR_ADDRESS_MASK);
    }
    return index;
}

static void end_command(struct ef_bus *bus)
{
    const uint32_t opcode = bus->running;
    ef_bus_tell(bus, EF_BUS_DONE, opcode, bus->running_refused);
    bus->running = 0;
    uint32_t bits = EF_IRQ_STATUS_DONE_MASK;
    if (bus->running_refused == 0u &&
        (opcode == EF_COMMAND_INFER || opcode == EF_COMMAND_LEARN ||
         opcode == EF_COMMAND_LEARN_TARGETS)) {
        bits |= EF_IRQ_STATUS_RESULT_MASK;
    }
    ef_bus_raise(bus, bits);
}

static void start_command(struct ef_bus *bus)
{
    const struct ef_bus_entry entry = bus->queue[0];
    bus->queued -= 1u;
    for (uint32_t i = 0; i < bus->queued; i++) {
        bus->queue[i] = bus->queue[i + 1u];
    }
    bus->running = entry.opcode;
    ef_bus_tell(bus, EF_BUS_START, entry.opcode, entry.layer);
    const uint64_t before = ef_cycle(bus->chip);
    bus->running_refused = ef_bus_execute(bus, &entry) ? 0u : 1u;
    const uint64_t after = ef_cycle(bus->chip);
    // APPLY makes the chip anew, and its clock with it
    const uint64_t spent = after >= before ? after - before : after;
    bus->busy_until = bus->now + spent + 1u;
}

// Do everything that is due by a moment.
static void run_until(struct ef_bus *bus, uint64_t moment)
{
    for (;;) {
        if (bus->running != 0u) {
            if (bus->busy_until > moment) {
                break;
            }
            bus->now = bus->busy_until;
            end_command(bus);
        } else if (bus->queued > 0u) {
            start_command(bus);
        } else {
            break;
        }
    }
    bus->now = moment;
}

void ef_bus_advance(struct ef_bus *bus, uint64_t cycles)
{
    if (bus == NULL) {
        return;
    }
    run_until(bus, bus->now + cycles);
}
