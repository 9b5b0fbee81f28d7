// Writes to the chip behind its bus: what is refused, and what a word does.
// SPDX-License-Identifier: Apache-2.0
#include "bus.h"

#define NUMBER_MAX 65535u // of a command; 1 follows

// The bits of LOCK that forbid a command.
static uint32_t lock_of(uint32_t opcode)
{
    switch (opcode) {
    case EF_COMMAND_APPLY:
        return EF_LOCK_APPLY_MASK;
    case EF_COMMAND_PROGRAM_COLUMN:
    case EF_COMMAND_STORE_REFERENCE:
    case EF_COMMAND_STORE_OFFSET:
    case EF_COMMAND_WRITE_ACCUMULATORS:
        return EF_LOCK_PROGRAM_MASK;
    case EF_COMMAND_CALIBRATE_COLUMN:
    case EF_COMMAND_TRIM:
        return EF_LOCK_CALIBRATE_MASK;
    default:
        return 0;
    }
}

bool ef_bus_is_opcode(uint32_t opcode)
{
    return (opcode >= EF_COMMAND_APPLY && opcode <= EF_COMMAND_CLEAR_POINTS) ||
           (opcode >= EF_COMMAND_TRIM && opcode <= EF_COMMAND_CHECKSUM) ||
           (opcode >= EF_COMMAND_NEW_CHIP && opcode <= EF_COMMAND_READ_WEAR);
}

// Whether the silicon has what a command is about.
static bool is_there(const struct ef_bus *bus, uint32_t opcode)
{
    switch (opcode) {
    case EF_COMMAND_LEARN_TARGETS:
        return ef_bus_takes_targets(bus);
    case EF_COMMAND_TRIM:
        return ef_bus_has_trims(bus);
    case EF_COMMAND_STORE_REFERENCE:
        return bus->made.settings.reference == EF_REFERENCE_STORED;
    case EF_COMMAND_STORE_OFFSET:
        return bus->made.settings.reference == EF_REFERENCE_OFFSET;
    default:
        return true;
    }
}

uint32_t ef_bus_codes_of(const struct ef_config *config, uint32_t opcode,
                         uint32_t layer)
{
    switch (opcode) {
    case EF_COMMAND_INFER:
    case EF_COMMAND_LEARN:
    case EF_COMMAND_LEARN_TARGETS:
        return config->layers[0].inputs;
    case EF_COMMAND_FORWARD:
    case EF_COMMAND_UPDATE:
        return ef_bus_columns(&config->layers[layer]);
    case EF_COMMAND_SLOPES:
        return config->layers[layer].rows;
    default:
        return 0;
    }
}

static uint32_t codes_of(const struct ef_bus *bus, uint32_t opcode)
{
    return ef_bus_codes_of(&bus->config, opcode, bus->values[EF_INDEX_LAYER]);
}

// The bit that a command deserves; 0 where it is accepted (SPEC 19.3).
static uint32_t misfit_of_command(const struct ef_bus *bus, uint32_t opcode)
{
    const uint32_t needs = codes_of(bus, opcode);
    const uint32_t there = ef_bus_unclaimed(bus);
    if ((bus->values[EF_INDEX_CONTROL] & EF_CONTROL_ENABLE_MASK) == 0u ||
        !ef_bus_is_opcode(opcode)) {
        return EF_REFUSED_COMMAND_MASK;
    }
    if ((opcode >= EF_OPCODE_HARNESS && bus->harness_open == 0u) ||
        (bus->values[EF_INDEX_LOCK] & lock_of(opcode)) != 0u) {
        return EF_REFUSED_LOCKED_MASK;
    }
    if (!is_there(bus, opcode)) {
        return EF_REFUSED_COMMAND_MASK;
    }
    if (bus->queued == EF_BUS_QUEUE) {
        return EF_REFUSED_OVERRUN_MASK;
    }
    if (there < needs) {
        return EF_REFUSED_UNDERRUN_MASK;
    }
    return needs != 0u && there > needs ? EF_REFUSED_LENGTH_MASK : 0u;
}

