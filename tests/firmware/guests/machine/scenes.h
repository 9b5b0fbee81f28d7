// SPDX-License-Identifier: Apache-2.0
#ifndef SCENES_H
#define SCENES_H

#include "fw.h"

#if defined(__thumb__) || defined(__riscv)
#define EF_BASE_IS_MAPPED 1
#endif

int scenes(const struct fw_world *world);
// Time in instructions, forms of loads and stores, those that are refused, a timer.
void core_scenes(struct fw_report *report);

#endif
