// SPDX-License-Identifier: Apache-2.0
#include "ef_driver.h"

#include <stddef.h>

#include "ef_port.h"
#include "ef_registers.h"

#define ID_VALUE 0xEDFE0001u
#define MAP_VERSION 4u
#define POLLS_MAX 50000000u // far beyond any command; a broken bus must not hang us
#define ALL_BITS 0xFFFFFFFFu

enum {
    APPLY = 1,
    INFER,
    LEARN,
    PROGRAM_COLUMN,
    READ_COLUMN,
    CALIBRATE_COLUMN,
    CLEAR_POINTS,
    TRIM = 10,
    LEARN_TARGETS,
    FORWARD,
    ACTIVATE,
    BACKWARD,
    SLOPES,
    ERRORS,
    UPDATE
};

static void put(uint32_t address, uint32_t value)
{
    ef_port_write32(address, value);
}

static uint32_t get(uint32_t address)
{
    return ef_port_read32(address);
}

static uint32_t part(uint32_t value, uint32_t mask, uint32_t shift)
{
    return (value & mask) >> shift;
}

// Whether something was refused since the last look; the bits are kept and cleared.
static int settle(struct efd *dev)
{
    if ((get(EF_REG_STATUS) & EF_STATUS_ERROR_MASK) == 0u) {
        return EFD_OK;
    }
    dev->errors = get(EF_REG_ERROR);
    put(EF_REG_ERROR, dev->errors);
    return EFD_REFUSED;
}

static int wait_idle(struct efd *dev)
{
    for (uint32_t polls = 0; polls < POLLS_MAX; polls++) {
        if ((get(EF_REG_STATUS) & EF_STATUS_BUSY_MASK) == 0u) {
            return settle(dev);
        }
    }
    return EFD_TIMEOUT;
}

static int command(struct efd *dev, uint32_t opcode)
{
    put(EF_REG_COMMAND, opcode);
    return wait_idle(dev);
}

// Codes that were sent for a command that didn't come.
static void flush(void)
{
    put(EF_REG_CONTROL, EF_CONTROL_ENABLE_MASK | EF_CONTROL_FLUSH_MASK);
}

int efd_open(struct efd *dev, uint32_t bias_of_first)
{
    if (dev == NULL || bias_of_first > 1u) {
        return EFD_ARGUMENT;
    }
    // a command may be under way where a watchdog reset us alone
    const int idle = wait_idle(dev);
    if (idle == EFD_TIMEOUT) {
        return idle;
    }
    const uint32_t version = get(EF_REG_VERSION);
    if (get(EF_REG_ID) != ID_VALUE ||
        part(version, EF_VERSION_MAP_MASK, EF_VERSION_MAP_SHIFT) != MAP_VERSION) {
        return EFD_NOT_FOUND;
    }
    put(EF_REG_ERROR, get(EF_REG_ERROR));
    put(EF_REG_CONTROL, EF_CONTROL_ENABLE_MASK);
    const uint32_t chip = get(EF_REG_CHIP);
    dev->layers = part(chip, EF_CHIP_LAYERS_MASK, EF_CHIP_LAYERS_SHIFT);
    dev->planes = part(chip, EF_CHIP_PLANES_MASK, EF_CHIP_PLANES_SHIFT);
    dev->errors = 0;
    uint32_t rows = 0;
    uint32_t columns = 0;
    int status = efd_shape(dev, 0, &rows, &columns);
    dev->inputs = columns - bias_of_first;
    status =
        status == EFD_OK ? efd_shape(dev, dev->layers - 1u, &rows, &columns) : status;
    dev->classes = rows;
    flush();
    return status;
}

