// What a test image needs of the machine it runs on.
// SPDX-License-Identifier: Apache-2.0
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stdint.h>

uint32_t platform_ticks(void); // of a counter that follows instructions under QEMU
void platform_puts(const char *text);
void platform_exit(int code);

#endif
