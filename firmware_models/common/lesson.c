// SPDX-License-Identifier: Apache-2.0
#include "lesson.h"

#include "ef_features.h"

#define INPUTS_MAX 512u
#define ROWS_MAX 512u
#define TRIM_WORDS 2u // reads, code

static bool indices_fit(const uint16_t *at, uint32_t count, uint32_t samples)
{
    for (uint32_t i = 0; i < count; i++) {
        if (at[i] >= samples) {
            return false;
        }
    }
    return true;
}

// Whether a section holds so many items of a size.
static bool holds(const struct fw_world *world, const char *tag, uint64_t count,
                  uint32_t size)
{
    uint32_t bytes = 0;
    return fw_section(world, tag, &bytes) != NULL && bytes / size >= count;
}

// Whether every sample lies within what the blob brought.
static bool samples_fit(const struct lesson *lesson, const struct fw_world *world)
{
    const uint32_t inputs = lesson->dev.inputs;
    if (lesson->codes != NULL) {
        return holds(world, "CODE", (uint64_t)lesson->samples * inputs, 2);
    }
    const uint64_t groups = lesson->pools != 0u ? lesson->pools : EF_FEATURES_GROUPS;
    bool fits = lesson->window >= EF_FEATURES_SAMPLES_MIN || lesson->pools != 0u;
    fits = fits && lesson->window >= 1u && lesson->window <= EF_FEATURES_SAMPLES_MAX;
    fits = fits && lesson->channels >= 1u && lesson->pools <= lesson->window;
    fits = fits && groups * lesson->channels == inputs;
    fits = fits && holds(world, "WIND", lesson->samples, 4);
    fits = fits && holds(world, "MEAN", inputs, 2) && holds(world, "MANT", inputs, 2);
    fits = fits && holds(world, "SHFT", inputs, 1);
    for (uint32_t i = 0; fits && i < lesson->samples; i++) {
        const uint64_t end = (uint64_t)lesson->windows[i] + lesson->window;
        fits = holds(world, "RAW_", end * lesson->channels, 2);
    }
    return fits;
}

int lesson_start(struct lesson *lesson)
{
    fw_attend(&lesson->dev);
    const int status = efd_open(&lesson->dev, fw_base(), fw_port());
    return status == EFD_OK && lesson->polls ? efd_poll(&lesson->dev, true) : status;
}

int lesson_open(struct lesson *lesson, const struct fw_world *world)
{
    uint32_t size = 0;
    uint32_t label_bytes = 0;
    const uint32_t *parameters = fw_section(world, "PARM", &size);
    if (parameters == NULL || size < 4u * LESSON_PARAMETERS) {
        return FW_DATA;
    }
    lesson->world = world;
    lesson->calibrates = fw_section(world, "CALB", &size) != NULL;
    lesson->polls = parameters[0] == 1u;
    lesson->window = parameters[1];
    lesson->channels = parameters[2];
    lesson->passes = parameters[3];
    lesson->code_bits = parameters[4];
    lesson->targets = fw_section(world, "TARG", &size);
    lesson->target_count = size / 2u;
    lesson->trim = fw_section(world, "TRIM", &size);
    if (lesson->trim != NULL && size < 4u * TRIM_WORDS) {
        return FW_DATA;
    }
    lesson->codes = fw_section(world, "CODE", &size);
    lesson->raw = fw_section(world, "RAW_", &size);
    lesson->windows = fw_section(world, "WIND", &size);
    lesson->mean = fw_section(world, "MEAN", &size);
    lesson->mantissa = fw_section(world, "MANT", &size);
    lesson->shift = fw_section(world, "SHFT", &size);
    const uint32_t *pools = fw_section(world, "POOL", &size);
    lesson->pools = pools == NULL ? 0u : pools[0];
    lesson->labels = fw_section(world, "LABL", &label_bytes);
    lesson->samples = label_bytes;
    lesson->tests = fw_section(world, "TEST", &size);
    lesson->test_count = lesson->tests == NULL ? 0u : size / 2u;
    lesson->order = fw_section(world, "ORDR", &size);
    lesson->order_count = lesson->order == NULL ? 0u : size / 2u;
    if (lesson->targets == NULL || lesson->labels == NULL || lesson->samples == 0u ||
        !indices_fit(lesson->tests, lesson->test_count, lesson->samples) ||
        !indices_fit(lesson->order, lesson->order_count, lesson->samples)) {
        return FW_DATA;
    }
    const int status = lesson_start(lesson);
    if (status != EFD_OK) {
        return status;
    }
    return lesson->dev.inputs <= INPUTS_MAX && samples_fit(lesson, world) ? EFD_OK
                                                                          : FW_DATA;
}

// Means of equal stretches of each channel, to nearest, ties away from zero.
static void pool(const struct lesson *lesson, int16_t *out, const int16_t *from)
{
    const uint32_t size = lesson->window / lesson->pools;
    for (uint32_t p = 0; p < lesson->pools; p++) {
        for (uint32_t c = 0; c < lesson->channels; c++) {
            int32_t sum = 0;
            for (uint32_t i = 0; i < size; i++) {
                sum += from[(p * size + i) * lesson->channels + c];
            }
            const int32_t twice = (int32_t)(2u * size);
            const int32_t half = (int32_t)size;
            out[p * lesson->channels + c] =
                (int16_t)(sum >= 0 ? (2 * sum + half) / twice
                                   : -((-2 * sum + half) / twice));
        }
    }
}

static int features_of(const struct lesson *lesson, int16_t *features,
                       const int16_t *from)
{
    if (lesson->pools == 0u) {
        return ef_features_window(features, from, lesson->window, lesson->channels);
    }
    pool(lesson, features, from);
    return 0;
}

int lesson_codes(const struct lesson *lesson, int16_t *codes, uint32_t sample)
{
    const uint32_t count = lesson->dev.inputs;
    if (sample >= lesson->samples) {
        return FW_DATA;
    }
    if (lesson->codes != NULL) {
        for (uint32_t i = 0; i < count; i++) {
            codes[i] = lesson->codes[sample * count + i];
        }
        return EFD_OK;
    }
    int16_t features[INPUTS_MAX];
    const int16_t *from =
        lesson->raw + (size_t)lesson->windows[sample] * lesson->channels;
    if (features_of(lesson, features, from) != 0 ||
        ef_features_normalise(codes, features, lesson->mean, lesson->mantissa,
                              lesson->shift, count, lesson->code_bits) != 0) {
        return FW_DATA;
    }
    return EFD_OK;
}

int lesson_test(struct lesson *lesson, struct fw_report *report)
{
    uint32_t right = 0;
    for (uint32_t i = 0; i < lesson->test_count; i++) {
        int16_t codes[INPUTS_MAX];
        uint32_t found = 0;
        int status = lesson_codes(lesson, codes, lesson->tests[i]);
        if (status == EFD_OK) {
            status = efd_infer(&lesson->dev, &found, codes, lesson->dev.inputs);
        }
        if (status != EFD_OK) {
            return status;
        }
        right += found == lesson->labels[lesson->tests[i]] ? 1u : 0u;
    }
    fw_tested(report, right, lesson->test_count);
    return EFD_OK;
}

int lesson_learn(struct lesson *lesson, uint32_t sample, uint32_t *found)
{
    int16_t codes[INPUTS_MAX];
    const int status = lesson_codes(lesson, codes, sample);
    return status != EFD_OK ? status
                            : efd_learn(&lesson->dev, found, codes, lesson->dev.inputs,
                                        lesson->labels[sample]);
}