int efd_shape(struct efd *dev, uint32_t layer, uint32_t *rows, uint32_t *columns)
{
    if (dev == NULL || rows == NULL || columns == NULL || layer >= dev->layers) {
        return EFD_ARGUMENT;
    }
    put(EF_REG_LAYER, layer);
    const uint32_t shape = get(EF_REG_LAYER_SHAPE);
    *rows = part(shape, EF_LAYER_SHAPE_ROWS_MASK, EF_LAYER_SHAPE_ROWS_SHIFT);
    *columns = part(shape, EF_LAYER_SHAPE_COLUMNS_MASK, EF_LAYER_SHAPE_COLUMNS_SHIFT);
    return settle(dev);
}

// The FIFO is empty before codes are sent and behind a refusal: no stray code shifts.
static int send(struct efd *dev, const int16_t *codes, uint32_t count)
{
    if ((get(EF_REG_STATUS) & EF_STATUS_FILL_MASK) != 0u) {
        flush();
    }
    for (uint32_t i = 0; i < count; i++) {
        put(EF_REG_SAMPLE, (uint32_t)(int32_t)codes[i]);
    }
    return EFD_OK;
}

static int command_with_codes(struct efd *dev, uint32_t opcode)
{
    const int status = command(dev, opcode);
    if (status != EFD_OK) {
        flush();
    }
    return status;
}

static int classify(struct efd *dev, uint32_t *label, const int16_t *codes,
                    uint32_t opcode)
{
    int status = send(dev, codes, dev->inputs);
    status = status == EFD_OK ? command_with_codes(dev, opcode) : status;
    if (status == EFD_OK) {
        *label = part(get(EF_REG_RESULT), EF_RESULT_LABEL_MASK, EF_RESULT_LABEL_SHIFT);
    }
    return status;
}

int efd_infer(struct efd *dev, uint32_t *label, const int16_t *codes)
{
    if (dev == NULL || label == NULL || codes == NULL) {
        return EFD_ARGUMENT;
    }
    return classify(dev, label, codes, INFER);
}

int efd_learn(struct efd *dev, uint32_t *label, const int16_t *codes, uint32_t right)
{
    if (dev == NULL || label == NULL || codes == NULL || right >= dev->classes) {
        return EFD_ARGUMENT;
    }
    put(EF_REG_LABEL, right);
    return classify(dev, label, codes, LEARN);
}

int efd_output(struct efd *dev, int32_t *code, uint32_t row)
{
    if (dev == NULL || code == NULL || row >= dev->classes) {
        return EFD_ARGUMENT;
    }
    put(EF_REG_OUTPUT_SELECT, row);
    *code = (int32_t)get(EF_REG_OUTPUT);
    return settle(dev);
}

int efd_set_rate(struct efd *dev, uint32_t layer, uint32_t mantissa, uint32_t shift)
{
    if (dev == NULL || layer >= dev->layers || mantissa < 1u || mantissa > 255u ||
        shift > 62u) {
        return EFD_ARGUMENT;
    }
    put(EF_REG_LAYER, layer);
    put(EF_REG_LAYER_RATE, mantissa | shift << EF_LAYER_RATE_SHIFT_SHIFT);
    return settle(dev);
}

static void select_column(uint32_t layer, uint32_t plane, uint32_t column)
{
    put(EF_REG_LAYER, layer);
    put(EF_REG_PLANE, plane);
    put(EF_REG_COLUMN, column);
    put(EF_REG_ROW, 0);
}

int efd_program_column(struct efd *dev, uint32_t *missed, uint32_t layer,
                       uint32_t plane, uint32_t column, const int16_t *targets)
{
    uint32_t rows = 0;
    uint32_t columns = 0;
    if (dev == NULL || missed == NULL || targets == NULL || layer >= dev->layers ||
        plane >= dev->planes) {
        return EFD_ARGUMENT;
    }
    int status = efd_shape(dev, layer, &rows, &columns);
    if (status != EFD_OK || column >= columns) {
        return status != EFD_OK ? status : EFD_ARGUMENT;
    }
    select_column(layer, plane, column);
    for (uint32_t r = 0; r < rows; r++) {
        put(EF_REG_WINDOW, (uint32_t)(int32_t)targets[r]);
    }
    status = command(dev, PROGRAM_COLUMN);
    if (status == EFD_OK) {
        *missed = get(EF_REG_MISSED);
    }
    return status;
}

