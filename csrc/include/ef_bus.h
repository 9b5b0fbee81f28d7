// The chip behind its register map: what a driver sees of it, 32 bits at a time. The
// map is bus/edgeferro.rdl; REGISTERS.md is the table of it.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_BUS_H
#define EF_BUS_H

#include "ef_job.h"

// <cdef>
#define EF_BUS_ACCESS_CYCLES 4    // periods of the clock that one access takes
#define EF_BUS_QUEUE 4            // commands that wait
#define EF_BUS_RESULTS 4          // entries of RESULT
#define EF_BUS_FIFO 4096          // input codes
#define EF_BUS_WAKE_GATED 2       // periods that a stopped clock takes to start
#define EF_BUS_WAKE_NS 10000      // that references take to settle; assumed
#define EF_BUS_SNAPSHOT_VERSION 3 // the byte format of a bus's snapshot (SPEC 20)
#define EF_BUS_UNLOCK_KEY 0xEF10C4EDu
#define EF_BUS_HARNESS_KEY 0x454D554Cu

enum ef_bus_kind {        // what an observer is told
    EF_BUS_READ = 0,      // address, value
    EF_BUS_WRITE = 1,     // address, value
    EF_BUS_REFUSED = 2,   // address, the bits it set in ERROR; write and data
    EF_BUS_START = 3,     // opcode, layer
    EF_BUS_DONE = 4,      // opcode, 1 if it was refused
    EF_BUS_CODE = 5,      // row, ADC code of the last layer
    EF_BUS_PULSES = 6,    // opcode, pulses that the command issued
    EF_BUS_INTERRUPT = 7, // IRQ_STATUS, level of the line
    EF_BUS_STEP = 8,      // opcode, number of the step that begins
    EF_BUS_CUT = 9,       // opcode, enum ef_cause
    EF_BUS_POWER = 10     // power was lost and is back
};

struct ef_bus_event {
    uint64_t cycle; // periods of the clock since the emulator began
    uint32_t kind;  // enum ef_bus_kind
    uint32_t address;
    uint32_t value;
    uint32_t write; // of a refusal: 1 where it was a write
    uint32_t data;  // of a refused write: what was to be written
};
typedef void (*ef_bus_observer)(void *context, const struct ef_bus_event *event);

struct ef_bus_entry { // a command, as it was written
    uint32_t opcode;  // 0: none
    uint32_t label;
    uint32_t layer;
    uint32_t plane;
    uint32_t column;
    uint32_t codes;  // that it has claimed
    uint32_t number; // from 1
};

struct ef_bus_result {
    uint32_t label;
    uint32_t number;
};

struct ef_bus { // the caller's memory; look, don't write
    struct ef_chip *chip;
    void *block;
    uint64_t block_size;
    ef_bus_observer observer;
    void *context;
    struct ef_config made;    // as the silicon is
    struct ef_config config;  // as APPLY would take it
    struct ef_config applied; // as it was taken last
    uint64_t clock_hz;
    uint64_t now;   // periods of the clock since the emulator began
    uint64_t cycle; // those that CYCLE counts, since power-up
    uint64_t latched_tally;
    uint64_t latched_cycle;
    uint64_t started; // when the command under way did
    uint64_t until;   // end of its step; behind the last one of the command
    uint64_t spent_cycles;
    uint64_t spent_ns;
    uint64_t spent_pulses;
    uint64_t steps;       // that have begun, of all commands
    struct ef_tally base; // at power-up
    uint32_t values[80];  // of the plain registers, by enum ef_register_index
    struct ef_bus_entry running;
    struct ef_bus_entry queue[EF_BUS_QUEUE];
    uint32_t running_steps;
    uint32_t running_refused;
    uint32_t over;     // 1: its last step is
    uint32_t stopping; // enum ef_cause: ends with its step
    uint32_t queued;
    uint32_t accepted; // numbers of commands
    uint32_t ended;
    uint32_t result_count;
    uint32_t fifo_level;
    uint32_t has_output;
    uint32_t leaves;  // words that the command under way leaves in the window
    int32_t exponent; // that ERRORS leaves
    uint32_t crc;     // so far
    uint32_t crc_column;
    uint32_t lock_open;
    uint32_t harness_open;
    uint32_t losses; // of power, so far; not in a snapshot
    struct ef_bus_result results[EF_BUS_RESULTS];
    int16_t fifo[EF_BUS_FIFO];
    int16_t codes[EF_LINES_MAX];
    int32_t window[EF_LINES_MAX];
    struct ef_point points[EF_LINES_MAX];
    struct ef_job job; // of the command under way
};

// Nulls and errors as in edgeferro.h; with an error the bus, too, is as it was.

// Bring a chip up behind a bus. The block is that of ef_init and stays the bus's; the
// tables that config points to must outlive it. Errors of ef_init; RANGE: a clock that
// is not in 1000..10^10 Hz.
int ef_bus_init(struct ef_bus *bus, void *block, uint64_t size, struct ef_fault *fault,
                const struct ef_config *config, uint64_t clock_hz);
// A read or write of one word (SPEC 19). Returns EF_OK, or EF_ERROR_RANGE for an access
// that is refused: ERROR says why, time passes, nothing else changes, a read gives 0.
int ef_bus_read32(struct ef_bus *bus, uint32_t address, uint32_t *value);
int ef_bus_write32(struct ef_bus *bus, uint32_t address, uint32_t value);
// Let periods of the clock go by without an access.
void ef_bus_advance(struct ef_bus *bus, uint64_t cycles);
// Periods until something happens by itself; 0 where nothing is under way.
uint64_t ef_bus_next_event(const struct ef_bus *bus);
int ef_bus_interrupt(const struct ef_bus *bus); // level of the line, 0 or 1; no status
// Loss of power and its return (SPEC 19.13).
void ef_bus_power_cycle(struct ef_bus *bus);
// Power is lost when so many more steps have begun, as CUT_AFTER does it; 0: never.
void ef_bus_cut(struct ef_bus *bus, uint32_t steps);
uint64_t ef_bus_snapshot_size(const struct ef_bus *bus);
// Bus and chip as bytes (SPEC 20). MEMORY: fewer than ef_bus_snapshot_size says.
int ef_bus_snapshot(const struct ef_bus *bus, uint8_t *bytes, uint64_t size);
// SNAPSHOT: cut short, damaged, or what no bus holds; VERSION, CHIP as for ef_restore.
// A snapshot taken under other descriptors brings the chip up anew: if a value in it
// then proves impossible although all checksums fit, the chip is one at power-up.
int ef_bus_restore(struct ef_bus *bus, const uint8_t *bytes, uint64_t size);
// </cdef>

#endif
