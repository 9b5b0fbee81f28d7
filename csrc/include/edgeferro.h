// edgeferro: bit-accurate emulator of a learning controller and its ferroelectric
// crossbar. The one public header; SPEC.md beside it says what every bit means.
// SPDX-License-Identifier: Apache-2.0
//
//   1. limits and enumerations     4. memory, commands, batches
//   2. configuration (registers)   5. looking inside (peek), tally, trace
//   3. records                     6. snapshot and signature
//
// Argument order: chip, outputs, inputs; a length follows its array.
// Nulls: no pointer may be null but those that a comment calls optional. Given one, a
// function returns EF_ERROR_NULL if its int is an enum ef_status, 0 if it returns a
// number, null if a pointer; one that returns nothing does nothing.
// Errors: with any other status than EF_OK the chip is as it was and no output has been
// written, apart from what fault says. Only EF_ERROR_ACCOUNT comes after the deed: the
// chip has gone on, and its sums don't add up. What is const is never written to.
// A chip is made by ef_init alone; it may be copied with its block, and used by one
// caller at a time or read by many.
#ifndef EDGEFERRO_H
#define EDGEFERRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ef_enums.h" // those that registers have too
#include "ef_fields.h"

// <cdef>
// ---- 1. limits and enumerations ---------------------------------------------------

#define EF_SPEC_VERSION 3     // the bit contract; a changed result bit raises it
#define EF_SNAPSHOT_VERSION 2 // the byte format of a snapshot
#define EF_LAYERS_MAX 16
#define EF_LINES_MAX 4096  // rows, and columns with the bias column
#define EF_CLASSES_MAX 16  // pulse classes of a device
#define EF_KNOTS 65        // knots of a response table over the state -1..1
#define EF_EXP_ENTRIES 256 // entries of the softmax table
#define EF_ALIGNMENT 64    // the block's alignment in bytes

enum ef_status {
    EF_OK = 0,
    EF_ERROR_NULL = -1,     // a pointer that must not be null is null
    EF_ERROR_CONFIG = -2,   // a configuration field is out of range (see ef_fault)
    EF_ERROR_MEMORY = -3,   // the block is too small or not aligned
    EF_ERROR_INDEX = -4,    // a layer, plane, row or column that is not there
    EF_ERROR_RANGE = -5,    // a code or label outside its range
    EF_ERROR_TRACE = -6,    // the trace buffer can't hold one command
    EF_ERROR_SNAPSHOT = -7, // not a snapshot, cut short or damaged
    EF_ERROR_VERSION = -8,  // a snapshot of another version
    EF_ERROR_CHIP = -9,     // a snapshot of another chip
    EF_ERROR_ACCOUNT = -10  // a pulse has vanished: a bug in the emulator
};

enum ef_rounding {
    EF_ROUND_FLOOR = 0,        // toward minus infinity
    EF_ROUND_ZERO = 1,         // toward zero
    EF_ROUND_NEAREST_UP = 2,   // nearest, ties toward plus infinity
    EF_ROUND_NEAREST_EVEN = 3, // nearest, ties to even
    EF_ROUND_NEAREST_AWAY = 4, // nearest, ties away from zero
    EF_ROUND_STOCHASTIC = 5    // floor(v + u), u uniform from the rounding LFSR
};

enum ef_overflow { EF_SATURATE = 0, EF_WRAP = 1 };

enum ef_site { // the places that narrow a number
    EF_SITE_INPUT = 0,
    EF_SITE_ADC = 1,
    EF_SITE_ACTIVATION = 2,
    EF_SITE_ERROR = 3,
    EF_SITE_GRADIENT = 4,
    EF_SITE_ACCUMULATOR = 5,
    EF_SITE_PULSE = 6,
    EF_SITE_REFERENCE = 7,
    EF_SITE_COUNT = 8
};

enum ef_error_kind { EF_OUTPUT_ERROR_SOFTMAX = 0, EF_OUTPUT_ERROR_SQUARED = 1 };
enum ef_access {             // how a pulse reaches one cell alone (SPEC 17.2)
    EF_ACCESS_HALF = 0,      // passive, V/2 on the lines: cells on them see half
    EF_ACCESS_THIRD = 1,     // passive, V/3: every other cell of the array sees V/3
    EF_ACCESS_TRANSISTOR = 2 // one transistor a cell: no other cell sees anything
};
enum ef_excess { EF_EXCESS_DEFER = 0, EF_EXCESS_DROP = 1 };