int efd_read_column(struct efd *dev, int32_t *sums, uint32_t layer, uint32_t plane,
                    uint32_t column, uint32_t reads)
{
    uint32_t rows = 0;
    uint32_t columns = 0;
    if (dev == NULL || sums == NULL || layer >= dev->layers || plane >= dev->planes ||
        reads < 1u || reads > 64u) {
        return EFD_ARGUMENT;
    }
    int status = efd_shape(dev, layer, &rows, &columns);
    if (status != EFD_OK || column >= columns) {
        return status != EFD_OK ? status : EFD_ARGUMENT;
    }
    select_column(layer, plane, column);
    put(EF_REG_READS, reads);
    status = command(dev, READ_COLUMN);
    put(EF_REG_ROW, 0);
    for (uint32_t r = 0; status == EFD_OK && r < rows; r++) {
        sums[r] = (int32_t)get(EF_REG_WINDOW);
    }
    return status;
}

int efd_clear_points(struct efd *dev)
{
    return dev == NULL ? EFD_ARGUMENT : command(dev, CLEAR_POINTS);
}

static bool within(uint32_t value, uint32_t low, uint32_t high)
{
    return value >= low && value <= high;
}

static bool plausible(const struct efd_calibration *how)
{
    return how->pulse_class <= 15u && within(how->reads, 1, 16) &&
           within(how->quads, 1, 64) && within(how->windows, 1, 64) &&
           within(how->tolerance, 1, 255) && within(how->probe, 3, 15) &&
           within(how->mantissa, 1, 255) && how->shift <= 47u &&
           within(how->limit, 1, 60000);
}

int efd_calibrate_column(struct efd *dev, uint32_t layer, uint32_t plane,
                         uint32_t column, const struct efd_calibration *how)
{
    uint32_t rows = 0;
    uint32_t columns = 0;
    if (dev == NULL || how == NULL || layer >= dev->layers || plane >= dev->planes ||
        !plausible(how)) {
        return EFD_ARGUMENT;
    }
    const int status = efd_shape(dev, layer, &rows, &columns);
    if (status != EFD_OK || column >= columns) {
        return status != EFD_OK ? status : EFD_ARGUMENT;
    }
    select_column(layer, plane, column);
    put(EF_REG_CAL_WINDOW, how->pulse_class | how->reads << EF_CAL_WINDOW_READS_SHIFT |
                               how->quads << EF_CAL_WINDOW_QUADS_SHIFT |
                               how->windows << EF_CAL_WINDOW_WINDOWS_SHIFT);
    put(EF_REG_CAL_GAIN, how->tolerance | how->probe << EF_CAL_GAIN_PROBE_SHIFT |
                             how->mantissa << EF_CAL_GAIN_MANTISSA_SHIFT |
                             how->shift << EF_CAL_GAIN_SHIFT_SHIFT);
    put(EF_REG_CAL_LIMIT, how->limit);
    const int settled = settle(dev); // a refused setting must not pulse another cell
    return settled == EFD_OK ? command(dev, CALIBRATE_COLUMN) : settled;
}

int efd_point(struct efd *dev, struct efd_point *point, uint32_t row)
{
    if (dev == NULL || point == NULL) {
        return EFD_ARGUMENT;
    }
    put(EF_REG_ROW, row);
    const int status = settle(dev);
    if (status != EFD_OK) {
        return status;
    }
    for (uint32_t i = 0; i < 4u; i++) {
        put(EF_REG_POINT_SELECT, i);
        point->sums[i] = (int32_t)get(EF_REG_POINT_SUM);
    }
    const uint32_t state = get(EF_REG_POINT_STATE);
    point->quads = state & EF_POINT_STATE_QUADS_MASK;
    point->windows =
        part(state, EF_POINT_STATE_WINDOWS_MASK, EF_POINT_STATE_WINDOWS_SHIFT);
    point->verdict =
        part(state, EF_POINT_STATE_VERDICT_MASK, EF_POINT_STATE_VERDICT_SHIFT);
    return settle(dev);
}

