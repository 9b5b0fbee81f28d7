// Features of a window of samples, and their scaling to DAC codes.
// SPDX-License-Identifier: Apache-2.0
#include "ef_features.h"

#include <stdbool.h>
#include <stddef.h>

#define CODE_BITS_MIN 2u
#define CODE_BITS_MAX 9u
#define SHIFT_MAX 31u

// What one pass over a channel gathers. n <= 2^10 samples of magnitude <= 2^15 give
//   |sum| <= 2^25, squares <= 2^40, travel <= 1023 x 65535 < 2^26.
struct moments {
    int32_t sum;
    uint64_t squares;
    uint32_t travel; // sum of |difference of neighbours|
    int16_t low;
    int16_t high;
};

_Static_assert(EF_FEATURES_SAMPLES_MAX <= 1 << 10, "the bounds of struct moments");
_Static_assert(EF_FEATURES_SAMPLES_MIN >= 2, "a mean difference needs a difference");

// |value| without the overflow of -INT32_MIN; callers stay within 2^26 anyway.
static uint32_t magnitude(int32_t value)
{
    return value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
}

// floor(sqrt(value)) for value < 2^50, one result bit per turn from the top.
static uint32_t square_root(uint64_t value)
{
    uint64_t root = 0u;
    for (uint64_t bit = (uint64_t)1 << 48; bit != 0u; bit >>= 2) {
        const uint64_t trial = root + bit;
        root >>= 1;
        if (value >= trial) {
            value -= trial;
            root += bit;
        }
    }
    return (uint32_t)root; // < 2^25
}

// sum / count to nearest, ties away from zero. |sum| <= 2^26 and count <= 2^10, so
// 2 |sum| + count < 2^28. Rounding the magnitude makes the rule symmetric.
static int32_t rounded_mean(int32_t sum, uint32_t count)
{
    const uint32_t quotient = (2u * magnitude(sum) + count) / (2u * count);
    return sum < 0 ? -(int32_t)quotient : (int32_t)quotient;
}

// floor(sqrt(n x squares - sum^2) / n): the nested floors of a root and of a division
// by an integer equal the one floor of sqrt(variance), so nothing is lost on the way.
// n x squares <= 2^50; the difference is >= 0 (Cauchy-Schwarz). The variance of values
// in -2^15..2^15 - 1 is at most (65535 / 2)^2 (Popoviciu), so the result is <= 32767
// and the difference <= (1024 x 32767.5)^2 < 2^50.
static int16_t deviation(const struct moments *m, uint32_t n)
{
    const uint64_t size = magnitude(m->sum);
    return (int16_t)(square_root(n * m->squares - size * size) / n);
}

static struct moments gather(const int16_t *samples, uint32_t n, uint32_t stride)
{
    int16_t last = samples[0];
    struct moments m = {0, 0u, 0u, last, last};
    for (uint32_t i = 0u; i < n; i++) {
        const int16_t value = samples[(size_t)i * stride];
        const int32_t wide = value;
        m.sum += wide;
        m.squares += magnitude(wide) * magnitude(wide); // <= 2^30
        m.travel += magnitude(wide - last);             // the first one is 0
        m.low = value < m.low ? value : m.low;
        m.high = value > m.high ? value : m.high;
        last = value;
    }
    return m;
}

int32_t ef_features_window(int16_t *out, const int16_t *samples, uint32_t sample_count,
                           uint32_t channel_count)
{
    if (out == NULL || samples == NULL || sample_count < EF_FEATURES_SAMPLES_MIN ||
        sample_count > EF_FEATURES_SAMPLES_MAX || channel_count < 1u ||
        channel_count > EF_FEATURES_CHANNELS_MAX) {
        return EF_FEATURES_ERROR_RANGE;
    }
    for (uint32_t c = 0u; c < channel_count; c++) {
        const struct moments m = gather(&samples[c], sample_count, channel_count);
        const int32_t change = rounded_mean((int32_t)m.travel, sample_count - 1u);
        // A mean of samples lies between two samples, so it fits; a mean difference
        // reaches 65535 and may not.
        out[c] = (int16_t)rounded_mean(m.sum, sample_count);
        out[channel_count + c] = deviation(&m, sample_count);
        out[2u * channel_count + c] = m.low;
        out[3u * channel_count + c] = m.high;
        out[4u * channel_count + c] =
            (int16_t)(change < INT16_MAX ? change : INT16_MAX);
    }
    return EF_FEATURES_OK;
}

// |distance| <= 65535 and mantissa <= 65535 give a product < 2^32; half <= 2^30 is
// added in 64 bits.
static int16_t scaled_code(int32_t distance, uint16_t mantissa, uint8_t shift,
                           uint32_t limit)
{
    const uint64_t half = ((uint64_t)1 << shift) >> 1; // 0 for shift 0
    const uint64_t size = (magnitude(distance) * mantissa + half) >> shift;
    const int16_t code = (int16_t)(size < limit ? size : limit);
    return (int16_t)(distance < 0 ? -code : code);
}

int32_t ef_features_normalise(int16_t *code, const int16_t *feature,
                              const int16_t *mean, const uint16_t *mantissa,
                              const uint8_t *shift, uint32_t count, uint32_t code_bits)
{
    bool valid = code != NULL && feature != NULL && mean != NULL && mantissa != NULL &&
                 shift != NULL && count >= 1u && count <= EF_FEATURES_COUNT_MAX &&
                 code_bits >= CODE_BITS_MIN && code_bits <= CODE_BITS_MAX;
    // All scales are checked before the first code is written.
    for (uint32_t i = 0u; valid && i < count; i++) {
        valid = mantissa[i] >= 1u && shift[i] <= SHIFT_MAX;
    }
    if (!valid) {
        return EF_FEATURES_ERROR_RANGE;
    }
    const uint32_t limit = (1u << (code_bits - 1u)) - 1u;
    for (uint32_t i = 0u; i < count; i++) {
        const int32_t distance = (int32_t)feature[i] - mean[i];
        code[i] = scaled_code(distance, mantissa[i], shift[i], limit);
    }
    return EF_FEATURES_OK;
}
