// Features of a window of samples, and their scaling to DAC codes: what firmware does
// before the crossbar sees anything. Integers only; stands alone.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_FEATURES_H
#define EF_FEATURES_H

#include <stdint.h>

// <cdef>
#define EF_FEATURES_GROUPS 5      // mean, std, min, max, mean |difference|
#define EF_FEATURES_SAMPLES_MIN 2 // one difference
#define EF_FEATURES_SAMPLES_MAX 1024
#define EF_FEATURES_CHANNELS_MAX 16
#define EF_FEATURES_COUNT_MAX 4096 // values of one call of ef_features_normalise

enum ef_features_status {
    EF_FEATURES_OK = 0,
    EF_FEATURES_ERROR_RANGE = -1 // an argument is null or out of range
};

// Five features per channel, each in the unit of the sample codes (Q16.0):
//   out[0 x channel_count + c]  mean, to nearest, ties away from zero
//   out[1 x channel_count + c]  floor of the population standard deviation
//   out[2 x channel_count + c]  smallest sample
//   out[3 x channel_count + c]  largest sample
//   out[4 x channel_count + c]  mean |difference of neighbours|, to nearest, ties up,
//                               saturated to 32767 (the only one that can saturate)
// There are no fraction bits: a source of fewer than 16 bits shifts its codes left
// until they fill int16, and the features keep that fraction.
//   out      5 x channel_count values; must not overlap samples
//   samples  row-major, sample_count rows of channel_count codes
// sample_count 2..1024, channel_count 1..16. Returns an enum ef_features_status and
// writes nothing unless it is 0.
int32_t ef_features_window(int16_t *out, const int16_t *samples, uint32_t sample_count,
                           uint32_t channel_count);

// z-scores as signed DAC codes:
//   code = saturate(round((feature - mean) x mantissa / 2^shift))
// to nearest, ties away from zero, saturated to +-(2^(code_bits - 1) - 1).
//   code     count codes; may be the same array as feature
//   mean, mantissa (1..65535), shift (0..31)  one of each per feature
// count 1..4096, code_bits 2..9. Returns an enum ef_features_status and writes nothing
// unless it is 0.
int32_t ef_features_normalise(int16_t *code, const int16_t *feature,
                              const int16_t *mean, const uint16_t *mantissa,
                              const uint8_t *shift, uint32_t count, uint32_t code_bits);
// </cdef>

#endif
