// What the Zephyr driver uses of <zephyr/irq.h>.
// SPDX-License-Identifier: Apache-2.0
#ifndef STUB_IRQ_H
#define STUB_IRQ_H

#include <stdint.h>

void stub_connect(uint32_t line, uint32_t priority, void (*isr)(const void *),
                  const void *argument);
#define IRQ_CONNECT(line, priority, isr, argument, flags)                              \
    stub_connect((line), (priority) + (flags), (isr), (argument))
void irq_enable(uint32_t line);

#endif
