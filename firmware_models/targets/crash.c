// What a dying image says: lines of key=value that edgeferro/firmware/crash.py reads.
// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "platform.h"

#define CRASHED 99

void crash_put(const char *key, uint32_t value)
{
    char text[10];
    for (uint32_t i = 0; i < 8u; i++) {
        text[i] = "0123456789abcdef"[value >> (28u - 4u * i) & 15u];
    }
    text[8] = '\n';
    text[9] = '\0';
    platform_puts(key);
    platform_puts("=");
    platform_puts(text);
}

void crash_end(const char *cause)
{
    platform_puts("crash=");
    platform_puts(cause);
    platform_puts("\n");
    platform_exit(CRASHED);
    for (;;) {
    }
}