static void push_command(struct ef_bus *bus, uint32_t opcode)
{
    bus->accepted = bus->accepted == NUMBER_MAX ? 1u : bus->accepted + 1u;
    bus->queue[bus->queued] = (struct ef_bus_entry){
        .opcode = opcode,
        .label = bus->values[EF_INDEX_LABEL],
        .layer = bus->values[EF_INDEX_LAYER],
        .plane = bus->values[EF_INDEX_PLANE],
        .column = bus->values[EF_INDEX_COLUMN],
        .codes = codes_of(bus, opcode),
        .number = bus->accepted,
    };
    bus->queued += 1u;
}

static void push_code(struct ef_bus *bus, int16_t code)
{
    bus->fifo[bus->fifo_level] = code;
    bus->fifo_level += 1u;
}

static void latch_tally(struct ef_bus *bus, uint32_t value)
{
    const struct ef_tally *tally = ef_tally(bus->chip);
    const uint32_t phase = FIELD(value, TALLY_SELECT_PHASE);
    const uint32_t event = FIELD(value, TALLY_SELECT_EVENT);
    const uint32_t pulse_class = FIELD(value, TALLY_SELECT_PULSE_CLASS);
    const uint32_t polarity = FIELD(value, TALLY_SELECT_POLARITY);
    const struct ef_pulse_tally *pulses = &tally->pulses[phase][pulse_class][polarity];
    const struct ef_pulse_tally *base = &bus->base.pulses[phase][pulse_class][polarity];
    switch (FIELD(value, TALLY_SELECT_KIND)) {
    case 0:
        bus->latched_tally =
            tally->events[phase][event] - bus->base.events[phase][event];
        break;
    case 1:
        bus->latched_tally = pulses->pulses - base->pulses;
        break;
    case 2:
        bus->latched_tally = pulses->conduction - base->conduction;
        break;
    default:
        bus->latched_tally = pulses->switched - base->switched;
        break;
    }
}

static uint32_t in_range(bool fits)
{
    return fits ? 0u : EF_REFUSED_RANGE_MASK;
}

static uint32_t in_index(bool fits)
{
    return fits ? 0u : EF_REFUSED_INDEX_MASK;
}

static bool is_gain(uint32_t value, uint32_t shift_max)
{
    return FIELD(value, LAYER_GAIN_MANTISSA) != 0u &&
           FIELD(value, LAYER_GAIN_SHIFT) <= shift_max;
}

// The bit in ERROR that a number deserves; 0 where it fits.
static uint32_t misfit(const struct ef_bus *bus, uint32_t index, uint32_t value)
{
    const uint32_t reads = FIELD(value, TRIM_READS);
    switch (index) {
    case EF_INDEX_LAYER:
        return in_index(value < bus->made.settings.layer_count);
    case EF_INDEX_PLANE:
        return in_index(value < ef_bus_planes(bus));
    case EF_INDEX_COLUMN:
        return in_index(value < ef_bus_columns(ef_bus_layer(bus)));
    case EF_INDEX_ROW:
        return in_index(value < ef_bus_reach_of_row(bus));
    case EF_INDEX_WINDOW:
        return in_index(bus->values[EF_INDEX_ROW] < ef_bus_reach_of_row(bus));
    case EF_INDEX_COMMAND:
        return misfit_of_command(bus, value);
    case EF_INDEX_SAMPLE:
        return in_range((int32_t)value >= INT16_MIN && (int32_t)value <= INT16_MAX);
    case EF_INDEX_WATERMARK:
        return in_range(value <= EF_BUS_FIFO);
    case EF_INDEX_OUTPUT_SELECT:
    case EF_INDEX_LABEL:
        return in_range(value < ef_bus_last_layer(bus)->rows);
    case EF_INDEX_LAYER_GAIN:
    case EF_INDEX_LAYER_BACK_GAIN:
    case EF_INDEX_LAYER_VERIFY_GAIN:
        return in_range(is_gain(value, 47));
    case EF_INDEX_LAYER_RATE:
        return in_range(is_gain(value, 62));
    case EF_INDEX_READS:
        return in_range(value >= 1u && value <= 64u);
    case EF_INDEX_TRIM:
        return in_range(reads >= 1u && reads <= 64u);
    case EF_INDEX_EXPONENT:
        return in_range((int32_t)value >= -1024 && (int32_t)value <= 1023);
    case EF_INDEX_POWER:
        return in_range(FIELD(value, POWER_MODE) <= EF_MODE_RETAINED);
    case EF_INDEX_REST:
        return in_range(value != 0u);
    case EF_INDEX_TALLY_SELECT:
        return in_range(FIELD(value, TALLY_SELECT_PHASE) < EF_PHASE_COUNT &&
                        FIELD(value, TALLY_SELECT_EVENT) < EF_EVENT_COUNT);
    default:
        return 0u;
    }
}

