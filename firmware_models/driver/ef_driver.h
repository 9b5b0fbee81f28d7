// A driver of the edgeferro controller: guards first, a status from everything, no
// heap, no floating point, no waiting without a limit. C11 and C++.
//
// Who may call what. A struct ef_dev belongs to one thread; where more use it, they
// lock around each call, for most calls are several accesses that belong together. The
// interrupt handler calls efd_interrupt alone, at any moment of any other call: it
// touches no register that a call depends on. The callback runs in the handler and may
// only take what it is given. Between submitting and completing, the thread may submit
// more, up to EFD_PENDING_MAX, and call efd_complete; every other call first waits
// until all that was submitted has ended. SPDX-License-Identifier: Apache-2.0
#ifndef EF_DRIVER_H
#define EF_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum efd_status {
    EFD_OK = 0,
    EFD_NOT_FOUND = -1, // no controller of this kind behind the bus
    EFD_ARGUMENT = -2, // an argument is null or out of range; LAYER at most was written
    EFD_REFUSED = -3,  // the controller refused it: dev->errors says why
    EFD_TIMEOUT = -4,  // a command didn't end in time
    EFD_FULL = -5,     // no room for one more that waits
    EFD_NOTHING = -6   // nothing has ended, or nothing was cut
};

// How the block is reached. Null instead of a port: volatile words at the base.
struct ef_port {
    uint32_t (*read)(void *context, uint32_t offset);
    void (*write)(void *context, uint32_t offset, uint32_t value);
    // Sleep until an interrupt of the block was handled: with interrupts masked, while
    // *events is what was seen, and not longer than until any interrupt. May come back
    // at any time. Null: there is no interrupt, the driver polls.
    void (*wait)(void *context, const volatile uint32_t *events, uint32_t seen);
    void *context;
};

struct efd_done { // a command that was submitted and has ended
    uint32_t number;
    int32_t status; // EFD_OK or EFD_REFUSED
    uint32_t label; // class that was found
    uint32_t errors;
};

#define EFD_PENDING_MAX 4u            // submitted and not yet completed
#define EFD_TIMEOUT_CYCLES 100000000u // of the controller; of one command

struct ef_dev;
typedef void (*efd_callback)(struct ef_dev *dev, const struct efd_done *done);

struct ef_dev { // what a driver remembers; the caller's memory
    uintptr_t base;
    const struct ef_port *port;
    uint32_t layers;
    uint32_t planes;
    uint32_t inputs;    // of the first layer, without its bias column
    uint32_t classes;   // rows of the last layer
    uint32_t errors;    // bits of ERROR at the last refusal
    uint32_t stale;     // bits that were set before a command, by somebody else
    uint32_t timeout;   // cycles that a command may take
    bool polling;       // interrupts are not waited for
    efd_callback ended; // told of each command that was submitted; may be null
    void *user;         // the caller's own
    // the driver's own
    volatile uint32_t events;
    volatile uint32_t filled; // of done, counted up by who collects
    volatile uint32_t taken;
    uint32_t number;  // of the last command
    uint32_t enabled; // bits of IRQ_ENABLE
    struct efd_done done[EFD_PENDING_MAX];
    uint32_t submitted; // not yet completed
};

struct efd_chip {       // what the silicon is
    uint32_t reference; // 0 none, 1 cell, 2 stored, 3 offset
    bool trims;
    bool targets;
    bool accumulators;
    uint32_t adc_bits;
    uint32_t input_bits;
    uint32_t fifo;
    uint32_t clock_hz;
};

struct efd_cut { // a command that did not come to its end
    uint32_t opcode;
    uint32_t layer;
    uint32_t cause; // 1 aborted, 2 reset, 3 power
    uint32_t steps; // that were over
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
    uint32_t verdict; // 0 pending, 1 found, 2 stuck, 3 no crossing, 4 not settled
};

struct efd_layer { // a layer's descriptors, taken at efd_apply (SPEC 19.8)
    uint32_t rule; // 0 none, 1 SGD stochastic, 2 SGD counted, 3 mixed precision
    uint32_t pulse_class;
    uint32_t program_class;
    uint32_t gain[2]; // mantissa and shift
    uint32_t back_gain[2];
    uint32_t verify_gain[2];
    uint32_t threshold;
    int32_t bias_code;
    int32_t verify_code;
};

// Find the block and make it ready: ID and version first, nothing else is read of what
// is none. Waits for a command that is under way, where a watchdog reset us alone.
int efd_open(struct ef_dev *dev, uintptr_t base, const struct ef_port *port);
void efd_close(struct ef_dev *dev); // no command is accepted, no interrupt comes
int efd_chip(struct ef_dev *dev, struct efd_chip *chip);
int efd_shape(struct ef_dev *dev, uint32_t layer, uint32_t *rows, uint32_t *columns);
int efd_poll(struct ef_dev *dev, bool on); // polling instead of interrupts

// Samples: count codes, one an input of the first layer.
int efd_infer(struct ef_dev *dev, uint32_t *label, const int16_t *codes,
              uint32_t count);
