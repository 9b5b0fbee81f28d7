// How the chip behind its bus comes up, and loses power (SPEC 18).
// SPDX-License-Identifier: Apache-2.0
#include "bus.h"

int ef_bus_init(struct ef_bus *bus, void *block, uint64_t size, struct ef_fault *fault,
                const struct ef_config *config)
{
    if (bus == NULL) {
        return EF_ERROR_NULL;
    }
    struct ef_chip *chip = NULL;
    const int status = ef_init(&chip, block, size, fault, config);
    if (status != EF_OK) {
        return status;
    }
    bus->chip = chip;
    bus->block = block;
    bus->block_size = size;
    bus->observer = NULL;
    bus->context = NULL;
    bus->config = *config;
    bus->applied = *config;
    bus->now = 0;
    ef_bus_reset(bus);
    return EF_OK;
}

void ef_bus_power_cycle(struct ef_bus *bus)
{
    if (bus == NULL) {
        return;
    }
    const int line = ef_bus_interrupt(bus);
    ef_power_cycle(bus->chip);
    bus->config = bus->applied;
    for (uint32_t l = 0; l < bus->applied.settings.layer_count; l++) {
        const struct ef_layer_config *layer = &bus->applied.layers[l];
        (void)ef_set_rate(bus->chip, l, layer->rate_mantissa, layer->rate_shift);
    }
    ef_bus_reset(bus);
    if (line != 0) {
        ef_bus_tell(bus, EF_BUS_INTERRUPT, 0, 0);
    }
}
