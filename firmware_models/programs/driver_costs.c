// Each thing that a driver does, marked, so that whoever brings the port can count the
// accesses and the instructions of one. No features, no scaling: codes are there.
//   PARM  0, samples; from 2, where symmetry points are looked
//         for, pulse class, reads, quads, windows, tolerance, probe, limit, columns of
//         a layer
//   GAIN  mantissa and shift of each layer, for the same
//   CODE, LABL, TARG, TRIM  as of a lesson, whose limits this program doesn't have
// Marks: enum fw_mark_of.
// SPDX-License-Identifier: Apache-2.0
#include "lesson.h"

#define SETTINGS 8u
#define GAINS 2u
#define WINDOWS_MAX 4096u // of a column; beyond any patience

struct drill {
    struct lesson lesson;
    const uint32_t *settings; // null: points are not looked for
    const uint32_t *gains;
    uint32_t samples;
};

static int open_drill(struct drill *drill, const struct fw_world *world)
{
    uint32_t size = 0;
    struct lesson *lesson = &drill->lesson;
    const uint32_t *p = fw_section(world, "PARM", &size);
    if (p == NULL || size < 8u) {
        return FW_DATA;
    }
    drill->samples = p[1];
    drill->settings = size >= 4u * (2u + SETTINGS) ? p + 2 : NULL;
    drill->gains = fw_section(world, "GAIN", &size);
    const uint32_t gained = size / (4u * GAINS);
    lesson->targets = fw_section(world, "TARG", &size);
    lesson->target_count = size / 2u;
    lesson->trim = fw_section(world, "TRIM", &size);
    lesson->codes = fw_section(world, "CODE", &size);
    const uint64_t codes = size / 2u;
    lesson->labels = fw_section(world, "LABL", &size);
    if (lesson->targets == NULL || lesson->codes == NULL || lesson->labels == NULL ||
        size < drill->samples) {
        return FW_DATA;
    }
    fw_attend(&lesson->dev);
    const int status = efd_open(&lesson->dev, fw_base(), fw_port());
    if (status != EFD_OK) {
        return status;
    }
    const bool gains = drill->settings == NULL ||
                       (drill->gains != NULL && gained >= lesson->dev.layers);
    const bool held = codes >= (uint64_t)drill->samples * lesson->dev.inputs;
    return gains && held ? EFD_OK : FW_DATA;
}

// Windows of one column until all its cells are judged.
static int search_column(struct drill *drill, uint32_t layer, uint32_t column,
                         uint32_t rows)
{
    const uint32_t *s = drill->settings;
    const uint32_t *gain = drill->gains + GAINS * layer;
    const struct efd_calibration how = {s[0], s[1],    s[2],    s[3], s[4],
                                        s[5], gain[0], gain[1], s[6]};
    struct ef_dev *dev = &drill->lesson.dev;
    uint32_t judged = 0;
    int status = efd_clear_points(dev);
    for (uint32_t w = 0; status == EFD_OK && judged == 0u && w < WINDOWS_MAX; w++) {
        status = efd_calibrate_column(dev, layer, 0, column, &how);
        judged = 1;
        for (uint32_t r = 0; status == EFD_OK && judged != 0u && r < rows; r++) {
            struct efd_point point;
            status = efd_point(dev, &point, r);
            judged = point.verdict != 0u ? 1u : 0u;
        }
    }
    for (uint32_t r = 0; status == EFD_OK && r < rows; r++) {
        struct efd_point point; // the records that levels follow from
        status = efd_point(dev, &point, r);
    }
    return status;
}

static int search_layers(struct drill *drill)
{
    int status = EFD_OK;
    struct ef_dev *dev = &drill->lesson.dev;
    for (uint32_t layer = 0; status == EFD_OK && layer < dev->layers; layer++) {
        uint32_t rows = 0;
        uint32_t columns = 0;
        status = efd_shape(dev, layer, &rows, &columns);
        const uint32_t most = drill->settings[7];
        columns = columns < most ? columns : most;
        fw_mark(FW_CALIBRATE + layer);
        for (uint32_t c = 0; status == EFD_OK && c < columns; c++) {
            status = search_column(drill, layer, c, rows);
        }
        fw_mark(FW_OTHER);
    }
    return status;
}

int driver_costs(const struct fw_world *world)
{
    struct drill drill = {0};
    uint32_t missed = 0;
    int status = open_drill(&drill, world);
    struct lesson *lesson = &drill.lesson;
    if (status == EFD_OK) {
        fw_mark(FW_PROGRAM);
        status = lesson_program(lesson, &missed);
        fw_mark(FW_OTHER);
    }
    for (uint32_t i = 0; status == EFD_OK && i < drill.samples; i++) {
        const int16_t *codes = lesson->codes + (size_t)i * lesson->dev.inputs;
        uint32_t label = 0;
        fw_mark(FW_INFER);
        status = efd_infer(&lesson->dev, &label, codes, lesson->dev.inputs);
        fw_mark(FW_LEARN);
        if (status == EFD_OK) {
            status = efd_learn(&lesson->dev, &label, codes, lesson->dev.inputs,
                               lesson->labels[i]);
        }
        fw_mark(FW_OTHER);
    }
    if (status == EFD_OK && drill.settings != NULL) {
        status = search_layers(&drill);
    }
    fw_say(world->report, missed);
    return status;
}
