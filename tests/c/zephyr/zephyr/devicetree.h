// What the Zephyr driver uses of <zephyr/devicetree.h>. The EDT_ macros that it ends in
// come from the binding and one node (tests/firmware/test_zephyr.py).
// SPDX-License-Identifier: Apache-2.0
#ifndef STUB_DEVICETREE_H
#define STUB_DEVICETREE_H

#include "edt.h"

#define STUB_NAME(compat, n, what) STUB_PASTE(compat, n, what)
#define STUB_PASTE(compat, n, what) EDT_##compat##_##n##_##what
#define DT_DRV_INST(n) STUB_NAME(DT_DRV_COMPAT, n, ORD)
#define DT_INST_PROP(n, name) STUB_NAME(DT_DRV_COMPAT, n, P_##name)
#define DT_INST_ENUM_IDX(n, name) STUB_NAME(DT_DRV_COMPAT, n, P_##name##_ENUM_IDX)
#define DT_INST_IRQN(n) STUB_NAME(DT_DRV_COMPAT, n, IRQN)
#define DT_INST_IRQ(n, cell) STUB_NAME(DT_DRV_COMPAT, n, IRQ_##cell)
#define DT_INST_FOREACH_STATUS_OKAY(define)                                            \
    STUB_NAME(DT_DRV_COMPAT, FOREACH, OKAY)(define)
#define DT_NODELABEL(label) EDT_LABEL_##label

#endif
