// Errors and their way back (SPEC 7, 8).
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_LEARN_H
#define EF_LEARN_H

#include <stdbool.h>

#include "state.h"

// What the last layer should give: a target for each row, or where that is null a
// label.
struct ef_wanted {
    const int16_t *targets;
    int32_t label;
};

// Fills the error codes and exponents of all layers, phase backward.
void ef_backward_pass(struct ef_chip *chip, struct ef_wanted wanted);

// Its parts: the last layer's error codes; a layer's error codes from those of the
// layer above, which where all of them are 0 become 0; whether a layer has any.
void ef_output_error(struct ef_chip *chip, struct ef_wanted wanted);
void ef_pass_errors(struct ef_chip *chip, uint32_t layer);
bool ef_has_errors(struct ef_chip *chip, uint32_t layer);

// Wide errors in the layer's deltas to its error codes, with one exponent that takes
// that of the layer above along (SPEC 8.1, 8.2). Returns whether any is not zero.
bool ef_error_codes(struct ef_chip *chip, struct ef_layer *layer, int32_t above);

// Codes of a backward read to wide errors of the layer with ADC codes y, which has a
// table (SPEC 8.3).
void ef_slope_products(struct ef_chip *chip, const struct ef_layer *layer,
                       int32_t *wide, const int16_t *y, const int16_t *back);

#endif