enum ef_view {                // what ef_peek can look at; rows x stride, row by row
    EF_VIEW_STATE = 0,        // int32 Q0.31, by plane
    EF_VIEW_SPREAD = 1,       // int8 x 4: common, asymmetry, high, low; by plane
    EF_VIEW_WEAR = 2,         // uint32 pulses, by plane
    EF_VIEW_WEIGHT = 3,       // int16 Q0.15 readable weight
    EF_VIEW_CHI = 4,          // int32 accumulator
    EF_VIEW_STORED = 5,       // int16 Q0.15 digital reference; offset: one a column
    EF_VIEW_INPUT = 6,        // int16 input codes, one a column
    EF_VIEW_CODE = 7,         // int16 ADC codes, one a row
    EF_VIEW_ERROR = 8,        // int16 error codes, one a row
    EF_VIEW_ROW_LFSR = 9,     // uint32, one a group of rows
    EF_VIEW_COLUMN_LFSR = 10, // uint32, one a group of columns
    EF_VIEW_TRIM = 11,        // int8 x 2: gain, offset; rows' converters, then inputs'
    EF_VIEW_CONVERTER = 12    // int32 x 2: G Q0.16, O Q.12 codes (SPEC 5.11); as TRIM
};

// ---- 2. configuration -------------------------------------------------------------

struct ef_site_config { // 0 is not a default: every field is given
    uint8_t bits;       // width of the result, range by site (SPEC 1.6)
    uint8_t rounding;   // enum ef_rounding
    uint8_t overflow;   // enum ef_overflow
    uint8_t shift;      // input only: right shift of the raw input, 0..15
};

struct ef_layer_config {
    uint32_t rows;             // outputs, 1..4096
    uint32_t inputs;           // 1..4096; inputs + bias <= 4096
    uint8_t bias;              // 1: one more column, driven with bias_code
    uint8_t rule;              // enum ef_rule
    uint8_t pulse_class;       // pulses of the update, below class_count
    uint8_t program_class;     // pulses of programming, below class_count
    int16_t bias_code;         // -255..511
    int16_t verify_code;       // DAC code of a verify read, 1..511
    uint8_t gain_mantissa;     // forward ADC, 1..255
    uint8_t gain_shift;        // 0..47
    uint8_t back_mantissa;     // backward ADC, 1..255
    uint8_t back_shift;        // 0..47
    uint8_t verify_mantissa;   // verify ADC, 1..255
    uint8_t verify_shift;      // 0..47
    uint8_t rate_mantissa;     // learning rate, 1..255
    uint8_t rate_shift;        // 0..62
    uint32_t threshold;        // mixed-precision: accumulator units a pulse, 1..2^30
    const int16_t *activation; // 2^min(adc bits, 12) codes; null for softmax output
    const int16_t *slope;      // as many, Q7.8, +-32767; null where activation is
};

