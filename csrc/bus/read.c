// Reads of the chip behind its bus: what is refused, and what a word is made of.
// SPDX-License-Identifier: Apache-2.0
#include "bus.h"

static uint32_t status_word(const struct ef_bus *bus)
{
    uint32_t word = PLACE(bus->queued, STATUS_QUEUED);
    word |= PLACE(bus->fifo_level, STATUS_FILL);
    word |= ef_bus_is_busy(bus) ? EF_STATUS_BUSY_MASK : 0u;
    word |= bus->queued == EF_BUS_QUEUE ? EF_STATUS_QUEUE_FULL_MASK : 0u;
    word |= PLACE(bus->result_count, STATUS_RESULTS);
    word |= bus->result_count != 0u ? EF_STATUS_RESULT_MASK : 0u;
    word |= bus->values[EF_INDEX_ERROR] != 0u ? EF_STATUS_ERROR_MASK : 0u;
    word |= ef_bus_interrupt(bus) ? EF_STATUS_IRQ_MASK : 0u;
    word |=
        (bus->values[EF_INDEX_CUT] & EF_CUT_CAUSE_MASK) != 0u ? EF_STATUS_CUT_MASK : 0u;
    word |= bus->queued != 0u && ef_bus_is_halted(bus) ? EF_STATUS_HALTED_MASK : 0u;
    return word;
}

