// Columns of the array: programmed, read, stored, calibrated, trimmed.
// SPDX-License-Identifier: Apache-2.0
#include "ef_access.h"

#define READS_MAX 64u
#define CLASS_MAX 15u
#define SHIFT_MAX 47u
#define RATE_SHIFT_MAX 62u
#define MANTISSA_MAX 255u

// Where a column is, and how many numbers it takes.
struct column {
    uint32_t layer;
    uint32_t plane;
    uint32_t column;
    uint32_t rows;
    uint32_t columns;
};

// Enters and looks a column up; it has to be there.
static int find_column(struct ef_dev *dev, struct column *at, bool fits)
{
    int status =
        efd_enter(dev, fits && (at->layer < dev->layers) && (at->plane < dev->planes));
    if (status == EFD_OK) {
        status = efd_select(dev, at->layer, &at->rows, &at->columns);
        if ((status == EFD_OK) && (at->column >= at->columns)) {
            status = EFD_ARGUMENT;
        }
        if (status != EFD_OK) {
            efd_release(dev);
        }
    }
    return status;
}

// Selects what was found, if as many numbers are there as it takes.
static int select_column(struct ef_dev *dev, const struct column *at, uint32_t count,
                         uint32_t taken)
{
    int status = EFD_OK;
    if (count == taken) {
        efd_put(dev, EF_REG_PLANE, at->plane);
        efd_put(dev, EF_REG_COLUMN, at->column);
    } else {
        status = efd_leave(dev, EFD_ARGUMENT);
    }
    return status;
}

// Both, of a column that takes or gives a number for each row.
static int reach_column(struct ef_dev *dev, struct column *at, bool fits,
                        uint32_t count)
{
    const int status = find_column(dev, at, fits);
    return (status == EFD_OK) ? select_column(dev, at, count, at->rows) : status;
}

int efd_set_rate(struct ef_dev *dev, uint32_t layer, uint32_t mantissa, uint32_t shift)
{
    const bool fits = (dev != NULL) && (layer < dev->layers) &&
                      efd_within(mantissa, 1, MANTISSA_MAX) &&
                      (shift <= RATE_SHIFT_MAX);
    int status = efd_visit(dev, fits);
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_LAYER, layer);
        efd_put(dev, EF_REG_LAYER_RATE,
                mantissa | (shift << EF_LAYER_RATE_SHIFT_SHIFT));
        status = efd_leave(dev, efd_settle(dev));
    }
    return status;
}

int efd_program_column(struct ef_dev *dev, uint32_t *missed, uint32_t layer,
                       uint32_t plane, uint32_t column, const int16_t *targets,
                       uint32_t count)
{
    struct column at = {layer, plane, column, 0, 0};
    const bool fits = (dev != NULL) && (missed != NULL) && (targets != NULL);
    int status = reach_column(dev, &at, fits, count);
    if (status == EFD_OK) {
        efd_show_codes(dev, targets, count);
        status = efd_do(dev, EF_COMMAND_PROGRAM_COLUMN);
        if (status == EFD_OK) {
            *missed = efd_get(dev, EF_REG_MISSED);
        }
        efd_release(dev);
    }
    return status;
}

int efd_read_column(struct ef_dev *dev, int32_t *sums, uint32_t count, uint32_t layer,
                    uint32_t plane, uint32_t column, uint32_t reads)
{
    struct column at = {layer, plane, column, 0, 0};
    const bool fits =
        (dev != NULL) && (sums != NULL) && efd_within(reads, 1, READS_MAX);
    int status = reach_column(dev, &at, fits, count);
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_READS, reads);
        status = efd_do(dev, EF_COMMAND_READ_COLUMN);
        if (status == EFD_OK) {
            efd_fetch_words(dev, sums, count);
        }
        efd_release(dev);
    }
    return status;
}

int efd_checksum(struct ef_dev *dev, uint32_t *crc, uint32_t layer, uint32_t plane,
                 uint32_t reads)
{
    struct column at = {layer, plane, 0, 0, 0};
    const bool fits = (dev != NULL) && (crc != NULL) && efd_within(reads, 1, READS_MAX);
    int status = find_column(dev, &at, fits);
    status = (status == EFD_OK) ? select_column(dev, &at, 0, 0) : status;
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_READS, reads);
        status = efd_do(dev, EF_COMMAND_CHECKSUM);
        if (status == EFD_OK) {
            *crc = efd_get(dev, EF_REG_CHECKSUM);
        }
        efd_release(dev);
    }
    return status;
}

int efd_store_reference(struct ef_dev *dev, uint32_t layer, uint32_t column,
                        const int16_t *codes, uint32_t count)
{
    struct column at = {layer, 0, column, 0, 0};
    int status = reach_column(dev, &at, (dev != NULL) && (codes != NULL), count);
    if (status == EFD_OK) {
        efd_show_codes(dev, codes, count);
        status = efd_leave(dev, efd_do(dev, EF_COMMAND_STORE_REFERENCE));
    }
    return status;
}

