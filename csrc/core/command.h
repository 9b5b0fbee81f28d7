// What commands have in common: what they look for, judge before they begin, and settle
// at their end.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_COMMAND_H
#define EF_COMMAND_H

#include "fixed.h"
#include "state.h"

// The end of a command: the clock stands where the phases' cycles add up to, and no
// pulse may be missing.
int ef_finish(struct ef_chip *chip);

struct ef_layer *ef_find_layer(struct ef_chip *chip, uint32_t layer); // null: none
bool ef_has_plane(const struct ef_chip *chip, uint32_t plane);

bool ef_has_column(const struct ef_chip *chip, uint32_t layer, uint32_t plane,
                   uint32_t column);

// Rows of the last layer.
uint32_t ef_classes_of(const struct ef_chip *chip);

// Whether a trace that is wanted has a buffer with so much room behind its entries.
bool ef_has_room(const struct ef_trace *trace, uint64_t entries);

uint64_t ef_cells_of(const struct ef_layer *layer);

// The most trace entries one update of a cell, and one learning step, can make.
uint64_t ef_cell_entries(const struct ef_chip *chip);
uint64_t ef_step_entries(const struct ef_chip *chip);

void ef_copy_codes(int16_t *to, const int16_t *from, uint32_t count);
bool ef_codes_inside(const int16_t *codes, uint32_t count, struct ef_range range);

// Takes a layer's codes and exponent for its update: checked as ef_update_layer does.
int ef_load_update(struct ef_chip *chip, uint32_t layer, const int16_t *inputs,
                   const int16_t *errors, int32_t exponent);

#endif
