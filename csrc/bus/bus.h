// Between the files of the bus, from the registers up: each calls those named before it
// and the chip.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_BUS_INTERNAL_H
#define EF_BUS_INTERNAL_H

#include "ef_bus.h"
#include "ef_registers.h"

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
uint32_t ef_bus_reach_of_row(const struct ef_bus *bus); // rows of the window
uint32_t ef_bus_next_row(struct ef_bus *bus);           // of the window; moves it on
bool ef_bus_is_busy(const struct ef_bus *bus);
void ef_bus_tell(struct ef_bus *bus, enum ef_bus_kind kind, uint32_t address,
                 uint32_t value);
void ef_bus_raise(struct ef_bus *bus, uint32_t bits);
int ef_bus_refuse(struct ef_bus *bus, uint32_t address, uint32_t bit); // a refusal
void ef_bus_reset(struct ef_bus *bus);
void ef_bus_clear_points(struct ef_bus *bus);

// ---- one_layer.c
// As many codes from the FIFO; false, and the command is refused, if there are fewer.
bool ef_bus_take_codes(struct ef_bus *bus, int16_t *codes, uint32_t count);
void ef_bus_give_result(struct ef_bus *bus, int32_t found); // with the output codes
bool ef_bus_learn_targets(struct ef_bus *bus);
bool ef_bus_one_layer(struct ef_bus *bus, const struct ef_bus_entry *entry);

// ---- commands.c
// Do a command; false if it was refused.
bool ef_bus_execute(struct ef_bus *bus, const struct ef_bus_entry *entry);

// ---- time.c
// Let an access take its time. Returns the index of the register that it names;
// EF_REGISTER_COUNT if it was refused.
uint32_t ef_bus_reach(struct ef_bus *bus, uint32_t address);

#endif
