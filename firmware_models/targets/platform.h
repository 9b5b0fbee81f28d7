// What a test image needs of the machine it runs on.
// SPDX-License-Identifier: Apache-2.0
#ifndef PLATFORM_H
#define PLATFORM_H

void platform_puts(const char *text);
void platform_exit(int code);

#endif
