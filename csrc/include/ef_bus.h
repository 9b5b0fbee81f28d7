// The chip behind its register map: what a driver sees of it, 32 bits at a time. The
// map is bus/edgeferro.rdl; REGISTERS.md is the table of it.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_BUS_H
#define EF_BUS_H

#include "edgeferro.h"

// <cdef>
#define EF_BUS_ACCESS_CYCLES 4    // controller cycles that one access takes
#define EF_BUS_QUEUE 4            // commands that wait
#define EF_BUS_FIFO 4096          // input codes
#define EF_BUS_SNAPSHOT_VERSION 2 // the byte format of a bus's snapshot (SPEC 20)

enum ef_command {
    EF_COMMAND_APPLY = 1,
    EF_COMMAND_INFER = 2,
    EF_COMMAND_LEARN = 3,
    EF_COMMAND_PROGRAM_COLUMN = 4,
    EF_COMMAND_READ_COLUMN = 5,
    EF_COMMAND_CALIBRATE_COLUMN = 6,
    EF_COMMAND_CLEAR_POINTS = 7,
    EF_COMMAND_REST = 8,
    EF_COMMAND_CLEAR_FIFO = 9,
    EF_COMMAND_TRIM = 10,
    EF_COMMAND_LEARN_TARGETS = 11, // this one and those below: SPEC 19.6
    EF_COMMAND_FORWARD = 12,
    EF_COMMAND_ACTIVATE = 13,
    EF_COMMAND_BACKWARD = 14,
    EF_COMMAND_SLOPES = 15,
    EF_COMMAND_ERRORS = 16,
    EF_COMMAND_UPDATE = 17
};

enum ef_bus_kind {       // what an observer is told
    EF_BUS_READ = 0,     // address, value
    EF_BUS_WRITE = 1,    // address, value
    EF_BUS_REFUSED = 2,  // address, the bits it set in ERROR
    EF_BUS_START = 3,    // opcode, layer
    EF_BUS_DONE = 4,     // opcode, 1 if it was refused
    EF_BUS_CODE = 5,     // row, ADC code of the last layer
    EF_BUS_PULSES = 6,   // opcode, pulses that the command issued
    EF_BUS_INTERRUPT = 7 // IRQ_STATUS, level of the line
};

struct ef_bus_event {
    uint64_t cycle;
    uint32_t kind; // enum ef_bus_kind
    uint32_t address;
    uint32_t value;
};
typedef void (*ef_bus_observer)(void *context, const struct ef_bus_event *event);

struct ef_bus_entry { // a command in the queue, as it was written
    uint32_t opcode;
    uint32_t label;
    uint32_t layer;
    uint32_t plane;
    uint32_t column;
};

struct ef_bus { // the caller's memory; look, don't write
    struct ef_chip *chip;
    void *block;
    uint64_t block_size;
    ef_bus_observer observer;
    void *context;
    struct ef_config config;  // as APPLY would take it
    struct ef_config applied; // as the chip was brought up
    uint64_t now;             // controller cycles since power-up
    uint64_t busy_until;
    uint64_t latched_tally;
    uint64_t latched_cycle;
    uint32_t values[64]; // of the plain registers, by enum ef_register_index
    uint32_t running;    // opcode under way, 0: none
    uint32_t running_refused;
    uint32_t queued;
    struct ef_bus_entry queue[EF_BUS_QUEUE];
    uint32_t fifo_level;
    uint32_t has_result;
    int32_t result;
    uint32_t missed;
    uint32_t ends; // trims that the last TRIM left at an end
    int16_t fifo[EF_BUS_FIFO];
    int16_t codes[EF_LINES_MAX];
    int32_t window[EF_LINES_MAX];
    struct ef_point points[EF_LINES_MAX];
};

// Nulls and errors as in edgeferro.h; with an error the bus, too, is as it was.

// Bring a chip up behind a bus. The block is that of ef_init and stays the bus's; the
// tables that config points to must outlive it. Errors of ef_init.
int ef_bus_init(struct ef_bus *bus, void *block, uint64_t size, struct ef_fault *fault,
                const struct ef_config *config);
// A read or write of one word (SPEC 19). Returns EF_OK, or EF_ERROR_RANGE for an access
// that is refused: ERROR says why, time passes, nothing else changes, a read gives 0.
int ef_bus_read32(struct ef_bus *bus, uint32_t address, uint32_t *value);
int ef_bus_write32(struct ef_bus *bus, uint32_t address, uint32_t value);
// Let controller cycles go by without an access.
void ef_bus_advance(struct ef_bus *bus, uint64_t cycles);
int ef_bus_interrupt(const struct ef_bus *bus); // level of the line, 0 or 1; no status
// Loss of power and its return: registers, FIFO, queue, accumulators and shift
// registers start anew; cells, stored references, trims and UPDATES are as they were.
void ef_bus_power_cycle(struct ef_bus *bus);
uint64_t ef_bus_snapshot_size(const struct ef_bus *bus);
// Bus and chip as bytes (SPEC 20). MEMORY: fewer than ef_bus_snapshot_size says.
int ef_bus_snapshot(const struct ef_bus *bus, uint8_t *bytes, uint64_t size);
// SNAPSHOT: cut short, damaged, or what no bus holds; VERSION, CHIP as for ef_restore.
// A snapshot taken under other descriptors brings the chip up anew: if a value in it
// then proves impossible although all checksums fit, the chip is one at power-up.
int ef_bus_restore(struct ef_bus *bus, const uint8_t *bytes, uint64_t size);
// </cdef>

#endif
