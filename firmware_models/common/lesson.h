// SPDX-License-Identifier: Apache-2.0
// Samples, labels and weights of a program, from its blob.
//   TARG  int16 targets, layer by layer; of a layer the reference plane (where the chip
//         has one), then the weights; of a plane column by column
//   CODE  int16 input codes, or
//   RAW_  int16 samples, all channels of one together, with
//   WIND  u32 first sample of each window, and MEAN int16, MANT u16, SHFT u8: scaling
//   POOL  u32 means of each channel of a window, in place of the five features
//   LABL  u8, one a sample
//   TEST  u16 indices to test on
//   ORDR  u16 indices to learn, pass after pass
//   TRIM  u32: reads and code, where converters are trimmed before they are used
//   PARM  u32: bias of the first layer, samples a window, channels, passes, code bits,
//         and what else a program needs
#ifndef LESSON_H
#define LESSON_H

#include "fw.h"

#define LESSON_PARAMETERS 6u

struct lesson {
    struct ef_dev dev;
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
// Trim converters if the blob says so, those that are never read left out.
int lesson_trim(struct lesson *lesson);
// Trim, then write reference cells and weights as the blob wants them.
int lesson_program(struct lesson *lesson, uint32_t *missed);
// Input codes of a sample; of raw samples through features and scaling.
int lesson_codes(const struct lesson *lesson, int16_t *codes, uint32_t sample);
int lesson_test(struct lesson *lesson, struct fw_report *report);
int lesson_learn(struct lesson *lesson, uint32_t sample, uint32_t *found);

#endif
