// SPDX-License-Identifier: Apache-2.0
#include "platform.h"

#include <stdio.h>
#include <stdlib.h>

void platform_puts(const char *text)
{
    fputs(text, stdout);
}

void platform_exit(int code)
{
    exit(code);
}

uint32_t platform_ticks(void)
{
    return 0; // nothing here counts instructions
}
