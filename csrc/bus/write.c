// Writes to the chip behind its bus: what is refused, and what a word does.
// SPDX-License-Identifier: Apache-2.0
#include "bus.h"

static int push_sample(struct ef_bus *bus, uint32_t value)
{
    if (bus->fifo_level == EF_BUS_FIFO) {
        return ef_bus_refuse(bus, EF_REG_SAMPLE, EF_ERROR_OVERRUN_MASK);
    }
    bus->fifo[bus->fifo_level] = (int16_t)(uint16_t)value;
    bus->fifo_level += 1u;
    return EF_OK;
}

static int push_command(struct ef_bus *bus, uint32_t value)
{
    if (value < EF_COMMAND_APPLY || value > EF_COMMAND_UPDATE ||
        (bus->values[EF_INDEX_CONTROL] & EF_CONTROL_ENABLE_MASK) == 0u) {
        return ef_bus_refuse(bus, EF_REG_COMMAND, EF_ERROR_COMMAND_MASK);
    }
    if (bus->queued == EF_BUS_QUEUE) {
        return ef_bus_refuse(bus, EF_REG_COMMAND, EF_ERROR_OVERRUN_MASK);
    }
    bus->queue[bus->queued] = (struct ef_bus_entry){
        .opcode = value,
        .label = bus->values[EF_INDEX_LABEL],
        .layer = bus->values[EF_INDEX_LAYER],
        .plane = bus->values[EF_INDEX_PLANE],
        .column = bus->values[EF_INDEX_COLUMN],
    };
    bus->queued += 1u;
    return EF_OK;
}

static void latch_tally(struct ef_bus *bus, uint32_t value)
{
    const struct ef_tally *tally = ef_tally(bus->chip);
    const uint32_t phase = FIELD(value, TALLY_SELECT_PHASE);
    const struct ef_pulse_tally *pulses =
        &tally->pulses[phase][FIELD(value, TALLY_SELECT_PULSE_CLASS)]
                      [FIELD(value, TALLY_SELECT_POLARITY)];
    switch (FIELD(value, TALLY_SELECT_KIND)) {
    case 0:
        bus->latched_tally = tally->events[phase][FIELD(value, TALLY_SELECT_EVENT)];
        break;
    case 1:
        bus->latched_tally = pulses->pulses;
        break;
    case 2:
        bus->latched_tally = pulses->conduction;
        break;
    default:
        bus->latched_tally = pulses->switched;
        break;
    }
}

static uint32_t mantissa_of(uint32_t value)
{
    return FIELD(value, LAYER_GAIN_MANTISSA);
}

static uint32_t shift_of(uint32_t value)
{
    return FIELD(value, LAYER_GAIN_SHIFT);
}

// The bit in ERROR that a number deserves; 0 where it fits.
static uint32_t misfit(const struct ef_bus *bus, uint32_t index, uint32_t value)
{
    const struct ef_config *c = &bus->config;
    switch (index) {
    case EF_INDEX_LAYER:
        return value < c->settings.layer_count ? 0u : EF_ERROR_INDEX_MASK;
    case EF_INDEX_PLANE:
        return value == 0u || c->settings.reference == EF_REFERENCE_CELL
                   ? 0u
                   : EF_ERROR_INDEX_MASK;
    case EF_INDEX_COLUMN:
        return value < ef_bus_layer(bus)->inputs + ef_bus_layer(bus)->bias
                   ? 0u
                   : EF_ERROR_INDEX_MASK;
    case EF_INDEX_ROW:
        return value < ef_bus_reach_of_row(bus) ? 0u : EF_ERROR_INDEX_MASK;
    case EF_INDEX_WINDOW:
        return bus->values[EF_INDEX_ROW] < ef_bus_reach_of_row(bus)
                   ? 0u
                   : EF_ERROR_INDEX_MASK;
    case EF_INDEX_OUTPUT_SELECT:
    case EF_INDEX_LABEL:
        return value < c->layers[c->settings.layer_count - 1u].rows
                   ? 0u
                   : EF_ERROR_RANGE_MASK;
    case EF_INDEX_LAYER_GAIN:
    case EF_INDEX_LAYER_BACK_GAIN:
    case EF_INDEX_LAYER_VERIFY_GAIN:
        return mantissa_of(value) != 0u && shift_of(value) <= 47u ? 0u
                                                                  : EF_ERROR_RANGE_MASK;
    case EF_INDEX_LAYER_RATE:
        return mantissa_of(value) != 0u && shift_of(value) <= 62u ? 0u
                                                                  : EF_ERROR_RANGE_MASK;
    case EF_INDEX_READS:
        return value >= 1u && value <= 64u ? 0u : EF_ERROR_RANGE_MASK;
    case EF_INDEX_TRIM:
        return FIELD(value, TRIM_READS) >= 1u && FIELD(value, TRIM_READS) <= 64u
                   ? 0u
                   : EF_ERROR_RANGE_MASK;
    case EF_INDEX_EXPONENT:
        return (int32_t)value >= -1024 && (int32_t)value <= 1023 ? 0u
                                                                 : EF_ERROR_RANGE_MASK;
    case EF_INDEX_REST:
        return value != 0u ? 0u : EF_ERROR_RANGE_MASK;
    case EF_INDEX_TALLY_SELECT:
        return FIELD(value, TALLY_SELECT_PHASE) < EF_PHASE_COUNT &&
                       FIELD(value, TALLY_SELECT_EVENT) < EF_EVENT_COUNT
                   ? 0u
                   : EF_ERROR_RANGE_MASK;
    default:
        return 0u;
    }
}

