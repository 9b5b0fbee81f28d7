// All that a driver needs of the machine. On silicon these are two volatile accesses.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_PORT_H
#define EF_PORT_H

#include <stdint.h>

uint32_t ef_port_read32(uint32_t address);
void ef_port_write32(uint32_t address, uint32_t value);

#endif
