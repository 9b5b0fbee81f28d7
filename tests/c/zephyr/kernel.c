// A Zephyr of one thread around the emulated bus: the Zephyr driver begins, classifies,
// learns, sleeps and wakes by its interrupt, and is suspended.
// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <zephyr/device.h>
#include <zephyr/irq.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/pm/device.h>
#include <zephyr/sys/printk.h>
#include <zephyr/sys/sys_io.h>

#include "../check.h"
#include "../config.h"
#include "edgeferro/edgeferro.h"
#include "edt.h"
#include "ef_bus.h"
#include "ef_registers.h"

int sample_main(void);
extern const stub_pm_call stub_pm_0;

static _Alignas(EF_ALIGNMENT) uint8_t block[1 << 20];
static struct ef_bus bus;
static struct {
    void (*isr)(const void *);
    const void *argument;
    uint32_t line;
    uint32_t priority;
    uint32_t enabled;
    uint32_t inside;
    uint32_t came;
    uint32_t sleeps;
    uint32_t slept_out; // until the tick, for nobody woke the thread
    uint32_t logged;
    uint32_t mode; // that was written last
    int there;     // something answers at the base
    int ready;
} system_of;

// The line interrupts between any two accesses, but not its own handler.
static void pend(void)
{
    if (ef_bus_interrupt(&bus) && system_of.enabled && !system_of.inside) {
        system_of.inside = 1;
        system_of.came++;
        system_of.isr(system_of.argument);
        system_of.inside = 0;
    }
}

uint32_t sys_read32(uintptr_t address)
{
    uint32_t value = UINT32_MAX;
    if (system_of.there) {
        (void)ef_bus_read32(&bus, (uint32_t)(address - EDT_BASE), &value);
        pend();
    }
    return value;
}

void sys_write32(uint32_t value, uintptr_t address)
{
    const uint32_t offset = (uint32_t)(address - EDT_BASE);
    if (system_of.there) {
        (void)ef_bus_write32(&bus, offset, value);
        pend();
    }
    if (offset == EF_REG_POWER) {
        system_of.mode = value & EF_POWER_MODE_MASK;
    }
}

void stub_connect(uint32_t line, uint32_t priority, void (*isr)(const void *),
                  const void *argument)
{
    system_of.line = line;
    system_of.priority = priority;
    system_of.isr = isr;
    system_of.argument = argument;
}

void irq_enable(uint32_t line)
{
    system_of.enabled = line == system_of.line;
}

bool device_is_ready(const struct device *dev)
{
    return dev == &stub_device_0 && system_of.ready == 0;
}

int k_mutex_init(struct k_mutex *mutex)
{
    mutex->held = 0;
    return 0;
}

int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout)
{
    if (mutex->held != 0u) {
        return timeout.ticks == 0 ? -EBUSY : -EAGAIN;
    }
    mutex->held = 1;
    return 0;
}

int k_mutex_unlock(struct k_mutex *mutex)
{
    CHECK_EQUAL("unlocked what is locked", 1u, mutex->held);
    mutex->held = 0;
    return 0;
}

int k_sem_init(struct k_sem *sem, unsigned int initial, unsigned int limit)
{
    *sem = (struct k_sem){initial, limit};
    return 0;
}

void k_sem_give(struct k_sem *sem)
{
    sem->count += sem->count < sem->limit ? 1u : 0u;
}

// Time goes by until the semaphore is given, 1000 periods at most a millisecond.
int k_sem_take(struct k_sem *sem, k_timeout_t timeout)
{
    system_of.sleeps++;
    for (int64_t left = timeout.ticks * 1000; sem->count == 0u && left > 0; left--) {
        ef_bus_advance(&bus, 1);
        pend();
    }
    if (sem->count == 0u) {
        system_of.slept_out++;
        return -EAGAIN;
    }
    sem->count--;
    return 0;
}

