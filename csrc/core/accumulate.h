// Gradients of one row added to accumulators without a branch in the loop, so that
// compilers can use vectors. Same results as the cell-by-cell way (SPEC 9.5.1, 9.5.2).
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_ACCUMULATE_H
#define EF_ACCUMULATE_H

#include <stdint.h>

#include "edgeferro.h"

#define EF_RUN 128u        // columns taken together
#define EF_RUN_SHIFT_MIN 8 // below, a run's gradients may not fit an int32 sum
#define EF_RUN_SHIFT_MAX 31
#define EF_RUN_BITS_MAX 30u // above, accumulator + gradient may not fit an int32

// |x| <= 511 and |factor| <= 32767: a gradient is below 2^(24 - 8), 128 of them 2^23.
_Static_assert(EF_RUN << (24 - EF_RUN_SHIFT_MIN) <= INT32_MAX, "sum of a run");

struct ef_run {
    int32_t high; // largest new accumulator
    int32_t low;  // smallest
    int32_t sum;  // of the gradients
};

// One product rounded as SPEC 1.1 says, with a rounding that the compiler knows.
static inline int32_t ef_run_gradient(int16_t x, int16_t factor, int32_t shift,
                                      int rounding)
{
    const int32_t half = (int32_t)1 << (shift - 1);
    const int32_t product = (int32_t)x * factor;
    int32_t bias = 0;
    if (rounding == EF_ROUND_NEAREST_EVEN) {
        bias = half - 1 + ((product >> shift) & 1);
    } else if (rounding == EF_ROUND_NEAREST_AWAY) {
        bias = half + (product >> 31);
    } else if (rounding == EF_ROUND_NEAREST_UP) {
        bias = half;
    } else if (rounding == EF_ROUND_ZERO) {
        bias = (product >> 31) & (half - 1 + half);
    }
    return (product + bias) >> shift;
}

static inline int32_t ef_run_fill(int32_t *gradient, const int16_t *x, uint32_t size,
                                  int16_t factor, int32_t shift, int rounding)
{
    int32_t sum = 0;
    for (uint32_t j = 0; j < (size & ~15u); j++) { // whole vectors, and known to be
        gradient[j] = ef_run_gradient(x[j], factor, shift, rounding);
        sum += gradient[j];
    }
    return sum;
}

// Gradients of `size` codes, a multiple of 16, and their sum; the rounding is chosen
// outside the loop.
static inline int32_t ef_run_gradients(int32_t *gradient, const int16_t *x,
                                       uint32_t size, int16_t factor, int32_t shift,
                                       int rounding)
{
    switch (rounding) {
    case EF_ROUND_ZERO:
        return ef_run_fill(gradient, x, size, factor, shift, EF_ROUND_ZERO);
    case EF_ROUND_NEAREST_UP:
        return ef_run_fill(gradient, x, size, factor, shift, EF_ROUND_NEAREST_UP);
    case EF_ROUND_NEAREST_EVEN:
        return ef_run_fill(gradient, x, size, factor, shift, EF_ROUND_NEAREST_EVEN);
    case EF_ROUND_NEAREST_AWAY:
        return ef_run_fill(gradient, x, size, factor, shift, EF_ROUND_NEAREST_AWAY);
    default:
        return ef_run_fill(gradient, x, size, factor, shift, EF_ROUND_FLOOR);
    }
}

// The ends of `size` new accumulators, a multiple of 16.
static inline struct ef_run ef_run_ends(const int32_t *next, uint32_t size, int32_t sum)
{
    struct ef_run run = {INT32_MIN, INT32_MAX, sum};
    for (uint32_t j = 0; j < (size & ~15u); j++) {
        run.high = next[j] > run.high ? next[j] : run.high;
        run.low = next[j] < run.low ? next[j] : run.low;
    }
    return run;
}

#endif
