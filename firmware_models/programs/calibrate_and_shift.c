// Service routine: finds the symmetry points of all cells, a column of a layer at a
// time, with an inference before each window so that samples keep their deadline, and
// writes the column's weights anew. When all cells of a layer are judged, their levels
// follow (ef_symmetry.h); they are written into the reference cells, column by column
// between samples, and the weights once more.
// PARM from 6: pulse class, reads, quads, windows, tolerance, probe, limit; GAIN:
// mantissa, shift and verify code of each layer. Reports accuracy before and after;
// values: cells found, cells not, windows, the longest time from one inference to the
// next in cycles.
// SPDX-License-Identifier: Apache-2.0
#include "ef_symmetry.h"
#include "lesson.h"

#define INPUTS_MAX 512u
#define ROWS_MAX 512u
#define CELLS_MAX 1024u // of a layer
#define SETTINGS 7u
#define GAINS 3u
#define WINDOWS_MAX 4096u // of a column; beyond any patience
enum { PENDING = 0, FOUND = 1 };

// What calibration leaves of a layer, column by column, and the levels that follow.
struct layer_map {
    int32_t sums[4u * CELLS_MAX];
    uint8_t verdicts[CELLS_MAX];
    int16_t levels[CELLS_MAX];
};

struct service {
    struct lesson *lesson;
    struct layer_map *map;
    struct efd_calibration how;
    const uint32_t *gains;
    uint32_t sample;
    uint64_t last; // cycle of the last inference
    uint64_t longest;
    uint32_t found;
    uint32_t other;
    uint32_t windows;
};

// A layer under calibration.
struct place {
    uint32_t layer;
    uint32_t rows;
    uint32_t columns;
    const int16_t *weights; // columns x rows
};

static int serve_sample(struct service *s)
{
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

// Takes a judged column's records over into the map.
static int keep_column(struct service *s, const struct place *at, uint32_t column)
{
    int status = EFD_OK;
    for (uint32_t r = 0; status == EFD_OK && r < at->rows; r++) {
        const uint32_t cell = column * at->rows + r;
        struct efd_point point;
        status = efd_point(&s->lesson->dev, &point, r);
        for (uint32_t i = 0; status == EFD_OK && i < 4u; i++) {
            s->map->sums[4u * cell + i] = point.sums[i];
        }
        if (status == EFD_OK) {
            s->map->verdicts[cell] = (uint8_t)point.verdict;
            s->found += point.verdict == FOUND ? 1u : 0u;
            s->other += point.verdict == FOUND ? 0u : 1u;
        }
    }
    return status;
}

static int write_weights(struct service *s, const struct place *at, uint32_t column)
{
    uint32_t missed = 0;
    return efd_program_column(&s->lesson->dev, &missed, at->layer, 0, column,
                              at->weights + column * at->rows, at->rows);
}

static int search_column(struct service *s, const struct place *at, uint32_t column)
{
    uint32_t judged = 0;
    int status = efd_clear_points(&s->lesson->dev);
    for (uint32_t w = 0; status == EFD_OK && judged == 0u && w < WINDOWS_MAX; w++) {
        status = serve_sample(s);
        if (status == EFD_OK) {
            status =
                efd_calibrate_column(&s->lesson->dev, at->layer, 0, column, &s->how);
        }
        s->windows += 1u;
        if (status == EFD_OK) {
            status = all_judged(s, at->rows, &judged);
        }
    }
    if (status == EFD_OK) {
        status = keep_column(s, at, column);
    }
    return status == EFD_OK ? write_weights(s, at, column) : status;
}

static int shift_column(struct service *s, const struct place *at, uint32_t column)
{
    uint32_t missed = 0;
    int status = serve_sample(s);
    if (status == EFD_OK) {
        status = efd_program_column(&s->lesson->dev, &missed, at->layer, 1, column,
                                    s->map->levels + column * at->rows, at->rows);
    }
    return status == EFD_OK ? write_weights(s, at, column) : status;
}

static int serve_layer(struct service *s, const struct place *at)
{
    const uint32_t *gains = s->gains + GAINS * at->layer;
    const struct ef_symmetry_reads reads = {s->how.quads, s->how.windows, s->how.reads,
                                            gains[0],     gains[1],       gains[2]};
    if (at->rows > ROWS_MAX || at->rows * at->columns > CELLS_MAX) {
        return FW_DATA;
    }
    int status = EFD_OK;
    s->how.mantissa = gains[0];
    s->how.shift = gains[1];
    for (uint32_t c = 0; status == EFD_OK && c < at->columns; c++) {
        status = search_column(s, at, c);
    }
    if (status == EFD_OK &&
        ef_symmetry_levels(s->map->levels, s->map->sums, s->map->verdicts,
                           at->rows * at->columns, &reads) != EF_SYMMETRY_OK) {
        status = FW_DATA; // no cell was found: there is nothing to shift to
    }
    const bool shifts = s->lesson->dev.planes == 2u;
    for (uint32_t c = 0; shifts && status == EFD_OK && c < at->columns; c++) {
        status = shift_column(s, at, c);
    }
    return status;
}

static int serve_chip(struct service *s)
{
    struct ef_dev *dev = &s->lesson->dev;
    const int16_t *targets = s->lesson->targets;
    int status = EFD_OK;
    for (uint32_t layer = 0; status == EFD_OK && layer < dev->layers; layer++) {
        struct place at = {.layer = layer};
        status = efd_shape(dev, layer, &at.rows, &at.columns);
        if (status == EFD_OK) {
            const uint32_t cells = at.rows * at.columns;
            at.weights = targets + (dev->planes - 1u) * cells;
            status = serve_layer(s, &at);
            targets += dev->planes * cells;
        }
    }
    return status;
}

int calibrate_and_shift(const struct fw_world *world)
{
    FW_STATIC struct layer_map map;
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
    if (gains == NULL || size < 4u * GAINS * lesson.dev.layers) {
        return FW_DATA;
    }
    struct service s = {
        .lesson = &lesson,
        .map = &map,
        .how = {p[0], p[1], p[2], p[3], p[4], p[5], 0, 0, p[6]},
        .gains = gains,
    };
    status = lesson_test(&lesson, world->report);
    s.last = efd_cycles(&lesson.dev);
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
