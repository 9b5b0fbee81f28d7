// A driver of the edgeferro controller: guards first, a status from everything, no
// heap, no floating point, no waiting without a limit. C11 and C++17.
// SPDX-License-Identifier: Apache-2.0
//
// Who may call what, and when
// - A struct ef_dev belongs to one thread. Where more use it, they lock around each
//   call: nearly all are several accesses that belong together (what is selected and
//   then shown: LAYER, COLUMN, ROW and WINDOW, the tally, points, the cycle counter).
// - The block's interrupt handler calls efd_interrupt, and nothing else of this driver;
//   it may come at any moment of any other call, and more often than needed. While a
//   call is under way it takes the line back and leaves the rest to that call.
// - dev->ended, where it is set, is called from efd_interrupt, or out of a call of the
//   thread that the interrupt came into. It may look at what it is given and wake
//   somebody; it must not call the driver.
// - With submitted samples on their way, efd_submit_... and efd_complete go on at once;
//   every other call first waits until they have ended. Their ends stay to be taken.
// - No other master writes to the block meanwhile. What a debugger's looks leave in
//   ERROR is put aside (dev->stale) and never taken for a refusal of a command.
// - efd_updates is one read, and needs no lock.
#ifndef EF_DRIVER_H
#define EF_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "ef_enums.h" // kinds of reference, rules, planes, verdicts, phases, events

