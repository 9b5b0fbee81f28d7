// What a program gets, and what it gives back. Data come as one blob of sections
// (little-endian, 8-byte aligned): a tag of four letters, the length, the bytes.
// SPDX-License-Identifier: Apache-2.0
#ifndef FW_H
#define FW_H

#include <stddef.h>
#include <stdint.h>

#include "ef_driver.h"

#define FW_TESTS_MAX 64u
#define FW_VALUES_MAX 64u
#define FW_NVM_WORDS 64u

// Buffers too large for a small stack: static on a machine of its own, and one for each
// thread where programs run side by side.
#ifndef FW_STATIC
#define FW_STATIC static
#endif

// <cdef>
enum fw_status {
    FW_OK = 0,
    FW_DATA = 100,    // a program's data are missing or wrong
    FW_CUT = 101,     // power was lost
    FW_SECTION = 102, // a section unknown, there twice, or cut short
    FW_CONF = 103,    // a section of the chip missing or not as long as it says
    FW_KNOT = 104,
    FW_EXPT = 105,
    FW_TABS = 106,
    FW_DIGEST = 107, // the chip is not the one that was packed
    FW_CHIP = 108,   // its configuration is refused, or needs more memory
    FW_INL = 109,    // a section of the chip, as above
    FW_STORM = 110,  // the interrupt's handler leaves its line as it is
    FW_ASLEEP = 111  // the program waits, and nothing is under way that could wake it
};

// What a program is at, for whoever counts: fw_mark. Calibration has a mark a layer.
enum fw_mark_of {
    FW_OTHER = 0,
    FW_PROGRAM = 1,
    FW_INFER = 2,
    FW_LEARN = 3,
    FW_CALIBRATE = 4,
    FW_MARKS = 20
};

struct fw_report {      // what a program found
    uint32_t tests;     // how often it was tested
    uint32_t right[64]; // of them, samples that were classified right
    uint32_t of[64];
    uint32_t values; // what else it has to say, see each program
    uint32_t value[64];
};
// </cdef>

struct fw_world {
    const uint8_t *blob;
    uint32_t blob_size;
    struct fw_report *report;
};

// FW_SECTION unless every section is one that somebody reads, is there once, and lies
// within the blob.
int fw_check_sections(const struct fw_world *world);

// A section's bytes and length; null if it is not there.
const void *fw_section(const struct fw_world *world, const char *tag, uint32_t *size);

// A small non-volatile memory beside the chip, word by word. Where power goes while one
// is written, any mix of its old and new bits may be left.
uint32_t fw_nvm_read(uint32_t word);
void fw_nvm_write(uint32_t word, uint32_t value);

// The chip's supply, a switch of the board: off, and on again for the next window.
void fw_supply_cycle(void);

// Where the controller is: its port, and its address where that is null.
const struct ef_port *fw_port(void);
uintptr_t fw_base(void);
// The block's line calls a handler, masked while it runs: like an interrupt on silicon,
// and one where the machine has them. Null: none, and the port's wait comes straight
// back. On a machine of its own a program may define EdgeFerro_IRQHandler instead.
typedef void (*fw_handler)(void *context);
void fw_on_interrupt(fw_handler handler, void *context);
void fw_attend(struct ef_dev *dev); // efd_interrupt of it; null: none

// From here on accesses and instructions are of another kind; costs silicon nothing.
void fw_mark(uint32_t mark);

typedef int (*fw_program)(const struct fw_world *world);
fw_program fw_find(const char *name);

void fw_say(struct fw_report *report, uint32_t value);
void fw_tested(struct fw_report *report, uint32_t right, uint32_t of);

int watch_personalise(const struct fw_world *world);
int neural_decoder(const struct fw_world *world);
int calibrate_and_shift(const struct fw_world *world);
int energy_governor(const struct fw_world *world);
int power_cut(const struct fw_world *world);
int duty_cycle(const struct fw_world *world);
int driver_costs(const struct fw_world *world);

#endif
