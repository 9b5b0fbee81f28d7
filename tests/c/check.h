// The smallest test harness: a failed check names itself and the run ends with 1.
// SPDX-License-Identifier: Apache-2.0
#ifndef CHECK_H
#define CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static inline void check_equal(const char *file, int line, const char *what,
                               int64_t expected, int64_t found)
{
    if (expected != found) {
        printf("%s:%d: %s: expected %lld, found %lld\n", file, line, what,
               (long long)expected, (long long)found);
        exit(1);
    }
}

#define CHECK_EQUAL(what, expected, found)                                             \
    check_equal(__FILE__, __LINE__, what, (int64_t)(expected), (int64_t)(found))

#endif
