// A decoder on an implant: trained with labels, then test-then-train over the trials as
// they come. PARM[5] chooses how it learns while tested: 0 not at all (frozen), 1 from
// the label, 2 from its own decision where that is confident by PARM[6] output codes
// (the pattern of SOUL: no label is needed). Reports the trials decided right; values:
// updates made while tested.
// SPDX-License-Identifier: Apache-2.0
#include "lesson.h"

#define INPUTS_MAX 512u
enum { FROZEN = 0, LABELS = 1, CONFIDENT = 2 };

// Distance between the best output code and the next.
static int margin(struct lesson *lesson, int32_t *distance)
{
    int32_t best = INT32_MIN;
    int32_t next = INT32_MIN;
    for (uint32_t r = 0; r < lesson->dev.classes; r++) {
        int32_t code = 0;
        const int status = efd_output(&lesson->dev, &code, r);
        if (status != EFD_OK) {
            return status;
        }
        if (code > best) {
            next = best;
            best = code;
        } else if (code > next) {
            next = code;
        }
    }
    *distance = best - next;
    return EFD_OK;
}

static int decide(struct lesson *lesson, uint32_t sample, const uint32_t *how,
                  uint32_t *right, uint32_t *updates)
{
    int16_t codes[INPUTS_MAX];
    uint32_t found = 0;
    int32_t distance = 0;
    int status = lesson_codes(lesson, codes, sample);
    if (status == EFD_OK) {
        status = efd_infer(&lesson->dev, &found, codes, lesson->dev.inputs);
    }
    if (status == EFD_OK) {
        status = margin(lesson, &distance);
    }
    if (status != EFD_OK) {
        return status;
    }
    *right += found == lesson->labels[sample] ? 1u : 0u;
    uint32_t label = lesson->labels[sample];
    uint32_t learn = how[0] == LABELS ? 1u : 0u;
    if (how[0] == CONFIDENT && distance >= (int32_t)how[1]) {
        label = found;
        learn = 1;
    }
    if (learn != 0u) {
        status = efd_learn(&lesson->dev, &found, codes, lesson->dev.inputs, label);
        *updates += 1u;
    }
    return status;
}

int neural_decoder(const struct fw_world *world)
{
    struct lesson lesson;
    uint32_t size = 0;
    uint32_t missed = 0;
    uint32_t right = 0;
    uint32_t updates = 0;
    const uint32_t *parameters = fw_section(world, "PARM", &size);
    int status = lesson_open(&lesson, world);
    if (status == EFD_OK && size < 4u * (LESSON_PARAMETERS + 1u)) {
        status = FW_DATA;
    }
    if (status == EFD_OK) {
        status = lesson_program(&lesson, &missed);
    }
    for (uint32_t i = 0; status == EFD_OK && i < lesson.order_count; i++) {
        uint32_t found = 0;
        status = lesson_learn(&lesson, lesson.order[i], &found);
    }
    for (uint32_t i = 0; status == EFD_OK && i < lesson.test_count; i++) {
        status = decide(&lesson, lesson.tests[i], parameters + 5, &right, &updates);
    }
    fw_tested(world->report, right, lesson.test_count);
    fw_say(world->report, updates);
    return status;
}
