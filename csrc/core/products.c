// SPDX-License-Identifier: Apache-2.0
#include "products.h"

#include "fixed.h"

struct ef_extremes ef_code_extremes(const int16_t *codes, uint32_t count)
{
    struct ef_extremes found = {INT16_MAX, INT16_MIN};
    for (uint32_t i = 0; i < count; i++) {
        if (codes[i] != 0) {
            found.low = ef_min(found.low, codes[i]);
            found.high = ef_max(found.high, codes[i]);
        }
    }
    return found;
}

struct ef_extremes ef_product_extremes(struct ef_extremes codes, int64_t factor)
{
    const int64_t a = codes.low * factor;
    const int64_t b = codes.high * factor;
    return (struct ef_extremes){ef_min(a, b), ef_max(a, b)};
}

uint32_t ef_list_nonzero(uint16_t *list, const int16_t *codes, uint32_t count)
{
    uint32_t length = 0;
    for (uint32_t i = 0; i < count; i++) {
        list[length] = (uint16_t)i;
        length += codes[i] != 0 ? 1u : 0u;
    }
    return length;
}
