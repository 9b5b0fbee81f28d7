// One layer at a time, for networks that are put together outside (SPEC 19.7).
// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "ef_access.h"

// What a command of one layer takes: codes for the FIFO, or none, and for the window.
struct vectors {
    const int16_t *fifo;
    uint32_t count;
    const int16_t *window; // one a row
};

static int run(struct ef_dev *dev, uint32_t opcode, uint32_t rows,
               const struct vectors *given)
{
    if (given->fifo != NULL) {
        efd_send(dev, given->fifo, given->count);
    }
    if (given->window != NULL) {
        efd_put(dev, EF_REG_ROW, 0);
        for (uint32_t r = 0; r < rows; r++) {
            efd_put(dev, EF_REG_WINDOW, (uint32_t)(int32_t)given->window[r]);
        }
    }
    const int status = efd_do(dev, opcode);
    if (status != EFD_OK) {
        efd_flush(dev);
    }
    return status;
}

static int reach(struct ef_dev *dev, uint32_t layer, uint32_t *rows, uint32_t *columns)
{
    const int status = efd_begin(dev);
    return status == EFD_OK ? efd_shape(dev, layer, rows, columns) : status;
}

// Codes out of the window, if all went well until here.
static int fetch(struct ef_dev *dev, int status, int16_t *codes, uint32_t count)
{
    efd_put(dev, EF_REG_ROW, 0);
    for (uint32_t i = 0; status == EFD_OK && i < count; i++) {
        codes[i] = (int16_t)(int32_t)efd_get(dev, EF_REG_WINDOW);
    }
    return status;
}

int efd_forward(struct ef_dev *dev, int16_t *codes, uint32_t layer,
                const int16_t *inputs)
{
    uint32_t rows = 0;
    uint32_t columns = 0;
    if (dev == NULL || codes == NULL || inputs == NULL || layer >= dev->layers) {
        return EFD_ARGUMENT;
    }
    int status = reach(dev, layer, &rows, &columns);
    const struct vectors given = {inputs, columns, NULL};
    status = status == EFD_OK ? run(dev, EF_COMMAND_FORWARD, rows, &given) : status;
    return fetch(dev, status, codes, rows);
}

int efd_activate(struct ef_dev *dev, int16_t *outputs, uint32_t layer,
                 const int16_t *codes)
{
    uint32_t rows = 0;
    uint32_t columns = 0;
    if (dev == NULL || outputs == NULL || codes == NULL || layer >= dev->layers) {
        return EFD_ARGUMENT;
    }
    int status = reach(dev, layer, &rows, &columns);
    const struct vectors given = {NULL, 0, codes};
    status = status == EFD_OK ? run(dev, EF_COMMAND_ACTIVATE, rows, &given) : status;
    return fetch(dev, status, outputs, rows);
}

int efd_backward(struct ef_dev *dev, int16_t *codes, uint32_t layer, uint32_t inputs,
                 const int16_t *errors)
{
    uint32_t rows = 0;
    uint32_t columns = 0;
    if (dev == NULL || codes == NULL || errors == NULL || layer >= dev->layers) {
        return EFD_ARGUMENT;
    }
    int status = reach(dev, layer, &rows, &columns);
    if (status != EFD_OK || inputs > columns) {
        return status != EFD_OK ? status : EFD_ARGUMENT;
    }
    const struct vectors given = {NULL, 0, errors};
    status = run(dev, EF_COMMAND_BACKWARD, rows, &given);
    return fetch(dev, status, codes, inputs);
}

int efd_slopes(struct ef_dev *dev, int32_t *wide, uint32_t layer, const int16_t *codes,
               const int16_t *back)
{
    uint32_t rows = 0;
    uint32_t columns = 0;
    if (dev == NULL || wide == NULL || codes == NULL || back == NULL ||
        layer >= dev->layers) {
        return EFD_ARGUMENT;
    }
    int status = reach(dev, layer, &rows, &columns);
    const struct vectors given = {codes, rows, back};
    status = status == EFD_OK ? run(dev, EF_COMMAND_SLOPES, rows, &given) : status;
    efd_put(dev, EF_REG_ROW, 0);
    for (uint32_t r = 0; status == EFD_OK && r < rows; r++) {
        wide[r] = (int32_t)efd_get(dev, EF_REG_WINDOW);
    }
    return status;
}

int efd_errors(struct ef_dev *dev, int16_t *errors, int32_t *exponent, uint32_t layer,
               const int32_t *wide, int32_t above)
{
    uint32_t rows = 0;
    uint32_t columns = 0;
    if (dev == NULL || errors == NULL || exponent == NULL || wide == NULL ||
        layer >= dev->layers || above < -512 || above > 511) {
        return EFD_ARGUMENT;
    }
    int status = reach(dev, layer, &rows, &columns);
    if (status != EFD_OK) {
        return status;
    }
    efd_put(dev, EF_REG_EXPONENT, (uint32_t)above);
    efd_put(dev, EF_REG_ROW, 0);
    for (uint32_t r = 0; r < rows; r++) {
        efd_put(dev, EF_REG_WINDOW, (uint32_t)wide[r]);
    }
    status = efd_do(dev, EF_COMMAND_ERRORS);
    if (status == EFD_OK) {
        *exponent = (int32_t)efd_get(dev, EF_REG_EXPONENT);
    }
    return fetch(dev, status, errors, rows);
}

int efd_update(struct ef_dev *dev, uint32_t layer, const int16_t *inputs,
               const int16_t *errors, int32_t exponent)
{
    uint32_t rows = 0;
    uint32_t columns = 0;
    if (dev == NULL || inputs == NULL || errors == NULL || layer >= dev->layers ||
        exponent < -1024 || exponent > 1023) {
        return EFD_ARGUMENT;
    }
    const int status = reach(dev, layer, &rows, &columns);
    if (status != EFD_OK) {
        return status;
    }
    efd_put(dev, EF_REG_EXPONENT, (uint32_t)exponent);
    const struct vectors given = {inputs, columns, errors};
    return run(dev, EF_COMMAND_UPDATE, rows, &given);
}
