// Commands, how their ends are found out, and how the block is opened.
// SPDX-License-Identifier: Apache-2.0
#include "ef_driver.h"

#include "ef_access.h"

#define ID_VALUE 0xEDFE0001u
#define MAP_VERSION 4u
#define LAYERS_MAX 16u
#define NUMBERS 65535u // of commands, from 1 on
#define RESULTS_MAX 8u // that can be there: 4 of others, and 4 that come meanwhile
#define LOOKS 16u      // between two readings of the cycle counter
#define STATUS_BITS                                                                    \
    (EF_STATUS_BUSY_MASK | EF_STATUS_QUEUE_FULL_MASK | EF_STATUS_RESULT_MASK |         \
     EF_STATUS_ERROR_MASK | EF_STATUS_IRQ_MASK | EF_STATUS_CUT_MASK |                  \
     EF_STATUS_HALTED_MASK | EF_STATUS_QUEUED_MASK | EF_STATUS_RESULTS_MASK |          \
     EF_STATUS_FILL_MASK)

static bool sleeps(const struct ef_dev *dev)
{
    return !dev->polling && (dev->port != NULL) && (dev->port->wait != NULL);
}

static bool on_the_way(const struct ef_dev *dev)
{
    return dev->put != dev->over;
}

void efd_hold(struct ef_dev *dev)
{
    dev->missed = false;
    dev->held = true;
}

// What came while the block was held is collected here, unless the handler does it.
void efd_release(struct ef_dev *dev)
{
    dev->held = false;
    while (dev->missed && on_the_way(dev)) {
        efd_hold(dev);
        (void)efd_collect(dev);
        dev->held = false;
    }
}

int efd_gone(const struct ef_dev *dev)
{
    return (efd_get(dev, EF_REG_ID) == ID_VALUE) ? EFD_RESTARTED : EFD_NOT_FOUND;
}

int efd_settle(struct ef_dev *dev)
{
    int status = EFD_OK;
    if ((efd_get(dev, EF_REG_STATUS) & EF_STATUS_ERROR_MASK) != 0u) {
        dev->errors = efd_get(dev, EF_REG_ERROR);
        efd_put(dev, EF_REG_ERROR, dev->errors);
        status = EFD_REFUSED;
    }
    return status;
}

void efd_tell(struct ef_dev *dev)
{
    const struct efd_slot *slot = &dev->slots[dev->over % EFD_SAMPLES_MAX];
    const struct efd_done done = {slot->number, slot->status, slot->label,
                                  slot->errors};
    dev->over += 1u;
    if (dev->ended != NULL) {
        dev->taken = dev->over;
        dev->ended(dev, &done);
    }
}

// The sample on its way of this number; null: it is nobody's.
static struct efd_slot *find(struct ef_dev *dev, uint32_t number)
{
    struct efd_slot *found = NULL;
    for (uint32_t i = dev->over; i != dev->put; i++) {
        struct efd_slot *slot = &dev->slots[i % EFD_SAMPLES_MAX];
        if (slot->number == number) {
            found = slot;
        }
    }
    return found;
}

// Bits of ERROR, and what they are about: of an access that is no command's (opcode 0)
// a debugger, unless efd_settle has seen it. A command whose result found no room was
// done.
static void blame(struct ef_dev *dev, uint32_t *number, uint32_t *bits)
{
    const uint32_t word = efd_get(dev, EF_REG_ERROR_COMMAND);
    const uint32_t address = efd_get(dev, EF_REG_ERROR_ADDRESS);
    *bits = efd_get(dev, EF_REG_ERROR);
    *number = EFD_PART(word, ERROR_COMMAND_COMMAND);
    if ((EFD_PART(word, ERROR_COMMAND_OPCODE) == 0u) || (address != EF_REG_COMMAND)) {
        *number = 0;
    }
    efd_put(dev, EF_REG_ERROR, *bits);
}

static void collect_errors(struct ef_dev *dev)
{
    uint32_t number = 0;
    uint32_t bits = 0;
    blame(dev, &number, &bits);
    struct efd_slot *slot = find(dev, number);
    if (slot != NULL) {
        slot->status = EFD_REFUSED;
        slot->errors = bits;
    } else {
        dev->stale |= bits;
    }
}

// Whether the command that ended last is this one or one behind it.
static bool reached(uint32_t ended, uint32_t number)
{
    return (((ended + NUMBERS) - number) % NUMBERS) <= (NUMBERS / 2u);
}

