// The registers behind the bus (edgeferro.rdl): found and read as plain words, what
// interrupts and refusals do to them, and how they come up.
// SPDX-License-Identifier: Apache-2.0
#include "bus.h"

const struct ef_register ef_bus_map[EF_REGISTER_COUNT] = {EF_REGISTER_TABLE};
_Static_assert(EF_REGISTER_COUNT <= sizeof((struct ef_bus *)0)->values / 4u,
               "more registers than the bus has words for");

// Index of a register in the map; EF_REGISTER_COUNT where there is none.
uint32_t ef_bus_find(uint32_t address)
{
    uint32_t low = 0;
    uint32_t high = EF_REGISTER_COUNT;
    while (low < high) {
        const uint32_t middle = (low + high) / 2u;
        if (ef_bus_map[middle].address < address) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return low < EF_REGISTER_COUNT && ef_bus_map[low].address == address
               ? low
               : EF_REGISTER_COUNT;
}

void ef_bus_tell(struct ef_bus *bus, enum ef_bus_kind kind, uint32_t address,
                 uint32_t value)
{
    if (bus->observer != NULL) {
        const struct ef_bus_event event = {bus->now, (uint32_t)kind, address, value};
        bus->observer(bus->context, &event);
    }
}

int ef_bus_interrupt(const struct ef_bus *bus)
{
    if (bus == NULL) {
        return 0;
    }
    const uint32_t enabled = bus->values[EF_INDEX_IRQ_ENABLE];
    return (bus->values[EF_INDEX_IRQ_STATUS] & enabled) != 0u;
}

void ef_bus_raise(struct ef_bus *bus, uint32_t bits)
{
    uint32_t *status = &bus->values[EF_INDEX_IRQ_STATUS];
    const int before = ef_bus_interrupt(bus);
    *status |= bits;
    if (ef_bus_interrupt(bus) != before) {
        ef_bus_tell(bus, EF_BUS_INTERRUPT, *status, 1);
    }
}

int ef_bus_refuse(struct ef_bus *bus, uint32_t address, uint32_t bit)
{
    uint32_t *error = &bus->values[EF_INDEX_ERROR];
    if (*error == 0u) {
        bus->values[EF_INDEX_ERROR_ADDRESS] = address;
    }
    *error |= bit;
    ef_bus_tell(bus, EF_BUS_REFUSED, address, bit);
    ef_bus_raise(bus, EF_IRQ_STATUS_ERROR_MASK);
    return EF_ERROR_RANGE;
}

bool ef_bus_is_busy(const struct ef_bus *bus)
{
    return bus->running != 0u || bus->queued > 0u;
}

const struct ef_layer_config *ef_bus_layer(const struct ef_bus *bus)
{
    return &bus->config.layers[bus->values[EF_INDEX_LAYER] % EF_LAYERS_MAX];
}

uint32_t ef_bus_reach_of_row(const struct ef_bus *bus)
{
    const struct ef_layer_config *layer = ef_bus_layer(bus);
    const uint32_t columns = layer->inputs + layer->bias;
    return layer->rows > columns ? layer->rows : columns;
}

// Row of the window, which an access to it moves on.
uint32_t ef_bus_next_row(struct ef_bus *bus)
{
    uint32_t *row = &bus->values[EF_INDEX_ROW];
    const uint32_t at = *row;
    *row = at + 1u;
    return at;
}

void ef_bus_clear_points(struct ef_bus *bus)
{
    for (uint32_t i = 0; i < EF_LINES_MAX; i++) {
        bus->points[i] = (struct ef_point){0};
    }
}

void ef_bus_reset(struct ef_bus *bus)
{
    for (uint32_t i = 0; i < EF_REGISTER_COUNT; i++) {
        bus->values[i] = ef_bus_map[i].reset;
    }
    bus->busy_until = bus->now;
    bus->running = 0;
    bus->running_refused = 0;
    bus->queued = 0;
    bus->fifo_level = 0;
    bus->has_result = 0;
    bus->result = 0;
    bus->missed = 0;
    bus->ends = 0;
    bus->latched_tally = 0;
    bus->latched_cycle = 0;
    for (uint32_t i = 0; i < EF_BUS_QUEUE; i++) {
        bus->queue[i] = (struct ef_bus_entry){0};
    }
    for (uint32_t i = 0; i < EF_LINES_MAX; i++) {
        bus->fifo[i] = 0;
        bus->codes[i] = 0;
        bus->window[i] = 0;
    }
    ef_bus_clear_points(bus);
}
