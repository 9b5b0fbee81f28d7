// How the chip behind its bus comes up, loses power, and what it says of a command that
// was cut (SPEC 18, 19.12 to 19.14).
// SPDX-License-Identifier: Apache-2.0
#include "bus.h"

#define CLOCK_LOW 1000u
#define CLOCK_HIGH 10000000000u
#define STEPS_MAX 65535u

int ef_bus_init(struct ef_bus *bus, void *block, uint64_t size, struct ef_fault *fault,
                const struct ef_config *config, uint64_t clock_hz)
{
    if (bus == NULL) {
        return EF_ERROR_NULL;
    }
    if (clock_hz < CLOCK_LOW || clock_hz > CLOCK_HIGH) {
        return EF_ERROR_RANGE;
    }
    struct ef_chip *chip = NULL;
    const int status = ef_init(&chip, block, size, fault, config);
    if (status != EF_OK) {
        return status;
    }
    *bus = (struct ef_bus){
        .chip = chip,
        .block = block,
        .block_size = size,
        .made = *config,
        .config = *config,
        .applied = *config,
        .clock_hz = clock_hz,
    };
    ef_bus_reset_registers(bus);
    bus->values[EF_INDEX_LOCK] = ef_bus_map[EF_INDEX_LOCK].reset;
    return EF_OK;
}

void ef_bus_forget(struct ef_bus *bus)
{
    bus->config = bus->applied;
    for (uint32_t l = 0; l < bus->applied.settings.layer_count; l++) {
        const struct ef_layer_config *layer = &bus->applied.layers[l];
        (void)ef_set_rate(bus->chip, l, layer->rate_mantissa, layer->rate_shift);
    }
}

void ef_bus_note_cut(struct ef_bus *bus, enum ef_cause cause)
{
    const uint32_t steps =
        bus->running_steps < STEPS_MAX ? bus->running_steps : STEPS_MAX;
    const bool pulsed = ef_bus_pulses(bus->chip) != bus->spent_pulses;
    bus->job.over = 0;
    (void)ef_job_end(bus->chip, &bus->job);
    bus->values[EF_INDEX_CUT] =
        PLACE(bus->running.opcode, CUT_OPCODE) | PLACE((uint32_t)cause, CUT_CAUSE) |
        PLACE(bus->running.layer, CUT_LAYER) | PLACE(steps, CUT_STEPS) |
        (pulsed ? EF_CUT_PULSED_MASK : 0u);
    ef_bus_tell(bus, EF_BUS_CUT, bus->running.opcode, (uint32_t)cause);
}

void ef_bus_power_cycle(struct ef_bus *bus)
{
    if (bus == NULL) {
        return;
    }
    if (bus->running.opcode != 0u) {
        ef_bus_note_cut(bus, EF_CAUSE_POWER);
    }
    const bool keep = (bus->values[EF_INDEX_POWER] & EF_POWER_KEEP_MASK) != 0u;
    ef_power_cycle_keeping(bus->chip, keep ? EF_KEEP_ACCUMULATORS : 0u);
    ef_bus_forget(bus);
    ef_bus_reset_registers(bus);
    bus->values[EF_INDEX_LOCK] = ef_bus_map[EF_INDEX_LOCK].reset;
    bus->cycle = 0;
    bus->base = *ef_tally(bus->chip);
    bus->losses += 1u;
    ef_bus_tell(bus, EF_BUS_POWER, 0, 0);
}

void ef_bus_cut(struct ef_bus *bus, uint32_t steps)
{
    if (bus != NULL) {
        bus->values[EF_INDEX_CUT_AFTER] = steps;
    }
}
