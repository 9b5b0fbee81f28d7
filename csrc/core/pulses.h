// Pulses as the scheduler sends them: row by row, with their account and their price
// (SPEC 9.6, 11, 12).
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_PULSES_H
#define EF_PULSES_H

#include "array.h"

// The slots one line needs: pulses of one polarity run in parallel along it.
struct ef_slots {
    uint32_t up;    // most up pulses of a cell on the line
    uint32_t down;  // most down pulses
    uint64_t count; // pulses of one plane
};

// Pulses of a rule's update: main plane, the other one too where both sides are pulsed.
struct ef_writer ef_update_writer(struct ef_chip *chip, struct ef_layer *layer,
                                  struct ef_trace *trace);

// How many planes a writer pulses.
uint32_t ef_sides(const struct ef_writer *writer);

// Wished pulses that go out up to a limit; the rest is deferred or dropped. Returns
// what went out, with its sign (SPEC 9.3..9.6). wished is not 0.
int32_t ef_issue(struct ef_writer *writer, struct ef_slots *slots, uint32_t row,
                 uint32_t column, int64_t wished, uint32_t limit, bool defer);

// Cells that see part of a pulse though none is theirs (SPEC 12, 17.2): those on the
// lines, all others of the array, or none, as the access has it.
uint64_t ef_half_selected(const struct ef_chip *chip, const struct ef_layer *layer,
                          uint64_t on_lines, uint64_t slots, uint64_t pulses);

// The end of a line's pulses: its price, and what half-selected cells suffered.
void ef_close_line(struct ef_writer *writer, const struct ef_slots *slots, int phase,
                   uint32_t line);

// Every pulse of programming, calibration and tests is wished for and sent.
void ef_send(struct ef_writer *writer, struct ef_slots *slots, uint32_t row,
             uint32_t column, int32_t count);

// Whether every pulse of the phase is accounted for (SPEC 9.7).
bool ef_account_holds(const struct ef_chip *chip, int phase);

#endif
