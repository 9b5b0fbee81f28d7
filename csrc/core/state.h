// The chip in memory: one flat header and planes at offsets behind it. No pointers, so
// that a copy of the block is a copy of the chip.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_STATE_H
#define EF_STATE_H

#include <stdint.h>

#include "settings.h"

#define EF_SPREAD_BYTES 4u  // common, asymmetry, high, low
#define EF_STRIDE_CELLS 16u // rows of a plane start on a multiple of this
#define EF_CUT_BYTES 2u     // coarse pulses, fine pulses

// Cells of one kind: byte offsets from the block's start.
struct ef_plane_map {
    uint64_t state;      // int32, rows x stride
    uint64_t spread;     // int8 x 4, rows x stride
    uint64_t wear;       // uint32, rows x stride
    uint64_t column_sum; // uint32 conductance code of each column
    uint64_t row_sum;    // uint32 conductance code of each row
    uint64_t spread_key; // noise keys of SPEC 2.3
    uint64_t cycle_key;
    uint64_t additive_key;
    uint64_t stuck_key;
    uint64_t drift_key;
};

#define EF_MEMBER(NUMBER, name, type, low, high) type name;

struct ef_layer {
    EF_LAYER_SETTINGS(EF_MEMBER, EF_MEMBER) // as in struct ef_layer_config
    uint32_t columns;
    uint32_t stride;
    int32_t exponent;
    uint16_t transfer_count;
    uint8_t has_activation;
    uint8_t has_errors; // of converters, trims and nonlinearity included
    uint32_t row_groups;
    uint32_t column_groups;
    uint32_t index;
    // counters
    uint64_t forward_reads;
    uint64_t backward_reads;
    uint64_t verify_reads;
    uint64_t forward_key;
    uint64_t backward_key;
    uint64_t verify_key;
    struct ef_gradient_account gradient;
    struct ef_site_stats sites[EF_SITE_COUNT];
    // byte offsets from the block's start
    struct ef_plane_map planes[EF_PLANE_COUNT];
    uint64_t weight;     // int16, rows x stride
    uint64_t chi;        // int32, rows x stride; mixed-precision only
    uint64_t stored;     // int16, rows x stride; offset reference: stride
    uint64_t activation; // int16 table
    uint64_t slope;      // int16 table
    uint64_t input;      // int16, stride
    uint64_t code;       // int16, rows
    uint64_t error;      // int16, rows
    uint64_t delta;      // int32, rows: error before its code
    uint64_t row_lfsr;   // uint32, one a group
    uint64_t column_lfsr;
    uint64_t converters; // struct ef_converter, rows then inputs; 0: none errs
    uint64_t trims;      // int8 x 2, rows then inputs: gain and offset; 0: none
};

// What a converter does to what it reads: its own errors and its trim together.
struct ef_converter {
    int32_t gain;   // Q0.16
    int32_t offset; // Q.12 codes
};

struct ef_chip {
    uint64_t digest; // of the configuration (SPEC 13.1)
    uint64_t seed;
    uint64_t size; // bytes of the block
    uint64_t cycle;
    uint32_t round_lfsr;
    uint32_t rests; // commands of rest so far
    uint32_t plane_count;
    struct ef_settings settings;
    // byte offsets from the block's start
    uint64_t knots;     // int32, class_count x 2 x 65
    uint64_t exp_table; // uint16, 256
    uint64_t inl;       // int16, 65; 0: converters are linear
    uint64_t line_sum;  // int64 scratch, one a line
    uint64_t partial;   // int32 scratch, one a line
    uint64_t mask;      // uint32 scratch, one a line: column pulse trains
    uint64_t chance;    // uint32 scratch, one a line: train probabilities
    uint64_t list;      // uint16 scratch, one a line: lines in use
    uint64_t back;      // int16 scratch, one a line: codes of a backward read
    uint64_t own;       // int16 scratch, one a line: pulses of a line's cells
    uint64_t cut;       // int8 x 2, one a line: coarse and fine pulses to send
    struct ef_tally tally;
    struct ef_layer layers[EF_LAYERS_MAX];
};

// Padding would make two equal chips differ in memory.
_Static_assert(sizeof(struct ef_plane_map) == 80u, "padding in ef_plane_map");
_Static_assert(sizeof(struct ef_layer) % 8u == 0u, "padding in ef_layer");
_Static_assert(sizeof(struct ef_chip) % 8u == 0u, "padding in ef_chip");

static inline void *ef_at(struct ef_chip *chip, uint64_t offset)
{
    return (uint8_t *)chip + offset;
}

static inline const void *ef_see(const struct ef_chip *chip, uint64_t offset)
{
    return (const uint8_t *)chip + offset;
}

static inline int16_t *ef_weights(struct ef_chip *chip, const struct ef_layer *layer)
{
    return (int16_t *)ef_at(chip, layer->weight);
}

static inline int16_t *ef_inputs(struct ef_chip *chip, const struct ef_layer *layer)
{
    return (int16_t *)ef_at(chip, layer->input);
}

static inline int16_t *ef_codes(struct ef_chip *chip, const struct ef_layer *layer)
{
    return (int16_t *)ef_at(chip, layer->code);
}

static inline int16_t *ef_errors(struct ef_chip *chip, const struct ef_layer *layer)
{
    return (int16_t *)ef_at(chip, layer->error);
}

static inline int32_t *ef_deltas(struct ef_chip *chip, const struct ef_layer *layer)
{
    return (int32_t *)ef_at(chip, layer->delta);
}

static inline const int32_t *ef_knots(const struct ef_chip *chip, uint32_t pulse_class,
                                      uint32_t polarity)
{
    const int32_t *knots = (const int32_t *)ef_see(chip, chip->knots);
    return knots + (pulse_class * 2u + polarity) * EF_KNOTS;
}

static inline void ef_count(struct ef_chip *chip, int phase, int event, uint64_t amount)
{
    chip->tally.events[phase][event] += amount;
}

// Controller cycles are counted by phase and on the chip's own clock.
static inline void ef_spend(struct ef_chip *chip, int phase, uint64_t cycles,
                            uint64_t analog_ns)
{
    chip->tally.events[phase][EF_EVENT_CYCLE] += cycles;
    chip->tally.events[phase][EF_EVENT_ANALOG_NS] += analog_ns;
}

#endif
