// Commands of the chip step by step (SPEC 11.3), for whoever has to stop in between: a
// bus on which time goes by. Beside edgeferro.h, whose rules hold here too.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_JOB_H
#define EF_JOB_H

#include "edgeferro.h"

// <cdef>
enum ef_job_kind {
    EF_JOB_NONE = 0,
    EF_JOB_INFER = 1,
    EF_JOB_LEARN = 2,
    EF_JOB_LEARN_TARGETS = 3,
    EF_JOB_PROGRAM = 4,
    EF_JOB_READ = 5,
    EF_JOB_CALIBRATE = 6,
    EF_JOB_TRIM = 7,
    EF_JOB_UPDATE = 8
};

struct ef_job {     // a command between its steps; plain data, which may be copied
    uint32_t kind;  // enum ef_job_kind
    uint32_t over;  // 1: no step is left
    uint32_t stage; // what comes next, by kind
    uint32_t part;  // of an update: what comes next of the layer's
    uint32_t layer;
    uint32_t plane;
    uint32_t column;
    uint32_t turn; // row of an update, reading of a calibration, bit of a trim
    uint32_t left; // rows that are still programmed
    uint32_t side;
    uint32_t reads;
    uint32_t code;
    uint32_t pulse_class; // these and those below: struct ef_calibration
    uint32_t quads;
    uint32_t windows;
    uint32_t tolerance;
    uint32_t probe;
    uint32_t mantissa;
    uint32_t shift;
    uint32_t limit;
    uint32_t missed; // what came of it
    uint32_t ends;
    int32_t label;
    int32_t predicted;
    int32_t exponent;
    int32_t sums[EF_LINES_MAX];    // readings, by row
    int16_t codes[EF_LINES_MAX];   // inputs
    int16_t targets[EF_LINES_MAX]; // or error codes, or trims that are looked for
    uint8_t pending[EF_LINES_MAX]; // rows that take part
};

// Beginning a job checks what the whole call checks, and changes the job alone; each
// step changes the chip; the end settles the cycle counter and counts a learning step.
// A job that ends before it is over is one that was cut. All steps and the end do what
// the whole call does.
int ef_job_infer(struct ef_job *job, const struct ef_chip *chip, const int16_t *inputs);
int ef_job_learn(struct ef_job *job, const struct ef_chip *chip, const int16_t *inputs,
                 int32_t label);
int ef_job_learn_targets(struct ef_job *job, const struct ef_chip *chip,
                         const int16_t *inputs, const int16_t *targets);
int ef_job_program(struct ef_job *job, const struct ef_chip *chip, uint32_t layer,
                   uint32_t plane, uint32_t column, const int16_t *targets);
int ef_job_read(struct ef_job *job, const struct ef_chip *chip, uint32_t layer,
                uint32_t plane, uint32_t column, uint32_t reads);
// Chooses the rows that take part, and clears the window of their points.
int ef_job_calibrate(struct ef_job *job, const struct ef_chip *chip,
                     struct ef_point *points, uint32_t layer, uint32_t plane,
                     uint32_t column, const struct ef_calibration *how);
int ef_job_trim(struct ef_job *job, const struct ef_chip *chip, uint32_t layer,
                uint32_t side, uint32_t reads, uint32_t code);
// Codes and exponent stand in the layer's registers from here on.
int ef_job_update(struct ef_job *job, struct ef_chip *chip, uint32_t layer,
                  const int16_t *inputs, const int16_t *errors, int32_t exponent);
// The next step; nothing where the job is over. Points are those of its beginning, null
// but for calibration; the trace may be null. TRACE: no room for the step's pulses.
int ef_job_step(struct ef_chip *chip, struct ef_job *job, struct ef_point *points,
                struct ef_trace *trace);
int ef_job_end(struct ef_chip *chip, struct ef_job *job);
// Whether a job, or a point of calibration, could be of this chip: SNAPSHOT where going
// on with it could reach outside of anything.
int ef_job_check(const struct ef_chip *chip, const struct ef_job *job);
// The same of the chip as other descriptors would tell it; errors of ef_reconfigure.
int ef_job_check_told(const struct ef_chip *chip, struct ef_fault *fault,
                      const struct ef_config *config, const struct ef_job *job);
int ef_point_check(const struct ef_point *point);
// </cdef>

#endif
