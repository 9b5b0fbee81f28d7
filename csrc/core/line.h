// Between a line's charge and its code: noise, an integrator that clips, a converter
// that errs (SPEC 5.9 to 5.12).
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_LINE_H
#define EF_LINE_H

#include "fixed.h"
#include "random.h"
#include "state.h"

// One read's noise: where it is drawn, and how large it is.
struct ef_read_noise {
    uint64_t key;
    uint32_t amplitude; // S of SPEC 5.9; 0: none
};

// S for a read of so much charge over so many lines; one square root a read.
uint32_t ef_noise_amplitude(const struct ef_chip *chip, uint64_t charge, uint64_t codes,
                            uint64_t lines);

// A line's sum with its noise, clipped; tells whether it was. Inline, as ef_converted:
// so that a loop over lines finds out once that there is nothing to do.
static inline int64_t ef_line_sum(const struct ef_chip *chip, bool *clipped,
                                  int64_t sum, const struct ef_read_noise *noise,
                                  uint64_t index)
{
    if (noise->amplitude != 0u) {
        const int64_t drawn = ef_noise(ef_draw(noise->key, index));
        sum += (drawn * noise->amplitude) >> 8;
    }
    const uint32_t set = chip->settings.line_limit;
    const int64_t limit = set != 0u ? (int64_t)set << 8 : EF_WIDE_MAX;
    *clipped = (uint64_t)(sum + limit) > 2u * (uint64_t)limit; // above it or below
    return *clipped ? ef_clamp(sum, -limit, limit) : sum;
}

#define EF_TRIM_BYTES 2u // gain, offset

static inline bool ef_has_trim(const struct ef_settings *settings)
{
    return (settings->trim_gain | settings->trim_offset) != 0u;
}

// The two trims of a converter, on a chip that has them.
static inline int8_t *ef_trims(struct ef_chip *chip, const struct ef_layer *layer,
                               uint32_t side, uint32_t line)
{
    const uint32_t at = (side == EF_SIDE_INPUTS ? layer->rows : 0u) + line;
    return (int8_t *)ef_at(chip, layer->trims) + at * EF_TRIM_BYTES;
}

// What a converter does follows from the seed and its trim: of one, and of all that a
// layer has. Where no converter errs nothing is kept.
void ef_refresh_converter(struct ef_chip *chip, const struct ef_layer *layer,
                          uint32_t side, uint32_t line);
void ef_refresh_converters(struct ef_chip *chip, const struct ef_layer *layer);

// The converter of a row or of an input; null if none errs.
const struct ef_converter *ef_converter(const struct ef_chip *chip,
                                        const struct ef_layer *layer, uint32_t side,
                                        uint32_t line);

// What the converters' curve adds to a scaled sum that is to be shifted (SPEC 5.11.2).
int64_t ef_nonlinearity(const struct ef_chip *chip, int64_t scaled, int32_t shift);

#define EF_OFFSET_BITS 12 // fraction bits of a converter's offset

// A scaled sum as a converter sees it, before it is shifted; null: as it is.
static inline int64_t ef_converted(const struct ef_chip *chip, int64_t scaled,
                                   int32_t shift, const struct ef_converter *converter)
{
    if (converter == NULL) {
        return scaled;
    }
    scaled += (((scaled >> 8) * converter->gain) >> 8) +
              ef_shift_exact(converter->offset, shift - EF_OFFSET_BITS);
    return chip->inl != 0u ? scaled + ef_nonlinearity(chip, scaled, shift) : scaled;
}

#endif
