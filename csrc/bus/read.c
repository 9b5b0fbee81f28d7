// Reads of the chip behind its bus: what is refused, and what a word is made of.
// SPDX-License-Identifier: Apache-2.0
#include "bus.h"

static uint32_t status_word(const struct ef_bus *bus)
{
    uint32_t word = bus->queued << EF_STATUS_QUEUED_SHIFT;
    word |= bus->fifo_level << EF_STATUS_FILL_SHIFT;
    word |= ef_bus_is_busy(bus) ? EF_STATUS_BUSY_MASK : 0u;
    word |= bus->queued == EF_BUS_QUEUE ? EF_STATUS_QUEUE_FULL_MASK : 0u;
    word |= bus->has_result != 0u && !ef_bus_is_busy(bus) ? EF_STATUS_RESULT_MASK : 0u;
    word |= ef_bus_get(bus, EF_REG_ERROR) != 0u ? EF_STATUS_ERROR_MASK : 0u;
    word |= ef_bus_interrupt(bus) ? EF_STATUS_INTERRUPT_MASK : 0u;
    return word;
}

static uint32_t busy_cycles(const struct ef_bus *bus)
{
    if (bus->running == 0u || bus->busy_until <= bus->now) {
        return 0;
    }
    const uint64_t left = bus->busy_until - bus->now;
    return left > UINT32_MAX ? UINT32_MAX : (uint32_t)left;
}

static uint32_t gain_word(uint8_t mantissa, uint8_t shift)
{
    return (uint32_t)mantissa | (uint32_t)shift << 8u;
}

static uint32_t layer_word(const struct ef_bus *bus, uint32_t address)
{
    const struct ef_layer_config *layer = ef_bus_layer(bus);
    switch (address) {
    case EF_REG_LAYER_SHAPE:
        return layer->rows | (layer->inputs + layer->bias) << 16u;
    case EF_REG_LAYER_RULE:
        return layer->rule | (uint32_t)layer->pulse_class << 4u |
               (uint32_t)layer->program_class << 8u;
    case EF_REG_LAYER_GAIN:
        return gain_word(layer->gain_mantissa, layer->gain_shift);
    case EF_REG_LAYER_BACK_GAIN:
        return gain_word(layer->back_mantissa, layer->back_shift);
    case EF_REG_LAYER_VERIFY_GAIN:
        return gain_word(layer->verify_mantissa, layer->verify_shift);
    case EF_REG_LAYER_RATE:
        return gain_word(layer->rate_mantissa, layer->rate_shift);
    case EF_REG_LAYER_THRESHOLD:
        return layer->threshold;
    default:
        return (uint32_t)(uint16_t)layer->bias_code |
               (uint32_t)(uint16_t)layer->verify_code << 16u;
    }
}

// A register whose reading needs more than its value. Returns EF_OK or a refusal.
static int read_special(struct ef_bus *bus, uint32_t address, uint32_t *value)
{
    const uint32_t row = ef_bus_get(bus, EF_REG_ROW);
    switch (address) {
    case EF_REG_RESULT:
        if (bus->has_result == 0u || ef_bus_is_busy(bus)) {
            return ef_bus_refuse(bus, address, EF_ERROR_EMPTY_MASK);
        }
        *value = (uint32_t)bus->result;
        return EF_OK;
    case EF_REG_OUTPUT:
        if (bus->has_result == 0u || ef_bus_is_busy(bus)) {
            return ef_bus_refuse(bus, address, EF_ERROR_EMPTY_MASK);
        }
        *value = (uint32_t)bus->codes[ef_bus_get(bus, EF_REG_OUTPUT_SELECT)];
        return EF_OK;
    case EF_REG_WINDOW:
        if (row >= ef_bus_layer(bus)->rows) {
            return ef_bus_refuse(bus, address, EF_ERROR_INDEX_MASK);
        }
        *value = (uint32_t)bus->window[ef_bus_next_row(bus)];
        return EF_OK;
    case EF_REG_POINT_SUM:
    case EF_REG_POINT_STATE: {
        if (row >= ef_bus_layer(bus)->rows) {
            return ef_bus_refuse(bus, address, EF_ERROR_INDEX_MASK);
        }
        const struct ef_point *p = &bus->points[row];
        *value = address == EF_REG_POINT_SUM
                     ? (uint32_t)p->sums[ef_bus_get(bus, EF_REG_POINT_SELECT)]
                     : p->quads | (uint32_t)p->windows << 16u |
                           (uint32_t)p->verdict << 24u;
        return EF_OK;
    }
    case EF_REG_CYCLE_LOW:
        bus->latched_cycle = bus->now;
        *value = (uint32_t)bus->now;
        return EF_OK;
    default:
        return EF_OK;
    }
}

static uint32_t read_plain(const struct ef_bus *bus, uint32_t address)
{
    switch (address) {
    case EF_REG_CHIP:
        return bus->config.settings.layer_count |
               (bus->config.settings.reference == EF_REFERENCE_CELL ? 2u : 1u) << 8u |
               (uint32_t)bus->config.settings.class_count << 16u;
    case EF_REG_STATUS:
        return status_word(bus);
    case EF_REG_BUSY:
        return busy_cycles(bus);
    case EF_REG_SEED_LOW:
        return (uint32_t)bus->config.seed;
    case EF_REG_SEED_HIGH:
        return (uint32_t)(bus->config.seed >> 32u);
    case EF_REG_PROGRAM:
        return bus->config.settings.program_tolerance |
               (uint32_t)bus->config.settings.program_iterations << 8u |
               (uint32_t)bus->config.settings.program_limit << 16u |
               (uint32_t)bus->config.settings.program_reads << 24u;
    case EF_REG_MISSED:
        return bus->missed;
    case EF_REG_TALLY_LOW:
        return (uint32_t)bus->latched_tally;
    case EF_REG_TALLY_HIGH:
        return (uint32_t)(bus->latched_tally >> 32u);
    case EF_REG_UPDATES:
        return (uint32_t)ef_tally(bus->chip)->updates;
    case EF_REG_CYCLE_HIGH:
        return (uint32_t)(bus->latched_cycle >> 32u);
    default:
        if (address >= EF_REG_LAYER_SHAPE && address <= EF_REG_LAYER_CODES) {
            return layer_word(bus, address);
        }
        return ef_bus_get(bus, address);
    }
}

static bool is_special(uint32_t address)
{
    return address == EF_REG_RESULT || address == EF_REG_OUTPUT ||
           address == EF_REG_WINDOW || address == EF_REG_POINT_SUM ||
           address == EF_REG_POINT_STATE || address == EF_REG_CYCLE_LOW;
}

int ef_bus_read32(struct ef_bus *bus, uint32_t address, uint32_t *value)
{
    if (bus == NULL || value == NULL) {
        return EF_ERROR_NULL;
    }
    *value = 0;
    const uint32_t index = ef_bus_reach(bus, address);
    if (index == EF_REGISTER_COUNT) {
        return EF_ERROR_RANGE;
    }
    if (ef_bus_map[index].read == 0u) {
        return ef_bus_refuse(bus, address, EF_ERROR_WRITE_ONLY_MASK);
    }
    int status = EF_OK;
    if (is_special(address)) {
        status = read_special(bus, address, value);
    } else {
        *value = read_plain(bus, address) & ef_bus_map[index].read;
    }
    if (status == EF_OK) {
        ef_bus_tell(bus, EF_BUS_READ, address, *value);
    }
    return status;
}