struct ef_settings {                // of the whole chip
    uint32_t layer_count;           // 1..16
    uint8_t reference;              // enum ef_reference
    uint8_t both_sides;             // cell reference: 1 pulses both cells, else 0
    uint8_t input_signed;           // 1: input codes are two's complement
    uint8_t error_kind;             // enum ef_error_kind
    int16_t target_low;             // squared error: code of a wrong class, -511..511
    int16_t target_high;            // squared error: code of the right class, -511..511
    struct ef_site_config sites[8]; // by enum ef_site
    // update rules
    uint8_t train_length;    // BL, slots of a pulse train, 1..31
    uint8_t train_bits;      // width of a train probability, 4..16
    uint8_t train_managed;   // 1: the length follows the largest product
    uint8_t pulse_limit;     // pulses a cell and update, 1..127
    uint8_t excess;          // enum ef_excess: mixed-precision pulses over the limit
    uint8_t class_count;     // 1..16
    uint16_t transfer_every; // mixed-precision: samples between transfers, 1..65535
    uint16_t lines_per_row_lfsr;    // 1..4096
    uint16_t lines_per_column_lfsr; // 1..4096
    uint32_t lanes;                 // parallel digital lanes, 1..4096 (cycles only)
    // programming
    uint8_t program_tolerance;  // ADC codes, 0..255
    uint8_t program_iterations; // 1..255
    uint8_t program_limit;      // pulses a cell and iteration, 1..127
    uint8_t program_reads;      // reads averaged a verify, 1..64
    uint8_t program_mantissa;   // pulses = |difference| x mantissa x 2^-shift, 1..255
    uint8_t program_shift;      // 0..31
    uint8_t exp_shift;          // softmax: code distance a table entry = 2^shift, 0..8
    uint8_t error_deadband;     // output errors below this x 2^-8 of one are 0; 0..255
    // device and analog side
    int32_t initial_state;  // Q0.31, within the bounds
    int32_t bound_low;      // Q0.31, -2^31+1 .. -1
    int32_t bound_high;     // Q0.31, 1 .. 2^31-1
    uint32_t bound_spread;  // Q0.31 a spread unit, 0..2^26
    uint32_t d2d_common;    // Q14.8 a spread unit, 0..2^17
    uint32_t d2d_asymmetry; // Q14.8 a spread unit, 0..2^17
    uint32_t read_noise;    // line sum a noise unit, Q.8, 0..2^24
    uint32_t read_ns;       // nanoseconds of one array read, 1..10^9
    uint32_t gap_ns;        // nanoseconds between pulses, 0..10^9
    // what fails and ages (SPEC 3.2, 3.7, 17); all 0: nothing does
    uint32_t stuck_low;        // probability of a cell stuck at its low bound, Q0.32
    uint32_t stuck_high;       // at its high bound, Q0.32; together below 2^32
    uint32_t fatigue;          // part of a step lost a doubling of wear, Q0.16, below 1
    int32_t imprint;           // up gains, down loses a doubling, Q0.16, +-65535
    uint32_t wear_onset;       // log2 of the pulses before wear counts, 0..31
    uint32_t disturb;          // part of a step a half-select moves, Q0.20, 0..2^16
    uint32_t drift;            // Q0.31 a noise unit after one second of rest, 0..2^20
    uint32_t retention_s;      // half-life of a state at rest, seconds; 0: for ever
    int32_t retention_level;   // Q0.31, what a state relaxes to, +-(2^31 - 1)
    uint32_t c2c[16];          // by class: Q14.8 a noise unit, 0..2^18
    uint32_t c2c_additive[16]; // by class: Q0.31 a noise unit, 0..2^20
    uint32_t width_ns[16];     // by class, 1..10^9
    // the read chain (SPEC 5.9 to 5.12); all 0: noise as read_noise says, no errors
    uint32_t read_shot;   // variance a unit of charge, Q.16 of read_noise^2, 0..2^31-1
    uint32_t read_base;   // G_min in conductance codes, 0..2^24
    uint32_t line_limit;  // where an integrator clips, 2^8 of a line sum, 0..2^30
    uint32_t adc_gain;    // gain of a converter a spread unit, Q0.24, 0..2^14
    uint32_t adc_offset;  // its offset a spread unit, Q.12 codes, 0..2^16
    uint32_t access;      // enum ef_access
    uint32_t trim_gain;   // gain of a unit of a converter's trim, Q0.24, 0..2^14
    uint32_t trim_offset; // its offset a unit of trim, Q.12 codes, 0..2^16
    // coarse pulses of the counted and mixed rules (SPEC 9.11); 0: fine ones alone
    uint32_t coarse_class; // below class_count; 0 where the ratio is 0
    uint32_t coarse_ratio; // pulses of pulse_class that one is worth, Q.8, 0, 512..2^15
};

struct ef_config {
    uint64_t seed; // of everything random on this chip
    struct ef_settings settings;
    const int32_t *knots;      // class_count x 2 (up, down) x 65 steps, Q0.31, >= 0
    const uint16_t *exp_table; // 256 entries Q0.16, not increasing, first > 0; softmax
    const int16_t *adc_inl;    // 65 knots over the ADC's range, Q7.8 codes; or null
    struct ef_layer_config layers[16];
};

struct ef_fault {  // which field, and what it may be
    int32_t field; // enum ef_field
    int32_t index; // layer, class or site; -1 where there is one only
    int64_t value;
    int64_t low;
    int64_t high;
};

// ---- 3. records -------------------------------------------------------------------

struct ef_site_stats {
    uint64_t saturated;
    uint64_t underflowed;
    uint64_t peak;
};

struct ef_account {     // pulses; requested = issued + deferred + dropped,
    uint64_t requested; // issued = applied + saturated
    uint64_t issued;
    uint64_t deferred;
    uint64_t dropped;
    uint64_t applied;
    uint64_t saturated;
};

struct ef_pulse_tally { // by phase, class and polarity (0 up, 1 down)
    uint64_t pulses;
    uint64_t conduction; // sum of the conductance code (0..65535) at each pulse
    uint64_t switched;   // sum of |change of state|, Q0.31
};

