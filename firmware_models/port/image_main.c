// An image: a program, its data and the emulator in one. Prints lines of key=value.
// SPDX-License-Identifier: Apache-2.0
#include "costs.h"
#include "platform.h"

#define BLOCK_BYTES (1024u * 1024u)

extern const uint8_t fw_blob[];
extern const uint8_t fw_blob_end[];
int main(void);

static _Alignas(64) uint8_t block[BLOCK_BYTES];
static struct ef_bus bus;
static struct fw_report report;

static void put_number(const char *name, uint64_t value, uint32_t base)
{
    char text[24];
    uint32_t at = sizeof text - 1u;
    text[at] = '\0';
    do {
        at -= 1u;
        text[at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0u);
    platform_puts(name);
    platform_puts("=");
    platform_puts(text + at);
    platform_puts("\n");
}

static void put_tally(void)
{
    const uint64_t *words = (const uint64_t *)(const void *)ef_tally(bus.chip);
    for (uint32_t i = 0; i < sizeof(struct ef_tally) / sizeof(uint64_t); i++) {
        if (words[i] != 0u) {
            put_number("word", i, 10);
            put_number("count", words[i], 10);
        }
    }
}

// Key by key: which, how often, instructions and accesses of all.
static void put_costs(const char *which, const struct fw_cost *costs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (costs[i].count != 0u) {
            put_number(which, i, 10);
            put_number("times", costs[i].count, 10);
            put_number("instructions", costs[i].instructions, 10);
            put_number("accesses", costs[i].accesses, 10);
        }
    }
}

// PROC: Hz of the processor, where they are not the controller's.
static uint64_t processor_clock(const struct fw_world *world)
{
    uint32_t bytes = 0;
    const uint32_t *halves = fw_section(world, "PROC", &bytes);
    return halves == NULL || bytes != 8u ? 0u : (uint64_t)halves[1] << 32u | halves[0];
}

int main(void)
{
    uint32_t bytes = 0;
    struct fw_world world = {fw_blob, (uint32_t)(fw_blob_end - fw_blob), &report};
    const char *name = fw_section(&world, "NAME", &bytes);
    const fw_program program = name == NULL ? NULL : fw_find(name);
    int status = FW_DATA;
    if (program != NULL) {
        status = fw_power_up(&bus, block, sizeof block, &world);
    }
    if (status == FW_OK) {
        fw_attach(&bus, processor_clock(&world));
        status = program(&world);
    }
    put_number("status", (uint32_t)status, 10);
    if (bus.chip == NULL) {
        return status == 0 ? 0 : 1;
    }
    for (uint32_t i = 0; i < report.tests; i++) {
        put_number("right", report.right[i], 10);
        put_number("of", report.of[i], 10);
    }
    for (uint32_t i = 0; i < report.values; i++) {
        put_number("value", report.value[i], 10);
    }
    put_costs("command", fw_costs(), FW_COSTS);
    put_costs("mark", fw_marked_costs(), FW_MARKS);
    put_tally();
    put_number("signature", ef_signature(bus.chip), 16);
    put_number("cycles", bus.now, 10);
    const struct fw_time time = fw_time();
    if (time.awake != 0u) {
        put_number("awake", time.awake, 10);
        put_number("asleep", time.asleep, 10);
    }
    return status == 0 ? 0 : 1;
}