int efd_learn(struct ef_dev *dev, uint32_t *label, const int16_t *codes, uint32_t count,
              uint32_t right);
// Learn a target for each row of the last layer, in its activation's codes (SPEC 9.9);
// label is the row that was largest before, efd_output its code.
int efd_learn_targets(struct ef_dev *dev, uint32_t *label, const int16_t *codes,
                      uint32_t count, const int16_t *targets);
int efd_output(struct ef_dev *dev, int32_t *code, uint32_t row);

// The same without waiting: the command's number, and later its end.
int efd_submit_infer(struct ef_dev *dev, uint32_t *number, const int16_t *codes,
                     uint32_t count);
int efd_submit_learn(struct ef_dev *dev, uint32_t *number, const int16_t *codes,
                     uint32_t count, uint32_t right);
int efd_complete(struct ef_dev *dev, struct efd_done *done); // NOTHING: none has ended
int efd_wait(struct ef_dev *dev); // until all that was submitted has ended
void efd_interrupt(struct ef_dev *dev);

int efd_set_rate(struct ef_dev *dev, uint32_t layer, uint32_t mantissa, uint32_t shift);
int efd_program_column(struct ef_dev *dev, uint32_t *missed, uint32_t layer,
                       uint32_t plane, uint32_t column, const int16_t *targets);
int efd_read_column(struct ef_dev *dev, int32_t *sums, uint32_t layer, uint32_t plane,
                    uint32_t column, uint32_t reads);
// CRC-32 of a layer's plane, as read so often.
int efd_checksum(struct ef_dev *dev, uint32_t *crc, uint32_t layer, uint32_t plane,
                 uint32_t reads);
int efd_store_reference(struct ef_dev *dev, uint32_t layer, uint32_t column,
                        const int16_t *codes); // one a row
int efd_store_offsets(struct ef_dev *dev, uint32_t layer, const int16_t *codes,
                      uint32_t count); // one a column
int efd_read_accumulators(struct ef_dev *dev, int32_t *chi, uint32_t layer,
                          uint32_t column); // one a row
int efd_write_accumulators(struct ef_dev *dev, uint32_t layer, uint32_t column,
                           const int32_t *chi);

int efd_clear_points(struct ef_dev *dev);
int efd_calibrate_column(struct ef_dev *dev, uint32_t layer, uint32_t plane,
                         uint32_t column, const struct efd_calibration *how);
int efd_point(struct ef_dev *dev, struct efd_point *point, uint32_t row);
// Auto-zero and gain of a side's converters: 0 the rows', 1 the inputs' (SPEC 5.12).
int efd_trim(struct ef_dev *dev, uint32_t *ends, uint32_t layer, uint32_t side,
             uint32_t reads, uint32_t code);

// One layer at a time (SPEC 19.7). Codes have as many numbers as the layer has rows,
// inputs of forward and update as many as columns, the bias column among them, what
// backward gives one an input.
int efd_forward(struct ef_dev *dev, int16_t *codes, uint32_t layer,
                const int16_t *inputs);
int efd_activate(struct ef_dev *dev, int16_t *outputs, uint32_t layer,
                 const int16_t *codes);
int efd_backward(struct ef_dev *dev, int16_t *codes, uint32_t layer, uint32_t inputs,
                 const int16_t *errors);
int efd_slopes(struct ef_dev *dev, int32_t *wide, uint32_t layer, const int16_t *codes,
               const int16_t *back);
// above is the exponent of the layer above, 0 for the last; *exponent is this layer's.
int efd_errors(struct ef_dev *dev, int16_t *errors, int32_t *exponent, uint32_t layer,
               const int32_t *wide, int32_t above);
int efd_update(struct ef_dev *dev, uint32_t layer, const int16_t *inputs,
               const int16_t *errors, int32_t exponent);

// Descriptors: written, then taken by efd_apply, which unlocks APPLY for itself.
int efd_describe(struct ef_dev *dev, uint32_t layer, const struct efd_layer *told);
int efd_apply(struct ef_dev *dev);
int efd_lock(struct ef_dev *dev, uint32_t bits); // of LOCK
int efd_unlock(struct ef_dev *dev, uint32_t bits);

int efd_abort(struct ef_dev *dev); // drops what waits, ends what runs behind its step
int efd_reset(struct ef_dev *dev); // as that, then all registers; opens again
int efd_rest(struct ef_dev *dev, uint32_t mode); // 0 run, 1 gated clock, 2 retention
int efd_keep_accumulators(struct ef_dev *dev, bool keep); // over one loss of power
// The last command that did not come to its end, which is then forgotten; NOTHING.
int efd_cut(struct ef_dev *dev, struct efd_cut *cut);

int efd_event(struct ef_dev *dev, uint64_t *count, uint32_t phase, uint32_t event);
int efd_pulses(struct ef_dev *dev, uint64_t *count, uint32_t phase,
               uint32_t pulse_class);
uint32_t efd_updates(struct ef_dev *dev); // learning steps since the chip was made
uint64_t efd_cycles(struct ef_dev *dev);  // since power-up

#ifdef __cplusplus
}
#endif

#endif