struct ef_tally {
    uint64_t inferences;    // forward passes, those of learning included
    uint64_t updates;       // learning steps
    uint64_t events[6][20]; // by enum ef_phase and enum ef_event
    struct ef_pulse_tally pulses[6][16][2];
    struct ef_account account[6];
};

struct ef_gradient_account { // mixed-precision, accumulator units, signed
    int64_t requested;       // sum of gradients that arrived
    int64_t issued;          // threshold x signed pulses that left
    int64_t lost;            // cut off by the accumulator's width or by dropping
};

struct ef_pulse {   // one line of the pulse trace
    uint64_t cycle; // controller cycle at which the command began
    uint16_t row;
    uint16_t column;
    uint8_t layer;
    uint8_t plane;
    uint8_t pulse_class;
    int8_t count; // sign is the polarity, magnitude the pulses issued
};

struct ef_calibration {  // how symmetry points are looked for (SPEC 16)
    uint8_t pulse_class; // below class_count
    uint8_t reads;       // averaged a reading, 1..16
    uint8_t quads;       // up up down down a window, 1..64
    uint8_t windows;     // measured once a cell is quiet, 1..64
    uint8_t tolerance;   // quiet: moved less a window, in 1/16 step, 1..255
    uint8_t probe;       // pulses of a rail test beyond the quads, 3..15
    uint8_t mantissa;    // ADC gain of a cell read alone, 1..255
    uint8_t shift;       // 0..47
    uint32_t limit;      // quads a cell has to become quiet, 1..60000
};

struct ef_point {      // one cell's calibration; zero before the first window
    int32_t window[4]; // codes of the last window: before up, up, down, down
    int32_t sums[4];   // the same, summed over the measured windows
    int32_t last;      // level of the window before
    uint16_t quads;    // spent so far
    uint8_t windows;   // measured so far, and 1 as soon as the cell is quiet
    uint8_t verdict;   // enum ef_verdict
};

#define EF_KEEP_ACCUMULATORS 1u // of ef_power_cycle_keeping

struct ef_trace {
    struct ef_pulse *entries;
    uint64_t capacity;
    uint64_t count;
};

struct ef_layer_info {
    uint32_t rows;
    uint32_t inputs;
    uint32_t columns; // inputs + bias
    uint32_t stride;  // cells between two rows of a view
    int32_t exponent; // block exponent of the error codes
    uint64_t forward_reads;
    uint64_t backward_reads;
    uint32_t row_lfsr_count;
    uint32_t column_lfsr_count;
    struct ef_gradient_account gradient;
    struct ef_site_stats sites[8];
};

struct ef_chip; // flat, no pointers, lives in the caller's block

// ---- 4. memory, commands, batches -------------------------------------------------

const char *ef_status_text(int status); // never null
const char *ef_field_name(int field);   // never null

// Of a configuration that ef_block_size accepts: entries of an activation or slope
// table, and its digest (SPEC 13.1).
uint32_t ef_table_entries(const struct ef_config *config);
uint64_t ef_config_digest(const struct ef_config *config);
// A configuration without its tables as 32-bit words: seed (low half first), settings,
// then each layer's, in the order of their fields; ef_config_words says how many, 0 for
// more layers than there may be. RANGE: another count, or a value that its field can't
// hold.
uint32_t ef_config_words(uint32_t layer_count);
int ef_config_to_words(uint32_t *words, uint32_t count, const struct ef_config *config);
int ef_config_from_words(struct ef_config *config, const uint32_t *words,
                         uint32_t count);
// Bytes that a chip needs. CONFIG: fault names the first field out of its range.
int ef_block_size(uint64_t *size, struct ef_fault *fault,
                  const struct ef_config *config);
// A chip at power-up (SPEC 13.5) in the caller's block, which is all of its memory; the
// configuration and its tables are copied. MEMORY: fewer bytes than ef_block_size says,
// or not aligned to EF_ALIGNMENT; CONFIG.
int ef_init(struct ef_chip **chip, void *block, uint64_t size, struct ef_fault *fault,
            const struct ef_config *config);

// Forward passes (SPEC 6): sample_count rows of inputs, the bias left out; any code is
// allowed. Gives the classes and, if codes is not null (optional), the last layer's.
int ef_infer(struct ef_chip *chip, int32_t *predicted, int16_t *codes,
             const int16_t *inputs, uint64_t sample_count);
