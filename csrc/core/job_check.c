// Whether a command between its steps, from a file, could be one of a chip (SPEC 20.3):
// what its steps index, loop over or count up to is in range.
// SPDX-License-Identifier: Apache-2.0
#include "calibrate.h"
#include "command.h"
#include "convert.h"
#include "fixed.h"
#include "reconfigure.h"
#include "stages.h"
#include "trim.h"
#include "update.h"

#define QUAD_READINGS 4u // as of a rail test, of which the last is none
#define TRIM_BITS 8u
#define WINDOW_MAX ((int32_t)1 << 29) // codes of a window, as of all measured ones

// A part of an update that the layer's rule has.
static bool update_fits(const struct ef_chip *chip, const struct ef_job *job)
{
    const struct ef_layer *layer = &chip->layers[job->layer];
    const bool counted = layer->rule == EF_RULE_SGD_COUNTED;
    const bool mixed = layer->rule == EF_RULE_MIXED_PRECISION;
    const bool sweeps = mixed && chip->settings.transfer_every > 1u;
    switch (job->part) {
    case EF_UPDATE_PRODUCTS:
        return counted || mixed;
    case EF_UPDATE_ROWS:
        return (counted || (mixed && !sweeps)) && job->turn < layer->rows;
    case EF_UPDATE_SWEEP:
        return sweeps;
    case EF_UPDATE_TRANSFER:
        return sweeps && job->turn < layer->rows;
    case EF_UPDATE_TRAIN:
        return layer->rule == EF_RULE_SGD_STOCHASTIC;
    default: // EF_UPDATE_DONE is no step
        return false;
    }
}

static bool learning_stage_fits(const struct ef_chip *chip, const struct ef_job *job)
{
    if (job->layer >= chip->settings.layer_count) {
        return job->stage == EF_STAGE_ERROR && job->kind != EF_JOB_INFER &&
               job->kind != EF_JOB_UPDATE;
    }
    switch (job->stage) {
    case EF_STAGE_FORWARD:
        return job->kind != EF_JOB_UPDATE;
    case EF_STAGE_BACK:
        return job->layer > 0u && job->kind != EF_JOB_INFER &&
               job->kind != EF_JOB_UPDATE;
    case EF_STAGE_UPDATE:
        return job->kind != EF_JOB_INFER && update_fits(chip, job);
    default: // errors of the last layer come with a layer behind it
        return false;
    }
}

static bool wanted_fits(const struct ef_chip *chip, const struct ef_job *job)
{
    const uint32_t classes = ef_classes_of(chip);
    if (job->kind != EF_JOB_LEARN_TARGETS) {
        return job->label >= 0 && (uint32_t)job->label < classes;
    }
    return chip->settings.error_kind == EF_OUTPUT_ERROR_SQUARED &&
           ef_codes_inside(job->targets, classes, ef_activation_range(chip));
}

static bool program_fits(const struct ef_chip *chip, const struct ef_job *job)
{
    const uint32_t iterations = chip->settings.program_iterations;
    return (job->stage == EF_STAGE_READ && job->turn <= iterations) ||
           (job->stage == EF_STAGE_PULSE && job->turn < iterations);
}

static bool calibration_fits(const struct ef_chip *chip, const struct ef_job *job)
{
    const struct ef_calibration how = ef_how_of(job);
    const uint32_t readings = QUAD_READINGS * how.quads;
    const uint32_t stage = job->stage;
    if ((job->pulse_class | job->reads | job->quads | job->windows | job->tolerance |
         job->probe | job->mantissa | job->shift) > UINT8_MAX ||
        !ef_calibration_inside(chip, &how)) {
        return false;
    }
    switch (stage) {
    case EF_CALIBRATE_READ:
    case EF_CALIBRATE_PULSE:
        return job->turn < readings;
    case EF_CALIBRATE_WINDOW:
        return job->turn == readings;
    case EF_CALIBRATE_PROBE_READ:
    case EF_CALIBRATE_PROBE_PULSE:
        return job->turn < QUAD_READINGS - 1u;
    case EF_CALIBRATE_PROBE_END:
        return job->turn == QUAD_READINGS - 1u;
    default:
        return false;
    }
}

