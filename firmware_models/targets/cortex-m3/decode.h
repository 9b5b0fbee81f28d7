// SPDX-License-Identifier: Apache-2.0
#ifndef DECODE_H
#define DECODE_H

#include "machine.h"

#define FRAME_LR 5u
#define FRAME_PC 6u
#define FRAME_XPSR 7u

struct machine_frame {
    uint32_t *stacked; // r0..r3, r12, lr, pc, xpsr
    uint32_t *saved;   // r4..r11
};

// A load or store of one register, decoded but not done.
struct thumb_access {
    struct machine_access bus;
    uint32_t target; // register that is loaded
    uint32_t base;   // register that is written back, 16: none
    uint32_t moved;  // its value then
    uint32_t length; // of the instruction
    bool extended;   // a load is sign-extended
};

// The instruction at the program counter; false where it is no such access.
bool thumb_decode(const struct machine_frame *frame, struct thumb_access *found);
// Past the instruction, with what it loaded.
void thumb_complete(const struct machine_frame *frame, const struct thumb_access *done);
void thumb_skip(const struct machine_frame *frame, uint32_t length);
// A register of the interrupted code; null: the program counter.
uint32_t *thumb_register(const struct machine_frame *frame, uint32_t number);

#endif
