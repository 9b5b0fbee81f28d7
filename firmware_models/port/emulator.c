// A chip's configuration from its blob, every length looked at before it is relied on.
//   CONF  number of words; digest and clock in hertz (low halves first); the words of
//         ef_config_to_words
//   KNOT  int32 response tables, 2 x 65 for each pulse class
//   EXPT  uint16, 256: the softmax table, where there is one
//   INL_  int16, 65: the converters' curve, where there is one
//   TABS  for each layer with tables: its index, their entries (uint32 both), then
//         activation and slope, int16 each; layers in order
// SPDX-License-Identifier: Apache-2.0
#include "emulator.h"

#define HEAD_WORDS 5u // of CONF, before the configuration

// What stands in CONF before the configuration.
struct head {
    uint64_t digest;
    uint64_t clock_hz;
};

static int read_words(struct ef_config *config, struct head *head,
                      const struct fw_world *world)
{
    uint32_t bytes = 0;
    const uint32_t *words = fw_section(world, "CONF", &bytes);
    if (words == NULL || bytes < 4u * HEAD_WORDS ||
        words[0] > UINT32_MAX / 4u - HEAD_WORDS ||
        bytes != 4u * (HEAD_WORDS + words[0])) {
        return FW_CONF;
    }
    head->digest = (uint64_t)words[2] << 32u | words[1];
    head->clock_hz = (uint64_t)words[4] << 32u | words[3];
    return ef_config_from_words(config, words + HEAD_WORDS, words[0]) == EF_OK
               ? FW_OK
               : FW_CONF;
}

static int read_device_tables(struct ef_config *config, const struct fw_world *world)
{
    uint32_t bytes = 0;
    const uint32_t knots = config->settings.class_count * 2u * EF_KNOTS;
    config->knots = fw_section(world, "KNOT", &bytes);
    if (config->knots == NULL || bytes != knots * sizeof(int32_t)) {
        return FW_KNOT;
    }
    config->exp_table = fw_section(world, "EXPT", &bytes);
    const bool needed = config->settings.error_kind == EF_OUTPUT_ERROR_SOFTMAX;
    const bool whole = bytes == EF_EXP_ENTRIES * sizeof(uint16_t);
    if (config->exp_table == NULL ? needed : !whole) {
        return FW_EXPT;
    }
    config->adc_inl = fw_section(world, "INL_", &bytes);
    return config->adc_inl == NULL || bytes == EF_KNOTS * sizeof(int16_t) ? FW_OK
                                                                          : FW_INL;
}

static int read_layer_tables(struct ef_config *config, const struct fw_world *world)
{
    uint32_t left = 0;
    uint32_t next = 0; // the first layer that may come
    const uint32_t entries = ef_table_entries(config);
    const uint32_t bytes = 2u * (uint32_t)sizeof(uint32_t) + 4u * entries;
    const uint32_t *head = fw_section(world, "TABS", &left);
    while (head != NULL && left != 0u) {
        if (left < bytes || head[0] < next || head[1] != entries ||
            head[0] >= config->settings.layer_count) {
            return FW_TABS;
        }
        struct ef_layer_config *layer = &config->layers[head[0]];
        layer->activation = (const int16_t *)(const void *)(head + 2);
        layer->slope = layer->activation + entries;
        next = head[0] + 1u;
        head = (const uint32_t *)(const void *)(layer->slope + entries);
        left -= bytes;
    }
    for (uint32_t l = 0; l < config->settings.layer_count; l++) {
        const bool needed = l + 1u < config->settings.layer_count ||
                            config->settings.error_kind != EF_OUTPUT_ERROR_SOFTMAX;
        if (needed != (config->layers[l].activation != NULL)) {
            return FW_TABS;
        }
    }
    return FW_OK;
}

int fw_power_up(struct ef_bus *bus, void *block, uint64_t size,
                const struct fw_world *world)
{
    FW_STATIC struct ef_config config;
    struct ef_fault fault = {0};
    struct head head = {0, 0};
    int status = fw_check_sections(world);
    status = status == FW_OK ? read_words(&config, &head, world) : status;
    status = status == FW_OK ? read_device_tables(&config, world) : status;
    status = status == FW_OK ? read_layer_tables(&config, world) : status;
    if (status != FW_OK) {
        return status;
    }
    uint64_t needed = 0; // also checks what the digest relies on
    if (ef_block_size(&needed, &fault, &config) != EF_OK) {
        return FW_CHIP;
    }
    if (ef_config_digest(&config) != head.digest) {
        return FW_DIGEST;
    }
    return ef_bus_init(bus, block, size, &fault, &config, head.clock_hz) == EF_OK
               ? FW_OK
               : FW_CHIP;
}
