// Ways for firmware to die, by the first byte of its data.
// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>

#include "platform.h"

extern const uint8_t fw_blob[];
int main(void);
void write_there(uintptr_t address);
uint32_t dig(uint32_t depth);
void spin_for_ever(void);
void jump_there(uintptr_t address);

__attribute__((noinline)) void write_there(uintptr_t address)
{
    *(volatile uint32_t *)address = 1u;
}

// NOLINTNEXTLINE(misc-no-recursion): that is what overflows
__attribute__((noinline)) uint32_t dig(uint32_t depth)
{
    volatile uint32_t hole[64] = {depth};
    return hole[0] == UINT32_MAX ? 0u : dig(depth + 1u) + hole[0];
}

__attribute__((noinline)) void spin_for_ever(void)
{
    for (;;) {
        __asm__ volatile("" ::: "memory");
    }
}

__attribute__((noinline)) void jump_there(uintptr_t address)
{
    ((void (*)(void))address)();
    __asm__ volatile("" ::: "memory");
}

int main(void)
{
    switch (fw_blob[0]) {
    case 'n':
        write_there(4);
        break;
    case 'p':
        write_there(0xF0000000u);
        break;
    case 's':
        platform_puts(dig(0) == 1u ? "odd\n" : "even\n");
        break;
    case 'l':
        spin_for_ever();
        break;
    case 'j':
        jump_there(0);
        break;
    default:
        platform_puts("alive\n");
        break;
    }
    return 0;
}
