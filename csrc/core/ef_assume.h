// What the core assumes of its compiler (SPEC 14), checked where it is compiled.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_ASSUME_H
#define EF_ASSUME_H

#include <stdint.h>

_Static_assert((-1 >> 1) == -1 && ((int64_t)-2 >> 1) == -1,
               "right shift of a negative value must be arithmetic");
_Static_assert((int32_t)0xFFFFFFFFu == -1 && (int16_t)0x8000 == INT16_MIN,
               "conversion to a narrower signed type must be two's complement");

#endif
