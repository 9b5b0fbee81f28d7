// SPDX-License-Identifier: Apache-2.0
#include "pulses.h"

#include "fixed.h"

struct ef_writer ef_update_writer(struct ef_chip *chip, struct ef_layer *layer,
                                  struct ef_trace *trace)
{
    return ef_writer_make(chip, layer, trace, EF_PLANE_MAIN, chip->both_sides != 0u,
                          layer->pulse_class, EF_PHASE_UPDATE);
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

void ef_tally_slots(struct ef_writer *writer, const struct ef_slots *slots, int phase,
                    uint32_t along, uint32_t across)
{
    struct ef_chip *chip = writer->chip;
    const uint64_t sides = ef_sides(writer);
    const uint64_t length = (uint64_t)slots->up + slots->down;
    const uint64_t charged = length * along + slots->count * across;
    const uint64_t slot_ns =
        (uint64_t)chip->width_ns[writer->pulse_class] + chip->gap_ns;
    if (length == 0u) {
        return;
    }
    ef_count(chip, phase, EF_EVENT_PULSE_LINE_CELLS, charged * sides);
    ef_count(chip, phase, EF_EVENT_HALF_SELECTED,
             (charged - 2u * slots->count) * sides);
    ef_spend(chip, phase, 2u, length * slot_ns);
}

bool ef_account_holds(const struct ef_chip *chip, int phase)
{
    const struct ef_account *a = &chip->tally.account[phase];
    return a->requested == a->issued + a->deferred + a->dropped &&
           a->issued == a->applied + a->saturated;
}
