// Classifies one sample, learns it, and says what both found.
// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <zephyr/device.h>
#include <zephyr/devicetree.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "edgeferro/edgeferro.h"

#define INPUTS_MAX 64

int main(void)
{
    static int16_t codes[INPUTS_MAX];
    const struct device *dev = DEVICE_DT_GET(DT_NODELABEL(edgeferro));
    uint32_t found = 0;
    uint32_t before = 0;

    if (!device_is_ready(dev)) {
        printk("%s is not ready\n", dev->name);
        return -ENODEV;
    }
    const uint32_t inputs = edgeferro_dev(dev)->inputs;
    if (inputs > INPUTS_MAX) {
        printk("%u inputs, at most %u\n", inputs, INPUTS_MAX);
        return -EINVAL;
    }
    for (uint32_t i = 0; i < inputs; i++) {
        codes[i] = (int16_t)(i % 2U ? 40 : -40);
    }
    int status = edgeferro_infer(dev, &found, codes, inputs, K_FOREVER);
    if (status == 0) {
        status = edgeferro_learn(dev, &before, codes, inputs, found, K_FOREVER);
    }
    printk("class %u, status %d\n", found, status);
    return status;
}
