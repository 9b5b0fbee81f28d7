// Service routine: finds the symmetry points of all cells, a column of a layer at a
// time, with an inference before each window so that samples keep their deadline, and
// writes the column's weights anew. When all cells of a layer are judged, their levels
// follow (ef_symmetry.h); they become the layer's reference, cells and stored codes a
// column at a time between samples, offsets all at once, and the weights are written
// once more.
// Needs CALB. Reports accuracy before and after; values: cells found, cells not,
// windows, the longest time from one inference to the next in cycles.
// SPDX-License-Identifier: Apache-2.0
#include "lesson.h"

#define INPUTS_MAX 512u

struct service {
    struct lesson *lesson;
    struct points *points;
    uint32_t reference; // enum ef_reference
    uint32_t sample;
    uint64_t last; // cycle of the last inference
    uint64_t longest;
};

static int serve_sample(void *context)
{
    struct service *s = context;
    int16_t codes[INPUTS_MAX];
    uint32_t label = 0;
    int status = lesson_codes(s->lesson, codes, s->lesson->tests[s->sample]);
    s->sample = (s->sample + 1u) % s->lesson->test_count;
    if (status == EFD_OK) {
        status = efd_infer(&s->lesson->dev, &label, codes, s->lesson->dev.inputs);
    }
    const uint64_t now = efd_cycles(&s->lesson->dev);
    if (now - s->last > s->longest) {
        s->longest = now - s->last;
    }
    s->last = now;
    return status;
}

// One column of a layer: weights are columns x rows.
static int write_weights(struct service *s, const struct place *at, uint32_t column,
                         const int16_t *weights)
{
    uint32_t missed = 0;
    return efd_program_column(&s->lesson->dev, &missed, at->layer, EF_PLANE_MAIN,
                              column, weights + (size_t)column * at->rows, at->rows);
}

static int search_column(struct service *s, const struct place *at, uint32_t column,
                         const int16_t *weights)
{
    const int status =
        points_search(s->points, &s->lesson->dev, at, column, serve_sample, s);
    return status == EFD_OK ? write_weights(s, at, column, weights) : status;
}

static int shift_column(struct service *s, const struct place *at, uint32_t column,
                        const int16_t *weights)
{
    uint32_t missed = 0;
    const int16_t *levels = s->points->levels + (size_t)column * at->rows;
    struct ef_dev *dev = &s->lesson->dev;
    int status = serve_sample(s);
    if (status == EFD_OK && s->reference == EF_REFERENCE_CELL) {
        status = efd_program_column(dev, &missed, at->layer, EF_PLANE_REFERENCE, column,
                                    levels, at->rows);
    } else if (status == EFD_OK && s->reference == EF_REFERENCE_STORED) {
        status = efd_store_reference(dev, at->layer, column, levels, at->rows);
    }
    return status == EFD_OK ? write_weights(s, at, column, weights) : status;
}

static int serve_layer(struct service *s, const struct place *at,
                       const int16_t *weights)
{
    int status = EFD_OK;
    for (uint32_t c = 0; status == EFD_OK && c < at->columns; c++) {
        status = search_column(s, at, c, weights);
    }
    if (status == EFD_OK) {
        status = points_levels(s->points, at);
    }
    if (status == EFD_OK && s->reference == EF_REFERENCE_OFFSET) {
        points_offsets(s->points, at);
        status = efd_store_offsets(&s->lesson->dev, at->layer, s->points->levels,
                                   at->columns);
    }
    for (uint32_t c = 0; status == EFD_OK && c < at->columns; c++) {
        status = shift_column(s, at, c, weights);
    }
    return status;
}

static int serve_chip(struct service *s)
{
    const int16_t *targets = s->lesson->targets; // all there: they were written
    int status = EFD_OK;
    for (uint32_t l = 0; status == EFD_OK && l < s->lesson->dev.layers; l++) {
        struct place at;
        status = lesson_place(s->lesson, l, &at);
        if (status == EFD_OK) {
            targets += lesson_reference_codes(s->reference, &at);
            status = serve_layer(s, &at, targets);
            targets += (size_t)at.rows * at.columns;
        }
    }
    return status;
}

int calibrate_and_shift(const struct fw_world *world)
{
    struct lesson lesson;
    struct efd_capabilities chip = {0};
    struct service s = {.lesson = &lesson, .points = points_memory()};
    uint32_t missed = 0;
    int status = lesson_open(&lesson, world);
    if (status == EFD_OK) {
        status = lesson.test_count == 0u
                     ? FW_DATA
                     : points_open(s.points, world, lesson.dev.layers);
    }
    if (status == EFD_OK) {
        status = efd_capabilities(&lesson.dev, &chip);
    }
    if (status == EFD_OK) {
        status = lesson_write(&lesson, &missed);
    }
    if (status == EFD_OK) {
        status = lesson_test(&lesson, world->report);
    }
    if (status != EFD_OK) {
        return status;
    }
    s.reference = chip.reference;
    s.last = efd_cycles(&lesson.dev);
    status = serve_chip(&s);
    if (status == EFD_OK) {
        status = lesson_test(&lesson, world->report);
    }
    fw_say(world->report, s.points->found);
    fw_say(world->report, s.points->other);
    fw_say(world->report, s.points->windows);
    fw_say(world->report, (uint32_t)s.longest);
    return status;
}
