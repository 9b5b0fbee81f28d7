// The classifier without the chip: the same network and its learning step on a
// microcontroller alone, in plain integers, with its weights in RAM. What it takes is
// what a chip has to be better than. Knows nothing of the core, its bus or its driver.
//
// A layer's sums are weights x codes; shifted and clamped they index the tables of its
// activation and slope. The error is that of a softmax, Q0.15; errors go back through
// the weights, and each weight moves by rate x error x code, to nearest.
// SPDX-License-Identifier: Apache-2.0
#ifndef ALTERNATIVE_H
#define ALTERNATIVE_H

#include <stdbool.h>
#include <stdint.h>

#define ALT_LAYERS_MAX 16u
#define ALT_WIDTH_MAX 4096u // rows, or columns, of a layer
#define ALT_CODE_MAX 511    // magnitude of an input code, or of an activation's
#define ALT_ENTRIES 256u    // of each table

struct alt_layer {
    int16_t *weights; // rows x columns, row by row; the last column is the bias
    const int16_t *activation; // code of each sum; null for the last layer
    const int16_t *slope;      // Q7.8, of the same
    uint32_t rows;
    uint32_t columns;
    int32_t bias;        // code of the last column, 1..ALT_CODE_MAX
    int32_t limit;       // magnitude of a weight, 1..32767
    uint32_t shift;      // from sum to entry, 2..30
    uint32_t back_shift; // from what comes back to this layer's errors, 2..30
    int32_t error_limit; // magnitude of an error, 1..32767
    uint32_t rate;       // of learning, mantissa: 1..32767
    uint32_t rate_shift; // 2..30; gives Q.16
};

struct alt_net {
    struct alt_layer layer[ALT_LAYERS_MAX];
    const uint16_t *exponential; // ALT_ENTRIES, Q0.16, falling
    uint32_t layers;
    int16_t *codes;  // of all layers one after the other: sum of columns
    int32_t *sums;   // of all layers one after the other: sum of rows
    int16_t *errors; // of all layers one after the other: sum of rows
};

// Whether no sum, product or shift of the network can leave 32 bits.
bool alt_fits(const struct alt_net *net);
// The class of a sample: largest sum of the last layer, the first one of equals.
uint32_t alt_infer(struct alt_net *net, const int16_t *inputs);
// The same, and then learn that it is of class right (below rows of the last layer).
uint32_t alt_learn(struct alt_net *net, const int16_t *inputs, uint32_t right);

#endif
