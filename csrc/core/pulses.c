// SPDX-License-Identifier: Apache-2.0
#include "pulses.h"

#include "fixed.h"

#define COARSE_BITS 8 // fraction of coarse_ratio

struct ef_writer ef_update_writer(struct ef_chip *chip, struct ef_layer *layer,
                                  struct ef_trace *trace)
{
    struct ef_writer writer = ef_writer_make(chip, layer, trace, EF_PLANE_MAIN,
                                             chip->settings.both_sides != 0u,
                                             layer->pulse_class, EF_PHASE_UPDATE);
    writer.cut =
        chip->settings.coarse_ratio != 0u ? (int8_t *)ef_at(chip, chip->cut) : NULL;
    return writer;
}

uint32_t ef_sides(const struct ef_writer *writer)
{
    return writer->both != 0u ? 2u : 1u;
}

// Cuts pulses into coarse and fine ones, which wait for the row's end (SPEC 9.11).
// Returns how many there are.
static uint32_t cut_pulses(struct ef_writer *writer, uint32_t column, uint32_t sent,
                           bool up)
{
    const uint32_t ratio = writer->chip->settings.coarse_ratio;
    const uint32_t coarse = (sent << COARSE_BITS) / ratio;
    const uint32_t rest = (sent << COARSE_BITS) - coarse * ratio;
    const uint32_t fine = (rest + (1u << (COARSE_BITS - 1))) >> COARSE_BITS;
    int8_t *cut = writer->cut + (uint64_t)column * EF_CUT_BYTES;
    cut[0] = (int8_t)(up ? (int32_t)coarse : -(int32_t)coarse);
    cut[1] = (int8_t)(up ? (int32_t)fine : -(int32_t)fine);
    return coarse + fine;
}

int32_t ef_issue(struct ef_writer *writer, struct ef_slots *slots, uint32_t row,
                 uint32_t column, int64_t wished, uint32_t limit, bool defer)
{
    struct ef_site_stats *stats = &writer->layer->sites[EF_SITE_PULSE];
    struct ef_account *account = writer->driver[0].account;
    const uint64_t magnitude = (uint64_t)ef_abs(wished);
    const uint64_t sides = ef_sides(writer);
    const uint32_t sent = magnitude > limit ? limit : (uint32_t)magnitude;
    const uint64_t rest = (magnitude - sent) * sides;
    const int32_t signed_count = wished > 0 ? (int32_t)sent : -(int32_t)sent;
    const uint32_t pulses =
        writer->cut != NULL ? cut_pulses(writer, column, sent, wished > 0) : sent;
    account->requested += pulses * sides + rest;
    account->issued += pulses * sides;
    account->deferred += defer ? rest : 0u;
    account->dropped += defer ? 0u : rest;
    stats->saturated += rest != 0u ? 1u : 0u;
    stats->peak = sent > stats->peak ? sent : stats->peak;
    uint32_t *most = wished > 0 ? &slots->up : &slots->down;
    *most = sent > *most ? sent : *most;
    slots->count += sent;
    if (writer->cut == NULL) {
        ef_write(writer, row, column, signed_count);
    }
    return signed_count;
}

void ef_send(struct ef_writer *writer, struct ef_slots *slots, uint32_t row,
             uint32_t column, int32_t count)
{
    struct ef_account *account = writer->driver[0].account;
    const uint32_t magnitude = (uint32_t)ef_abs(count);
    uint32_t *most = count > 0 ? &slots->up : &slots->down;
    *most = magnitude > *most ? magnitude : *most;
    slots->count += magnitude;
    account->requested += magnitude;
    account->issued += magnitude;
    ef_write(writer, row, column, count);
}

