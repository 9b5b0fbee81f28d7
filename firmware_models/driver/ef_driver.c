// Accesses, commands and how their ends are found out.
// SPDX-License-Identifier: Apache-2.0
#include "ef_driver.h"

#include <stddef.h>

#include "ef_access.h"

#define ID_VALUE 0xEDFE0001u
#define MAP_VERSION 4u
#define POLL_CYCLES 4u // that an access takes at least
#define CONTROL_BITS (EF_CONTROL_ENABLE_MASK | EF_CONTROL_HALT_ON_ERROR_MASK)
#define NUMBER_BITS 0xFFFFu
#define AT_ITS_TURN (EF_REFUSED_RANGE_MASK | EF_REFUSED_CONFIG_MASK)

void efd_put(const struct ef_dev *dev, uint32_t offset, uint32_t value)
{
    if (dev->port != NULL) {
        dev->port->write(dev->port->context, offset, value);
    } else {
        *(volatile uint32_t *)(dev->base + offset) = value;
    }
}

uint32_t efd_get(const struct ef_dev *dev, uint32_t offset)
{
    return dev->port != NULL ? dev->port->read(dev->port->context, offset)
                             : *(volatile uint32_t *)(dev->base + offset);
}

bool efd_within(uint32_t value, uint32_t low, uint32_t high)
{
    return value >= low && value <= high;
}

static bool sleeps(const struct ef_dev *dev)
{
    return !dev->polling && dev->port != NULL && dev->port->wait != NULL;
}

int efd_settle(struct ef_dev *dev)
{
    if ((efd_get(dev, EF_REG_STATUS) & EF_STATUS_ERROR_MASK) == 0u) {
        return EFD_OK;
    }
    dev->errors = efd_get(dev, EF_REG_ERROR);
    efd_put(dev, EF_REG_ERROR, dev->errors);
    return EFD_REFUSED;
}

static void set_aside(struct ef_dev *dev)
{
    const uint32_t errors = dev->errors;
    if (efd_settle(dev) != EFD_OK) {
        dev->stale |= dev->errors;
        dev->errors = errors;
    }
}

// The line is masked while the thread collects: the handler does the same.
static void collect_masked(struct ef_dev *dev)
{
    efd_put(dev, EF_REG_IRQ_ENABLE, 0);
    efd_collect(dev);
    efd_put(dev, EF_REG_IRQ_ENABLE, dev->enabled);
}

static void end_of(struct ef_dev *dev, const struct efd_done *done)
{
    if (dev->filled - dev->taken < EFD_PENDING_MAX) {
        dev->done[dev->filled % EFD_PENDING_MAX] = *done;
        dev->filled += 1u;
    }
    if (dev->ended != NULL) {
        dev->ended(dev, done);
    }
}

void efd_collect(struct ef_dev *dev)
{
    uint32_t status = efd_get(dev, EF_REG_STATUS);
    while ((status & EF_STATUS_RESULT_MASK) != 0u) {
        const uint32_t word = efd_get(dev, EF_REG_RESULT);
        const struct efd_done done = {EFD_PART(word, RESULT_COMMAND), EFD_OK,
                                      EFD_PART(word, RESULT_LABEL), 0};
        end_of(dev, &done);
        status = efd_get(dev, EF_REG_STATUS);
    }
    if ((status & EF_STATUS_ERROR_MASK) != 0u) {
        const uint32_t bits = efd_get(dev, EF_REG_ERROR);
        const uint32_t word = efd_get(dev, EF_REG_ERROR_COMMAND);
        const struct efd_done done = {EFD_PART(word, ERROR_COMMAND_COMMAND),
                                      EFD_REFUSED, 0, bits};
        dev->errors = bits;
        if ((bits & AT_ITS_TURN) != 0u && EFD_PART(word, ERROR_COMMAND_OPCODE) != 0u) {
            end_of(dev, &done);
        }
        efd_put(dev, EF_REG_ERROR, bits);
    }
}

