// Between a line's charge and its code: noise, an integrator that clips, a converter
// that errs (SPEC 5.9 to 5.11).
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

// Gain and offset of each converter, drawn once; the forward ones first.
void ef_make_converters(struct ef_chip *chip, const struct ef_layer *layer);

// The two errors of a row's converter, or of a column's (backward); null if none err.
const int8_t *ef_converter(const struct ef_chip *chip, const struct ef_layer *layer,
                           bool backward, uint32_t line);

// A scaled sum as a converter with these errors sees it, before it is shifted.
int64_t ef_converted(const struct ef_chip *chip, int64_t scaled, int32_t shift,
                     const int8_t *errors);

#endif
