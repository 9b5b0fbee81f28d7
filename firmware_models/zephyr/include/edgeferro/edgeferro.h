// edgeferro controllers under Zephyr: one struct device a node of the devicetree. The
// calls here lock the device for their thread; what they don't have is called between
// edgeferro_lock and edgeferro_unlock, on edgeferro_dev (ef_driver.h).
// SPDX-License-Identifier: Apache-2.0
#ifndef EDGEFERRO_ZEPHYR_H
#define EDGEFERRO_ZEPHYR_H

#include <zephyr/device.h>
#include <zephyr/kernel.h>

#include "ef_driver.h"

#ifdef __cplusplus
extern "C" {
#endif

// The driver's instance, for calls of ef_driver.h under the lock. Not from interrupts.
struct ef_dev *edgeferro_dev(const struct device *dev);
int edgeferro_lock(const struct device *dev, k_timeout_t timeout); // 0 or -EAGAIN
void edgeferro_unlock(const struct device *dev);

// What a status of ef_driver.h is among those of errno.h.
int edgeferro_errno(int status);

// Classify a sample, and learn it: count codes, one an input. -EAGAIN where another
// thread has the device for longer than timeout; nothing was done then.
int edgeferro_infer(const struct device *dev, uint32_t *label, const int16_t *codes,
                    uint32_t count, k_timeout_t timeout);
int edgeferro_learn(const struct device *dev, uint32_t *label, const int16_t *codes,
                    uint32_t count, uint32_t right, k_timeout_t timeout);

#ifdef __cplusplus
}
#endif

#endif