// Cells on the line saw its slots but their own pulses; cells on a line that crosses it
// at a pulsed cell saw that cell's pulses, and where thirds are applied those of all
// other lines the rest of the slots the other way (SPEC 17.2).
static void disturb_line(struct ef_writer *writer, const struct ef_slots *slots,
                         uint32_t line)
{
    int16_t *own = writer->own;
    const bool third = writer->chip->settings.access == EF_ACCESS_THIRD;
    for (uint32_t i = 0; i < ef_along(writer); i++) {
        const uint32_t raised = (uint32_t)(own[i] > 0 ? own[i] : 0);
        const uint32_t lowered = (uint32_t)(own[i] < 0 ? -own[i] : 0);
        ef_half_select(writer, ef_spot_at(writer, line, i), slots->up - raised,
                       slots->down - lowered);
    }
    for (uint32_t i = 0; i < ef_along(writer); i++) {
        const uint32_t raised = (uint32_t)(own[i] > 0 ? own[i] : 0);
        const uint32_t lowered = (uint32_t)(own[i] < 0 ? -own[i] : 0);
        const uint32_t up = raised + (third ? slots->down - lowered : 0u);
        const uint32_t down = lowered + (third ? slots->up - raised : 0u);
        for (uint32_t j = 0; up + down != 0u && j < ef_across(writer); j++) {
            if (j != line) {
                ef_half_select(writer, ef_spot_at(writer, j, i), up, down);
            }
        }
        own[i] = 0;
    }
}

uint64_t ef_half_selected(const struct ef_chip *chip, const struct ef_layer *layer,
                          uint64_t on_lines, uint64_t slots, uint64_t pulses)
{
    switch (chip->settings.access) {
    case EF_ACCESS_TRANSISTOR:
        return 0;
    case EF_ACCESS_THIRD:
        return slots * layer->rows * layer->columns - pulses;
    default:
        return on_lines - 2u * pulses;
    }
}

static void close_class(struct ef_writer *writer, const struct ef_slots *slots,
                        int phase, uint32_t line)
{
    struct ef_chip *chip = writer->chip;
    const uint64_t sides = ef_sides(writer);
    const uint64_t length = (uint64_t)slots->up + slots->down;
    const uint64_t charged =
        length * ef_along(writer) + slots->count * ef_across(writer);
    const uint64_t slot_ns =
        (uint64_t)chip->settings.width_ns[writer->pulse_class] + chip->settings.gap_ns;
    if (length == 0u) {
        return;
    }
    ef_count(chip, phase, EF_EVENT_PULSE_LINE_CELLS, charged * sides);
    ef_count(chip, phase, EF_EVENT_HALF_SELECTED,
             ef_half_selected(chip, writer->layer, charged, length, slots->count) *
                 sides);
    ef_spend(chip, phase, 2u, length * slot_ns);
    if (writer->own != NULL) {
        disturb_line(writer, slots, line);
    }
}

// What a row's cells wait for, of one class: sent, and the line's end (SPEC 9.11.1).
static void send_cut(struct ef_writer *writer, uint32_t which, uint32_t row)
{
    struct ef_slots slots = {0, 0, 0};
    for (uint32_t c = 0; c < writer->layer->columns; c++) {
        int8_t *cut = &writer->cut[(uint64_t)c * EF_CUT_BYTES + which];
        const uint32_t magnitude = (uint32_t)ef_abs(*cut);
        if (magnitude == 0u) {
            continue;
        }
        uint32_t *most = *cut > 0 ? &slots.up : &slots.down;
        *most = magnitude > *most ? magnitude : *most;
        slots.count += magnitude;
        ef_write(writer, row, c, *cut);
        *cut = 0;
    }
    close_class(writer, &slots, EF_PHASE_UPDATE, row);
}

void ef_close_line(struct ef_writer *writer, const struct ef_slots *slots, int phase,
                   uint32_t line)
{
    if (writer->cut == NULL) {
        close_class(writer, slots, phase, line);
    } else if (slots->count != 0u) {
        struct ef_writer coarse = ef_writer_make(
            writer->chip, writer->layer, writer->trace, EF_PLANE_MAIN,
            writer->both != 0u, writer->chip->settings.coarse_class, phase);
        coarse.cut = writer->cut;
        send_cut(&coarse, 0, line);
        send_cut(writer, 1, line);
    }
}

bool ef_account_holds(const struct ef_chip *chip, int phase)
{
    const struct ef_account *a = &chip->tally.account[phase];
    return a->requested == a->issued + a->deferred + a->dropped &&
           a->issued == a->applied + a->saturated;
}
