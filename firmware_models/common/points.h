// Symmetry points of a chip's cells: looked for through the bus a column at a time, and
// the levels that follow once a layer's cells are all judged (SPEC 16).
//   CALB  u32: pulse class, reads, quads, windows, tolerance, probe, limit; then of
//         each layer mantissa, shift and verify code
// SPDX-License-Identifier: Apache-2.0
#ifndef POINTS_H
#define POINTS_H

#include "ef_enums.h"
#include "fw.h"

#define POINTS_CELLS_MAX 1024u // of a layer; edgeferro/firmware/programs.py

struct place { // an array
    uint32_t layer;
    uint32_t rows;
    uint32_t columns;
};

struct points {
    struct efd_calibration how;
    const uint32_t *gains;
    uint32_t found; // cells so far, of all layers
    uint32_t other;
    uint32_t windows;
    // of the layer under calibration, column by column
    int32_t sums[4u * POINTS_CELLS_MAX];
    uint8_t verdicts[POINTS_CELLS_MAX];
    int16_t levels[POINTS_CELLS_MAX];
};

// Done before each window: whatever may not wait for a column.
typedef int (*points_pause)(void *context);

// The one place for them; programs run one at a time.
struct points *points_memory(void);
// FW_DATA where the blob doesn't bring a CALB for all layers.
int points_open(struct points *points, const struct fw_world *world, uint32_t layers);
// Windows of one column until all its cells are judged; weights of it are lost.
int points_search(struct points *points, struct ef_dev *dev, const struct place *at,
                  uint32_t column, points_pause pause, void *context);
// Levels from a layer's columns; FW_DATA where no cell was found.
int points_levels(struct points *points, const struct place *at);
// One level a column in their place: the mean of its found cells, else of all found.
void points_offsets(struct points *points, const struct place *at);

#endif
