// The arithmetic (SPEC 1): the one place that shifts, rounds and saturates.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_FIXED_H
#define EF_FIXED_H

#include <stdbool.h>
#include <stdint.h>

#include "edgeferro.h"
#include "ef_assume.h"

#define EF_CODE_MAX 511                      // largest magnitude of a DAC code
#define EF_WIDE_MAX (((int64_t)1 << 62) - 1) // largest magnitude of a wide value

// The two ends of a code's range, both included.
struct ef_range {
    int64_t low;
    int64_t high;
};

static inline int64_t ef_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t ef_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline int64_t ef_clamp(int64_t value, int64_t low, int64_t high)
{
    return ef_max(low, ef_min(value, high));
}

// |value|; value > INT64_MIN.
static inline int64_t ef_abs(int64_t value)
{
    return value < 0 ? -value : value;
}

// Number of bits of a magnitude: 0 -> 0, 127 -> 7, 128 -> 8. value >= 0.
static inline int32_t ef_bit_length(uint64_t value)
{
    int32_t bits = 0;
    for (int32_t step = 32; step > 0; step /= 2) {
        if (value >> step != 0u) {
            value >>= step;
            bits += step;
        }
    }
    return value != 0u ? bits + 1 : bits; // what is left is 0 or 1
}

// ceil(a / b) for counts; b > 0.
static inline uint64_t ef_ceil_div(uint64_t a, uint64_t b)
{
    return a / b + (a % b != 0u ? 1u : 0u);
}

// What is added to value before an arithmetic shift by n so that the shift rounds as
// asked (SPEC 1.1): every deterministic mode is floor((value + bias) / 2^n).
// n in 1..63.
static inline int64_t ef_round_bias(int64_t value, int32_t n, int rounding)
{
    const int64_t half = (int64_t)1 << (n - 1);
    switch (rounding) {
    case EF_ROUND_ZERO:
        return value < 0 ? half - 1 + half : 0;
    case EF_ROUND_NEAREST_UP:
        return half;
    case EF_ROUND_NEAREST_EVEN:
        return half - 1 + ((value >> n) & 1);
    case EF_ROUND_NEAREST_AWAY:
        return half - (value < 0 ? 1 : 0);
    default: // EF_ROUND_FLOOR; stochastic rounding never comes here
        return 0;
    }
}

// value / 2^n rounded once. |value| < 2^62, n in 0..63, deterministic modes only.
// The sum can't overflow: |value| + bias < 2^62 + 2^62 for the nearest modes, and for
// ZERO a negative value plus less than 2^63 lies in the range.
static inline int64_t ef_round_shift(int64_t value, int32_t n, int rounding)
{
    if (n == 0) {
        return value;
    }
    return (value + ef_round_bias(value, n, rounding)) >> n;
}

// value x 2^n saturated to +-(2^62 - 1) (SPEC 1.3). n >= 0.
static inline int64_t ef_shift_left(int64_t value, int32_t n)
{
    if (value == 0 || n == 0) {
        return value;
    }
    if (n >= 62 || ef_abs(value) > (EF_WIDE_MAX >> n)) {
        return value < 0 ? -EF_WIDE_MAX : EF_WIDE_MAX;
    }
    return value * ((int64_t)1 << n);
}

// Right shift with rounding for n >= 0, left shift for n < 0 (SPEC 1.4).
static inline int64_t ef_shift_round(int64_t value, int32_t n, int rounding)
{
    if (n < 0) {
        return ef_shift_left(value, -n);
    }
    return ef_round_shift(value, n < 63 ? n : 63, rounding);
}

// value x 2^n for n >= 0, floor(value x 2^n) for n < 0, of numbers that can't leave the
// range: |value| < 2^(62 - n), n in -62..61.
static inline int64_t ef_shift_exact(int64_t value, int32_t n)
{
    return n < 0 ? value >> -n : (int64_t)((uint64_t)value << n);
}

// Largest integer whose square is not above the value (SPEC 5.9): below 2^32. Bit by
// bit from the highest that can be set, without a multiplication.
static inline uint32_t ef_root(uint64_t value)
{
    uint64_t root = 0;
    const int32_t top = (ef_bit_length(value) - 1) & ~1;
    for (int32_t place = top; place >= 0; place -= 2) {
        const uint64_t bit = (uint64_t)1 << place;
        const uint64_t part = root + bit;
        const uint64_t taken = value >= part ? UINT64_MAX : 0u; // no branch
        value -= part & taken;
        root = (root >> 1) + (bit & taken);
    }
    return (uint32_t)root;
}

// (value x factor) >> 16 for a value below 2^49 and a factor below 2^31: exact, below
// 2^64.
static inline uint64_t ef_scale(uint64_t value, uint32_t factor)
{
    return (value >> 16) * factor + (((value & 0xFFFFu) * factor) >> 16);
}

static inline struct ef_range ef_signed_range(uint32_t bits)
{
    const int64_t half = (int64_t)1 << (bits - 1u);
    return (struct ef_range){-half, half - 1};
}

static inline struct ef_range ef_unsigned_range(uint32_t bits)
{
    return (struct ef_range){0, ((int64_t)1 << bits) - 1};
}

// The value of the range that is congruent modulo the range's size, a power of two.
static inline int64_t ef_wrap(int64_t value, struct ef_range range)
{
    const uint64_t mask = (uint64_t)(range.high - range.low);
    return range.low + (int64_t)(((uint64_t)value - (uint64_t)range.low) & mask);
}

static inline bool ef_inside(int64_t value, struct ef_range range)
{
    return value >= range.low && value <= range.high;
}

// Brings a value into its range and counts it at its site (SPEC 1.5, 1.6).
static inline int64_t ef_narrow(struct ef_site_stats *stats, int64_t value,
                                struct ef_range range, int overflow)
{
    if (!ef_inside(value, range)) {
        stats->saturated += 1u;
        value = overflow == EF_WRAP ? ef_wrap(value, range)
                                    : ef_clamp(value, range.low, range.high);
    }
    const uint64_t magnitude = (uint64_t)ef_abs(value);
    if (magnitude > stats->peak) {
        stats->peak = magnitude;
    }
    return value;
}

// A step table's value at a state: linear between 65 knots (SPEC 3.5).
static inline int64_t ef_interpolate(const int32_t *knots, int32_t state)
{
    const uint32_t u = (uint32_t)state + 0x80000000u;
    const uint32_t i = u >> 26;
    const int64_t fraction = (int64_t)(u & 0x03FFFFFFu);
    const int64_t rise = (int64_t)knots[i + 1u] - knots[i];
    return knots[i] + ((rise * fraction) >> 26);
}

// 0..65535 for the state -1..1 (SPEC 3.1).
static inline uint32_t ef_conductance(int32_t state)
{
    return (uint32_t)((state >> 16) + 32768);
}

#endif
