// SPDX-License-Identifier: Apache-2.0
#include "points.h"

#include "ef_symmetry.h"

#define SETTINGS 7u
#define GAINS 3u
#define WINDOWS_MAX 4096u // of a column; beyond any patience

struct points *points_memory(void)
{
    FW_STATIC struct points points;
    return &points;
}

int points_open(struct points *points, const struct fw_world *world, uint32_t layers)
{
    uint32_t size = 0;
    const uint32_t *s = fw_section(world, "CALB", &size);
    if (s == NULL || size < 4u * (SETTINGS + GAINS * layers)) {
        return FW_DATA;
    }
    points->how =
        (struct efd_calibration){s[0], s[1], s[2], s[3], s[4], s[5], 0, 0, s[6]};
    points->gains = s + SETTINGS;
    points->found = 0;
    points->other = 0;
    points->windows = 0;
    return EFD_OK;
}

// Go on from the first row that was pending: no verdict is taken back.
static int skip_judged(struct ef_dev *dev, uint32_t rows, uint32_t *judged)
{
    struct efd_point point = {.verdict = EF_VERDICT_FOUND};
    int status = EFD_OK;
    while (status == EFD_OK && *judged < rows) {
        status = efd_point(dev, &point, *judged);
        if (status != EFD_OK || point.verdict == EF_VERDICT_PENDING) {
            break;
        }
        *judged += 1u;
    }
    return status;
}

static int keep_column(struct points *points, struct ef_dev *dev,
                       const struct place *at, uint32_t column)
{
    int status = EFD_OK;
    for (uint32_t r = 0; status == EFD_OK && r < at->rows; r++) {
        const uint32_t cell = column * at->rows + r;
        struct efd_point point = {0};
        status = efd_point(dev, &point, r);
        for (uint32_t i = 0; i < 4u; i++) {
            points->sums[4u * cell + i] = point.sums[i];
        }
        points->verdicts[cell] = (uint8_t)point.verdict;
        points->found += point.verdict == EF_VERDICT_FOUND ? 1u : 0u;
        points->other += point.verdict == EF_VERDICT_FOUND ? 0u : 1u;
    }
    return status;
}

int points_search(struct points *points, struct ef_dev *dev, const struct place *at,
                  uint32_t column, points_pause pause, void *context)
{
    if (column >= at->columns || at->rows * at->columns > POINTS_CELLS_MAX) {
        return FW_DATA;
    }
    points->how.mantissa = points->gains[GAINS * at->layer];
    points->how.shift = points->gains[GAINS * at->layer + 1u];
    uint32_t judged = 0; // rows from the first on
    int status = efd_clear_points(dev);
    for (uint32_t w = 0; status == EFD_OK && judged < at->rows && w < WINDOWS_MAX;
         w++) {
        status = pause == NULL ? EFD_OK : pause(context);
        if (status == EFD_OK) {
            status = efd_calibrate_column(dev, at->layer, EF_PLANE_MAIN, column,
                                          &points->how);
        }
        if (status == EFD_OK) {
            status = skip_judged(dev, at->rows, &judged);
        }
        points->windows += 1u;
    }
    return status == EFD_OK ? keep_column(points, dev, at, column) : status;
}

int points_levels(struct points *points, const struct place *at)
{
    const uint32_t *gains = points->gains + GAINS * at->layer;
    const struct efd_calibration *how = &points->how;
    const struct ef_symmetry_reads reads = {how->quads, how->windows, how->reads,
                                            gains[0],   gains[1],     gains[2]};
    return ef_symmetry_levels(points->levels, points->sums, points->verdicts,
                              at->rows * at->columns, &reads) == EF_SYMMETRY_OK
               ? EFD_OK
               : FW_DATA;
}

// To the nearest, ties to even.
static int32_t mean(int32_t sum, int32_t count)
{
    const int32_t low =
        sum >= 0 ? sum / count : -((count - 1 - sum) / count); // towards minus infinity
    const int32_t twice = 2 * (sum - low * count);
    return low + (twice > count || (twice == count && low % 2 != 0) ? 1 : 0);
}

static void add_found(const struct points *points, uint32_t cell, int32_t *sum,
                      int32_t *count)
{
    if (points->verdicts[cell] == EF_VERDICT_FOUND) {
        *sum += points->levels[cell];
        *count += 1;
    }
}

void points_offsets(struct points *points, const struct place *at)
{
    int32_t all = 0; // at most POINTS_CELLS_MAX x 2^15
    int32_t found = 0;
    for (uint32_t cell = 0; cell < at->rows * at->columns; cell++) {
        add_found(points, cell, &all, &found);
    }
    for (uint32_t c = 0; c < at->columns; c++) {
        int32_t sum = 0;
        int32_t count = 0;
        for (uint32_t r = 0; r < at->rows; r++) {
            add_found(points, c * at->rows + r, &sum, &count);
        }
        // what is written over was read: c is not beyond the column's first cell
        points->levels[c] = (int16_t)(count > 0 ? mean(sum, count) : mean(all, found));
    }
}
