// Converters and the reads that end in them (SPEC 5, 6).
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_CONVERT_H
#define EF_CONVERT_H

#include "fixed.h"
#include "state.h"

// The stochastic mode, n > 0: bits come from the chip's rounding register and its steps
// are tallied in the phase.
int64_t ef_round_drawn(struct ef_chip *chip, int phase, int64_t value, int32_t n);

// SPEC 1.4 with the stochastic mode.
static inline int64_t ef_round(struct ef_chip *chip, int phase, int64_t value,
                               int32_t n, int rounding)
{
    if (rounding == EF_ROUND_STOCHASTIC && n > 0) {
        return ef_round_drawn(chip, phase, value, n);
    }
    return ef_shift_round(value, n, rounding);
}

// The range of a site's result; input follows input_signed (SPEC 1.6).
struct ef_range ef_site_range(const struct ef_chip *chip, int site);

// Codes of activations and targets (SPEC 6.4).
struct ef_range ef_activation_range(const struct ef_chip *chip);

// The index of an activation or slope table (SPEC 6.2).
uint32_t ef_table_index(const struct ef_chip *chip, int16_t code);

// Input codes of the layer -> its ADC codes, tallied in the phase (SPEC 5.1..5.4).
void ef_read_forward(struct ef_chip *chip, struct ef_layer *layer, int phase);

// Error codes of the layer -> codes[inputs] (SPEC 5.3), tallied in the phase.
void ef_read_backward(struct ef_chip *chip, int16_t *codes, struct ef_layer *layer,
                      int phase);

// ADC codes of a layer that has a table -> its activations (SPEC 6.2), phase infer.
void ef_activations(struct ef_chip *chip, const struct ef_layer *layer, int16_t *x,
                    const int16_t *y);

// Raw inputs -> input codes of layer 0, the bias code included (SPEC 6.1).
void ef_take_inputs(struct ef_chip *chip, const int16_t *raw);

// One forward pass from layer 0's input codes; returns the class (SPEC 6).
int32_t ef_forward_pass(struct ef_chip *chip);

// One layer of it; the class found, -1 but for the last layer.
int32_t ef_forward_layer(struct ef_chip *chip, uint32_t layer);

#endif