#ifdef __cplusplus
extern "C" {
#endif

enum { // what each call gives
    EFD_OK = 0,
    EFD_NOT_FOUND = -1, // no controller of this kind behind the bus, or no more
    EFD_ARGUMENT = -2,  // null, out of range, or not as long as the chip has it;
                        // LAYER at most was written
    EFD_REFUSED = -3,   // the controller refused it, nothing was done: dev->errors
    EFD_TIMEOUT = -4,   // a command has not ended in dev->timeout cycles
    EFD_FULL = -5,      // no room for one more sample: complete some first
    EFD_NOTHING = -6,   // nothing has ended, or nothing was cut
    EFD_LOST = -7,      // it was done, but somebody took its result away
    EFD_CUT = -8,       // it was dropped or ended before its time: efd_cut
    EFD_RESTARTED = -9  // the block lost its power or was reset: efd_open again
};

// How the block is reached. Null instead of a port: volatile words at the base.
struct ef_port {
    uint32_t (*read)(void *context, uint32_t offset);
    void (*write)(void *context, uint32_t offset, uint32_t value);
    // Sleep: with interrupts masked, unless *events is no longer what was seen, wait
    // for an interrupt; then unmask. May come back at any time, and has to now and then
    // (a tick) if a line that is broken is to be found out. Null: the driver polls.
    void (*wait)(void *context, const volatile uint32_t *events, uint32_t seen);
    void *context;
};

struct efd_done { // the end of a sample that was submitted
    uint32_t number;
    int32_t status; // EFD_OK, EFD_REFUSED, EFD_LOST or EFD_CUT
    uint32_t label; // class that was found
    uint32_t errors;
};

struct efd_slot { // the driver's own: the same, shared with the handler
    volatile uint32_t number;
    volatile int32_t status;
    volatile uint32_t label;
    volatile uint32_t errors;
};

#define EFD_SAMPLES_MAX 4u            // submitted and not yet taken by efd_complete
#define EFD_TIMEOUT_CYCLES 100000000u // 10 s at 10 MHz; beyond any command

struct ef_dev;
typedef void (*efd_callback)(struct ef_dev *dev, const struct efd_done *done);

struct ef_dev { // what a driver remembers; the caller's memory
    uintptr_t base;
    const struct ef_port *port;
    uint32_t layers;
    uint32_t planes;
    uint32_t inputs;         // of the first layer, without its bias column
    uint32_t classes;        // rows of the last layer
    uint32_t errors;         // bits of ERROR of the last call that was refused
    volatile uint32_t stale; // bits that were nobody's, since efd_open; may be cleared
    uint32_t timeout;        // cycles of the controller that a wait may take
    efd_callback ended;      // told of each sample instead of efd_complete; may be null
    void *user;              // the caller's own
    // the driver's own from here on
    bool polling;
    uint32_t fifo;            // codes that the sample FIFO holds
    uint32_t number;          // of the last command that was accepted
    volatile bool held;       // by a call: the handler leaves the block alone
    volatile bool missed;     // the handler came meanwhile
    volatile uint32_t events; // interrupts so far
    volatile uint32_t put;    // samples submitted, ended, and taken so far
    volatile uint32_t over;
    volatile uint32_t taken;
    struct efd_slot slots[EFD_SAMPLES_MAX];
};

struct efd_capabilities { // what the silicon is
    uint32_t layers;
    uint32_t planes; // 2: with reference cells
    uint32_t pulse_classes;
    uint32_t reference; // enum ef_reference
    bool trims;         // efd_trim
    bool targets;       // efd_learn_targets
    bool accumulators;  // every layer has some: efd_apply may choose mixed precision
    uint32_t adc_bits;
    uint32_t input_bits;
    uint32_t error_bits;
    uint32_t fifo; // codes
    uint32_t clock_hz;
};

struct efd_cut {     // a command that did not come to its end
    uint32_t opcode; // enum ef_command
    uint32_t layer;
    uint32_t cause; // enum ef_cause
    uint32_t steps; // that had begun, and are over
    bool pulsed;    // cells were pulsed
};

struct efd_calibration { // SPEC 16
    uint32_t pulse_class;
    uint32_t reads;
    uint32_t quads;
    uint32_t windows;
    uint32_t tolerance;
    uint32_t probe;
    uint32_t mantissa;
    uint32_t shift;
    uint32_t limit;
};

struct efd_point {
    int32_t sums[4];
    uint32_t quads;
    uint32_t windows;
    uint32_t verdict; // enum ef_verdict
};

struct efd_gain {
    uint32_t mantissa; // 1..255
    uint32_t shift;    // 0..47
};

struct efd_descriptors { // of a layer
    uint32_t rule;       // enum ef_rule
    uint32_t pulse_class;
    uint32_t program_class;
    struct efd_gain forward;
    struct efd_gain back;
    struct efd_gain verify;
    uint32_t threshold;  // 1..2^30
    int32_t bias_code;   // int16
    int32_t verify_code; // int16
};

struct efd_programming { // write and verify
    uint32_t tolerance;  // 0..255
    uint32_t iterations; // 0..255
    uint32_t limit;      // 0..127
    uint32_t reads;      // 0..127
};

struct efd_fault { // what efd_apply was refused for: enum ef_field, and where
    uint32_t field;
    uint32_t index;
};

// ---- Beginning and end

// Find the block and make it ready; nothing but ID and VERSION is read of what is none.
// A command that is under way (a watchdog reset the processor alone) comes to its end.
// With a port that can wait, interrupts are on; efd_interrupt may come from here on.
int efd_open(struct ef_dev *dev, uintptr_t base, const struct ef_port *port);
int efd_close(struct ef_dev *dev);         // no command is accepted, no interrupt comes
int efd_poll(struct ef_dev *dev, bool on); // polling instead of interrupts
int efd_capabilities(struct ef_dev *dev, struct efd_capabilities *chip);
int efd_shape(struct ef_dev *dev, uint32_t layer, uint32_t *rows, uint32_t *columns);

// ---- Samples: count codes, one for each input of the first layer

int efd_infer(struct ef_dev *dev, uint32_t *label, const int16_t *codes,
              uint32_t count);
int efd_learn(struct ef_dev *dev, uint32_t *label, const int16_t *codes, uint32_t count,
              uint32_t right);
// Learn a target for each row of the last layer, in its activation's codes (SPEC 9.9);
// label is the row that was largest before, efd_output its code.
int efd_learn_targets(struct ef_dev *dev, uint32_t *label, const int16_t *codes,
                      uint32_t count, const int16_t *targets, uint32_t target_count);
int efd_output(struct ef_dev *dev, int32_t *code, uint32_t row);

// The same without waiting: the command's number at once, its end from efd_complete, in
// order, or through dev->ended.
int efd_submit_infer(struct ef_dev *dev, uint32_t *number, const int16_t *codes,
                     uint32_t count);
int efd_submit_learn(struct ef_dev *dev, uint32_t *number, const int16_t *codes,
                     uint32_t count, uint32_t right);
int efd_complete(struct ef_dev *dev, struct efd_done *done); // EFD_NOTHING: none yet
int efd_wait(struct ef_dev *dev); // until all that was submitted has ended
void efd_interrupt(struct ef_dev *dev);

// ---- Columns of a layer: count numbers, one for each row

int efd_program_column(struct ef_dev *dev, uint32_t *missed, uint32_t layer,
                       uint32_t plane, uint32_t column, const int16_t *targets,
                       uint32_t count);
int efd_read_column(struct ef_dev *dev, int32_t *sums, uint32_t count, uint32_t layer,
                    uint32_t plane, uint32_t column, uint32_t reads);
// CRC-32 of the codes of a layer's plane, each read so often (SPEC 19.7).
int efd_checksum(struct ef_dev *dev, uint32_t *crc, uint32_t layer, uint32_t plane,
                 uint32_t reads);
int efd_store_reference(struct ef_dev *dev, uint32_t layer, uint32_t column,
                        const int16_t *codes, uint32_t count);
int efd_store_offsets(struct ef_dev *dev, uint32_t layer, const int16_t *codes,
                      uint32_t count); // one for each column
int efd_read_accumulators(struct ef_dev *dev, int32_t *chi, uint32_t count,
                          uint32_t layer, uint32_t column);
int efd_write_accumulators(struct ef_dev *dev, uint32_t layer, uint32_t column,
                           const int32_t *chi, uint32_t count);
int efd_set_rate(struct ef_dev *dev, uint32_t layer, uint32_t mantissa, uint32_t shift);

// ---- Symmetry points and trims

int efd_clear_points(struct ef_dev *dev);
int efd_calibrate_column(struct ef_dev *dev, uint32_t layer, uint32_t plane,
                         uint32_t column, const struct efd_calibration *how);
// Of a row of the column that was calibrated last.
int efd_point(struct ef_dev *dev, struct efd_point *point, uint32_t row);
// Auto-zero and gain of a side's converters (enum ef_side, SPEC 5.12).
int efd_trim(struct ef_dev *dev, uint32_t *ends, uint32_t layer, uint32_t side,
             uint32_t reads, uint32_t code);

// ---- One layer at a time (SPEC 19.7): every array with its length

// inputs: one for each column, the bias column among them; codes: one for each row.
int efd_forward(struct ef_dev *dev, int16_t *codes, uint32_t count, uint32_t layer,
                const int16_t *inputs, uint32_t input_count);
int efd_activate(struct ef_dev *dev, int16_t *outputs, uint32_t layer,
                 const int16_t *codes, uint32_t count);
// codes: up to one for each column.
int efd_backward(struct ef_dev *dev, int16_t *codes, uint32_t count, uint32_t layer,
                 const int16_t *errors, uint32_t error_count);
int efd_slopes(struct ef_dev *dev, int32_t *wide, uint32_t layer, const int16_t *codes,
               const int16_t *back, uint32_t count);
// above is the exponent of the layer above, 0 for the last; *exponent is this layer's.
int efd_errors(struct ef_dev *dev, int16_t *errors, int32_t *exponent, uint32_t layer,
               const int32_t *wide, uint32_t count, int32_t above);
int efd_update(struct ef_dev *dev, uint32_t layer, const int16_t *inputs,
               uint32_t input_count, const int16_t *errors, uint32_t error_count,
               int32_t exponent);

// ---- Descriptors (SPEC 19.8): written, then taken by efd_apply; cells stay

int efd_read_descriptors(struct ef_dev *dev, struct efd_descriptors *told,
                         uint32_t layer);
int efd_write_descriptors(struct ef_dev *dev, uint32_t layer,
                          const struct efd_descriptors *told);
int efd_read_programming(struct ef_dev *dev, struct efd_programming *told);
int efd_write_programming(struct ef_dev *dev, const struct efd_programming *told);
// Unlocks APPLY for itself and locks it again. fault may be null.
int efd_apply(struct ef_dev *dev, struct efd_fault *fault);
int efd_lock(struct ef_dev *dev, uint32_t bits); // EF_LOCK_..._MASK
int efd_unlock(struct ef_dev *dev, uint32_t bits);

// ---- Stopping, resting, what was cut

// End what is under way behind its step and drop what waits; samples that were
// submitted end with EFD_CUT.
int efd_abort(struct ef_dev *dev);
int efd_reset(struct ef_dev *dev); // as that, then all registers; opens again
// enum ef_mode, from the end of what is under way on. Out of retention the next access
// wakes the block, the handler's too, and the mode is RUN again.
int efd_power(struct ef_dev *dev, uint32_t mode);
int efd_keep_accumulators(struct ef_dev *dev, bool keep); // over one loss of power
// The last command that did not come to its end; it stays until efd_forget_cut, so that
// what follows from it can be done, and done again, first. EFD_NOTHING: none.
int efd_cut(struct ef_dev *dev, struct efd_cut *cut);
int efd_forget_cut(struct ef_dev *dev);

// ---- What was counted

int efd_event(struct ef_dev *dev, uint64_t *count, uint32_t phase, uint32_t event);
int efd_pulses(struct ef_dev *dev, uint64_t *count, uint32_t phase,
               uint32_t pulse_class);
uint32_t efd_updates(struct ef_dev *dev); // learning steps since the chip was made
uint64_t efd_cycles(struct ef_dev *dev);  // since power-up

#ifdef __cplusplus
}
#endif

#endif
