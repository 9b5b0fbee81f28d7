// Reset, vectors and semihosting of a Cortex-M image under QEMU.
// SPDX-License-Identifier: Apache-2.0
#include "platform.h"

#include <stdint.h>

#define SYS_WRITE0 0x04
#define SYS_EXIT_EXTENDED 0x20
#define STOPPED_APPLICATION_EXIT 0x20026u

// CMSDK timer 0: counts down at the board's clock; under -icount it follows
// instructions.
#ifndef TIMER_BASE
#define TIMER_BASE 0x40000000u
#endif
#define TIMER_CONTROL (*(volatile uint32_t *)(TIMER_BASE + 0x0u))
#define TIMER_VALUE (*(volatile uint32_t *)(TIMER_BASE + 0x4u))
#define TIMER_RELOAD (*(volatile uint32_t *)(TIMER_BASE + 0x8u))

extern uint32_t _estack, _sidata, _sdata, _edata, _sbss, _ebss;
int main(void);
void reset_handler(void);
void fault_handler(void);

static int semihost(int operation, const void *argument)
{
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void platform_puts(const char *text)
{
    (void)semihost(SYS_WRITE0, text);
}

void platform_exit(int code)
{
    const uint32_t block[2] = {STOPPED_APPLICATION_EXIT, (uint32_t)code};
    (void)semihost(SYS_EXIT_EXTENDED, block);
    for (;;) {
    }
}

uint32_t platform_ticks(void)
{
    return 0xFFFFFFFFu - TIMER_VALUE;
}

void fault_handler(void)
{
    platform_puts("fault\n");
    platform_exit(99);
}

void reset_handler(void)
{
    const uint32_t *source = &_sidata;
    for (uint32_t *to = &_sdata; to < &_edata; to++) {
        *to = *source;
        source++;
    }
    for (uint32_t *to = &_sbss; to < &_ebss; to++) {
        *to = 0;
    }
    TIMER_RELOAD = 0xFFFFFFFFu;
    TIMER_VALUE = 0xFFFFFFFFu;
    TIMER_CONTROL = 1u;
    platform_exit(main());
}

__attribute__((section(".isr_vector"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))&_estack,
    reset_handler,
    fault_handler,
    fault_handler,
    fault_handler,
    fault_handler,
    fault_handler,
    0,
    0,
    0,
    0,
    fault_handler,
    fault_handler,
    0,
    fault_handler,
    fault_handler,
};
