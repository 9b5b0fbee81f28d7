// SPDX-License-Identifier: Apache-2.0
#ifndef DECODE_H
#define DECODE_H

#include "machine.h"

struct riscv_access {
    struct machine_access bus;
    uint32_t target;
    uint32_t length;
    bool extended;
};

// The load or store at frame[0], of x1 to x31 in frame[1] and on; false where it is
// none.
bool riscv_decode(const uint32_t *frame, struct riscv_access *found);
void riscv_complete(uint32_t *frame, const struct riscv_access *done);

#endif
