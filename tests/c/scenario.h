// SPDX-License-Identifier: Apache-2.0
#ifndef SCENARIO_H
#define SCENARIO_H

#include <stdint.h>

// Runs the scenario; the hash of all its signatures, or 0 where a command failed.
uint64_t scenario_run(void);

#endif
