// One layer at a time, for networks that are put together outside (SPEC 19.7).
// SPDX-License-Identifier: Apache-2.0
#include "ef_access.h"

#define ABOVE_MIN (-512)
#define ABOVE_MAX 511
#define EXPONENT_MIN (-1024)
#define EXPONENT_MAX 1023

struct shape {
    uint32_t rows;
    uint32_t columns;
};

static int reach_layer(struct ef_dev *dev, struct shape *shape, uint32_t layer,
                       bool fits)
{
    int status = efd_enter(dev, fits && (layer < dev->layers));
    if (status == EFD_OK) {
        status = efd_select(dev, layer, &shape->rows, &shape->columns);
        if (status != EFD_OK) {
            efd_release(dev);
        }
    }
    return status;
}

// Codes for the FIFO, and the command that takes them.
static int do_with(struct ef_dev *dev, uint32_t opcode, const int16_t *codes,
                   uint32_t count)
{
    efd_send(dev, codes, count);
    const int status = efd_do(dev, opcode);
    if (status == EFD_REFUSED) {
        efd_flush(dev);
    }
    return status;
}

// The block is given back; codes come out of the window where all went well.
static int fetch(struct ef_dev *dev, int status, int16_t *codes, uint32_t count)
{
    if (status == EFD_OK) {
        efd_fetch_codes(dev, codes, count);
    }
    return efd_leave(dev, status);
}

int efd_forward(struct ef_dev *dev, int16_t *codes, uint32_t count, uint32_t layer,
                const int16_t *inputs, uint32_t input_count)
{
    struct shape shape = {0, 0};
    const bool fits = (dev != NULL) && (codes != NULL) && (inputs != NULL);
    int status = reach_layer(dev, &shape, layer, fits);
    if (status == EFD_OK) {
        status = EFD_ARGUMENT;
        if ((count == shape.rows) && (input_count == shape.columns)) {
            status = do_with(dev, EF_COMMAND_FORWARD, inputs, input_count);
        }
        status = fetch(dev, status, codes, count);
    }
    return status;
}

int efd_activate(struct ef_dev *dev, int16_t *outputs, uint32_t layer,
                 const int16_t *codes, uint32_t count)
{
    struct shape shape = {0, 0};
    const bool fits = (dev != NULL) && (outputs != NULL) && (codes != NULL);
    int status = reach_layer(dev, &shape, layer, fits);
    if (status == EFD_OK) {
        status = EFD_ARGUMENT;
        if (count == shape.rows) {
            efd_show_codes(dev, codes, count);
            status = efd_do(dev, EF_COMMAND_ACTIVATE);
        }
        status = fetch(dev, status, outputs, count);
    }
    return status;
}

int efd_backward(struct ef_dev *dev, int16_t *codes, uint32_t count, uint32_t layer,
                 const int16_t *errors, uint32_t error_count)
{
    struct shape shape = {0, 0};
    const bool fits = (dev != NULL) && (codes != NULL) && (errors != NULL);
    int status = reach_layer(dev, &shape, layer, fits);
    if (status == EFD_OK) {
        status = EFD_ARGUMENT;
        if ((count <= shape.columns) && (error_count == shape.rows)) {
            efd_show_codes(dev, errors, error_count);
            status = efd_do(dev, EF_COMMAND_BACKWARD);
        }
        status = fetch(dev, status, codes, count);
    }
    return status;
}

int efd_slopes(struct ef_dev *dev, int32_t *wide, uint32_t layer, const int16_t *codes,
               const int16_t *back, uint32_t count)
{
    struct shape shape = {0, 0};
    const bool fits =
        (dev != NULL) && (wide != NULL) && (codes != NULL) && (back != NULL);
    int status = reach_layer(dev, &shape, layer, fits);
    if (status == EFD_OK) {
        status = EFD_ARGUMENT;
        if (count == shape.rows) {
            efd_show_codes(dev, back, count);
            status = do_with(dev, EF_COMMAND_SLOPES, codes, count);
        }
        if (status == EFD_OK) {
            efd_fetch_words(dev, wide, count);
        }
        efd_release(dev);
    }
    return status;
}

int efd_errors(struct ef_dev *dev, int16_t *errors, int32_t *exponent, uint32_t layer,
               const int32_t *wide, uint32_t count, int32_t above)
{
    struct shape shape = {0, 0};
    const bool fits = (dev != NULL) && (errors != NULL) && (exponent != NULL) &&
                      (wide != NULL) && (above >= ABOVE_MIN) && (above <= ABOVE_MAX);
    int status = reach_layer(dev, &shape, layer, fits);
    if (status == EFD_OK) {
        status = EFD_ARGUMENT;
        if (count == shape.rows) {
            efd_put(dev, EF_REG_EXPONENT, (uint32_t)above);
            efd_show_words(dev, wide, count);
            status = efd_do(dev, EF_COMMAND_ERRORS);
        }
        if (status == EFD_OK) {
            *exponent = (int32_t)efd_get(dev, EF_REG_EXPONENT);
        }
        status = fetch(dev, status, errors, count);
    }
    return status;
}

int efd_update(struct ef_dev *dev, uint32_t layer, const int16_t *inputs,
               uint32_t input_count, const int16_t *errors, uint32_t error_count,
               int32_t exponent)
{
    struct shape shape = {0, 0};
    const bool fits = (dev != NULL) && (inputs != NULL) && (errors != NULL) &&
                      (exponent >= EXPONENT_MIN) && (exponent <= EXPONENT_MAX);
    int status = reach_layer(dev, &shape, layer, fits);
    if (status == EFD_OK) {
        status = EFD_ARGUMENT;
        if ((input_count == shape.columns) && (error_count == shape.rows)) {
            efd_put(dev, EF_REG_EXPONENT, (uint32_t)exponent);
            efd_show_codes(dev, errors, error_count);
            status = do_with(dev, EF_COMMAND_UPDATE, inputs, input_count);
        }
        efd_release(dev);
    }
    return status;
}
