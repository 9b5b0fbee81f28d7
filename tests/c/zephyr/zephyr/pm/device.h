// What the Zephyr driver uses of <zephyr/pm/device.h>.
// SPDX-License-Identifier: Apache-2.0
#ifndef STUB_PM_DEVICE_H
#define STUB_PM_DEVICE_H

enum pm_device_action { PM_DEVICE_ACTION_SUSPEND, PM_DEVICE_ACTION_RESUME };
#ifdef CONFIG_PM_DEVICE
struct device;
typedef int (*stub_pm_call)(const struct device *, enum pm_device_action);
#define PM_DEVICE_DT_INST_DEFINE(n, call) const stub_pm_call stub_pm_##n = (call)
#define PM_DEVICE_DT_INST_GET(n) (&stub_pm_##n)
#else
#define PM_DEVICE_DT_INST_DEFINE(n, call) struct pm_device
#define PM_DEVICE_DT_INST_GET(n) NULL
#endif

#endif