int efd_collect(struct ef_dev *dev)
{
    // before the results: of what has ended until here they are there
    const uint32_t numbers = efd_get(dev, EF_REG_NUMBER);
    const uint32_t ended = EFD_PART(numbers, NUMBER_ENDED);
    uint32_t status = efd_get(dev, EF_REG_STATUS);
    for (uint32_t i = 0; (i < RESULTS_MAX) && ((status & EF_STATUS_RESULT_MASK) != 0u);
         i++) {
        const uint32_t word = efd_get(dev, EF_REG_RESULT);
        struct efd_slot *slot = find(dev, EFD_PART(word, RESULT_COMMAND));
        if (slot != NULL) {
            slot->label = EFD_PART(word, RESULT_LABEL);
            slot->status = EFD_OK;
        }
        status = efd_get(dev, EF_REG_STATUS);
    }
    if ((status & EF_STATUS_ERROR_MASK) != 0u) {
        collect_errors(dev);
    }
    const bool same = EFD_PART(numbers, NUMBER_ACCEPTED) == dev->number;
    while (same && on_the_way(dev) &&
           reached(ended, dev->slots[dev->over % EFD_SAMPLES_MAX].number)) {
        efd_tell(dev);
    }
    return same ? EFD_OK : efd_gone(dev);
}

void efd_interrupt(struct ef_dev *dev)
{
    const uint32_t bits = (dev != NULL) ? efd_get(dev, EF_REG_IRQ_STATUS) : 0u;
    if (bits != 0u) {
        efd_put(dev, EF_REG_IRQ_STATUS, bits);
        dev->events += 1u;
        if (dev->held) {
            dev->missed = true;
        } else if (on_the_way(dev)) {
            (void)efd_collect(dev);
        } else {
            // nothing waits for it
        }
    }
}

// The counter moves with each access at the least; one that stands still has no clock.
static int in_time(struct ef_dev *dev, uint32_t looks, uint32_t *began, uint32_t *last)
{
    const uint32_t now = efd_get(dev, EF_REG_CYCLE_LOW);
    if (looks == LOOKS) {
        *began = now;
        *last = now - 1u;
    }
    const bool late = (now == *last) || ((now - *began) > dev->timeout);
    *last = now;
    return late ? EFD_TIMEOUT : EFD_NOTHING;
}

int efd_idle(struct ef_dev *dev, uint32_t *word)
{
    int status = EFD_NOTHING;
    uint32_t began = 0;
    uint32_t last = 0;
    uint32_t looks = 0;
    while (status == EFD_NOTHING) {
        looks += 1u;
        const uint32_t seen = dev->events;
        *word = efd_get(dev, EF_REG_STATUS);
        if ((*word & ~STATUS_BITS) != 0u) {
            status = efd_gone(dev);
        } else if ((*word & EF_STATUS_BUSY_MASK) == 0u) {
            status = EFD_OK;
        } else if ((looks % LOOKS) == 0u) {
            status = in_time(dev, looks, &began, &last);
        } else if ((*word & EF_STATUS_HALTED_MASK) != 0u) {
            collect_errors(dev); // what waits goes on then
        } else if (sleeps(dev)) {
            dev->port->wait(dev->port->context, &dev->events, seen);
        } else {
            // look again
        }
    }
    return status;
}

int efd_enter(struct ef_dev *dev, bool fits)
{
    int status = EFD_ARGUMENT;
    if (fits) {
        uint32_t word = 0;
        efd_hold(dev);
        status = efd_idle(dev, &word);
        const uint32_t left = word & (EF_STATUS_RESULT_MASK | EF_STATUS_ERROR_MASK);
        if ((status == EFD_OK) && (on_the_way(dev) || (left != 0u))) {
            status = efd_collect(dev);
        }
        if (status == EFD_OK) {
            efd_sweep(dev, word);
        } else {
            efd_release(dev);
        }
    }
    return status;
}

int efd_visit(struct ef_dev *dev, bool fits)
{
    int status = efd_enter(dev, fits);
    if (status == EFD_OK) {
        const uint32_t control = efd_get(dev, EF_REG_CONTROL);
        if ((control & EF_CONTROL_ENABLE_MASK) == 0u) {
            status = efd_leave(dev, efd_gone(dev));
        }
    }
    return status;
}

int efd_leave(struct ef_dev *dev, int status)
{
    efd_release(dev);
    return status;
}

int efd_push(struct ef_dev *dev, uint32_t opcode)
{
    int status = EFD_OK;
    efd_put(dev, EF_REG_COMMAND, opcode);
    const uint32_t number = EFD_PART(efd_get(dev, EF_REG_NUMBER), NUMBER_ACCEPTED);
    if (number == ((dev->number % NUMBERS) + 1u)) {
        dev->number = number;
    } else if (number != dev->number) {
        status = efd_gone(dev);
    } else {
        (void)efd_settle(dev);
        const uint32_t control = efd_get(dev, EF_REG_CONTROL);
        status =
            ((control & EF_CONTROL_ENABLE_MASK) != 0u) ? EFD_REFUSED : EFD_RESTARTED;
    }
    return status;
}

