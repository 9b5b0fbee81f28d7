// What the rules ask of a layer's codes before they multiply them.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_PRODUCTS_H
#define EF_PRODUCTS_H

#include <stdint.h>

// The largest and smallest product a row can have: extremes of the nonzero input codes
// times the row's factor. Rounding is monotone, so they bound every rounded product.
struct ef_extremes {
    int64_t low;
    int64_t high;
};

struct ef_extremes ef_code_extremes(const int16_t *codes, uint32_t count);
struct ef_extremes ef_product_extremes(struct ef_extremes codes, int64_t factor);

// Columns with a nonzero code, ascending; returns how many.
uint32_t ef_list_nonzero(uint16_t *list, const int16_t *codes, uint32_t count);

#endif
