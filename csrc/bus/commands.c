// The commands of the bus: how each begins, steps, and leaves its results (SPEC 19.4 to
// 19.7). What the registers hold is untrusted: a command is refused, or does what the
// map says.
// SPDX-License-Identifier: Apache-2.0
#include "bus.h"

uint64_t ef_bus_pulses(const struct ef_chip *chip)
{
    uint64_t pulses = 0;
    for (int phase = 0; phase < EF_PHASE_COUNT; phase++) {
        pulses += ef_tally(chip)->account[phase].issued;
    }
    return pulses;
}

static bool is_job(uint32_t opcode)
{
    return opcode == EF_COMMAND_INFER || opcode == EF_COMMAND_LEARN ||
           opcode == EF_COMMAND_LEARN_TARGETS || opcode == EF_COMMAND_PROGRAM_COLUMN ||
           opcode == EF_COMMAND_READ_COLUMN || opcode == EF_COMMAND_CALIBRATE_COLUMN ||
           opcode == EF_COMMAND_TRIM || opcode == EF_COMMAND_UPDATE ||
           opcode == EF_COMMAND_CHECKSUM;
}

static bool is_stepless(uint32_t opcode)
{
    return opcode == EF_COMMAND_APPLY || opcode == EF_COMMAND_CLEAR_POINTS ||
           opcode >= EF_OPCODE_HARNESS;
}

static void refuse(struct ef_bus *bus, uint32_t bit)
{
    const struct ef_bus_refusal refusal = {EF_REG_COMMAND, bit, bus->running.number,
                                           bus->running.opcode};
    const struct ef_bus_access access = {EF_REG_COMMAND, bus->running.opcode, true};
    ef_bus_tell_refused(bus, &access, bit);
    ef_bus_note(bus, &refusal);
}

static bool refuse_config(struct ef_bus *bus, const struct ef_fault *fault)
{
    bus->values[EF_INDEX_FAULT] = PLACE((uint32_t)fault->field, FAULT_FIELD_NUMBER) |
                                  PLACE((uint32_t)fault->index, FAULT_INDEX);
    refuse(bus, EF_REFUSED_CONFIG_MASK);
    return false;
}

static bool apply(struct ef_bus *bus)
{
    struct ef_fault fault = {0};
    struct ef_config config = bus->config;
    config.seed = bus->applied.seed; // of cells, which stay
    if (ef_reconfigure(bus->chip, &fault, &config) != EF_OK) {
        return refuse_config(bus, &fault);
    }
    bus->applied = config;
    return true;
}

int ef_bus_make(struct ef_bus *bus, const struct ef_config *config)
{
    struct ef_fault fault = {0};
    struct ef_config made = bus->made;
    made.seed = config->seed;
    const int status = ef_init(&bus->chip, bus->block, bus->block_size, &fault, &made);
    return status == EF_OK ? ef_reconfigure(bus->chip, &fault, config) : status;
}

// What the registers say is tried on the old chip, which then is given up for one that
// is made as the silicon is.
static bool new_chip(struct ef_bus *bus)
{
    struct ef_fault fault = {0};
    struct ef_config told = bus->config;
    told.seed = bus->applied.seed;
    if (ef_reconfigure(bus->chip, &fault, &told) != EF_OK) {
        return refuse_config(bus, &fault);
    }
    (void)ef_bus_make(bus, &bus->config);
    bus->applied = bus->config;
    bus->base = *ef_tally(bus->chip);
    ef_spent(bus->chip, &bus->spent_cycles, &bus->spent_ns);
    bus->spent_pulses = 0;
    return true;
}

static bool begin_program(struct ef_bus *bus)
{
    const struct ef_bus_entry *entry = &bus->running;
    int16_t targets[EF_LINES_MAX];
    return ef_bus_window_codes(bus, targets, bus->config.layers[entry->layer].rows) &&
           ef_job_program(&bus->job, bus->chip, entry->layer, entry->plane,
                          entry->column, targets) == EF_OK;
}

static bool begin_targets(struct ef_bus *bus, const int16_t *codes)
{
    int16_t targets[EF_LINES_MAX];
    return ef_bus_window_codes(bus, targets, ef_bus_last_layer(bus)->rows) &&
           ef_job_learn_targets(&bus->job, bus->chip, codes, targets) == EF_OK;
}

