// SPDX-License-Identifier: Apache-2.0
#include "fw.h"

#define HEADER 8u // tag and length

static const char TAGS[][5] = {"NAME", "CONF", "KNOT", "EXPT", "TABS", "PARM",
                               "TARG", "CODE", "RAW_", "WIND", "MEAN", "MANT",
                               "SHFT", "POOL", "LABL", "TEST", "ORDR", "GAIN",
                               "PRIC", "INL_", "TRIM", "CALB", "PROC"};
#define TAG_COUNT (sizeof TAGS / sizeof TAGS[0])

static uint32_t word_at(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8u | (uint32_t)at[2] << 16u |
           (uint32_t)at[3] << 24u;
}

static bool has_tag(const uint8_t *head, const char *tag)
{
    return head[0] == (uint8_t)tag[0] && head[1] == (uint8_t)tag[1] &&
           head[2] == (uint8_t)tag[2] && head[3] == (uint8_t)tag[3];
}

int fw_check_sections(const struct fw_world *world)
{
    uint32_t seen = 0; // a bit for each tag
    uint32_t left = world->blob_size;
    const uint8_t *head = world->blob;
    while (left >= HEADER) {
        uint32_t tag = 0;
        while (tag < TAG_COUNT && !has_tag(head, TAGS[tag])) {
            tag += 1u;
        }
        const uint32_t length = word_at(head + 4);
        if (tag == TAG_COUNT || (seen >> tag & 1u) != 0u || length > left - HEADER) {
            return FW_SECTION;
        }
        seen |= 1u << tag;
        const uint32_t padded = HEADER + ((length + 7u) & ~7u);
        left = padded < left ? left - padded : 0u;
        head += padded;
    }
    return left == 0u ? FW_OK : FW_SECTION;
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
        if (has_tag(head, tag)) {
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

static void pass_on(void *dev)
{
    efd_interrupt(dev);
}

void fw_attend(struct ef_dev *dev)
{
    fw_on_interrupt(dev == NULL ? NULL : pass_on, dev);
}
