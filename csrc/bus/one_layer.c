// The commands of one step that the chip does in one call: those of one layer, of what
// is stored, and of accumulators (SPEC 19.7). Vectors come from the codes and the
// window and wait in the job for the command's end. What they hold is untrusted.
// SPDX-License-Identifier: Apache-2.0
#include "bus.h"

bool ef_bus_window_codes(const struct ef_bus *bus, int16_t *codes, uint32_t count)
{
    codes[0] = 0; // a layer has a row, which compilers can't know
    for (uint32_t i = 0; i < count; i++) {
        if (bus->window[i] < INT16_MIN || bus->window[i] > INT16_MAX) {
            return false;
        }
        codes[i] = (int16_t)bus->window[i];
    }
    return true;
}

// What the window shows when the command has ended.
static void leave_codes(struct ef_bus *bus, const int16_t *codes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bus->job.sums[i] = codes[i];
    }
    bus->leaves = count;
}

static bool forward(struct ef_bus *bus, uint32_t layer, const int16_t *inputs)
{
    int16_t codes[EF_LINES_MAX];
    if (ef_array_forward(bus->chip, codes, layer, inputs) != EF_OK) {
        return false;
    }
    leave_codes(bus, codes, bus->config.layers[layer].rows);
    return true;
}

static bool activate(struct ef_bus *bus, uint32_t layer)
{
    int16_t codes[EF_LINES_MAX];
    int16_t outputs[EF_LINES_MAX];
    const uint32_t rows = bus->config.layers[layer].rows;
    if (!ef_bus_window_codes(bus, codes, rows) ||
        ef_array_activate(bus->chip, outputs, layer, codes) != EF_OK) {
        return false;
    }
    leave_codes(bus, outputs, rows);
    return true;
}

static bool backward(struct ef_bus *bus, uint32_t layer)
{
    int16_t errors[EF_LINES_MAX];
    int16_t codes[EF_LINES_MAX];
    if (!ef_bus_window_codes(bus, errors, bus->config.layers[layer].rows) ||
        ef_array_backward(bus->chip, codes, layer, errors) != EF_OK) {
        return false;
    }
    leave_codes(bus, codes, bus->config.layers[layer].inputs);
    return true;
}

static bool slopes(struct ef_bus *bus, uint32_t layer, const int16_t *codes)
{
    int16_t back[EF_LINES_MAX];
    const uint32_t rows = bus->config.layers[layer].rows;
    if (!ef_bus_window_codes(bus, back, rows) ||
        ef_array_slopes(bus->chip, bus->job.sums, layer, codes, back) != EF_OK) {
        return false;
    }
    bus->leaves = rows;
    return true;
}

static bool error_codes(struct ef_bus *bus, uint32_t layer)
{
    int16_t errors[EF_LINES_MAX];
    const int32_t above = (int32_t)bus->values[EF_INDEX_EXPONENT];
    int32_t exponent = 0;
    if (ef_array_errors(bus->chip, errors, &exponent, layer, bus->window, above) !=
        EF_OK) {
        return false;
    }
    leave_codes(bus, errors, bus->config.layers[layer].rows);
    bus->exponent = exponent;
    return true;
}

static bool store_reference(struct ef_bus *bus, uint32_t layer, uint32_t column)
{
    int16_t codes[EF_LINES_MAX];
    return ef_bus_window_codes(bus, codes, bus->config.layers[layer].rows) &&
           ef_store_reference_column(bus->chip, layer, column, codes) == EF_OK;
}

static bool store_offset(struct ef_bus *bus, uint32_t layer)
{
    int16_t codes[EF_LINES_MAX];
    const uint32_t columns = ef_bus_columns(&bus->config.layers[layer]);
    return ef_bus_window_codes(bus, codes, columns) &&
           ef_store_offset(bus->chip, layer, codes) == EF_OK;
}

static bool read_accumulators(struct ef_bus *bus, uint32_t layer, uint32_t column)
{
    if (ef_read_accumulators(bus->chip, layer, column, bus->job.sums) != EF_OK) {
        return false;
    }
    bus->leaves = bus->config.layers[layer].rows;
    return true;
}

bool ef_bus_one_layer(struct ef_bus *bus, const int16_t *codes)
{
    const uint32_t layer = bus->running.layer;
    const uint32_t column = bus->running.column;
    switch (bus->running.opcode) {
    case EF_COMMAND_FORWARD:
        return forward(bus, layer, codes);
    case EF_COMMAND_ACTIVATE:
        return activate(bus, layer);
    case EF_COMMAND_BACKWARD:
        return backward(bus, layer);
    case EF_COMMAND_SLOPES:
        return slopes(bus, layer, codes);
    case EF_COMMAND_ERRORS:
        return error_codes(bus, layer);
    case EF_COMMAND_STORE_REFERENCE:
        return store_reference(bus, layer, column);
    case EF_COMMAND_STORE_OFFSET:
        return store_offset(bus, layer);
    case EF_COMMAND_READ_ACCUMULATORS:
        return read_accumulators(bus, layer, column);
    default: // EF_COMMAND_WRITE_ACCUMULATORS
        return ef_write_accumulators(bus->chip, layer, column, bus->window) == EF_OK;
    }
}
