// A watch whose chip has power for its windows only: on, a window learned, off again.
// What stands in cells stays without power; accumulators of mixed precision don't, and
// PARM[5] says what is done about that:
//   0 always on, to compare with        2 they stand in a supply of their own
//   1 off, accumulators are lost        3 off, kept by the microcontroller meanwhile
// Reports accuracy before learning and after each pass; values: how often power went,
// windows found right while learning.
// SPDX-License-Identifier: Apache-2.0
#include "lesson.h"

#define CELLS_MAX 4096u // accumulators of all layers
enum { ON = 0, LOST = 1, RETAINED = 2, SAVED = 3 };

// All accumulators of a chip, out of it or into it again.
static int move_accumulators(struct lesson *lesson, int32_t *chi, bool back)
{
    uint32_t done = 0;
    int status = EFD_OK;
    for (uint32_t layer = 0; status == EFD_OK && layer < lesson->dev.layers; layer++) {
        struct place at = {0};
        status = lesson_place(lesson, layer, &at);
        if (at.rows * at.columns > CELLS_MAX - done) {
            return FW_DATA;
        }
        for (uint32_t c = 0; status == EFD_OK && c < at.columns; c++) {
            status = back ? efd_write_accumulators(&lesson->dev, layer, c, chi + done,
                                                   at.rows)
                          : efd_read_accumulators(&lesson->dev, chi + done, at.rows,
                                                  layer, c);
            done += at.rows;
        }
    }
    return status;
}

// Off, and on again for the next window.
static int rest(struct lesson *lesson, uint32_t how)
{
    FW_STATIC int32_t chi[CELLS_MAX];
    int status = EFD_OK;
    if (how == RETAINED) {
        status = efd_keep_accumulators(&lesson->dev, true);
    } else if (how == SAVED) {
        status = move_accumulators(lesson, chi, false);
    }
    if (status == EFD_OK) {
        status = efd_close(&lesson->dev);
    }
    if (status == EFD_OK) {
        fw_supply_cycle();
        status = lesson_start(lesson);
    }
    if (status == EFD_OK && how == SAVED) {
        status = move_accumulators(lesson, chi, true);
    }
    return status;
}

int duty_cycle(const struct fw_world *world)
{
    struct lesson lesson;
    uint32_t size = 0;
    uint32_t missed = 0;
    uint32_t online = 0;
    uint32_t times = 0;
    const uint32_t *parameters = fw_section(world, "PARM", &size);
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
    const uint32_t how = parameters[5];
    const uint32_t each = lesson.passes == 0u ? 0u : lesson.order_count / lesson.passes;
    for (uint32_t i = 0; status == EFD_OK && each != 0u && i < each * lesson.passes;
         i++) {
        uint32_t found = 0;
        status = lesson_learn(&lesson, lesson.order[i], &found);
        online += found == lesson.labels[lesson.order[i]] ? 1u : 0u;
        if (status == EFD_OK && how != ON) {
            status = rest(&lesson, how);
            times += 1u;
        }
        if (status == EFD_OK && (i + 1u) % each == 0u) {
            status = lesson_test(&lesson, world->report);
        }
    }
    fw_say(world->report, times);
    fw_say(world->report, online);
    return status;
}
