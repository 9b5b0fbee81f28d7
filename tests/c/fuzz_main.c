// Feeds fuzz_bus.c with numbers where there is no libFuzzer: fuzz_main [inputs].
// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define STEPS 400u

extern unsigned long long fuzz_accesses;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int count, char **words)
{
    static uint8_t data[1u + 6u * STEPS];
    const long inputs = count > 1 ? atol(words[1]) : 200;
    uint64_t state = 1;
    for (long i = 0; i < inputs; i++) {
        for (size_t k = 0; k < sizeof data; k++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            data[k] = (uint8_t)(state >> 56u);
        }
        (void)LLVMFuzzerTestOneInput(data, sizeof data);
    }
    printf("%llu accesses\n", fuzz_accesses);
    return 0;
}
