// Commands step by step (SPEC 11.3): what each kind begins with, and which of the
// chip's parts its steps are. Whole commands are made of the same parts.
// SPDX-License-Identifier: Apache-2.0
#include "calibrate.h"
#include "command.h"
#include "convert.h"
#include "learn.h"
#include "program.h"
#include "stages.h"
#include "trim.h"
#include "update.h"

static void begin(struct ef_job *job, enum ef_job_kind kind)
{
    *job = (struct ef_job){.kind = (uint32_t)kind};
}

// ---- inference, learning, update

static int begin_sample(struct ef_job *job, const struct ef_chip *chip,
                        enum ef_job_kind kind, const int16_t *inputs)
{
    begin(job, kind);
    ef_copy_codes(job->codes, inputs, chip->layers[0].inputs);
    return EF_OK;
}

int ef_job_infer(struct ef_job *job, const struct ef_chip *chip, const int16_t *inputs)
{
    if (job == NULL || chip == NULL || inputs == NULL) {
        return EF_ERROR_NULL;
    }
    return begin_sample(job, chip, EF_JOB_INFER, inputs);
}

int ef_job_learn(struct ef_job *job, const struct ef_chip *chip, const int16_t *inputs,
                 int32_t label)
{
    if (job == NULL || chip == NULL || inputs == NULL) {
        return EF_ERROR_NULL;
    }
    if (label < 0 || (uint32_t)label >= ef_classes_of(chip)) {
        return EF_ERROR_RANGE;
    }
    const int status = begin_sample(job, chip, EF_JOB_LEARN, inputs);
    job->label = label;
    return status;
}

int ef_job_learn_targets(struct ef_job *job, const struct ef_chip *chip,
                         const int16_t *inputs, const int16_t *targets)
{
    if (job == NULL || chip == NULL || inputs == NULL || targets == NULL) {
        return EF_ERROR_NULL;
    }
    if (chip->settings.error_kind != EF_OUTPUT_ERROR_SQUARED) {
        return EF_ERROR_INDEX;
    }
    if (!ef_codes_inside(targets, ef_classes_of(chip), ef_activation_range(chip))) {
        return EF_ERROR_RANGE;
    }
    const int status = begin_sample(job, chip, EF_JOB_LEARN_TARGETS, inputs);
    ef_copy_codes(job->targets, targets, ef_classes_of(chip));
    return status;
}

static void begin_layer(struct ef_chip *chip, struct ef_job *job, uint32_t layer)
{
    const struct ef_update at = ef_update_begin(chip, &chip->layers[layer]);
    job->layer = layer;
    job->part = at.stage;
    job->turn = at.row;
}

// Passes over what has no step: layers without errors, and without an update.
static void settle_learning(struct ef_chip *chip, struct ef_job *job)
{
    const uint32_t layers = chip->settings.layer_count;
    if (job->stage == EF_STAGE_FORWARD && job->layer == layers) {
        job->stage = EF_STAGE_ERROR;
        job->over = job->kind == EF_JOB_INFER ? 1u : 0u;
    }
    while (job->stage == EF_STAGE_BACK && job->layer > 0u &&
           !ef_has_errors(chip, job->layer)) {
        job->layer -= 1u;
        ef_pass_errors(chip, job->layer); // which are none
    }
    if (job->stage == EF_STAGE_BACK && job->layer == 0u) {
        job->stage = EF_STAGE_UPDATE;
        begin_layer(chip, job, 0);
    }
    while (job->stage == EF_STAGE_UPDATE && job->over == 0u &&
           job->part == EF_UPDATE_DONE) {
        if (job->kind == EF_JOB_UPDATE || job->layer + 1u == layers) {
            job->over = 1;
        } else {
            begin_layer(chip, job, job->layer + 1u);
        }
    }
}

int ef_job_update(struct ef_job *job, struct ef_chip *chip, uint32_t layer,
                  const int16_t *inputs, const int16_t *errors, int32_t exponent)
{
    if (job == NULL) {
        return EF_ERROR_NULL;
    }
    const int status = ef_load_update(chip, layer, inputs, errors, exponent);
    if (status != EF_OK) {
        return status;
    }
    begin(job, EF_JOB_UPDATE);
    job->stage = EF_STAGE_UPDATE;
    begin_layer(chip, job, layer);
    settle_learning(chip, job);
    return EF_OK;
}

static void step_forward(struct ef_chip *chip, struct ef_job *job)
{
    if (job->layer == 0u) {
        ef_take_inputs(chip, job->codes);
    }
    job->predicted = ef_forward_layer(chip, job->layer);
    job->layer += 1u;
}

