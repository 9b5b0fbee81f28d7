// The firmware's side of the port in an image: volatile accesses to the block's
// address, the core's own wait, and what marks of a program are.
// SPDX-License-Identifier: Apache-2.0
#include "fw.h"
#include "machine.h"

static fw_handler on_line;
static void *on_line_context;

void EdgeFerro_IRQHandler(void);

__attribute__((weak)) void EdgeFerro_IRQHandler(void)
{
    if (on_line != NULL) {
        on_line(on_line_context);
    }
}

void fw_on_interrupt(fw_handler handler, void *context)
{
    machine_enable(false);
    on_line = handler;
    on_line_context = context;
    machine_enable(handler != NULL);
}

static uint32_t read_word(void *context, uint32_t offset)
{
    (void)context;
    return *(volatile uint32_t *)(uintptr_t)(EF_BASE + offset);
}

static void write_word(void *context, uint32_t offset, uint32_t value)
{
    (void)context;
    *(volatile uint32_t *)(uintptr_t)(EF_BASE + offset) = value;
}

// Nothing comes between the look and the sleep, which ends all the same.
static void wait(void *context, const volatile uint32_t *events, uint32_t seen)
{
    (void)context;
    if (on_line == NULL) {
        return;
    }
    const uint32_t before = machine_mask();
    if (*events == seen) {
        __asm__ volatile("wfi" ::: "memory");
    }
    machine_unmask(before);
}

const struct ef_port *fw_port(void)
{
    static const struct ef_port port = {
        .read = read_word, .write = write_word, .wait = wait};
    return &port;
}

uintptr_t fw_base(void)
{
    return EF_BASE;
}

void fw_supply_cycle(void)
{
    machine_tell(MACHINE_SUPPLY);
}

void fw_mark(uint32_t mark)
{
    machine_tell(mark);
}