int efd_trim(struct efd *dev, uint32_t *ends, uint32_t layer, uint32_t side,
             uint32_t reads, uint32_t code)
{
    if (dev == NULL || ends == NULL || layer >= dev->layers || side > 1u ||
        !within(reads, 1, 64) || code > EF_TRIM_CODE_MASK) {
        return EFD_ARGUMENT;
    }
    put(EF_REG_LAYER, layer);
    put(EF_REG_TRIM, code | reads << EF_TRIM_READS_SHIFT | side << EF_TRIM_SIDE_SHIFT);
    int status = settle(dev);
    status = status == EFD_OK ? command(dev, TRIM) : status;
    if (status == EFD_OK) {
        *ends = get(EF_REG_TRIM_ENDS);
    }
    return status;
}

static void show(const int16_t *codes, uint32_t count)
{
    put(EF_REG_ROW, 0);
    for (uint32_t i = 0; i < count; i++) {
        put(EF_REG_WINDOW, (uint32_t)(int32_t)codes[i]);
    }
}

// Codes out of the window, if all went well until here.
static int fetch(struct efd *dev, int status, int16_t *codes, uint32_t count)
{
    put(EF_REG_ROW, 0);
    for (uint32_t i = 0; status == EFD_OK && i < count; i++) {
        codes[i] = (int16_t)(int32_t)get(EF_REG_WINDOW);
    }
    return status == EFD_OK ? settle(dev) : status;
}

int efd_learn_targets(struct efd *dev, uint32_t *label, const int16_t *codes,
                      const int16_t *targets)
{
    if (dev == NULL || label == NULL || codes == NULL || targets == NULL) {
        return EFD_ARGUMENT;
    }
    put(EF_REG_LAYER, dev->layers - 1u);
    show(targets, dev->classes);
    return classify(dev, label, codes, LEARN_TARGETS);
}

// A command of one layer: codes for the FIFO, one a column, for SLOPES one a row, and
// for the window, one a row, where there are any; gives the layer's rows.
static int one_layer(struct efd *dev, uint32_t *rows, uint32_t opcode, uint32_t layer,
                     const int16_t *fifo, const int16_t *window)
{
    uint32_t columns = 0;
    int status = efd_shape(dev, layer, rows, &columns);
    if (status == EFD_OK && fifo != NULL) {
        status = send(dev, fifo, opcode == SLOPES ? *rows : columns);
    }
    if (window != NULL) {
        show(window, *rows);
    }
    return status == EFD_OK ? command_with_codes(dev, opcode) : status;
}

int efd_forward(struct efd *dev, int16_t *codes, uint32_t layer, const int16_t *inputs)
{
    uint32_t n = 0;
    if (dev == NULL || codes == NULL || inputs == NULL || layer >= dev->layers) {
        return EFD_ARGUMENT;
    }
    const int status = one_layer(dev, &n, FORWARD, layer, inputs, NULL);
    return fetch(dev, status, codes, n);
}

int efd_activate(struct efd *dev, int16_t *outputs, uint32_t layer,
                 const int16_t *codes)
{
    uint32_t n = 0;
    if (dev == NULL || outputs == NULL || codes == NULL || layer >= dev->layers) {
        return EFD_ARGUMENT;
    }
    const int status = one_layer(dev, &n, ACTIVATE, layer, NULL, codes);
    return fetch(dev, status, outputs, n);
}

