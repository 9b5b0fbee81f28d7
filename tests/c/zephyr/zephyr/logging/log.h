// What the Zephyr driver uses of <zephyr/logging/log.h>.
// SPDX-License-Identifier: Apache-2.0
#ifndef STUB_LOG_H
#define STUB_LOG_H

void stub_log(const char *format, ...);
#define LOG_MODULE_REGISTER(name, level) _Static_assert((level) >= 0, #name)
#define LOG_ERR(...) stub_log(__VA_ARGS__)

#endif