void stub_log(const char *format, ...)
{
    (void)format;
    system_of.logged++;
}

void printk(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)vprintf(format, list);
    va_end(list);
}

static uint32_t peek(uint32_t offset)
{
    return sys_read32(EDT_BASE + offset);
}

static void sampled(const struct device *dev)
{
    static const int16_t codes[4] = {40, -40, 40, -40};
    uint32_t label = 9;
    CHECK_EQUAL("infer", 0, edgeferro_infer(dev, &label, codes, 4, K_FOREVER));
    CHECK_EQUAL("a class", 1, label < 3u);
    CHECK_EQUAL("learn", 0, edgeferro_learn(dev, &label, codes, 4, 1, K_FOREVER));
    CHECK_EQUAL("learned", 1u, efd_updates(edgeferro_dev(dev)));
    CHECK_EQUAL("short", -EINVAL, edgeferro_infer(dev, &label, codes, 3, K_FOREVER));
    CHECK_EQUAL("lock", 0, edgeferro_lock(dev, K_NO_WAIT));
    CHECK_EQUAL("held", -EAGAIN, edgeferro_infer(dev, &label, codes, 4, K_NO_WAIT));
    CHECK_EQUAL("held", -EAGAIN, stub_pm_0(dev, PM_DEVICE_ACTION_SUSPEND));
    edgeferro_unlock(dev);
    CHECK_EQUAL("still", 1u, efd_updates(edgeferro_dev(dev)));
}

int main(void)
{
    const struct device *dev = &stub_device_0;
    static int32_t knots[2 * EF_KNOTS];
    static uint16_t exp_table[EF_EXP_ENTRIES];
    config_decay(exp_table);
    struct ef_config config = config_plain(knots, exp_table);
    config.settings.read_ns = 1000;
    config.layers[0] = config_learning_layer(3, 4, EF_RULE_SGD_COUNTED);
    config.layers[0].pulse_class = 0;
    struct ef_fault fault;

    system_of.ready = dev->init(dev); // nothing behind the bus yet
    CHECK_EQUAL("nobody", -ENODEV, system_of.ready);
    CHECK_EQUAL("said", 1u, system_of.logged);
    CHECK_EQUAL("up", EF_OK,
                ef_bus_init(&bus, block, sizeof block, &fault, &config, 10000000));
    system_of.there = 1;
    system_of.ready = dev->init(dev);
    CHECK_EQUAL("begun", 0, system_of.ready);
    CHECK_EQUAL("line", EDT_POLLS ? 0u : EDT_LINE, system_of.line);
    CHECK_EQUAL("priority", EDT_POLLS ? 0u : EDT_PRIORITY, system_of.priority);
    CHECK_EQUAL("timeout", EDT_TIMEOUT, edgeferro_dev(dev)->timeout);
    CHECK_EQUAL("mode", EDT_MODE, system_of.mode);
    CHECK_EQUAL("keep", EDT_KEEP,
                (peek(EF_REG_POWER) & EF_POWER_KEEP_MASK) >> EF_POWER_KEEP_SHIFT);
    sampled(dev);
    CHECK_EQUAL("interrupts", !EDT_POLLS, system_of.came > 0u);
    CHECK_EQUAL("sleeps", !EDT_POLLS, system_of.sleeps > 0u);
    CHECK_EQUAL("slept out", 0u, system_of.slept_out);
    CHECK_EQUAL("sample", 0, sample_main());
    CHECK_EQUAL("suspended", 0, stub_pm_0(dev, PM_DEVICE_ACTION_SUSPEND));
    CHECK_EQUAL("retained", EF_MODE_RETAINED, system_of.mode);
    CHECK_EQUAL("resumed", 0, stub_pm_0(dev, PM_DEVICE_ACTION_RESUME));
    CHECK_EQUAL("mode", EDT_MODE, system_of.mode);
    CHECK_EQUAL("said once", 1u, system_of.logged);
    return 0;
}
