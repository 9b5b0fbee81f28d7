// Between Zephyr and the driver: a device and its interrupt from the devicetree, the
// port by sys_read32 and sys_write32, a semaphore that waiting threads sleep on.
// SPDX-License-Identifier: Apache-2.0
#define DT_DRV_COMPAT edgeferro_controller

#include <errno.h>
#include <zephyr/device.h>
#include <zephyr/devicetree.h>
#include <zephyr/irq.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/pm/device.h>
#include <zephyr/sys/sys_io.h>

#include "edgeferro/edgeferro.h"
#include "ef_registers.h"

LOG_MODULE_REGISTER(edgeferro, CONFIG_EDGEFERRO_LOG_LEVEL);

struct edgeferro_config {
    DEVICE_MMIO_ROM; // first: Zephyr finds it there
    void (*connect)(void);
    uint32_t mode; // enum ef_mode
    uint32_t timeout;
    bool keep;
    bool polling;
};

struct edgeferro_data {
    DEVICE_MMIO_RAM;
    struct ef_dev driver;
    struct ef_port port;
    struct k_mutex lock;
    struct k_sem woken;
};

static uint32_t port_read(void *context, uint32_t offset)
{
    const struct device *dev = context;
    return sys_read32(DEVICE_MMIO_GET(dev) + offset);
}

static void port_write(void *context, uint32_t offset, uint32_t value)
{
    const struct device *dev = context;
    sys_write32(value, DEVICE_MMIO_GET(dev) + offset);
}

// The semaphore counts an interrupt that came since the look at *events, so that none
// is slept through; one that was counted before only ends a sleep early.
static void port_wait(void *context, const volatile uint32_t *events, uint32_t seen)
{
    const struct device *dev = context;
    struct edgeferro_data *data = dev->data;
    if (*events == seen) {
        (void)k_sem_take(&data->woken, K_MSEC(CONFIG_EDGEFERRO_TICK_MS));
    }
}

static void edgeferro_isr(const void *argument)
{
    const struct device *dev = argument;
    struct edgeferro_data *data = dev->data;
    efd_interrupt(&data->driver);
    k_sem_give(&data->woken);
}

int edgeferro_errno(int status)
{
    switch (status) {
    case EFD_OK:
        return 0;
    case EFD_NOT_FOUND:
        return -ENODEV;
    case EFD_ARGUMENT:
        return -EINVAL;
    case EFD_TIMEOUT:
        return -ETIMEDOUT;
    case EFD_FULL:
        return -EBUSY;
    case EFD_NOTHING:
        return -ENODATA;
    case EFD_CUT:
        return -ECANCELED;
    default: // refused, lost, restarted
        return -EIO;
    }
}

struct ef_dev *edgeferro_dev(const struct device *dev)
{
    struct edgeferro_data *data = dev->data;
    return &data->driver;
}

int edgeferro_lock(const struct device *dev, k_timeout_t timeout)
{
    struct edgeferro_data *data = dev->data;
    // -EBUSY without waiting and -EAGAIN behind it are one to a caller
    return k_mutex_lock(&data->lock, timeout) == 0 ? 0 : -EAGAIN;
}

void edgeferro_unlock(const struct device *dev)
{
    struct edgeferro_data *data = dev->data;
    (void)k_mutex_unlock(&data->lock);
}

int edgeferro_infer(const struct device *dev, uint32_t *label, const int16_t *codes,
                    uint32_t count, k_timeout_t timeout)
{
    int status = edgeferro_lock(dev, timeout);
    if (status == 0) {
        status = edgeferro_errno(efd_infer(edgeferro_dev(dev), label, codes, count));
        edgeferro_unlock(dev);
    }
    return status;
}

int edgeferro_learn(const struct device *dev, uint32_t *label, const int16_t *codes,
                    uint32_t count, uint32_t right, k_timeout_t timeout)
{
    int status = edgeferro_lock(dev, timeout);
    if (status == 0) {
        status =
            edgeferro_errno(efd_learn(edgeferro_dev(dev), label, codes, count, right));
        edgeferro_unlock(dev);
    }
    return status;
}

