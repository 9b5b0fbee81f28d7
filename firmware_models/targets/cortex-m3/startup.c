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
void machine_entry(void);
void machine_guard(void);

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
    machine_guard();
    platform_exit(main());
}

// A program defines those it wants under the names that CMSIS gives them; the others
// are reported. Faults and the alarm's interrupt pass the emulator first (trap.c).
#define OWN(name) __attribute__((weak, alias("unexpected"))) void name(void);
#define LINE_VECTOR 47
#define VECTORS 64

__attribute__((used, naked)) static void unexpected(void)
{
    __asm__("b machine_entry");
}

OWN(NMI_Handler)
OWN(SVC_Handler)
OWN(DebugMon_Handler)
OWN(PendSV_Handler)
OWN(SysTick_Handler)
OWN(EdgeFerro_IRQHandler)

__attribute__((section(".isr_vector"),
               used)) static void (*const vectors[VECTORS])(void) = {
    [0] = (void (*)(void))&_estack,
    [1] = reset_handler,
    [2] = NMI_Handler,
    [3 ... 6] = machine_entry,
    [11] = SVC_Handler,
    [12] = DebugMon_Handler,
    [14] = PendSV_Handler,
    [15] = SysTick_Handler,
    [16 ... LINE_VECTOR - 1] = machine_entry,
    [LINE_VECTOR] = EdgeFerro_IRQHandler,
    [LINE_VECTOR + 1 ... VECTORS - 1] = machine_entry,
};
