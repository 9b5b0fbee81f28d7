// The port of a program that a process loads beside the emulator: every call goes to
// whoever loaded it (fw_host.h). Compiled into the program's library.
// SPDX-License-Identifier: Apache-2.0
#include "fw_host.h"

static const struct fw_calls *calls;

const struct ef_port *fw_port(void)
{
    return calls->port();
}

uintptr_t fw_base(void)
{
    return calls->base();
}

uint32_t fw_nvm_read(uint32_t word)
{
    return calls->nvm_read(word);
}

void fw_nvm_write(uint32_t word, uint32_t value)
{
    calls->nvm_write(word, value);
}

void fw_mark(uint32_t mark)
{
    calls->mark(mark);
}

void fw_supply_cycle(void)
{
    calls->supply_cycle();
}

void fw_on_interrupt(fw_handler handler, void *context)
{
    calls->on_interrupt(handler, context);
}

__attribute__((visibility("default"))) int fw_guest_run(const struct fw_calls *host,
                                                        const char *name,
                                                        const struct fw_world *world);

int fw_guest_run(const struct fw_calls *host, const char *name,
                 const struct fw_world *world)
{
    calls = host;
    const fw_program program = fw_find(name);
    return program == NULL ? FW_DATA : program(world);
}