static void step_learning(struct ef_chip *chip, struct ef_job *job,
                          struct ef_trace *trace)
{
    switch (job->stage) {
    case EF_STAGE_FORWARD:
        step_forward(chip, job);
        break;
    case EF_STAGE_ERROR: {
        const bool targets = job->kind == EF_JOB_LEARN_TARGETS;
        ef_output_error(chip, (struct ef_wanted){targets ? job->targets : NULL,
                                                 targets ? -1 : job->label});
        job->stage = EF_STAGE_BACK;
        job->layer = chip->settings.layer_count - 1u;
        break;
    }
    case EF_STAGE_BACK:
        job->layer -= 1u;
        ef_pass_errors(chip, job->layer);
        break;
    default: { // EF_STAGE_UPDATE
        struct ef_layer *layer = &chip->layers[job->layer];
        struct ef_update at = {job->part, job->turn};
        at = ef_update_step(chip, layer, trace, at, 1);
        at = ef_update_settle(chip, layer, at);
        job->part = at.stage;
        job->turn = at.row;
        break;
    }
    }
    settle_learning(chip, job);
}

// ---- columns and converters

static void begin_column(struct ef_job *job, enum ef_job_kind kind, uint32_t layer,
                         uint32_t plane, uint32_t column)
{
    begin(job, kind);
    job->layer = layer;
    job->plane = plane;
    job->column = column;
}

int ef_job_program(struct ef_job *job, const struct ef_chip *chip, uint32_t layer,
                   uint32_t plane, uint32_t column, const int16_t *targets)
{
    if (job == NULL || chip == NULL || targets == NULL) {
        return EF_ERROR_NULL;
    }
    if (!ef_has_column(chip, layer, plane, column)) {
        return EF_ERROR_INDEX;
    }
    begin_column(job, EF_JOB_PROGRAM, layer, plane, column);
    job->left = chip->layers[layer].rows;
    ef_copy_codes(job->targets, targets, job->left);
    for (uint32_t r = 0; r < job->left; r++) {
        job->pending[r] = 1u;
    }
    return EF_OK;
}

static void step_program(struct ef_chip *chip, struct ef_job *job,
                         struct ef_trace *trace)
{
    struct ef_layer *layer = &chip->layers[job->layer];
    const struct ef_programming at = {job->plane, job->column, job->targets,
                                      job->pending, job->sums};
    if (job->stage == EF_STAGE_PULSE) {
        ef_program_pulse(chip, trace, layer, &at);
        job->turn += 1u;
        job->stage = EF_STAGE_READ;
        return;
    }
    job->left = ef_program_read(chip, layer, &at);
    job->stage = EF_STAGE_PULSE;
    if (job->left == 0u || job->turn >= chip->settings.program_iterations) {
        job->over = 1;
        job->missed = job->left;
    }
}

int ef_job_read(struct ef_job *job, const struct ef_chip *chip, uint32_t layer,
                uint32_t plane, uint32_t column, uint32_t reads)
{
    if (job == NULL || chip == NULL) {
        return EF_ERROR_NULL;
    }
    if (!ef_has_column(chip, layer, plane, column)) {
        return EF_ERROR_INDEX;
    }
    if (reads < 1u || reads > 64u) {
        return EF_ERROR_RANGE;
    }
    begin_column(job, EF_JOB_READ, layer, plane, column);
    job->reads = reads;
    return EF_OK;
}

static void step_read(struct ef_chip *chip, struct ef_job *job)
{
    ef_read_all(chip, job->sums, &chip->layers[job->layer], job->plane, job->column,
                job->reads);
    job->over = 1;
}

int ef_job_calibrate(struct ef_job *job, const struct ef_chip *chip,
                     struct ef_point *points, uint32_t layer, uint32_t plane,
                     uint32_t column, const struct ef_calibration *how)
{
    if (job == NULL || chip == NULL || points == NULL || how == NULL) {
        return EF_ERROR_NULL;
    }
    if (!ef_has_column(chip, layer, plane, column)) {
        return EF_ERROR_INDEX;
    }
    const struct ef_layer *found = &chip->layers[layer];
    if (!ef_calibration_inside(chip, how) || !ef_points_inside(points, found->rows)) {
        return EF_ERROR_RANGE;
    }
    begin_column(job, EF_JOB_CALIBRATE, layer, plane, column);
    job->pulse_class = how->pulse_class;
    job->reads = how->reads;
    job->quads = how->quads;
    job->windows = how->windows;
    job->tolerance = how->tolerance;
    job->probe = how->probe;
    job->mantissa = how->mantissa;
    job->shift = how->shift;
    job->limit = how->limit;
    job->stage = ef_calibrate_begin(found, points, job->pending);
    job->over = job->stage == EF_CALIBRATE_DONE ? 1u : 0u;
    return EF_OK;
}

