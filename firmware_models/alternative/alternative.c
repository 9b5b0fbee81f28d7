// SPDX-License-Identifier: Apache-2.0
#include "alternative.h"

#include <stddef.h>

_Static_assert(-3 >> 1 == -2, "shifts of negative numbers are arithmetic");

#define ONE 32768 // a probability of one, Q0.15
#define RATE_BITS 16u
#define HALF_RATE (1 << 15)
#define GAIN_MAX (1 << 22) // x ALT_CODE_MAX and a half fits 32 bits
#define HALF_ENTRIES ((int32_t)ALT_ENTRIES / 2)
#define SUM_MAX 0x7FFFFFFF

static int32_t clamp(int32_t value, int32_t limit)
{
    if (value > limit) {
        return limit;
    }
    return value < -limit ? -limit : value;
}

// Divided by a power of two, to nearest, ties upwards.
static int32_t scale(int32_t value, uint32_t shift)
{
    return ((value >> (shift - 1u)) + 1) >> 1;
}

static int32_t dot(const int16_t *a, const int16_t *b, uint32_t count)
{
    int32_t sum = 0;
    uint32_t i = 0;
    for (; i + 4u <= count; i += 4u) {
        sum += a[i] * b[i];
        sum += a[i + 1u] * b[i + 1u];
        sum += a[i + 2u] * b[i + 2u];
        sum += a[i + 3u] * b[i + 3u];
    }
    for (; i < count; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

static uint32_t entry(int32_t sum, uint32_t shift)
{
    const int32_t code = scale(sum, shift);
    const int32_t low = code < -HALF_ENTRIES ? -HALF_ENTRIES : code;
    return (uint32_t)((low >= HALF_ENTRIES ? HALF_ENTRIES - 1 : low) + HALF_ENTRIES);
}

static bool within(uint32_t value, uint32_t most)
{
    return value >= 1u && value <= most;
}

static bool shifts(uint32_t by)
{
    return by >= 2u && by <= 30u; // scale adds one before the last bit goes
}

static bool layer_fits(const struct alt_layer *at, bool last, bool goes_back)
{
    bool fits = at->weights != NULL && within(at->rows, ALT_WIDTH_MAX) &&
                at->columns >= 2u && at->columns <= ALT_WIDTH_MAX;
    fits = fits && within((uint32_t)at->bias, ALT_CODE_MAX) &&
           within((uint32_t)at->limit, 32767) && shifts(at->shift) &&
           shifts(at->back_shift) && within((uint32_t)at->error_limit, 32767) &&
           within(at->rate, 32767) && shifts(at->rate_shift);
    fits = fits && (last || (at->activation != NULL && at->slope != NULL));
    const int64_t sum = (int64_t)at->columns * at->limit * ALT_CODE_MAX;
    // all errors of a softmax together are two at most
    const int64_t errors = last ? 2 * ONE : (int64_t)at->rows * at->error_limit;
    return fits && sum <= SUM_MAX && (!goes_back || errors * at->limit <= SUM_MAX);
}

bool alt_fits(const struct alt_net *net)
{
    bool fits = within(net->layers, ALT_LAYERS_MAX) && net->exponential != NULL &&
                net->exponential[0] != 0u && net->codes != NULL && net->sums != NULL &&
                net->errors != NULL;
    for (uint32_t l = 0; fits && l < net->layers; l++) {
        const struct alt_layer *at = &net->layer[l];
        fits = layer_fits(at, l + 1u == net->layers, l > 0u);
        fits = fits && (l == 0u || at->columns == net->layer[l - 1u].rows + 1u);
    }
    return fits;
}

// Codes of the first layer, its bias with them.
static void take(const struct alt_net *net, const int16_t *inputs)
{
    const struct alt_layer *at = &net->layer[0];
    const uint32_t count = at->columns - 1u;
    for (uint32_t i = 0; i < count; i++) {
        net->codes[i] = inputs[i];
    }
    net->codes[count] = (int16_t)at->bias;
}

static uint32_t forward(const struct alt_net *net, const int16_t *inputs)
{
    int16_t *codes = net->codes;
    int32_t *sums = net->sums;
    take(net, inputs);
    for (uint32_t l = 0; l < net->layers; l++) {
        const struct alt_layer *at = &net->layer[l];
        int16_t *next = codes + at->columns;
        const bool last = l + 1u == net->layers;
        for (uint32_t r = 0; r < at->rows; r++) {
            sums[r] = dot(at->weights + r * at->columns, codes, at->columns);
            if (!last) {
                next[r] = at->activation[entry(sums[r], at->shift)];
            }
        }
        if (!last) {
            next[at->rows] = (int16_t)net->layer[l + 1u].bias;
            codes = next;
            sums += at->rows;
        }
    }
    uint32_t best = 0;
    for (uint32_t r = 1; r < net->layer[net->layers - 1u].rows; r++) {
        best = sums[r] > sums[best] ? r : best;
    }
    return best;
}

// Target minus probability of each class; sums become exponentials on the way.
static void output_errors(const struct alt_net *net, int32_t *sums, int16_t *errors,
                          uint32_t best, uint32_t right)
{
    const struct alt_layer *at = &net->layer[net->layers - 1u];
    const int32_t top = scale(sums[best], at->shift);
    uint32_t total = 0;
    for (uint32_t r = 0; r < at->rows; r++) {
        const int32_t below = top - scale(sums[r], at->shift);
        const uint32_t index =
            below < (int32_t)ALT_ENTRIES ? (uint32_t)below : ALT_ENTRIES - 1u;
        sums[r] = net->exponential[index];
        total += (uint32_t)sums[r];
    }
    for (uint32_t r = 0; r < at->rows; r++) {
        const uint32_t part = (uint32_t)sums[r] * ONE / total;
        const int32_t error = (r == right ? ONE : 0) - (int32_t)part;
        errors[r] = (int16_t)clamp(error, at->error_limit);
    }
}

// Errors of the layer below: through the weights, by the slope where it was.
static void back(const struct alt_layer *above, const struct alt_layer *below,
                 const int16_t *errors, const int32_t *sums, int16_t *found)
{
    for (uint32_t c = 0; c < below->rows; c++) {
        const int32_t slope = below->slope[entry(sums[c], below->shift)];
        found[c] = 0;
        if (slope == 0) {
            continue; // nothing comes of it, whatever comes back
        }
        const int16_t *weight = above->weights + c;
        int32_t sum = 0;
        for (uint32_t r = 0; r < above->rows; r++) {
            sum += *weight * errors[r];
            weight += above->columns;
        }
        const int32_t error = clamp(scale(sum, below->back_shift), below->error_limit);
        found[c] = (int16_t)clamp(scale(error * slope, 8), below->error_limit);
    }
}

static void update(const struct alt_layer *at, const int16_t *codes,
                   const int16_t *errors)
{
    for (uint32_t r = 0; r < at->rows; r++) {
        int16_t *weights = at->weights + r * at->columns;
        const int32_t moved = errors[r] * (int32_t)at->rate;
        const int32_t gain = clamp(scale(moved, at->rate_shift), GAIN_MAX);
        for (uint32_t c = 0; gain != 0 && c < at->columns; c++) {
            const int32_t weight =
                weights[c] + ((gain * codes[c] + HALF_RATE) >> RATE_BITS);
            weights[c] = (int16_t)clamp(weight, at->limit);
        }
    }
}

uint32_t alt_infer(struct alt_net *net, const int16_t *inputs)
{
    return forward(net, inputs);
}

uint32_t alt_learn(struct alt_net *net, const int16_t *inputs, uint32_t right)
{
    const uint32_t best = forward(net, inputs);
    const uint32_t last = net->layers - 1u;
    uint32_t sums = 0; // where a layer's begin
    for (uint32_t l = 0; l < last; l++) {
        sums += net->layer[l].rows;
    }
    output_errors(net, net->sums + sums, net->errors + sums, best, right);
    for (uint32_t l = last; l > 0u; l--) {
        const struct alt_layer *below = &net->layer[l - 1u];
        const int16_t *errors = net->errors + sums;
        sums -= below->rows;
        back(&net->layer[l], below, errors, net->sums + sums, net->errors + sums);
    }
    const int16_t *codes = net->codes;
    const int16_t *errors = net->errors;
    for (uint32_t l = 0; l <= last; l++) {
        update(&net->layer[l], codes, errors);
        codes += net->layer[l].columns;
        errors += net->layer[l].rows;
    }
    return best;
}
