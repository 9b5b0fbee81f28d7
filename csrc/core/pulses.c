// SPDX-License-Identifier: Apache-2.0
#include "pulses.h"

#include "fixed.h"

struct ef_writer ef_update_writer(struct ef_chip *chip, struct ef_layer *layer,
                                  struct ef_trace *trace)
{
    return ef_writer_make(chip, layer, trace, EF_PLANE_MAIN,
                          chip->settings.both_sides != 0u, layer->pulse_class,
                          EF_PHASE_UPDATE);
}

uint32_t ef_sides(const struct ef_writer *writer)
{
    return writer->both != 0u ? 2u : 1u;
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
    account->requested += magnitude * sides;
    account->issued += sent * sides;
    account->deferred += defer ? rest : 0u;
    account->dropped += defer ? 0u : rest;
    stats->saturated += rest != 0u ? 1u : 0u;
    stats->peak = sent > stats->peak ? sent : stats->peak;
    uint32_t *most = wished > 0 ? &slots->up : &slots->down;
    *most = sent > *most ? sent : *most;
    slots->count += sent;
    const int32_t signed_count = wished > 0 ? (int32_t)sent : -(int32_t)sent;
    ef_write(writer, row, column, signed_count);
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

void ef_close_line(struct ef_writer *writer, const struct ef_slots *slots, int phase,
                   uint32_t line)
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

bool ef_account_holds(const struct ef_chip *chip, int phase)
{
    const struct ef_account *a = &chip->tally.account[phase];
    return a->requested == a->issued + a->deferred + a->dropped &&
           a->issued == a->applied + a->saturated;
}
