// What the sample uses of <zephyr/sys/printk.h>.
// SPDX-License-Identifier: Apache-2.0
#ifndef STUB_PRINTK_H
#define STUB_PRINTK_H

void printk(const char *format, ...);

#endif
