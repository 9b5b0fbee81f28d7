// Symmetry points of one array from the sums that calibration leaves (SPEC 16.5, 16.6):
// what firmware reckons once all its cells are judged. Integers only; stands alone.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_SYMMETRY_H
#define EF_SYMMETRY_H

#include <stdint.h>

// <cdef>
#define EF_SYMMETRY_CELLS_MAX 16777216 // of an array, 4096 x 4096

enum ef_symmetry_status {
    EF_SYMMETRY_OK = 0,
    EF_SYMMETRY_ERROR_RANGE = -1, // an argument is null or out of range
    EF_SYMMETRY_ERROR_NONE = -2   // no cell was found: there is nothing to shift to
};

struct ef_symmetry_reads { // how the readings were taken, the same for all cells
    uint32_t quads;        // a window, 1..64
    uint32_t windows;      // measured, 1..64
    uint32_t reads;        // summed a reading, 1..16
    uint32_t mantissa;     // ADC gain, 1..255
    uint32_t shift;        // 0..47
    uint32_t verify_code;  // DAC code of the reads, 1..511
};

// The level of each cell of an array, a state in Q0.15: of a found cell its symmetry
// point (SPEC 16.5), of any other what stands for it (SPEC 16.6).
//   levels    cell_count of them
//   sums      four a cell: `sums` of struct ef_point, each |sum| <= 8192 a reading
//   verdicts  one a cell: enum ef_verdict, 1..4
// All cells of the array, in any order; cell_count 1..EF_SYMMETRY_CELLS_MAX. Returns an
// enum ef_symmetry_status and writes nothing unless it is 0.
int32_t ef_symmetry_levels(int16_t *levels, const int32_t *sums,
                           const uint8_t *verdicts, uint32_t cell_count,
                           const struct ef_symmetry_reads *reads);
// </cdef>

#endif
