// The chip's commands: what the public header offers (SPEC 9, 10).
// SPDX-License-Identifier: Apache-2.0
#include "calibrate.h"
#include "command.h"
#include "convert.h"
#include "learn.h"
#include "program.h"
#include "rest.h"
#include "trim.h"
#include "update.h"

static const char *const STATUS_TEXT[] = {
    "ok",
    "a pointer that must not be null is null",
    "a configuration field is out of range",
    "the block is too small or not aligned",
    "a layer, plane, row or column that is not there",
    "a code or label outside its range",
    "the trace buffer can't hold one command",
    "not a snapshot, cut short or damaged",
    "a snapshot of another version",
    "a snapshot of another chip",
    "a pulse has vanished: a bug in the emulator",
};

const char *ef_status_text(int status)
{
    const int count = (int)(sizeof STATUS_TEXT / sizeof STATUS_TEXT[0]);
    return status <= 0 && status > -count ? STATUS_TEXT[-status] : "unknown status";
}

int ef_infer(struct ef_chip *chip, int32_t *predicted, int16_t *codes,
             const int16_t *inputs, uint64_t sample_count)
{
    if (chip == NULL || predicted == NULL || inputs == NULL) {
        return EF_ERROR_NULL;
    }
    const struct ef_layer *output = &chip->layers[chip->settings.layer_count - 1u];
    const uint32_t input_count = chip->layers[0].inputs;
    for (uint64_t i = 0; i < sample_count; i++) {
        ef_take_inputs(chip, inputs + i * input_count);
        predicted[i] = ef_forward_pass(chip);
        if (codes != NULL) {
            ef_copy_codes(codes + i * output->rows, ef_codes(chip, output),
                          output->rows);
        }
    }
    return ef_finish(chip);
}

// What a batch of learning steps works on; one of labels and targets is null.
struct lesson {
    int32_t *predicted; // may be null
    int16_t *codes;     // may be null
    struct ef_trace *trace;
    const int16_t *inputs;
    const int32_t *labels;
    const int16_t *targets;
};

// Sample i: forward pass, errors, updates (SPEC 9.1).
static int learn_one(struct ef_chip *chip, const struct lesson *lesson, uint64_t i)
{
    const struct ef_layer *output = &chip->layers[chip->settings.layer_count - 1u];
    ef_take_inputs(chip, lesson->inputs + i * chip->layers[0].inputs);
    const int32_t found = ef_forward_pass(chip);
    if (lesson->predicted != NULL) {
        lesson->predicted[i] = found;
    }
    if (lesson->codes != NULL) {
        ef_copy_codes(lesson->codes + i * output->rows, ef_codes(chip, output),
                      output->rows);
    }
    struct ef_wanted wanted = {NULL, -1};
    if (lesson->targets != NULL) {
        wanted.targets = lesson->targets + i * output->rows;
    } else {
        wanted.label = lesson->labels[i];
    }
    ef_backward_pass(chip, wanted);
    for (uint32_t l = 0; l < chip->settings.layer_count; l++) {
        ef_update(chip, &chip->layers[l], lesson->trace);
    }
    chip->tally.updates += 1u;
    return ef_finish(chip);
}

// As many steps as the trace has room for; the caller drains it and goes on from *done.
static int learn_all(struct ef_chip *chip, uint64_t *done, const struct lesson *lesson,
                     uint64_t sample_count)
{
    const uint64_t entries = ef_step_entries(chip);
    if (!ef_has_room(lesson->trace, 0) ||
        (lesson->trace != NULL && lesson->trace->capacity < entries)) {
        return EF_ERROR_TRACE;
    }
    *done = 0;
    int status = EF_OK;
    while (*done < sample_count && status == EF_OK &&
           ef_has_room(lesson->trace, entries)) {
        status = learn_one(chip, lesson, *done);
        *done += 1u;
    }
    return status;
}

int ef_learn(struct ef_chip *chip, uint64_t *done, int32_t *predicted,
             struct ef_trace *trace, const int16_t *inputs, const int32_t *labels,
             uint64_t sample_count)
{
    if (chip == NULL || done == NULL || inputs == NULL || labels == NULL) {
        return EF_ERROR_NULL;
    }
    const uint32_t classes = chip->layers[chip->settings.layer_count - 1u].rows;
    for (uint64_t i = 0; i < sample_count; i++) {
        if (labels[i] < 0 || (uint32_t)labels[i] >= classes) {
            return EF_ERROR_RANGE;
        }
    }
    const struct lesson lesson = {
        .predicted = predicted, .trace = trace, .inputs = inputs, .labels = labels};
    return learn_all(chip, done, &lesson, sample_count);
}

