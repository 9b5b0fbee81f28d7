// Between the driver's files: accesses, and commands that are waited for.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_ACCESS_H
#define EF_ACCESS_H

#include <stddef.h>

#include "ef_driver.h"
#include "ef_registers.h"

#ifdef __cplusplus
extern "C" {
#endif

#define EFD_CONTROL (EF_CONTROL_ENABLE_MASK | EF_CONTROL_HALT_ON_ERROR_MASK)
// A field's number out of a register's word.
#define EFD_PART(word, name) (((word) & EF_##name##_MASK) >> EF_##name##_SHIFT)

void efd_put(const struct ef_dev *dev, uint32_t offset, uint32_t value);
uint32_t efd_get(const struct ef_dev *dev, uint32_t offset);

// The handler stays away from here on; and comes into its own again.
void efd_hold(struct ef_dev *dev);
void efd_release(struct ef_dev *dev);
// A call that waits until nothing is under way: EFD_ARGUMENT unless its arguments fit.
// With EFD_OK the block is held, idle and without codes or errors of others.
int efd_enter(struct ef_dev *dev, bool fits);
// The same for a call that writes no command, which would show a block that is gone.
int efd_visit(struct ef_dev *dev, bool fits);
int efd_leave(struct ef_dev *dev, int status);

// Whether an access since efd_enter was refused.
int efd_settle(struct ef_dev *dev);
// Write a command; refused at once, or accepted under the next number.
int efd_push(struct ef_dev *dev, uint32_t opcode);
// Until it has ended; then STATUS, and whether it was refused when its turn came.
int efd_end(struct ef_dev *dev, uint32_t *word);
// A command whose settings were taken, from push to end.
int efd_do(struct ef_dev *dev, uint32_t opcode);
int efd_idle(struct ef_dev *dev, uint32_t *word); // until nothing is under way
// Results and refusals that have come, into the slots; who calls it holds the block.
int efd_collect(struct ef_dev *dev);
// ID and version, whoever was here before, the chip's shape, interrupts or polling.
int efd_begin(struct ef_dev *dev, bool polling);
int efd_gone(
    const struct ef_dev *dev);     // what became of a block that is not as it was left
void efd_tell(struct ef_dev *dev); // the oldest sample on its way has ended
// Drop codes that no command has claimed, if STATUS shows any.
void efd_sweep(const struct ef_dev *dev, uint32_t status);
void efd_flush(const struct ef_dev *dev);

// Vectors: codes into the FIFO, and numbers to and from the window, from row 0 on.
void efd_send(const struct ef_dev *dev, const int16_t *codes, uint32_t count);
void efd_show_codes(const struct ef_dev *dev, const int16_t *codes, uint32_t count);
void efd_show_words(const struct ef_dev *dev, const int32_t *words, uint32_t count);
void efd_fetch_codes(const struct ef_dev *dev, int16_t *codes, uint32_t count);
void efd_fetch_words(const struct ef_dev *dev, int32_t *words, uint32_t count);
// Select a layer; its rows and columns.
int efd_select(const struct ef_dev *dev, uint32_t layer, uint32_t *rows,
               uint32_t *columns);
bool efd_within(uint32_t value, uint32_t low, uint32_t high);

#ifdef __cplusplus
}
#endif

#endif
