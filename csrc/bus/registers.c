// The registers behind the bus (edgeferro.rdl): found and read as plain words, what
// interrupts and refusals do to them, and how they come up.
// SPDX-License-Identifier: Apache-2.0
#include "bus.h"

const struct ef_register ef_bus_map[EF_REGISTER_COUNT] = {EF_REGISTER_TABLE};
_Static_assert(EF_REGISTER_COUNT <= sizeof((struct ef_bus *)0)->values / 4u,
               "more registers than the bus has words for");

uint32_t ef_bus_find(uint32_t address)
{
    uint32_t low = 0;
    uint32_t high = EF_REGISTER_COUNT;
    while (low < high) {
        const uint32_t middle = (low + high) / 2u;
        if (ef_bus_map[middle].address < address) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return low < EF_REGISTER_COUNT && ef_bus_map[low].address == address
               ? low
               : EF_REGISTER_COUNT;
}

static void tell(struct ef_bus *bus, const struct ef_bus_event *event)
{
    if (bus->observer != NULL) {
        bus->observer(bus->context, event);
    }
}

void ef_bus_tell(struct ef_bus *bus, enum ef_bus_kind kind, uint32_t address,
                 uint32_t value)
{
    const struct ef_bus_event event = {
        .cycle = bus->now, .kind = (uint32_t)kind, .address = address, .value = value};
    tell(bus, &event);
}

void ef_bus_tell_refused(struct ef_bus *bus, const struct ef_bus_access *access,
                         uint32_t bit)
{
    const struct ef_bus_event event = {
        .cycle = bus->now,
        .kind = EF_BUS_REFUSED,
        .address = access->address,
        .value = bit,
        .write = access->write ? 1u : 0u,
        .data = access->data,
    };
    tell(bus, &event);
}

int ef_bus_interrupt(const struct ef_bus *bus)
{
    if (bus == NULL) {
        return 0;
    }
    const uint32_t enabled = bus->values[EF_INDEX_IRQ_ENABLE];
    return (bus->values[EF_INDEX_IRQ_STATUS] & enabled) != 0u;
}

void ef_bus_tell_line(struct ef_bus *bus, int before)
{
    const int line = ef_bus_interrupt(bus);
    if (line != before) {
        ef_bus_tell(bus, EF_BUS_INTERRUPT, bus->values[EF_INDEX_IRQ_STATUS],
                    (uint32_t)line);
    }
}

void ef_bus_raise(struct ef_bus *bus, uint32_t bits)
{
    const int before = ef_bus_interrupt(bus);
    bus->values[EF_INDEX_IRQ_STATUS] |= bits;
    ef_bus_tell_line(bus, before);
}

void ef_bus_note(struct ef_bus *bus, const struct ef_bus_refusal *refusal)
{
    uint32_t *error = &bus->values[EF_INDEX_ERROR];
    if (*error == 0u) {
        bus->values[EF_INDEX_ERROR_ADDRESS] = refusal->address;
        bus->values[EF_INDEX_ERROR_COMMAND] =
            PLACE(refusal->number, ERROR_COMMAND_COMMAND) |
            PLACE(refusal->opcode, ERROR_COMMAND_OPCODE);
    }
    *error |= refusal->bit;
    ef_bus_raise(bus, EF_IRQ_STATUS_ERROR_MASK);
}

int ef_bus_refuse(struct ef_bus *bus, const struct ef_bus_access *access, uint32_t bit)
{
    const bool command = access->write && access->address == EF_REG_COMMAND;
    const struct ef_bus_refusal refusal = {
        access->address, bit, bus->accepted,
        command ? access->data & EF_COMMAND_OPCODE_MASK : 0u};
    ef_bus_tell_refused(bus, access, bit);
    ef_bus_note(bus, &refusal);
    return EF_ERROR_RANGE;
}

uint32_t ef_bus_misaddressed(uint32_t address)
{
    return address % 4u != 0u ? EF_REFUSED_UNALIGNED_MASK : EF_REFUSED_ADDRESS_MASK;
}

bool ef_bus_closed(const struct ef_bus *bus, uint32_t index)
{
    return index > EF_INDEX_HARNESS && bus->harness_open == 0u;
}

bool ef_bus_has_trims(const struct ef_bus *bus)
{
    return (bus->made.settings.trim_gain | bus->made.settings.trim_offset) != 0u;
}

bool ef_bus_takes_targets(const struct ef_bus *bus)
{
    return bus->made.settings.error_kind == EF_OUTPUT_ERROR_SQUARED;
}

uint32_t ef_bus_planes(const struct ef_bus *bus)
{
    return bus->made.settings.reference == EF_REFERENCE_CELL ? 2u : 1u;
}

static void tell_watermark(struct ef_bus *bus, uint32_t before)
{
    const uint32_t mark = bus->values[EF_INDEX_WATERMARK];
    if (before > mark && bus->fifo_level <= mark) {
        ef_bus_raise(bus, EF_IRQ_STATUS_WATERMARK_MASK);
    }
}

void ef_bus_keep_codes(struct ef_bus *bus, uint32_t kept)
{
    const uint32_t before = bus->fifo_level;
    for (uint32_t i = kept; i < before; i++) {
        bus->fifo[i] = 0;
    }
    bus->fifo_level = kept;
    tell_watermark(bus, before);
}

void ef_bus_take_codes(struct ef_bus *bus, int16_t *codes, uint32_t count)
{
    const uint32_t before = bus->fifo_level;
    const uint32_t left = before - count;
    for (uint32_t i = 0; i < count; i++) {
        codes[i] = bus->fifo[i];
    }
    for (uint32_t i = 0; i < left; i++) {
        bus->fifo[i] = bus->fifo[count + i];
    }
    for (uint32_t i = left; i < before; i++) {
        bus->fifo[i] = 0;
    }
    bus->fifo_level = left;
    tell_watermark(bus, before);
}

bool ef_bus_is_busy(const struct ef_bus *bus)
{
    return bus->running.opcode != 0u || bus->queued > 0u;
}

bool ef_bus_is_halted(const struct ef_bus *bus)
{
    return (bus->values[EF_INDEX_CONTROL] & EF_CONTROL_HALT_ON_ERROR_MASK) != 0u &&
           bus->values[EF_INDEX_ERROR] != 0u;
}

uint32_t ef_bus_unclaimed(const struct ef_bus *bus)
{
    uint32_t claimed = 0;
    for (uint32_t i = 0; i < bus->queued; i++) {
        claimed += bus->queue[i].codes;
    }
    return bus->fifo_level - claimed;
}

const struct ef_layer_config *ef_bus_layer(const struct ef_bus *bus)
{
    return &bus->config.layers[bus->values[EF_INDEX_LAYER] % EF_LAYERS_MAX];
}

const struct ef_layer_config *ef_bus_last_layer(const struct ef_bus *bus)
{
    return &bus->config.layers[bus->config.settings.layer_count - 1u];
}

uint32_t ef_bus_columns(const struct ef_layer_config *layer)
{
    return layer->inputs + layer->bias;
}

uint32_t ef_bus_reach_of_row(const struct ef_bus *bus)
{
    const struct ef_layer_config *layer = ef_bus_layer(bus);
    const uint32_t columns = ef_bus_columns(layer);
    return layer->rows > columns ? layer->rows : columns;
}

uint32_t ef_bus_next_row(struct ef_bus *bus)
{
    uint32_t *row = &bus->values[EF_INDEX_ROW];
    const uint32_t at = *row;
    *row = at + 1u;
    return at;
}

static void empty_vectors(struct ef_bus *bus)
{
    for (uint32_t i = 0; i < EF_LINES_MAX; i++) {
        bus->fifo[i] = 0;
        bus->codes[i] = 0;
        bus->window[i] = 0;
        bus->points[i] = (struct ef_point){0};
    }
    for (uint32_t i = 0; i < EF_BUS_RESULTS; i++) {
        bus->results[i] = (struct ef_bus_result){0};
    }
    for (uint32_t i = 0; i < EF_BUS_QUEUE; i++) {
        bus->queue[i] = (struct ef_bus_entry){0};
    }
}

void ef_bus_forget_command(struct ef_bus *bus)
{
    bus->running = (struct ef_bus_entry){0};
    bus->running_steps = 0;
    bus->running_refused = 0;
    bus->over = 0;
    bus->stopping = EF_CAUSE_NONE;
    bus->started = 0;
    bus->until = 0;
    bus->spent_cycles = 0;
    bus->spent_ns = 0;
    bus->spent_pulses = 0;
    bus->leaves = 0;
    bus->exponent = 0;
    bus->crc = 0;
    bus->crc_column = 0;
    bus->job.kind = EF_JOB_NONE;
    bus->job.over = 0;
}

// All but LOCK, CUT and CYCLE.
void ef_bus_reset_registers(struct ef_bus *bus)
{
    const int line = ef_bus_interrupt(bus);
    for (uint32_t i = 0; i < EF_REGISTER_COUNT; i++) {
        if (i != EF_INDEX_LOCK && i != EF_INDEX_CUT) {
            bus->values[i] = ef_bus_map[i].reset;
        }
    }
    ef_bus_forget_command(bus);
    bus->queued = 0;
    bus->accepted = 0;
    bus->ended = 0;
    bus->result_count = 0;
    bus->fifo_level = 0;
    bus->has_output = 0;
    bus->lock_open = 0;
    bus->harness_open = 0;
    bus->latched_tally = 0;
    bus->latched_cycle = 0;
    bus->job = (struct ef_job){0};
    empty_vectors(bus);
    ef_bus_tell_line(bus, line);
}