static bool trim_fits(const struct ef_chip *chip, const struct ef_job *job)
{
    const struct ef_layer *layer = &chip->layers[job->layer];
    const uint32_t lines = job->side == EF_SIDE_INPUTS ? layer->inputs : layer->rows;
    // The bits that are still to come stay within a trim.
    const struct ef_range range = {INT8_MIN,
                                   INT8_MAX + 1 - (2 * 128 >> (job->turn % TRIM_BITS))};
    const bool offset = chip->settings.trim_offset != 0u;
    const bool gain = chip->settings.trim_gain != 0u;
    return ef_can_trim(chip, layer, job->side, job->reads, job->code) &&
           ((job->stage == EF_TRIM_OFFSET && offset) ||
            (job->stage == EF_TRIM_GAIN && gain) || job->stage == EF_TRIM_END) &&
           job->turn < TRIM_BITS &&
           (job->turn == 0u || ef_codes_inside(job->targets, lines, range));
}

// Of a job that has a step left.
static bool steps_fit(const struct ef_chip *chip, const struct ef_job *job)
{
    switch (job->kind) {
    case EF_JOB_INFER:
    case EF_JOB_LEARN:
    case EF_JOB_LEARN_TARGETS:
    case EF_JOB_UPDATE:
        return learning_stage_fits(chip, job) && wanted_fits(chip, job);
    case EF_JOB_PROGRAM:
        return program_fits(chip, job);
    case EF_JOB_READ:
        return job->reads >= 1u && job->reads <= 64u;
    case EF_JOB_CALIBRATE:
        return calibration_fits(chip, job);
    case EF_JOB_TRIM:
        return trim_fits(chip, job);
    default: // EF_JOB_NONE
        return true;
    }
}

static bool place_fits(const struct ef_chip *chip, const struct ef_job *job)
{
    switch (job->kind) {
    case EF_JOB_PROGRAM:
    case EF_JOB_READ:
    case EF_JOB_CALIBRATE:
        return ef_has_column(chip, job->layer, job->plane, job->column);
    case EF_JOB_TRIM:
        return job->layer < chip->settings.layer_count && job->side <= EF_SIDE_INPUTS;
    default:
        return job->kind <= EF_JOB_UPDATE && job->layer <= chip->settings.layer_count;
    }
}

int ef_job_check(const struct ef_chip *chip, const struct ef_job *job)
{
    if (chip == NULL || job == NULL) {
        return EF_ERROR_NULL;
    }
    return job->over <= 1u && place_fits(chip, job) &&
                   (job->over != 0u || steps_fit(chip, job))
               ? EF_OK
               : EF_ERROR_SNAPSHOT;
}

int ef_point_check(const struct ef_point *point)
{
    const struct ef_range range = {-WINDOW_MAX, WINDOW_MAX};
    if (point == NULL) {
        return EF_ERROR_NULL;
    }
    bool fits = ef_point_inside(point);
    for (uint32_t place = 0; place < 4u; place++) {
        fits = fits && ef_inside(point->window[place], range);
    }
    return fits ? EF_OK : EF_ERROR_SNAPSHOT;
}

int ef_job_check_told(const struct ef_chip *chip, struct ef_fault *fault,
                      const struct ef_config *config, const struct ef_job *job)
{
    if (chip == NULL || fault == NULL || config == NULL || job == NULL) {
        return EF_ERROR_NULL;
    }
    const int status = ef_would_take(fault, chip, config);
    if (status != EF_OK) {
        return status;
    }
    struct ef_chip told = *chip; // its head, without an array
    ef_tell(&told, config);
    return ef_job_check(&told, job);
}