int efd_backward(struct efd *dev, int16_t *codes, uint32_t layer, uint32_t inputs,
                 const int16_t *errors)
{
    uint32_t n = 0;
    uint32_t columns = 0;
    if (dev == NULL || codes == NULL || errors == NULL || layer >= dev->layers) {
        return EFD_ARGUMENT;
    }
    const int status = efd_shape(dev, layer, &n, &columns);
    if (status != EFD_OK || inputs > columns) {
        return status != EFD_OK ? status : EFD_ARGUMENT;
    }
    return fetch(dev, one_layer(dev, &n, BACKWARD, layer, NULL, errors), codes, inputs);
}

int efd_slopes(struct efd *dev, int32_t *wide, uint32_t layer, const int16_t *codes,
               const int16_t *back)
{
    uint32_t n = 0;
    if (dev == NULL || wide == NULL || codes == NULL || back == NULL ||
        layer >= dev->layers) {
        return EFD_ARGUMENT;
    }
    const int status = one_layer(dev, &n, SLOPES, layer, codes, back);
    put(EF_REG_ROW, 0);
    for (uint32_t r = 0; status == EFD_OK && r < n; r++) {
        wide[r] = (int32_t)get(EF_REG_WINDOW);
    }
    return status;
}

int efd_errors(struct efd *dev, int16_t *errors, int32_t *exponent, uint32_t layer,
               const int32_t *wide, int32_t above)
{
    uint32_t n = 0;
    uint32_t columns = 0;
    if (dev == NULL || errors == NULL || exponent == NULL || wide == NULL ||
        layer >= dev->layers || above < -512 || above > 511) {
        return EFD_ARGUMENT;
    }
    int status = efd_shape(dev, layer, &n, &columns);
    put(EF_REG_EXPONENT, (uint32_t)above);
    put(EF_REG_ROW, 0);
    for (uint32_t r = 0; r < n; r++) {
        put(EF_REG_WINDOW, (uint32_t)wide[r]);
    }
    status = status == EFD_OK ? command(dev, ERRORS) : status;
    if (status == EFD_OK) {
        *exponent = (int32_t)get(EF_REG_EXPONENT);
    }
    return fetch(dev, status, errors, n);
}

int efd_update(struct efd *dev, uint32_t layer, const int16_t *inputs,
               const int16_t *errors, int32_t exponent)
{
    uint32_t n = 0;
    if (dev == NULL || inputs == NULL || errors == NULL || layer >= dev->layers ||
        exponent < -1024 || exponent > 1023) {
        return EFD_ARGUMENT;
    }
    put(EF_REG_EXPONENT, (uint32_t)exponent);
    return one_layer(dev, &n, UPDATE, layer, inputs, errors);
}

static uint64_t counter(uint32_t select)
{
    put(EF_REG_TALLY_SELECT, select);
    const uint64_t low = get(EF_REG_TALLY_LOW);
    return low | (uint64_t)get(EF_REG_TALLY_HIGH) << 32u;
}

int efd_event(struct efd *dev, uint64_t *count, uint32_t phase, uint32_t event)
{
    if (dev == NULL || count == NULL || phase > 5u || event > 19u) {
        return EFD_ARGUMENT;
    }
    *count = counter(phase | event << EF_TALLY_SELECT_EVENT_SHIFT);
    return settle(dev);
}

int efd_pulses(struct efd *dev, uint64_t *count, uint32_t phase, uint32_t pulse_class)
{
    if (dev == NULL || count == NULL || phase > 5u || pulse_class > 15u) {
        return EFD_ARGUMENT;
    }
    const uint32_t up = phase | 1u << EF_TALLY_SELECT_KIND_SHIFT |
                        pulse_class << EF_TALLY_SELECT_PULSE_CLASS_SHIFT;
    *count = counter(up) + counter(up | EF_TALLY_SELECT_POLARITY_MASK);
    return settle(dev);
}

uint32_t efd_updates(void)
{
    return get(EF_REG_UPDATES);
}

uint64_t efd_cycles(void)
{
    const uint64_t low = get(EF_REG_CYCLE_LOW);
    return low | (uint64_t)get(EF_REG_CYCLE_HIGH) << 32u;
}