static void set_layer_word(struct ef_bus *bus, uint32_t index, uint32_t value)
{
    const uint32_t selected = bus->values[EF_INDEX_LAYER];
    struct ef_layer_config *layer = &bus->config.layers[selected];
    const uint8_t mantissa = (uint8_t)mantissa_of(value);
    const uint8_t shift = (uint8_t)shift_of(value);
    switch (index) {
    case EF_INDEX_LAYER_RULE:
        layer->rule = (uint8_t)FIELD(value, LAYER_RULE_RULE);
        layer->pulse_class = (uint8_t)FIELD(value, LAYER_RULE_PULSE_CLASS);
        layer->program_class = (uint8_t)FIELD(value, LAYER_RULE_PROGRAM_CLASS);
        break;
    case EF_INDEX_LAYER_GAIN:
        layer->gain_mantissa = mantissa;
        layer->gain_shift = shift;
        break;
    case EF_INDEX_LAYER_BACK_GAIN:
        layer->back_mantissa = mantissa;
        layer->back_shift = shift;
        break;
    case EF_INDEX_LAYER_VERIFY_GAIN:
        layer->verify_mantissa = mantissa;
        layer->verify_shift = shift;
        break;
    case EF_INDEX_LAYER_RATE:
        layer->rate_mantissa = mantissa;
        layer->rate_shift = shift;
        (void)ef_set_rate(bus->chip, selected, mantissa, shift);
        break;
    case EF_INDEX_LAYER_THRESHOLD:
        layer->threshold = value;
        break;
    default:
        layer->bias_code = (int16_t)(uint16_t)FIELD(value, LAYER_CODES_BIAS);
        layer->verify_code = (int16_t)(uint16_t)FIELD(value, LAYER_CODES_VERIFY);
        break;
    }
}

static void set_program(struct ef_config *config, uint32_t value)
{
    config->settings.program_tolerance = (uint8_t)FIELD(value, PROGRAM_TOLERANCE);
    config->settings.program_iterations = (uint8_t)FIELD(value, PROGRAM_ITERATIONS);
    config->settings.program_limit = (uint8_t)FIELD(value, PROGRAM_LIMIT);
    config->settings.program_reads = (uint8_t)FIELD(value, PROGRAM_READS);
}

static int write_register(struct ef_bus *bus, uint32_t index, uint32_t value)
{
    const uint32_t address = ef_bus_map[index].address;
    const uint32_t bit = misfit(bus, index, value);
    if (bit != 0u) {
        return ef_bus_refuse(bus, address, bit);
    }
    if (ef_bus_map[index].clear != 0u) {
        bus->values[index] &= ~value;
        return EF_OK;
    }
    switch (index) {
    case EF_INDEX_SAMPLE:
        return push_sample(bus, value);
    case EF_INDEX_COMMAND:
        return push_command(bus, value);
    case EF_INDEX_WINDOW:
        bus->window[ef_bus_next_row(bus)] = (int32_t)value;
        return EF_OK;
    case EF_INDEX_TALLY_SELECT:
        latch_tally(bus, value);
        break;
    case EF_INDEX_SEED_LOW:
        bus->config.seed = (bus->config.seed >> 32u << 32u) | value;
        return EF_OK;
    case EF_INDEX_SEED_HIGH:
        bus->config.seed = (uint64_t)value << 32u | (uint32_t)bus->config.seed;
        return EF_OK;
    case EF_INDEX_PROGRAM:
        set_program(&bus->config, value);
        return EF_OK;
    case EF_INDEX_LAYER:
        bus->values[EF_INDEX_ROW] = 0;
        bus->values[EF_INDEX_COLUMN] = 0;
        break;
    default:
        if (index >= EF_INDEX_LAYER_RULE && index <= EF_INDEX_LAYER_CODES) {
            set_layer_word(bus, index, value);
            return EF_OK;
        }
        break;
    }
    bus->values[index] = value;
    return EF_OK;
}

int ef_bus_write32(struct ef_bus *bus, uint32_t address, uint32_t value)
{
    if (bus == NULL) {
        return EF_ERROR_NULL;
    }
    const uint32_t index = ef_bus_reach(bus, address);
    if (index == EF_REGISTER_COUNT) {
        return EF_ERROR_RANGE;
    }
    if (ef_bus_map[index].write == 0u) {
        return ef_bus_refuse(bus, address, EF_ERROR_READ_ONLY_MASK);
    }
    if ((value & ~ef_bus_map[index].write) != 0u) {
        return ef_bus_refuse(bus, address, EF_ERROR_RESERVED_BITS_MASK);
    }
    if (ef_bus_map[index].busy == 0u && ef_bus_is_busy(bus)) {
        return ef_bus_refuse(bus, address, EF_ERROR_BUSY_MASK);
    }
    ef_bus_tell(bus, EF_BUS_WRITE, address, value);
    const int line = ef_bus_interrupt(bus);
    const int status = write_register(bus, index, value);
    if (status == EF_OK && ef_bus_interrupt(bus) != line) {
        ef_bus_tell(bus, EF_BUS_INTERRUPT, bus->values[EF_INDEX_IRQ_STATUS],
                    (uint32_t)ef_bus_interrupt(bus));
    }
    return status;
}
