// Accesses and vectors.
// SPDX-License-Identifier: Apache-2.0
#include "ef_access.h"

// Where there is no port: the word itself.
static volatile uint32_t *word_at(const struct ef_dev *dev, uint32_t offset)
{
    return (volatile uint32_t *)(dev->base + offset);
}

void efd_put(const struct ef_dev *dev, uint32_t offset, uint32_t value)
{
    if (dev->port != NULL) {
        dev->port->write(dev->port->context, offset, value);
    } else {
        *word_at(dev, offset) = value;
    }
}

uint32_t efd_get(const struct ef_dev *dev, uint32_t offset)
{
    uint32_t value;
    if (dev->port != NULL) {
        value = dev->port->read(dev->port->context, offset);
    } else {
        value = *word_at(dev, offset);
    }
    return value;
}

bool efd_within(uint32_t value, uint32_t low, uint32_t high)
{
    return (value >= low) && (value <= high);
}

void efd_flush(const struct ef_dev *dev)
{
    // as it stands: a block that was restarted is not enabled in passing
    const uint32_t control = efd_get(dev, EF_REG_CONTROL);
    efd_put(dev, EF_REG_CONTROL, control | EF_CONTROL_FLUSH_MASK);
}

void efd_sweep(const struct ef_dev *dev, uint32_t status)
{
    const uint32_t claimed = EFD_PART(status, STATUS_QUEUED) * dev->inputs;
    if (EFD_PART(status, STATUS_FILL) != claimed) {
        efd_flush(dev);
    }
}

void efd_send(const struct ef_dev *dev, const int16_t *codes, uint32_t count)
{
    uint32_t i = 0;
    for (; (i + 1u) < count; i += 2u) {
        const uint32_t first = (uint16_t)codes[i];
        const uint32_t second = (uint16_t)codes[i + 1u];
        efd_put(dev, EF_REG_SAMPLE_PAIR, first | (second << 16u));
    }
    if (i < count) {
        efd_put(dev, EF_REG_SAMPLE, (uint32_t)codes[i]);
    }
}

void efd_show_codes(const struct ef_dev *dev, const int16_t *codes, uint32_t count)
{
    efd_put(dev, EF_REG_ROW, 0);
    for (uint32_t i = 0; i < count; i++) {
        efd_put(dev, EF_REG_WINDOW, (uint32_t)codes[i]);
    }
}

void efd_show_words(const struct ef_dev *dev, const int32_t *words, uint32_t count)
{
    efd_put(dev, EF_REG_ROW, 0);
    for (uint32_t i = 0; i < count; i++) {
        efd_put(dev, EF_REG_WINDOW, (uint32_t)words[i]);
    }
}

void efd_fetch_codes(const struct ef_dev *dev, int16_t *codes, uint32_t count)
{
    efd_put(dev, EF_REG_ROW, 0);
    for (uint32_t i = 0; i < count; i++) {
        codes[i] = (int16_t)efd_get(dev, EF_REG_WINDOW);
    }
}

void efd_fetch_words(const struct ef_dev *dev, int32_t *words, uint32_t count)
{
    efd_put(dev, EF_REG_ROW, 0);
    for (uint32_t i = 0; i < count; i++) {
        words[i] = (int32_t)efd_get(dev, EF_REG_WINDOW);
    }
}

int efd_select(const struct ef_dev *dev, uint32_t layer, uint32_t *rows,
               uint32_t *columns)
{
    efd_put(dev, EF_REG_LAYER, layer);
    const uint32_t shape = efd_get(dev, EF_REG_LAYER_SHAPE);
    *rows = EFD_PART(shape, LAYER_SHAPE_ROWS);
    *columns = EFD_PART(shape, LAYER_SHAPE_COLUMNS);
    return ((*rows != 0u) && (*columns != 0u)) ? EFD_OK : efd_gone(dev);
}