// Learning steps (SPEC 9), of which *done were taken: fewer than asked for where the
// trace has no room for another (SPEC 15.3). predicted and trace are optional. RANGE: a
// label that is no row of the last layer; TRACE: the buffer can't hold one step.
int ef_learn(struct ef_chip *chip, uint64_t *done, int32_t *predicted,
             struct ef_trace *trace, const int16_t *inputs, const int32_t *labels,
             uint64_t sample_count);
// Learning steps with a target for each row of the last layer, in its activation's
// codes (SPEC 9.9); the rest as ef_learn. codes is optional: the last layer's ADC codes
// before each update. INDEX: the error kind is softmax; RANGE: a target beyond +-(2^b -
// 1), b the activation bits; TRACE.
int ef_learn_targets(struct ef_chip *chip, uint64_t *done, int16_t *codes,
                     struct ef_trace *trace, const int16_t *inputs,
                     const int16_t *targets, uint64_t sample_count);
// INDEX: no such layer; RANGE: mantissa 0 or shift above 62. So also below.
int ef_set_rate(struct ef_chip *chip, uint32_t layer, uint8_t mantissa, uint8_t shift);

// Write and verify a column (SPEC 10.1): as many targets as rows. *missed rows stayed
// outside the tolerance. trace is optional. INDEX: no such layer, plane or column;
// TRACE: no room for rows x program_iterations entries.
int ef_program_column(struct ef_chip *chip, uint32_t *missed, struct ef_trace *trace,
                      uint32_t layer, uint32_t plane, uint32_t column,
                      const int16_t *targets);
// Sum of `reads` codes a row (SPEC 5.7). INDEX; RANGE: reads not in 1..64.
int ef_read_column(struct ef_chip *chip, int32_t *sums, uint32_t layer, uint32_t plane,
                   uint32_t column, uint32_t reads);
// References of the digital side (SPEC 4.3), rows x columns or one a column. INDEX: no
// such layer, or a chip without them.
int ef_store_reference(struct ef_chip *chip, uint32_t layer, const int16_t *codes);
int ef_store_offset(struct ef_chip *chip, uint32_t layer, const int16_t *codes);
// A window of calibration (SPEC 16) on a column; points, one a row, go on from where
// they are. trace is optional. INDEX; RANGE: a setting, or a record that no window can
// have left; TRACE: no room for rows x (4 x quads + 4) entries.
int ef_calibrate_column(struct ef_chip *chip, struct ef_point *points,
                        struct ef_trace *trace, uint32_t layer, uint32_t plane,
                        uint32_t column, const struct ef_calibration *how);
// Auto-zero and gain trim of a side's converters (SPEC 5.12); *ends of their registers
// ended at -127 or 127. INDEX: no such layer or side; RANGE: reads not in 1..64, a code
// outside its range, or a chip without trim.
int ef_trim(struct ef_chip *chip, uint32_t *ends, uint32_t layer, uint32_t side,
            uint32_t reads, uint32_t code);
int ef_rest(struct ef_chip *chip, uint32_t seconds); // SPEC 17.3; RANGE: 0 seconds
void ef_power_cycle(struct ef_chip *chip);           // SPEC 18
// As ef_power_cycle; with EF_KEEP_ACCUMULATORS those stay (SPEC 18.3).
void ef_power_cycle_keeping(struct ef_chip *chip, uint32_t keep);
// Other descriptors for the same silicon (SPEC 19.8): cells and counters stay, rates
// are those of the configuration; a layer that leaves mixed precision loses what its
// accumulators hold. CONFIG: out of range, of another chip, or mixed precision where
// there are no accumulators; CHIP: another seed, or other tables.
int ef_reconfigure(struct ef_chip *chip, struct ef_fault *fault,
                   const struct ef_config *config);
// One column of ef_store_reference: a code for each row.
int ef_store_reference_column(struct ef_chip *chip, uint32_t layer, uint32_t column,
                              const int16_t *codes);
// The accumulators of one column, one a row (SPEC 19.7). INDEX: no such column, or a
// layer that is not mixed precision; RANGE: one outside the accumulator's width.
int ef_read_accumulators(struct ef_chip *chip, uint32_t layer, uint32_t column,
                         int32_t *chi);
int ef_write_accumulators(struct ef_chip *chip, uint32_t layer, uint32_t column,
                          const int32_t *chi);
// Pulses that each cell of a column has had, one a row. INDEX.
int ef_read_wear(const struct ef_chip *chip, uint32_t layer, uint32_t plane,
                 uint32_t column, uint32_t *wear);
