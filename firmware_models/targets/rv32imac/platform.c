// SPDX-License-Identifier: Apache-2.0
#include "platform.h"

#include <stdint.h>

#define UART_THR (*(volatile uint8_t *)0x10000000u)
#define TEST_DEVICE (*(volatile uint32_t *)0x100000u)
#define TEST_PASS 0x5555u
#define TEST_FAIL 0x3333u

void platform_puts(const char *text)
{
    while (*text != '\0') {
        UART_THR = (uint8_t)*text;
        text++;
    }
}

void platform_exit(int code)
{
    TEST_DEVICE = code == 0 ? TEST_PASS : ((uint32_t)code << 16) | TEST_FAIL;
    for (;;) {
    }
}

// Under -icount shift=7 the count is virtual nanoseconds, 128 of them an instruction.
uint32_t platform_ticks(void)
{
    uint32_t high = 0;
    uint32_t low = 0;
    uint32_t again = 0;
    do {
        __asm__ volatile("csrr %0, minstreth\n csrr %1, minstret\n csrr %2, minstreth"
                         : "=r"(high), "=r"(low), "=r"(again));
    } while (high != again);
    return high << 25u | low >> 7u;
}
