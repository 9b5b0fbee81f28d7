// What the Zephyr driver uses of <zephyr/kernel.h>.
// SPDX-License-Identifier: Apache-2.0
#ifndef STUB_KERNEL_H
#define STUB_KERNEL_H

#include <stdint.h>

typedef struct {
    int64_t ticks;
} k_timeout_t;
#define K_NO_WAIT ((k_timeout_t){0})
#define K_FOREVER ((k_timeout_t){-1})
#define K_MSEC(ms) ((k_timeout_t){(ms)})

struct k_mutex {
    uint32_t held;
};
struct k_sem {
    uint32_t count;
    uint32_t limit;
};
int k_mutex_init(struct k_mutex *mutex);
int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout);
int k_mutex_unlock(struct k_mutex *mutex);
int k_sem_init(struct k_sem *sem, unsigned int initial, unsigned int limit);
int k_sem_take(struct k_sem *sem, k_timeout_t timeout);
void k_sem_give(struct k_sem *sem);

#endif
