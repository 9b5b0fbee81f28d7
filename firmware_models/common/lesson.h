// SPDX-License-Identifier: Apache-2.0
// Samples, labels and weights of a program, from its blob.
//   TARG  int16 codes, layer by layer; of a layer the reference (where the chip has
//   one:
//         of cells or stored column by column, of offsets one a column), then the
//         weights, column by column
//   CODE  int16 input codes, or
//   RAW_  int16 samples, all channels of one together, with
//   WIND  u32 first sample of each window, and MEAN int16, MANT u16, SHFT u8: scaling
//   POOL  u32 means of each channel of a window, in place of the five features
//   LABL  u8, one a sample
//   TEST  u16 indices to test on
//   ORDR  u16 indices to learn, pass after pass
//   TRIM  u32: reads and code, where converters are trimmed before they are used
//   CALB  of points.h, where symmetry points are looked for before anything is written
//   PARM  u32: 1: the driver polls, samples a window, channels, passes, code bits,
//         and what else a program needs
#ifndef LESSON_H
#define LESSON_H

#include "points.h"

#define LESSON_PARAMETERS 6u

struct lesson {
    struct ef_dev dev;
    const struct fw_world *world;
    bool calibrates; // in bring-up
    bool polls;      // instead of waiting for interrupts
    const int16_t *targets;
    uint32_t target_count;
    const uint32_t *trim; // reads and code; null: nothing is trimmed
    const int16_t *codes;
    const int16_t *raw;
    const uint32_t *windows;
    const int16_t *mean;
    const uint16_t *mantissa;
    const uint8_t *shift;
    const uint8_t *labels;
    uint32_t samples;
    const uint16_t *tests;
    uint32_t test_count;
    const uint16_t *order;
    uint32_t order_count;
    uint32_t window;
    uint32_t channels;
    uint32_t passes;
    uint32_t code_bits;
    uint32_t pools; // 0: the five features of ef_features.h
};

int lesson_open(struct lesson *lesson, const struct fw_world *world);
int lesson_start(struct lesson *lesson); // the driver alone, after a loss of power
// Bring-up (bring_up.c): trim, look for symmetry points, write references and weights;
// cells that missed their target.
int lesson_program(struct lesson *lesson, uint32_t *missed);
// The same without looking for points: references are the blob's.
int lesson_write(struct lesson *lesson, uint32_t *missed);
// Parts of it: trims of all converters that are read, where the blob says so; a plane.
int lesson_trim(struct lesson *lesson);
int lesson_write_plane(struct lesson *lesson, uint32_t plane, const struct place *at,
                       const int16_t *codes, uint32_t *missed);
int lesson_place(struct lesson *lesson, uint32_t layer, struct place *at);
// Codes that a reference of an array takes, enum ef_reference.
uint32_t lesson_reference_codes(uint32_t reference, const struct place *at);
// Input codes of a sample; of raw samples through features and scaling.
int lesson_codes(const struct lesson *lesson, int16_t *codes, uint32_t sample);
int lesson_test(struct lesson *lesson, struct fw_report *report);
int lesson_learn(struct lesson *lesson, uint32_t sample, uint32_t *found);

#endif