int efd_store_offsets(struct ef_dev *dev, uint32_t layer, const int16_t *codes,
                      uint32_t count)
{
    struct column at = {layer, 0, 0, 0, 0};
    int status = find_column(dev, &at, (dev != NULL) && (codes != NULL));
    status = (status == EFD_OK) ? select_column(dev, &at, count, at.columns) : status;
    if (status == EFD_OK) {
        efd_show_codes(dev, codes, count);
        status = efd_leave(dev, efd_do(dev, EF_COMMAND_STORE_OFFSET));
    }
    return status;
}

int efd_read_accumulators(struct ef_dev *dev, int32_t *chi, uint32_t count,
                          uint32_t layer, uint32_t column)
{
    struct column at = {layer, 0, column, 0, 0};
    int status = reach_column(dev, &at, (dev != NULL) && (chi != NULL), count);
    if (status == EFD_OK) {
        status = efd_do(dev, EF_COMMAND_READ_ACCUMULATORS);
        if (status == EFD_OK) {
            efd_fetch_words(dev, chi, count);
        }
        efd_release(dev);
    }
    return status;
}

int efd_write_accumulators(struct ef_dev *dev, uint32_t layer, uint32_t column,
                           const int32_t *chi, uint32_t count)
{
    struct column at = {layer, 0, column, 0, 0};
    int status = reach_column(dev, &at, (dev != NULL) && (chi != NULL), count);
    if (status == EFD_OK) {
        efd_show_words(dev, chi, count);
        status = efd_leave(dev, efd_do(dev, EF_COMMAND_WRITE_ACCUMULATORS));
    }
    return status;
}

int efd_clear_points(struct ef_dev *dev)
{
    const int status = efd_enter(dev, dev != NULL);
    return (status == EFD_OK) ? efd_leave(dev, efd_do(dev, EF_COMMAND_CLEAR_POINTS))
                              : status;
}

static bool is_calibration(const struct efd_calibration *how)
{
    return (how->pulse_class <= CLASS_MAX) && efd_within(how->reads, 1, 16) &&
           efd_within(how->quads, 1, 64) && efd_within(how->windows, 1, 64) &&
           efd_within(how->tolerance, 1, 255) && efd_within(how->probe, 3, 15) &&
           efd_within(how->mantissa, 1, MANTISSA_MAX) && (how->shift <= SHIFT_MAX) &&
           efd_within(how->limit, 1, 60000);
}

int efd_calibrate_column(struct ef_dev *dev, uint32_t layer, uint32_t plane,
                         uint32_t column, const struct efd_calibration *how)
{
    struct column at = {layer, plane, column, 0, 0};
    int status =
        find_column(dev, &at, (dev != NULL) && (how != NULL) && is_calibration(how));
    status = (status == EFD_OK) ? select_column(dev, &at, 0, 0) : status;
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_CAL_WINDOW,
                how->pulse_class | (how->reads << EF_CAL_WINDOW_READS_SHIFT) |
                    (how->quads << EF_CAL_WINDOW_QUADS_SHIFT) |
                    (how->windows << EF_CAL_WINDOW_WINDOWS_SHIFT));
        efd_put(dev, EF_REG_CAL_GAIN,
                how->tolerance | (how->probe << EF_CAL_GAIN_PROBE_SHIFT) |
                    (how->mantissa << EF_CAL_GAIN_MANTISSA_SHIFT) |
                    (how->shift << EF_CAL_GAIN_SHIFT_SHIFT));
        efd_put(dev, EF_REG_CAL_LIMIT, how->limit);
        status = efd_leave(dev, efd_do(dev, EF_COMMAND_CALIBRATE_COLUMN));
    }
    return status;
}

int efd_point(struct ef_dev *dev, struct efd_point *point, uint32_t row)
{
    int status = efd_visit(dev, (dev != NULL) && (point != NULL));
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_ROW, row);
        for (uint32_t i = 0; i < 4u; i++) {
            efd_put(dev, EF_REG_POINT_SELECT, i);
            point->sums[i] = (int32_t)efd_get(dev, EF_REG_POINT_SUM);
        }
        const uint32_t state = efd_get(dev, EF_REG_POINT_STATE);
        point->quads = EFD_PART(state, POINT_STATE_QUADS);
        point->windows = EFD_PART(state, POINT_STATE_WINDOWS);
        point->verdict = EFD_PART(state, POINT_STATE_VERDICT);
        status = efd_leave(dev, efd_settle(dev));
    }
    return status;
}

int efd_trim(struct ef_dev *dev, uint32_t *ends, uint32_t layer, uint32_t side,
             uint32_t reads, uint32_t code)
{
    const bool fits = (dev != NULL) && (ends != NULL) && (layer < dev->layers) &&
                      (side <= 1u) && efd_within(reads, 1, READS_MAX) &&
                      (code <= EF_TRIM_CODE_MASK);
    int status = efd_enter(dev, fits);
    if (status == EFD_OK) {
        efd_put(dev, EF_REG_LAYER, layer);
        efd_put(dev, EF_REG_TRIM,
                code | (reads << EF_TRIM_READS_SHIFT) | (side << EF_TRIM_SIDE_SHIFT));
        status = efd_do(dev, EF_COMMAND_TRIM);
        if (status == EFD_OK) {
            *ends = efd_get(dev, EF_REG_TRIM_ENDS);
        }
        efd_release(dev);
    }
    return status;
}
