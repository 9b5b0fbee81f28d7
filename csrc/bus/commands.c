// The commands of the bus. What the registers hold is untrusted: a command is refused
// with an error bit, or does what the map says.
// SPDX-License-Identifier: Apache-2.0
#include "bus.h"

// The new configuration is checked before the old chip is given up.
static bool apply(struct ef_bus *bus)
{
    struct ef_fault fault = {0};
    uint64_t size = 0;
    int status = ef_block_size(&size, &fault, &bus->config);
    if (status == EF_OK && size > bus->block_size) {
        status = EF_ERROR_MEMORY;
    }
    if (status == EF_OK) {
        status = ef_init(&bus->chip, bus->block, bus->block_size, &fault, &bus->config);
    }
    if (status != EF_OK) {
        bus->values[EF_INDEX_FAULT] =
            status == EF_ERROR_MEMORY
                ? EF_FAULT_FIELD_NUMBER_MASK
                : PLACE((uint32_t)fault.field, FAULT_FIELD_NUMBER) |
                      PLACE((uint32_t)fault.index, FAULT_INDEX);
        (void)ef_bus_refuse(bus, EF_REG_COMMAND, EF_ERROR_CONFIG_MASK);
        return false;
    }
    bus->applied = bus->config;
    bus->has_result = 0;
    return true;
}

static bool classify(struct ef_bus *bus, const struct ef_bus_entry *entry)
{
    int16_t codes[EF_LINES_MAX];
    bus->has_result = 0;
    if (!ef_bus_take_codes(bus, codes, bus->config.layers[0].inputs)) {
        return false;
    }
    int32_t found = 0;
    int status = EF_OK;
    const uint32_t last = bus->config.settings.layer_count - 1u;
    if (entry->opcode == EF_COMMAND_INFER) {
        status = ef_infer(bus->chip, &found, bus->codes, codes, 1);
    } else {
        const int32_t label = (int32_t)entry->label;
        uint64_t done = 0;
        status = ef_learn(bus->chip, &done, &found, NULL, codes, &label, 1);
        uint64_t size = 0;
        const int16_t *seen = ef_peek(bus->chip, &size, last, 0, EF_VIEW_CODE);
        for (uint32_t r = 0; seen != NULL && r < bus->config.layers[last].rows; r++) {
            bus->codes[r] = seen[r];
        }
    }
    if (status != EF_OK) {
        (void)ef_bus_refuse(bus, EF_REG_COMMAND, EF_ERROR_RANGE_MASK);
        return false;
    }
    ef_bus_give_result(bus, found);
    return true;
}

static bool program_column(struct ef_bus *bus, const struct ef_bus_entry *entry)
{
    int16_t targets[EF_LINES_MAX];
    const uint32_t rows = bus->config.layers[entry->layer].rows;
    for (uint32_t r = 0; r < rows; r++) {
        if (bus->window[r] < INT16_MIN || bus->window[r] > INT16_MAX) {
            (void)ef_bus_refuse(bus, EF_REG_COMMAND, EF_ERROR_RANGE_MASK);
            return false;
        }
        targets[r] = (int16_t)bus->window[r];
    }
    return ef_program_column(bus->chip, &bus->missed, NULL, entry->layer, entry->plane,
                             entry->column, targets) == EF_OK;
}

static bool calibrate_column(struct ef_bus *bus, const struct ef_bus_entry *entry)
{
    const uint32_t window = bus->values[EF_INDEX_CAL_WINDOW];
    const uint32_t gain = bus->values[EF_INDEX_CAL_GAIN];
    const struct ef_calibration how = {
        .pulse_class = (uint8_t)FIELD(window, CAL_WINDOW_PULSE_CLASS),
        .reads = (uint8_t)FIELD(window, CAL_WINDOW_READS),
        .quads = (uint8_t)FIELD(window, CAL_WINDOW_QUADS),
        .windows = (uint8_t)FIELD(window, CAL_WINDOW_WINDOWS),
        .tolerance = (uint8_t)FIELD(gain, CAL_GAIN_TOLERANCE),
        .probe = (uint8_t)FIELD(gain, CAL_GAIN_PROBE),
        .mantissa = (uint8_t)FIELD(gain, CAL_GAIN_MANTISSA),
        .shift = (uint8_t)FIELD(gain, CAL_GAIN_SHIFT),
        .limit = bus->values[EF_INDEX_CAL_LIMIT],
    };
    if (ef_calibrate_column(bus->chip, bus->points, NULL, entry->layer, entry->plane,
                            entry->column, &how) != EF_OK) {
        (void)ef_bus_refuse(bus, EF_REG_COMMAND, EF_ERROR_RANGE_MASK);
        return false;
    }
    return true;
}

static bool trim(struct ef_bus *bus, const struct ef_bus_entry *entry)
{
    const uint32_t word = bus->values[EF_INDEX_TRIM];
    if (ef_trim(bus->chip, &bus->ends, entry->layer, FIELD(word, TRIM_SIDE),
                FIELD(word, TRIM_READS), FIELD(word, TRIM_CODE)) != EF_OK) {
        (void)ef_bus_refuse(bus, EF_REG_COMMAND, EF_ERROR_RANGE_MASK);
        return false;
    }
    return true;
}

static uint64_t pulses_of(const struct ef_chip *chip)
{
    uint64_t pulses = 0;
    for (int phase = 0; phase < EF_PHASE_COUNT; phase++) {
        for (int k = 0; k < EF_CLASSES_MAX; k++) {
            pulses += ef_tally(chip)->pulses[phase][k][0].pulses;
            pulses += ef_tally(chip)->pulses[phase][k][1].pulses;
        }
    }
    return pulses;
}

static bool perform(struct ef_bus *bus, const struct ef_bus_entry *entry)
{
    switch (entry->opcode) {
    case EF_COMMAND_APPLY:
        return apply(bus);
    case EF_COMMAND_INFER:
    case EF_COMMAND_LEARN:
        return classify(bus, entry);
    case EF_COMMAND_PROGRAM_COLUMN:
        return program_column(bus, entry);
    case EF_COMMAND_READ_COLUMN:
        return ef_read_column(bus->chip, bus->window, entry->layer, entry->plane,
                              entry->column, bus->values[EF_INDEX_READS]) == EF_OK;
    case EF_COMMAND_CALIBRATE_COLUMN:
        return calibrate_column(bus, entry);
    case EF_COMMAND_CLEAR_POINTS:
        ef_bus_clear_points(bus);
        return true;
    case EF_COMMAND_REST:
        return ef_rest(bus->chip, bus->values[EF_INDEX_REST]) == EF_OK;
    case EF_COMMAND_TRIM:
        return trim(bus, entry);
    case EF_COMMAND_LEARN_TARGETS:
        return ef_bus_learn_targets(bus);
    case EF_COMMAND_CLEAR_FIFO:
        bus->fifo_level = 0;
        return true;
    default: // of one layer
        return ef_bus_one_layer(bus, entry);
    }
}

bool ef_bus_execute(struct ef_bus *bus, const struct ef_bus_entry *entry)
{
    const bool watched = bus->observer != NULL && entry->opcode != EF_COMMAND_APPLY;
    const uint64_t before = watched ? pulses_of(bus->chip) : 0;
    const bool done = perform(bus, entry);
    if (watched) {
        ef_bus_tell(bus, EF_BUS_PULSES, entry->opcode,
                    (uint32_t)(pulses_of(bus->chip) - before));
    }
    return done;
}