static void step_calibrate(struct ef_chip *chip, struct ef_job *job,
                           struct ef_point *points, struct ef_trace *trace)
{
    const struct ef_calibration how = ef_how_of(job);
    struct ef_calibrating at = {job->plane, job->column, job->stage,   job->turn,
                                &how,       points,      job->pending, job->sums};
    ef_calibrate_step(chip, trace, &chip->layers[job->layer], &at);
    job->stage = at.stage;
    job->turn = at.turn;
    job->over = at.stage == EF_CALIBRATE_DONE ? 1u : 0u;
}

int ef_job_trim(struct ef_job *job, const struct ef_chip *chip, uint32_t layer,
                uint32_t side, uint32_t reads, uint32_t code)
{
    if (job == NULL || chip == NULL) {
        return EF_ERROR_NULL;
    }
    if (layer >= chip->settings.layer_count || side > EF_SIDE_INPUTS) {
        return EF_ERROR_INDEX;
    }
    if (!ef_can_trim(chip, &chip->layers[layer], side, reads, code)) {
        return EF_ERROR_RANGE;
    }
    begin(job, EF_JOB_TRIM);
    job->layer = layer;
    job->side = side;
    job->reads = reads;
    job->code = code;
    job->stage = ef_trim_begin(chip);
    return EF_OK;
}

static void step_trim(struct ef_chip *chip, struct ef_job *job)
{
    struct ef_trimming at = {job->side, job->reads, job->code,   job->stage,
                             job->turn, job->ends,  job->targets};
    ef_trim_step(chip, &chip->layers[job->layer], &at);
    job->stage = at.stage;
    job->turn = at.turn;
    job->ends = at.ends;
    job->over = at.stage == EF_TRIM_DONE ? 1u : 0u;
}

// ---- any

// Pulses that a step can leave in a trace.
static uint64_t entries_of(const struct ef_chip *chip, const struct ef_job *job)
{
    const struct ef_layer *layer = &chip->layers[job->layer % EF_LAYERS_MAX];
    switch (job->kind) {
    case EF_JOB_PROGRAM:
    case EF_JOB_CALIBRATE:
        return layer->rows;
    case EF_JOB_LEARN:
    case EF_JOB_LEARN_TARGETS:
    case EF_JOB_UPDATE:
        return job->stage == EF_STAGE_UPDATE
                   ? ef_cell_entries(chip) * (job->part == EF_UPDATE_TRAIN
                                                  ? ef_cells_of(layer)
                                                  : layer->columns)
                   : 0u;
    default:
        return 0;
    }
}

int ef_job_step(struct ef_chip *chip, struct ef_job *job, struct ef_point *points,
                struct ef_trace *trace)
{
    if (chip == NULL || job == NULL ||
        (job->kind == EF_JOB_CALIBRATE && points == NULL)) {
        return EF_ERROR_NULL;
    }
    if (job->over != 0u) {
        return EF_OK;
    }
    if (!ef_has_room(trace, entries_of(chip, job))) {
        return EF_ERROR_TRACE;
    }
    switch (job->kind) {
    case EF_JOB_INFER:
    case EF_JOB_LEARN:
    case EF_JOB_LEARN_TARGETS:
    case EF_JOB_UPDATE:
        step_learning(chip, job, trace);
        break;
    case EF_JOB_PROGRAM:
        step_program(chip, job, trace);
        break;
    case EF_JOB_READ:
        step_read(chip, job);
        break;
    case EF_JOB_CALIBRATE:
        step_calibrate(chip, job, points, trace);
        break;
    case EF_JOB_TRIM:
        step_trim(chip, job);
        break;
    default: // EF_JOB_NONE
        job->over = 1;
        break;
    }
    return EF_OK;
}

int ef_job_end(struct ef_chip *chip, struct ef_job *job)
{
    if (chip == NULL || job == NULL) {
        return EF_ERROR_NULL;
    }
    const bool learned = job->kind == EF_JOB_LEARN || job->kind == EF_JOB_LEARN_TARGETS;
    if (learned && job->over != 0u) {
        chip->tally.updates += 1u;
    }
    job->kind = EF_JOB_NONE;
    return ef_finish(chip);
}
