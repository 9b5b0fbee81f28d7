// The commands of one layer, and learning with targets (SPEC 19.6): vectors come from
// the FIFO and the window and go back into the window. What they hold is untrusted.
// SPDX-License-Identifier: Apache-2.0
#include "bus.h"

// Window's first values as codes; false where one is none.
static bool window_codes(const struct ef_bus *bus, int16_t *codes, uint32_t count)
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

static void show_codes(struct ef_bus *bus, const int16_t *codes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bus->window[i] = codes[i];
    }
}

static bool refuse_range(struct ef_bus *bus)
{
    (void)ef_bus_refuse(bus, EF_REG_COMMAND, EF_ERROR_RANGE_MASK);
    return false;
}

bool ef_bus_take_codes(struct ef_bus *bus, int16_t *codes, uint32_t count)
{
    if (bus->fifo_level < count) {
        (void)ef_bus_refuse(bus, EF_REG_COMMAND, EF_ERROR_EMPTY_MASK);
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        codes[i] = bus->fifo[i];
    }
    bus->fifo_level -= count;
    for (uint32_t i = 0; i < bus->fifo_level; i++) {
        bus->fifo[i] = bus->fifo[count + i];
    }
    return true;
}

bool ef_bus_learn_targets(struct ef_bus *bus)
{
    int16_t codes[EF_LINES_MAX];
    int16_t targets[EF_LINES_MAX];
    const uint32_t rows =
        bus->config.layers[bus->config.settings.layer_count - 1u].rows;
    uint64_t done = 0;
    bus->has_result = 0;
    if (!ef_bus_take_codes(bus, codes, bus->config.layers[0].inputs)) {
        return false;
    }
    if (!window_codes(bus, targets, rows) ||
        ef_learn_targets(bus->chip, &done, bus->codes, NULL, codes, targets, 1) !=
            EF_OK) {
        return refuse_range(bus);
    }
    uint32_t best = 0;
    for (uint32_t r = 1; r < rows; r++) {
        best = bus->codes[r] > bus->codes[best] ? r : best;
    }
    ef_bus_give_result(bus, (int32_t)best);
    return true;
}

void ef_bus_give_result(struct ef_bus *bus, int32_t found)
{
    const uint32_t rows =
        bus->config.layers[bus->config.settings.layer_count - 1u].rows;
    bus->has_result = 1;
    bus->result = found;
    for (uint32_t r = 0; bus->observer != NULL && r < rows; r++) {
        ef_bus_tell(bus, EF_BUS_CODE, r, (uint32_t)bus->codes[r]);
    }
}

static bool forward(struct ef_bus *bus, uint32_t layer, uint32_t rows, uint32_t columns)
{
    int16_t inputs[EF_LINES_MAX];
    int16_t codes[EF_LINES_MAX];
    if (!ef_bus_take_codes(bus, inputs, columns)) {
        return false;
    }
    if (ef_array_forward(bus->chip, codes, layer, inputs) != EF_OK) {
        return refuse_range(bus);
    }
    show_codes(bus, codes, rows);
    return true;
}

static bool activate(struct ef_bus *bus, uint32_t layer, uint32_t rows)
{
    int16_t codes[EF_LINES_MAX];
    int16_t outputs[EF_LINES_MAX];
    if (!window_codes(bus, codes, rows) ||
        ef_array_activate(bus->chip, outputs, layer, codes) != EF_OK) {
        return refuse_range(bus);
    }
    show_codes(bus, outputs, rows);
    return true;
}

static bool backward(struct ef_bus *bus, uint32_t layer, uint32_t rows)
{
    int16_t errors[EF_LINES_MAX];
    int16_t codes[EF_LINES_MAX];
    if (!window_codes(bus, errors, rows) ||
        ef_array_backward(bus->chip, codes, layer, errors) != EF_OK) {
        return refuse_range(bus);
    }
    show_codes(bus, codes, bus->config.layers[layer].inputs);
    return true;
}

static bool slopes(struct ef_bus *bus, uint32_t layer, uint32_t rows)
{
    int16_t codes[EF_LINES_MAX];
    int16_t back[EF_LINES_MAX];
    if (!ef_bus_take_codes(bus, codes, rows)) {
        return false;
    }
    if (!window_codes(bus, back, rows) ||
        ef_array_slopes(bus->chip, bus->window, layer, codes, back) != EF_OK) {
        return refuse_range(bus);
    }
    return true;
}

static bool error_codes(struct ef_bus *bus, uint32_t layer, uint32_t rows)
{
    int16_t errors[EF_LINES_MAX];
    int32_t exponent = 0;
    if (ef_array_errors(bus->chip, errors, &exponent, layer, bus->window,
                        (int32_t)bus->values[EF_INDEX_EXPONENT]) != EF_OK) {
        return refuse_range(bus);
    }
    show_codes(bus, errors, rows);
    bus->values[EF_INDEX_EXPONENT] = (uint32_t)exponent;
    return true;
}

static bool update(struct ef_bus *bus, uint32_t layer, uint32_t rows, uint32_t columns)
{
    int16_t inputs[EF_LINES_MAX];
    int16_t errors[EF_LINES_MAX];
    if (!ef_bus_take_codes(bus, inputs, columns)) {
        return false;
    }
    if (!window_codes(bus, errors, rows) ||
        ef_update_layer(bus->chip, NULL, layer, inputs, errors,
                        (int32_t)bus->values[EF_INDEX_EXPONENT]) != EF_OK) {
        return refuse_range(bus);
    }
    return true;
}

bool ef_bus_one_layer(struct ef_bus *bus, const struct ef_bus_entry *entry)
{
    const struct ef_layer_config *layer = &bus->config.layers[entry->layer];
    const uint32_t columns = layer->inputs + layer->bias;
    switch (entry->opcode) {
    case EF_COMMAND_FORWARD:
        return forward(bus, entry->layer, layer->rows, columns);
    case EF_COMMAND_ACTIVATE:
        return activate(bus, entry->layer, layer->rows);
    case EF_COMMAND_BACKWARD:
        return backward(bus, entry->layer, layer->rows);
    case EF_COMMAND_SLOPES:
        return slopes(bus, entry->layer, layer->rows);
    case EF_COMMAND_ERRORS:
        return error_codes(bus, entry->layer, layer->rows);
    default: // EF_COMMAND_UPDATE
        return update(bus, entry->layer, layer->rows, columns);
    }
}
