// SPDX-License-Identifier: Apache-2.0
#include "fw.h"

#define HEADER 8u // tag and length

static uint32_t word_at(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8u | (uint32_t)at[2] << 16u |
           (uint32_t)at[3] << 24u;
}

const void *fw_section(const struct fw_world *world, const char *tag, uint32_t *size)
{
    uint32_t at = 0;
    while (at + HEADER <= world->blob_size) {
        const uint8_t *head = world->blob + at;
        const uint32_t length = word_at(head + 4);
        if (length > world->blob_size - at - HEADER) {
            return NULL;
        }
        if (head[0] == (uint8_t)tag[0] && head[1] == (uint8_t)tag[1] &&
            head[2] == (uint8_t)tag[2] && head[3] == (uint8_t)tag[3]) {
            *size = length;
            return head + HEADER;
        }
        at += HEADER + ((length + 7u) & ~7u);
    }
    return NULL;
}

void fw_say(struct fw_report *report, uint32_t value)
{
    if (report->values < FW_VALUES_MAX) {
        report->value[report->values] = value;
        report->values += 1u;
    }
}

void fw_tested(struct fw_report *report, uint32_t right, uint32_t of)
{
    if (report->tests < FW_TESTS_MAX) {
        report->right[report->tests] = right;
        report->of[report->tests] = of;
        report->tests += 1u;
    }
}
