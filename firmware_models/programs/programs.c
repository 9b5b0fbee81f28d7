// The programs of this folder by name; a program of one's own brings its own table.
// SPDX-License-Identifier: Apache-2.0
#include "fw.h"

static int same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

fw_program fw_find(const char *name)
{
    static const struct {
        const char *name;
        fw_program run;
    } programs[] = {
        {"watch_personalise", watch_personalise},
        {"neural_decoder", neural_decoder},
        {"calibrate_and_shift", calibrate_and_shift},
        {"energy_governor", energy_governor},
        {"power_cut", power_cut},
        {"duty_cycle", duty_cycle},
        {"driver_costs", driver_costs},
    };
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        if (same(programs[i].name, name)) {
            return programs[i].run;
        }
    }
    return NULL;
}
