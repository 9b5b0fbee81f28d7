// What the Zephyr driver uses of <zephyr/sys/sys_io.h>.
// SPDX-License-Identifier: Apache-2.0
#ifndef STUB_SYS_IO_H
#define STUB_SYS_IO_H

#include <stdint.h>

uint32_t sys_read32(uintptr_t address);
void sys_write32(uint32_t value, uintptr_t address);

#endif