static bool is_descriptor(uint32_t index)
{
    return (index >= EF_INDEX_LAYER_RULE && index <= EF_INDEX_LAYER_CODES) ||
           index == EF_INDEX_PROGRAM;
}

static bool is_locked(const struct ef_bus *bus, uint32_t index, uint32_t value)
{
    const uint32_t locks = bus->values[EF_INDEX_LOCK];
    if (index == EF_INDEX_LOCK) {
        return (locks & ~value) != 0u && bus->lock_open == 0u;
    }
    return is_descriptor(index) && (locks & EF_LOCK_DESCRIPTORS_MASK) != 0u;
}

static bool is_full(const struct ef_bus *bus, uint32_t index)
{
    return (index == EF_INDEX_SAMPLE && bus->fifo_level == EF_BUS_FIFO) ||
           (index == EF_INDEX_SAMPLE_PAIR && bus->fifo_level + 2u > EF_BUS_FIFO);
}

// The bit that a write deserves; 0 where it is fine (SPEC 19.2).
static uint32_t miswritten(const struct ef_bus *bus, uint32_t index, uint32_t value)
{
    const struct ef_register *r = &ef_bus_map[index];
    if (r->write == 0u) {
        return EF_REFUSED_READ_ONLY_MASK;
    }
    if (ef_bus_closed(bus, index)) {
        return EF_REFUSED_LOCKED_MASK;
    }
    if ((value & ~r->write) != 0u) {
        return EF_REFUSED_RESERVED_BITS_MASK;
    }
    if (r->busy == 0u && ef_bus_is_busy(bus)) {
        return EF_REFUSED_BUSY_MASK;
    }
    if (is_locked(bus, index, value)) {
        return EF_REFUSED_LOCKED_MASK;
    }
    const uint32_t bit = misfit(bus, index, value);
    return bit == 0u && is_full(bus, index) ? EF_REFUSED_OVERRUN_MASK : bit;
}

