// SPDX-License-Identifier: Apache-2.0
#include "products.h"

#include "fixed.h"

struct ef_extremes ef_code_extremes(const int16_t *codes, uint32_t count)
{
    int16_t low = INT16_MAX;
    int16_t high = INT16_MIN;
    for (uint32_t i = 0; i < count; i++) { // 16 bits wide, so that vectors hold more
        const int16_t none = codes[i] == 0 ? -1 : 0;
        const int16_t least = (int16_t)(codes[i] | (none & INT16_MAX));
        const int16_t most = (int16_t)(codes[i] | (none & INT16_MIN));
        low = least < low ? least : low;
        high = most > high ? most : high;
    }
    return (struct ef_extremes){low, high};
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