void efd_interrupt(struct ef_dev *dev)
{
    if (dev == NULL) {
        return;
    }
    efd_put(dev, EF_REG_IRQ_STATUS, efd_get(dev, EF_REG_IRQ_STATUS));
    if (dev->submitted != 0u) {
        efd_collect(dev);
    }
    dev->events += 1u;
}

// One look, or one sleep. An access takes at least POLL_CYCLES, so that so many looks
// are so much time even where no counter moves.
static bool look_again(struct ef_dev *dev, uint32_t seen, uint32_t looks)
{
    if (sleeps(dev)) {
        dev->port->wait(dev->port->context, &dev->events, seen);
    }
    return looks < dev->timeout / POLL_CYCLES;
}

int efd_idle(struct ef_dev *dev)
{
    for (uint32_t looks = 0;; looks++) {
        const uint32_t seen = dev->events;
        const uint32_t status = efd_get(dev, EF_REG_STATUS);
        if ((status & EF_STATUS_BUSY_MASK) == 0u) {
            return EFD_OK;
        }
        if ((status & EF_STATUS_HALTED_MASK) != 0u) {
            collect_masked(dev); // which lets those that wait go on
        } else if (!look_again(dev, seen, looks)) {
            return EFD_TIMEOUT;
        }
    }
}

int efd_begin(struct ef_dev *dev)
{
    const int status = dev->submitted != 0u ? efd_wait(dev) : EFD_OK;
    set_aside(dev);
    return status;
}

int efd_push(struct ef_dev *dev, uint32_t opcode)
{
    efd_put(dev, EF_REG_COMMAND, opcode);
    const uint32_t number = EFD_PART(efd_get(dev, EF_REG_NUMBER), NUMBER_ACCEPTED);
    if (number == dev->number) {
        (void)efd_settle(dev);
        return EFD_REFUSED;
    }
    dev->number = number;
    return EFD_OK;
}

int efd_do(struct ef_dev *dev, uint32_t opcode)
{
    int status = efd_push(dev, opcode);
    status = status == EFD_OK ? efd_idle(dev) : status;
    return status == EFD_OK ? efd_settle(dev) : status;
}

void efd_flush(struct ef_dev *dev)
{
    efd_put(dev, EF_REG_CONTROL, CONTROL_BITS | EF_CONTROL_FLUSH_MASK);
}

void efd_send(struct ef_dev *dev, const int16_t *codes, uint32_t count)
{
    uint32_t i = 0;
    for (; i + 1u < count; i += 2u) {
        efd_put(dev, EF_REG_SAMPLE_PAIR,
                (uint16_t)codes[i] | (uint32_t)(uint16_t)codes[i + 1u] << 16u);
    }
    if (i < count) {
        efd_put(dev, EF_REG_SAMPLE, (uint32_t)(int32_t)codes[i]);
    }
}

static int read_chip(struct ef_dev *dev)
{
    const uint32_t chip = efd_get(dev, EF_REG_CHIP);
    uint32_t rows = 0;
    uint32_t columns = 0;
    dev->layers = EFD_PART(chip, CHIP_LAYERS);
    dev->planes = EFD_PART(chip, CHIP_PLANES);
    int status = efd_shape(dev, 0, &rows, &columns);
    const uint32_t shape = efd_get(dev, EF_REG_LAYER_SHAPE);
    dev->inputs = columns - EFD_PART(shape, LAYER_SHAPE_BIAS);
    status =
        status == EFD_OK ? efd_shape(dev, dev->layers - 1u, &rows, &columns) : status;
    dev->classes = rows;
    return status;
}

