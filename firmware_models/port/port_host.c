// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>

#include "fw_host.h"

// Programs run side by side, each in its own thread.
static _Thread_local const struct fw_run *active;
static _Thread_local jmp_buf reset;
static _Thread_local uint64_t accesses;
static _Thread_local uint32_t at;     // the mark
static _Thread_local uint32_t losses; // of power, when the program began

static void watch(uint32_t kind, uint32_t address, uint32_t value)
{
    if (active->cut != 0u && accesses == active->cut) {
        longjmp(reset, 1);
    }
    accesses += 1u;
    if (active->marked != NULL && kind <= FW_WRITE) {
        active->marked[at] += 1u;
    }
    if (active->access != NULL &&
        active->access(active->context, kind, address, value) != 0) {
        longjmp(reset, 1);
    }
}

static void leave(void)
{
    if (active->bus->losses != losses) { // by itself, in the middle of a command
        longjmp(reset, 1);
    }
}

static uint32_t read_word(void *context, uint32_t address)
{
    (void)context;
    uint32_t value = 0;
    watch(FW_READ, address, 0);
    (void)ef_bus_read32(active->bus, address, &value);
    leave();
    return value;
}

static void write_word(void *context, uint32_t address, uint32_t value)
{
    (void)context;
    watch(FW_WRITE, address, value);
    (void)ef_bus_write32(active->bus, address, value);
    leave();
}

const struct ef_port *fw_port(void)
{
    static const struct ef_port port = {.read = read_word, .write = write_word};
    return &port;
}

uintptr_t fw_base(void)
{
    return 0;
}

void fw_supply_cycle(void)
{
    ef_bus_power_cycle(active->bus);
    losses = active->bus->losses;
}

uint32_t fw_nvm_read(uint32_t word)
{
    watch(FW_NVM_READ, word, 0);
    return word < FW_NVM_WORDS ? active->nvm[word] : 0u;
}

void fw_nvm_write(uint32_t word, uint32_t value)
{
    watch(FW_NVM_WRITE, word, value);
    if (word < FW_NVM_WORDS) {
        active->nvm[word] = value;
    }
}

void fw_mark(uint32_t mark)
{
    at = mark < FW_MARKS ? mark : FW_OTHER;
}

int fw_host_run(const char *program, const struct fw_run *run, struct fw_report *report)
{
    const fw_program found = fw_find(program);
    if (found == NULL) {
        return FW_DATA;
    }
    const struct fw_world world = {run->blob, run->blob_size, report};
    active = run;
    accesses = 0;
    losses = run->bus->losses;
    at = FW_OTHER;
    *report = (struct fw_report){0};
    if (setjmp(reset) != 0) {
        return FW_CUT;
    }
    return found(&world);
}

int fw_host_power_up(struct ef_bus *bus, void *block, uint64_t size,
                     const uint8_t *blob, uint32_t blob_size)
{
    const struct fw_world world = {blob, blob_size, NULL};
    return fw_power_up(bus, block, size, &world);
}
