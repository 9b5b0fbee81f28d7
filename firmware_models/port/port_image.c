// The port of an image that carries the emulator: the bus is called, not addressed.
// Instructions are counted between the calls, so that the emulator's own don't count.
// SPDX-License-Identifier: Apache-2.0
#include "port_image.h"

#include "ef_registers.h"
#include "platform.h"

static struct ef_bus *bus;
static uint32_t nvm[FW_NVM_WORDS];
static uint32_t left_at;     // ticks when the firmware was entered again
static struct fw_cost since; // of firmware since the last command
static struct fw_cost costs[FW_COSTS];
static struct fw_cost marked[FW_MARKS];
static uint32_t at; // the mark

void fw_attach(struct ef_bus *target)
{
    bus = target;
    left_at = platform_ticks();
}

const struct fw_cost *fw_costs(void)
{
    return costs;
}

const struct fw_cost *fw_marked_costs(void)
{
    return marked;
}

static void leave(void)
{
    const uint32_t spent = platform_ticks() - left_at;
    since.ticks += spent;
    marked[at].ticks += spent;
}

static void accessed(void)
{
    since.accesses += 1u;
    marked[at].accesses += 1u;
}

static void enter(void)
{
    left_at = platform_ticks();
}

void fw_mark(uint32_t mark)
{
    leave();
    at = mark < FW_MARKS ? mark : FW_OTHER;
    marked[at].count += 1u;
    enter();
}

static uint32_t read_bus(void *context, uint32_t address)
{
    uint32_t value = 0;
    (void)context;
    leave();
    accessed();
    (void)ef_bus_read32(bus, address, &value);
    enter();
    return value;
}

static void write_bus(void *context, uint32_t address, uint32_t value)
{
    (void)context;
    leave();
    accessed();
    if (address == EF_REG_COMMAND && value < FW_COSTS) {
        costs[value].count += 1u;
        costs[value].ticks += since.ticks;
        costs[value].accesses += since.accesses;
        since = (struct fw_cost){0};
    }
    (void)ef_bus_write32(bus, address, value);
    enter();
}

const struct ef_port *fw_port(void)
{
    static const struct ef_port port = {.read = read_bus, .write = write_bus};
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

uint32_t fw_nvm_read(uint32_t word)
{
    return word < FW_NVM_WORDS ? nvm[word] : 0u;
}

void fw_nvm_write(uint32_t word, uint32_t value)
{
    if (word < FW_NVM_WORDS) {
        nvm[word] = value;
    }
}

// What a read is on silicon, of a word of memory.
static uint32_t read_word(void *context, uint32_t address)
{
    (void)context;
    static volatile uint32_t word;
    (void)address;
    return word;
}

// The same calls of both, so that what differs is what the port to the emulator takes.
uint32_t fw_port_excess(uint32_t times)
{
    uint32_t (*volatile const reads[2])(void *, uint32_t) = {read_word, read_bus};
    uint32_t began = platform_ticks();
    for (uint32_t i = 0; i < times; i++) {
        (void)reads[0](NULL, EF_REG_ID);
    }
    const uint32_t silicon = platform_ticks() - began;
    since = (struct fw_cost){0};
    enter();
    for (uint32_t i = 0; i < times; i++) {
        (void)reads[1](NULL, EF_REG_ID);
    }
    leave();
    return (uint32_t)since.ticks - silicon;
}
