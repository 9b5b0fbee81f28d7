// Made from edgeferro.rdl by csrc/bus/make_registers.py; don't edit.
// What the values of its fields are called.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_ENUMS_H
#define EF_ENUMS_H

// <cdef>
enum ef_reference {
    EF_REFERENCE_NONE = 0,   // fixed
    EF_REFERENCE_CELL = 1,   // a reference cell for each cell, plane 1
    EF_REFERENCE_STORED = 2, // a stored number for each cell
    EF_REFERENCE_OFFSET = 3  // a stored number for each column
};
#define EF_REFERENCE_COUNT 4

enum ef_command {
    // take the descriptors; cells, wear, tally and UPDATES stay
    EF_COMMAND_APPLY = 1,
    EF_COMMAND_INFER = 2,               // classify a sample
    EF_COMMAND_LEARN = 3,               // classify a sample and learn it
    // write and verify a column to the window's targets
    EF_COMMAND_PROGRAM_COLUMN = 4,
    EF_COMMAND_READ_COLUMN = 5,         // a column's codes into the window
    EF_COMMAND_CALIBRATE_COLUMN = 6,    // a window of the search for symmetry points
    EF_COMMAND_CLEAR_POINTS = 7,        // the records of that search
    EF_COMMAND_TRIM = 10,               // the converters of a side of a layer
    EF_COMMAND_LEARN_TARGETS = 11,      // learn a sample with the window's targets
    EF_COMMAND_FORWARD = 12,            // one layer: codes to ADC codes
    EF_COMMAND_ACTIVATE = 13,           // one layer: ADC codes to activations
    EF_COMMAND_BACKWARD = 14,           // one layer: error codes back through the array
    EF_COMMAND_SLOPES = 15,             // one layer: times the activation's slope
    // one layer: wide errors to codes and an exponent
    EF_COMMAND_ERRORS = 16,
    EF_COMMAND_UPDATE = 17,             // one layer: its learning step
    EF_COMMAND_STORE_REFERENCE = 18,    // a column of stored references from the window
    EF_COMMAND_STORE_OFFSET = 19,       // a layer's offsets from the window
    EF_COMMAND_READ_ACCUMULATORS = 20,  // a column's accumulators into the window
    EF_COMMAND_WRITE_ACCUMULATORS = 21, // a column's accumulators from the window
    // read a layer's plane and take the CRC of its codes
    EF_COMMAND_CHECKSUM = 22,
    // harness: another chip from SEED: cells, wear, tally, trims and UPDATES start from
    // nothing
    EF_COMMAND_NEW_CHIP = 128,
    EF_COMMAND_REST = 129,              // harness: let REST seconds go by
    // harness: pulses that a column's cells have had, into the window
    EF_COMMAND_READ_WEAR = 130
};

enum ef_cause {
    EF_CAUSE_NONE = 0,    // no command was cut since it was cleared
    EF_CAUSE_ABORTED = 1, // by CONTROL.abort
    EF_CAUSE_RESET = 2,   // by CONTROL.reset
    EF_CAUSE_POWER = 3    // power was lost
};
#define EF_CAUSE_COUNT 4

enum ef_rule {
    EF_RULE_NONE = 0,            // does not learn
    EF_RULE_SGD_STOCHASTIC = 1,  // coincidence of pulse trains
    EF_RULE_SGD_COUNTED = 2,     // products rounded to pulses
    EF_RULE_MIXED_PRECISION = 3  // products gather in accumulators
};
#define EF_RULE_COUNT 4

enum ef_plane {
    EF_PLANE_MAIN = 0,      // weight cells
    EF_PLANE_REFERENCE = 1  // reference cells
};
#define EF_PLANE_COUNT 2

enum ef_verdict {
    EF_VERDICT_PENDING = 0,     // still looked for
    EF_VERDICT_FOUND = 1,       // a symmetry point
    EF_VERDICT_STUCK = 2,       // pulses don't move the cell
    EF_VERDICT_NO_CROSSING = 3, // ends at a rail: one step is always larger
    EF_VERDICT_NOT_SETTLED = 4  // still moving at the limit
};
#define EF_VERDICT_COUNT 5

enum ef_side {
    EF_SIDE_ROWS = 0,   // the rows' converters
    EF_SIDE_INPUTS = 1  // the inputs' converters
};
#define EF_SIDE_COUNT 2

enum ef_mode {
    EF_MODE_RUN = 0,      // the clock runs
    EF_MODE_GATED = 1,    // the clock stops while nothing is under way
    EF_MODE_RETAINED = 2  // once idle, all but memory is off until the next access
};
#define EF_MODE_COUNT 3

enum ef_phase {
    EF_PHASE_INFER = 0,     // forward reads
    EF_PHASE_BACKWARD = 1,  // errors and backward reads
    EF_PHASE_UPDATE = 2,    // learning steps
    EF_PHASE_CALIBRATE = 3, // the search for symmetry points, and trims
    EF_PHASE_PROGRAM = 4,   // write and verify, column reads, what is stored
    EF_PHASE_IDLE = 5       // rests
};
#define EF_PHASE_COUNT 6

enum ef_event {
    EF_EVENT_DAC_INPUT = 0,        // conversions of input and activation codes
    EF_EVENT_DAC_ERROR = 1,        // conversions of error codes
    EF_EVENT_ADC = 2,              // conversions
    EF_EVENT_LINE_CELLS = 3,       // cells on a line charged for a read
    EF_EVENT_READ_CHARGE = 4,      // sum of |code| x conductance code (0..65535)
    EF_EVENT_PULSE_LINE_CELLS = 5, // cells on a line charged for a write pulse
    EF_EVENT_HALF_SELECTED = 6,    // cells that see half the write voltage
    EF_EVENT_MAC = 7,              // multiplications with their addition
    EF_EVENT_ADD = 8,              // additions
    EF_EVENT_DIVIDE = 9,           // divisions
    EF_EVENT_COMPARE = 10,         // comparisons
    EF_EVENT_LOOKUP = 11,          // reads of a table
    EF_EVENT_LFSR_STEP = 12,       // one bit of one register
    EF_EVENT_SRAM_READ = 13,       // bytes
    EF_EVENT_SRAM_WRITE = 14,      // bytes
    EF_EVENT_REGISTER = 15,        // bus accesses
    EF_EVENT_CYCLE = 16,           // controller cycles
    EF_EVENT_ANALOG_NS = 17,       // nanoseconds of analog activity
    EF_EVENT_READ_CODES = 18,      // sum of |code| x cells on its line
    EF_EVENT_REST_S = 19           // seconds of rest
};
#define EF_EVENT_COUNT 20

enum ef_counter {
    EF_COUNTER_EVENT = 0,      // a counted event
    EF_COUNTER_PULSES = 1,     // pulses
    EF_COUNTER_CONDUCTION = 2, // conduction
    EF_COUNTER_SWITCHED = 3    // switched charge
};
#define EF_COUNTER_COUNT 4
// </cdef>

#endif
