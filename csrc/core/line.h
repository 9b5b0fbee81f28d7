// Between a line's charge and its code: noise, an integrator that clips, a converter
// that errs (SPEC 5.9 to 5.12).
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_LINE_H
#define EF_LINE_H

#include "state.h"

// One read's noise: where it is drawn, and how large it is.
struct ef_read_noise {
    uint64_t key;
    uint32_t amplitude; // S of SPEC 5.9; 0: none
};

// S for a read of so much charge over so many lines; one square root a read.
uint32_t ef_noise_amplitude(const struct ef_chip *chip, uint64_t charge, uint64_t codes,
                            uint64_t lines);

// A line's sum with its noise, clipped; tells whether it was.
int64_t ef_line_sum(const struct ef_chip *chip, bool *clipped, int64_t sum,
                    const struct ef_read_noise *noise, uint64_t index);

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

// A scaled sum as a converter sees it, before it is shifted; null: as it is.
int64_t ef_converted(const struct ef_chip *chip, int64_t scaled, int32_t shift,
                     const struct ef_converter *converter);

#endif
