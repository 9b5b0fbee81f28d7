// The program of every test image: runs the scenario and prints its signature.
// SPDX-License-Identifier: Apache-2.0
#include "platform.h"
#include "scenario.h"

int main(void)
{
    static const char digits[] = "0123456789abcdef";
    const uint64_t signature = scenario_run();
    char text[18];
    for (uint32_t i = 0; i < 16u; i++) {
        text[i] = digits[(signature >> (60u - 4u * i)) & 15u];
    }
    text[16] = '\n';
    text[17] = '\0';
    platform_puts("signature=");
    platform_puts(text);
    return signature != 0u ? 0 : 1;
}
