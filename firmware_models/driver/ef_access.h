// Between the driver's files: accesses, and commands that are waited for.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_ACCESS_H
#define EF_ACCESS_H

#include "ef_bus.h" // opcodes
#include "ef_driver.h"
#include "ef_registers.h"

#define EFD_ALL_BITS 0xFFFFFFFFu

void efd_put(const struct ef_dev *dev, uint32_t offset, uint32_t value);
uint32_t efd_get(const struct ef_dev *dev, uint32_t offset);

// A field's number out of a register's word.
#define EFD_PART(word, name) (((word) & EF_##name##_MASK) >> EF_##name##_SHIFT)

// Bits that were set before are put aside: what comes then is of what is done then.
int efd_begin(struct ef_dev *dev);
// Whether something was refused since; the bits are kept in the device and cleared.
int efd_settle(struct ef_dev *dev);
// Write a command; refused at once or accepted, which gives it the next number.
int efd_push(struct ef_dev *dev, uint32_t opcode);
// A command, and its end.
int efd_do(struct ef_dev *dev, uint32_t opcode);
int efd_idle(struct ef_dev *dev); // until nothing is under way or waits
// Codes into the FIFO, which is emptied of others before.
void efd_send(struct ef_dev *dev, const int16_t *codes, uint32_t count);
void efd_flush(struct ef_dev *dev);
// Results and refusals that have come: into the list of those that have ended.
void efd_collect(struct ef_dev *dev);
bool efd_within(uint32_t value, uint32_t low, uint32_t high);

#endif