int ef_learn_targets(struct ef_chip *chip, uint64_t *done, int16_t *codes,
                     struct ef_trace *trace, const int16_t *inputs,
                     const int16_t *targets, uint64_t sample_count)
{
    if (chip == NULL || done == NULL || inputs == NULL || targets == NULL) {
        return EF_ERROR_NULL;
    }
    if (chip->settings.error_kind != EF_OUTPUT_ERROR_SQUARED) {
        return EF_ERROR_INDEX;
    }
    const uint32_t rows = chip->layers[chip->settings.layer_count - 1u].rows;
    const struct ef_range range = ef_activation_range(chip);
    for (uint64_t i = 0; i < sample_count; i++) {
        if (!ef_codes_inside(targets + i * rows, rows, range)) {
            return EF_ERROR_RANGE;
        }
    }
    const struct lesson lesson = {
        .codes = codes, .trace = trace, .inputs = inputs, .targets = targets};
    return learn_all(chip, done, &lesson, sample_count);
}

int ef_set_rate(struct ef_chip *chip, uint32_t layer, uint8_t mantissa, uint8_t shift)
{
    struct ef_layer *found = chip != NULL ? ef_find_layer(chip, layer) : NULL;
    if (found == NULL) {
        return chip == NULL ? EF_ERROR_NULL : EF_ERROR_INDEX;
    }
    if (mantissa == 0u || shift > 62u) {
        return EF_ERROR_RANGE;
    }
    found->rate_mantissa = mantissa;
    found->rate_shift = shift;
    return EF_OK;
}

int ef_program_column(struct ef_chip *chip, uint32_t *missed, struct ef_trace *trace,
                      uint32_t layer, uint32_t plane, uint32_t column,
                      const int16_t *targets)
{
    if (chip == NULL || missed == NULL || targets == NULL) {
        return EF_ERROR_NULL;
    }
    if (!ef_has_column(chip, layer, plane, column)) {
        return EF_ERROR_INDEX;
    }
    struct ef_layer *found = &chip->layers[layer];
    if (!ef_has_room(trace,
                     (uint64_t)found->rows * chip->settings.program_iterations)) {
        return EF_ERROR_TRACE;
    }
    *missed = ef_program(chip, trace, found, plane, column, targets);
    return ef_finish(chip);
}

int ef_read_column(struct ef_chip *chip, int32_t *sums, uint32_t layer, uint32_t plane,
                   uint32_t column, uint32_t reads)
{
    if (chip == NULL || sums == NULL) {
        return EF_ERROR_NULL;
    }
    if (!ef_has_column(chip, layer, plane, column)) {
        return EF_ERROR_INDEX;
    }
    struct ef_layer *found = &chip->layers[layer];
    if (reads < 1u || reads > 64u) {
        return EF_ERROR_RANGE;
    }
    ef_read_all(chip, sums, found, plane, column, reads);
    return ef_finish(chip);
}

int ef_store_reference(struct ef_chip *chip, uint32_t layer, const int16_t *codes)
{
    if (chip == NULL || codes == NULL) {
        return EF_ERROR_NULL;
    }
    struct ef_layer *found = ef_find_layer(chip, layer);
    if (found == NULL || chip->settings.reference != EF_REFERENCE_STORED) {
        return EF_ERROR_INDEX;
    }
    int16_t *stored = (int16_t *)ef_at(chip, found->stored);
    for (uint32_t r = 0; r < found->rows; r++) {
        ef_copy_codes(stored + (uint64_t)r * found->stride,
                      codes + (uint64_t)r * found->columns, found->columns);
    }
    ef_count(chip, EF_PHASE_PROGRAM, EF_EVENT_SRAM_WRITE, 2u * ef_cells_of(found));
    return EF_OK;
}

int ef_store_reference_column(struct ef_chip *chip, uint32_t layer, uint32_t column,
                              const int16_t *codes)
{
    if (chip == NULL || codes == NULL) {
        return EF_ERROR_NULL;
    }
    struct ef_layer *found = ef_find_layer(chip, layer);
    if (found == NULL || chip->settings.reference != EF_REFERENCE_STORED ||
        column >= found->columns) {
        return EF_ERROR_INDEX;
    }
    int16_t *stored = (int16_t *)ef_at(chip, found->stored);
    for (uint32_t r = 0; r < found->rows; r++) {
        stored[(uint64_t)r * found->stride + column] = codes[r];
    }
    ef_count(chip, EF_PHASE_PROGRAM, EF_EVENT_SRAM_WRITE, 2u * (uint64_t)found->rows);
    return EF_OK;
}