static uint32_t busy_cycles(const struct ef_bus *bus)
{
    const uint64_t left = ef_bus_next_event(bus);
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
               PLACE(layer->bias, LAYER_SHAPE_BIAS) |
               PLACE(ef_bus_columns(layer), LAYER_SHAPE_COLUMNS);
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

static bool has_accumulators(const struct ef_bus *bus)
{
    bool all = true;
    for (uint32_t l = 0; l < bus->made.settings.layer_count; l++) {
        all = all && bus->made.layers[l].rule == EF_RULE_MIXED_PRECISION;
    }
    return all;
}

static uint32_t capability_word(const struct ef_bus *bus)
{
    const struct ef_settings *s = &bus->made.settings;
    uint32_t word = PLACE(s->reference, CAPABILITY_REFERENCE);
    word |= ef_bus_has_trims(bus) ? EF_CAPABILITY_TRIMS_MASK : 0u;
    word |= ef_bus_takes_targets(bus) ? EF_CAPABILITY_TARGETS_MASK : 0u;
    word |= has_accumulators(bus) ? EF_CAPABILITY_ACCUMULATORS_MASK : 0u;
    word |= PLACE(s->sites[EF_SITE_ADC].bits, CAPABILITY_ADC_BITS);
    word |= PLACE(s->sites[EF_SITE_INPUT].bits, CAPABILITY_INPUT_BITS);
    return word | PLACE(s->sites[EF_SITE_ERROR].bits, CAPABILITY_ERROR_BITS);
}

static uint32_t wake_word(const struct ef_bus *bus)
{
    const uint64_t retained = ef_bus_wake_time(bus, EF_MODE_RETAINED);
    const uint32_t most = EF_WAKE_RETAINED_MASK >> EF_WAKE_RETAINED_SHIFT;
    return PLACE(EF_BUS_WAKE_GATED, WAKE_GATED) |
           PLACE(retained > most ? most : (uint32_t)retained, WAKE_RETAINED);
}

// What the silicon is.
static uint32_t fixed_word(const struct ef_bus *bus, uint32_t index)
{
    const struct ef_settings *settings = &bus->made.settings;
    switch (index) {
    case EF_INDEX_CHIP:
        return PLACE(settings->layer_count, CHIP_LAYERS) |
               PLACE(ef_bus_planes(bus), CHIP_PLANES) |
               PLACE(settings->class_count, CHIP_CLASSES);
    case EF_INDEX_CAPABILITY:
        return capability_word(bus);
    case EF_INDEX_DEPTHS:
        return PLACE(EF_BUS_FIFO, DEPTHS_FIFO) | PLACE(EF_BUS_QUEUE, DEPTHS_QUEUE) |
               PLACE(EF_BUS_RESULTS, DEPTHS_RESULTS);
    case EF_INDEX_CLOCK:
        return bus->clock_hz > UINT32_MAX ? UINT32_MAX : (uint32_t)bus->clock_hz;
    default:
        return wake_word(bus);
    }
}

static uint32_t program_word(const struct ef_settings *settings)
{
    return PLACE(settings->program_tolerance, PROGRAM_TOLERANCE) |
           PLACE(settings->program_iterations, PROGRAM_ITERATIONS) |
           PLACE(settings->program_limit, PROGRAM_LIMIT) |
           PLACE(settings->program_reads, PROGRAM_READS);
}

static uint32_t state_of_point(const struct ef_point *point)
{
    return PLACE(point->quads, POINT_STATE_QUADS) |
           PLACE(point->windows, POINT_STATE_WINDOWS) |
           PLACE(point->verdict, POINT_STATE_VERDICT);
}

static uint32_t word_of(const struct ef_bus *bus, uint32_t index)
{
    const uint32_t row = bus->values[EF_INDEX_ROW];
    switch (index) {
    case EF_INDEX_CHIP:
    case EF_INDEX_CAPABILITY:
    case EF_INDEX_DEPTHS:
    case EF_INDEX_CLOCK:
    case EF_INDEX_WAKE:
        return fixed_word(bus, index);
    case EF_INDEX_STATUS:
        return status_word(bus);
    case EF_INDEX_BUSY:
        return busy_cycles(bus);
    case EF_INDEX_RESULT:
        return PLACE(bus->results[0].label, RESULT_LABEL) |
               PLACE(bus->results[0].number, RESULT_COMMAND);
    case EF_INDEX_OUTPUT:
        return (uint32_t)bus->codes[bus->values[EF_INDEX_OUTPUT_SELECT]];
    case EF_INDEX_WINDOW:
        return (uint32_t)bus->window[row];
    case EF_INDEX_POINT_SUM:
        return (uint32_t)bus->points[row].sums[bus->values[EF_INDEX_POINT_SELECT]];
    case EF_INDEX_POINT_STATE:
        return state_of_point(&bus->points[row]);
    case EF_INDEX_PROGRAM:
        return program_word(&bus->config.settings);
    case EF_INDEX_NUMBER:
        return PLACE(bus->accepted, NUMBER_ACCEPTED) | PLACE(bus->ended, NUMBER_ENDED);
    case EF_INDEX_TALLY_LOW:
        return (uint32_t)bus->latched_tally;
    case EF_INDEX_TALLY_HIGH:
        return (uint32_t)(bus->latched_tally >> 32u);
    case EF_INDEX_UPDATES:
        return (uint32_t)ef_tally(bus->chip)->updates;
    case EF_INDEX_CYCLE_LOW:
        return (uint32_t)bus->cycle;
    case EF_INDEX_CYCLE_HIGH:
        return (uint32_t)(bus->latched_cycle >> 32u);
    case EF_INDEX_HARNESS:
        return PLACE(bus->harness_open, HARNESS_OPEN);
    case EF_INDEX_SEED_LOW:
        return (uint32_t)bus->config.seed;
    case EF_INDEX_SEED_HIGH:
        return (uint32_t)(bus->config.seed >> 32u);
    default:
        if (index >= EF_INDEX_LAYER_SHAPE && index <= EF_INDEX_LAYER_CODES) {
            return layer_word(bus, index);
        }
        return bus->values[index];
    }
}

// What reading changes.
static void read_effect(struct ef_bus *bus, uint32_t index)
{
    switch (index) {
    case EF_INDEX_RESULT:
        bus->result_count -= 1u;
        for (uint32_t i = 0; i < bus->result_count; i++) {
            bus->results[i] = bus->results[i + 1u];
        }
        bus->results[bus->result_count] = (struct ef_bus_result){0};
        break;
    case EF_INDEX_WINDOW:
        (void)ef_bus_next_row(bus);
        break;
    case EF_INDEX_CYCLE_LOW:
        bus->latched_cycle = bus->cycle;
        break;
    default:
        break;
    }
}

// The bit that a read deserves; 0 where it is fine.
static uint32_t misread(const struct ef_bus *bus, uint32_t index)
{
    const uint32_t row = bus->values[EF_INDEX_ROW];
    if (ef_bus_map[index].read == 0u) {
        return EF_REFUSED_WRITE_ONLY_MASK;
    }
    if (ef_bus_closed(bus, index)) {
        return EF_REFUSED_LOCKED_MASK;
    }
    if (ef_bus_map[index].waits != 0u && ef_bus_is_busy(bus)) {
        return EF_REFUSED_STALE_MASK;
    }
    switch (index) {
    case EF_INDEX_RESULT:
        return bus->result_count != 0u ? 0u : EF_REFUSED_STALE_MASK;
    case EF_INDEX_OUTPUT:
        return bus->has_output != 0u ? 0u : EF_REFUSED_STALE_MASK;
    case EF_INDEX_WINDOW:
        return row < ef_bus_reach_of_row(bus) ? 0u : EF_REFUSED_INDEX_MASK;
    case EF_INDEX_POINT_SUM:
    case EF_INDEX_POINT_STATE:
        return row < ef_bus_layer(bus)->rows ? 0u : EF_REFUSED_INDEX_MASK;
    default:
        return 0u;
    }
}

int ef_bus_read32(struct ef_bus *bus, uint32_t address, uint32_t *value)
{
    if (bus == NULL || value == NULL) {
        return EF_ERROR_NULL;
    }
    *value = 0;
    ef_bus_access_time(bus);
    const struct ef_bus_access access = {.address = address};
    const uint32_t index = ef_bus_find(address);
    const uint32_t bit =
        index == EF_REGISTER_COUNT ? ef_bus_misaddressed(address) : misread(bus, index);
    if (bit != 0u) {
        return ef_bus_refuse(bus, &access, bit);
    }
    *value = word_of(bus, index) & ef_bus_map[index].read;
    ef_bus_tell(bus, EF_BUS_READ, address, *value);
    read_effect(bus, index);
    return EF_OK;
}