// CYCLE and ANALOG_NS of all phases together.
void ef_spent(const struct ef_chip *chip, uint64_t *cycles, uint64_t *analog_ns);

// One read of a whole array (SPEC 5.8). Forward: a code -511..511 for each column, that
// of the bias too; gives one a row. Backward: an error code for each row; gives one for
// each input. INDEX; RANGE: a code outside its range.
int ef_array_forward(struct ef_chip *chip, int16_t *codes, uint32_t layer,
                     const int16_t *inputs);
int ef_array_backward(struct ef_chip *chip, int16_t *codes, uint32_t layer,
                      const int16_t *errors);
// The digital side of one layer, for networks that are put together outside. What
// ef_array_forward gave through the layer's activation table (SPEC 6.5); what a
// backward read gave, `back`, times the slope at the layer's own codes (SPEC 8.5); one
// a row. INDEX: no such layer, or one without a table; RANGE: a code outside the ADC's
// range.
int ef_array_activate(struct ef_chip *chip, int16_t *outputs, uint32_t layer,
                      const int16_t *codes);
int ef_array_slopes(struct ef_chip *chip, int32_t *wide, uint32_t layer,
                    const int16_t *codes, const int16_t *back);
// Wide errors, one a row, to error codes and the layer's exponent, which takes that of
// the layer above along (SPEC 8.6). INDEX; RANGE: above not in -512..511.
int ef_array_errors(struct ef_chip *chip, int16_t *errors, int32_t *exponent,
                    uint32_t layer, const int32_t *wide, int32_t above);
// One update of one layer by its rule from input codes, one a column, error codes, one
// a row, and their exponent (SPEC 9.10). trace is optional. INDEX: no such layer, or
// one with rule none; RANGE: an input outside -511..511, an error code outside its
// range, an exponent outside -1024..1023; TRACE: no room for rows x columns entries,
// twice with both_sides, twice again with coarse_ratio.
int ef_update_layer(struct ef_chip *chip, struct ef_trace *trace, uint32_t layer,
                    const int16_t *inputs, const int16_t *errors, int32_t exponent);
// rows x columns signed counts of pulses (SPEC 10.2). trace is optional. INDEX: no such
// layer, plane or class; RANGE: a count of -128; TRACE: no room for rows x columns.
int ef_array_pulse(struct ef_chip *chip, struct ef_trace *trace, uint32_t layer,
                   uint32_t plane, uint32_t pulse_class, const int8_t *counts);

// ---- 5. looking inside ------------------------------------------------------------

// A view of the chip's own memory (enum ef_view) and how many bytes it has; it is good
// as long as the block. Null where there is no such layer, plane or view. To be looked
// at only: what follows from a value would not follow.
void *ef_peek(struct ef_chip *chip, uint64_t *size, uint32_t layer, uint32_t plane,
              int view);
// Puts a cell into a state, and what follows from it; no pulse, no wear. INDEX; RANGE:
// a state outside the cell's bounds.
int ef_poke_state(struct ef_chip *chip, uint32_t layer, uint32_t plane, uint32_t row,
                  uint32_t column, int32_t state);
int ef_layer_info(const struct ef_chip *chip, struct ef_layer_info *info,
                  uint32_t layer);                           // INDEX
const struct ef_tally *ef_tally(const struct ef_chip *chip); // as long as the block
uint64_t ef_cycle(const struct ef_chip *chip);
uint32_t ef_round_lfsr(const struct ef_chip *chip);

// ---- 6. snapshot and signature (SPEC 13) ------------------------------------------

uint64_t ef_snapshot_size(const struct ef_chip *chip);
int ef_snapshot(const struct ef_chip *chip, uint8_t *bytes,
                uint64_t size); // MEMORY: size is not that of ef_snapshot_size
// All or nothing (SPEC 13.4). SNAPSHOT: cut short, damaged, or a value that no chip
// holds; VERSION: of another version of bytes or SPEC; CHIP: of another configuration.
int ef_restore(struct ef_chip *chip, const uint8_t *bytes, uint64_t size);
uint64_t ef_signature(const struct ef_chip *chip);

// The arithmetic and the noise as functions, for tests and for other models. The first
// gives 0 and RANGE in *status for what SPEC 1.1 doesn't cover.
int64_t ef_round_shift_checked(int64_t value, int32_t shift, int rounding, int *status);
uint64_t ef_draw_number(uint64_t key, uint64_t index);
int32_t ef_noise_number(uint64_t bits);
uint32_t ef_lfsr_leap(uint32_t state);
// </cdef>

#endif
