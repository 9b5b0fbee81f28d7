// Service routine: finds the symmetry points of all cells, a column of a layer at a
// time, with an inference before each window so that samples keep their deadline; then
// writes each column's points into its reference cells and its weights anew.
// PARM from 6: pulse class, reads, quads, windows, tolerance, probe, limit, and how the
// device's up and down steps change along the state around its symmetry point (any
// unit); GAIN: mantissa, shift and verify code of each layer. Reports accuracy before
// and after; values: cells found, cells not, windows, the longest time from one
// inference to the next in cycles.
// SPDX-License-Identifier: Apache-2.0
#include "lesson.h"

#define INPUTS_MAX 512u
#define ROWS_MAX 512u
#define SETTINGS 9u
#define GAINS 3u
#define WINDOWS_MAX 4096u // of a column; beyond any patience
enum { PENDING = 0, FOUND = 1 };

struct service {
    struct lesson *lesson;
    struct efd_calibration how;
    const uint32_t *gains;
    uint32_t verify_code;
    int64_t up; // fall of the up step, rise of the down step along the state
    int64_t down;
    uint32_t sample;
    uint64_t last; // cycle of the last inference
    uint64_t longest;
    uint32_t found;
    uint32_t other;
    uint32_t windows;
};

static int serve_sample(struct service *s)
{
    int16_t codes[INPUTS_MAX];
    uint32_t label = 0;
    int status = lesson_codes(s->lesson, codes, s->lesson->tests[s->sample]);
    s->sample = (s->sample + 1u) % s->lesson->test_count;
    if (status == EFD_OK) {
        status = efd_infer(&s->lesson->dev, &label, codes);
    }
    const uint64_t now = efd_cycles();
    if (now - s->last > s->longest) {
        s->longest = now - s->last;
    }
    s->last = now;
    return status;
}

static int64_t divide(int64_t a, int64_t b)
{
    const int64_t half = b / 2;
    return a >= 0 ? (a + half) / b : -((-a + half) / b);
}

// A column's levels, Q0.15, from its points. SPEC 16.5 takes the curvature from the
// sums of a whole array; a column has too few cells, so the device file gives it.
static int levels_of(struct service *s, int16_t *levels, uint32_t rows)
{
    FW_STATIC struct efd_point points[ROWS_MAX];
    for (uint32_t r = 0; r < rows; r++) {
        const int status = efd_point(&s->lesson->dev, &points[r], r);
        if (status != EFD_OK) {
            return status;
        }
    }
    const int64_t gain = (int64_t)s->how.mantissa * s->verify_code;
    const int64_t readings = 2 * (int64_t)s->how.quads * s->how.windows * s->how.reads;
    for (uint32_t r = 0; r < rows; r++) {
        const int32_t *v = points[r].sums;
        const int64_t twice = divide(
            (s->up * ((int64_t)v[0] + v[1]) + s->down * ((int64_t)v[2] + v[3])) * 64,
            s->up + s->down);
        const int64_t level = divide(twice << s->how.shift, readings * gain * 64);
        levels[r] = (int16_t)(level > 32767 ? 32767 : level < -32768 ? -32768 : level);
        s->found += points[r].verdict == FOUND ? 1u : 0u;
        s->other += points[r].verdict == FOUND ? 0u : 1u;
        if (points[r].verdict != FOUND) {
            levels[r] = 0;
        }
    }
    return EFD_OK;
}

static int all_judged(struct service *s, uint32_t rows, uint32_t *judged)
{
    *judged = 1;
    for (uint32_t r = 0; r < rows && *judged != 0u; r++) {
        struct efd_point point;
        const int status = efd_point(&s->lesson->dev, &point, r);
        if (status != EFD_OK) {
            return status;
        }
        *judged = point.verdict != PENDING ? 1u : 0u;
    }
    return EFD_OK;
}

static int serve_column(struct service *s, uint32_t layer, uint32_t column,
                        uint32_t rows, const int16_t *weights)
{
    FW_STATIC int16_t levels[ROWS_MAX];
    uint32_t judged = 0;
    uint32_t missed = 0;
    int status = efd_clear_points(&s->lesson->dev);
    for (uint32_t w = 0; status == EFD_OK && judged == 0u && w < WINDOWS_MAX; w++) {
        status = serve_sample(s);
        if (status == EFD_OK) {
            status = efd_calibrate_column(&s->lesson->dev, layer, 0, column, &s->how);
        }
        s->windows += 1u;
        if (status == EFD_OK) {
            status = all_judged(s, rows, &judged);
        }
    }
    if (status == EFD_OK) {
        status = levels_of(s, levels, rows);
    }
    if (status == EFD_OK && s->lesson->dev.planes == 2u) {
        status = efd_program_column(&s->lesson->dev, &missed, layer, 1, column, levels);
    }
    if (status == EFD_OK) {
        status =
            efd_program_column(&s->lesson->dev, &missed, layer, 0, column, weights);
    }
    return status;
}

static int serve_chip(struct service *s)
{
    const int16_t *targets = s->lesson->targets;
    int status = EFD_OK;
    for (uint32_t layer = 0; status == EFD_OK && layer < s->lesson->dev.layers;
         layer++) {
        uint32_t rows = 0;
        uint32_t columns = 0;
        status = efd_shape(&s->lesson->dev, layer, &rows, &columns);
        if (rows > ROWS_MAX) {
            return FW_DATA;
        }
        s->how.mantissa = s->gains[GAINS * layer];
        s->how.shift = s->gains[GAINS * layer + 1u];
        s->verify_code = s->gains[GAINS * layer + 2u];
        targets += (s->lesson->dev.planes - 1u) * rows * columns;
        for (uint32_t c = 0; status == EFD_OK && c < columns; c++) {
            status = serve_column(s, layer, c, rows, targets + c * rows);
        }
        targets += rows * columns;
    }
    return status;
}

int calibrate_and_shift(const struct fw_world *world)
{
    struct lesson lesson;
    uint32_t size = 0;
    uint32_t missed = 0;
    int status = lesson_open(&lesson, world);
    const uint32_t *p = fw_section(world, "PARM", &size);
    if (status == EFD_OK &&
        (size < 4u * (LESSON_PARAMETERS + SETTINGS) || lesson.test_count == 0u)) {
        status = FW_DATA;
    }
    if (status == EFD_OK) {
        status = lesson_program(&lesson, &missed);
    }
    if (status != EFD_OK) {
        return status;
    }
    p += LESSON_PARAMETERS;
    const uint32_t *gains = fw_section(world, "GAIN", &size);
    if (gains == NULL || size < 4u * GAINS * lesson.dev.layers || p[7] + p[8] == 0u) {
        return FW_DATA;
    }
    struct service s = {
        .lesson = &lesson,
        .how = {p[0], p[1], p[2], p[3], p[4], p[5], 0, 0, p[6]},
        .gains = gains,
        .up = p[7],
        .down = p[8],
    };
    status = lesson_test(&lesson, world->report);
    s.last = efd_cycles();
    if (status == EFD_OK) {
        status = serve_chip(&s);
    }
    if (status == EFD_OK) {
        status = lesson_test(&lesson, world->report);
    }
    fw_say(world->report, s.found);
    fw_say(world->report, s.other);
    fw_say(world->report, s.windows);
    fw_say(world->report, (uint32_t)s.longest);
    return status;
}