int efd_end(struct ef_dev *dev, uint32_t *word)
{
    int status = efd_idle(dev, word);
    if ((status == EFD_OK) && ((*word & EF_STATUS_ERROR_MASK) != 0u)) {
        uint32_t number = 0;
        uint32_t bits = 0;
        blame(dev, &number, &bits);
        if (number == dev->number) {
            dev->errors = bits;
            status = EFD_REFUSED;
        } else {
            dev->stale |= bits;
        }
    }
    return status;
}

int efd_do(struct ef_dev *dev, uint32_t opcode)
{
    uint32_t word = 0;
    int status = efd_settle(dev);
    status = (status == EFD_OK) ? efd_push(dev, opcode) : status;
    status = (status == EFD_OK) ? efd_end(dev, &word) : status;
    if (status == EFD_OK) {
        const uint32_t numbers = efd_get(dev, EF_REG_NUMBER);
        status =
            (EFD_PART(numbers, NUMBER_ENDED) == dev->number) ? EFD_OK : efd_gone(dev);
    }
    return status;
}

// Interrupts as the port and the caller have it.
static void listen(struct ef_dev *dev, bool polling)
{
    dev->polling = polling;
    efd_put(dev, EF_REG_IRQ_ENABLE,
            sleeps(dev) ? (EF_IRQ_ENABLE_DONE_MASK | EF_IRQ_ENABLE_ERROR_MASK) : 0u);
}

static int know(struct ef_dev *dev)
{
    uint32_t rows = 0;
    uint32_t columns = 0;
    const uint32_t chip = efd_get(dev, EF_REG_CHIP);
    dev->layers = EFD_PART(chip, CHIP_LAYERS);
    dev->planes = EFD_PART(chip, CHIP_PLANES);
    dev->fifo = EFD_PART(efd_get(dev, EF_REG_DEPTHS), DEPTHS_FIFO);
    int status = efd_within(dev->layers, 1, LAYERS_MAX) ? EFD_OK : EFD_NOT_FOUND;
    status = (status == EFD_OK) ? efd_select(dev, 0, &rows, &columns) : status;
    if (status == EFD_OK) {
        const uint32_t shape = efd_get(dev, EF_REG_LAYER_SHAPE);
        dev->inputs = columns - EFD_PART(shape, LAYER_SHAPE_BIAS);
        status = efd_select(dev, dev->layers - 1u, &rows, &columns);
        dev->classes = rows;
    }
    return status;
}

// Whoever was here before: what runs ends, what is left behind is put away.
static int take_over(struct ef_dev *dev)
{
    uint32_t word = 0;
    efd_put(dev, EF_REG_IRQ_ENABLE, 0);
    dev->polling = true; // until the line is enabled
    dev->number = EFD_PART(efd_get(dev, EF_REG_NUMBER), NUMBER_ACCEPTED);
    int status = efd_idle(dev, &word);
    status = (status == EFD_OK) ? efd_collect(dev) : status;
    efd_put(dev, EF_REG_IRQ_STATUS, efd_get(dev, EF_REG_IRQ_STATUS));
    efd_put(dev, EF_REG_CONTROL, EFD_CONTROL | EF_CONTROL_FLUSH_MASK);
    return status;
}

int efd_open(struct ef_dev *dev, uintptr_t base, const struct ef_port *port)
{
    int status = EFD_ARGUMENT;
    if ((dev != NULL) &&
        ((port == NULL) || ((port->read != NULL) && (port->write != NULL)))) {
        dev->base = base;
        dev->port = port;
        dev->errors = 0;
        dev->stale = 0;
        dev->timeout = EFD_TIMEOUT_CYCLES;
        dev->ended = NULL;
        dev->user = NULL;
        dev->events = 0;
        dev->put = 0;
        dev->over = 0;
        dev->taken = 0;
        status = efd_begin(dev, false);
    }
    return status;
}

int efd_begin(struct ef_dev *dev, bool polling)
{
    int status = EFD_NOT_FOUND;
    efd_hold(dev);
    if ((efd_get(dev, EF_REG_ID) == ID_VALUE) &&
        (EFD_PART(efd_get(dev, EF_REG_VERSION), VERSION_MAP) == MAP_VERSION)) {
        status = take_over(dev);
        status = (status == EFD_OK) ? know(dev) : status;
        if (status == EFD_OK) {
            listen(dev, polling);
        }
    }
    return efd_leave(dev, status);
}

int efd_close(struct ef_dev *dev)
{
    int status = EFD_ARGUMENT;
    if (dev != NULL) {
        status = efd_enter(dev, true);
        efd_hold(dev);
        efd_put(dev, EF_REG_IRQ_ENABLE, 0);
        efd_put(dev, EF_REG_CONTROL, 0);
        efd_release(dev);
    }
    return status;
}

int efd_poll(struct ef_dev *dev, bool on)
{
    const int status = efd_visit(dev, dev != NULL);
    if (status == EFD_OK) {
        listen(dev, on);
        efd_release(dev);
    }
    return status;
}
