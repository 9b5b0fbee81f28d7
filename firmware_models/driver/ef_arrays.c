// Columns of the array: programmed, read, stored, calibrated, trimmed.
// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "ef_access.h"

// Where a column is, and how long.
struct column {
    uint32_t layer;
    uint32_t plane;
    uint32_t column;
    uint32_t rows;
    uint32_t columns;
};

// Looks a column up, and selects it from row 0 on.
static int reach(struct ef_dev *dev, struct column *at)
{
    if (at->layer >= dev->layers || at->plane >= dev->planes) {
        return EFD_ARGUMENT;
    }
    int status = efd_begin(dev);
    status =
        status == EFD_OK ? efd_shape(dev, at->layer, &at->rows, &at->columns) : status;
    if (status == EFD_OK && at->column >= at->columns) {
        status = EFD_ARGUMENT;
    }
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_PLANE, at->plane);
        efd_put(dev, EF_REG_COLUMN, at->column);
    }
    return status;
}

static void show_codes(const struct ef_dev *dev, const int16_t *codes, uint32_t count)
{
    efd_put(dev, EF_REG_ROW, 0);
    for (uint32_t i = 0; i < count; i++) {
        efd_put(dev, EF_REG_WINDOW, (uint32_t)(int32_t)codes[i]);
    }
}

static void fetch_words(const struct ef_dev *dev, int32_t *words, uint32_t count)
{
    efd_put(dev, EF_REG_ROW, 0);
    for (uint32_t i = 0; i < count; i++) {
        words[i] = (int32_t)efd_get(dev, EF_REG_WINDOW);
    }
}

int efd_set_rate(struct ef_dev *dev, uint32_t layer, uint32_t mantissa, uint32_t shift)
{
    if (dev == NULL || layer >= dev->layers || !efd_within(mantissa, 1, 255) ||
        shift > 62u) {
        return EFD_ARGUMENT;
    }
    const int status = efd_begin(dev);
    if (status != EFD_OK) {
        return status;
    }
    efd_put(dev, EF_REG_LAYER, layer);
    efd_put(dev, EF_REG_LAYER_RATE, mantissa | shift << EF_LAYER_RATE_SHIFT_SHIFT);
    return efd_settle(dev);
}

int efd_program_column(struct ef_dev *dev, uint32_t *missed, uint32_t layer,
                       uint32_t plane, uint32_t column, const int16_t *targets)
{
    struct column at = {layer, plane, column, 0, 0};
    if (dev == NULL || missed == NULL || targets == NULL) {
        return EFD_ARGUMENT;
    }
    int status = reach(dev, &at);
    if (status == EFD_OK) {
        show_codes(dev, targets, at.rows);
        status = efd_do(dev, EF_COMMAND_PROGRAM_COLUMN);
    }
    if (status == EFD_OK) {
        *missed = efd_get(dev, EF_REG_MISSED);
    }
    return status;
}

int efd_read_column(struct ef_dev *dev, int32_t *sums, uint32_t layer, uint32_t plane,
                    uint32_t column, uint32_t reads)
{
    struct column at = {layer, plane, column, 0, 0};
    if (dev == NULL || sums == NULL || !efd_within(reads, 1, 64)) {
        return EFD_ARGUMENT;
    }
    int status = reach(dev, &at);
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_READS, reads);
        status = efd_do(dev, EF_COMMAND_READ_COLUMN);
    }
    if (status == EFD_OK) {
        fetch_words(dev, sums, at.rows);
    }
    return status;
}

int efd_checksum(struct ef_dev *dev, uint32_t *crc, uint32_t layer, uint32_t plane,
                 uint32_t reads)
{
    struct column at = {layer, plane, 0, 0, 0};
    if (dev == NULL || crc == NULL || !efd_within(reads, 1, 64)) {
        return EFD_ARGUMENT;
    }
    int status = reach(dev, &at);
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_READS, reads);
        status = efd_do(dev, EF_COMMAND_CHECKSUM);
    }
    if (status == EFD_OK) {
        *crc = efd_get(dev, EF_REG_CHECKSUM);
    }
    return status;
}

int efd_store_reference(struct ef_dev *dev, uint32_t layer, uint32_t column,
                        const int16_t *codes)
{
    struct column at = {layer, 0, column, 0, 0};
    if (dev == NULL || codes == NULL) {
        return EFD_ARGUMENT;
    }
    int status = reach(dev, &at);
    if (status == EFD_OK) {
        show_codes(dev, codes, at.rows);
        status = efd_do(dev, EF_COMMAND_STORE_REFERENCE);
    }
    return status;
}

int efd_store_offsets(struct ef_dev *dev, uint32_t layer, const int16_t *codes,
                      uint32_t count)
{
    struct column at = {layer, 0, 0, 0, 0};
    if (dev == NULL || codes == NULL) {
        return EFD_ARGUMENT;
    }
    const int status = reach(dev, &at);
    if (status != EFD_OK || count != at.columns) {
        return status != EFD_OK ? status : EFD_ARGUMENT;
    }
    show_codes(dev, codes, count);
    return efd_do(dev, EF_COMMAND_STORE_OFFSET);
}

