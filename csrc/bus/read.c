// Reads of the chip behind its bus: what is refused, and what a word is made of.
// SPDX-License-Identifier: Apache-2.0
#include "bus.h"

static uint32_t status_word(const struct ef_bus *bus)
{
    uint32_t word = PLACE(bus->queued, STATUS_QUEUED);
    word |= PLACE(bus->fifo_level, STATUS_FILL);
    word |= ef_bus_is_busy(bus) ? EF_STATUS_BUSY_MASK : 0u;
    word |= bus->queued == EF_BUS_QUEUE ? EF_STATUS_QUEUE_FULL_MASK : 0u;
    word |= bus->has_result != 0u && !ef_bus_is_busy(bus) ? EF_STATUS_RESULT_MASK : 0u;
    word |= bus->values[EF_INDEX_ERROR] != 0u ? EF_STATUS_ERROR_MASK : 0u;
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

// The gains and the rate are words of one shape.
_Static_assert(EF_LAYER_GAIN_SHIFT_MASK == EF_LAYER_BACK_GAIN_SHIFT_MASK &&
                   EF_LAYER_GAIN_SHIFT_MASK == EF_LAYER_VERIFY_GAIN_SHIFT_MASK &&
                   EF_LAYER_GAIN_SHIFT_MASK == EF_LAYER_RATE_SHIFT_MASK,
               "a gain of another shape");

static uint32_t gain_word(uint8_t mantissa, uint8_t shift)
{
    return PLACE(mantissa, LAYER_GAIN_MANTISSA) | PLACE(shift, LAYER_GAIN_SHIFT);
}

static uint32_t layer_word(const struct ef_bus *bus, uint32_t index)
{
    const struct ef_layer_config *layer = ef_bus_layer(bus);
    switch (index) {
    case EF_INDEX_LAYER_SHAPE:
        return PLACE(layer->rows, LAYER_SHAPE_ROWS) |
               PLACE(layer->inputs + layer->bias, LAYER_SHAPE_COLUMNS);
    case EF_INDEX_LAYER_RULE:
        return PLACE(layer->rule, LAYER_RULE_RULE) |
               PLACE(layer->pulse_class, LAYER_RULE_PULSE_CLASS) |
               PLACE(layer->program_class, LAYER_RULE_PROGRAM_CLASS);
    case EF_INDEX_LAYER_GAIN:
        return gain_word(layer->gain_mantissa, layer->gain_shift);
    case EF_INDEX_LAYER_BACK_GAIN:
        return gain_word(layer->back_mantissa, layer->back_shift);
    case EF_INDEX_LAYER_VERIFY_GAIN:
        return gain_word(layer->verify_mantissa, layer->verify_shift);
    case EF_INDEX_LAYER_RATE:
        return gain_word(layer->rate_mantissa, layer->rate_shift);
    case EF_INDEX_LAYER_THRESHOLD:
        return layer->threshold;
    default:
        return PLACE((uint16_t)layer->bias_code, LAYER_CODES_BIAS) |
               PLACE((uint16_t)layer->verify_code, LAYER_CODES_VERIFY);
    }
}

// A register whose reading needs more than its value. Returns EF_OK or a refusal.
static int read_special(struct ef_bus *bus, uint32_t index, uint32_t *value)
{
    const uint32_t address = ef_bus_map[index].address;
    const uint32_t row = bus->values[EF_INDEX_ROW];
    switch (index) {
    case EF_INDEX_RESULT:
        if (bus->has_result == 0u || ef_bus_is_busy(bus)) {
            return ef_bus_refuse(bus, address, EF_ERROR_EMPTY_MASK);
        }
        *value = (uint32_t)bus->result;
        return EF_OK;
    case EF_INDEX_OUTPUT:
        if (bus->has_result == 0u || ef_bus_is_busy(bus)) {
            return ef_bus_refuse(bus, address, EF_ERROR_EMPTY_MASK);
        }
        *value = (uint32_t)bus->codes[bus->values[EF_INDEX_OUTPUT_SELECT]];
        return EF_OK;
    case EF_INDEX_WINDOW:
        if (row >= ef_bus_reach_of_row(bus)) {
            return ef_bus_refuse(bus, address, EF_ERROR_INDEX_MASK);
        }
        *value = (uint32_t)bus->window[ef_bus_next_row(bus)];
        return EF_OK;
    case EF_INDEX_POINT_SUM:
    case EF_INDEX_POINT_STATE: {
        if (row >= ef_bus_layer(bus)->rows) {
            return ef_bus_refuse(bus, address, EF_ERROR_INDEX_MASK);
        }
        const struct ef_point *p = &bus->points[row];
        *value = index == EF_INDEX_POINT_SUM
                     ? (uint32_t)p->sums[bus->values[EF_INDEX_POINT_SELECT]]
                     : PLACE(p->quads, POINT_STATE_QUADS) |
                           PLACE(p->windows, POINT_STATE_WINDOWS) |
                           PLACE(p->verdict, POINT_STATE_VERDICT);
        return EF_OK;
    }
    case EF_INDEX_CYCLE_LOW:
        bus->latched_cycle = bus->now;
        *value = (uint32_t)bus->now;
        return EF_OK;
    default:
        return EF_OK;
    }
}

static uint32_t read_plain(const struct ef_bus *bus, uint32_t index)
{
    const struct ef_settings *settings = &bus->config.settings;
    switch (index) {
    case EF_INDEX_CHIP:
        return PLACE(settings->layer_count, CHIP_LAYERS) |
               PLACE(settings->reference == EF_REFERENCE_CELL ? 2u : 1u, CHIP_PLANES) |
               PLACE(settings->class_count, CHIP_CLASSES);
    case EF_INDEX_STATUS:
        return status_word(bus);
    case EF_INDEX_BUSY:
        return busy_cycles(bus);
    case EF_INDEX_SEED_LOW:
        return (uint32_t)bus->config.seed;
    case EF_INDEX_SEED_HIGH:
        return (uint32_t)(bus->config.seed >> 32u);
    case EF_INDEX_PROGRAM:
        return PLACE(settings->program_tolerance, PROGRAM_TOLERANCE) |
               PLACE(settings->program_iterations, PROGRAM_ITERATIONS) |
               PLACE(settings->program_limit, PROGRAM_LIMIT) |
               PLACE(settings->program_reads, PROGRAM_READS);
    case EF_INDEX_MISSED:
        return bus->missed;
    case EF_INDEX_TRIM_ENDS:
        return bus->ends;
    case EF_INDEX_TALLY_LOW:
        return (uint32_t)bus->latched_tally;
    case EF_INDEX_TALLY_HIGH:
        return (uint32_t)(bus->latched_tally >> 32u);
    case EF_INDEX_UPDATES:
        return (uint32_t)ef_tally(bus->chip)->updates;
    case EF_INDEX_CYCLE_HIGH:
        return (uint32_t)(bus->latched_cycle >> 32u);
    default:
        if (index >= EF_INDEX_LAYER_SHAPE && index <= EF_INDEX_LAYER_CODES) {
            return layer_word(bus, index);
        }
        return bus->values[index];
    }
}

static bool is_special(uint32_t index)
{
    return index == EF_INDEX_RESULT || index == EF_INDEX_OUTPUT ||
           index == EF_INDEX_WINDOW || index == EF_INDEX_POINT_SUM ||
           index == EF_INDEX_POINT_STATE || index == EF_INDEX_CYCLE_LOW;
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
    if (is_special(index)) {
        status = read_special(bus, index, value);
    } else {
        *value = read_plain(bus, index) & ef_bus_map[index].read;
    }
    if (status == EF_OK) {
        ef_bus_tell(bus, EF_BUS_READ, address, *value);
    }
    return status;
}
