// A thin driver of the edgeferro controller: guards first, a status from everything, no
// heap, no floating point, no waiting without a limit.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_DRIVER_H
#define EF_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

enum efd_status {
    EFD_OK = 0,
    EFD_NOT_FOUND = -1, // no controller of this kind behind the bus
    EFD_ARGUMENT = -2, // an argument is null or out of range; LAYER at most was written
    EFD_REFUSED = -3,  // the controller set an error bit: see efd_errors
    EFD_TIMEOUT = -4   // a command didn't end in time
};

struct efd { // what a driver remembers; the caller's memory
    uint32_t layers;
    uint32_t planes;
    uint32_t inputs;  // of the first layer
    uint32_t classes; // rows of the last layer
    uint32_t errors;  // bits of ERROR at the last refusal
};

struct efd_calibration { // SPEC 16
    uint32_t pulse_class;
    uint32_t reads;
    uint32_t quads;
    uint32_t windows;
    uint32_t tolerance;
    uint32_t probe;
    uint32_t mantissa;
    uint32_t shift;
    uint32_t limit;
};

struct efd_point {
    int32_t sums[4];
    uint32_t quads;
    uint32_t windows;
    uint32_t verdict; // 0 pending, 1 found, 2 stuck, 3 no crossing, 4 not settled
};

int efd_open(struct efd *dev, uint32_t bias_of_first); // 1 if it has a bias column
int efd_shape(struct efd *dev, uint32_t layer, uint32_t *rows, uint32_t *columns);
int efd_infer(struct efd *dev, uint32_t *label, const int16_t *codes);
int efd_learn(struct efd *dev, uint32_t *label, const int16_t *codes, uint32_t right);
int efd_output(struct efd *dev, int32_t *code, uint32_t row);
int efd_set_rate(struct efd *dev, uint32_t layer, uint32_t mantissa, uint32_t shift);
int efd_program_column(struct efd *dev, uint32_t *missed, uint32_t layer,
                       uint32_t plane, uint32_t column, const int16_t *targets);
int efd_read_column(struct efd *dev, int32_t *sums, uint32_t layer, uint32_t plane,
                    uint32_t column, uint32_t reads);
int efd_clear_points(struct efd *dev);
int efd_calibrate_column(struct efd *dev, uint32_t layer, uint32_t plane,
                         uint32_t column, const struct efd_calibration *how);
int efd_point(struct efd *dev, struct efd_point *point, uint32_t row);
// Auto-zero and gain of a side's converters: 0 the rows', 1 the inputs' (SPEC 5.12).
int efd_trim(struct efd *dev, uint32_t *ends, uint32_t layer, uint32_t side,
             uint32_t reads, uint32_t code);
// Learn a target for each row of the last layer, in its activation's codes (SPEC 9.9);
// label is the row that was largest before, efd_output its code.
int efd_learn_targets(struct efd *dev, uint32_t *label, const int16_t *codes,
                      const int16_t *targets);

// One layer at a time (SPEC 19.6). `columns` counts the bias column, whose code is
// among the inputs. What is given and given back has as many numbers as the layer has
// rows, inputs of forward and update as many as columns, what backward gives one an
// input.
int efd_forward(struct efd *dev, int16_t *codes, uint32_t layer, const int16_t *inputs);
int efd_activate(struct efd *dev, int16_t *outputs, uint32_t layer,
                 const int16_t *codes);
int efd_backward(struct efd *dev, int16_t *codes, uint32_t layer, uint32_t inputs,
                 const int16_t *errors);
int efd_slopes(struct efd *dev, int32_t *wide, uint32_t layer, const int16_t *codes,
               const int16_t *back);
// above is the exponent of the layer above, 0 for the last; *exponent is this layer's.
int efd_errors(struct efd *dev, int16_t *errors, int32_t *exponent, uint32_t layer,
               const int32_t *wide, int32_t above);
int efd_update(struct efd *dev, uint32_t layer, const int16_t *inputs,
               const int16_t *errors, int32_t exponent);

int efd_event(struct efd *dev, uint64_t *count, uint32_t phase, uint32_t event);
int efd_pulses(struct efd *dev, uint64_t *count, uint32_t phase, uint32_t pulse_class);
uint32_t efd_updates(void); // learning steps since the chip was made
uint64_t efd_cycles(void);

#endif