int efd_read_accumulators(struct ef_dev *dev, int32_t *chi, uint32_t layer,
                          uint32_t column)
{
    struct column at = {layer, 0, column, 0, 0};
    if (dev == NULL || chi == NULL) {
        return EFD_ARGUMENT;
    }
    int status = reach(dev, &at);
    status = status == EFD_OK ? efd_do(dev, EF_COMMAND_READ_ACCUMULATORS) : status;
    if (status == EFD_OK) {
        fetch_words(dev, chi, at.rows);
    }
    return status;
}

int efd_write_accumulators(struct ef_dev *dev, uint32_t layer, uint32_t column,
                           const int32_t *chi)
{
    struct column at = {layer, 0, column, 0, 0};
    if (dev == NULL || chi == NULL) {
        return EFD_ARGUMENT;
    }
    const int status = reach(dev, &at);
    if (status != EFD_OK) {
        return status;
    }
    efd_put(dev, EF_REG_ROW, 0);
    for (uint32_t r = 0; r < at.rows; r++) {
        efd_put(dev, EF_REG_WINDOW, (uint32_t)chi[r]);
    }
    return efd_do(dev, EF_COMMAND_WRITE_ACCUMULATORS);
}

int efd_clear_points(struct ef_dev *dev)
{
    if (dev == NULL) {
        return EFD_ARGUMENT;
    }
    const int status = efd_begin(dev);
    return status == EFD_OK ? efd_do(dev, EF_COMMAND_CLEAR_POINTS) : status;
}

static bool plausible(const struct efd_calibration *how)
{
    return how->pulse_class <= 15u && efd_within(how->reads, 1, 16) &&
           efd_within(how->quads, 1, 64) && efd_within(how->windows, 1, 64) &&
           efd_within(how->tolerance, 1, 255) && efd_within(how->probe, 3, 15) &&
           efd_within(how->mantissa, 1, 255) && how->shift <= 47u &&
           efd_within(how->limit, 1, 60000);
}

int efd_calibrate_column(struct ef_dev *dev, uint32_t layer, uint32_t plane,
                         uint32_t column, const struct efd_calibration *how)
{
    struct column at = {layer, plane, column, 0, 0};
    if (dev == NULL || how == NULL || !plausible(how)) {
        return EFD_ARGUMENT;
    }
    int status = reach(dev, &at);
    if (status != EFD_OK) {
        return status;
    }
    efd_put(dev, EF_REG_CAL_WINDOW,
            how->pulse_class | how->reads << EF_CAL_WINDOW_READS_SHIFT |
                how->quads << EF_CAL_WINDOW_QUADS_SHIFT |
                how->windows << EF_CAL_WINDOW_WINDOWS_SHIFT);
    efd_put(dev, EF_REG_CAL_GAIN,
            how->tolerance | how->probe << EF_CAL_GAIN_PROBE_SHIFT |
                how->mantissa << EF_CAL_GAIN_MANTISSA_SHIFT |
                how->shift << EF_CAL_GAIN_SHIFT_SHIFT);
    efd_put(dev, EF_REG_CAL_LIMIT, how->limit);
    status = efd_settle(dev); // a refused setting must not pulse another cell
    return status == EFD_OK ? efd_do(dev, EF_COMMAND_CALIBRATE_COLUMN) : status;
}

int efd_point(struct ef_dev *dev, struct efd_point *point, uint32_t row)
{
    if (dev == NULL || point == NULL) {
        return EFD_ARGUMENT;
    }
    int status = efd_begin(dev);
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_ROW, row);
        status = efd_settle(dev);
    }
    if (status != EFD_OK) {
        return status;
    }
    for (uint32_t i = 0; i < 4u; i++) {
        efd_put(dev, EF_REG_POINT_SELECT, i);
        point->sums[i] = (int32_t)efd_get(dev, EF_REG_POINT_SUM);
    }
    const uint32_t state = efd_get(dev, EF_REG_POINT_STATE);
    point->quads = EFD_PART(state, POINT_STATE_QUADS);
    point->windows = EFD_PART(state, POINT_STATE_WINDOWS);
    point->verdict = EFD_PART(state, POINT_STATE_VERDICT);
    return efd_settle(dev);
}

int efd_trim(struct ef_dev *dev, uint32_t *ends, uint32_t layer, uint32_t side,
             uint32_t reads, uint32_t code)
{
    if (dev == NULL || ends == NULL || layer >= dev->layers || side > 1u ||
        !efd_within(reads, 1, 64) || code > EF_TRIM_CODE_MASK) {
        return EFD_ARGUMENT;
    }
    int status = efd_begin(dev);
    if (status != EFD_OK) {
        return status;
    }
    efd_put(dev, EF_REG_LAYER, layer);
    efd_put(dev, EF_REG_TRIM,
            code | reads << EF_TRIM_READS_SHIFT | side << EF_TRIM_SIDE_SHIFT);
    status = efd_settle(dev);
    status = status == EFD_OK ? efd_do(dev, EF_COMMAND_TRIM) : status;
    if (status == EFD_OK) {
        *ends = efd_get(dev, EF_REG_TRIM_ENDS);
    }
    return status;
}