static bool begin_update(struct ef_bus *bus, const int16_t *codes)
{
    int16_t errors[EF_LINES_MAX];
    const uint32_t layer = bus->running.layer;
    return ef_bus_window_codes(bus, errors, bus->config.layers[layer].rows) &&
           ef_job_update(&bus->job, bus->chip, layer, codes, errors,
                         (int32_t)bus->values[EF_INDEX_EXPONENT]) == EF_OK;
}

static bool begin_calibrate(struct ef_bus *bus)
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
        .limit = (uint16_t)bus->values[EF_INDEX_CAL_LIMIT],
    };
    return ef_job_calibrate(&bus->job, bus->chip, bus->points, bus->running.layer,
                            bus->running.plane, bus->running.column, &how) == EF_OK;
}

static bool begin_trim(struct ef_bus *bus)
{
    const uint32_t word = bus->values[EF_INDEX_TRIM];
    return ef_job_trim(&bus->job, bus->chip, bus->running.layer, FIELD(word, TRIM_SIDE),
                       FIELD(word, TRIM_READS), FIELD(word, TRIM_CODE)) == EF_OK;
}

static bool begin_read(struct ef_bus *bus, uint32_t column)
{
    return ef_job_read(&bus->job, bus->chip, bus->running.layer, bus->running.plane,
                       column, bus->values[EF_INDEX_READS]) == EF_OK;
}

static bool begin_job(struct ef_bus *bus, const int16_t *codes)
{
    switch (bus->running.opcode) {
    case EF_COMMAND_INFER:
        return ef_job_infer(&bus->job, bus->chip, codes) == EF_OK;
    case EF_COMMAND_LEARN:
        return ef_job_learn(&bus->job, bus->chip, codes, (int32_t)bus->running.label) ==
               EF_OK;
    case EF_COMMAND_LEARN_TARGETS:
        return begin_targets(bus, codes);
    case EF_COMMAND_PROGRAM_COLUMN:
        return begin_program(bus);
    case EF_COMMAND_READ_COLUMN:
        return begin_read(bus, bus->running.column);
    case EF_COMMAND_CALIBRATE_COLUMN:
        return begin_calibrate(bus);
    case EF_COMMAND_TRIM:
        return begin_trim(bus);
    case EF_COMMAND_UPDATE:
        return begin_update(bus, codes);
    default: // EF_COMMAND_CHECKSUM
        bus->crc = UINT32_MAX;
        bus->crc_column = 0;
        return begin_read(bus, 0);
    }
}

static bool read_wear(struct ef_bus *bus)
{
    uint32_t wear[EF_LINES_MAX];
    const struct ef_bus_entry *entry = &bus->running;
    const uint32_t rows = bus->config.layers[entry->layer].rows;
    if (ef_read_wear(bus->chip, entry->layer, entry->plane, entry->column, wear) !=
        EF_OK) {
        return false;
    }
    for (uint32_t r = 0; r < rows; r++) {
        bus->job.sums[r] = (int32_t)wear[r];
    }
    bus->leaves = rows;
    return true;
}

// What refuses for its configuration has said so.
static bool begin_stepless(struct ef_bus *bus)
{
    switch (bus->running.opcode) {
    case EF_COMMAND_CLEAR_POINTS:
        for (uint32_t i = 0; i < EF_LINES_MAX; i++) {
            bus->points[i] = (struct ef_point){0};
        }
        return true;
    case EF_COMMAND_REST:
        return ef_rest(bus->chip, bus->values[EF_INDEX_REST]) == EF_OK;
    default: // EF_COMMAND_READ_WEAR
        return read_wear(bus);
    }
}

bool ef_bus_begin(struct ef_bus *bus)
{
    int16_t codes[EF_LINES_MAX];
    const uint32_t opcode = bus->running.opcode;
    codes[0] = 0; // commands that take none don't look
    ef_bus_take_codes(bus, codes, bus->running.codes);
    bus->job.kind = EF_JOB_NONE;
    bus->job.over = 0;
    bus->leaves = 0;
    if (opcode == EF_COMMAND_APPLY) {
        return apply(bus);
    }
    if (opcode == EF_COMMAND_NEW_CHIP) {
        return new_chip(bus);
    }
    const bool begun = is_stepless(opcode) ? begin_stepless(bus)
                       : is_job(opcode)    ? begin_job(bus, codes)
                                           : ef_bus_one_layer(bus, codes);
    if (!begun) {
        refuse(bus, EF_REFUSED_RANGE_MASK);
    }
    return begun;
}

