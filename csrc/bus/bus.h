// Between the files of the bus, from the registers up: each calls those named before it
// and the chip.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_BUS_INTERNAL_H
#define EF_BUS_INTERNAL_H

#include "access.h"
#include "ef_bus.h"
#include "ef_registers.h"

#define EF_OPCODE_HARNESS 128u // commands from here on are the harness's

// A field of a register's word: taken out of it, and put in its place. The values put
// are in their range.
static inline uint32_t ef_bus_take(uint32_t word, uint32_t mask, uint32_t shift)
{
    return (word & mask) >> shift;
}

static inline uint32_t ef_bus_put(uint32_t value, uint32_t mask, uint32_t shift)
{
    return (value << shift) & mask;
}

#define FIELD(word, name) ef_bus_take(word, EF_##name##_MASK, EF_##name##_SHIFT)
#define PLACE(value, name) ef_bus_put(value, EF_##name##_MASK, EF_##name##_SHIFT)

// ---- registers.c
extern const struct ef_register ef_bus_map[EF_REGISTER_COUNT];

// Index of a register in the map; EF_REGISTER_COUNT where there is none.
uint32_t ef_bus_find(uint32_t address);
const struct ef_layer_config *ef_bus_layer(const struct ef_bus *bus); // that selected
const struct ef_layer_config *ef_bus_last_layer(const struct ef_bus *bus);
uint32_t ef_bus_columns(const struct ef_layer_config *layer); // the bias column too
uint32_t ef_bus_reach_of_row(const struct ef_bus *bus);       // rows of the window
uint32_t ef_bus_next_row(struct ef_bus *bus);                 // moves it on
bool ef_bus_is_busy(const struct ef_bus *bus);
bool ef_bus_is_halted(const struct ef_bus *bus);
uint32_t ef_bus_unclaimed(const struct ef_bus *bus); // codes that no command waits for
void ef_bus_tell(struct ef_bus *bus, enum ef_bus_kind kind, uint32_t address,
                 uint32_t value);
// An access under way.
struct ef_bus_access {
    uint32_t address;
    uint32_t data; // of a write
    bool write;
};
void ef_bus_tell_refused(struct ef_bus *bus, const struct ef_bus_access *access,
                         uint32_t bit);
void ef_bus_tell_line(struct ef_bus *bus, int before); // where it changed
void ef_bus_raise(struct ef_bus *bus, uint32_t bits);
void ef_bus_take_codes(struct ef_bus *bus, int16_t *codes, uint32_t count); // oldest
void ef_bus_keep_codes(struct ef_bus *bus, uint32_t kept); // drops the newest
// What was refused: its bit, its address, and the command that stands for it.
struct ef_bus_refusal {
    uint32_t address;
    uint32_t bit;
    uint32_t number;
    uint32_t opcode;
};
void ef_bus_note(struct ef_bus *bus, const struct ef_bus_refusal *refusal);
int ef_bus_refuse(struct ef_bus *bus, const struct ef_bus_access *access, uint32_t bit);
uint32_t ef_bus_misaddressed(uint32_t address); // why no register is there
bool ef_bus_closed(const struct ef_bus *bus, uint32_t index); // the harness is
bool ef_bus_has_trims(const struct ef_bus *bus);
bool ef_bus_takes_targets(const struct ef_bus *bus);
uint32_t ef_bus_planes(const struct ef_bus *bus);
void ef_bus_forget_command(struct ef_bus *bus);  // the one under way
void ef_bus_reset_registers(struct ef_bus *bus); // and all that commands left

// ---- write.c
bool ef_bus_is_opcode(uint32_t opcode);
// Codes that a command takes from the FIFO.
uint32_t ef_bus_codes_of(const struct ef_config *config, uint32_t opcode,
                         uint32_t layer);

// ---- one_layer.c
// Window's first values as codes; false where one is none.
bool ef_bus_window_codes(const struct ef_bus *bus, int16_t *codes, uint32_t count);
// A command of one step, but for those of jobs: false where it is refused.
bool ef_bus_one_layer(struct ef_bus *bus, const int16_t *codes);

// ---- commands.c
// The command under way begins: takes what it takes; false if it is refused.
bool ef_bus_begin(struct ef_bus *bus);
bool ef_bus_has_step(const struct ef_bus *bus); // one more
void ef_bus_step(struct ef_bus *bus);           // which begins
void ef_bus_finish(struct ef_bus *bus);         // its results move
uint64_t ef_bus_pulses(const struct ef_chip *chip);
// The silicon anew, of the configuration's seed, and told its descriptors.
int ef_bus_make(struct ef_bus *bus, const struct ef_config *config);

// ---- time.c
// Periods that waking takes.
uint64_t ef_bus_wake_time(const struct ef_bus *bus, uint32_t mode);
void ef_bus_access_time(struct ef_bus *bus);
void ef_bus_stop(struct ef_bus *bus, enum ef_cause cause);

// ---- power.c
void ef_bus_note_cut(struct ef_bus *bus, enum ef_cause cause);
void ef_bus_forget(struct ef_bus *bus); // descriptors and rates: those last applied

#endif