static void set_layer_word(struct ef_bus *bus, uint32_t index, uint32_t value)
{
    const uint32_t selected = bus->values[EF_INDEX_LAYER];
    struct ef_layer_config *layer = &bus->config.layers[selected];
    const uint8_t mantissa = (uint8_t)FIELD(value, LAYER_GAIN_MANTISSA);
    const uint8_t shift = (uint8_t)FIELD(value, LAYER_GAIN_SHIFT);
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

static void set_descriptor(struct ef_bus *bus, uint32_t index, uint32_t value)
{
    struct ef_settings *settings = &bus->config.settings;
    if (index != EF_INDEX_PROGRAM) {
        set_layer_word(bus, index, value);
        return;
    }
    settings->program_tolerance = (uint8_t)FIELD(value, PROGRAM_TOLERANCE);
    settings->program_iterations = (uint8_t)FIELD(value, PROGRAM_ITERATIONS);
    settings->program_limit = (uint8_t)FIELD(value, PROGRAM_LIMIT);
    settings->program_reads = (uint8_t)FIELD(value, PROGRAM_READS);
}

static void set_control(struct ef_bus *bus, uint32_t value)
{
    bus->values[EF_INDEX_CONTROL] =
        value & (EF_CONTROL_ENABLE_MASK | EF_CONTROL_HALT_ON_ERROR_MASK);
    if ((value & EF_CONTROL_FLUSH_MASK) != 0u) { // the newest are those unclaimed
        const uint32_t kept = bus->fifo_level - ef_bus_unclaimed(bus);
        ef_bus_keep_codes(bus, kept);
    }
    if ((value & EF_CONTROL_ABORT_MASK) != 0u) {
        ef_bus_stop(bus, EF_CAUSE_ABORTED);
    }
    if ((value & EF_CONTROL_RESET_MASK) != 0u) {
        ef_bus_stop(bus, EF_CAUSE_RESET);
    }
}

static void set_seed(struct ef_bus *bus, uint32_t index, uint32_t value)
{
    const uint64_t seed = bus->config.seed;
    bus->config.seed = index == EF_INDEX_SEED_LOW
                           ? (seed >> 32u << 32u) | value
                           : (uint64_t)value << 32u | (uint32_t)seed;
}

// A 1 written to the cause forgets all of what was cut.
static void clear_bits(struct ef_bus *bus, uint32_t index, uint32_t value)
{
    uint32_t *word = &bus->values[index];
    const int line = ef_bus_interrupt(bus);
    *word &= index == EF_INDEX_CUT && value != 0u ? 0u : ~value;
    ef_bus_tell_line(bus, line);
}

static void set_plain(struct ef_bus *bus, uint32_t index, uint32_t value)
{
    const int line = ef_bus_interrupt(bus);
    bus->values[index] = value;
    if (index == EF_INDEX_LAYER) {
        bus->values[EF_INDEX_ROW] = 0;
        bus->values[EF_INDEX_COLUMN] = 0;
    } else if (index == EF_INDEX_LOCK) {
        bus->lock_open = 0;
    } else if (index == EF_INDEX_TALLY_SELECT) {
        latch_tally(bus, value);
    }
    ef_bus_tell_line(bus, line);
}

static void write_register(struct ef_bus *bus, uint32_t index, uint32_t value)
{
    if (ef_bus_map[index].clear != 0u) {
        clear_bits(bus, index, value);
        return;
    }
    if (is_descriptor(index)) {
        set_descriptor(bus, index, value);
        return;
    }
    switch (index) {
    case EF_INDEX_CONTROL:
        set_control(bus, value);
        break;
    case EF_INDEX_COMMAND:
        push_command(bus, value);
        break;
    case EF_INDEX_SAMPLE:
        push_code(bus, (int16_t)(int32_t)value);
        break;
    case EF_INDEX_SAMPLE_PAIR:
        push_code(bus, (int16_t)(uint16_t)FIELD(value, SAMPLE_PAIR_FIRST));
        push_code(bus, (int16_t)(uint16_t)FIELD(value, SAMPLE_PAIR_SECOND));
        break;
    case EF_INDEX_WINDOW:
        bus->window[ef_bus_next_row(bus)] = (int32_t)value;
        break;
    case EF_INDEX_UNLOCK:
        bus->lock_open = value == EF_BUS_UNLOCK_KEY ? 1u : 0u;
        break;
    case EF_INDEX_HARNESS_KEY:
        bus->harness_open = value == EF_BUS_HARNESS_KEY ? 1u : 0u;
        break;
    case EF_INDEX_SEED_LOW:
    case EF_INDEX_SEED_HIGH:
        set_seed(bus, index, value);
        break;
    default:
        set_plain(bus, index, value);
        break;
    }
}

int ef_bus_write32(struct ef_bus *bus, uint32_t address, uint32_t value)
{
    if (bus == NULL) {
        return EF_ERROR_NULL;
    }
    ef_bus_access_time(bus);
    const struct ef_bus_access access = {address, value, true};
    const uint32_t index = ef_bus_find(address);
    const uint32_t bit = index == EF_REGISTER_COUNT ? ef_bus_misaddressed(address)
                                                    : miswritten(bus, index, value);
    if (bit != 0u) {
        return ef_bus_refuse(bus, &access, bit);
    }
    ef_bus_tell(bus, EF_BUS_WRITE, address, value);
    write_register(bus, index, value);
    ef_bus_advance(bus, 0); // a command starts in the moment that it is written
    return EF_OK;
}
