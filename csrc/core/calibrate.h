// Looking for symmetry points with pulses and reads (SPEC 16).
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_CALIBRATE_H
#define EF_CALIBRATE_H

#include "ef_job.h"
#include "program.h"

// One window of one column: every row that is pending takes part.
void ef_calibrate(struct ef_chip *chip, struct ef_point *points, struct ef_trace *trace,
                  struct ef_layer *layer, uint32_t plane, uint32_t column,
                  const struct ef_calibration *how);

enum ef_calibrate_stage { // what comes next
    EF_CALIBRATE_DONE = 0,
    EF_CALIBRATE_READ = 1,
    EF_CALIBRATE_PULSE = 2,
    EF_CALIBRATE_WINDOW = 3, // its end
    EF_CALIBRATE_PROBE_READ = 4,
    EF_CALIBRATE_PROBE_PULSE = 5,
    EF_CALIBRATE_PROBE_END = 6
};

// A column under calibration, between its steps (SPEC 11.3).
struct ef_calibrating {
    uint32_t plane;
    uint32_t column;
    uint32_t stage;
    uint32_t turn; // readings of the window, or of the rail test, that are over
    const struct ef_calibration *how;
    struct ef_point *points;
    uint8_t *pending; // by row
    int32_t *sums;    // by row
};

// Chooses the rows that take part; the stage that comes next.
uint32_t ef_calibrate_begin(const struct ef_layer *layer, struct ef_point *points,
                            uint8_t *pending);
void ef_calibrate_step(struct ef_chip *chip, struct ef_trace *trace,
                       struct ef_layer *layer, struct ef_calibrating *at);

// Whether a record, and how points are looked for, are in their ranges (SPEC 16).
bool ef_point_inside(const struct ef_point *point);
bool ef_points_inside(const struct ef_point *points, uint32_t count);
bool ef_calibration_inside(const struct ef_chip *chip,
                           const struct ef_calibration *how);

// The settings that a job was begun with.
struct ef_calibration ef_how_of(const struct ef_job *job);

#endif