// What the devicetree says of an open block.
static int settle(const struct device *dev)
{
    const struct edgeferro_config *config = dev->config;
    struct ef_dev *driver = edgeferro_dev(dev);
    driver->timeout = config->timeout;
    int status = efd_poll(driver, config->polling);
    if (status == EFD_OK) {
        status = efd_keep_accumulators(driver, config->keep);
    }
    if (status == EFD_OK) {
        status = efd_power(driver, config->mode);
    }
    return status;
}

static int edgeferro_init(const struct device *dev)
{
    const struct edgeferro_config *config = dev->config;
    struct edgeferro_data *data = dev->data;
    DEVICE_MMIO_MAP(dev, K_MEM_CACHE_NONE);
    (void)k_mutex_init(&data->lock);
    (void)k_sem_init(&data->woken, 0, 1);
    data->port = (struct ef_port){
        .read = port_read,
        .write = port_write,
        .wait = config->polling ? NULL : port_wait,
        .context = (void *)dev,
    };
    if (!config->polling) {
        config->connect(); // before the driver turns the block's interrupts on
    }
    int status = efd_open(&data->driver, DEVICE_MMIO_GET(dev), &data->port);
    if (status == EFD_OK) {
        status = settle(dev);
    }
    if (status != EFD_OK) {
        LOG_ERR("%s: no controller, or it doesn't listen: %d", dev->name, status);
    }
    return edgeferro_errno(status);
}

#ifdef CONFIG_PM_DEVICE
// Suspended: what was submitted has ended, and all but memory is off.
static int edgeferro_pm(const struct device *dev, enum pm_device_action action)
{
    const struct edgeferro_config *config = dev->config;
    uint32_t mode = config->mode;
    if (action == PM_DEVICE_ACTION_SUSPEND) {
        mode = EF_MODE_RETAINED;
    } else if (action != PM_DEVICE_ACTION_RESUME) {
        return -ENOTSUP;
    }
    int status = edgeferro_lock(dev, K_NO_WAIT);
    if (status == 0) {
        status = edgeferro_errno(efd_power(edgeferro_dev(dev), mode));
        edgeferro_unlock(dev);
    }
    return status;
}
#endif

// Nodes that poll need no line in the devicetree of the board to be free: theirs is
// neither connected nor enabled.
#define EDGEFERRO_DEFINE(n)                                                            \
    static void edgeferro_connect_##n(void)                                            \
    {                                                                                  \
        IRQ_CONNECT(DT_INST_IRQN(n), DT_INST_IRQ(n, priority), edgeferro_isr,          \
                    DEVICE_DT_INST_GET(n), 0);                                         \
        irq_enable(DT_INST_IRQN(n));                                                   \
    }                                                                                  \
    static const struct edgeferro_config edgeferro_config_##n = {                      \
        DEVICE_MMIO_ROM_INIT(DT_DRV_INST(n)),                                          \
        .connect = edgeferro_connect_##n,                                              \
        .mode = DT_INST_ENUM_IDX(n, idle_mode),                                        \
        .timeout = DT_INST_PROP(n, timeout_cycles),                                    \
        .keep = DT_INST_PROP(n, keep_accumulators),                                    \
        .polling = DT_INST_PROP(n, polling),                                           \
    };                                                                                 \
    static struct edgeferro_data edgeferro_data_##n;                                   \
    PM_DEVICE_DT_INST_DEFINE(n, edgeferro_pm);                                         \
    DEVICE_DT_INST_DEFINE(n, edgeferro_init, PM_DEVICE_DT_INST_GET(n),                 \
                          &edgeferro_data_##n, &edgeferro_config_##n, POST_KERNEL,     \
                          CONFIG_EDGEFERRO_INIT_PRIORITY, NULL);

DT_INST_FOREACH_STATUS_OKAY(EDGEFERRO_DEFINE)
