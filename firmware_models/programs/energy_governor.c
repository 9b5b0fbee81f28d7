// Learns only while a day's allowance of energy lasts. What learning has spent is read
// from the tally and priced with whole femtojoules. PARM from 6: samples a day, the
// allowance in picojoules, femtojoules of a pulse; PRIC: 20 prices, fJ an event.
// Values: for each day the updates made, then at the end the picojoules spent in all.
// SPDX-License-Identifier: Apache-2.0
#include "lesson.h"

#define EVENTS 20u
#define INPUTS_MAX 512u
enum { BACKWARD = 1, UPDATE = 2 };

static int spent_fj(struct lesson *lesson, const uint32_t *prices, uint32_t pulse_fj,
                    uint64_t *spent)
{
    *spent = 0;
    for (uint32_t phase = BACKWARD; phase <= UPDATE; phase++) {
        for (uint32_t event = 0; event < EVENTS; event++) {
            uint64_t count = 0;
            if (prices[event] == 0u) {
                continue;
            }
            const int status = efd_event(&lesson->dev, &count, phase, event);
            if (status != EFD_OK) {
                return status;
            }
            *spent += count * prices[event];
        }
        uint64_t pulses = 0;
        const int status = efd_pulses(&lesson->dev, &pulses, phase, 0);
        if (status != EFD_OK) {
            return status;
        }
        *spent += pulses * pulse_fj;
    }
    return EFD_OK;
}

int energy_governor(const struct fw_world *world)
{
    struct lesson lesson;
    uint32_t size = 0;
    uint32_t missed = 0;
    const uint32_t *p = fw_section(world, "PARM", &size);
    int status = lesson_open(&lesson, world);
    if (status == EFD_OK && size < 4u * (LESSON_PARAMETERS + 3u)) {
        return FW_DATA;
    }
    const uint32_t *prices = fw_section(world, "PRIC", &size);
    if (prices == NULL || size < 4u * EVENTS || (status == EFD_OK && p[6] == 0u)) {
        return FW_DATA;
    }
    if (status == EFD_OK) {
        status = lesson_program(&lesson, &missed);
    }
    if (status == EFD_OK) {
        status = lesson_test(&lesson, world->report);
    }
    uint64_t spent = 0;
    uint64_t morning = 0; // what was spent before this day
    uint32_t updates = 0;
    for (uint32_t i = 0; status == EFD_OK && i < lesson.order_count; i++) {
        if (i % p[6] == 0u) {
            if (i > 0u) {
                fw_say(world->report, updates);
            }
            updates = 0;
            morning = spent;
        }
        uint32_t found = 0;
        if (spent - morning < (uint64_t)p[7] * 1000u) {
            status = lesson_learn(&lesson, lesson.order[i], &found);
            updates += 1u;
        } else {
            int16_t codes[INPUTS_MAX];
            status = lesson_codes(&lesson, codes, lesson.order[i]);
            if (status == EFD_OK) {
                status = efd_infer(&lesson.dev, &found, codes, lesson.dev.inputs);
            }
        }
        if (status == EFD_OK) {
            status = spent_fj(&lesson, prices, p[8], &spent);
        }
    }
    fw_say(world->report, updates);
    fw_say(world->report, (uint32_t)(spent / 1000u));
    if (status == EFD_OK) {
        status = lesson_test(&lesson, world->report);
    }
    return status;
}
