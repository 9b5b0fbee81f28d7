// A watch that learns its wearer's exercises: raw inertial samples, integer features,
// inference, and learning on labelled windows. Reports accuracy before and after each
// pass; values: cells that programming missed, samples found right while learning.
// SPDX-License-Identifier: Apache-2.0
#include "lesson.h"

int watch_personalise(const struct fw_world *world)
{
    struct lesson lesson;
    uint32_t missed = 0;
    uint32_t online = 0;
    int status = lesson_open(&lesson, world);
    if (status == EFD_OK) {
        status = lesson_program(&lesson, &missed);
    }
    if (status == EFD_OK) {
        status = lesson_test(&lesson, world->report);
    }
    if (status != EFD_OK) {
        return status;
    }
    const uint32_t each = lesson.passes == 0u ? 0u : lesson.order_count / lesson.passes;
    for (uint32_t i = 0; status == EFD_OK && each != 0u && i < each * lesson.passes;
         i++) {
        uint32_t found = 0;
        status = lesson_learn(&lesson, lesson.order[i], &found);
        online += found == lesson.labels[lesson.order[i]] ? 1u : 0u;
        if (status == EFD_OK && (i + 1u) % each == 0u) {
            status = lesson_test(&lesson, world->report);
        }
    }
    fw_say(world->report, missed);
    fw_say(world->report, online);
    return status;
}