bool ef_bus_has_step(const struct ef_bus *bus)
{
    const uint32_t opcode = bus->running.opcode;
    if (bus->running_refused != 0u || is_stepless(opcode)) {
        return false;
    }
    if (opcode == EF_COMMAND_CHECKSUM) {
        return bus->crc_column <
               ef_bus_columns(&bus->config.layers[bus->running.layer]);
    }
    return is_job(opcode) ? bus->job.over == 0u : bus->running_steps == 0u;
}

static uint32_t crc_word(uint32_t crc, uint32_t word)
{
    crc ^= word; // little-endian: the lowest byte goes first
    for (uint32_t bit = 0; bit < 32u; bit++) {
        crc = (crc >> 1) ^ ((crc & 1u) != 0u ? 0xEDB88320u : 0u);
    }
    return crc;
}

static void step_checksum(struct ef_bus *bus)
{
    const uint32_t rows = bus->config.layers[bus->running.layer].rows;
    if (bus->crc_column != 0u) {
        (void)begin_read(bus, bus->crc_column);
    }
    (void)ef_job_step(bus->chip, &bus->job, NULL, NULL);
    (void)ef_job_end(bus->chip, &bus->job);
    for (uint32_t r = 0; r < rows; r++) {
        bus->crc = crc_word(bus->crc, (uint32_t)bus->job.sums[r]);
    }
    bus->crc_column += 1u;
}

void ef_bus_step(struct ef_bus *bus)
{
    if (bus->running.opcode == EF_COMMAND_CHECKSUM) {
        step_checksum(bus);
    } else if (is_job(bus->running.opcode)) {
        (void)ef_job_step(bus->chip, &bus->job, bus->points, NULL);
    } // what the chip does in one call was done as the command began
}

static void give_result(struct ef_bus *bus)
{
    const uint32_t rows = ef_bus_last_layer(bus)->rows;
    const uint32_t last = bus->config.settings.layer_count - 1u;
    uint64_t size = 0;
    const int16_t *seen = ef_peek(bus->chip, &size, last, 0, EF_VIEW_CODE);
    for (uint32_t r = 0; seen != NULL && r < rows; r++) {
        bus->codes[r] = seen[r];
        ef_bus_tell(bus, EF_BUS_CODE, r, (uint32_t)bus->codes[r]);
    }
    bus->has_output = 1;
    if (bus->result_count == EF_BUS_RESULTS) {
        const struct ef_bus_refusal lost = {EF_REG_RESULT, EF_REFUSED_OVERRUN_MASK,
                                            bus->running.number, bus->running.opcode};
        ef_bus_note(bus, &lost);
        return;
    }
    bus->results[bus->result_count] =
        (struct ef_bus_result){(uint32_t)bus->job.predicted, bus->running.number};
    bus->result_count += 1u;
    ef_bus_raise(bus, EF_IRQ_STATUS_RESULT_MASK);
}

static void show_window(struct ef_bus *bus, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bus->window[i] = bus->job.sums[i];
    }
}

void ef_bus_finish(struct ef_bus *bus)
{
    const uint32_t opcode = bus->running.opcode;
    if (is_job(opcode) && opcode != EF_COMMAND_CHECKSUM) {
        (void)ef_job_end(bus->chip, &bus->job);
    }
    switch (opcode) {
    case EF_COMMAND_INFER:
    case EF_COMMAND_LEARN:
    case EF_COMMAND_LEARN_TARGETS:
        give_result(bus);
        break;
    case EF_COMMAND_PROGRAM_COLUMN:
        bus->values[EF_INDEX_MISSED] = bus->job.missed;
        break;
    case EF_COMMAND_READ_COLUMN:
        show_window(bus, bus->config.layers[bus->running.layer].rows);
        break;
    case EF_COMMAND_TRIM:
        bus->values[EF_INDEX_TRIM_ENDS] = bus->job.ends;
        break;
    case EF_COMMAND_CHECKSUM:
        bus->values[EF_INDEX_CHECKSUM] = ~bus->crc;
        break;
    case EF_COMMAND_ERRORS:
        bus->values[EF_INDEX_EXPONENT] = (uint32_t)bus->exponent;
        show_window(bus, bus->leaves);
        break;
    default:
        show_window(bus, bus->leaves);
        break;
    }
}
