// The port of an image of this machine: the bus is called, not addressed, and the
// handler of its line is called where an access or a wait moved it.
// SPDX-License-Identifier: Apache-2.0
#include "costs.h"
#include "host_line.h"
#include "machine.h"

static struct ef_bus *bus;
static struct host_line line;

static void go_on(int status)
{
    if (status == FW_STORM || status == FW_ASLEEP) {
        crash_end(status == FW_STORM ? "storm" : "asleep");
    }
}

void fw_on_interrupt(fw_handler handler, void *context)
{
    line.handler = handler;
    line.context = context;
    go_on(host_line_serve(&line, bus));
}

static uint32_t read_word(void *context, uint32_t offset)
{
    uint32_t value = 0;
    (void)context;
    (void)ef_bus_read32(bus, offset, &value);
    go_on(host_line_serve(&line, bus));
    return value;
}

static void write_word(void *context, uint32_t offset, uint32_t value)
{
    (void)context;
    (void)ef_bus_write32(bus, offset, value);
    go_on(host_line_serve(&line, bus));
}

static void wait(void *context, const volatile uint32_t *events, uint32_t seen)
{
    (void)context;
    if (line.handler != NULL && *events == seen) {
        go_on(host_line_wait(&line, bus, 0));
    }
}

const struct ef_port *fw_port(void)
{
    static const struct ef_port port = {
        .read = read_word, .write = write_word, .wait = wait};
    return &port;
}

uintptr_t fw_base(void)
{
    return 0;
}

void fw_supply_cycle(void)
{
    ef_bus_power_cycle(bus);
}

void fw_mark(uint32_t mark)
{
    (void)mark;
}

// Nothing here counts instructions.
void fw_attach(struct ef_bus *target, uint64_t processor)
{
    (void)processor;
    bus = target;
}

const struct fw_cost *fw_costs(void)
{
    static const struct fw_cost none[FW_COSTS];
    return none;
}

const struct fw_cost *fw_marked_costs(void)
{
    static const struct fw_cost none[FW_MARKS];
    return none;
}

struct fw_time fw_time(void)
{
    return (struct fw_time){0, 0};
}
