// The port of an image that carries the emulator: the bus is called, not addressed.
// Instructions are counted between the calls, so that the emulator's own don't count.
// SPDX-License-Identifier: Apache-2.0
#include "port_image.h"

#include "ef_port.h"
#include "ef_registers.h"
#include "platform.h"

static struct ef_bus *bus;
static uint32_t nvm[FW_NVM_WORDS];
static uint32_t left_at; // ticks when the firmware was entered again
static uint64_t since;   // ticks of firmware since the last command
static struct fw_cost costs[FW_COSTS];

void fw_attach(struct ef_bus *target)
{
    bus = target;
    left_at = platform_ticks();
}

const struct fw_cost *fw_costs(void)
{
    return costs;
}

static void leave(void)
{
    since += platform_ticks() - left_at;
}

static void enter(void)
{
    left_at = platform_ticks();
}

uint32_t ef_port_read32(uint32_t address)
{
    uint32_t value = 0;
    leave();
    (void)ef_bus_read32(bus, address, &value);
    enter();
    return value;
}

void ef_port_write32(uint32_t address, uint32_t value)
{
    leave();
    if (address == EF_REG_COMMAND && value < FW_COSTS) {
        costs[value].count += 1u;
        costs[value].ticks += since;
        since = 0;
    }
    (void)ef_bus_write32(bus, address, value);
    enter();
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
