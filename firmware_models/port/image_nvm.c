// The memory beside the chip of an image: it lasts as long as the image runs.
// SPDX-License-Identifier: Apache-2.0
#include "fw.h"

static uint32_t nvm[FW_NVM_WORDS];

uint32_t fw_nvm_read(uint32_t word)
{
    return word < FW_NVM_WORDS ? nvm[word] : 0u;
}

void fw_nvm_write(uint32_t word, uint32_t value)
{
    if (word < FW_NVM_WORDS) {
        nvm[word] = value;
    }
}
