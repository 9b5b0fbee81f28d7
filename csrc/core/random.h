// The two sources of randomness (SPEC 2): counter-based noise for the analog side, a
// pure function of what is asked, and the controller's shift registers.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_RANDOM_H
#define EF_RANDOM_H

#include <stdint.h>

enum ef_stream {
    EF_STREAM_SPREAD = 1, // these three: + 16 x plane
    EF_STREAM_CYCLE = 2,
    EF_STREAM_CYCLE_ADDITIVE = 3,
    EF_STREAM_FORWARD = 4,
    EF_STREAM_BACKWARD = 5,
    EF_STREAM_ROW_LFSR = 6,
    EF_STREAM_COLUMN_LFSR = 7,
    EF_STREAM_ROUND_LFSR = 8,
    EF_STREAM_VERIFY = 9,
    EF_STREAM_STUCK = 10, // these two: + 16 x plane
    EF_STREAM_DRIFT = 11,
    EF_STREAM_ROW_ADC = 12, // these two without a plane
    EF_STREAM_COLUMN_ADC = 13,
    EF_STREAM_ROW_TRIM = 14,
    EF_STREAM_COLUMN_TRIM = 15
};

#define EF_STREAM_PLANE 16u

// The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
static inline uint64_t ef_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static inline uint64_t ef_draw(uint64_t key, uint64_t index)
{
    return ef_mix(key + (index + 1u) * 0x9E3779B97F4A7C15u);
}

static inline uint64_t ef_key(uint64_t seed, uint32_t stream, uint32_t layer)
{
    return ef_draw(ef_draw(seed, stream), layer);
}

// Sum of eight uniform bytes about its mean: sigma^2 = 8 x (2^16 - 1) / 12 = 43690.
// Pairs of bytes add in 16-bit lanes (at most 510), then the lanes in the top one.
static inline int32_t ef_noise(uint64_t bits)
{
    const uint64_t pairs =
        (bits & 0x00FF00FF00FF00FFu) + ((bits >> 8) & 0x00FF00FF00FF00FFu);
    return (int32_t)((pairs * 0x0001000100010001u) >> 48) - 1020;
}

// Eight steps of x^32 + x^22 + x^2 + x + 1 at once: possible because no tap stands
// within eight places of the register's end. The byte is the top of the result.
static inline uint32_t ef_leap(uint32_t state)
{
    const uint32_t fresh =
        (state ^ (state >> 1) ^ (state >> 2) ^ (state >> 22)) & 0xFFu;
    return (state >> 8) | (fresh << 24);
}

static inline uint32_t ef_lfsr_seed(uint64_t key, uint64_t group)
{
    const uint32_t seed = (uint32_t)ef_draw(key, group);
    return seed != 0u ? seed : 1u;
}

#endif