int ef_store_offset(struct ef_chip *chip, uint32_t layer, const int16_t *codes)
{
    if (chip == NULL || codes == NULL) {
        return EF_ERROR_NULL;
    }
    struct ef_layer *found = ef_find_layer(chip, layer);
    if (found == NULL || chip->settings.reference != EF_REFERENCE_OFFSET) {
        return EF_ERROR_INDEX;
    }
    ef_copy_codes((int16_t *)ef_at(chip, found->stored), codes, found->columns);
    ef_count(chip, EF_PHASE_PROGRAM, EF_EVENT_SRAM_WRITE, 2u * found->columns);
    return EF_OK;
}

int ef_calibrate_column(struct ef_chip *chip, struct ef_point *points,
                        struct ef_trace *trace, uint32_t layer, uint32_t plane,
                        uint32_t column, const struct ef_calibration *how)
{
    if (chip == NULL || points == NULL || how == NULL) {
        return EF_ERROR_NULL;
    }
    if (!ef_has_column(chip, layer, plane, column)) {
        return EF_ERROR_INDEX;
    }
    struct ef_layer *found = &chip->layers[layer];
    if (!ef_calibration_inside(chip, how) || !ef_points_inside(points, found->rows)) {
        return EF_ERROR_RANGE;
    }
    if (!ef_has_room(trace, (uint64_t)found->rows * (4u * how->quads + 4u))) {
        return EF_ERROR_TRACE;
    }
    ef_calibrate(chip, points, trace, found, plane, column, how);
    return ef_finish(chip);
}

int ef_trim(struct ef_chip *chip, uint32_t *ends, uint32_t layer, uint32_t side,
            uint32_t reads, uint32_t code)
{
    if (chip == NULL || ends == NULL) {
        return EF_ERROR_NULL;
    }
    struct ef_layer *found = ef_find_layer(chip, layer);
    if (found == NULL || side > EF_SIDE_INPUTS) {
        return EF_ERROR_INDEX;
    }
    if (!ef_can_trim(chip, found, side, reads, code)) {
        return EF_ERROR_RANGE;
    }
    *ends = ef_trim_side(chip, found, side, reads, code);
    return ef_finish(chip);
}

int ef_rest(struct ef_chip *chip, uint32_t seconds)
{
    if (chip == NULL) {
        return EF_ERROR_NULL;
    }
    if (seconds == 0u) {
        return EF_ERROR_RANGE;
    }
    ef_age(chip, seconds);
    return ef_finish(chip);
}

int ef_array_forward(struct ef_chip *chip, int16_t *codes, uint32_t layer,
                     const int16_t *inputs)
{
    if (chip == NULL || codes == NULL || inputs == NULL) {
        return EF_ERROR_NULL;
    }
    struct ef_layer *found = ef_find_layer(chip, layer);
    if (found == NULL) {
        return EF_ERROR_INDEX;
    }
    if (!ef_codes_inside(inputs, found->columns, (struct ef_range){-511, 511})) {
        return EF_ERROR_RANGE;
    }
    ef_copy_codes(ef_inputs(chip, found), inputs, found->columns);
    ef_read_forward(chip, found, EF_PHASE_INFER);
    ef_copy_codes(codes, ef_codes(chip, found), found->rows);
    return ef_finish(chip);
}

int ef_array_backward(struct ef_chip *chip, int16_t *codes, uint32_t layer,
                      const int16_t *errors)
{
    if (chip == NULL || codes == NULL || errors == NULL) {
        return EF_ERROR_NULL;
    }
    struct ef_layer *found = ef_find_layer(chip, layer);
    if (found == NULL) {
        return EF_ERROR_INDEX;
    }
    if (!ef_codes_inside(errors, found->rows, ef_site_range(chip, EF_SITE_ERROR))) {
        return EF_ERROR_RANGE;
    }
    ef_copy_codes(ef_errors(chip, found), errors, found->rows);
    ef_read_backward(chip, codes, found, EF_PHASE_BACKWARD);
    return ef_finish(chip);
}

int ef_array_pulse(struct ef_chip *chip, struct ef_trace *trace, uint32_t layer,
                   uint32_t plane, uint32_t pulse_class, const int8_t *counts)
{
    if (chip == NULL || counts == NULL) {
        return EF_ERROR_NULL;
    }
    struct ef_layer *found = ef_find_layer(chip, layer);
    if (found == NULL || !ef_has_plane(chip, plane) ||
        pulse_class >= chip->settings.class_count) {
        return EF_ERROR_INDEX;
    }
    for (uint64_t i = 0; i < ef_cells_of(found); i++) {
        if (counts[i] == INT8_MIN) {
            return EF_ERROR_RANGE;
        }
    }
    if (!ef_has_room(trace, ef_cells_of(found))) {
        return EF_ERROR_TRACE;
    }
    ef_pulse_array(chip, trace, found, plane, pulse_class, counts);
    return ef_finish(chip);
}
