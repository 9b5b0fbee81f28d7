// What the Zephyr driver uses of <zephyr/device.h>.
// SPDX-License-Identifier: Apache-2.0
#ifndef STUB_DEVICE_H
#define STUB_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct device {
    const char *name;
    const void *config;
    const void *api;
    void *data;
    int (*init)(const struct device *dev);
};
struct pm_device;

typedef uintptr_t mm_reg_t;
struct z_device_mmio_rom {
    uintptr_t addr;
};
#define DEVICE_MMIO_ROM struct z_device_mmio_rom _mmio
#define DEVICE_MMIO_RAM uintptr_t _mmio
#define STUB_ROM(order) {EDT_##order##_REG_ADDR}
#define STUB_ROM_OF(order) STUB_ROM(order)
#define DEVICE_MMIO_ROM_INIT(order) ._mmio = STUB_ROM_OF(order)
#define K_MEM_CACHE_NONE 0u
#define DEVICE_MMIO_GET(dev) (*(uintptr_t *)(dev)->data)
#define DEVICE_MMIO_MAP(dev, flags)                                                    \
    (DEVICE_MMIO_GET(dev) =                                                            \
         ((const struct z_device_mmio_rom *)(dev)->config)->addr + (flags))

#define STUB_DEVICE(n) stub_device_##n
#define DEVICE_DT_INST_GET(n) (&STUB_DEVICE(n))
#define DEVICE_DT_GET(node) (&STUB_DEVICE(node))
#define DEVICE_DT_INST_DEFINE(n, begin, pm, ram, rom, level, priority, calls)          \
    _Static_assert((priority) > 0, #level);                                            \
    const struct device STUB_DEVICE(n) = {                                             \
        .name = "stub", .config = (rom), .api = (calls), .data = (ram), .init = begin}

extern const struct device stub_device_0;
bool device_is_ready(const struct device *dev);

#endif