int efd_open(struct ef_dev *dev, uintptr_t base, const struct ef_port *port)
{
    if (dev == NULL || (port != NULL && (port->read == NULL || port->write == NULL))) {
        return EFD_ARGUMENT;
    }
    *dev = (struct ef_dev){.base = base, .port = port, .timeout = EFD_TIMEOUT_CYCLES};
    if (efd_get(dev, EF_REG_ID) != ID_VALUE ||
        EFD_PART(efd_get(dev, EF_REG_VERSION), VERSION_MAP) != MAP_VERSION) {
        return EFD_NOT_FOUND;
    }
    efd_put(dev, EF_REG_ERROR, efd_get(dev, EF_REG_ERROR)); // it may have halted
    efd_put(dev, EF_REG_IRQ_STATUS, efd_get(dev, EF_REG_IRQ_STATUS));
    dev->polling = true; // until the line is enabled
    const int idle = efd_idle(dev);
    if (idle != EFD_OK) {
        return idle;
    }
    efd_collect(dev); // of whoever was here before
    dev->filled = 0;
    dev->errors = 0;
    efd_flush(dev);
    dev->number = EFD_PART(efd_get(dev, EF_REG_NUMBER), NUMBER_ACCEPTED);
    const int status = read_chip(dev);
    return status == EFD_OK ? efd_poll(dev, false) : status;
}

void efd_close(struct ef_dev *dev)
{
    if (dev != NULL) {
        efd_put(dev, EF_REG_IRQ_ENABLE, 0);
        efd_put(dev, EF_REG_CONTROL, 0);
    }
}

int efd_poll(struct ef_dev *dev, bool on)
{
    if (dev == NULL) {
        return EFD_ARGUMENT;
    }
    dev->polling = on;
    dev->enabled =
        sleeps(dev) ? EF_IRQ_ENABLE_DONE_MASK | EF_IRQ_ENABLE_ERROR_MASK : 0u;
    efd_put(dev, EF_REG_IRQ_ENABLE, dev->enabled);
    return EFD_OK;
}

int efd_shape(struct ef_dev *dev, uint32_t layer, uint32_t *rows, uint32_t *columns)
{
    if (dev == NULL || rows == NULL || columns == NULL || layer >= dev->layers) {
        return EFD_ARGUMENT;
    }
    efd_put(dev, EF_REG_LAYER, layer);
    const uint32_t shape = efd_get(dev, EF_REG_LAYER_SHAPE);
    *rows = EFD_PART(shape, LAYER_SHAPE_ROWS);
    *columns = EFD_PART(shape, LAYER_SHAPE_COLUMNS);
    return EFD_OK;
}

int efd_chip(struct ef_dev *dev, struct efd_chip *chip)
{
    if (dev == NULL || chip == NULL) {
        return EFD_ARGUMENT;
    }
    const uint32_t word = efd_get(dev, EF_REG_CAPABILITY);
    *chip = (struct efd_chip){
        .reference = EFD_PART(word, CAPABILITY_REFERENCE),
        .trims = EFD_PART(word, CAPABILITY_TRIMS) != 0u,
        .targets = EFD_PART(word, CAPABILITY_TARGETS) != 0u,
        .accumulators = EFD_PART(word, CAPABILITY_ACCUMULATORS) != 0u,
        .adc_bits = EFD_PART(word, CAPABILITY_ADC_BITS),
        .input_bits = EFD_PART(word, CAPABILITY_INPUT_BITS),
        .fifo = EFD_PART(efd_get(dev, EF_REG_DEPTHS), DEPTHS_FIFO),
        .clock_hz = efd_get(dev, EF_REG_CLOCK),
    };
    return EFD_OK;
}

uint32_t efd_updates(struct ef_dev *dev)
{
    return dev == NULL ? 0u : efd_get(dev, EF_REG_UPDATES);
}

uint64_t efd_cycles(struct ef_dev *dev)
{
    if (dev == NULL) {
        return 0;
    }
    const uint32_t low = efd_get(dev, EF_REG_CYCLE_LOW);
    return (uint64_t)efd_get(dev, EF_REG_CYCLE_HIGH) << 32u | low;
}
